"""What every fit reports: its components, its warnings and its summary."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self, cast

import pandas as pd

from ...confidence import check_alpha
from ...summary import Summary, SummaryTable
from ..errors import UndefinedError
from ..inference.prediction import new_rows_are_alike
from ..model.frame import Frame, alternatives_of
from ..named_warning import NamedWarning
from .coefficients import FixedPart
from .fit_call import FitCall
from .fit_warnings import fit_warnings
from .profile_intervals import ProfiledComponents


@dataclass(frozen=True, repr=False)
class ReportedFit(FixedPart):
    """A fit with its variance components, warnings and summary."""

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.frame.formula.text!r}, {self.method}, "
            f"{self.nobs} rows, {self.outcome})"
        )

    @cached_property
    def components(self) -> ProfiledComponents:
        """The variance components: intervals of each, of sums and of shares."""
        return ProfiledComponents(self)

    @cached_property
    def warnings(self) -> tuple[NamedWarning, ...]:
        """What these rows do not let a reader conclude; computes the 95 % profile intervals.

        Above ``fit_warnings.LARGE`` rows the rules that need intervals or degrees of freedom are
        left out.
        """
        return fit_warnings(self, self.components)

    @property
    def alternatives(self) -> pd.DataFrame | None:
        """Units with two alternatives and how they entered the fit; None where there are none."""
        return None if self.frame.alternatives is None else self.frame.alternatives.table()

    def update(self, formula: str | None = None, **changes: Any) -> Self:
        """Fit the same rows with another formula or other arguments.

        Parameters
        ----------
        formula
            The new formula; a dot means that side of the old one, as in ``". ~ . + x"`` or
            ``". ~ . - (1 | g)"``.
        **changes
            Arguments of :func:`metastudy.mixed.fit` that change; the others stay.

        Raises
        ------
        MixedError
            As the fit itself.
        """
        return cast(Self, self._asked.again(formula, changes))

    def refit(self, data: pd.DataFrame, **changes: Any) -> Self:
        """Fit other rows, with the same formula and arguments.

        Parameters
        ----------
        data
            The rows.
        **changes
            Arguments of :func:`metastudy.mixed.fit` that change, such as arrays for the new rows.

        Raises
        ------
        MixedError
            As the fit itself; DataError where an argument has values for the old rows.
        """
        return cast(Self, self._asked.with_data(data, changes))

    def subset(self, rows: object) -> Self:
        """Fit some of the rows, with what was given for them.

        Parameters
        ----------
        rows
            Booleans (n,), or an expression in the data's columns, such as ``"year > 2015"``.

        Raises
        ------
        MixedError
            As the fit itself; DataError where ``rows`` chooses none.
        """
        return cast(Self, self._asked.with_rows(rows))

    @property
    def _asked(self) -> FitCall:
        if self.call is None:
            raise UndefinedError("this fit was not made by mixed.fit, so it cannot be repeated")
        return self.call

    def summary(self, alpha: float = 0.05) -> Summary:
        """Coefficients, components and every warning; intervals at 1 - alpha."""
        percent = f"{100 - 100 * check_alpha(alpha, UndefinedError):g} %"
        head = [
            self.frame.formula.text,
            f"{self.method}, {self.nobs} rows, {self.outcome}, "
            f"log-likelihood {self.llf:.4f}, AIC {self.aic:.2f}, BIC {self.bic:.2f}",
            *self._remarks(),
        ]
        tables = [SummaryTable(f"Fixed part ({self.test})", self.to_frame(alpha))]
        notes = self._findings(alpha, percent)
        if self.sigma2.empty:
            notes.append("No variance components: all of V is known")
        else:
            title = f"Variance components ({percent} profile of the {self.method} criterion)"
            tables.append(SummaryTable(title, self.components.to_frame(alpha)))
        notes += [f"{w.name}: {w.text}" for w in self.warnings]
        return Summary(head, tables, notes)

    def _remarks(self) -> list[str]:
        """Lines of the summary's head that only some fits have."""
        return [] if self.frame.alternatives is None else [alternatives_remark(self.frame)]

    def _findings(self, alpha: float, percent: str) -> list[str]:
        """Lines of the summary below its tables, before the warnings."""
        return self._new_draw(alpha, percent)

    def _new_draw(self, alpha: float, percent: str) -> list[str]:
        """Give the prediction interval beside the confidence interval of a lone mean."""
        if self.frame.names != ("Intercept",) or not new_rows_are_alike(self.frame):
            return []
        row = self.predict(interval="prediction", alpha=alpha).iloc[0]
        return [
            f"A new draw of every level: {row['lower']:.4g} to {row['upper']:.4g} "
            f"({percent} prediction interval, {row['df']:.3g} df)"
        ]


def alternatives_remark(frame: Frame) -> str:
    """Count the unknown units that were summed exactly, and those taken by their moments."""
    given = alternatives_of(frame)
    exact = int(given.enumerated.sum())
    return (
        f"{len(given.units)} units with two alternatives: {exact} summed exactly, "
        f"{len(given.units) - exact} by mean and covariance"
    )
