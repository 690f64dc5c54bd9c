"""Single rows and units, small-study effects, permutation tests."""
