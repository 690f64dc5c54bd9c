"""The result of a fit to rows with two alternatives."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..likelihoods.mixture import MixtureEvaluation, MixtureLikelihood
from ..model.alternatives import MOST_ENUMERATED, unit_components
from ..model.frame import Frame, alternatives_of
from ..model.sampling_covariance import with_shared_unknowns
from ..optimise.newton import best_maximum
from ..solvers.blocks import marginal_components
from .partially_observed import PartiallyObservedFit, check_partial


@dataclass(frozen=True, repr=False)
class MixtureFit(PartiallyObservedFit):
    """A mixed model fitted to rows some of which have two alternatives, summed exactly.

    Examples
    --------
    >>> import pandas as pd
    >>> from metastudy import mixed
    >>> data = pd.DataFrame({"work": list("aabbccdd"), "v": 0.02})
    >>> data["y"] = [1.0, 1.2, 1.9, 2.1, 1.4, 1.6, 2.4, 2.6]
    >>> data["cell"] = [None] * 6 + ["d", "d"]  # one contact or two: log10 2 apart
    >>> data["shift"], data["p"] = 0.301, 0.5
    >>> unknown = {"unit": "cell", "shift": "shift", "probability": "p"}
    >>> fit = mixed.fit("y ~ 1 + (1 | work)", data, v="v", alternatives=unknown)
    >>> fit.alternatives["treatment"].tolist()
    ['enumerated']
    """

    @property
    def alternatives(self) -> pd.DataFrame:
        """Units with prior and posterior probability of their shift, and how they entered."""
        found = self.optimum.evaluation
        assert isinstance(found, MixtureEvaluation)
        given = alternatives_of(self.frame)
        posterior = np.full(len(given.units), np.nan)
        posterior[given.enumerated] = found.posterior
        return given.table().assign(posterior=posterior)


def settle_alternatives(frame: Frame, reml: bool) -> Frame:
    """Decide which units are summed and put the others into y and V by their moments.

    Summed are the units of components with at most ``MOST_ENUMERATED`` of them. Where rows are
    bounds, all units are; those whose alternative is certain only shift their rows.
    """
    given = alternatives_of(frame)
    bounds = frame.bounds
    if bounds is None:
        components = marginal_components(frame.terms, frame.V)
        home = unit_components(given.shifts, components, joined=reml and frame.X.shape[1] > 0)
        summed = np.bincount(home)[home] <= MOST_ENUMERATED
    else:
        summed = (given.probability > 0) & (given.probability < 1)
        summed &= (given.shifts != 0).any(axis=0)
    given = replace(given, enumerated=summed)
    V = frame.V
    if not summed.all():
        V = with_shared_unknowns(V, given.shared, list(frame.labels))
    shift = given.mean_shift
    if bounds is not None:
        bounds = replace(bounds, lower=bounds.lower - shift, upper=bounds.upper - shift)
    return replace(frame, y=frame.y - shift, V=V, bounds=bounds, alternatives=given)


def fit_mixture(
    frame: Frame, merged: tuple[tuple[str, ...], ...], method: str, test: str
) -> MixtureFit:
    """Fit a frame with enumerated alternatives; see :func:`metastudy.mixed.fit`."""
    check_partial(method, test)
    likelihood = MixtureLikelihood(frame, method == "REML")
    return MixtureFit(frame, likelihood, best_maximum(likelihood), method, test, merged)
