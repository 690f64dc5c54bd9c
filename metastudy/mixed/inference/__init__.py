"""Tests, intervals and predictions of coefficients and components."""
