"""Minima of a sum of squares: least squares, starts, global search, profiles."""
