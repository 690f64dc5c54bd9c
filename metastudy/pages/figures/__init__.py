"""Figures of the pages: tables in, matplotlib figures out."""
