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
from metastudy.bridge.refits.file_batch import RefitBatch
from metastudy.bridge.refits.refit import is_fit_of
from metastudy.bridge.refits.refits_csv import RefitError
from metastudy.bridge.refits.temperature import temperature_of
from metastudy.corpus.refits import Refit, parse_parameters
from metastudy.eis.cells.assignment import Assignments
from metastudy.eis.drawing.plots import nyquist, residuals
from metastudy.eis.fits.fitting import fit
from metastudy.eis.fits.result import CircuitFit
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
    batch: RefitBatch,
    paths: Sequence[Path],
    options: EvaluationOptions,
    out: Path,
    report: Callable[[str], None] = lambda name: None,
) -> Path:
    """Draw every row of some files and write one page, whole or not at all.

    Parameters
    ----------
    batch
        The rows, and the files that failed.
    paths
        The files that were named; one without a row is listed with its reason.
    options
        By which the rows were fitted; its cell names the arcs.
    report
        Called with the name of each file that was drawn.

    Raises
    ------
    RefitError
        If the page cannot be written.
    """
    drawn: list[tuple[Refit, Section]] = []
    for path in paths:
        drawn += _sections(path, batch.rows, options)
        report(path.name)
    failed = Warnings(tuple((Path(name).name, reason) for name, reason in batch.failed))
    blocks: tuple[Block, ...] = (_overview([row for row, _ in drawn]),)
    if batch.failed:
        blocks += (Text("Files and spectra without a row, with the reason:"), failed)
    page = set_page(
        title="metastudy: refits",
        heading="Impedance spectra and their fits",
        answer=_answer([row for row, _ in drawn], len(batch.failed)),
        made="Resistances are of the measured circuit, neither times an area nor divided by "
        "contacts. Points are measured, lines are fitted; shaded arcs carry the names that the "
        "evidence of the cell gives them, or those of their resistors.",
        sections=(Section("rows", "All rows", blocks), *(section for _, section in drawn)),
    )
    write_whole({out: page}, out, RefitError)
    return out


def _sections(
    path: Path, rows: Sequence[Refit], options: EvaluationOptions
) -> list[tuple[Refit, Section]]:
    """Draw the rows of one file; a file that cannot be read is among the failed ones."""
    try:
        spectra = read_with(path, options.reading)
    except MetastudyError:
        return []
    found = []
    for spectrum in spectra:
        try:
            temperature = temperature_of(spectrum, path.name, options.temperature)
        except MetastudyError:
            continue
        found += [
            (row, _section(row, spectrum, options))
            for row in rows
            if is_fit_of(row, spectrum, temperature, options)
        ]
    return found


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
    nyquist(left, found, assigned)
    residuals(right, found)
    return figure


def _assigned(found: CircuitFit, row: Refit, options: EvaluationOptions) -> Assignments | None:
    if options.cell is None:
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


def _answer(rows: Sequence[Refit], failed: int) -> str:
    known = sum(row.identifiability == "determined" for row in rows)
    lost = f" {failed} without a row." if failed else ""
    return f"{len(rows)} rows, {known} of them determined within 10 %.{lost}"
