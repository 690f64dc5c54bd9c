"""A treated preparation names what was done to it and the series it is compared within."""

from __future__ import annotations

from collections.abc import Iterator

from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.rule import error
from metastudy.corpus.study import Preparation, Study

TREATED_SERIES = error(
    "treated-series",
    reason="A treated contact is compared with the reference of its series; without a series it "
    "is compared with nothing.",
    good="arm: treated, series: [coating], and the same series in the reference",
    bad="arm: treated, series: []",
)
ARM_TREATMENTS = error(
    "arm-treatments",
    reason="Effects are sorted by treatment: what is treated has one, and a reference has none.",
    good="arm: treated, treatments: [heat]; arm: reference, treatments: []",
    bad="arm: treated, treatments: []",
)


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold the arm of every preparation against its series and treatments."""
    for study in checked.studies:
        joined = {s.preparation for s in study.samples.values() if s.contact}
        for index, preparation in enumerate(study.preparations.values()):
            yield from _treatments(study, index, preparation)
            if preparation.id in joined:
                yield from _series(study, index, preparation)


def _treatments(study: Study, index: int, preparation: Preparation) -> Iterator[Finding]:
    treated = preparation.arm == "treated"
    if treated == bool(preparation.treatments):
        return
    place = study.yaml_place("preparations", index, "treatments")
    if treated:
        message = f"preparation {preparation.id!r} is treated and names no treatment."
        hint = "Name what was done against the reference, with a word of treatment.csv."
    else:
        message = f"preparation {preparation.id!r} is the reference and has treatments."
        hint = "Its arm is treated; or leave treatments empty where all arms had them."
    yield ARM_TREATMENTS.at(place, message, hint, preparation.arm)


def _series(study: Study, index: int, preparation: Preparation) -> Iterator[Finding]:
    if preparation.arm != "treated" or preparation.series:
        return
    place = study.yaml_place("preparations", index, "series")
    message = f"the treated arm {preparation.id!r} has no series."
    names = sorted({name for other in study.preparations.values() for name in other.series})
    known = f" The study has {', '.join(names)}." if names else ""
    hint = f"Give this arm and its reference one name, such as series: [coating].{known}"
    yield TREATED_SERIES.at(place, message, hint, preparation.id)
