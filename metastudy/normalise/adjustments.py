"""The steps from a resistance to one contact at the reference temperature, each with its terms."""

from __future__ import annotations

import math

from metastudy.normalise.budget import Term
from metastudy.normalise.contacts import contact_share, share_bound
from metastudy.normalise.energies import ImputedEnergy
from metastudy.normalise.filters import AreaResistance
from metastudy.normalise.series import SampleLine
from metastudy.physics.arrhenius import LN10, arrhenius_shift, arrhenius_slope
from metastudy.units import ZERO_CELSIUS_K

StateKey = tuple[str, str, str]
AT_REFERENCE_K = 0.01


def temperature_step(
    resistance: AreaResistance,
    line: SampleLine | None,
    imputed: ImputedEnergy | None,
    reference: float,
    study_id: str,
    key: StateKey,
) -> tuple[float, float, list[Term]]:
    """Return measured log10 R, the move to the reference (dex), and the terms of both."""
    value = resistance.lo if resistance.exact or resistance.hi is None else resistance.hi
    assert value is not None
    measured = math.log10(value)
    if line is not None:
        terms = [Term("arrhenius_line", "row", "/".join(key), line.sd_dex)]
        slope = arrhenius_slope(line.ea_ev, reference + ZERO_CELSIUS_K)
        terms.append(_chamber(resistance, slope, study_id))
        return measured, line.log10_at_reference - measured, terms
    if imputed is None:
        return measured, 0.0, []
    temperature_k = resistance.temperature_c + ZERO_CELSIUS_K
    reference_k = reference + ZERO_CELSIUS_K
    terms = [_chamber(resistance, arrhenius_slope(imputed.ea_ev, temperature_k), study_id)]
    if abs(resistance.temperature_c - reference) <= AT_REFERENCE_K:
        return measured, 0.0, terms
    terms += imputed.terms(resistance.temperature_c, reference)
    if imputed.form is not None:
        return (
            measured,
            arrhenius_shift(imputed.ea_ev, temperature_k, reference_k, imputed.form),
            terms,
        )
    # ln R or ln(R/T): two alternatives of the study, even odds.
    plain = arrhenius_shift(imputed.ea_ev, temperature_k, reference_k, 0)
    over_t = arrhenius_shift(imputed.ea_ev, temperature_k, reference_k, 1)
    terms.append(Term("ea_form", "study", study_id, (over_t - plain) / 2.0))
    return measured, (plain + over_t) / 2.0, terms


def _chamber(resistance: AreaResistance, slope: float, study_id: str) -> Term:
    """Return the uncertainty of the temperature itself: of the sample, or of the work's room."""
    row = resistance.row
    sd = row.temperature_sd_k or 0.0
    if row.temperature_in_words:
        return Term("temperature", "study", study_id, slope * sd)
    return Term("temperature", "sample", f"{study_id}/{row.m.sample_id}", slope * sd)


def contact_step(
    resistance: AreaResistance, move: float
) -> tuple[float | None, float | None, float | None, bool, list[Term]]:
    """Divide the circuit into its contacts: y, lo, hi, whether coverage is known, and its term."""
    covers = resistance.row.m.value_covers
    study_id = resistance.row.study.id
    shared = contact_share(resistance.cell, covers, study_id)
    if resistance.exact and resistance.lo is not None and not shared.upper_bound:
        y = math.log10(resistance.lo) + move + shared.shift
        terms = [] if shared.term is None else [shared.term]
        return y, y, y, shared.known, terms
    lo = None if resistance.lo is None or shared.upper_bound else math.log10(resistance.lo) + move
    hi = None if resistance.hi is None else math.log10(resistance.hi) + move
    if lo is not None:
        lo += share_bound(resistance.cell, covers, "lo")
    if hi is not None:
        hi += share_bound(resistance.cell, covers, "hi")
    return None, lo, hi, shared.known, []


def spread_step(resistance: AreaResistance) -> tuple[bool, int | None, float | None, list[Term]]:
    """Read the printed spread: reported or not, n samples, their sd (dex), and a term.

    Repeats of one cell give the row v = sd^2/n. A spread between samples is no error of the row:
    it informs the sample variance. A fit error, a plus-minus of unknown meaning, or one whose n is
    not printed is no spread.
    """
    m = resistance.row.m
    if not resistance.exact or resistance.sd is None or resistance.lo is None or not m.n:
        return False, None, None, []
    n = int(m.n)
    one = resistance.sd / (resistance.lo * LN10)
    if m.unc_kind in ("se", "ci"):  # of the mean: the spread of one is wider
        one *= math.sqrt(n)
    elif m.unc_kind != "sd":
        return False, None, None, []
    if m.n_of in ("samples", "cells"):
        return True, n, one, []
    if m.n_of == "repeats":
        term = Term("spread", "row", resistance.row.id, one / math.sqrt(n))
        return True, None, None, [term]
    return False, None, None, []


def reading_error(resistance: AreaResistance) -> list[Term]:
    """Return what a row is known to: error of a reading, of a refit, or of what it comes from."""
    if resistance.reading_sd is None or resistance.lo is None or not resistance.exact:
        return []
    row = resistance.row
    name = "refit" if row.refit is not None else "derived" if row.derived_from else "reading"
    return [Term(name, "row", row.id, resistance.reading_sd / (resistance.lo * LN10))]
