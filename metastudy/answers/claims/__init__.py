"""Published claims held against the dataset.

Claims are rows of ``data/claims.csv``. ``numbers`` compares printed numbers within what their print
allows, ``groups`` compares rows of the dataset by mixed-effects models; :func:`judging.judge` joins
both to a verdict.
"""
