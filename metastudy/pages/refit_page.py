"""Refits to look at: one offline page with the Nyquist plot and residuals of every row.

A row says what a fit found; only its picture says whether the fit is one. Each row is fitted again
from its stored parameters, so what is drawn is what is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from metastudy.bridge.refits.contact_arc import arcs_by_evidence
from metastudy.bridge.refits.evaluation_options import EvaluationOptions
from metastudy.bridge.refits.refits_csv import RefitError
from metastudy.corpus.corpus import default_root
from metastudy.corpus.refits import Refit, parse_parameters
from metastudy.corpus.version import both_versions, data_version
from metastudy.eis.api import fit
from metastudy.eis.cells.assignment import Assignments
from metastudy.eis.drawing.plots import nyquist, residuals
from metastudy.eis.fits.result import CircuitFit
from metastudy.eis.readers.hints import Hints
from metastudy.eis.readers.reading import read_with
from metastudy.eis.spectrum import Spectrum
from metastudy.eis.weighting.sum_of_squares import windowed
from metastudy.errors import MetastudyError
from metastudy.pages.rendering.blocks import Block, Section, Text, Warnings, draw
from metastudy.pages.rendering.digits import significant
from metastudy.pages.rendering.render_html import set_page
from metastudy.pages.rendering.style import house_style, new_figure
from metastudy.pages.rendering.table import Table, table_of
from metastudy.whole_file import write_whole

WIDTH_IN, HEIGHT_IN = 8.2, 4.2
NO_ROW = "no row is of this file; metastudy refit makes one, or says why not"
_HEADS = {
    "row": "row",
    "spectrum": "spectrum",
    "degc": "°C",
    "kramers_kronig": "Kramers-Kronig",
    "known": "resistance",
    "arc": "arc",
    "ohm": "Ω",
    "lower": "from",
    "upper": "to",
}


def write_refit_page(
    rows: Sequence[Refit],
    paths: Sequence[Path],
    options: EvaluationOptions,
    out: Path,
    report: Callable[[str], None] = lambda name: None,
) -> tuple[tuple[str, str], ...]:
    """Draw rows of a refits.csv and write one page, whole or not at all.

    Parameters
    ----------
    rows
        The rows, all of them.
    paths
        Their impedance files.
    options
        Its cell names the arcs of the rows that were made with the same cell.yaml.
    report
        Called with the id of each row.

    Returns
    -------
    tuple of (str, str)
        Each file or row that is not drawn, with the reason; the page lists them too.

    Raises
    ------
    RefitError
        If the page cannot be written.
    """
    named = {path.name: path for path in paths}
    read: _Read = {}
    of_rows = {row.file for row in rows}
    missing = [(name, NO_ROW) for name in named if name not in of_rows]
    drawn: list[tuple[Refit, Section]] = []
    for row in rows:
        try:
            drawn.append((row, _section(row, _spectrum(row, named, read), options)))
        except MetastudyError as error:
            missing.append((row.refit_id, str(error)))
        report(row.refit_id)
    blocks: tuple[Block, ...] = (_overview([row for row, _ in drawn]),)
    if missing:
        blocks += (Text("Not drawn, with the reason:"), Warnings(tuple(missing)))
    page = set_page(
        title="metastudy: refits",
        heading="Impedance spectra and their fits",
        answer=_answer([row for row, _ in drawn], len(missing)),
        made=f"Made by {both_versions(data_version(default_root()))}. Resistances are of the "
        "measured circuit, neither times an area nor divided by contacts. Points are measured, "
        "lines are fitted; shaded arcs carry the names that the evidence of the cell gives them, "
        "or those of their resistors.",
        sections=(Section("rows", "All rows", blocks), *(section for _, section in drawn)),
    )
    write_whole({out: page}, out, RefitError)
    return tuple(missing)


def files_of(rows: Sequence[Refit], folder: Path) -> list[Path]:
    """Return the files of rows that are in ``spectra/`` of a folder, or in the folder itself."""
    found: list[Path] = []
    for name in dict.fromkeys(row.file for row in rows):
        places = (folder / "spectra" / name, folder / name)
        found += [path for path in places if path.is_file()][:1]
    return found


# What was read, by the name of the file and the keywords of its reading.
_Read = dict[tuple[str, str], tuple[Spectrum, ...] | MetastudyError]


def _read(path: Path, reading: str) -> tuple[Spectrum, ...] | MetastudyError:
    try:
        return read_with(path, Hints.parse(reading))
    except MetastudyError as error:
        return error


def _spectrum(row: Refit, named: Mapping[str, Path], read: _Read) -> Spectrum:
    """Return the spectrum that a row was fitted to."""
    if row.file not in named:
        raise RefitError(f"{row.file} is not there; name it, or put it in spectra/ by the table")
    key = (row.file, row.reading)
    if key not in read:
        read[key] = _read(named[row.file], row.reading)
    found = read[key]
    if isinstance(found, MetastudyError):
        raise found
    for spectrum in found:
        own = spectrum.metadata
        if (own["sha256"], str(own["number"])) == (row.sha256, row.spectrum):
            return spectrum
    raise RefitError(f"{row.file} has other bytes than those that were fitted")


def _section(row: Refit, spectrum: Spectrum, options: EvaluationOptions) -> Section:
    again = fit_again(row, spectrum)
    assigned = _assigned(again, row, options)
    with house_style():
        figure = draw_refit(again, assigned)
    name = f"Nyquist plot and residuals of {row.file}, spectrum {row.spectrum}"
    blocks: list[Block] = [
        Text(_found(row)),
        draw(
            row.refit_id,
            figure,
            f"{row.circuit}; {row.weight} weights, {row.loss} loss.",
            name,
            dense=True,
        ),
        *(Text(_sentence(words), "note") for words in (row.verdict, row.kramers_kronig)),
    ]
    if options.cell_sha256 != row.cell_sha256 and options.cell is not None:
        words = "the cell.yaml given is not that of this row, so its arcs have no names"
        blocks.append(Text(_sentence(words), "note"))
    if row.notes:
        blocks.append(Text(_sentence(row.notes), "note"))
    return Section(row.refit_id, _title(row), tuple(blocks), short=row.refit_id)


def fit_again(row: Refit, spectrum: Spectrum) -> CircuitFit:
    """Return the fit of a row from its stored parameters, without a search.

    Raises
    ------
    EisError
        If the spectrum has no points in the row's window.
    """
    return fit(
        windowed(spectrum, row.window),
        row.circuit,
        weight=row.weight,
        loss=row.loss,
        high_frequency_error=float(row.high_frequency_error or 0.0),
        start=parse_parameters(row.parameters),
        starts=1,
    )


def draw_refit(found: CircuitFit, assigned: Assignments | None = None) -> Figure:
    """Draw the Nyquist plot with its arcs beside the residuals."""
    figure = new_figure(HEIGHT_IN, WIDTH_IN)
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    curves = found.curves()
    nyquist(left, curves, None if assigned is None else assigned.labels())
    residuals(right, curves)
    return figure


def _assigned(found: CircuitFit, row: Refit, options: EvaluationOptions) -> Assignments | None:
    if options.cell is None or options.cell_sha256 != row.cell_sha256:
        return None
    return arcs_by_evidence(found, options.cell, row.temperature_text, options.evidence)


def _sentence(words: str) -> str:
    """Begin with a capital and end with one full stop."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _title(row: Refit) -> str:
    which = "" if row.spectrum == "1" else f" [{row.spectrum}]"
    at = f", {row.temperature_text} °C" if row.temperature_text else ""
    return f"{row.file}{which}{at}"


def _found(row: Refit) -> str:
    return (
        f"{row.arc} = {_ohm(row.resistance_ohm)} Ω (95 %: {_ohm(row.lower_ohm)} to "
        f"{_ohm(row.upper_ohm)}), {row.identifiability.replace('_', ' ')}; "
        f"component: {row.component}."
    )


def _ohm(text: str) -> str:
    """Write a stored resistance to four digits; an open end has none."""
    return significant(float(text), 4) if text else "open"


def _overview(rows: Sequence[Refit]) -> Table:
    cells: list[Mapping[str, object]] = [
        {
            "row": row.refit_id,
            "spectrum": row.file if row.spectrum == "1" else f"{row.file} [{row.spectrum}]",
            "degc": row.temperature_text or None,
            "arc": row.arc,
            "ohm": _ohm(row.resistance_ohm),
            "lower": _ohm(row.lower_ohm),
            "upper": _ohm(row.upper_ohm),
            "known": row.identifiability.replace("_", " "),
            "kramers_kronig": row.kramers_kronig.split(" with")[0].split(":")[0],
        }
        for row in rows
    ]
    return table_of(_HEADS, cells, numbers=("degc", "ohm", "lower", "upper"))


def _answer(rows: Sequence[Refit], missing: int) -> str:
    known = sum(row.identifiability == "determined" for row in rows)
    lost = f" {missing} not drawn." if missing else ""
    return f"{len(rows)} rows, {known} of them determined within 10 %.{lost}"
