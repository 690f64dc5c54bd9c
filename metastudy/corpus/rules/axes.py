"""The coded conditions of a preparation: known axes, right words and units, none left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.contacts import condition_findings
from metastudy.corpus.rules.references import near
from metastudy.corpus.rules.rule import error
from metastudy.corpus.schema import word_hint
from metastudy.corpus.study import Condition, Preparation, Study
from metastudy.corpus.vocabulary import Vocabulary

AXIS_UNKNOWN = error(
    "axis-unknown",
    reason="A misspelt axis would be a preparation that nobody coded.",
    good="axes: {drying_temperature: ...}",
    bad="axes: {drying_temp: ...}",
)
AXIS_WORD = error(
    "axis-word",
    reason="Preparations are compared by the words of their axes.",
    good="film_process: solvent_free; drying_time: not_reported",
    bad="film_process: dry; drying_time: long",
)
AXIS_KIND = error(
    "axis-kind",
    reason="A temperature needs a number and a unit; a process is a word.",
    good="drying_temperature: {value: '60', unit: degC, locator: Experimental}",
    bad="film_process: {value: '60', unit: degC, locator: Experimental}",
)
AXIS_MISSING = error(
    "axis-missing",
    reason="What the source does not say is a finding too: it is said in a word.",
    good="drying_time: not_reported",
    bad="A PE/SE preparation without drying_time",
)


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold the axes of every preparation."""
    for study in checked.studies:
        for index, preparation in enumerate(study.preparations.values()):
            for name, value in preparation.axes.items():
                yield from _axis(study, index, name, value, checked.vocabulary)
            yield from _missing(study, index, preparation, checked.vocabulary)


def _axis(
    study: Study, index: int, name: str, value: str | Condition, vocabulary: Vocabulary
) -> Iterator[Finding]:
    path = ("preparations", index, "axes", name)
    axes = vocabulary["axis"]
    if name not in axes:
        message = f"the axis {name!r} is not known."
        yield AXIS_UNKNOWN.at(study.tree.key_place(path), message, near(name, axes), name)
        return
    axis = axes[name]
    if isinstance(value, str):
        yield from _word(study, path, value, axis, vocabulary)
    elif axis["kind"] == "number":
        yield from condition_findings(study, path, value, tuple(axis["of"].split()), vocabulary)
    else:
        message = f"{name} is a number, {value.value} {value.unit}."
        hint = "This axis takes a word."
        if axis["of"]:
            hint = f"This axis takes a word of data/vocabulary/{axis['of']}.csv."
        yield AXIS_KIND.at(study.yaml_place(*path), message, hint, value.value)


def _word(
    study: Study,
    path: tuple[str | int, ...],
    word: str,
    axis: Mapping[str, str],
    vocabulary: Vocabulary,
) -> Iterator[Finding]:
    name = str(path[-1])
    if word in vocabulary["missing"] or axis["kind"] == "text":
        return
    if axis["kind"] == "number":
        message = f"{name} is {word!r}, which is neither a number with unit nor a missing word."
        hint = "Write {value: ..., unit: ..., locator: ...}, or " + ", ".join(vocabulary["missing"])
        yield AXIS_WORD.at(study.yaml_place(*path), message, f"{hint}.", word)
    elif word not in vocabulary[axis["of"]]:
        message = f"{name} is {word!r}, which is not a word for it."
        hint = word_hint(vocabulary, axis["of"], word)
        yield AXIS_WORD.at(study.yaml_place(*path), message, hint, word)


def _missing(
    study: Study, index: int, preparation: Preparation, vocabulary: Vocabulary
) -> Iterator[Finding]:
    """Name all axes that the classes of the preparation's contacts require and it lacks."""
    classes = {
        study.contacts[sample.contact].interface_class
        for sample in study.samples.values()
        if sample.preparation == preparation.id and sample.contact in study.contacts
    }
    absent = [
        name
        for name, axis in vocabulary["axis"].items()
        if classes & set(axis["required_for"].split()) and name not in preparation.axes
    ]
    if absent:
        place = study.yaml_place("preparations", index, "id")
        message = f"preparation {preparation.id!r} of {' and '.join(sorted(classes))} lacks "
        message += f"{', '.join(absent)}."
        hint = "Give a number or word, or say not_reported."
        yield AXIS_MISSING.at(place, message, hint, preparation.id)
