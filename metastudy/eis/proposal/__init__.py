"""A circuit chosen from the data."""
