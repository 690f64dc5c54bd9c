"""What was done to the materials, as rows: coded conditions, and steps on the surface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from metastudy.corpus.corpus import Corpus
from metastudy.corpus.study import Condition, Preparation, Study, SurfaceStep, number
from metastudy.normalise.systems import condition_text
from metastudy.units import CANONICAL, dimension_of, to_canonical

Row = dict[str, Any]


def preparation_rows(corpus: Corpus) -> Iterator[Row]:
    """Return one row for every coded condition of every preparation, in the order of the files."""
    for study in corpus.studies.values():
        for preparation in study.preparations.values():
            classes = _classes(study, preparation)
            for axis, value in preparation.axes.items():
                required = corpus.vocabulary["axis"][axis]["required_for"].split()
                yield {
                    "preparation_id": f"{study.id}/{preparation.id}",
                    "study_id": study.id,
                    "interface_class": " ".join(classes),
                    "arm": preparation.arm,
                    "axis": axis,
                    "required": not set(required).isdisjoint(classes),
                } | _axis(value, corpus)


def _classes(study: Study, preparation: Preparation) -> list[str]:
    contacts = {s.contact for s in study.samples.values() if s.preparation == preparation.id}
    return sorted({study.contacts[name].interface_class for name in contacts if name})


def _axis(value: str | Condition, corpus: Corpus) -> Row:
    """Return a coded word, a number with its unit, or the word for its absence."""
    names = (
        *("word", "value_text", "upper_text", "unit_text", "qualifier", "unit", "value", "upper"),
        *("missing", "locator"),
    )
    row: Row = dict.fromkeys(names)
    if isinstance(value, str):
        return row | {"missing" if value in corpus.vocabulary["missing"] else "word": value}
    unit = corpus.vocabulary.unit_of(value.unit)
    return row | {
        "value_text": value.value,
        "upper_text": value.upper,
        "unit_text": value.unit,
        "qualifier": value.qualifier,
        "unit": None if unit is None else CANONICAL[dimension_of(unit)],
        "value": canonical_number(value.value, value, corpus),
        "upper": canonical_number(value.upper, value, corpus),
        "missing": value.missing,
        "locator": value.locator,
    }


def axis_number(value: str | Condition | None, corpus: Corpus) -> float | None:
    """Return the number of a coded condition in its canonical unit; None where it has none."""
    if not isinstance(value, Condition):
        return None
    return canonical_number(value.value, value, corpus)


def surface_step_rows(corpus: Corpus) -> Iterator[Row]:
    """Return one row for every step on a surface, in the order in which they were done."""
    for study in corpus.studies.values():
        for preparation in study.preparations.values():
            for position, step in enumerate(preparation.steps, start=1):
                yield {
                    "preparation_id": f"{study.id}/{preparation.id}",
                    "position": position,
                    "study_id": study.id,
                    "arm": preparation.arm,
                } | _step(step, corpus)


def _step(step: SurfaceStep, corpus: Corpus) -> Row:
    row: Row = {
        name: getattr(step, name) or None
        for name in ("step", "medium", "atmosphere", "grit", "note")
    }
    for name, unit in (("duration", "s"), ("temperature", "c"), ("pressure", "pa")):
        condition: Condition = getattr(step, name)
        row[f"{name}_text"] = condition_text(condition) if condition else None
        row[f"{name}_qualifier"] = condition.qualifier if condition else None
        row[f"{name}_{unit}"] = canonical_number(condition.value, condition, corpus)
    return row


def canonical_number(text: str, condition: Condition, corpus: Corpus) -> float | None:
    """Return a number of a condition in the canonical unit, or None where there is none."""
    unit, value = corpus.vocabulary.unit_of(condition.unit), number(text)
    return None if unit is None or value is None else to_canonical(value, unit)
