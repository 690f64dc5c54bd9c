"""From normalised observations to the rows of the built tables."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from metastudy.corpus.canonical import CanonicalRow, age_h, contact_area
from metastudy.corpus.corpus import Corpus, CorpusError
from metastudy.corpus.study import COLUMNS, Condition, Study
from metastudy.normalise.budget import by_name
from metastudy.normalise.donor_numbers import donor_numbers
from metastudy.normalise.filters import AreaResistance, Excluded
from metastudy.normalise.observation import TEMPERATURE_TERMS, Observation
from metastudy.normalise.observations import Normalised
from metastudy.normalise.systems import SystemKeys, condition_text, family_key, partner_key
from metastudy.tables.columns import HEADLINE
from metastudy.tables.preparations import (
    Row,
    axis_number,
    preparation_rows,
    surface_step_rows,
)
from metastudy.units import CANONICAL, dimension_of


def table_rows(corpus: Corpus, normalised: Normalised) -> dict[str, Iterator[Row]]:
    """Return the rows of every built table but the covariance by its name, one after another."""
    observations = normalised.observations
    return {
        "records": _records(corpus, normalised),
        "observations": (observation_row(o, corpus) for o in observations),
        "budget": (
            {
                "observation_id": o.id,
                "term": t.name,
                "scope": t.scope,
                "key": t.key,
                "loading": t.loading,
            }
            for o in observations
            for t in o.terms
        ),
        "excluded": _excluded(normalised),
        "headline": (_headline(o, corpus) for o in observations if not o.left_out),
        "left_out": (
            {
                "observation_id": o.id,
                "study_id": o.study.id,
                "reason": word,
                "meaning": corpus.vocabulary["reason"][word]["meaning"],
            }
            for o in observations
            for word in o.left_out
        ),
        "studies": _studies(corpus, normalised),
        "preparations": preparation_rows(corpus),
        "surface_steps": surface_step_rows(corpus),
        "properties": _properties(corpus),
        "vocabulary": _vocabulary(corpus),
    }


def _records(corpus: Corpus, normalised: Normalised) -> Iterator[Row]:
    used = {record: o.id for o in normalised.observations for record in o.records}
    reasons = {e.record_id: e.reason for e in normalised.excluded}
    for row, resistance in zip(normalised.rows, normalised.resistances, strict=True):
        m, study = row.m, row.study
        preparation = row.preparation
        state = study.states.get(m.state_id)
        reference = study.samples.get(m.reference_sample)
        yield {
            **{name: getattr(row.printed, name) for name in COLUMNS},
            "study_id": study.id,
            "preparation_id": None if preparation is None else f"{study.id}/{preparation.id}",
            "arm": None if preparation is None else preparation.arm,
            "series": None if preparation is None else " ".join(preparation.series),
            "treatments": None if preparation is None else " ".join(preparation.treatments),
            "state_kind": "unknown" if state is None else state.kind,
            "reference_preparation_id": None
            if reference is None
            else f"{study.id}/{reference.preparation}",
            "unit": row.unit,
            "value": row.value,
            "lo": row.lo,
            "hi": row.hi,
            "sd": row.sd,
            "temperature_c": row.temperature_c,
            "temperature_sd_k": row.temperature_sd_k,
            "correction": row.correction,
            "derived_from": " ".join(row.derived_from) or None,
            "observation_id": used.get(row.id),
            "excluded": None if row.id in used else reasons.get(row.id),
            **_pair(row, normalised.keys, corpus),
            **_circumstances(row, corpus),
            **_canonical(row, resistance),
        }


def _pair(row: CanonicalRow, keys: SystemKeys, corpus: Corpus) -> Row:
    """Return which contact a row belongs to, and its area."""
    contact = row.contact
    if contact is None:
        names = ("interface_class", "family", "system", "area_text", "area_cm2")
        return dict.fromkeys(names)
    area = contact_area(contact, corpus.vocabulary)
    printed = contact.area or contact.diameter or contact.area  # the absence word is the area's
    return {
        "interface_class": contact.interface_class,
        "family": family_key(contact, corpus.vocabulary),
        "system": keys.system(row.study.id, contact),
        "area_text": None if printed.missing == "absent" else condition_text(printed),
        "area_cm2": None if area is None else area.cm2,
    }


def _circumstances(row: CanonicalRow, corpus: Corpus) -> Row:
    """Return the age of a row's state and the circuit it was measured in."""
    state, cell = row.study.states.get(row.m.state_id), row.cell
    return {
        "age_text": None if state is None else condition_text(state.age),
        "age_h": age_h(state, corpus.vocabulary),
        "electrodes": None if cell is None else cell.electrodes,
        "n_in_circuit": None if cell is None else cell.contacts_counted,
    }


def _canonical(row: CanonicalRow, resistance: AreaResistance | Excluded) -> Row:
    """Return the area-specific resistance and the activation energy of a row, where it is one."""
    m = row.m
    energy = row.value if m.quantity == "activation_energy" and m.role == "interface" else None
    asr = None
    if isinstance(resistance, AreaResistance) and resistance.exact:
        asr = resistance.lo
    return {
        "ea_ev": energy,
        "asr_ohm_cm2": asr,
        "log10_asr": math.log10(asr) if asr else None,
    }


def observation_row(o: Observation, corpus: Corpus) -> Row:
    """Return the row of an observation in the table ``observations``."""
    parts = by_name(o.terms)
    temperature = sum(value for name, value in parts.items() if name in TEMPERATURE_TERMS)
    interfaces = parts.get("interfaces", 0.0)
    return {
        "observation_id": o.id,
        "study_id": o.study.id,
        "interface_class": o.contact.interface_class,
        "ion": o.contact.ion,
        "solid_electrolyte": o.contact.solid_electrolyte,
        "family": o.family,
        "material": o.material,
        "system": o.system,
        "lab": o.sample.lab or o.study.source.lab,
        "preparation_id": f"{o.study.id}/{o.preparation.id}",
        "sample_id": f"{o.study.id}/{o.sample.id}",
        "cell_id": f"{o.study.id}/{o.cell_id}",
        "state_id": None if o.state is None else o.state.id,
        "state_kind": "unknown" if o.state is None else o.state.kind,
        "arm": o.preparation.arm,
        "treatments": " ".join(o.preparation.treatments),
        "salt": o.contact.salt,
        "salt_content": condition_text(o.contact.salt_content),
        "partner_class": o.contact.partner_class,
        "partner": partner_key(o.contact),
        "censoring": o.censoring,
        "y": o.y,
        "lo": o.lo,
        "hi": o.hi,
        "asr_ohm_cm2": None if o.y is None else 10.0**o.y,
        "reference_c": o.reference_c,
        "measured_log10": o.measured_log10,
        "temperature_c": o.temperature_c,
        "temperature_in_words": o.temperature_in_words,
        "phase": o.phase,
        "reference_phase": o.reference_phase,
        "ea_source": "none" if o.ea is None else o.ea.source,
        "ea_ev": None if o.ea is None else o.ea.ea_ev,
        "coverage_known": o.coverage_known,
        "count_shift": o.count_shift,
        "n_in_circuit": o.n_in_circuit,
        "component": o.component,
        "spread_reported": o.spread_reported,
        "n_samples": o.n_samples,
        "sample_sd_dex": o.sample_sd_dex,
        "read": o.read,
        "via": o.via,
        "records": " ".join(o.records),
        "v": o.variance,
        "v_temperature": temperature,
        "v_interfaces": interfaces,
        "v_other": o.variance - temperature - interfaces,
        "headline": not o.left_out,
        "left_out": " ".join(o.left_out) or None,
        **_moderators(o, corpus),
    }


def _moderators(o: Observation, corpus: Corpus) -> Row:
    """Return what may move a resistance beside chemistry: solvent, circuit, preparation, age."""
    donors = donor_numbers(o.contact, corpus.properties)
    return {
        "donor_number_mean": donors.mean,
        "strongest_solvent": donors.strongest_solvent,
        "donor_number_strongest": donors.strongest,
        "donor_number_scale": donors.scale,
        "donor_number_source": donors.source,
        "electrodes": o.study.cells[o.cell_id].electrodes,
        "evaluation": o.evaluation,
        **{axis: _axis_word(o.preparation.axes.get(axis)) for axis in MODERATING_AXES},
        "residual_content": axis_number(o.preparation.axes.get("residual_content"), corpus),
        "age_text": None if o.state is None else condition_text(o.state.age),
        "age_h": o.age_h,
    }


# Coded words of a preparation that stand beside every observation.
MODERATING_AXES = ("film_process", "residual_solvent", "surface_state", "joining_method")


def _axis_word(value: str | Condition | None) -> str | None:
    """Return a coded word, its word of absence, or None where the axis is not coded."""
    return value if isinstance(value, str) else None


def _headline(o: Observation, corpus: Corpus) -> Row:
    whole = observation_row(o, corpus)
    return {column.name: whole[column.name] for column in HEADLINE.columns}


def _excluded(normalised: Normalised) -> Iterator[Row]:
    rows = {row.id: row for row in normalised.rows}
    for e in sorted(normalised.excluded, key=lambda e: e.record_id):
        row = rows[e.record_id]
        yield {
            "record_id": e.record_id,
            "study_id": row.study.id,
            "quantity": row.printed.quantity,
            "value_text": row.printed.value_text,
            "unit_text": row.printed.unit_text,
            "stage": e.stage,
            "reason": e.reason,
            "detail": e.detail,
        }


def _studies(corpus: Corpus, normalised: Normalised) -> Iterator[Row]:
    counts = Counter(o.study.id for o in normalised.observations)
    for name, study in corpus.studies.items():
        yield _study(name, study, counts[name])


def _study(name: str, study: Study, observations: int) -> Row:
    source = study.source
    return {
        "study_id": name,
        "doi": source.doi or None,
        "kind": source.kind,
        "authors": "; ".join(source.authors),
        "year": source.year,
        "title": source.title,
        "container": source.container,
        "volume": source.volume or None,
        "issue": source.issue or None,
        "pages": source.pages or None,
        "lab": source.lab,
        "status": source.status,
        "read": source.read,
        "records": len(study.measurements) + len(study.refits),
        "observations": observations,
    }


def _properties(corpus: Corpus) -> Iterator[Row]:
    read = corpus.properties
    if read.findings:
        raise CorpusError(read.findings)
    for row in read.rows:
        unit = corpus.vocabulary.unit_of(row.unit_text)
        assert unit is not None  # the reader admits no other
        canonical = {"unit": CANONICAL[dimension_of(unit)], "value": read.canonical(row)}
        yield asdict(row) | canonical


def _vocabulary(corpus: Corpus) -> Iterator[Row]:
    words: Mapping[str, Mapping[str, Mapping[str, str]]] = corpus.vocabulary.words
    for table in sorted(words):
        for word, row in words[table].items():
            further = {k: v for k, v in row.items() if k not in ("word", "meaning") and v}
            yield {
                "vocabulary": table,
                "word": word,
                "meaning": row["meaning"],
                "properties": json.dumps(further, ensure_ascii=False, sort_keys=True),
            }
