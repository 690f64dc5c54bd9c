"""The fitted model: statsmodels' conventions for the fixed part, intervals for the components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import stats

from . import honesty
from .contrasts import check_test, contrast_labels, contrast_table, linear_combinations
from .errors import UndefinedError
from .estimators import MOMENTS, q_profile
from .fitting import Optimum, Step
from .fixed import FixedInference
from .frame import Frame
from .heterogeneity import Heterogeneity, heterogeneity
from .hypotheses import FTest
from .identifiability import JOINT
from .inference import component_df
from .likelihood import Likelihood
from .prediction import predict, random_effects
from .profile import interval, share_profile, sum_profile, variance_profile
from .robust import RobustCovariance, robust_covariance


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
        Reference distribution of the coefficients, see :mod:`metastudy.mixed.fixed`.
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
    def inference(self) -> FixedInference:
        """Reference distribution of the coefficients."""
        return FixedInference(self.frame, self.likelihood, self.optimum, self.test)

    def with_test(self, test: str) -> MixedFit:
        """Refer the same fit to another distribution, one of ``fixed.TESTS``."""
        return replace(self, test=check_test(test))

    @cached_property
    def params(self) -> pd.Series[float]:
        """Fixed coefficients."""
        return pd.Series(self.inference.beta, index=list(self.frame.names), name="params")

    def cov_params(self) -> pd.DataFrame:
        """Covariance of the coefficients: (X'M^-1 X)^-1, adjusted where the test adjusts it."""
        return pd.DataFrame(self.inference.cov, self.params.index, self.params.index)

    @cached_property
    def bse(self) -> pd.Series[float]:
        """Standard errors of the coefficients."""
        return pd.Series(np.sqrt(np.diag(self.inference.cov)), self.params.index, name="bse")

    @cached_property
    def df(self) -> pd.Series[float]:
        """Degrees of freedom of each coefficient's test; infinite for ``test="z"``."""
        values = self.inference.df(np.eye(len(self.params)))
        return pd.Series(values, self.params.index, name="df")

    @cached_property
    def tvalues(self) -> pd.Series[float]:
        """Coefficients over their standard errors."""
        return pd.Series(self.params / self.bse, name="tvalues")

    @cached_property
    def pvalues(self) -> pd.Series[float]:
        """Two-sided p-values of the coefficients, by t with ``df``; missing below 4 of them."""
        p = 2 * stats.t.sf(np.abs(self.tvalues), self.df)
        p = np.where(self.df < honesty.LEAST_DF, np.nan, p)
        return pd.Series(p, self.params.index, name="pvalues")

    def conf_int(self, level: float = 0.95) -> pd.DataFrame:
        """Intervals of the coefficients, columns lower and upper."""
        reach = stats.t.ppf(0.5 + level / 2, self.df) * self.bse
        return pd.DataFrame({"lower": self.params - reach, "upper": self.params + reach})

    def f_test(self, L: object = None) -> FTest:
        """Test jointly that combinations of the coefficients are zero.

        Parameters
        ----------
        L
            Rows (q, p), or expressions such as ``["a - b", "c"]`` in coefficient names; by default
            all coefficients but the intercept.
        """
        return self.inference.joint(linear_combinations(L, self.params.index))

    def contrasts(self, L: object, adjust: str = "holm", level: float = 0.95) -> pd.DataFrame:
        """Estimate combinations of the coefficients, with p-values adjusted for their number.

        Parameters
        ----------
        L
            As in ``f_test``.
        adjust
            ``"holm"``, ``"bonferroni"``, ``"fdr"`` (Benjamini & Hochberg) or ``"none"``; intervals
            are widened by Bonferroni unless ``"none"``.
        """
        rows = linear_combinations(L, self.params.index)
        return contrast_table(self.inference, rows, contrast_labels(L, rows), adjust, level)

    def robust(self, cluster: object, kind: str = "CR2") -> RobustCovariance:
        """Cluster-robust covariance CR0 to CR3 with Satterthwaite df and the HTZ test.

        Parameters
        ----------
        cluster
            Name of a grouping of the model or of a column, or labels (n,).

        Raises
        ------
        UndefinedError
            Where rows of different clusters covary in the model.
        """
        if isinstance(cluster, str):
            cluster = self._cluster_labels(cluster)
        model = self.inference.to_orthonormal @ self.optimum.evaluation.cov
        model = model @ self.inference.to_orthonormal.T
        return robust_covariance(self.frame, self.optimum.theta, self.params, model, cluster, kind)

    def _cluster_labels(self, name: str) -> object:
        term = next((term for term in self.frame.terms if term.name == name), None)
        if term is not None:
            return term.codes
        if name in self.frame.data.columns:
            return self.frame.data[name]
        raise UndefinedError(
            f"no grouping or column {name!r} in the model; pass the cluster of each row as an array"
        )

    # ---- prediction -----------------------------------------------------------------------

    def predict(
        self,
        newdata: pd.DataFrame | None = None,
        interval: str = "confidence",
        level: float = 0.95,
    ) -> pd.DataFrame:
        """Predict new rows and say what is new in them.

        Parameters
        ----------
        newdata
            Moderators of the new rows, and those groupings whose level is known: a level of the
            fit contributes its predicted effect and that effect's uncertainty. Groupings left out,
            or with a level the fit has not seen, are new. None predicts the mean of an
            intercept-only model.
        interval
            ``"confidence"`` for the expectation given the known levels, or ``"prediction"`` for
            one new row without sampling error: everything new adds its variance.

        Returns
        -------
        pandas.DataFrame
            Columns prediction, se, lower, upper, df and new, the groupings that are new.
        """
        return predict(self.inference, newdata, interval, level)

    def ranef(self) -> dict[str, pd.DataFrame]:
        """Predicted effects of each grouping's levels with standard errors."""
        return random_effects(self.frame, self.likelihood, self.optimum.evaluation)

    # ---- heterogeneity --------------------------------------------------------------------

    @cached_property
    def heterogeneity(self) -> Heterogeneity:
        """Q, typical sampling variance, I2 and H2, or the reason why they do not exist."""
        return heterogeneity(self.frame, self.sigma2)

    @property
    def qe(self) -> float | None:
        """Cochran's Q of the residuals; None where V is not invertible."""
        return self.heterogeneity.qe

    @property
    def i2(self) -> pd.Series[float] | None:
        """I2 of each component in per cent; None where V is not invertible."""
        return self.heterogeneity.i2

    @property
    def h2(self) -> float | None:
        """H2, total over sampling variance; None where V is not invertible."""
        return self.heterogeneity.h2

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
        Fits by moments have the Q-profile interval instead.
        """
        cache: dict[float, pd.DataFrame] = self.__dict__.setdefault("_intervals", {})
        if level not in cache:
            if self.method in MOMENTS:
                return pd.DataFrame(
                    [q_profile(self.frame, level)], self.sigma2.index, ["lower", "upper"]
                )
            rows = [self._variance_interval(j, level) for j in self._numbers(self.component_names)]
            cache[level] = pd.DataFrame(
                rows, index=self.sigma2.index, columns=["lower", "upper"], dtype=float
            )
        return cache[level].copy()

    def q_profile(self, level: float = 0.95) -> tuple[float, float]:
        """Q-profile interval of the one variance of a two-level model."""
        return q_profile(self.frame, level)

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
        """What these rows do not let a reader conclude; computes the 95 % profile intervals.

        Above ``honesty.LARGE`` rows the rules that need intervals or degrees of freedom wait for
        the caller to ask for those.
        """
        return honesty.warnings_of(self)

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

    def _new_draw(self, level: float) -> list[str]:
        """Give the prediction interval beside the confidence interval of a lone mean."""
        if self.frame.names != ("Intercept",) or any(
            t.log_scale is not None or t.structure.size > 1 for t in self.frame.terms
        ):
            return []
        row = self.predict(interval="prediction", level=level).iloc[0]
        return [
            f"A new draw of every level: {row['lower']:.4g} to {row['upper']:.4g} "
            f"({100 * level:g} % prediction interval, {row['df']:.3g} df)"
        ]

    def summary(self, level: float = 0.95) -> str:
        """Coefficients, components and every warning as text."""
        head = [
            self.frame.formula.text,
            f"{self.method}, {self.nobs} rows, {self.outcome}, "
            f"log-likelihood {self.llf:.4f}, AIC {self.aic:.2f}, BIC {self.bic:.2f}",
            "",
            f"Fixed part ({self.test})",
            self.to_frame(level).to_string(float_format="{:.4g}".format),
            *self._new_draw(level),
            "",
            f"Variance components ({100 * level:g} % profile of the {self.method} criterion)",
            self.components_frame(level).to_string(float_format="{:.4g}".format),
        ]
        if self.warnings:
            head += ["", "Warnings", *(f"- {w.name}: {w.text}" for w in self.warnings)]
        return "\n".join(head)
