"""Digitised points as rows: the figure kept in the study, and one row a point."""

from __future__ import annotations

import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from metastudy.contribute.open_study import AddError, OpenStudy
from metastudy.contribute.spreadsheet import read_sheet
from metastudy.contribute.wpd_project import Project, read_project
from metastudy.corpus.figure import (
    FIGURES,
    LINEAR,
    Figure,
    FigureAxis,
    Position,
    rounded,
)
from metastudy.corpus.number_spelling import one_number
from metastudy.corpus.rules.figures import point_note
from metastudy.corpus.study import number
from metastudy.whole_file import write_whole

X_SHOWS = ("degC", "K", "1000/K", "other")
Y_SHOWS = ("value", "log10", "ln")
PERCENT = 100.0  # positions of a file that holds values: per cent of the axis
_NUMBER = r"[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?"
_KNOWN = re.compile(
    rf"(?P<scale>linear|log) (?P<a>{_NUMBER})=(?P<low>{_NUMBER}) "
    rf"(?P<b>{_NUMBER})=(?P<high>{_NUMBER})"
)
_VALUES = re.compile(rf"values (?P<scale>linear|log) (?P<low>{_NUMBER})\.\.(?P<high>{_NUMBER})")
AXIS_FORM = (
    "linear (or log), then two positions with what the axis prints there: linear 120=20 480=90; "
    "where the file holds values, its two ends: values linear 20..90"
)


def figure_of(
    path: Path,
    locator: str,
    reading_error: float,
    x_axis: str = "",
    y_axis: str = "",
    x_shows: str = "other",
    y_shows: str = "value",
) -> tuple[Figure, str, str]:
    """Read a digitised figure.

    Parameters
    ----------
    path
        A project of WebPlotDigitizer (.tar, .json), or a CSV with two columns.
    locator
        The figure in the source; its id is made from it.
    reading_error
        One standard deviation of a position: pixels, or per cent of an axis given by its ends.
    x_axis, y_axis
        The axes of a CSV, as ``AXIS_FORM`` says.
    x_shows, y_shows
        What the axes show; see :class:`metastudy.corpus.figure.FigureAxis`.

    Returns
    -------
    Figure
        The figure.
    str
        The file to keep beside it, as text.
    str
        The program that read the points.

    Raises
    ------
    AddError
        Where the file or an axis cannot be used.
    """
    if path.suffix.lower() in (".tar", ".json"):
        project = read_project(path)
        x, y, series = _of_project(project, path)
        text, digitiser, kept = project.text, project.digitiser, ".json"
    else:
        x, y, series, text = _of_csv(path, x_axis, y_axis)
        digitiser, kept = "not named", ".csv"
    name = figure_id(locator)
    figure = Figure(
        id=name,
        locator=locator,
        file=f"{name}{kept}",
        sha256=hashlib.sha256(text.encode("utf-8")).hexdigest(),
        reading_error=reading_error,
        x=replace(x, shows=x_shows),
        y=replace(y, shows=y_shows),
        series=series,
    )
    if figure.fault:
        raise AddError(f"{path}: {figure.fault}")
    return figure, text, digitiser


def figure_id(locator: str) -> str:
    """Return the name of a figure's files: the locator in lower-case letters and digits."""
    bare = unicodedata.normalize("NFKD", locator.casefold()).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", bare).strip("_")
    if not name:
        raise AddError(f"{locator!r} names no figure; write it as Figure 2a")
    return name


def _of_project(
    project: Project, path: Path
) -> tuple[FigureAxis, FigureAxis, Mapping[str, tuple[Position, ...]]]:
    axes = {(part.x, part.y) for part in project.series.values()}
    if len(axes) > 1:
        raise AddError(f"{path}: has several pairs of axes; keep one figure in one project")
    ((x, y),) = axes
    return x, y, {name: part.points for name, part in project.series.items()}


def _of_csv(
    path: Path, x_axis: str, y_axis: str
) -> tuple[FigureAxis, FigureAxis, Mapping[str, tuple[Position, ...]], str]:
    """Read a CSV of x and y, with or without a header."""
    sheet = read_sheet(path)
    if all(one_number(heading) for heading in sheet.header):
        raise AddError(f"{path}: its first row is a point; put x,y above it")
    x, x_at = _axis(x_axis, "x", sideways=True)
    y, y_at = _axis(y_axis, "y", sideways=False)
    points, lines = [], ["x,y"]
    for row in sheet.rows:
        cells = list(row.cells.values())
        texts = [one_number(c.replace(",", ".") if sheet.decimal_comma else c) for c in cells]
        if len(texts) != 2 or None in texts:
            found = ", ".join(cells)
            raise AddError(f"{sheet.name}, row {row.number}: {found!r} is not two numbers x and y")
        numbers = [number(text or "") or 0.0 for text in texts]
        points.append((x_at(numbers[0]), y_at(numbers[1])))
        lines.append(",".join(text or "" for text in texts))
    return x, y, {"points": tuple(points)}, "\n".join(lines) + "\n"


def _axis(text: str, name: str, sideways: bool) -> tuple[FigureAxis, Callable[[float], float]]:
    """Read an axis as ``AXIS_FORM`` says, and how a number of the file becomes a position on it."""
    typed = " ".join(text.split())
    known, ends = _KNOWN.fullmatch(typed), _VALUES.fullmatch(typed)
    match = known or ends
    if match is None:
        raise AddError(f"the axis {name} is {text!r}; write {AXIS_FORM}")
    low, high = float(match["low"]), float(match["high"])
    at = (float(match["a"]), float(match["b"])) if known else (0.0, PERCENT)
    first, second = ((value, 0.0) if sideways else (0.0, value) for value in at)
    axis = FigureAxis(match["scale"], "other" if sideways else "value", first, second, low, high)
    if axis.fault:
        raise AddError(f"the axis {name} is {text!r}: {axis.fault}")
    if known:
        return axis, lambda value: value

    def along(value: float) -> float:
        if axis.scale == LINEAR:
            return PERCENT * (value - low) / (high - low)
        if value <= 0:
            raise AddError(f"{value:g} is not on the logarithmic axis {name}")
        return PERCENT * math.log(value / low) / math.log(high / low)

    return axis, along


def figure_yaml(figure: Figure, digitiser: str) -> str:
    """Return figures/<id>.yaml."""
    lines = [
        f"id: {figure.id}",
        f"locator: {json.dumps(figure.locator, ensure_ascii=False)}",
        f"file: {figure.file}",
        f'sha256: "{figure.sha256}"',
        f"digitiser: {json.dumps(digitiser, ensure_ascii=False)}",
        f'reading_error: "{figure.reading_error:g}"',
    ]
    for name, axis in (("x", figure.x), ("y", figure.y)):
        lines += [f"{name}:", f"  scale: {axis.scale}", f'  shows: "{axis.shows}"']
        for key, place, value in (
            ("first", axis.first, axis.low),
            ("second", axis.second, axis.high),
        ):
            lines.append(f'  {key}: {{at: "{_position(place)}", value: "{value!r}"}}')
    lines.append("series:")
    for name, points in figure.series.items():
        lines += [f"  - name: {json.dumps(name, ensure_ascii=False)}", "    points:"]
        lines += [f'      - "{_position(point)}"' for point in points]
    return "\n".join(lines) + "\n"


def _position(place: Position) -> str:
    return f"{place[0]!r} {place[1]!r}"


def point_rows(figure: Figure, series: str) -> list[dict[str, str]]:
    """Return the cells that the points of a series give."""
    rows = []
    for index, point in enumerate(figure.series[series], 1):
        value, error = rounded(figure.value(point), figure.value_error(point))
        row = {"value_text": value, "reading_error": error, "qualifier": "exact"}
        row |= {"basis": "figure_digitised", "locator": figure.locator}
        row["notes"] = point_note(index, series, figure.id)
        temperature = figure.temperature_c(point)
        if temperature is not None:
            row["temperature_text"] = f"{temperature:.1f}".removesuffix(".0")
        else:
            row["notes"] += f" x is {figure.printed(point)[0]:.4g}."
        rows.append(row)
    return rows


@contextmanager
def kept_figure(
    study: OpenStudy, figure: Figure, text: str, digitiser: str
) -> Iterator[list[Path]]:
    """Write the figure's two files into the study, and take them back where no row follows.

    Yields
    ------
    list of Path
        The files that were not there before.

    Raises
    ------
    AddError
        Where another figure has the name, or a file cannot be written.
    """
    folder = study.folder / FIGURES
    files = {folder / figure.file: text}
    files[folder / f"{figure.id}.yaml"] = figure_yaml(figure, digitiser)
    there = [path for path in files if path.exists()]
    for path in there:
        if path.read_text(encoding="utf-8") != files[path]:
            raise AddError(f"{path}: another figure has this name; give it another --set locator=")
    new = {path: content for path, content in files.items() if path not in there}
    try:
        write_whole(new, folder, AddError)
        yield list(new)
    except BaseException:
        for path in new:
            path.unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()
        raise
