"""Text of a temperature series."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from ..fits.summary import Summary
from .out_of_window import Leaving
from .result import SeriesFit, spoken

_COLUMNS = {"r_ohm": "11.5g", "lower": "11.5g", "upper": "11.5g", "c_f": "10.3g", "n": "6.3f"}


def summarise(series: SeriesFit) -> Summary:
    """Decisions, lines and resistances of a series."""
    return Summary(
        "\n".join(
            [*_head(series), "", *_decisions(series), "", *_energies(series), "", *_table(series)]
        )
    )


def _head(series: SeriesFit) -> list[str]:
    T = series.temperature_c
    return [
        f"Circuit      {series.circuit.text}",
        f"Series       {T.size} spectra, {T.min():g} to {T.max():g} degC; stated within "
        f"{series.problem.temperatures.point_k:g} K each and "
        f"{series.problem.temperatures.common_k:g} K together",
        f"Chi-square   {series.chi2:.5g} with {series.df_resid} degrees of freedom"
        + ("" if series.pooled.converged else "; NOT CONVERGED"),
    ]


def _decisions(series: SeriesFit) -> list[str]:
    lines = [f"Arcs         {_identity(series)}"]
    judged = sorted(series.window, key=lambda w: (w.resistor, w.spectrum))
    for _, group in groupby(judged, key=lambda w: (w.resistor, w.left)):
        held = list(group)
        where = spoken([series.temperature_c[w.spectrum] for w in held])
        lines.append(f"Window       {where}: {_of(held)}")
    for test in series.sharing:
        lines.append(f"Shared       {test.words}")
    if series.melting_words:
        lines.append(f"Melting      {series.melting_words}")
    for one in series.lines:
        lines.append(f"Arrhenius    {one.words}")
    if series.line_test is not None:
        lines.append(f"             {series.line_test.words}")
    return lines


def _of(held: list[Leaving]) -> str:
    """Words of arcs that were judged alike."""
    one = held[0]
    apex = _span([w.apex_hz for w in held], ".2g")
    bic = _span([w.delta_bic for w in held], "+.1f")
    return (
        f"{one.verdict} (apex {apex} Hz, measured to {one.highest_hz:.2g} Hz; BIC {bic} without it)"
    )


def _span(values: list[float], form: str) -> str:
    low, high = format(min(values), form), format(max(values), form)
    return low if low == high else f"{low} to {high}"


def _identity(series: SeriesFit) -> str:
    if series.tracked is None:
        return "the circuit has none"
    swapped = series.temperature_c[series.tracked.swapped]
    moved = series.temperature_c[list(series.moved)]
    parts = []
    if swapped.size:
        parts.append(f"ordinary fits swapped at {spoken(swapped)}, put right")
    if moved.size:
        parts.append(f"taken to the minimum that the series expects at {spoken(moved)}")
    return "; ".join(parts) or "in the order of every ordinary fit"


def _energies(series: SeriesFit) -> list[str]:
    rows = [f"{'resistance':<22} {'Ea / eV':>8} {'std err':>8} {'[0.025':>8} {'0.975]':>8}  law"]
    rows.append("-" * len(rows[0]))
    for one in series.lines:
        if one.line is None:
            continue
        low, high = one.line.conf_int()
        law = f"ln({one.line.form})" + ("" if one.constrained else ", resistances free")
        rows.append(
            f"{one.resistor + ' ' + one.side:<22} {one.line.ea_ev:8.4f} "
            f"{one.line.standard_error:8.4f} {low:8.4f} {high:8.4f}  {law}"
        )
    return rows


def _table(series: SeriesFit) -> list[str]:
    rows = [
        f"{'degC':>7} {'':<6} {'R / ohm':>11} {'[0.025':>11} {'0.975]':>11} {'C / F':>10} "
        f"{'n':>6}  state, verdict"
    ]
    rows.append("-" * (len(rows[0]) + 8))
    for row in series.to_frame().to_dict("records"):
        numbers = " ".join(
            f"{row[key]:{form}}" if np.isfinite(row[key]) else " " * int(form.split(".")[0])
            for key, form in _COLUMNS.items()
        )
        rows.append(
            f"{row['temperature_c']:7g} {row['resistor']:<6} {numbers}  {row['state']}, "
            f"{row['verdict']}"
        )
    return rows
