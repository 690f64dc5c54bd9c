"""The variance components of a posterior: intervals of each, of their sums and of their shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import UndefinedError
from ..model.identifiability import check_component_names
from ..model.structures import Array
from .posterior_draws import PosteriorDraws, intervals, tails
from .prior import variance_names


@dataclass(frozen=True)
class PosteriorComponents:
    """Variance components of a posterior, with intervals of equal tails.

    Attributes
    ----------
    model
        The posterior.
    """

    model: PosteriorDraws

    @property
    def sigma2(self) -> pd.Series[float]:
        """Posterior medians of the variance components by name."""
        return self.model.sigma2

    def conf_int(self, alpha: float = 0.05) -> pd.DataFrame:
        """Posterior intervals of the variance components, columns lower and upper.

        The lower end is never zero: where the data do not exclude zero, a warning gives the upper
        end alone.
        """
        return intervals(self.model.theta_draws[self.model.component_names], alpha)

    def sd_conf_int(self, alpha: float = 0.05) -> pd.DataFrame:
        """Posterior intervals of the standard deviations, columns lower and upper."""
        return self.conf_int(alpha) ** 0.5

    def sum_conf_int(self, components: Sequence[str], alpha: float = 0.05) -> tuple[float, float]:
        """Posterior interval of the sum of the named variance components."""
        low, high = np.quantile(self._sum_draws(components), tails(alpha))
        return float(low), float(high)

    def share_conf_int(
        self, components: Sequence[str], alpha: float = 0.05, of: Sequence[str] | None = None
    ) -> tuple[float, float]:
        """Posterior interval of (sum of the named components) / (sum of ``of``).

        ``of`` is all components unless named; it must hold the others.
        """
        whole = self.model.component_names if of is None else list(of)
        part, total = self._sum_draws(components), self._sum_draws(whole)
        if not set(components) <= set(whole):
            raise UndefinedError("a share's components must be among those it is a share of")
        low, high = np.quantile(part / total, tails(alpha))
        return float(low), float(high)

    def to_frame(self, alpha: float = 0.05) -> pd.DataFrame:
        """List standard deviations with median, interval, levels and convergence, one row each."""
        terms = zip(self.model.frame.terms, variance_names(self.model.frame).values(), strict=True)
        levels = [term.n_groups for term, names in terms for _ in names]
        table = pd.DataFrame({"sd": np.sqrt(self.sigma2)}).join(self.sd_conf_int(alpha))
        return table.assign(levels=levels).join(self.model.convergence)

    def _sum_draws(self, components: Sequence[str]) -> Array:
        check_component_names(components, self.model.component_names, self.model.merged)
        return np.asarray(self.model.theta_draws[list(components)].sum(axis=1))
