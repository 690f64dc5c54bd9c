"""Inference on the fixed part: covariance, degrees of freedom and tests by a chosen reference.

========================  ==========================================================================
``"satterthwaite"``       t and F with Satterthwaite's degrees of freedom (default)
``"kenward-roger"``       adjusted covariance and scaled F of Kenward & Roger; REML
``"contain"``             t with containment degrees of freedom, as metafor's ``dfs="contain"``
``"residual"``            t with n - p
``"knapp-hartung"``       two-level models: covariance times y'Py/(n - p), t with n - p
``"knapp-hartung-adhoc"`` the same, never shrinking the covariance
``"z"``                   normal
========================  ==========================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.linalg

from ..errors import UndefinedError
from ..likelihoods.gaussian import Evaluation, Likelihood
from ..model.frame import Frame
from ..model.structures import Array
from ..model.terms import Index, parameter_slices
from ..optimise.moments import check_two_level
from ..optimise.newton import Optimum
from ..optimise.orthonormal_effects import OrthonormalEffects, orthonormal_effects
from .degrees_of_freedom import (
    containment_df,
    covariance_slopes,
    observed_information,
    satterthwaite_df,
)
from .hypotheses import (
    FTest,
    KenwardRoger,
    f_test,
    kenward_roger,
    satterthwaite_f_df,
    wald_statistic,
)

TESTS = (
    "satterthwaite",
    "kenward-roger",
    "contain",
    "residual",
    "knapp-hartung",
    "knapp-hartung-adhoc",
    "z",
)


@dataclass(frozen=True)
class FixedInference:
    """Reference distribution of the coefficients of one fit.

    Linear combinations are rows L of shape (m, p) in the coefficients of X.
    """

    frame: Frame
    likelihood: Likelihood
    optimum: Optimum
    test: str

    @cached_property
    def to_orthonormal(self) -> Array:
        """R^-1, shape (p, p): coefficients of X from those of Q."""
        p = self.likelihood.p
        return np.asarray(scipy.linalg.solve_triangular(self.likelihood.R, np.eye(p)))

    @cached_property
    def reference(self) -> str:
        """The test, or ``"contain"`` where Satterthwaite's degrees of freedom do not exist."""
        if self.test != "satterthwaite":
            return self.test
        try:
            self.theta_covariance  # noqa: B018
        except UndefinedError:
            return "contain"
        return self.test

    @property
    def beta(self) -> Array:
        """Coefficients of X."""
        return np.asarray(self.to_orthonormal @ self.optimum.evaluation.beta)

    @cached_property
    def orthonormal_cov(self) -> Array:
        """Covariance of the coefficients of Q that the test uses."""
        model = self.optimum.evaluation.cov
        if self.test == "kenward-roger":
            return self._kenward_roger.cov
        if self.test.startswith("knapp-hartung"):
            check_two_level(self.frame, "the Knapp-Hartung test")
            factor = float(self.optimum.evaluation.ypy) / (self.likelihood.n - self.likelihood.p)
            factor = max(1.0, factor) if self.test.endswith("adhoc") else factor
            return np.asarray(factor * model)
        return model

    @cached_property
    def cov(self) -> Array:
        """Covariance of the coefficients of X that the test uses."""
        return np.asarray(self.to_orthonormal @ self.orthonormal_cov @ self.to_orthonormal.T)

    def df(self, L: Array) -> Array:
        """Degrees of freedom of each row of L; infinite for ``"z"``."""
        m, residual = L.shape[0], float(self.likelihood.n - self.likelihood.p)
        if self.test == "z":
            return np.full(m, np.inf)
        if self.test in ("residual", "knapp-hartung", "knapp-hartung-adhoc"):
            return np.full(m, residual)
        if self.reference == "contain":
            own = containment_df(self.frame.X, self.frame.terms)
            return np.array([own[row != 0].min(initial=residual) for row in L])
        rows = L @ self.to_orthonormal
        if self.test == "kenward-roger":
            beta = self.optimum.evaluation.beta
            return np.array([self._kenward_roger.test(row[None], beta).df_denom for row in rows])
        theta_cov, free = self.theta_covariance
        if free.size == 0:
            return np.full(m, np.inf)
        return satterthwaite_df(rows, self.optimum.evaluation.cov, self._slopes, theta_cov)

    def joint(self, L: Array) -> FTest:
        """Test that all combinations L are zero."""
        rows, beta = L @ self.to_orthonormal, self.optimum.evaluation.beta
        if self.test == "kenward-roger":
            return self._kenward_roger.test(rows, beta)
        statistic = wald_statistic(rows, beta, self.orthonormal_cov)
        if self.reference == "satterthwaite":
            theta_cov, free = self.theta_covariance
            cov = self.optimum.evaluation.cov
            df = satterthwaite_f_df(rows, cov, self._slopes, theta_cov) if free.size else np.inf
        else:
            df = float(self.df(L).min())
        return f_test(statistic, L.shape[0], df)

    def df_prediction(self, row: Array, variance: float, new_slopes: Array) -> float:
        """Degrees of freedom of a prediction interval.

        Satterthwaite's for the whole variance (that of x'b and of what is new), whose derivatives
        by theta are those of x'Fx plus ``new_slopes``; containment takes its smallest, as metafor.
        """
        if self.reference == "contain":
            return float(containment_df(self.frame.X, self.frame.terms).min(initial=np.inf))
        if self.test not in ("satterthwaite", "kenward-roger"):
            return float(self.df(row[None])[0])
        theta_cov, free = self.theta_covariance
        if free.size == 0:
            return np.inf
        x = row @ self.to_orthonormal
        g = np.einsum("i,rij,j->r", x, self._slopes, x) + new_slopes[free]
        spread = float(g @ theta_cov @ g)
        return float(2 * variance**2 / spread) if spread > 0 else np.inf

    @cached_property
    def theta_covariance(self) -> tuple[Array, Index]:
        """Inverse observed information of the interior covariance parameters, and their numbers."""
        likelihood, at = self._working
        information, free = observed_information(likelihood, at.theta)
        size = np.sqrt(np.maximum(np.diag(information), 0.0))
        scaled = information / np.where(np.outer(size, size) > 0, np.outer(size, size), 1.0)
        if free.size and (size.min() == 0 or np.linalg.eigvalsh(scaled)[0] <= 0):
            raise UndefinedError(
                "Satterthwaite's degrees of freedom are not defined: the observed information of "
                "the variance components is not positive definite; use test='contain'"
            )
        return np.linalg.inv(scaled) / np.outer(size, size), free

    @cached_property
    def _effects(self) -> OrthonormalEffects | None:
        return orthonormal_effects(self.likelihood)

    @cached_property
    def _working(self) -> tuple[Likelihood, Evaluation]:
        """The likelihood, correlated slopes on orthonormal columns, at the estimate."""
        if self._effects is not None:
            theta = self._effects.to_orthonormal(self.optimum.theta)
            at = self._effects.likelihood.evaluate(theta)
            if at is not None:
                return self._effects.likelihood, at
        return self.likelihood, self.optimum.evaluation

    def variance_slopes(self, k: int, z: Array) -> Array:
        """Differentiate z'Gz of term k by those entries of theta that ``theta_covariance`` has."""
        likelihood, at = self._working
        place = parameter_slices(likelihood.terms)[k]
        inverse = None if self._effects is None else self._effects.inverses[k]
        if inverse is not None and likelihood is not self.likelihood:
            z = inverse.T @ z
        slopes = likelihood.terms[k].structure.derivatives(at.theta[place])
        return np.asarray(np.einsum("i,rij,j->r", z, slopes, z))

    @cached_property
    def _slopes(self) -> Array:
        _, free = self.theta_covariance
        return covariance_slopes(*self._working, free)

    @cached_property
    def _kenward_roger(self) -> KenwardRoger:
        likelihood, at = self._working
        return kenward_roger(likelihood, at.theta)
