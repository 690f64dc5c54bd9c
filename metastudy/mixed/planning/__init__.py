"""Simulation of studies that are not made yet."""
