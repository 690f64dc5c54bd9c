"""From an impedance file to a circuit fit."""
