"""One circuit on one spectrum: the fit, its intervals and its result."""
