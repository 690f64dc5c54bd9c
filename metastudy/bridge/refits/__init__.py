"""From raw spectra to rows of the dataset."""
