"""The fitted model: statsmodels' conventions for the fixed part, intervals for the components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import scipy.linalg
from scipy import stats

from . import honesty
from .errors import UndefinedError
from .fitting import Optimum, Step
from .frame import Frame
from .identifiability import JOINT
from .inference import (
    component_df,
    containment_df,
    covariance_slopes,
    observed_information,
    satterthwaite_df,
)
from .likelihood import Likelihood
from .profile import interval, share_profile, sum_profile, variance_profile
from .structures import Array
from .terms import Index

TESTS = ("satterthwaite", "contain", "residual", "z")


@dataclass(frozen=True)
class MixedFit:
    """A mixed model fitted by ML or REML.

    Attributes
    ----------
    frame
        What the model was fitted to.
    likelihood
        The criterion; its ``evaluate`` gives likelihood, score and information at any theta.
    optimum
        Where the search ended, with its log.
    method
        ``"REML"`` or ``"ML"``.
    test
        Reference distribution of the coefficients: ``"satterthwaite"`` (t with Satterthwaite's
        degrees of freedom), ``"contain"``, ``"residual"`` (t with n - p) or ``"z"``.
    merged
        Names joined because the rows cannot tell them apart.
    """

    frame: Frame
    likelihood: Likelihood
    optimum: Optimum
    method: str
    test: str = "satterthwaite"
    merged: tuple[tuple[str, ...], ...] = ()

    # ---- fixed part -----------------------------------------------------------------------

    @property
    def nobs(self) -> int:
        """Number of rows."""
        return self.frame.nobs

    @cached_property
    def _from_orthonormal(self) -> Array:
        """R^-1, shape (p, p): coefficients of X from those of Q."""
        p = self.likelihood.p
        return np.asarray(scipy.linalg.solve_triangular(self.likelihood.R, np.eye(p)))

    @cached_property
    def params(self) -> pd.Series[float]:
        """Fixed coefficients."""
        beta = self._from_orthonormal @ self.optimum.evaluation.beta
        return pd.Series(beta, index=list(self.frame.names), name="params")

    def cov_params(self) -> pd.DataFrame:
        """Model-based covariance of the coefficients, (X'M^-1 X)^-1."""
        cov = self._from_orthonormal @ self.optimum.evaluation.cov @ self._from_orthonormal.T
        return pd.DataFrame(cov, index=self.params.index, columns=self.params.index)

    @cached_property
    def bse(self) -> pd.Series[float]:
        """Standard errors of the coefficients."""
        return pd.Series(np.sqrt(np.diag(self.cov_params())), self.params.index, name="bse")

    @cached_property
    def df(self) -> pd.Series[float]:
        """Degrees of freedom of each coefficient's test; infinite for ``test="z"``."""
        index = self.params.index
        if self.test == "z":
            values = np.full(len(index), np.inf)
        elif self.test == "residual":
            values = np.full(len(index), float(self.nobs - len(index)))
        elif self.test == "contain":
            values = containment_df(self.frame.X, self.frame.terms)
        else:
            values = self._satterthwaite(self._from_orthonormal)
        return pd.Series(values, index, name="df")

    def _satterthwaite(self, L: Array) -> Array:
        """Degrees of freedom of rows of L, combinations of the orthonormal coefficients."""
        theta_cov, free = self._theta_covariance
        if free.size == 0:
            return np.full(L.shape[0], np.inf)
        slopes = covariance_slopes(self.likelihood, self.optimum.evaluation, free)
        return satterthwaite_df(L, self.optimum.evaluation.cov, slopes, theta_cov)

    @cached_property
    def _theta_covariance(self) -> tuple[Array, Index]:
        information, free = observed_information(self.likelihood, self.optimum.theta)
        if free.size and np.linalg.eigvalsh(information)[0] <= 0:
            raise UndefinedError(
                "Satterthwaite's degrees of freedom are not defined: the observed information of "
                "the variance components is not positive definite; use test='contain'"
            )
        return np.linalg.inv(information), free

    @cached_property
    def tvalues(self) -> pd.Series[float]:
        """Coefficients over their standard errors."""
        return pd.Series(self.params / self.bse, name="tvalues")

    @cached_property
    def pvalues(self) -> pd.Series[float]:
        """Two-sided p-values of the coefficients, by t with ``df``."""
        p = 2 * stats.t.sf(np.abs(self.tvalues), self.df)
        return pd.Series(p, self.params.index, name="pvalues")

    def conf_int(self, level: float = 0.95) -> pd.DataFrame:
        """Intervals of the coefficients, columns lower and upper."""
        reach = stats.t.ppf(0.5 + level / 2, self.df) * self.bse
        return pd.DataFrame({"lower": self.params - reach, "upper": self.params + reach})

    # ---- likelihood -----------------------------------------------------------------------

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
        return self.nobs - (len(self.frame.names) if self.method == "REML" else 0)

    @property
    def outcome(self) -> str:
        """How the search ended: ``"converged"``, ``"stalled"`` or ``"out of iterations"``."""
        return self.optimum.outcome

    @property
    def fit_log(self) -> tuple[Step, ...]:
        """Log-likelihood, expected gain and step length of each iteration."""
        return self.optimum.log

    # ---- variance components --------------------------------------------------------------

    @cached_property
    def parameter_names(self) -> tuple[str, ...]:
        """Name of each entry of theta, such as ``"work"`` or ``"Subject[Days]"``."""
        return tuple(
            f"{term.name}[{p.label}]" if p.label else term.name
            for term in self.frame.terms
            for p in term.parameters
        )

    @cached_property
    def theta(self) -> pd.Series[float]:
        """All covariance parameters on their natural scale: variances and correlations."""
        values: list[float] = []
        start = 0
        for term in self.frame.terms:
            part = self.optimum.theta[start : start + len(term.parameters)]
            values += list(part if term.log_scale is not None else term.structure.natural(part))
            start += part.size
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
        return pd.Series({term.name: term.n_levels for term in self.frame.terms}, name="levels")

    @cached_property
    def component_df(self) -> pd.Series[float]:
        """Degrees of freedom of each grouping beyond the fixed part, coarser and crossed ones.

        The rank that its levels add; missing above 3,000 rows.
        """
        values = component_df(self.frame.X, self.frame.terms)
        names = [term.name for term in self.frame.terms]
        return pd.Series([np.nan if x is None else float(x) for x in values], names, name="df")

    def _numbers(self, components: Sequence[str]) -> list[int]:
        """Positions in theta of named variance components."""
        names = list(self.parameter_names)
        out: list[int] = []
        for name in components:
            joint = next((JOINT.join(m) for m in self.merged if name in m), None)
            if joint is not None:
                raise UndefinedError(
                    f"component {name!r} is merged in {joint!r}: the rows give only the sum; "
                    "ask for the joint name"
                )
            if name not in self.sigma2.index:
                raise UndefinedError(
                    f"no variance component {name!r}; components are {', '.join(self.sigma2.index)}"
                )
            out.append(names.index(name))
        if len(set(out)) < len(out) or not out:
            raise UndefinedError("name at least one component, and each of them once")
        return out

    def _variance_numbers(self, components: Sequence[str], what: str) -> list[int]:
        numbers = self._numbers(components)
        for j in numbers:
            if self.likelihood.parameters[j].kind != "variance":
                raise UndefinedError(
                    f"{what} needs components that are plain variances, but "
                    f"{self.parameter_names[j]!r} belongs to a structure with correlations"
                )
        return numbers

    @cached_property
    def _scale(self) -> float:
        return float(self.sigma2.sum())

    def sigma2_conf_int(self, level: float = 0.95) -> pd.DataFrame:
        """Profile-likelihood intervals of the variance components, columns lower and upper.

        The fitted criterion is profiled; the lower end is 0 where its drop at 0 is too small.
        """
        cache: dict[float, pd.DataFrame] = self.__dict__.setdefault("_intervals", {})
        if level not in cache:
            rows = [self._variance_interval(j, level) for j in self._numbers(self.component_names)]
            cache[level] = pd.DataFrame(
                rows, index=self.sigma2.index, columns=["lower", "upper"], dtype=float
            )
        return cache[level].copy()

    def _variance_interval(self, j: int, level: float) -> tuple[float, float]:
        profile = variance_profile(self.likelihood, self.optimum, j)
        if self.likelihood.parameters[j].kind == "sd":
            low, high = interval(profile, level, scale=float(np.sqrt(self._scale)))
            return low**2, high**2
        return interval(profile, level, scale=self._scale)

    def sum_conf_int(self, components: Sequence[str], level: float = 0.95) -> tuple[float, float]:
        """Profile-likelihood interval of the sum of the named variance components."""
        members = self._variance_numbers(components, "a sum")
        return interval(
            sum_profile(self.likelihood, self.optimum, members), level, scale=self._scale
        )

    def share_conf_int(
        self, components: Sequence[str], level: float = 0.95, of: Sequence[str] | None = None
    ) -> tuple[float, float]:
        """Profile-likelihood interval of (sum of the named components) / (sum of ``of``).

        ``of`` is all components unless named; it must hold the others.
        """
        members = self._variance_numbers(components, "a share")
        whole = self._variance_numbers(self.component_names if of is None else of, "a share")
        if not set(members) <= set(whole):
            raise UndefinedError("a share's components must be among those it is a share of")
        if self.optimum.theta[whole].sum() <= 0:
            raise UndefinedError("a share is not defined: all components are estimated as zero")
        if set(members) == set(whole):
            return 1.0, 1.0
        profile = share_profile(self.likelihood, self.optimum, members, whole)
        return interval(profile, level, upper_limit=1.0)

    # ---- words ----------------------------------------------------------------------------

    @cached_property
    def warnings(self) -> tuple[honesty.NamedWarning, ...]:
        """What these rows do not let a reader conclude; computes the 95 % profile intervals."""
        found = [honesty.merged_components(names) for names in self.merged]
        unreported = int(self.frame.V.unreported.sum())
        if unreported:
            found.append(honesty.unreported_spread(unreported, self.nobs))
        found += [
            honesty.few_levels(term.name, term.n_levels)
            for term in self.frame.terms
            if term.n_levels < honesty.FEW_LEVELS
        ]
        if self.outcome != "converged":
            last = self.fit_log[-1].decrement if self.fit_log else float("nan")
            found.append(honesty.not_converged(self.outcome, last))
        ends = self.sigma2_conf_int()
        found += [
            honesty.not_distinguishable(str(name), float(row["upper"]), 0.95)
            for name, row in ends.iterrows()
            if row["lower"] == 0
        ]
        return tuple(found)

    def to_frame(self, level: float = 0.95) -> pd.DataFrame:
        """Coefficients with standard error, df, t, p and interval, one row each."""
        table = pd.DataFrame(
            {"estimate": self.params, "se": self.bse, "df": self.df, "t": self.tvalues}
        )
        return table.assign(p=self.pvalues).join(self.conf_int(level))

    def components_frame(self, level: float = 0.95) -> pd.DataFrame:
        """Variance components with sd, profile interval and levels, one row each."""
        table = pd.DataFrame({"variance": self.sigma2, "sd": np.sqrt(self.sigma2)})
        table = table.join(self.sigma2_conf_int(level))
        counts = {
            name: term.n_levels
            for term in self.frame.terms
            for name in self.parameter_names
            if name == term.name or name.startswith(f"{term.name}[")
        }
        return table.assign(levels=[counts[str(name)] for name in table.index])

    def summary(self, level: float = 0.95) -> str:
        """Coefficients, components and every warning as text."""
        head = [
            f"{self.frame.formula.text}",
            f"{self.method}, {self.nobs} rows, {self.outcome}, "
            f"log-likelihood {self.llf:.4f}, AIC {self.aic:.2f}, BIC {self.bic:.2f}",
            "",
            f"Fixed part ({self.test})",
            self.to_frame(level).to_string(float_format="{:.4g}".format),
            "",
            f"Variance components ({100 * level:g} % profile of the {self.method} criterion)",
            self.components_frame(level).to_string(float_format="{:.4g}".format),
        ]
        if self.warnings:
            head += ["", "Warnings", *(f"- {w.name}: {w.text}" for w in self.warnings)]
        return "\n".join(head)
