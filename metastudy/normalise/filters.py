"""Which rows of one sample and state make its observation, and why the others do not.

A row becomes the area-specific resistance of the measured circuit in ohm cm2, not yet that of one
contact. Duplicates go first (primary before secondary, table before text before figure), then
parts beside their total, then other temperatures. A refit comes before every printed number of the
same measurement: it is the one whose evaluation is the same in all works and can be done again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from metastudy.corpus.canonical import CanonicalRow, contact_area
from metastudy.corpus.refits import NOT_DETERMINED
from metastudy.corpus.study import StudyCell, StudyContact, number
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.normalise.budget import Term
from metastudy.normalise.contacts import area_term
from metastudy.physics.kinetics import transfer_resistance
from metastudy.units import ZERO_CELSIUS_K

# What a work calls the resistance of the contact without saying what is in it counts as the whole.
WHOLE = frozenset({"total", "unknown"})
PARTS = frozenset({"interphase", "charge_transfer"})
# Printed temperatures that differ by less are one: rounding, not two measurements.
SAME_TEMPERATURE_K = 0.5
SAME_VALUE = 0.01
# Best first; within primary and within secondary numbers.
BASES = ("refit", "table", "text", "calculated", "figure_digitised", "figure_eye")
OPEN_PART = "an upper bound on a part says nothing about the total"


@dataclass(frozen=True)
class AreaResistance:
    """A resistance of the measured circuit (ohm cm2): exact where ``lo`` equals ``hi``.

    ``sd`` is the printed spread and ``reading_sd`` the reading error of a figure, or the standard
    error of a refit (both ohm cm2).
    """

    row: CanonicalRow
    contact: StudyContact
    cell: StudyCell
    component: str
    lo: float | None
    hi: float | None
    sd: float | None
    reading_sd: float | None
    temperature_c: float
    terms: tuple[Term, ...] = ()
    also: tuple[str, ...] = field(default=())

    @property
    def exact(self) -> bool:
        """Whether the resistance is a value and no bound."""
        return self.lo is not None and self.lo == self.hi

    @property
    def records(self) -> tuple[str, ...]:
        """Ids of the rows behind it."""
        return (self.row.id, *self.also)

    @property
    def kind(self) -> str:
        """What it measures: the whole contact (whatever the source calls it), a part, or more."""
        if self.row.m.role == "bound":
            return "more"
        return "whole" if self.component in WHOLE else self.component

    @property
    def counted(self) -> tuple[str, str]:
        """How its contacts are counted; what differs here cannot be added or compared."""
        return (self.cell.id, self.row.m.value_covers)


@dataclass(frozen=True)
class Excluded:
    """A row or observation that is left out: at which stage, and the word and sentence why."""

    record_id: str
    stage: str
    reason: str
    detail: str = ""


def to_area_resistance(row: CanonicalRow, vocabulary: Vocabulary) -> AreaResistance | Excluded:
    """Turn a row into a resistance, or say why it is none."""
    m = row.m
    if row.withdrawn:
        return Excluded(row.id, "record", "withdrawn", row.correction)
    for word in ("relative", "difference"):
        if m.role == word:
            return Excluded(row.id, "record", word)
    if m.quantity == "activation_energy" and m.role == "interface":
        return Excluded(row.id, "record", "activation_energy")
    response = vocabulary["quantity"][m.quantity]["response"] == "yes"
    if not response or m.role not in ("interface", "bound", "kinetic"):
        return Excluded(row.id, "record", "role", m.role)
    contact, cell = row.contact, row.cell
    if contact is None:
        return Excluded(row.id, "record", "no_interface", "the sample has no contact")
    if cell is None:
        return Excluded(row.id, "record", "no_cell")
    if m.evaluation in ("model", "composite_model"):
        return Excluded(row.id, "record", "composite", m.evaluation)
    if contact.area_basis == "true_surface":
        return Excluded(row.id, "record", "not_geometric")
    if row.lo is None and row.hi is None:
        return Excluded(row.id, "record", "no_limit")
    if row.refit is not None and row.refit.identifiability == NOT_DETERMINED:
        return Excluded(row.id, "record", "not_determined", row.refit.verdict)
    if row.temperature_c is None or (
        contact.interface_class == "PE/SE" and m.temperature_text == "not stated"
    ):
        return Excluded(row.id, "record", "no_temperature")
    return _area_specific(row, contact, cell, vocabulary)


def _area_specific(
    row: CanonicalRow, contact: StudyContact, cell: StudyCell, vocabulary: Vocabulary
) -> AreaResistance | Excluded:
    m = row.m
    assert row.temperature_c is not None
    lo, hi = row.lo, row.hi
    component = m.component
    terms: tuple[Term, ...] = ()
    if m.quantity == "resistance":
        area = contact_area(contact, vocabulary)
        if area is None:
            return Excluded(row.id, "record", "no_area")
        lo, hi = _scaled(area.cm2, lo), _scaled(area.cm2, hi)
        term = area_term(area, contact, row.study.id)
        terms = () if term is None else (term,)
    elif m.quantity == "conductance_per_area":
        lo, hi = _inverse(hi), _inverse(lo)
    elif m.quantity == "exchange_current_density":
        per_ampere = transfer_resistance(1.0, row.temperature_c + ZERO_CELSIUS_K)
        lo, hi = _scaled(per_ampere, _inverse(hi)), _scaled(per_ampere, _inverse(lo))
        component = "charge_transfer"
    if m.role == "bound" or component not in WHOLE | PARTS:
        lo = None
    lo = None if lo is None or lo <= 0.0 else lo  # more than nothing is no bound
    if hi is not None and hi <= 0.0:
        return Excluded(row.id, "record", "no_limit", "a resistance of zero states no limit")
    if lo is None and hi is None:
        return Excluded(row.id, "record", "no_limit", "a lower bound on a sum says nothing")
    # Every quantity here is R, or c R, or c / R: the relative errors are those of R.
    sd, error = (_scaled(lo, relative) for relative in _relative_errors(row))
    return AreaResistance(
        row, contact, cell, component, lo, hi, sd, error, row.temperature_c, terms
    )


def _relative_errors(row: CanonicalRow) -> tuple[float | None, float | None]:
    """Return the printed spread and the reading error of an exact row, relative to its value.

    The standard error of a refit takes the place of a reading error: it is what the number is
    known to, and no spread. So does the error that a derived row has from printed ones.
    """
    if row.refit is not None:
        return None, row.refit.relative_error
    if row.derived_from:
        return None, None if row.sd is None or not row.value else row.sd / abs(row.value)
    printed, error = number(row.m.value_text), number(row.m.reading_error)
    spread = None if row.sd is None or not row.value else row.sd / abs(row.value)
    return spread, None if error is None or not printed else abs(error / printed)


def _inverse(value: float | None) -> float | None:
    return None if value is None or value == 0.0 else 1.0 / value


def _scaled(factor: float | None, value: float | None) -> float | None:
    return None if factor is None or value is None else factor * value


def drop_duplicates(
    resistances: Sequence[AreaResistance],
) -> tuple[list[AreaResistance], list[Excluded]]:
    """Keep one resistance of each measurement; the rest is excluded by the written order."""
    kept: list[AreaResistance] = []
    excluded: list[Excluded] = []
    for resistance in sorted(resistances, key=lambda r: (*preference(r.row), r.row.id)):
        twin = next((other for other in kept if _same_measurement(resistance, other)), None)
        if twin is None:
            kept.append(resistance)
            continue
        reason = "duplicate"
        if preference(resistance.row)[0] > preference(twin.row)[0]:
            reason = "superseded_secondary"
        elif preference(resistance.row)[1] > preference(twin.row)[1]:
            reason = "superseded_basis"
        excluded.append(Excluded(resistance.row.id, "record", reason, f"see {twin.row.id}"))
    return sorted(kept, key=lambda r: r.row.id), excluded


def drop_quotations(
    resistances: Sequence[AreaResistance],
) -> tuple[list[AreaResistance], list[Excluded]]:
    """Leave out a secondary number that names a primary number of another study as the same."""
    primary = {r.row.id: r for r in resistances if r.row.m.basis != "secondary"}
    kept, excluded = [], []
    for resistance in resistances:
        m = resistance.row.m
        source = primary.get(m.reference_record) if m.basis == "secondary" else None
        if source is None or source.row.study.id == resistance.row.study.id:
            kept.append(resistance)
        else:
            reason, see = "superseded_secondary", f"see {source.row.id}"
            excluded.append(Excluded(resistance.row.id, "record", reason, see))
    return kept, excluded


def preference(row: CanonicalRow) -> tuple[int, int]:
    """Rank a row: primary before secondary, then refit, table, text, calculated, figures."""
    ranks = {word: rank for rank, word in enumerate(BASES)}
    return (int(row.m.basis == "secondary"), ranks.get(row.m.basis, len(BASES)))


def _same_measurement(a: AreaResistance, b: AreaResistance) -> bool:
    if a.kind != b.kind:
        return False  # a part is not its total, even where one row names the other
    second_hand = preference(a.row)[0] != preference(b.row)[0]
    linked = b.row.id == a.row.m.reference_record or (a.row.id == b.row.m.reference_record)
    if linked and second_hand:
        return True
    if abs(a.temperature_c - b.temperature_c) > max(_tolerance_k(a), _tolerance_k(b)):
        return False
    if linked or second_hand:
        return True  # what another work prints of this sample and state is this measurement
    if not (a.exact and b.exact) or a.lo is None or b.lo is None:
        return (a.lo, a.hi) == (b.lo, b.hi)
    return abs(a.lo - b.lo) <= SAME_VALUE * max(a.lo, b.lo)


def _tolerance_k(resistance: AreaResistance) -> float:
    """Return how far (K) another row's temperature may lie and still be the same one."""
    if resistance.row.temperature_in_words:
        return 2.0 * (resistance.row.temperature_sd_k or 0.0)
    return SAME_TEMPERATURE_K


def merge_parts(
    resistances: Sequence[AreaResistance],
) -> tuple[list[AreaResistance], list[Excluded]]:
    """Make one resistance of each temperature: the total, the sum of both parts, or bounds.

    The response is the total. Interphase and charge transfer in series add up to it (Weiss 2020,
    eq. 4); one of them alone bounds it from below, a sum with more bounds it from above. Only
    numbers that count contacts alike are added or put beside each other.
    """
    kept: list[AreaResistance] = []
    excluded: list[Excluded] = []
    for group in _by_temperature(resistances):
        totals = [r for r in group if r.component in WHOLE and r.exact]
        merged = totals or [r for r in map(_merge, _by_count(group)) if r is not None]
        best = min(merged, key=_informative, default=None)
        if best is not None:
            kept.append(best)
        used = () if best is None else best.records
        see = "" if best is None else f"see {best.row.id}"
        excluded.extend(_beside(r, see) for r in group if r.row.id not in used)
    return kept, excluded


def _informative(resistance: AreaResistance) -> tuple[bool, bool, tuple[int, int], str]:
    """Rank resistances of one temperature: exact, then bounded on both sides, then preference."""
    open_end = resistance.lo is None or resistance.hi is None
    return (not resistance.exact, open_end, preference(resistance.row), resistance.row.id)


def _beside(resistance: AreaResistance, see: str) -> Excluded:
    """Say why a resistance is not used beside the one that is."""
    if resistance.component in PARTS:
        reason, detail = ("part_of_total", see) if see else ("no_limit", OPEN_PART)
        return Excluded(resistance.row.id, "record", reason, detail)
    reason = "more_than_contact"
    if resistance.component in WHOLE and resistance.row.m.role != "bound":
        reason = "duplicate" if resistance.row.m.reference_record else "other_value"
    return Excluded(resistance.row.id, "record", reason, see)


def _by_temperature(resistances: Sequence[AreaResistance]) -> list[list[AreaResistance]]:
    groups: list[list[AreaResistance]] = []
    for resistance in sorted(resistances, key=lambda r: (r.temperature_c, r.row.id)):
        if groups and resistance.temperature_c - groups[-1][0].temperature_c <= SAME_TEMPERATURE_K:
            groups[-1].append(resistance)
        else:
            groups.append([resistance])
    return groups


def _by_count(group: Sequence[AreaResistance]) -> list[list[AreaResistance]]:
    counted: dict[tuple[str, str], list[AreaResistance]] = {}
    for resistance in group:
        counted.setdefault(resistance.counted, []).append(resistance)
    return list(counted.values())


def _merge(group: Sequence[AreaResistance]) -> AreaResistance | None:
    """Merge parts and bounds of one temperature and count; None where they bound nothing."""
    best_last = sorted(group, key=lambda r: preference(r.row), reverse=True)
    parts = {r.component: r for r in best_last if r.component in PARTS}
    lows = [r.lo for r in group if r.lo is not None]
    highs = [r.hi for r in group if r.hi is not None and r.component not in PARTS]
    if len(parts) == len(PARTS):
        film, transfer = parts["interphase"], parts["charge_transfer"]
        lows.append((film.lo or 0.0) + (transfer.lo or 0.0))
        if film.hi is not None and transfer.hi is not None:
            highs.append(film.hi + transfer.hi)
        if film.exact and transfer.exact:
            return _sum(film, transfer)
    lo, hi = max(lows, default=None), min(highs, default=None)
    if not lo and hi is None:
        return None
    if lo is not None and hi is not None and lo > hi:
        lo = None  # contradicting bounds: the upper one is the measured circuit
    first, *others = group
    also = tuple(r.row.id for r in others)
    component = first.component if not others else "total"
    return replace(
        first, component=component, lo=lo or None, hi=hi, sd=None, reading_sd=None, also=also
    )


def _sum(film: AreaResistance, transfer: AreaResistance) -> AreaResistance:
    """Add the two parts of a total; their reading errors are two unknowns."""
    assert film.lo is not None
    assert transfer.lo is not None
    total = film.lo + transfer.lo
    errors = [r.reading_sd for r in (film, transfer) if r.reading_sd is not None]
    reading_sd = math.hypot(*errors) if errors else None
    return replace(
        film,
        component="total",
        lo=total,
        hi=total,
        sd=None,
        reading_sd=reading_sd,
        also=(transfer.row.id,),
    )
