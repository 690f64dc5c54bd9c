"""Observations: log10 of the area-specific resistance of one contact at the reference temperature.

One observation per sample and state. Each step is a function of its own room; here they are walked
in order, and every step leaves its term in the budget.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from metastudy.corpus.collection import Corpus
from metastudy.corpus.study import Contact, Preparation, Sample, State, Study
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.errors import MetastudyError
from metastudy.normalise.budget import Term
from metastudy.normalise.contacts import share, share_bound
from metastudy.normalise.energies import Lender, Lent, read_energies
from metastudy.normalise.records import Record, build_records
from metastudy.normalise.selection import (
    Excluded,
    Reading,
    to_reading,
    without_duplicates,
    without_parts,
)
from metastudy.normalise.series import Line, fit_lines
from metastudy.normalise.systems import (
    family_key,
    material_key,
    phase_at,
    reference_phase,
    system_key,
)
from metastudy.physics.kinetics import LN10, arrhenius_shift, arrhenius_slope
from metastudy.units import ZERO_CELSIUS_K

AT_REFERENCE_K = 0.01
# Above this standard deviation (dex) of the temperature terms an observation is sensitivity only.
TEMPERATURE_LIMIT_DEX = 0.2
TEMPERATURE_TERMS = frozenset(
    {"temperature", "ea", "ea_form", "ea_pool_mean", "ea_pool_between", "ea_pool_within"}
)


SWITCHES = ("secondary", "unidentified", "abstract_only")


class NormaliseError(MetastudyError):
    """A switch or a reference temperature that is none."""


@dataclass(frozen=True)
class Observation:
    """The resistance of one contact of one sample in one state, and its budget.

    Attributes
    ----------
    y
        log10 of the area-specific resistance (ohm cm2) of one contact at ``reference_c``; None
        for a bound.
    lo, hi
        The same for bounds; equal to ``y`` for an exact row, None where a side is open.
    measured_log10
        log10 of the resistance (ohm cm2) of the circuit at ``temperature_c``, before the contact
        count and the move; of the bound where the row is one.
    left_out
        The reason word that keeps it from the headline set, or empty.
    """

    id: str
    study: Study
    sample: Sample
    preparation: Preparation
    contact: Contact
    state: State | None
    cell_id: str
    records: tuple[str, ...]
    y: float | None
    lo: float | None
    hi: float | None
    measured_log10: float
    temperature_c: float
    temperature_in_words: bool
    reference_c: float
    phase: str
    reference_phase: str
    ea: Lent | None
    coverage_known: bool
    n_in_circuit: int | None
    component: str
    spread_reported: bool
    n_samples: int | None
    sample_sd_dex: float | None
    read: str
    via: str
    family: str
    material: str
    system: str
    terms: tuple[Term, ...]
    left_out: str = ""

    @property
    def censoring(self) -> str:
        """How the row is known: exact, left (at most), right (at least) or interval."""
        if self.y is not None:
            return "exact"
        if self.lo is None:
            return "left"
        return "right" if self.hi is None else "interval"

    @property
    def variance(self) -> float:
        """Known variance (dex squared): the sum of the terms."""
        return sum(term.variance for term in self.terms)

    @property
    def temperature_sd(self) -> float:
        """Standard deviation (dex) of the temperature terms alone."""
        return math.sqrt(sum(t.variance for t in self.terms if t.name in TEMPERATURE_TERMS))


@dataclass(frozen=True)
class Normalised:
    """Everything that the records became."""

    records: tuple[Record, ...]
    observations: tuple[Observation, ...]
    excluded: tuple[Excluded, ...]


def normalise(
    corpus: Corpus,
    reference_c: Mapping[str, float] | None = None,
    leave_out: Sequence[str] = (),
) -> Normalised:
    """Turn the records of a corpus into observations.

    Parameters
    ----------
    corpus
        Studies that passed the check.
    reference_c
        Reference temperature (degC) by interface class, where another than that of the vocabulary
        is wanted.
    leave_out
        Any of ``secondary``, ``unidentified``, ``abstract_only``: rows of that kind are excluded
        first, so that everything after them (pools, lines, V) is made without them.

    Raises
    ------
    NormaliseError
        Where a switch or a class is not known, or a temperature is not above absolute zero.
    """
    references = reference_temperatures(corpus.vocabulary, reference_c or {})
    _known_switches(leave_out)
    records = build_records(corpus)
    kept, excluded = _switch(records, leave_out)
    lender = Lender(read_energies(kept, corpus.vocabulary), corpus.vocabulary)
    chosen = _choose(kept, corpus.vocabulary, excluded)
    lines = fit_lines(chosen, references, corpus.vocabulary)
    observations = []
    for key, readings in chosen.items():
        made = _observe(key, readings, lines.get(key), references, lender, corpus.vocabulary)
        excluded.extend(made[1])
        if made[0] is not None:
            observations.append(made[0])
    return Normalised(records, tuple(_headline(observations)), tuple(excluded))


def reference_temperatures(vocabulary: Vocabulary, wanted: Mapping[str, float]) -> dict[str, float]:
    """Return the reference temperature (degC) of every class, as wanted or as the vocabulary."""
    references = {
        word: float(row["reference_temperature_c"])
        for word, row in vocabulary["interface_class"].items()
    }
    for word, value in wanted.items():
        if word not in references:
            raise NormaliseError(
                f"{word!r} is no class of contacts; use one of {', '.join(references)}"
            )
        if not -ZERO_CELSIUS_K < value < math.inf:
            raise NormaliseError(
                f"the reference temperature of {word} is {value!r}; give degC above absolute zero"
            )
        references[word] = float(value)
    return references


def _known_switches(leave_out: Sequence[str]) -> None:
    listed = isinstance(leave_out, Iterable) and not isinstance(leave_out, str)
    if not listed or any(word not in SWITCHES for word in leave_out):
        raise NormaliseError(
            f"leave_out={leave_out!r}: give a list of any of {', '.join(SWITCHES)}"
        )


def _switch(
    records: Sequence[Record], leave_out: Sequence[str]
) -> tuple[list[Record], list[Excluded]]:
    kept, excluded = [], []
    for record in records:
        reason = next((word for word in leave_out if _is(record, word)), None)
        if reason is None:
            kept.append(record)
        else:
            excluded.append(Excluded(record.id, "switch", reason))
    return kept, excluded


def _is(record: Record, word: str) -> bool:
    if word == "secondary":
        return record.printed.basis == "secondary"
    if word == "unidentified":
        return record.study.source.kind == "unidentified"
    return record.printed.read in ("abstract", "first_page")


Key = tuple[str, str, str]


def _choose(
    records: Sequence[Record], vocabulary: Vocabulary, excluded: list[Excluded]
) -> dict[Key, list[Reading]]:
    """Collect the readings of each sample and state, duplicates and parts settled."""
    groups: dict[Key, list[Reading]] = {}
    for record in records:
        reading = to_reading(record, vocabulary)
        if isinstance(reading, Excluded):
            excluded.append(reading)
        else:
            groups.setdefault(record.key, []).append(reading)
    chosen = {}
    for key, readings in groups.items():
        single, twins = without_duplicates(readings)
        whole, parts = without_parts(single)
        excluded.extend(twins)
        excluded.extend(parts)
        if whole:
            chosen[key] = whole
    return chosen


def _observe(
    key: Key,
    readings: Sequence[Reading],
    line: Line | None,
    references: Mapping[str, float],
    lender: Lender,
    vocabulary: Vocabulary,
) -> tuple[Observation | None, list[Excluded]]:
    """Make one observation from the readings of one sample and state."""
    reference = references[readings[0].contact.interface_class]
    reading = nearest(readings if line is None else line.points, reference, vocabulary)
    used = reading.records if line is None else line.records
    excluded = [
        Excluded(record, "record", "other_temperature", f"see {reading.record.id}")
        for r in readings
        for record in r.records
        if record not in used
    ]
    study, sample = reading.record.study, reading.record.study.samples[key[1]]
    contact = reading.contact
    phase = phase_at(contact, reading.temperature_c, vocabulary)
    lent = lender.lend(study.id, sample.id, sample.preparation, key[2], contact, phase)
    at_reference = abs(reading.temperature_c - reference) <= AT_REFERENCE_K
    if lent is None and line is None and not at_reference:
        excluded.extend(Excluded(r, "record", "no_activation_energy") for r in reading.records)
        return None, excluded
    if line is not None:
        lent = Lent(line.ea_ev, 0, "line", "", ())
    measured, move, terms = _temperature_step(reading, line, lent, reference, study.id, key)
    y, lo, hi, known, count_terms = _contact_step(reading, move)
    terms += count_terms + list(reading.terms)
    spread, n, sd_dex, spread_terms = _spread_step(reading)
    if line is None:  # the scatter about a line already holds what its points are known to
        terms += spread_terms + _reading_error(reading)
    m = reading.record.printed
    observation = Observation(
        id=".".join(key).rstrip("."),
        study=study,
        sample=sample,
        preparation=study.preparations[sample.preparation],
        contact=contact,
        state=study.states.get(key[2]),
        cell_id=reading.cell.id,
        records=used,
        y=y,
        lo=lo,
        hi=hi,
        measured_log10=measured,
        temperature_c=reading.temperature_c,
        temperature_in_words=reading.record.temperature_in_words,
        reference_c=reference,
        phase=phase,
        reference_phase=reference_phase(contact, reference, vocabulary),
        ea=None if at_reference and line is None else lent,
        coverage_known=known,
        n_in_circuit=reading.cell.contacts_counted,
        component=reading.component,
        spread_reported=spread,
        n_samples=n,
        sample_sd_dex=sd_dex,
        read=m.read,
        via=m.via,
        family=family_key(contact, vocabulary),
        material=material_key(contact),
        system=system_key(contact, vocabulary, study.id),
        terms=tuple(terms),
    )
    return observation, excluded


def nearest(readings: Sequence[Reading], reference: float, vocabulary: Vocabulary) -> Reading:
    """Return the reading nearest to the reference temperature, exact before bounds.

    Readings in the phase of the reference state come before nearer ones in the other phase.
    """
    wanted = reference_phase(readings[0].contact, reference, vocabulary)
    return min(
        readings,
        key=lambda r: (
            not r.exact,
            phase_at(r.contact, r.temperature_c, vocabulary) != wanted,
            abs(r.temperature_c - reference),
            r.record.id,
        ),
    )


def _temperature_step(
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


def _contact_step(
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


def _spread_step(reading: Reading) -> tuple[bool, int | None, float | None, list[Term]]:
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


def _reading_error(reading: Reading) -> list[Term]:
    """Return what a row is known to: reading error of a figure or standard error of a refit."""
    if reading.reading_sd is None or reading.lo is None or not reading.exact:
        return []
    name = "reading" if reading.record.refit is None else "refit"
    return [Term(name, "row", reading.record.id, reading.reading_sd / (reading.lo * LN10))]


def _headline(observations: Sequence[Observation]) -> list[Observation]:
    """Mark what the headline leaves out: treated arms, later states, other phases, and guesses.

    One row per sample: its first state that stands in the reference phase. A sample whose only
    reading lies in the other phase is left out for that.
    """
    first: dict[tuple[str, str], str] = {}
    marked = []
    for o in sorted(observations, key=_state_order):
        reason = ""
        sample = (o.study.id, o.sample.id)
        if o.preparation.arm == "treated":
            reason = "treated"
        elif o.phase != o.reference_phase:
            reason = "other_phase"
        elif o.temperature_sd > TEMPERATURE_LIMIT_DEX:
            reason = "temperature_uncertain"
        elif sample in first:
            reason = "later_state"
        else:
            first[sample] = o.id
        marked.append(replace(o, left_out=reason))
    return sorted(marked, key=lambda o: o.id)


def _state_order(o: Observation) -> tuple[str, str, int]:
    states = list(o.study.states)
    return (o.study.id, o.sample.id, states.index(o.state.id) if o.state else -1)


def budgets(observations: Sequence[Observation]) -> list[tuple[str, tuple[Term, ...]]]:
    """Return the budget of each observation, in order, as the covariance is made from it."""
    return [(o.id, o.terms) for o in observations]
