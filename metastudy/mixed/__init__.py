"""Mixed-effects models with known sampling covariance: meta-analysis and plain mixed models.

``fit(formula, data, v=... or V=...)`` fits y = X b + random effects + sampling error by ML or REML
and returns a :class:`MixedFit`, whose variance components carry profile-likelihood intervals.
``bayes.fit`` (extra ``metastudy[bayes]``) is its Bayesian twin.
"""

from ..lazy import attach
from . import bayes as bayes
from .errors import MixedError as MixedError

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "BayesFit": "bayes.posterior",
        "CensoredFit": "results.censored_fit",
        "Comparison": "results.comparison",
        "ConvergenceWarning": "errors",
        "Design": "planning.study_design",
        "FunnelData": "diagnostics.funnel",
        "MarginalMeans": "inference.marginal_means",
        "MixedError": "errors",
        "MixedFit": "results.mixed_fit",
        "MixtureFit": "results.mixture_fit",
        "Plan": "planning.simulation",
        "RandomScaleFit": "results.random_scale_fit",
        "RobustCovariance": "inference.robust",
        "compare": "results.comparison",
        "escalc": "effect_sizes.measures",
        "fit": "results.fitting",
        "fit_random_scale": "results.random_scale_fit",
        "plan": "planning.simulation",
        "vcalc": "effect_sizes.covariance",
    },
)
