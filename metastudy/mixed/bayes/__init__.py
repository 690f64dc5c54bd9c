"""The Bayesian twin of :func:`metastudy.mixed.fit` (extra ``metastudy[bayes]``)."""

from ...lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {"BayesFit": "posterior", "fit": "fitting"})
