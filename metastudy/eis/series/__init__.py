"""Several spectra fitted together."""
