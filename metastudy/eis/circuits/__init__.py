"""Circuits: elements, notation, and the model of a circuit with its derivatives."""
