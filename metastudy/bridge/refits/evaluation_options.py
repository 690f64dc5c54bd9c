"""Options of an evaluation: they are kept in the row, and a changed one fits again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

from metastudy.bridge.refits.cell_evidence import Observed
from metastudy.bridge.refits.cell_yaml import read_cell
from metastudy.bridge.refits.refits_csv import RefitError
from metastudy.corpus.corpus import default_root
from metastudy.corpus.refits import STRUCTURE, Refit, write_window
from metastudy.corpus.schema import word_hint
from metastudy.corpus.vocabulary import read_vocabulary
from metastudy.eis.cells.layers import Cell
from metastudy.eis.readers.hints import Hints
from metastudy.eis.weighting.weights import LAWS, LOSSES

COVERS = ("one", "all", "unknown")


def _known_component(word: str) -> None:
    """Refuse a word for what the arc contains that the vocabulary does not have."""
    vocabulary = read_vocabulary(default_root() / "data" / "vocabulary")
    if word not in vocabulary["component"]:
        hint = word_hint(vocabulary, "component", word)
        raise RefitError(f"component {word!r} is not a word for what an arc contains. {hint}")


@dataclass(frozen=True)
class EvaluationOptions:
    """What the evaluator decides.

    Attributes
    ----------
    circuit
        None proposes one from each spectrum.
    arc
        The resistor of the contact, such as ``R2``; None takes the arc that the cell's evidence
        names, or without a cell the only one.
    window_hz
        Lowest and highest frequency (Hz) that is fitted; None takes all.
    weight
        modulus, proportional or unit: laws that the data alone fix; or structure, a law read off
        the residuals, which is kept in the row so that the objective can be computed again.
    loss
        Loss on the residual of a point: linear, huber, soft_l1 or cauchy. None is linear under a
        given circuit; where one is proposed, outlying points lead to huber.
    high_frequency_error
        With structure, the relative error of the instrument at 7 MHz, rising from 1 MHz.
    sample_id, cell_id, state_id
        Names of the study's study.yaml; empty outside a study.
    component, value_covers
        What the arc contains (empty: what the evidence says, or total), and whether one or all
        contacts are in it.
    temperature
        Temperature in degC of every file, or a regular expression with one group that finds it in
        the file name; empty takes what the file says.
    reading
        The keywords with which the files are read, where they leave something open.
    cell, cell_sha256
        Stack, thicknesses and area, for naming arcs alone, and the checksum of its cell.yaml.
    evidence
        What other measurements showed of the cell's arcs, each with its temperature.
    """

    circuit: str | None = None
    arc: str | None = None
    window_hz: tuple[float, float] | None = None
    weight: str = "modulus"
    loss: str | None = None
    high_frequency_error: float = 0.0
    sample_id: str = ""
    cell_id: str = ""
    state_id: str = ""
    component: str = ""
    value_covers: str = "all"
    temperature: str = ""
    reading: Hints = field(default_factory=Hints)
    cell: Cell | None = field(default=None, repr=False)
    cell_sha256: str = ""
    evidence: tuple[Observed, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if self.weight not in (*LAWS, STRUCTURE):
            raise RefitError(
                f"weight {self.weight!r} is no law of a stored refit; use one of "
                f"{', '.join(LAWS)}, {STRUCTURE}"
            )
        if self.loss is not None and self.loss not in ("linear", *LOSSES):
            raise RefitError(
                f"loss {self.loss!r} is not known; use one of linear, {', '.join(LOSSES)}"
            )
        stated = self.high_frequency_error
        if not 0.0 <= stated < 1.0:
            raise RefitError(
                f"the high-frequency error {stated:g} is no relative error below 1, such as 0.02"
            )
        if stated and self.weight != STRUCTURE:
            raise RefitError(
                f"the high-frequency error {stated:g} goes with the weight {STRUCTURE}, not with "
                f"{self.weight}"
            )
        if self.value_covers not in COVERS:
            raise RefitError(
                f"covers {self.value_covers!r} is not known; use one of {', '.join(COVERS)}"
            )
        if self.component:
            _known_component(self.component)
        if self.window_hz is not None and not 0.0 < self.window_hz[0] < self.window_hz[1]:
            low, high = self.window_hz
            raise RefitError(f"the window {low:g}..{high:g} Hz does not rise from above 0")

    def with_cell(self, path: Path, root: Path | None = None) -> EvaluationOptions:
        """Return the options with a cell.yaml; its id is the cell's, where none was given.

        Raises
        ------
        CellFileError
            With every fault of the file.
        """
        file = read_cell(path, root)
        checksum = hashlib.sha256(path.read_bytes()).hexdigest()
        name = self.cell_id or file.id
        return replace(
            self, cell=file.cell, cell_sha256=checksum, cell_id=name, evidence=file.evidence
        )

    @property
    def high_frequency_text(self) -> str:
        """The error of the instrument as the row has it: empty where no structure is asked for."""
        return repr(float(self.high_frequency_error)) if self.weight == STRUCTURE else ""

    def match(self, row: Refit) -> bool:
        """Say whether a row was made by these options."""
        given = {
            "circuit": self.circuit,
            "arc": self.arc,
            "component": self.component or None,
            "window_hz": write_window(self.window_hz),
            "weight": self.weight,
            "loss": self.loss or (None if self.circuit is None else "linear"),
            "high_frequency_error": self.high_frequency_text,
            "sample_id": self.sample_id,
            "cell_id": self.cell_id,
            "state_id": self.state_id,
            "value_covers": self.value_covers,
            "cell_sha256": self.cell_sha256,
            "reading": self.reading.text,
        }
        asked = {"circuit_by": self.circuit is None, "arc_by": self.arc is None}
        return all(
            value is None or getattr(row, name) == value for name, value in given.items()
        ) and all((getattr(row, name) != "given") == own for name, own in asked.items())
