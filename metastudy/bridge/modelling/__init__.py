"""From observations to the rows of a model."""
