"""Pictures of spectra and fits; the only room of the engine with matplotlib."""
