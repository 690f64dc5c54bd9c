"""Equations of the founding papers."""
