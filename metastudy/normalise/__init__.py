"""From records to observations, each with its variance budget."""
