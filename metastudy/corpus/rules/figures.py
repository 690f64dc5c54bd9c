"""Numbers that were digitised: the file is there, and the points give the value that is typed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from metastudy.corpus.canonical import CanonicalRow
from metastudy.corpus.figure import FIGURES, Figure
from metastudy.corpus.finding import Finding, Place
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.rule import error
from metastudy.corpus.study import Study, number

FIGURE_FILE = error(
    "figure-file",
    reason="A digitised number can be read again only from the file of the digitiser.",
    good="figures/figure_2a.yaml beside the figure_2a.json that it names, as it was",
    bad="The file is missing, or has changed",
)
FIGURE_AXES = error(
    "figure-axes",
    reason="Two different points of each axis turn positions into values.",
    good="x from 20 at 100 400 to 90 at 500 400",
    bad="Both points at one position, or zero on a logarithmic axis",
)
FIGURE_VALUE = error(
    "figure-value",
    reason="A digitised number is what its point gives; typed over, it is another.",
    good="value_text 64.1 where the point gives 64.08",
    bad="value_text 46.1 where the point gives 64.08, or a point that the series lacks",
)
# The words by which a row names its point; metastudy add --figure writes them.
POINT = re.compile(
    r"Point (?P<number>[1-9][0-9]*) of (?P<series>.+) in figures/(?P<id>[a-z0-9_]+)\.yaml\."
)


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold the figures of every study, and the rows that name a point of one."""
    for study in checked.studies:
        for figure in study.figures.values():
            yield from _file(study, figure, checked.corpus.root)
    for row in checked.rows:
        match = POINT.search(row.printed.notes) if row.refit is None else None
        if match is not None:
            yield from _value(row, match)


def point_note(number: int, series: str, figure: str) -> str:
    """Return the words by which a row names its point."""
    return f"Point {number} of {series} in {FIGURES}/{figure}.yaml."


def _file(study: Study, figure: Figure, root: Path) -> Iterator[Finding]:
    name = f"data/studies/{study.id}/{FIGURES}/{figure.id}.yaml"
    if figure.fault:
        hint = "Give two points of each axis with their values."
        yield FIGURE_AXES.at(Place(name), f"{figure.fault}.", hint)
    path = root / "data" / "studies" / study.id / FIGURES / figure.file
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        yield FIGURE_FILE.at(Place(name), f"{figure.file} is not beside it.", "Put the file back.")
        return
    if found != figure.sha256:
        message = f"{figure.file} has changed since its points were read."
        yield FIGURE_FILE.at(Place(name), message, "Put the file back, or read it again.")


def _value(row: CanonicalRow, match: re.Match[str]) -> Iterator[Finding]:
    figure = row.study.figures.get(match["id"])
    points = figure.series.get(match["series"], ()) if figure else ()
    index = int(match["number"])
    if figure is None or index > len(points):
        message = f"{match[0].removesuffix('.')} is not there."
        hint = "Add the row by metastudy add --figure."
        yield FIGURE_VALUE.of_row(row, "notes", message, hint)
        return
    typed = number(row.printed.value_text)
    if figure.fault or typed is None:
        return
    given, error_of = figure.value(points[index - 1]), figure.value_error(points[index - 1])
    if abs(given - typed) > max(error_of / 2, 1e-6 * abs(given)):
        message = f"value_text is {row.printed.value_text}, its point gives {given:.6g}."
        hint = "Type what the point gives, or take the point out of the notes."
        yield FIGURE_VALUE.of_row(row, "value_text", message, hint)
