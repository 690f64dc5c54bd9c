"""What a digitised file does not say of its figure, by questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from metastudy.contribute.figure_points import AXIS_FORM, X_SHOWS, Y_SHOWS, figure_of
from metastudy.contribute.open_study import AddError
from metastudy.contribute.row_questions import Terminal
from metastudy.contribute.spreadsheet import read_sheet
from metastudy.contribute.wpd_project import read_project
from metastudy.corpus.figure import Figure

_T = TypeVar("_T")
PROJECTS = (".tar", ".json")


def ask_figure(
    terminal: Terminal, file: Path, axes: tuple[str, str], locator: str
) -> tuple[Figure, str, str]:
    """Ask for the place of the figure, its axes and its reading error; return it as it is kept.

    Raises
    ------
    AddError
        Where the file or a given axis cannot be used.
    """
    if file.suffix.lower() in PROJECTS and any(axes):
        raise AddError(f"{file}: a project holds its own axes; leave --x-axis and --y-axis out")
    if file.suffix.lower() in PROJECTS:
        read_project(file)  # a fault is told before anything is asked
    else:
        read_sheet(file)
    while not locator:
        locator = terminal.ask("locator (such as Figure 2a): ").strip()
    x_axis, y_axis = axes
    if file.suffix.lower() not in PROJECTS:
        if not (x_axis and y_axis):
            terminal.say(f"An axis is written {AXIS_FORM}.")
        x_axis = x_axis or terminal.ask("x axis: ").strip()
        y_axis = y_axis or terminal.ask("y axis: ").strip()
    x_shows = _one_of(terminal, "x shows", X_SHOWS, "other")
    y_shows = _one_of(terminal, "y shows", Y_SHOWS, "value")
    unit = "per cent of the axis" if "values" in x_axis + y_axis else "pixels"
    error = _asked(terminal, f"reading error, one standard deviation in {unit}", "1", _positive)
    return figure_of(file, locator, error, x_axis, y_axis, x_shows, y_shows)


def ask_series(terminal: Terminal, figure: Figure) -> str:
    """Ask which series of the figure becomes rows; the only one is taken."""
    names = tuple(figure.series)
    return names[0] if len(names) == 1 else _one_of(terminal, "series", names, "")


def _one_of(terminal: Terminal, name: str, words: Sequence[str], default: str) -> str:
    def known(text: str) -> str:
        if text not in words:
            raise ValueError(f"it is one of {', '.join(words)}")
        return text

    return _asked(terminal, f"{name} ({', '.join(words)})", default, known)


def _positive(text: str) -> float:
    value = float(text.replace(",", "."))
    if not 0 < value < float("inf"):
        raise ValueError("it is a number above zero")
    return value


def _asked(terminal: Terminal, name: str, default: str, read: Callable[[str], _T]) -> _T:
    while True:
        typed = terminal.ask(f"{name}{f' [{default}]' if default else ''}: ").strip() or default
        try:
            return read(typed)
        except ValueError as error:
            terminal.say(f"  {error}")
