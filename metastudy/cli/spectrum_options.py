"""Options of the commands that fit impedance files, in groups."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from metastudy.bridge.refits.evaluation_options import EvaluationOptions

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
    )
    return options if contact.cell is None else options.with_cell(contact.cell, root)
