"""The sections that need no script: one a pair and one a work, each with an anchor that stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metastudy.answers.coverage import UNSAID
from metastudy.pages.explorer.pairs import pairs_of, work_anchor
from metastudy.pages.explorer.rows import NO_OBSERVATION, STATE
from metastudy.tables.resistance_text import resistance_text


@dataclass(frozen=True)
class Line:
    """One observation as a reader without a script sees it."""

    resistance: str
    reference_c: float
    measured_c: float
    printed: str
    preparation: str
    state: str
    pair: str
    pair_anchor: str
    work: str
    work_anchor: str


@dataclass(frozen=True)
class PairSection:
    """A pair with its observations."""

    anchor: str
    name: str
    counted: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class WorkSection:
    """A work with its observations."""

    anchor: str
    name: str
    authors: str
    title: str
    container: str
    year: str
    doi: str
    lines: tuple[Line, ...]


def static_sections(
    rows: Sequence[Mapping[str, Any]],
    works: Sequence[Mapping[str, Any]],
    printed: Mapping[str, str],
) -> tuple[list[PairSection], list[WorkSection]]:
    """Return the sections of pairs and of works.

    Parameters
    ----------
    rows, works
        Rows of the page, and the works of its payload.
    printed
        Printed number and unit by record id.
    """
    pairs = pairs_of(rows)
    anchors = {place: pair["anchor"] for pair in pairs for place in pair["rows"]}
    names = {work["study_id"]: work["name"] for work in works}
    lines = {
        place: _line(row, anchors[place], names[row["study_id"]], printed)
        for place, row in enumerate(rows)
        if row[STATE] != NO_OBSERVATION
    }
    own: dict[str, list[Line]] = {}
    for place, line in lines.items():
        own.setdefault(rows[place]["study_id"], []).append(line)
    return (
        [_pair(pair, [lines[place] for place in pair["rows"]]) for pair in pairs],
        [_work(work, own.get(work["study_id"], [])) for work in works],
    )


def _line(row: Mapping[str, Any], anchor: str, work: str, printed: Mapping[str, str]) -> Line:
    limits = {end: float("nan") if row[end] is None else row[end] for end in ("lo", "hi")}
    texts = [printed[record] for record in str(row["records"]).split() if record in printed]
    return Line(
        resistance=resistance_text({**limits, "censoring": row["censoring"]}),
        reference_c=row["reference_c"],
        measured_c=row["temperature_c"],
        printed="; ".join(texts),
        preparation=(row["treatments"] or row["arm"]).replace("_", " "),
        state=str(row["state_kind"]),
        pair=_name(row["solid_electrolyte"], row["partner"]),
        pair_anchor=anchor,
        work=work,
        work_anchor=work_anchor(row["study_id"]),
    )


def _pair(pair: Mapping[str, Any], lines: Sequence[Line]) -> PairSection:
    counted = (
        f"{_count(pair['values'], 'value')}, {_count(pair['bounds'], 'bound')}, "
        f"{_count(pair['works'], 'work')}"
    )
    name = _name(pair["solid"], pair["partner"])
    return PairSection(pair["anchor"], name, counted, tuple(lines))


def _name(solid: str, partner: str) -> str:
    """Return a pair in words; a partner that is not stated keeps its word without underscores."""
    return f"{solid} | {partner.replace('_', ' ') if partner in UNSAID else partner}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _work(work: Mapping[str, Any], lines: Sequence[Line]) -> WorkSection:
    texts = {name: work.get(name, "") for name in ("authors", "title", "container", "year", "doi")}
    return WorkSection(work["anchor"], work["name"], lines=tuple(lines), **texts)
