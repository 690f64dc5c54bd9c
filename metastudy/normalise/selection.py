"""Which rows of one sample and state make its observation, and why the others do not.

A row is a *reading*: area-specific resistance of the measured circuit in ohm cm2, on the way to
one contact. Duplicates go first (primary before secondary, table before text before figure), then
parts beside their total, then other temperatures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from metastudy.corpus.study import Cell, Contact
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.normalise.budget import Term
from metastudy.normalise.contacts import area_term, contact_area
from metastudy.normalise.records import Record
from metastudy.physics.kinetics import transfer_resistance
from metastudy.units import ZERO_CELSIUS_K

# What a work calls the resistance of the contact without saying what is in it counts as the whole.
WHOLE = frozenset({"total", "unknown"})
PARTS = frozenset({"interphase", "charge_transfer"})
SAME_TEMPERATURE_K = 0.5
SAME_VALUE = 0.01


@dataclass(frozen=True)
class Reading:
    """A resistance of the measured circuit (ohm cm2): exact where ``lo`` equals ``hi``."""

    record: Record
    contact: Contact
    cell: Cell
    component: str
    lo: float | None
    hi: float | None
    sd: float | None
    temperature_c: float
    terms: tuple[Term, ...] = ()
    also: tuple[str, ...] = field(default=())

    @property
    def exact(self) -> bool:
        """Whether the reading is a value and no bound."""
        return self.lo is not None and self.lo == self.hi

    @property
    def records(self) -> tuple[str, ...]:
        """Ids of the rows behind it."""
        return (self.record.id, *self.also)


@dataclass(frozen=True)
class Excluded:
    """A row or observation that is left out: at which stage, and the word and sentence why."""

    record_id: str
    stage: str
    reason: str
    detail: str = ""


def to_reading(record: Record, vocabulary: Vocabulary) -> Reading | Excluded:
    """Turn a row into a reading, or say why it is none."""
    m = record.printed
    if record.withdrawn:
        return Excluded(record.id, "record", "withdrawn", record.correction)
    for word in ("relative", "difference"):
        if m.role == word:
            return Excluded(record.id, "record", word)
    if m.quantity == "activation_energy" and m.role == "interface":
        return Excluded(record.id, "record", "activation_energy")
    response = vocabulary["quantity"][m.quantity]["response"] == "yes"
    if not response or m.role not in ("interface", "bound", "kinetic"):
        return Excluded(record.id, "record", "role", m.role)
    contact = record.study.contact_of(m)
    cell = record.study.cell_of(m)
    if contact is None:
        return Excluded(record.id, "record", "no_interface", "the sample has no contact")
    if cell is None:
        return Excluded(record.id, "record", "no_cell")
    if m.evaluation in ("model", "composite_model"):
        return Excluded(record.id, "record", "composite", m.evaluation)
    if contact.area_basis == "true_surface":
        return Excluded(record.id, "record", "not_geometric")
    if record.lo is None and record.hi is None:
        return Excluded(record.id, "record", "no_limit")
    if record.temperature_c is None or (
        contact.interface_class == "PE/SE" and m.temperature_text == "not stated"
    ):
        return Excluded(record.id, "record", "no_temperature")
    return _area_specific(record, contact, cell, vocabulary)


def _area_specific(
    record: Record, contact: Contact, cell: Cell, vocabulary: Vocabulary
) -> Reading | Excluded:
    m = record.printed
    assert record.temperature_c is not None
    lo, hi, sd = record.lo, record.hi, record.sd
    component = m.component
    terms: tuple[Term, ...] = ()
    if m.quantity == "resistance":
        area = contact_area(contact, vocabulary)
        if area is None:
            return Excluded(record.id, "record", "no_area")
        lo = None if lo is None else lo * area.cm2
        hi = None if hi is None else hi * area.cm2
        sd = None if sd is None else sd * area.cm2
        term = area_term(area, contact, record.study.id)
        terms = () if term is None else (term,)
    elif m.quantity == "conductance_per_area":
        sd = None if sd is None or lo is None else sd / lo**2
        lo, hi = _inverse(hi), _inverse(lo)
    elif m.quantity == "exchange_current_density":
        per_ampere = transfer_resistance(1.0, record.temperature_c + ZERO_CELSIUS_K)
        sd = None if sd is None or lo is None else per_ampere * sd / lo**2
        lo, hi = _scaled(per_ampere, _inverse(hi)), _scaled(per_ampere, _inverse(lo))
        component = "charge_transfer"
    if m.role == "bound" or component not in WHOLE | PARTS:
        lo = None
    if lo is None and hi is None:
        return Excluded(record.id, "record", "no_limit", "a lower bound on a sum says nothing")
    return Reading(record, contact, cell, component, lo, hi, sd, record.temperature_c, terms)


def _inverse(value: float | None) -> float | None:
    return None if value is None or value == 0.0 else 1.0 / value


def _scaled(factor: float, value: float | None) -> float | None:
    return None if value is None else factor * value


def without_duplicates(readings: Sequence[Reading]) -> tuple[list[Reading], list[Excluded]]:
    """Keep one reading of each measurement; the rest is excluded by the written order."""
    kept: list[Reading] = []
    excluded: list[Excluded] = []
    for reading in sorted(readings, key=lambda r: (*preference(r.record), r.record.id)):
        twin = next((other for other in kept if _same_measurement(reading, other)), None)
        if twin is None:
            kept.append(reading)
            continue
        reason = "duplicate"
        if preference(reading.record)[0] > preference(twin.record)[0]:
            reason = "superseded_secondary"
        elif preference(reading.record)[1] > preference(twin.record)[1]:
            reason = "superseded_basis"
        excluded.append(Excluded(reading.record.id, "record", reason, f"see {twin.record.id}"))
    return sorted(kept, key=lambda r: r.record.id), excluded


def preference(record: Record) -> tuple[int, int]:
    """Rank a row: primary before secondary, then table, text, calculated, figures."""
    ranks = {"table": 0, "text": 1, "calculated": 2, "figure_digitised": 3, "figure_eye": 4}
    return (int(record.printed.basis == "secondary"), ranks.get(record.printed.basis, 5))


def _same_measurement(a: Reading, b: Reading) -> bool:
    linked = b.record.id in a.record.printed.reference_record or (
        a.record.id == b.record.printed.reference_record
    )
    if linked:
        return True
    if a.component != b.component or abs(a.temperature_c - b.temperature_c) > SAME_TEMPERATURE_K:
        return False
    if preference(a.record)[0] != preference(b.record)[0]:
        return True  # what another work prints of this sample and state is this measurement
    if not (a.exact and b.exact) or a.lo is None or b.lo is None:
        return (a.lo, a.hi) == (b.lo, b.hi)
    return abs(a.lo - b.lo) <= SAME_VALUE * max(a.lo, b.lo)


def without_parts(readings: Sequence[Reading]) -> tuple[list[Reading], list[Excluded]]:
    """Make one reading of each temperature: the total, the sum of both parts, or bounds.

    The response is the total. Interphase and charge transfer in series add up to it (Weiss 2020,
    eq. 4); one of them alone bounds it from below, a sum with more bounds it from above.
    """
    kept: list[Reading] = []
    excluded: list[Excluded] = []
    for group in _by_temperature(readings):
        totals = [r for r in group if r.component in WHOLE and r.exact]
        if totals:
            kept.extend(totals)
            for r in group:
                if r not in totals:
                    reason = "part_of_total" if r.component in PARTS else "more_than_contact"
                    detail = f"see {totals[0].record.id}"
                    excluded.append(Excluded(r.record.id, "record", reason, detail))
        else:
            kept.append(_merge(group))
    return kept, excluded


def _by_temperature(readings: Sequence[Reading]) -> list[list[Reading]]:
    groups: list[list[Reading]] = []
    for reading in sorted(readings, key=lambda r: (r.temperature_c, r.record.id)):
        if groups and reading.temperature_c - groups[-1][0].temperature_c <= SAME_TEMPERATURE_K:
            groups[-1].append(reading)
        else:
            groups.append([reading])
    return groups


def _merge(group: Sequence[Reading]) -> Reading:
    """Merge parts and bounds of one temperature into one reading."""
    parts = {r.component: r for r in group if r.component in PARTS}
    first = group[0]
    others = tuple(r.record.id for r in group[1:])
    if len(parts) == 2 and all(part.exact for part in parts.values()):
        film, transfer = parts["interphase"], parts["charge_transfer"]
        assert film.lo is not None
        assert transfer.lo is not None
        total = film.lo + transfer.lo
        return replace(first, component="total", lo=total, hi=total, sd=None, also=others)
    lows = [r.lo for r in group if r.lo is not None]
    highs = [r.hi for r in group if r.hi is not None and r.component not in PARTS]
    lo, hi = max(lows, default=None), min(highs, default=None)
    if lo is not None and hi is not None and lo > hi:
        lo = None  # contradicting bounds: the upper one is the measured circuit
    return replace(first, lo=lo, hi=hi, sd=None, also=others)
