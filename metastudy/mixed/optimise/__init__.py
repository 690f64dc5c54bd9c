"""The maximum of a likelihood, its profiles, and moment estimators."""
