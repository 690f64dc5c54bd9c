"""Observations: log10 of the area-specific resistance of one contact at the reference temperature.

One observation per sample and state. Each step is a function of its own room; here they are taken
in order, and every step leaves its term in the budget.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from metastudy.corpus.canonical import CanonicalRow, age_h
from metastudy.corpus.corpus import Corpus
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.normalise.adjustments import (
    AT_REFERENCE_K,
    StateKey,
    contact_step,
    reading_error,
    spread_step,
    temperature_step,
)
from metastudy.normalise.contacts import contact_share
from metastudy.normalise.derived import derived_rows
from metastudy.normalise.energies import ActivationEnergyImputer, ImputedEnergy, read_energies
from metastudy.normalise.exclusions import NormaliseError, apply_switches, known_switches
from metastudy.normalise.filters import (
    AreaResistance,
    Excluded,
    drop_duplicates,
    drop_quotations,
    merge_parts,
    to_area_resistance,
)
from metastudy.normalise.headline import left_out_reasons
from metastudy.normalise.observation import Observation
from metastudy.normalise.series import POINTS_OF_A_LINE, SampleLine, fit_lines
from metastudy.normalise.systems import (
    SystemKeys,
    family_key,
    phase_at,
    reference_phase,
)
from metastudy.units import ZERO_CELSIUS_K


@dataclass(frozen=True)
class Normalised:
    """Everything that the rows of a corpus became.

    ``rows`` are those of the corpus and, after them, those derived from them. ``resistances`` has
    one entry a row, in that order: the area-specific resistance of the measured circuit, or why it
    is none. ``keys`` say which contacts are nominally the same.
    """

    rows: tuple[CanonicalRow, ...]
    keys: SystemKeys
    resistances: tuple[AreaResistance | Excluded, ...]
    observations: tuple[Observation, ...]
    excluded: tuple[Excluded, ...]


@dataclass(frozen=True)
class Prepared:
    """What the rows of a corpus become before a reference temperature is chosen.

    ``chosen`` holds the resistances of each sample and state that an observation may be made from,
    ``excluded`` the rows that are in none.
    """

    rows: tuple[CanonicalRow, ...]
    keys: SystemKeys
    resistances: tuple[AreaResistance | Excluded, ...]
    imputer: ActivationEnergyImputer
    chosen: Mapping[StateKey, list[AreaResistance]]
    excluded: tuple[Excluded, ...]


def normalise(
    corpus: Corpus,
    reference_c: Mapping[str, float] | None = None,
    leave_out: Sequence[str] = (),
) -> Normalised:
    """Turn the rows of a corpus into observations.

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
    prepared = prepare(corpus, leave_out)
    lines = fit_lines(prepared.chosen, references, corpus.vocabulary)
    excluded = list(prepared.excluded)
    observations = []
    for key in prepared.chosen:
        made = observe(prepared, key, lines.get(key), references, corpus.vocabulary)
        excluded.extend(made[1])
        if made[0] is not None:
            observations.append(made[0])
    return Normalised(
        prepared.rows,
        prepared.keys,
        prepared.resistances,
        tuple(_marked(observations)),
        tuple(excluded),
    )


def prepare(corpus: Corpus, leave_out: Sequence[str] = ()) -> Prepared:
    """Take every step that needs no reference temperature.

    Raises
    ------
    NormaliseError
        Where a switch is not known.
    """
    known_switches(leave_out)
    kept, excluded = apply_switches(corpus.rows, leave_out)
    rows = (*corpus.rows, *derived_rows(kept))
    resistances = tuple(to_area_resistance(row, corpus.vocabulary) for row in rows)
    switched_off = {e.record_id for e in excluded}
    keys = SystemKeys(corpus.studies.values(), corpus.vocabulary)
    imputer = ActivationEnergyImputer(read_energies(kept, keys, corpus.vocabulary), keys)
    of_rows = zip(rows, resistances, strict=True)
    chosen = _choose((r for row, r in of_rows if row.id not in switched_off), excluded)
    return Prepared(rows, keys, resistances, imputer, chosen, tuple(excluded))


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


def _choose(
    resistances: Iterable[AreaResistance | Excluded], excluded: list[Excluded]
) -> dict[StateKey, list[AreaResistance]]:
    """Collect the resistances of each sample and state, without duplicates, parts merged."""
    found: list[AreaResistance] = []
    for resistance in resistances:
        if isinstance(resistance, Excluded):
            excluded.append(resistance)
        else:
            found.append(resistance)
    own, quoted = drop_quotations(found)
    excluded.extend(quoted)
    groups: dict[StateKey, list[AreaResistance]] = {}
    for resistance in own:
        groups.setdefault(resistance.row.sample_state, []).append(resistance)
    chosen = {}
    for key, group in groups.items():
        single, twins = drop_duplicates(group)
        whole, parts = merge_parts(single)
        excluded.extend(twins)
        excluded.extend(parts)
        if whole:
            chosen[key] = whole
    return chosen


def observe(
    prepared: Prepared,
    key: StateKey,
    line: SampleLine | None,
    references: Mapping[str, float],
    vocabulary: Vocabulary,
) -> tuple[Observation | None, list[Excluded]]:
    """Make one observation from the resistances of one sample and state.

    Returns
    -------
    tuple
        The observation, None where no activation energy moves it to its reference temperature; and
        the rows that are not in it, with their reason.
    """
    resistances, keys = prepared.chosen[key], prepared.keys
    reference = references[resistances[0].contact.interface_class]
    resistance = nearest(resistances if line is None else line.points, reference, vocabulary)
    contact = resistance.contact
    study, sample = resistance.row.study, resistance.row.study.samples[key[1]]
    phase = phase_at(contact, resistance.temperature_c, vocabulary)
    wanted_phase = reference_phase(contact, reference, vocabulary)
    if phase != wanted_phase:  # no row crosses the melting point: it stays where it was measured
        reference = resistance.temperature_c
    imputed = prepared.imputer.impute(
        study.id, sample.id, sample.preparation, key[2], contact, phase
    )
    at_reference = _at_reference(resistance, reference)
    own = imputed is not None and imputed.source == "own"
    if line is not None and line.temperatures < POINTS_OF_A_LINE and (at_reference or own):
        line = None
    used = resistance.records if line is None else line.records
    excluded = [
        Excluded(record, "record", "other_temperature", f"see {resistance.row.id}")
        for r in resistances
        for record in r.records
        if record not in used
    ]
    if imputed is None and line is None and not at_reference:
        excluded.extend(Excluded(r, "record", "no_activation_energy") for r in resistance.records)
        return None, excluded
    if line is not None:
        source = "line" if line.temperatures >= POINTS_OF_A_LINE else "two temperatures"
        imputed = ImputedEnergy(line.ea_ev, 0, source, "", ())
    measured, move, terms = temperature_step(resistance, line, imputed, reference, study.id, key)
    y, lo, hi, known, count_terms = contact_step(resistance, move)
    terms += count_terms + list(resistance.terms)
    spread, n, sd_dex, spread_terms = spread_step(resistance)
    if line is None:  # the scatter about a line already holds what its points are known to
        terms += spread_terms + reading_error(resistance)
    m = resistance.row.m
    observation = Observation(
        id=".".join(key).rstrip("."),
        study=study,
        sample=sample,
        preparation=study.preparations[sample.preparation],
        contact=contact,
        state=study.states.get(key[2]),
        age_h=age_h(study.states.get(key[2]), vocabulary),
        cell_id=resistance.cell.id,
        records=used,
        y=y,
        lo=lo,
        hi=hi,
        measured_log10=measured,
        temperature_c=resistance.temperature_c,
        temperature_in_words=resistance.row.temperature_in_words,
        reference_c=reference,
        phase=phase,
        reference_phase=wanted_phase,
        ea=None if at_reference and line is None else imputed,
        coverage_known=known,
        count_shift=contact_share(resistance.cell, m.value_covers, study.id).decades,
        n_in_circuit=resistance.cell.contacts_counted,
        component=resistance.component,
        evaluation=m.evaluation,
        spread_reported=spread,
        n_samples=n,
        sample_sd_dex=sd_dex,
        read=m.read,
        via=m.via,
        family=family_key(contact, vocabulary),
        material=keys.material(study.id, contact),
        system=keys.system(study.id, contact),
        terms=tuple(terms),
    )
    return observation, excluded


def _at_reference(resistance: AreaResistance, reference: float) -> bool:
    return abs(resistance.temperature_c - reference) <= AT_REFERENCE_K


def nearest(
    resistances: Sequence[AreaResistance], reference: float, vocabulary: Vocabulary
) -> AreaResistance:
    """Return the resistance nearest to the reference temperature, exact before bounds.

    Readings in the phase of the reference state come before nearer ones in the other phase.
    """
    wanted = reference_phase(resistances[0].contact, reference, vocabulary)
    return min(
        resistances,
        key=lambda r: (
            not r.exact,
            phase_at(r.contact, r.temperature_c, vocabulary) != wanted,
            abs(r.temperature_c - reference),
            r.row.id,
        ),
    )


def _marked(observations: Sequence[Observation]) -> list[Observation]:
    """Give every observation the reasons that keep it from the headline, in the order of ids."""
    reasons = left_out_reasons(observations)
    marked = (replace(o, left_out=reasons[o.id]) for o in observations)
    return sorted(marked, key=lambda o: o.id)
