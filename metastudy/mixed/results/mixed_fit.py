"""The fitted model: statsmodels' conventions for the fixed part, intervals for the components."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from . import fit_warnings as honesty
from .coefficients import FixedPart
from .components import Components
from .profile_intervals import ProfiledComponents
from .row_diagnostics import Diagnostics


@dataclass(frozen=True, repr=False)
class ReportedFit(FixedPart, ProfiledComponents):
    """What every fit prints: tables, warnings and the summary."""

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.frame.formula.text!r}, {self.method}, "
            f"{self.nobs} rows, {self.outcome})"
        )

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

    def _components_lines(self, level: float) -> list[str]:
        if self.sigma2.empty:
            return ["No variance components: all of V is known"]
        return [
            f"Variance components ({100 * level:g} % profile of the {self.method} criterion)",
            self.components_frame(level).to_string(float_format="{:.4g}".format),
        ]

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

    @property
    def alternatives(self) -> pd.DataFrame | None:
        """Units with two alternatives and how they entered the fit; None where there are none."""
        return None if self.frame.alternatives is None else self.frame.alternatives.table()

    def _remarks(self) -> list[str]:
        """Lines of the summary's head that only some fits have."""
        if self.frame.alternatives is None:
            return []
        from ..likelihoods.mixture import alternatives_remark

        return [alternatives_remark(self.frame)]

    def summary(self, level: float = 0.95) -> str:
        """Coefficients, components and every warning as text."""
        head = [
            self.frame.formula.text,
            f"{self.method}, {self.nobs} rows, {self.outcome}, "
            f"log-likelihood {self.llf:.4f}, AIC {self.aic:.2f}, BIC {self.bic:.2f}",
            *self._remarks(),
            "",
            f"Fixed part ({self.test})",
            self.to_frame(level).to_string(float_format="{:.4g}".format),
            *self._new_draw(level),
            "",
            *self._components_lines(level),
        ]
        if self.warnings:
            head += ["", "Warnings", *(f"- {w.name}: {w.text}" for w in self.warnings)]
        return "\n".join(head)


@dataclass(frozen=True, repr=False)
class MixedFit(ReportedFit, Diagnostics, Components):
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
        Reference distribution of the coefficients, see
        :mod:`metastudy.mixed.inference.fixed_effects`.
    merged
        Names joined because the rows cannot tell them apart.
    """
