"""The objects that a caller gets."""
