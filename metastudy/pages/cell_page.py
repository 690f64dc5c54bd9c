"""How the prospects of a planned cell read: a table for the terminal, sentences, CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from metastudy.bridge.refits.cell_quantities import CellFileError
from metastudy.bridge.refits.cell_yaml import read_cell
from metastudy.eis.cells.detectability import DETECTED, VALUE, Prospect, Prospects, prospects
from metastudy.eis.errors import CellError
from metastudy.errors import MetastudyError
from metastudy.pages.rendering.digits import percent, significant
from metastudy.pages.rendering.plain import plain_rows
from metastudy.pages.rendering.table import Head, Table, to_rich

if TYPE_CHECKING:
    from rich.table import Table as RichTable

# An alternative is worth a sentence where it lowers the error by at least a tenth.
WORTH = 1.1

RULE = (
    f"Value: standard error up to {100 * VALUE:g} % of the resistance; weak: up to a third; bound: "
    "above. Detected is what exceeds three standard errors. Bounds of Cramer and Rao from "
    "the spectrum, all other elements free; what the uncertain temperature adds beside it."
)


class PlanError(MetastudyError):
    """Tables or picture of a plan that cannot be written."""


def plan(path: Path, root: Path | None = None) -> Prospects:
    """Read a cell.yaml and compute the prospects of the cell.

    Raises
    ------
    CellFileError
        If the file cannot be read or lacks something, with file, line and column.
    """
    file = read_cell(path, root, planned=True)
    try:
        return prospects(file.cell, file.instrument, file.temperatures_c)
    except CellError as error:
        raise CellFileError(f"{path}:1:1 {error}") from None


def prospect_table(found: Prospects) -> RichTable:
    """Lay out one row per temperature; the best one is bold."""
    heads = (
        "T / °C", "expected / Ω cm²", "error", "with temperature", "verdict",
        "smallest detected / Ω cm²", "largest / Ω cm²", "apex / Hz", "R_HF / Ω",
    )  # fmt: skip
    rows = tuple(
        (
            f"{point.temperature_c:g}",
            significant(point.asr_ohm_cm2),
            percent(point.relative_error),
            percent(point.total_error),
            point.verdict,
            _bound(point.smallest_ohm_cm2),
            _bound(point.largest_ohm_cm2),
            significant(point.apex_hz),
            significant(point.high_frequency_ohm),
        )
        for point in found.points
    )
    columns = tuple(Head(head, head != "verdict") for head in heads)
    title = f"{found.cell.stack}: one {found.contact.name} contact"
    return to_rich(Table(columns, rows, title, frozenset({found.points.index(found.best)})))


def alternative_table(found: Prospects) -> RichTable:
    """Lay out one row per other cell, the error at each temperature in columns."""
    at = (Head(f"{point.temperature_c:g} °C", number=True) for point in found.points)
    rows = tuple(
        (other.words, f"{found.gain(other):.2f}", *map(percent, other.relative_errors))
        for other in found.alternatives
    )
    heads = (Head("change"), Head("error ÷", number=True), *at)
    return to_rich(Table(heads, rows, "Other cells: error from the spectrum"))


def conclusion(found: Prospects) -> str:
    """Say in a few sentences what is best and what would do better."""
    best = found.best
    lines = [
        f"Best at {best.temperature_c:g} °C: {significant(best.asr_ohm_cm2)} Ω cm² within "
        f"{percent(best.total_error)} (spectrum {percent(best.relative_error)}, temperature "
        f"{percent(best.temperature_error)}); {_detected(best)}."
    ]
    better = [other for other in found.alternatives if found.gain(other) >= WORTH][:2]
    if better:
        words = " or ".join(f"{o.words} (error divided by {found.gain(o):.2f})" for o in better)
        lines.append(f"Better over all temperatures: {words}.")
    else:
        lines.append("No other thickness, area or sweep that was tried does much better.")
    if best.temperature_error > 2 * best.relative_error:
        lines.append("There the temperature limits the result, not the spectrum.")
    return " ".join(lines)


def write_plan(found: Prospects, folder: Path) -> list[Path]:
    """Write ``prospects.csv``, ``alternatives.csv`` and ``cell.svg``; returns their paths.

    Raises
    ------
    PlanError
        If the folder cannot be written.
    """
    import pandas as pd

    from metastudy.pages.figures.cell import draw_plan
    from metastudy.pages.rendering.style import to_svg

    others = pd.DataFrame(_alternative_rows(found))
    files = [folder / name for name in ("prospects.csv", "alternatives.csv", "cell.svg")]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found.table().to_csv(files[0], index=False, float_format="%.6g")
        others.to_csv(files[1], index=False, float_format="%.6g")
        files[2].write_text(to_svg(draw_plan(found)), encoding="utf-8")
    except OSError as error:
        message = f"{folder}: cannot be written ({error.strerror}); name a folder for --out"
        raise PlanError(message) from None
    return files


def content(found: Prospects) -> dict[str, Any]:
    """Return the conclusion, one row per temperature, and one per other cell."""
    return {
        "conclusion": conclusion(found),
        "points": plain_rows(found.table()),
        "alternatives": _alternative_rows(found),
    }


def _alternative_rows(found: Prospects) -> list[dict[str, Any]]:
    return [
        {
            "change": other.words,
            "gain": found.gain(other),
            **{
                f"relative_error_{point.temperature_c:g}_c": error
                for point, error in zip(found.points, other.relative_errors, strict=True)
            },
        }
        for other in found.alternatives
    ]


def _bound(value: float | None) -> str:
    return "none" if value is None else significant(value)


def _detected(point: Prospect) -> str:
    if point.smallest_ohm_cm2 is None:
        return f"nothing exceeds {1 / DETECTED:.0f} standard errors"
    return f"down to {significant(point.smallest_ohm_cm2)} Ω cm² would be detected"
