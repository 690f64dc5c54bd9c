"""The result of a fit to rows that are numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...confidence import check_alpha
from ..arguments import check_count, check_rng
from ..errors import UndefinedError
from ..inference.parametric_bootstrap import simulate_errors
from ..inference.prediction import random_effects
from ..inference.residuals import fixed_residuals
from ..inference.robust import RobustCovariance, robust_covariance
from .components import Components
from .pictures import draw
from .reported_fit import ReportedFit
from .row_diagnostics import Diagnostics

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class MixedFit(ReportedFit):
    """A mixed model fitted by ML, REML or moments.

    Variance components are under ``components``, residual diagnostics and refits without units
    under ``diagnostics``.

    Attributes
    ----------
    frame
        What the model was fitted to.
    likelihood
        The criterion; its ``evaluate`` gives likelihood, score and information at any theta.
    optimum
        Where the search ended, with its log.
    method
        ``"REML"``, ``"ML"`` or a moment estimator.
    test
        Reference distribution of the coefficients, see
        :mod:`metastudy.mixed.inference.fixed_effects`.
    merged
        Names joined because the rows cannot tell them apart.

    Examples
    --------
    >>> import pandas as pd
    >>> from metastudy import mixed
    >>> data = pd.DataFrame({"work": list("aabbccdd"), "v": 0.02})
    >>> data["y"] = [1.0, 1.2, 1.9, 2.1, 1.4, 1.6, 2.4, 2.6]
    >>> fit = mixed.fit("y ~ 1 + (1 | work)", data, v="v")
    >>> list(fit.conf_int().columns)
    ['lower', 'upper']
    >>> fit.components.conf_int().index.tolist()
    ['work']
    """

    @cached_property
    def components(self) -> Components:
        """The variance components: intervals, bootstrap, heterogeneity, explained shares."""
        return Components(self)

    @cached_property
    def diagnostics(self) -> Diagnostics:
        """Leverages, refits without units, funnel and small-study effects, permutation tests."""
        return Diagnostics(self)

    @property
    def resid(self) -> pd.Series[float]:
        """Response minus X b, by row."""
        values = fixed_residuals(self.likelihood, self.optimum.evaluation)
        return pd.Series(values, list(self.frame.labels), name="resid")

    @property
    def fittedvalues(self) -> pd.Series[float]:
        """X b, by row: the fixed part alone.

        statsmodels' MixedLM adds the predicted random effects; here they are in ``ranef()``.
        """
        return pd.Series(self.frame.y - self.resid, name="fittedvalues")

    def ranef(self) -> dict[str, pd.DataFrame]:
        """Predicted effects of each grouping's levels with standard errors."""
        return random_effects(self.frame, self.likelihood, self.optimum.evaluation)

    def simulate(self, n: int = 1, *, rng: np.random.Generator) -> pd.DataFrame:
        """Draw responses from the fit: X b, new random effects and new sampling errors.

        Parameters
        ----------
        n
            How many.
        rng
            Source of the draws.

        Returns
        -------
        pandas.DataFrame
            One row for each row of the fit, one column for each draw; a column takes the place of
            the response in ``refit(data.assign(...))``. Printed spreads (``replicates``) stay.

        Raises
        ------
        UndefinedError
            For a fit with alternatives, which are not drawn.
        """
        if self.frame.alternatives is not None:
            raise UndefinedError("simulate does not draw alternatives; fit without them")
        draws = simulate_errors(
            self.frame, self.optimum.theta, check_count(n, "draws"), check_rng(rng)
        )
        values = (self.fittedvalues.to_numpy() + draws).T
        return pd.DataFrame(values, self.frame.data.index)

    def _findings(self, alpha: float, percent: str) -> list[str]:
        return [*super()._findings(alpha, percent), *self._heterogeneity_note()]

    def _heterogeneity_note(self) -> list[str]:
        """Give Q and I2, where V has an inverse."""
        found = self.components.heterogeneity
        if found.qe is None or found.i2 is None:
            return []
        p = f"p = {found.qe_pvalue:.3g}" if (found.qe_pvalue or 0) >= 1e-4 else "p < 0.0001"
        note = f"Heterogeneity: QE = {found.qe:.5g} ({found.qe_df} df, {p})"
        if not found.i2.empty:
            parts = ", ".join(f"{name} {value:.3g} %" for name, value in found.i2.items())
            note += f"; I2 = {found.i2_total:.3g} %" + (f" ({parts})" if len(found.i2) > 1 else "")
        return [note]

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
        return robust_covariance(self.inference, cluster, kind)

    def plot(
        self,
        kind: str = "forest",
        of: str | None = None,
        *,
        by: str | None = None,
        alpha: float = 0.05,
        axes: Axes | None = None,
    ) -> Figure:
        """Draw the fit.

        Parameters
        ----------
        kind
            ``"forest"``: each row with the interval of its sampling error and the mean; with
            moderators the fitted value of each row, or the marginal means of the factor ``of``.
            ``"regression"``: the rows over the numeric moderator ``of``, with the fitted line;
            other moderators are held at their means. ``"caterpillar"``: the predicted effects of
            the grouping ``of``. Profiles, funnels and influence are drawn by
            ``fit.components.plot``, ``fit.diagnostics.funnel().plot`` and ``deletion().plot``.
        of
            What is drawn, see ``kind``.
        by
            Column whose values are told apart by colour and mark in a regression.
        alpha
            Share outside the intervals.
        axes
            Where to draw; a new figure unless given.

        Raises
        ------
        UndefinedError, FormulaError
            For more than 120 rows of a forest, or names that the model does not have.
        """
        from ..drawing.style import figure_of

        return figure_of(draw(self, kind, of, by, check_alpha(alpha, UndefinedError), axes))
