"""One resistance under all defensible choices."""
