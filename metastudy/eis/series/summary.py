"""What the summary of a temperature series says of its arcs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from ..fits.adequacy import Adequacy
from ..fits.fitted_circuit import FittedCircuit
from ..spectrum import FloatArray
from ..validation.signs import sign_remark
from .continuity import FACTOR_C, Discontinuity
from .out_of_window import OutOfWindow
from .tracking import ArcSeries


def identity_words(
    temperature_c: FloatArray, tracked: ArcSeries | None, moved: Sequence[int]
) -> str:
    """Say where the order of arcs, or the minimum of a spectrum, was put right."""
    if tracked is None:
        return "the circuit has none"
    swapped = temperature_c[tracked.swapped]
    parts = []
    if swapped.size:
        parts.append(f"ordinary fits swapped at {celsius_words(swapped)}, put right")
    if moved:
        there = celsius_words(temperature_c[list(moved)])
        parts.append(f"taken to the minimum that the series expects at {there}")
    return "; ".join(parts) or "in the order of every ordinary fit"


def continuity_lines(found: Sequence[Discontinuity]) -> list[str]:
    """Say whether every arc keeps its identity, or where not."""
    if not found:
        return [f"every arc keeps C within a factor of {FACTOR_C:g}, and R falls"]
    return [f"NOT MET: {one.words}" if one.sure else one.words for one in found]


def window_lines(temperature_c: FloatArray, window: Iterable[OutOfWindow]) -> list[str]:
    """One line for each arc near the edge of the window, temperatures of one outcome together."""
    ordered = sorted(window, key=lambda w: (w.resistor, w.spectrum))
    lines = []
    for _, group in groupby(ordered, key=lambda w: (w.resistor, w.left)):
        alike = list(group)
        apex = _span([w.apex_hz for w in alike], ".2g")
        bic = _span([w.delta_bic for w in alike], "+.1f")
        lines.append(
            f"{celsius_words(temperature_c[w.spectrum] for w in alike)}: {alike[0].verdict} (apex "
            f"{apex} Hz, measured to {alike[0].highest_hz:.2g} Hz; BIC {bic} without it)"
        )
    return lines


def misfit_lines(temperature_c: FloatArray, separate: Sequence[FittedCircuit]) -> list[str]:
    """Say where the circuit misses the points of an ordinary fit; nothing where it meets them."""
    remarks = [Adequacy(fit).misfit_remark for fit in separate]
    missed = [k for k, words in enumerate(remarks) if words]
    if not missed:
        return []
    worst = max(missed, key=lambda k: separate[k].misfit)
    turned = sign_remark(separate[worst].spectrum)
    words = f"{turned}{turned and '; '}{remarks[worst]}"
    if missed == [worst]:
        return [f"{celsius_words(temperature_c[missed])}: {words}"]
    there = f"at {celsius_words(temperature_c[[worst]])}"
    return [f"{celsius_words(temperature_c[missed])}: the circuit misses; {there} {words}"]


def celsius_words(numbers: Iterable[float]) -> str:
    """Temperatures as they are written in a sentence."""
    return f"{', '.join(f'{t:g}' for t in numbers)} degC"


def _span(values: list[float], form: str) -> str:
    low, high = format(min(values), form), format(max(values), form)
    return low if low == high else f"{low} to {high}"
