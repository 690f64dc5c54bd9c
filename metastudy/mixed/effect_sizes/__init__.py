"""Effect sizes and their sampling covariance, computed from printed summaries."""
