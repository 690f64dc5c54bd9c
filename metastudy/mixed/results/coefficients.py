"""The fixed part of a result, with statsmodels' names, and predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd
from scipy import stats

from ...confidence import check_alpha
from ..errors import UndefinedError
from ..inference.contrasts import (
    check_test,
    contrast_labels,
    contrast_table,
    independent_combinations,
    linear_combinations,
)
from ..inference.fixed_effects import FixedInference
from ..inference.hypotheses import FTest
from ..inference.marginal_means import MarginalMeans, marginal_means
from ..inference.prediction import predict
from ..model.columns import term_columns
from ..named_warning import LEAST_DF
from .fitted_model import FittedModel


@dataclass(frozen=True)
class FixedPart(FittedModel):
    """Coefficients, their tests and intervals, predictions of new rows."""

    @cached_property
    def inference(self) -> FixedInference:
        """Reference distribution of the coefficients."""
        return FixedInference(self.frame, self.likelihood, self.optimum, self.test)

    def with_test(self, test: str) -> Self:
        """Refer the same fit to another distribution, one of ``fixed_effects.TESTS``."""
        return replace(self, test=check_test(test))

    @cached_property
    def params(self) -> pd.Series[float]:
        """Fixed coefficients."""
        return pd.Series(self.inference.beta, index=list(self.frame.names), name="params")

    def cov_params(self) -> pd.DataFrame:
        """Covariance of the coefficients: (X'M^-1 X)^-1, adjusted where the test adjusts it."""
        return pd.DataFrame(self.inference.cov, self.params.index, self.params.index)

    @cached_property
    def bse(self) -> pd.Series[float]:
        """Standard errors of the coefficients."""
        return pd.Series(np.sqrt(np.diag(self.inference.cov)), self.params.index, name="bse")

    @cached_property
    def df(self) -> pd.Series[float]:
        """Degrees of freedom of each coefficient's test; infinite for ``test="z"``."""
        values = self.inference.df(np.eye(len(self.params)))
        return pd.Series(values, self.params.index, name="df")

    @cached_property
    def tvalues(self) -> pd.Series[float]:
        """Coefficients over their standard errors."""
        return pd.Series(self.params / self.bse, name="tvalues")

    @cached_property
    def pvalues(self) -> pd.Series[float]:
        """Two-sided p-values of the coefficients, by t with ``df``; missing below 4 of them."""
        p = 2 * stats.t.sf(np.abs(self.tvalues), self.df)
        p = np.where(self.df < LEAST_DF, np.nan, p)
        return pd.Series(p, self.params.index, name="pvalues")

    def conf_int(self, alpha: float = 0.05) -> pd.DataFrame:
        """Intervals of the coefficients at 1 - alpha, columns lower and upper."""
        reach = stats.t.isf(check_alpha(alpha, UndefinedError) / 2, self.df) * self.bse
        return pd.DataFrame({"lower": self.params - reach, "upper": self.params + reach})

    def to_frame(self, alpha: float = 0.05) -> pd.DataFrame:
        """Coefficients with standard error, df, t, p and interval, one row each."""
        table = pd.DataFrame(
            {"estimate": self.params, "se": self.bse, "df": self.df, "t": self.tvalues}
        )
        return table.assign(p=self.pvalues).join(self.conf_int(alpha))

    @cached_property
    def term_names(self) -> dict[str, list[int]]:
        """Places of the coefficients of each term of the fixed part, the intercept left out."""
        return term_columns(self.frame.spec, self.frame.names)

    def f_test(self, L: object = None) -> FTest:
        """Test jointly that combinations of the coefficients are zero.

        Parameters
        ----------
        L
            Rows (q, p), expressions such as ``["a - b", "c"]`` in coefficient names, or names of
            terms, such as ``"solvent"`` for all coefficients of that factor, written so or as
            ``C(solvent)`` in the formula; by default all coefficients but the intercept.
        """
        return self.inference.joint(independent_combinations(L, self.params.index, self.term_names))

    def wald_test_terms(self) -> pd.DataFrame:
        """Test each term of the fixed part: F, df_num, df_denom, p, a row each.

        A term's test asks whether all its coefficients are zero. Beside an interaction that of a
        main effect depends on the coding of the factors; ``marginal_means`` does not. p is missing
        below 4 degrees of freedom.
        """
        rows = {}
        for name in self.term_names:
            test = self.f_test(name)
            p = test.pvalue if test.df_denom >= LEAST_DF else np.nan
            rows[name] = (test.statistic, test.df_num, test.df_denom, p)
        columns = ["F", "df_num", "df_denom", "p"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=float)

    def contrasts(self, L: object, adjust: str = "holm", alpha: float = 0.05) -> pd.DataFrame:
        """Estimate combinations of the coefficients, with p-values adjusted for their number.

        Parameters
        ----------
        L
            As in ``f_test``.
        adjust
            ``"holm"``, ``"bonferroni"``, ``"fdr"`` (Benjamini & Hochberg) or ``"none"``; intervals
            are widened by Bonferroni unless ``"none"``.
        """
        names = self.params.index
        rows = linear_combinations(L, names, self.term_names)
        labels = contrast_labels(L, names, self.term_names)
        return contrast_table(self.inference, rows, labels, adjust, alpha)

    def marginal_means(
        self,
        factors: str | Sequence[str],
        at: Mapping[str, float] | None = None,
        weights: str = "equal",
    ) -> MarginalMeans:
        """Mean of the response at each level of factors, the other moderators held the same.

        Parameters
        ----------
        factors
            Column of a factor of the fixed part, or several: all combinations of their levels.
        at
            Values of numeric moderators; their means over the rows unless named.
        weights
            How levels of the other factors are averaged: ``"equal"``, or ``"proportional"`` to
            their rows.

        Raises
        ------
        UndefinedError, FormulaError
            If a name is no factor, or no numeric moderator, of the model.
        """
        return marginal_means(self.inference, factors, at, weights)

    def predict(
        self,
        newdata: pd.DataFrame | None = None,
        interval: str = "confidence",
        alpha: float = 0.05,
    ) -> pd.DataFrame:
        """Predict new rows and name what is new in them.

        Parameters
        ----------
        newdata
            Moderators of the new rows, and those groupings whose level is known: a level of the
            fit contributes its predicted effect and that effect's uncertainty. Groupings left out,
            or with a level the fit has not seen, are new. None predicts the mean of an
            intercept-only model.
        interval
            ``"confidence"`` for the expectation given the known levels, or ``"prediction"`` for
            one new row without sampling error: everything new adds its variance.

        Returns
        -------
        pandas.DataFrame
            Columns prediction, se, lower, upper, df and new, the groupings that are new.
        """
        return predict(self.inference, newdata, interval, alpha)
