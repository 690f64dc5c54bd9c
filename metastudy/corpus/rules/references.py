"""Every name that a row or a part of a study mentions exists, and every part is used."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from metastudy.corpus.canonical import CanonicalRow
from metastudy.corpus.finding import Finding, Place
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.rule import Rule, error
from metastudy.corpus.study import Study


def _unknown(part: str, column: str) -> Rule:
    return error(
        f"unknown-{part}",
        reason=f"A row whose {part} does not exist belongs to nothing.",
        good=f"{column} names a {part} of the study's study.yaml",
        bad=f"{column} holds a typing error",
    )


UNKNOWN_SAMPLE = _unknown("sample", "sample_id")
UNKNOWN_CELL = _unknown("cell", "cell_id")
UNKNOWN_STATE = _unknown("state", "state_id")
UNKNOWN_PREPARATION = _unknown("preparation", "a sample's preparation")
UNKNOWN_CONTACT = _unknown("contact", "a sample's contact")
UNKNOWN_REFERENCE_SAMPLE = error(
    "unknown-reference-sample",
    reason="A change without its denominator cannot be read.",
    good="reference_sample names a sample of the study",
    bad="reference_sample holds a typing error",
)
UNKNOWN_REFERENCE_STATE = error(
    "unknown-reference-state",
    reason="A change without its denominator cannot be read.",
    good="reference_state names a state of the study",
    bad="reference_state holds a typing error",
)
UNKNOWN_RECORD = error(
    "unknown-record",
    reason="A repeat must lead to the record that it repeats.",
    good="reference_record names a record of any study",
    bad="reference_record names a record that does not exist, or the row itself",
)
SAMPLE_MISSING = error(
    "sample-missing",
    reason="A resistance of a contact needs the specimen that says which contact and preparation.",
    good="role interface with sample_id heated_disc, whose contact is peo_licgc",
    bad="role interface with an empty sample_id, or a sample without contact",
)
UNUSED_PART = error(
    "unused-part",
    reason="A part that nothing refers to is a typing error elsewhere or a leftover.",
    good="Every contact, preparation, sample, cell and state is used by a row or a used part",
    bad="A cell that no row names",
)


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Follow every reference."""
    for row in checked.rows:
        yield from _row(row, checked)
    for study in checked.studies:
        yield from _samples(study)
        yield from _unused(study)


def near(word: str, known: Iterable[str]) -> str:
    """Offer the nearest known names, or all of them where few."""
    names = list(known)
    close = difflib.get_close_matches(word, names, n=3)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    if not names:
        return "The study has none."
    listed = ", ".join(names[:12])
    return f"Known: {listed}{', ...' if len(names) > 12 else ''}."


def _row(row: CanonicalRow, checked: CheckedRows) -> Iterator[Finding]:
    study, m = row.study, row.printed
    for rule, column, name, known, kind in (
        (UNKNOWN_SAMPLE, "sample_id", m.sample_id, study.samples, "sample"),
        (UNKNOWN_CELL, "cell_id", m.cell_id, study.cells, "cell"),
        (UNKNOWN_STATE, "state_id", m.state_id, study.states, "state"),
        (UNKNOWN_REFERENCE_SAMPLE, "reference_sample", m.reference_sample, study.samples, "sample"),
        (UNKNOWN_REFERENCE_STATE, "reference_state", m.reference_state, study.states, "state"),
    ):
        if name and name not in known:
            message = f"{column} is {name!r}, which is no {kind} of this study."
            yield rule.of_row(row, column, message, near(name, known))
    yield from _record(row, checked)
    if m.role in ("interface", "bound"):
        if not m.sample_id:
            message = f"the role is {m.role} and sample_id is empty."
            hint = "Name the specimen; make one in study.yaml if there is none."
            yield SAMPLE_MISSING.of_row(row, "sample_id", message, hint)
        elif m.sample_id in study.samples and not study.samples[m.sample_id].contact:
            message = f"the role is {m.role}, but sample {m.sample_id!r} has no contact."
            hint = "Give the sample its contact in study.yaml, or choose another role."
            yield SAMPLE_MISSING.of_row(row, "sample_id", message, hint)


def _record(row: CanonicalRow, checked: CheckedRows) -> Iterator[Finding]:
    name = row.printed.reference_record
    if not name or checked.is_unread(name):
        return
    if name == row.id:
        message = "reference_record names the row itself."
        yield UNKNOWN_RECORD.of_row(
            row, "reference_record", message, "Name the record that this one repeats."
        )
    elif name not in checked.by_record:
        message = f"reference_record is {name!r}, which is no record."
        yield UNKNOWN_RECORD.of_row(row, "reference_record", message, near(name, checked.by_record))


def _samples(study: Study) -> Iterator[Finding]:
    for index, sample in enumerate(study.samples.values()):
        for rule, key, name, known in (
            (UNKNOWN_PREPARATION, "preparation", sample.preparation, study.preparations),
            (UNKNOWN_CONTACT, "contact", sample.contact, study.contacts),
        ):
            if name and name not in known:
                place = study.yaml_place("samples", index, key)
                message = f"sample {sample.id!r} has the {key} {name!r}, which does not exist."
                yield rule.at(place, message, near(name, known), name)


def _unused(study: Study) -> Iterator[Finding]:
    refits = [row for _, row in study.refit_rows()]
    rows, samples = [*study.measurements, *refits], study.samples.values()
    used = {
        "contacts": {sample.contact for sample in samples},
        "preparations": {sample.preparation for sample in samples},
        "samples": {m.sample_id for m in rows} | {m.reference_sample for m in rows},
        "cells": {m.cell_id for m in rows},
        "states": {m.state_id for m in rows} | {m.reference_state for m in rows},
    }
    for section, names in used.items():
        for index, name in enumerate(getattr(study, section)):
            if name not in names:
                place: Place = study.yaml_place(section, index, "id")
                user = "sample" if section in ("contacts", "preparations") else "row"
                message = f"{section[:-1]} {name!r} is used by no {user}."
                yield UNUSED_PART.at(place, message, "Use it or remove it.", name)
