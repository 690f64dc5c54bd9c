"""Products with the inverse of the marginal covariance."""
