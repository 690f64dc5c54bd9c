"""What a result says about its rows: deletion, plots' data, asymmetry, permutation, selection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..arguments import check_level
from ..inference.residuals import fixed_residuals, hat_values, internally_studentised
from .coefficients import FixedPart

if TYPE_CHECKING:
    from ..diagnostics.deletion import Deletion
    from ..diagnostics.funnel import FunnelData
    from ..diagnostics.permutation import PermutationTest
    from ..diagnostics.selection_models import SelectionModel
    from ..diagnostics.small_study_effects import AsymmetryTest
    from ..diagnostics.trimming import TrimAndFill


@dataclass(frozen=True)
class Diagnostics(FixedPart):
    """Diagnostics of a fit; their formulas stand in the modules that compute them.

    Methods that reason from the sampling error or a p-value take ``response``: ``"contrast"`` for
    differences or log ratios of arms, ``"level"`` for values such as log10 R, which they refuse.
    """

    @property
    def residuals(self) -> pd.Series[float]:
        """Response minus X b."""
        values = fixed_residuals(self.likelihood, self.optimum.evaluation)
        return pd.Series(values, list(self.frame.labels), name="residuals")

    @cached_property
    def hat_values(self) -> pd.Series[float]:
        """Leverage of each row; they sum to the number of coefficients."""
        values = hat_values(self.likelihood, self.optimum.evaluation)
        return pd.Series(values, list(self.frame.labels), name="hat")

    @cached_property
    def rstandard(self) -> pd.Series[float]:
        """Internally studentised residuals; externally ones are ``deletion().rstudent``."""
        values = internally_studentised(self.frame, self.likelihood, self.optimum.evaluation)
        return pd.Series(values, list(self.frame.labels), name="rstandard")

    def deletion(self, by: object = None) -> Deletion:
        """Leave out each row, or each unit of a grouping, and refit.

        Parameters
        ----------
        by
            None for rows, a grouping of the model, a column of the data, or labels (n,).
        """
        from ..diagnostics.deletion import delete_units

        cache: dict[str, Deletion] = self.__dict__.setdefault("_deletions", {})
        names = list(self.parameter_names)
        key = "row" if by is None else by if isinstance(by, str) else None
        if key is None or key not in cache:
            found = delete_units(self.frame, self.likelihood, self.optimum, self.method, names, by)
            if key is None:
                return found
            cache[key] = found
        return cache[key]

    def funnel(self, level: float = 0.95) -> FunnelData:
        """Points and limits of a funnel plot."""
        from ..diagnostics.funnel import funnel_data

        at = self.optimum.evaluation
        return funnel_data(self.frame, self.likelihood, at, check_level(level))

    def radial(self) -> pd.DataFrame:
        """Points of a radial plot."""
        from ..diagnostics.funnel import radial_data

        return radial_data(self.frame, self.optimum.theta)

    def baujat(self) -> pd.DataFrame:
        """Contribution of each row to heterogeneity and its influence on the mean."""
        from ..diagnostics.funnel import baujat_data

        return baujat_data(self.frame, self.likelihood, self.optimum.evaluation, self.deletion())

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
        from ..diagnostics.small_study_effects import (
            AsymmetryTest,
            predictor_column,
            with_predictor,
        )
        from ..optimise.refitting import refit

        name, values = predictor_column(self.frame, predictor, response)
        frame = with_predictor(self.frame, name, values)
        likelihood, optimum = refit(frame, self.method)
        fit = replace(self, frame=frame, likelihood=likelihood, optimum=optimum)
        reference = fit.inference.reference
        table: object = fit
        if cluster is not None:
            table, reference = fit.robust(cluster), "CR2"
        columns = [getattr(table, x) for x in ("bse", "df", "tvalues", "pvalues")]
        se, df, statistic, pvalue = (float(column.iloc[-1]) for column in columns)
        lone = self.frame.names == ("Intercept",)
        return AsymmetryTest(
            name,
            float(fit.params.iloc[-1]),
            se,
            df,
            statistic,
            pvalue,
            float(fit.params.iloc[0]) if lone else None,
            float(columns[0].iloc[0]) if lone else None,
            reference,
        )

    def egger_by_least_squares(self, predictor: str = "se", *, response: str) -> AsymmetryTest:
        """Classic Egger test, which knows no random effects."""
        from ..diagnostics.small_study_effects import egger_by_least_squares

        return egger_by_least_squares(self.frame, predictor, response)

    def rank_test(self, *, response: str) -> tuple[float, float]:
        """Kendall's tau between standardised deviations and sampling variances, and its p."""
        from ..diagnostics.small_study_effects import rank_test

        return rank_test(self.frame, response)

    def trim_and_fill(
        self, *, response: str, estimator: str = "L0", side: str | None = None
    ) -> TrimAndFill:
        """Count rows missing on one side of the funnel and add their mirror images."""
        from ..diagnostics.trimming import trim_and_fill

        return trim_and_fill(self.frame, self.method, response, estimator, side)

    def permutation_test(
        self, n: int | None = None, *, rng: np.random.Generator | None = None
    ) -> PermutationTest:
        """Permutation test of the mean (signs of units) or of the moderators (dealt anew).

        Parameters
        ----------
        n
            Permutations to sample; None for all sign changes of up to 16 units.
        rng
            Source of sampled permutations.
        """
        from ..diagnostics.permutation import permutation_test

        return permutation_test(
            self.frame, self.likelihood, self.optimum, self.method, self.test, n, rng
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
        from ..diagnostics.selection_models import selection_model

        return selection_model(self.frame, kind, response, alternative, steps)
