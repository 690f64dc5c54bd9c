"""Options of the commands that fit impedance files, in groups."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from metastudy.bridge.refits.evaluation_options import EvaluationOptions
    from metastudy.eis.readers.hints import Hints

Files = Annotated[list[Path], typer.Argument(metavar="FILES", help="Impedance files.")]


def _in_panel(panel: str, name: str, help: str) -> Any:
    return typer.Option(name, help=help, rich_help_panel=panel)


_READING, _FITTING = "Reading the files", "Fitting"
_ARC, _WORDS = "Arc of the contact", "Words of the row"

Circuit = Annotated[
    str | None, _in_panel(_FITTING, "--circuit", "R0-p(R1,CPE1)-CPE2; proposed if none.")
]


@dataclass(frozen=True)
class Reading:
    """What is read from a file: its frequencies and its temperature."""

    window: Annotated[
        str, _in_panel(_READING, "--window", "Frequencies to fit in Hz, lowest..highest, or all.")
    ] = "all"
    temperature: Annotated[
        str,
        _in_panel(_READING, "--temperature", "degC, or an expression for the name: '([0-9.]+)C'."),
    ] = ""

    @property
    def window_hz(self) -> tuple[float, float] | None:
        """Lowest and highest frequency (Hz), or None for all."""
        from metastudy.bridge.refits.window import window_of

        return window_of(self.window)

    @property
    def keywords(self) -> Hints:
        """The keywords of the reader; a table of spectra has none."""
        from metastudy.eis.readers.hints import Hints

        return Hints()


@dataclass(frozen=True)
class FileReading(Reading):
    """What is read from an impedance file, with the keywords that its errors ask for."""

    columns: Annotated[
        str,
        _in_panel(
            _READING,
            "--columns",
            "Names, or numbers from 1, of columns: frequency=1,re=2,im=3 or modulus=..,phase=..",
        ),
    ] = ""
    decimal: Annotated[
        str | None, _in_panel(_READING, "--decimal", "Decimal sign of a text table: . or ,")
    ] = None
    imaginary: Annotated[
        str | None,
        _in_panel(_READING, "--imaginary", "Im, or -Im if capacitive is printed positive."),
    ] = None
    frequency_unit: Annotated[
        str | None, _in_panel(_READING, "--frequency-unit", "Hz, kHz, MHz, mHz or rad/s.")
    ] = None
    impedance_unit: Annotated[
        str | None, _in_panel(_READING, "--impedance-unit", "ohm, mohm, kohm or Mohm.")
    ] = None
    phase_unit: Annotated[str | None, _in_panel(_READING, "--phase-unit", "deg or rad.")] = None
    sheet: Annotated[str | None, _in_panel(_READING, "--sheet", "Sheet of a workbook.")] = None
    invalid_rows: Annotated[
        str | None,
        _in_panel(_READING, "--invalid-rows", "error, or report: leave rows without a number out."),
    ] = None

    @property
    def keywords(self) -> Hints:
        """The keywords of the reader.

        Raises
        ------
        ReadError
            If one is not known.
        """
        from metastudy.eis.readers.hints import Hints, parse_columns

        return Hints(
            imaginary=self.imaginary,
            frequency_unit=self.frequency_unit,
            impedance_unit=self.impedance_unit,
            phase_unit=self.phase_unit,
            decimal=self.decimal,
            invalid_rows=self.invalid_rows,
            columns=parse_columns(self.columns),
            sheet=self.sheet,
        )


@dataclass(frozen=True)
class Fitting:
    """How the points are fitted."""

    circuit: Circuit = None
    weight: Annotated[
        str,
        _in_panel(
            _FITTING,
            "--weight",
            "modulus, proportional, unit, or structure: read off the residuals.",
        ),
    ] = "modulus"
    loss: Annotated[
        str | None,
        _in_panel(
            _FITTING, "--loss", "linear, huber, soft_l1 or cauchy, against single bad points."
        ),
    ] = None
    high_frequency_error: Annotated[
        float,
        _in_panel(
            _FITTING,
            "--high-frequency-error",
            "With structure: relative error of the instrument at 7 MHz, such as 0.02.",
        ),
    ] = 0.0


@dataclass(frozen=True)
class ContactArc:
    """Which arc is the contact's."""

    cell: Annotated[
        Path | None, _in_panel(_ARC, "--cell", "cell.yaml, by which arcs are named.")
    ] = None
    arc: Annotated[str | None, _in_panel(_ARC, "--arc", "Resistor of the contact.")] = None


@dataclass(frozen=True)
class RowWords:
    """Words of the study that a row of refits.csv holds."""

    sample: Annotated[str, _in_panel(_WORDS, "--sample", "Sample of the study.")] = ""
    cell_id: Annotated[str, _in_panel(_WORDS, "--cell-id", "Cell of the study.")] = ""
    state: Annotated[str, _in_panel(_WORDS, "--state", "State of the study.")] = ""
    component: Annotated[
        str,
        _in_panel(_WORDS, "--component", "What the arc contains; by the evidence, or total."),
    ] = ""
    covers: Annotated[
        str, _in_panel(_WORDS, "--covers", "Contacts in the arc: one, all, unknown.")
    ] = "all"


def evaluation_options(
    reading: Reading,
    fitting: Fitting,
    contact: ContactArc,
    words: RowWords | None = None,
    root: Path | None = None,
) -> EvaluationOptions:
    """Return what the evaluator decides, from the groups of options.

    Raises
    ------
    MetastudyError
        If an option is none, or cell.yaml has faults.
    """
    from metastudy.bridge.refits.evaluation_options import EvaluationOptions

    words = words or RowWords()
    options = EvaluationOptions(
        circuit=fitting.circuit,
        arc=contact.arc,
        window_hz=reading.window_hz,
        weight=fitting.weight,
        loss=fitting.loss,
        high_frequency_error=fitting.high_frequency_error,
        sample_id=words.sample,
        cell_id=words.cell_id,
        state_id=words.state,
        component=words.component,
        value_covers=words.covers,
        temperature=reading.temperature,
        reading=reading.keywords,
    )
    return options if contact.cell is None else options.with_cell(contact.cell, root)
