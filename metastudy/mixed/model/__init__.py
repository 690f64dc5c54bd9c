"""From a formula and data to y, X, the random terms and V."""
