"""Check, build and load the tables."""
