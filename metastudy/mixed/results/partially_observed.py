"""Fits in which some rows are not plain numbers: what fits with bounds and mixtures share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from ..errors import UndefinedError, UndefinedForBoundsError
from ..inference.degrees_of_freedom import REACH
from ..inference.fixed_effects import FixedInference
from ..inference.robust import RobustCovariance
from ..model.structures import Array
from .mixed_fit import ReportedFit

INDIRECT_TESTS = ("satterthwaite", "contain", "residual", "z")
"""Reference distributions that such a fit has."""

_NO_RESPONSE = "it needs the response of every row as a number"
_NO_REPLICATES = (
    "simulated data sets would need their own bounds; use the profile intervals (sigma2_conf_int, "
    "sum_conf_int, share_conf_int)"
)
REFUSED: dict[str, str] = {
    **dict.fromkeys(
        (
            "residuals",
            "hat_values",
            "rstandard",
            "funnel",
            "radial",
            "baujat",
            "egger",
            "peese",
            "egger_by_least_squares",
            "rank_test",
            "trim_and_fill",
            "selection_model",
            "permutation_test",
            "q_profile",
            "heterogeneity",
            "qe",
            "i2",
            "h2",
            "r_squared",
            "explained_shares",
        ),
        _NO_RESPONSE,
    ),
    **dict.fromkeys(("bootstrap", "ratio_conf_int", "bca_conf_int"), _NO_REPLICATES),
    "scale_ratios": "the degrees of freedom of its arms count rows that are numbers",
    "deletion": "units with alternatives cannot be left out yet; bounds alone can",
}
"""What a fit of plain rows has and these fits have not, and why not."""


@dataclass(frozen=True)
class DifferencedInference(FixedInference):
    """Reference distribution of coefficients whose covariance has no closed derivatives."""

    @cached_property
    def _slopes(self) -> Array:
        """Derivatives of the coefficients' covariance by theta, by central differences."""
        _, free = self.theta_covariance
        out = np.empty((free.size, self.likelihood.p, self.likelihood.p))
        for a, j in enumerate(free):
            h = REACH * max(abs(float(self.optimum.theta[j])), 1e-8)
            out[a] = (self._covariance_beside(j, h) - self._covariance_beside(j, -h)) / (2 * h)
        return out

    def _covariance_beside(self, j: int, offset: float) -> Array:
        theta = self.optimum.theta.copy()
        theta[j] += offset
        found = self.likelihood.evaluate(theta, derivatives=False)
        if found is None:
            raise UndefinedError("the covariance is not positive definite beside the estimate")
        return found.cov


@dataclass(frozen=True, repr=False)
class IndirectFit(ReportedFit):
    """A fit some of whose rows are bounds or have two alternatives.

    It has coefficients with Satterthwaite's degrees of freedom, profile intervals of components,
    sums and shares, prediction of new levels, warnings and summary. The covariance of the
    coefficients is the inverse observed information (ML), or their covariance given all rows under
    flat coefficients (REML). What needs the residual of every row is refused; ``REFUSED`` lists it.
    """

    if not TYPE_CHECKING:  # otherwise any name would pass as an attribute

        def __getattr__(self, name: str) -> Any:
            if name in REFUSED:
                raise UndefinedForBoundsError(
                    f"{name} is not defined for a fit with bounds or alternatives: {REFUSED[name]}"
                )
            return object.__getattribute__(self, name)  # raises what Python says of it

    @cached_property
    def inference(self) -> FixedInference:
        """Reference distribution of the coefficients."""
        return DifferencedInference(self.frame, self.likelihood, self.optimum, self.test)

    def with_test(self, test: str) -> Self:
        """Refer the same fit to another distribution, one of ``indirect.INDIRECT_TESTS``."""
        return replace(self, test=check_indirect_test(test))

    def predict(
        self,
        newdata: pd.DataFrame | None = None,
        interval: str = "confidence",
        level: float = 0.95,
    ) -> pd.DataFrame:
        """Predict rows whose levels are all new; see :meth:`metastudy.mixed.MixedFit.predict`.

        Raises
        ------
        UndefinedError
            If a grouping has a level of the fit.
        """
        table = super().predict(newdata, interval, level)
        everything = ", ".join(term.name for term in self.frame.terms) or "nothing"
        if (table["new"] != everything).any():
            raise UndefinedError(
                "a fit with bounds or alternatives predicts new levels only; leave the groupings "
                "out of newdata"
            )
        return table

    def ranef(self) -> dict[str, pd.DataFrame]:
        """Refuse: effects of levels need every row as a number."""
        raise UndefinedError(
            "effects of levels are not predicted where rows are bounds or have alternatives"
        )

    def robust(self, cluster: object, kind: str = "CR2") -> RobustCovariance:
        """Refuse: robust covariances need the residual of every row."""
        raise UndefinedError(
            "a cluster-robust covariance needs the residual of every row, which bounds and "
            "alternatives do not have; use the model-based tests"
        )


def check_indirect(method: str, test: str) -> None:
    """Check that a method and a test exist for rows that are not plain numbers.

    Raises
    ------
    UndefinedError
        Otherwise.
    """
    if method not in ("ML", "REML"):
        raise UndefinedError(
            f"method {method!r} is not defined with bounds or alternatives; use 'ML' or 'REML'"
        )
    check_indirect_test(test)


def check_indirect_test(test: str) -> str:
    """Return the name of a reference distribution that such fits have.

    Raises
    ------
    UndefinedError
        Otherwise.
    """
    if test not in INDIRECT_TESTS:
        raise UndefinedError(
            f"test {test!r} is not defined for a fit with bounds or alternatives; "
            f"use one of {', '.join(INDIRECT_TESTS)}"
        )
    return test
