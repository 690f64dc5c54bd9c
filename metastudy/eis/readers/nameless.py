"""Three columns without names: told apart by the Kramers-Kronig relations."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from . import column_evidence as evidence
from .hints import Hints
from .source import FileContent
from .table import RawTable

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]


def read_three_columns(
    source: FileContent, table: RawTable, hints: Hints, frequency_hz: FloatArray, notes: list[str]
) -> ComplexArray:
    """Return the impedance in the unit printed, shape (n,), and note how it was read.

    The first column is the frequency; the others are Re and Im, Re and -Im, or |Z| and phase.
    The reading that obeys the Kramers-Kronig relations is taken if it is clearly the best one,
    otherwise `ReadError` asks.
    """
    _refuse_no_sweep(source, table, frequency_hz)
    second, third = table.numbers(1, source), table.numbers(2, source)
    candidates = _candidates(second, third, hints)
    misfits = {name: evidence.misfit(frequency_hz, z) for name, z in candidates.items()}
    ranked = sorted(misfits, key=misfits.__getitem__)
    best = evidence.clear_winner(misfits)
    if best is None:
        possible = ", ".join(f"{name} ({misfits[name]:.2f})" for name in ranked[:3])
        raise source.error(
            f"three columns without names could be {possible}, with the Kramers-Kronig misfit "
            "in brackets",
            "say which with columns={'frequency': 1, 're': 2, 'im': 3} and imaginary='Im' or "
            "'-Im', or with columns={'frequency': 1, 'modulus': 2, 'phase': 3}",
            table.first_line,
        )
    others = f", next {misfits[ranked[1]]:.2f}" if len(ranked) > 1 else ""
    notes.append(
        f"columns: without names, read as frequency, then {best}, by the Kramers-Kronig relations "
        f"(misfit {misfits[best]:.3f}{others})"
    )
    return candidates[best]


def _candidates(second: FloatArray, third: FloatArray, hints: Hints) -> dict[str, ComplexArray]:
    candidates: dict[str, ComplexArray] = {}
    for word, sign in (("Im", 1), ("-Im", -1)):
        if hints.imaginary not in (None, word):
            continue
        candidates[f"Re Z and {word} Z"] = np.asarray(second + 1j * sign * third)
        if np.any(second < 0):
            continue
        phase = "phase" if sign > 0 else "-phase"
        if hints.phase_unit != "rad":
            candidates[f"|Z| and {phase} in deg"] = evidence.polar(second, sign * np.radians(third))
        if hints.phase_unit != "deg" and np.nanmax(np.abs(third), initial=0.0) <= 2 * np.pi:
            candidates[f"|Z| and {phase} in rad"] = evidence.polar(second, sign * third)
    return candidates


def _refuse_no_sweep(source: FileContent, table: RawTable, frequency_hz: FloatArray) -> None:
    """Raise unless the first column can be a frequency: positive, and not evenly stepped."""
    steps = np.diff(frequency_hz)
    even = steps.size > 1 and np.allclose(steps, steps[0], rtol=1e-6, atol=0.0)
    if np.any(frequency_hz < 0) or even:
        what = "is evenly stepped, like a time or a number" if even else "holds negative numbers"
        raise source.error(
            f"the first of three columns without names {what}",
            "expected a frequency; say which column is which with "
            "columns={'frequency': 1, 're': 2, 'im': 3}",
            table.first_line,
        )
