"""Errors of the points, their weights, and tests of residuals."""
