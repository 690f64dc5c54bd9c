"""Blocks, tables and styles that the pages share."""
