"""Log-likelihoods and their derivatives."""
