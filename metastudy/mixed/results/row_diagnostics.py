"""Diagnostics of a fit: leverages, deletion, plots' data, asymmetry, permutation, selection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ...confidence import check_alpha
from ..diagnostics.deletion import Deletion, delete_units
from ..diagnostics.funnel import FunnelData, baujat_data, funnel_data, radial_data
from ..diagnostics.permutation import PermutationTest, permutation_test
from ..diagnostics.selection_models import SelectionModel, selection_model
from ..diagnostics.small_study_effects import (
    AsymmetryTest,
    egger_by_least_squares,
    predictor_column,
    rank_test,
    with_predictor,
)
from ..diagnostics.trimming import TrimAndFill, trim_and_fill
from ..errors import UndefinedError
from ..inference.residuals import hat_values, internally_studentised
from ..inference.robust import RobustCovariance, robust_covariance
from ..optimise.refitting import refit
from .coefficients import FixedPart


@dataclass(frozen=True)
class Diagnostics:
    """Diagnostics of a fit; the formulas are in the modules that compute them.

    Methods that reason from the sampling error or a p-value take ``response``: ``"contrast"`` for
    differences or log ratios of arms, ``"level"`` for values such as log10 R, which they refuse.

    Attributes
    ----------
    model
        The fit.
    """

    model: FixedPart

    @cached_property
    def hat_values(self) -> pd.Series[float]:
        """Leverage of each row; they sum to the number of coefficients."""
        values = hat_values(self.model.likelihood, self.model.optimum.evaluation)
        return pd.Series(values, list(self.model.frame.labels), name="hat")

    @cached_property
    def rstandard(self) -> pd.Series[float]:
        """Internally studentised residuals; externally ones are ``deletion().rstudent``."""
        values = internally_studentised(
            self.model.frame, self.model.likelihood, self.model.optimum.evaluation
        )
        return pd.Series(values, list(self.model.frame.labels), name="rstandard")

    def deletion(self, by: object = None) -> Deletion:
        """Leave out each row, or each unit of a grouping, and refit.

        Parameters
        ----------
        by
            None for rows, a grouping of the model, a column of the data, or labels (n,).
        """
        fit, cache = self.model, self._deletions
        key = "row" if by is None else by
        if isinstance(key, str) and key in cache:
            return cache[key]
        names = list(fit.parameter_names)
        found = delete_units(fit.frame, fit.likelihood, fit.optimum, fit.method, names, by)
        if isinstance(key, str):
            cache[key] = found
        return found

    @cached_property
    def _deletions(self) -> dict[str, Deletion]:
        """The deletions that were computed, by grouping."""
        return {}

    def funnel(self, alpha: float = 0.05) -> FunnelData:
        """Points and limits of a funnel plot, limits at 1 - alpha."""
        fit, alpha = self.model, check_alpha(alpha, UndefinedError)
        return funnel_data(fit.frame, fit.likelihood, fit.optimum.evaluation, alpha)

    def radial(self) -> pd.DataFrame:
        """Points of a radial plot."""
        return radial_data(self.model.frame, self.model.optimum.theta)

    def baujat(self) -> pd.DataFrame:
        """Contribution of each row to heterogeneity and its influence on the mean."""
        return baujat_data(
            self.model.frame, self.model.likelihood, self.model.optimum.evaluation, self.deletion()
        )

    def egger(
        self, predictor: str = "se", *, response: str, cluster: object = None
    ) -> AsymmetryTest:
        """Regress the response on imprecision in the same model, with all its random effects.

        Parameters
        ----------
        predictor
            ``"se"``, ``"v"``, or an expression in the data's columns such as ``"1 / np.sqrt(n)"``,
            which is the only kind that levels allow.
        response
            ``"contrast"`` or ``"level"``.
        cluster
            Clusters of a CR2 covariance, which then replaces the model's.
        """
        return self._asymmetry(predictor, response, cluster)

    def peese(self, *, response: str, cluster: object = None) -> AsymmetryTest:
        """Regress on the sampling variance: ``limit`` is the estimate for a row without error."""
        return self._asymmetry("v", response, cluster)

    def _asymmetry(self, predictor: str, response: str, cluster: object) -> AsymmetryTest:
        name, values = predictor_column(self.model.frame, predictor, response)
        frame = with_predictor(self.model.frame, name, values)
        likelihood, optimum = refit(frame, self.model.method)
        fit = FixedPart(frame, likelihood, optimum, self.model.method, self.model.test)
        table: FixedPart | RobustCovariance = fit
        reference = fit.inference.reference
        if cluster is not None:
            table, reference = robust_covariance(fit.inference, cluster, "CR2"), "CR2"
        slope = table.to_frame().iloc[-1]
        lone = self.model.frame.names == ("Intercept",)
        return AsymmetryTest(
            name,
            float(slope["estimate"]),
            float(slope["se"]),
            float(slope["df"]),
            float(slope["t"]),
            float(slope["p"]),
            float(table.params.iloc[0]) if lone else None,
            float(table.bse.iloc[0]) if lone else None,
            reference,
        )

    def egger_by_least_squares(self, predictor: str = "se", *, response: str) -> AsymmetryTest:
        """Classic Egger test, without random effects."""
        return egger_by_least_squares(self.model.frame, predictor, response)

    def rank_test(self, *, response: str) -> tuple[float, float]:
        """Kendall's tau between standardised deviations and sampling variances, and its p."""
        return rank_test(self.model.frame, response)

    def trim_and_fill(
        self, *, response: str, estimator: str = "L0", side: str | None = None
    ) -> TrimAndFill:
        """Count rows missing on one side of the funnel and add their mirror images."""
        return trim_and_fill(self.model.frame, self.model.method, response, estimator, side)

    def permutation_test(
        self, n: int | None = None, *, rng: np.random.Generator | None = None
    ) -> PermutationTest:
        """Permutation test of the mean (signs of units) or of the moderators (permuted).

        Parameters
        ----------
        n
            Permutations to sample; None for all sign changes of up to 16 units.
        rng
            Source of sampled permutations.
        """
        fit = self.model
        return permutation_test(
            fit.frame, fit.likelihood, fit.optimum, fit.method, fit.test, n, rng
        )

    def selection_model(
        self,
        kind: str = "step",
        *,
        response: str,
        alternative: str = "greater",
        steps: Sequence[float] = (0.025,),
    ) -> SelectionModel:
        """Two-level model in which the chance of being reported depends on the p-value."""
        return selection_model(self.model.frame, kind, response, alternative, steps)
