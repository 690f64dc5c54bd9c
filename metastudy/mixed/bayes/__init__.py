"""The Bayesian twin of :func:`metastudy.mixed.fit` (extra ``metastudy[bayes]``)."""

from .fitting import fit

__all__ = ["fit"]
