"""Text of a fit, in the manner of statsmodels' summaries."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from ..weighting.residual_tests import in_waves

if TYPE_CHECKING:
    from .result import CircuitFit


@dataclass(frozen=True)
class Summary:
    """A text that prints itself, in a notebook too."""

    text: str

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self.text)}</pre>"

    @classmethod
    def of(cls, fit: CircuitFit) -> Summary:
        """Summary of a circuit fit with 95 % profile intervals."""
        return cls("\n".join([*_head(fit), "", *_table(fit), "", *_foot(fit)]))


def _head(fit: CircuitFit) -> list[str]:
    f = fit.spectrum.frequency_hz
    weight = fit.weight_law
    if fit.structure is not None:
        weight += f" ({fit.structure.words})"
    lines = [
        f"Circuit      {fit.circuit.text}",
        f"Spectrum     {len(fit.spectrum)} points, {f.min():.3g} to {f.max():.3g} Hz"
        + (f", {fit.spectrum.metadata['source']}" if "source" in fit.spectrum.metadata else ""),
        f"Weights      {weight}; loss {fit.loss}",
        f"Chi-square   {fit.chi2:.4g} with {fit.df_resid:.4g} degrees of freedom; "
        f"root of reduced {np.sqrt(fit.chi2_reduced):.3g}",
        f"Search       {fit.search.words}",
    ]
    for prior, away in zip(fit.model.known.priors, fit.prior_distance, strict=True):
        share = f"{100 * prior.sd:.3g} %" if fit.model.is_log[prior.position] else f"{prior.sd:.3g}"
        lines.append(
            f"Prior        {prior.name} = {prior.value:.5g} to {share}; "
            f"the fit is {away:+.2f} standard deviations away"
        )
    if fit.proposal is not None:
        lines.append(f"Proposed     {fit.proposal.reason}")
    return lines


def _table(fit: CircuitFit) -> list[str]:
    ends = (
        fit.conf_int().to_numpy() if fit.df_resid > 0 else np.full((len(fit.estimates), 2), np.nan)
    )
    width = max(9, *(len(name) for name in fit.circuit.names))
    rows = [
        f"{'':{width}}  {'estimate':>11} {'std err':>10} {'[0.025':>11} {'0.975]':>11}  "
        f"{'unit':<10} verdict"
    ]
    rows.append("-" * (len(rows[0]) + 8))
    for name, unit, value, error, (low, high) in zip(
        fit.circuit.names, fit.circuit.units, fit.estimates, fit.bse, ends, strict=True
    ):
        rows.append(
            f"{name:{width}}  {value:11.5g} {error:10.3g} {low:11.5g} {high:11.5g}  "
            f"{unit:<10} {fit.identifiability[name]}"
        )
    return rows


def _foot(fit: CircuitFit) -> list[str]:
    runs = fit.runs_test
    waves = "; residuals keep waves" if in_waves(runs) else ""
    lines = [
        f"Identifiability  {fit.verdict}",
        f"Runs test        {runs.runs} runs, {runs.expected:.1f} expected, "
        f"p = {runs.pvalue:.3g}{waves}",
    ]
    if fit.outliers.size:
        points = ", ".join(f"{f:.4g} Hz" for f in fit.spectrum.frequency_hz[fit.outliers])
        lines.append(f"Outliers         {points} (kept in the fit)")
    table = fit.capacitances()
    for arc, row in table.iterrows():
        brug = "" if np.isnan(row["brug_f"]) else f", Brug {row['brug_f']:.4g} F"
        lines.append(
            f"Arc of {arc!s:<9} tau {row['tau_s']:.4g} s, "
            f"Hsu-Mansfeld {row['hsu_mansfeld_f']:.4g} F{brug}"
        )
    return lines
