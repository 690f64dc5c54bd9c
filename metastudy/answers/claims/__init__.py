"""Published claims of the founding papers, put to the test.

``claims.csv`` holds the claims in our own words, with the printed numbers and the records they are
tested on. ``polymer_contact``, ``heteroionic`` and ``cells_and_composites`` hold one function a
claim, named as the claim; :func:`judging.judge` joins them.
"""
