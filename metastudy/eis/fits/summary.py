"""Lines of the summary of a circuit fit beside its table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..weighting.residual_tests import in_waves
from .fitted_circuit import FittedCircuit

if TYPE_CHECKING:
    import pandas as pd


def head_lines(fit: FittedCircuit) -> list[str]:
    """Say what was fitted to what, under which weights, and how well."""
    f, source = fit.spectrum.frequency_hz, fit.spectrum.metadata.get("source")
    weight = fit.weight_law
    if fit.structure is not None:
        weight += f" ({fit.structure.words})"
    copies = fit.spectrum.metadata.get("copies_left_out", 0)
    lines = [
        f"Circuit      {fit.circuit.text}",
        f"Spectrum     {len(fit.spectrum)} points, {f.min():.3g} to {f.max():.3g} Hz"
        + (f", {copies} copies of points left out" if copies else "")
        + ("" if source is None else f", {source}"),
        f"Weights      {weight}; loss {fit.loss}",
        f"Chi-square   {fit.chi2:.4g} with {fit.df_resid:.4g} degrees of freedom; "
        f"root of reduced {np.sqrt(fit.chi2_reduced):.3g}",
        f"Search       {fit.search.words}",
    ]
    for prior, distance in zip(fit.model.priors, fit.prior_distance, strict=True):
        sd = f"{100 * prior.sd:.3g} %" if fit.model.is_log[prior.position] else f"{prior.sd:.3g}"
        lines.append(
            f"Prior        {prior.name} = {prior.value:.5g} to {sd}; "
            f"the fit is {distance:+.2f} standard deviations away"
        )
    if fit.proposal is not None:
        lines.append(f"Proposed     {fit.proposal.reason}")
    return lines


def note_lines(fit: FittedCircuit, verdict: str, capacitances: pd.DataFrame) -> list[str]:
    """Say what is determined, how random the residuals are, and what the arcs are like.

    Parameters
    ----------
    verdict
        One sentence on the parameters.
    capacitances
        As ``CircuitFit.capacitances`` gives them.
    """
    runs = fit.runs_test
    waves = "; residuals keep waves" if in_waves(runs) else ""
    lines = [
        f"Identifiability  {verdict}",
        f"Runs test        {runs.runs} runs, {runs.expected:.1f} expected, "
        f"p = {runs.pvalue:.3g}{waves}",
    ]
    if fit.outliers.size:
        points = ", ".join(f"{f:.4g} Hz" for f in fit.spectrum.frequency_hz[fit.outliers])
        lines.append(f"Outliers         {points} (kept in the fit)")
    for arc, row in capacitances.iterrows():
        brug = "" if np.isnan(row["brug_f"]) else f", Brug {row['brug_f']:.4g} F"
        lines.append(
            f"Arc of {arc!s:<9} tau {row['tau_s']:.4g} s, "
            f"Hsu-Mansfeld {row['hsu_mansfeld_f']:.4g} F{brug}"
        )
    return lines
