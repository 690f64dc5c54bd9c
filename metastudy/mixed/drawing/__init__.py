"""Figures of results: arrays and labels in, matplotlib Axes out."""
