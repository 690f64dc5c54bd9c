"""One module per instrument format."""
