"""Layered cells: which arc belongs to which part."""
