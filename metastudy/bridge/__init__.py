"""From observations to models, from spectra to records."""
