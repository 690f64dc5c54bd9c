"""The steps from a reading to one contact at the reference temperature, each with its terms."""

from __future__ import annotations

import math

from metastudy.normalise.budget import Term
from metastudy.normalise.contacts import share, share_bound
from metastudy.normalise.energies import Lent
from metastudy.normalise.filters import Reading
from metastudy.normalise.series import Line
from metastudy.physics.arrhenius import LN10, arrhenius_shift, arrhenius_slope
from metastudy.units import ZERO_CELSIUS_K

Key = tuple[str, str, str]
AT_REFERENCE_K = 0.01


def temperature_step(
    reading: Reading,
    line: Line | None,
    lent: Lent | None,
    reference: float,
    study_id: str,
    key: Key,
) -> tuple[float, float, list[Term]]:
    """Return measured log10 R, the move to the reference (dex), and the terms of both."""
    value = reading.lo if reading.exact or reading.hi is None else reading.hi
    assert value is not None
    measured = math.log10(value)
    if line is not None:
        terms = [Term("arrhenius_line", "row", "/".join(key), line.sd_dex)]
        slope = arrhenius_slope(line.ea_ev, reference + ZERO_CELSIUS_K)
        terms.append(_chamber(reading, slope, study_id))
        return measured, line.log10_at_reference - measured, terms
    if lent is None:
        return measured, 0.0, []
    temperature_k = reading.temperature_c + ZERO_CELSIUS_K
    reference_k = reference + ZERO_CELSIUS_K
    terms = [_chamber(reading, arrhenius_slope(lent.ea_ev, temperature_k), study_id)]
    if abs(reading.temperature_c - reference) <= AT_REFERENCE_K:
        return measured, 0.0, terms
    terms += lent.terms(reading.temperature_c, reference)
    if lent.form is not None:
        return measured, arrhenius_shift(lent.ea_ev, temperature_k, reference_k, lent.form), terms
    # ln R or ln(R/T): two alternatives of the study, even odds.
    plain = arrhenius_shift(lent.ea_ev, temperature_k, reference_k, 0)
    over_t = arrhenius_shift(lent.ea_ev, temperature_k, reference_k, 1)
    terms.append(Term("ea_form", "study", study_id, (over_t - plain) / 2.0))
    return measured, (plain + over_t) / 2.0, terms


def _chamber(reading: Reading, slope: float, study_id: str) -> Term:
    """Return the uncertainty of the temperature itself: of the sample, or of the work's room."""
    record = reading.record
    sd = record.temperature_sd_k or 0.0
    if record.temperature_in_words:
        return Term("temperature", "study", study_id, slope * sd)
    return Term("temperature", "sample", f"{study_id}/{record.printed.sample_id}", slope * sd)


def contact_step(
    reading: Reading, move: float
) -> tuple[float | None, float | None, float | None, bool, list[Term]]:
    """Share the circuit out to one contact: y, lo, hi, whether coverage is known, and its term."""
    covers = reading.record.printed.value_covers
    study_id = reading.record.study.id
    sharing = share(reading.cell, covers, study_id)
    if reading.exact and reading.lo is not None and not sharing.upper_bound:
        y = math.log10(reading.lo) + move + sharing.shift
        terms = [] if sharing.term is None else [sharing.term]
        return y, y, y, sharing.known, terms
    lo = None if reading.lo is None or sharing.upper_bound else math.log10(reading.lo) + move
    hi = None if reading.hi is None else math.log10(reading.hi) + move
    if lo is not None:
        lo += share_bound(reading.cell, covers, "lo")
    if hi is not None:
        hi += share_bound(reading.cell, covers, "hi")
    return None, lo, hi, sharing.known, []


def spread_step(reading: Reading) -> tuple[bool, int | None, float | None, list[Term]]:
    """Read the printed spread: reported or not, n samples, their sd (dex), and a term.

    Repeats of one cell give the row v = sd^2/n. A spread between samples is no error of the row:
    it informs the sample variance. A fit error, a plus-minus of unknown meaning, or one whose n is
    not printed is no spread.
    """
    m = reading.record.printed
    if not reading.exact or reading.sd is None or reading.lo is None or not m.n:
        return False, None, None, []
    n = int(m.n)
    one = reading.sd / (reading.lo * LN10)
    if m.unc_kind in ("se", "ci"):  # of the mean: the spread of one is wider
        one *= math.sqrt(n)
    elif m.unc_kind != "sd":
        return False, None, None, []
    if m.n_of in ("samples", "cells"):
        return True, n, one, []
    if m.n_of == "repeats":
        term = Term("spread", "row", reading.record.id, one / math.sqrt(n))
        return True, None, None, [term]
    return False, None, None, []


def reading_error(reading: Reading) -> list[Term]:
    """Return what a row is known to: reading error of a figure or standard error of a refit."""
    if reading.reading_sd is None or reading.lo is None or not reading.exact:
        return []
    name = "reading" if reading.record.refit is None else "refit"
    return [Term(name, "row", reading.record.id, reading.reading_sd / (reading.lo * LN10))]
