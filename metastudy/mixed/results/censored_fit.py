"""The result of a fit with bounds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ..errors import UndefinedError
from ..likelihoods.bounded import BoundedLikelihood, CensoredEvaluation, bounds_of
from ..likelihoods.censored import POINTS
from ..model.frame import Frame
from ..named_warning import NamedWarning
from ..optimise.censored_maximum import LARGEST_ERROR, maximise_censored
from ..solvers.blocks import marginal_components
from .censored_deletion import CensoredDiagnostics
from .fit_warnings import fit_warnings
from .partially_observed import PartiallyObservedFit, check_partial

MOST_JOINED = 1000
"""Rows of one probability up to which the stated error was held against exact values."""


@dataclass(frozen=True, repr=False)
class CensoredFit(PartiallyObservedFit):
    """A mixed model fitted by ML or REML to rows of which some are bounds.

    What it has is described in
    :class:`metastudy.mixed.results.partially_observed.PartiallyObservedFit`; ``diagnostics`` has
    ``deletion`` alone.

    Examples
    --------
    >>> import pandas as pd
    >>> from metastudy import mixed
    >>> data = pd.DataFrame({"work": list("aabbccdd"), "v": 0.02})
    >>> data["y"] = [1.0, 1.2, 1.9, 2.1, 1.4, 1.6, 2.4, 2.6]
    >>> data["hi"] = [float("nan")] * 7 + [2.7]  # the last row is known as "below 2.7"
    >>> data.loc[7, "y"] = float("nan")
    >>> fit = mixed.fit("y ~ 1 + (1 | work)", data, v="v", upper="hi")
    >>> fit.bounds.to_dict()
    {'exact': 7, 'left': 1, 'right': 0, 'interval': 0}
    >>> bool(fit.completed.iloc[7] < 2.7)
    True
    """

    likelihood: BoundedLikelihood

    @property
    def evaluation(self) -> CensoredEvaluation:
        """The likelihood at the estimate."""
        found = self.optimum.evaluation
        assert isinstance(found, CensoredEvaluation)
        return found

    @property
    def bounds(self) -> pd.Series[int]:
        """Number of exact, left-, right- and interval-censored rows."""
        return bounds_of(self.frame).counts

    @property
    def llf_error(self) -> float:
        """Standard error of ``llf`` from simulated probabilities; 0 where all are closed."""
        return self.evaluation.llf_error

    @property
    def largest_probability(self) -> int:
        """Number of censored rows in the largest joint probability."""
        return self.likelihood.largest

    @property
    def alternatives(self) -> pd.DataFrame | None:
        """Units with prior and posterior probability of their shift; None where there are none."""
        given = self.frame.alternatives
        if given is None:
            return None
        posterior = given.probability.copy()
        posterior[given.enumerated] = self.likelihood.posterior_at(self.evaluation)
        return given.table().assign(posterior=posterior)

    @cached_property
    def completed(self) -> pd.Series[float]:
        """The response with each censored row at its expectation given all rows."""
        return pd.Series(
            self.likelihood.completed_at(self.evaluation), list(self.frame.labels), name="completed"
        )

    @cached_property
    def warnings(self) -> tuple[NamedWarning, ...]:
        """What these rows do not let a reader conclude; computes the 95 % profile intervals."""
        return (*self._simulation_warnings(), *fit_warnings(self, self.components))

    def _simulation_warnings(self) -> list[NamedWarning]:
        """Name probabilities that are simulated too roughly, or joined beyond what was tried."""
        joined = self.largest_probability
        why = self.likelihood.what_is_simulated
        if self.method == "REML" and joined > self.largest_component:
            why += f"; method='ML' joins at most {self.largest_component}"
        out = []
        if self.llf_error > LARGEST_ERROR:
            text = (
                f"the log-likelihood carries a simulation error of {self.llf_error:.2g}, above "
                f"{LARGEST_ERROR:g}: {why}"
            )
            out.append(NamedWarning("simulation error", text))
        if joined > MOST_JOINED:
            text = f"{why}; beyond {MOST_JOINED} the stated error of simulation was not checked"
            out.append(NamedWarning("many bounds joined", text))
        return out

    @property
    def largest_component(self) -> int:
        """Number of censored rows in the largest connected component, which ML joins."""
        components = marginal_components(self.frame.terms, self.frame.V)
        return int(np.bincount(components[bounds_of(self.frame).censored]).max(initial=0))

    @cached_property
    def diagnostics(self) -> CensoredDiagnostics:
        """Refits without single rows or units."""
        return CensoredDiagnostics(self, self.likelihood.n_points)

    def _remarks(self) -> list[str]:
        words = ", ".join(f"{n} {kind}" for kind, n in self.bounds.items() if n)
        error = f"simulation error of the log-likelihood {self.llf_error:.1g}"
        return [f"{words}; {error}", *super()._remarks()]


def fit_censored(
    frame: Frame,
    merged: tuple[tuple[str, ...], ...],
    method: str,
    test: str,
    rng: np.random.Generator | None,
    points: int | None = None,
) -> CensoredFit:
    """Fit a frame with bounds; see :func:`metastudy.mixed.fit`.

    Raises
    ------
    UndefinedError
        For a method or test that is not defined with bounds, or a number of points that is no
        power of two.
    IdentifiabilityError
        Where a coefficient has no finite estimate.
    """
    check_partial(method, test)
    whole = isinstance(points, (int, np.integer)) and not isinstance(points, bool)
    if points is not None and (not whole or points < 2 or points & (points - 1)):
        raise UndefinedError(f"points = {points!r}: give a power of two, such as 64 or {POINTS}")
    # Without a generator every fit takes the same points, so that fits compare and repeat.
    rng = np.random.default_rng(0) if rng is None else rng
    likelihood, optimum = maximise_censored(frame, method, rng, points)
    return CensoredFit(frame, likelihood, optimum, method, test, merged)
