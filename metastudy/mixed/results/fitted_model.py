"""What every fit holds: the frame, the criterion, where the search ended, and the names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ..likelihoods.gaussian import Likelihood
from ..model.frame import Frame
from ..model.terms import with_parameters
from ..optimise.newton import Iteration, Optimum
from .fit_call import FitCall


@dataclass(frozen=True)
class FittedModel:
    """A fit by its parts: the criterion's value, theta and the names of its entries.

    The attributes are described in :class:`metastudy.mixed.results.mixed_fit.MixedFit`.
    """

    frame: Frame
    likelihood: Likelihood
    optimum: Optimum
    method: str
    test: str = "satterthwaite"
    merged: tuple[tuple[str, ...], ...] = ()
    call: FitCall | None = None

    @property
    def nobs(self) -> int:
        """Number n of rows."""
        return self.frame.nobs

    @property
    def df_resid(self) -> int:
        """Rows less fixed coefficients, n - p."""
        return self.nobs - len(self.frame.names)

    @property
    def llf(self) -> float:
        """Maximised log-likelihood of the criterion, with metafor's constant."""
        return float(self.optimum.evaluation.llf)

    @property
    def llf_lme4(self) -> float:
        """The same with lme4's and statsmodels' constant: for REML without +1/2 ln|X'X|."""
        return self.llf - (self.likelihood.half_logdet_xtx if self.method == "REML" else 0.0)

    @property
    def n_parameters(self) -> int:
        """Fixed coefficients and covariance parameters together."""
        return len(self.frame.names) + len(self.likelihood.parameters)

    @property
    def aic(self) -> float:
        """Akaike's criterion, -2 llf + 2 q."""
        return -2 * self.llf + 2 * self.n_parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion, with ln(n) for ML and ln(n - p) for REML."""
        return float(-2 * self.llf + np.log(self._n_effective) * self.n_parameters)

    @property
    def aicc(self) -> float:
        """Akaike's criterion corrected for small samples, -2 llf + 2 q k / (k - q - 1)."""
        q = self.n_parameters
        k = max(self._n_effective, q + 2)
        return -2 * self.llf + 2 * q * k / (k - q - 1)

    @property
    def _n_effective(self) -> int:
        return self.df_resid if self.method == "REML" else self.nobs

    @property
    def outcome(self) -> str:
        """How the search ended: ``"converged"``, ``"stalled"`` or ``"out of iterations"``."""
        return self.optimum.outcome

    @property
    def fit_log(self) -> tuple[Iteration, ...]:
        """Log-likelihood, expected gain and step length of each iteration."""
        return self.optimum.log

    @cached_property
    def parameter_names(self) -> tuple[str, ...]:
        """Name of each entry of theta, such as ``"work"`` or ``"Subject[Days]"``."""
        return sum((term.parameter_names for term in self.frame.terms), ())

    @cached_property
    def theta(self) -> pd.Series[float]:
        """All covariance parameters on their natural scale: variances and correlations."""
        values: list[float] = []
        for term, part in with_parameters(self.frame.terms, self.optimum.theta):
            values += list(part if term.log_scale is not None else term.structure.natural(part))
        return pd.Series(values, index=list(self.parameter_names), name="theta", dtype=float)

    @cached_property
    def sigma2(self) -> pd.Series[float]:
        """Variance components by name: formula order, nested ones outermost first, residual last.

        ``(1 | a/b)`` gives ``"a"`` and ``"a:b"``; merged components are joined by ``" + "``.
        """
        keep = [p.kind in ("variance", "sd") for p in self.likelihood.parameters]
        return self.theta[keep].rename("sigma2")

    @property
    def component_names(self) -> list[str]:
        """Names of the variance components, the index of ``sigma2``."""
        return [str(name) for name in self.sigma2.index]

    @property
    def levels(self) -> pd.Series[int]:
        """Number of levels of each grouping."""
        return pd.Series({term.name: term.n_groups for term in self.frame.terms}, name="levels")
