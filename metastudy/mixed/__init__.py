"""Mixed-effects models with known sampling covariance."""
