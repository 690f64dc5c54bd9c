"""Readers of impedance files: one module per format, one road from a table to spectra.

A reader finds the tables of its format (`RawTable`); `assembly` turns a table into spectra, so that
units, signs, unusable rows and several sweeps are treated alike in every format.
"""
