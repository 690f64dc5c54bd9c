"""Fits in which some rows are not plain numbers: what fits with bounds and mixtures share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd

from ..errors import UndefinedError, UndefinedForBoundsError
from ..inference.degrees_of_freedom import difference_step
from ..inference.fixed_effects import FixedInference
from ..inference.prediction import new_levels, new_rows
from ..model.structures import Array
from .components import Components
from .mixed_fit import MixedFit
from .profile_intervals import ProfiledComponents
from .reported_fit import ReportedFit

PARTIAL_TESTS = ("satterthwaite", "contain", "residual", "z")
"""Reference distributions that such a fit has."""


class Partial:
    """Names the reason where an attribute exists for plain numbers alone.

    Attributes
    ----------
    for_numbers
        The class that has it.
    """

    for_numbers: ClassVar[type]

    if not TYPE_CHECKING:  # otherwise any name would pass as an attribute

        def __getattr__(self, name: str) -> Any:
            if not name.startswith("_") and hasattr(type(self).for_numbers, name):
                raise UndefinedForBoundsError(
                    f"{name} is not defined for a fit with bounds or alternatives: it needs every "
                    "row as a number"
                )
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


@dataclass(frozen=True)
class PartialComponents(Partial, ProfiledComponents):
    """Variance components of such a fit: profile intervals of each, of sums and of shares."""

    for_numbers = Components


@dataclass(frozen=True)
class DifferencedInference(FixedInference):
    """Reference distribution of coefficients whose covariance has no closed derivatives."""

    @cached_property
    def _slopes(self) -> Array:
        """Derivatives of the coefficients' covariance by theta, by central differences."""
        _, free = self.theta_covariance
        out = np.empty((free.size, self.likelihood.p, self.likelihood.p))
        for a, j in enumerate(free):
            h = difference_step(self.likelihood, self.optimum.theta, int(j))
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
class PartiallyObservedFit(Partial, ReportedFit):
    """A fit some of whose rows are bounds or have two alternatives.

    It has coefficients with Satterthwaite's degrees of freedom, profile intervals of components,
    sums and shares, prediction of new levels, warnings and summary. The covariance of the
    coefficients is the inverse observed information (ML), or their covariance given all rows under
    flat coefficients (REML). What needs the response of every row as a number does not exist:
    ``resid``, ``fittedvalues``, ``ranef``, ``robust``, ``simulate``, ``plot``.
    """

    for_numbers = MixedFit

    @cached_property
    def components(self) -> PartialComponents:
        """The variance components: profile intervals of each, of sums and of shares."""
        return PartialComponents(self)

    @cached_property
    def inference(self) -> FixedInference:
        """Reference distribution of the coefficients."""
        return DifferencedInference(self.frame, self.likelihood, self.optimum, self.test)

    def with_test(self, test: str) -> Self:
        """Refer the same fit to another distribution, one of ``PARTIAL_TESTS``."""
        return replace(self, test=check_partial_test(test))

    def predict(
        self,
        newdata: pd.DataFrame | None = None,
        interval: str = "confidence",
        alpha: float = 0.05,
    ) -> pd.DataFrame:
        """Predict rows whose levels are all new; see :meth:`metastudy.mixed.MixedFit.predict`.

        Raises
        ------
        UndefinedError
            If a grouping has a level of the fit.
        """
        rows = new_rows(newdata, interval)
        for i in range(len(rows)):
            for term in self.frame.terms:
                if new_levels(self.frame, term, rows, i)[1] is not None:
                    raise UndefinedError(
                        "a fit with bounds or alternatives predicts new levels only; leave the "
                        "groupings out of newdata"
                    )
        return super().predict(newdata, interval, alpha)


def check_partial(method: str, test: str) -> None:
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
    check_partial_test(test)


def check_partial_test(test: str) -> str:
    """Return the name of a reference distribution that such fits have.

    Raises
    ------
    UndefinedError
        Otherwise.
    """
    if test not in PARTIAL_TESTS:
        raise UndefinedError(
            f"test {test!r} is not defined for a fit with bounds or alternatives; "
            f"use one of {', '.join(PARTIAL_TESTS)}"
        )
    return test
