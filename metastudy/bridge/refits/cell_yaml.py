"""Reads ``cell.yaml``: one cell as in study.yaml, with its layers, into the engine's ``Cell``.

All text; a quantity is ``100 um`` or a mapping with value and unit. The shape is in
``schemas/cell.schema.json``. Every fault is said with file, line and column.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from metastudy.bridge.refits.cell_evidence import EvidenceReader, Observed
from metastudy.bridge.refits.cell_quantities import CellFileError
from metastudy.corpus.corpus import default_root
from metastudy.corpus.finding import Finding
from metastudy.corpus.schema import Schemas, tree_findings, word_hint
from metastudy.corpus.strict_yaml import TreePath, read_tree
from metastudy.corpus.study import number
from metastudy.corpus.table import decode
from metastudy.corpus.words import vocabulary_with_words
from metastudy.eis.cells.detectability import Instrument
from metastudy.eis.cells.layers import Boundary, Cell, Contact, Kind, Layer
from metastudy.eis.cells.temperature_laws import Law
from metastudy.eis.errors import CellError
from metastudy.units import dimension_of, to_canonical

# Words of the vocabulary that are ionic conductors; every other layer is an electrode.
CONDUCTORS: Mapping[str, Kind] = {"SE": "SE", "SE2": "SE", "PE": "PE", "LE": "LE"}


@dataclass(frozen=True)
class CellFile:
    """A cell as read.

    Attributes
    ----------
    file, id : str
    cell : Cell
        Canonical units.
    instrument : Instrument
        With defaults for what the file does not say.
    temperatures_c : tuple of float
        Empty where the file names none.
    evidence : tuple of Observed
        What other measurements showed of its arcs, each with its temperature.
    """

    file: str
    id: str
    cell: Cell
    instrument: Instrument
    temperatures_c: tuple[float, ...]
    evidence: tuple[Observed, ...] = ()


def read_cell(path: Path, root: Path | None = None, *, planned: bool = False) -> CellFile:
    """Read a cell.yaml.

    Parameters
    ----------
    path
        The file.
    root
        Folder that holds ``data/`` and ``schemas/`` (default: the package's).
    planned
        Whether the cell is only planned: then everything that its spectrum needs must be given,
        at every temperature.

    Raises
    ------
    CellFileError
        One line for each fault, with file, line and column, what is wrong and what would be right.
    """
    root = root or default_root()
    vocabulary = vocabulary_with_words(root / "data")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CellFileError(
            f"{path}: cannot be read ({error.strerror}); name a cell.yaml"
        ) from None
    text, faults = decode(data, str(path))
    _refuse(faults)
    tree, faults = read_tree(text, str(path))
    _refuse(faults)
    validator = Schemas(root / "schemas", vocabulary).validator("cell")
    _refuse(tree_findings(tree, validator, vocabulary))
    reading = _CellReader(tree, vocabulary)
    file = reading.cell_file()
    if planned:
        reading.hold_complete(file)
    return file


def _refuse(faults: Sequence[Finding]) -> None:
    if faults:
        lines = [f"{f.place} {f.message} {f.hint}".strip() for f in faults]
        raise CellFileError("\n".join(lines))


@dataclass
class _CellReader(EvidenceReader):
    """Turns the tree of one file into a cell, with the place of each fault."""

    def cell_file(self) -> CellFile:
        """Put all parts together."""
        words = self._stack()
        layers = self._layers(words)
        contacts = tuple(
            self._contact(("contacts", i), words, layers)
            for i in range(len(self.get(("contacts",)) or ()))
        )
        temperatures = [
            self.needed(("temperatures", i), "temperature")
            for i in range(len(self.get(("temperatures",)) or ()))
        ]
        leads = (
            {
                "inductance_h": self.quantity(("leads", "inductance"), "inductance"),
                "stray_f": self.quantity(("leads", "stray_capacitance"), "capacitance"),
                "lead_ohm": self.quantity(("leads", "resistance"), "resistance"),
            }
            if self.get(("leads",))
            else {}
        )
        try:
            cell = Cell(layers, contacts, **{k: v for k, v in leads.items() if v is not None})
        except CellError as error:
            raise self.fail(("stack",), str(error)) from None
        self._hold_count(cell)
        return CellFile(
            self.tree.file,
            self.get(("id",)),
            cell,
            self._instrument(),
            tuple(temperatures),
            self.observed(cell),
        )

    def _stack(self) -> list[str]:
        words: list[str] = self.get(("stack",)).split("|")
        if len(words) < 2:
            raise self.fail(
                ("stack",),
                f"the stack {words[0]!r} has no layers; write for instance SS|PE|SE|PE|SS",
            )
        for word in words:
            if word not in self.vocabulary["layer"]:
                hint = word_hint(self.vocabulary, "layer", word)
                raise self.fail(("stack",), f"the stack has the layer {word!r}. {hint}")
        return words

    def _area(self, path: TreePath) -> float:
        """Area of a layer or contact: its own, or that of the cell."""
        own = self.quantity((*path, "area"), "area")
        if own is not None:
            return own
        area, diameter = self.quantity(("area",), "area"), self.quantity(("diameter",), "length")
        if area is not None and diameter is not None:
            raise self.fail(("diameter",), "the cell has both area and diameter; keep one")
        if area is None and diameter is None:
            raise self.fail(path, "no area is given here, nor area or diameter of the cell")
        return area if area is not None else math.pi * float(diameter or 0.0) ** 2 / 4

    def _layers(self, words: Sequence[str]) -> tuple[Layer, ...]:
        described: dict[str, list[int]] = {}
        for i, part in enumerate(self.get(("layers",))):
            name = part["name"]
            if name not in words or name not in CONDUCTORS:
                why = "is not in the stack" if name not in words else "is an electrode"
                raise self.fail(
                    ("layers", i, "name"), f"layer {name} {why}; describe its ionic conductors"
                )
            described.setdefault(name, []).append(i)
        seen = dict.fromkeys(words, 0)
        layers = []
        for word in words:
            if word not in CONDUCTORS:
                layers.append(Layer(word, "electrode"))
                continue
            entries = described.get(word, [])
            if len(entries) not in (1, words.count(word)):
                raise self.fail(
                    ("stack",),
                    f"the stack has {words.count(word)} x {word} and layers describes "
                    f"{len(entries)}; describe it once, or once for each",
                )
            layers.append(self._layer(("layers", entries[seen[word] % len(entries)])))
            seen[word] += 1
        return tuple(layers)

    def _layer(self, path: TreePath) -> Layer:
        name = self.get((*path, "name"))
        thickness = self.quantity((*path, "thickness"), "length")
        if thickness is None and name == "PE":
            thickness = self.quantity(("pe_thickness",), "length")
        if thickness is None:
            raise self.fail(path, f"layer {name} has no thickness; write for instance 100 um")
        boundary = self.get((*path, "grain_boundary"))
        law = self.law((*path, "conductivity"), "conductivity", rises=True)
        known = self.quantity((*path, "known"), "fraction")
        try:
            return Layer(
                name,
                CONDUCTORS[name],
                thickness,
                self._area(path),
                law,
                self.plain((*path, "permittivity")),
                self._boundary((*path, "grain_boundary")) if isinstance(boundary, dict) else None,
                has_boundaries=boundary != "none",
                known=known,
            )
        except CellError as error:
            raise self.fail(path, str(error)) from None

    def _boundary(self, path: TreePath) -> Boundary:
        law = self.law((*path, "conductivity"), "conductivity", rises=True)
        if law is None:
            raise self.fail(path, "conductivity is missing")
        boundary = Boundary(law)
        ratio, exponent = self.plain((*path, "capacitance_ratio")), self.plain((*path, "exponent"))
        if ratio is not None:
            boundary = replace(boundary, capacitance_ratio=ratio)
        return boundary if exponent is None else replace(boundary, exponent=exponent)

    def _contact(self, path: TreePath, words: Sequence[str], layers: Sequence[Layer]) -> Contact:
        first, second = self.get((*path, "between")).split("|")
        if not any({a, b} == {first, second} for a, b in pairwise(words)):
            raise self.fail(
                (*path, "between"),
                f"no layers {first}|{second} touch in the stack {'|'.join(words)}",
            )
        blocking = self.get((*path, "resistance")) == "blocking"
        exponent = self.plain((*path, "exponent"))
        asr = None
        if not blocking:
            asr = self.law((*path, "resistance"), "resistance_area", rises=False)
        try:
            contact = Contact(
                (first, second),
                self._area(path),
                asr,
                self.quantity((*path, "capacitance"), "capacitance_per_area"),
                blocking=blocking,
                capacitance_range_f_cm2=self._range(
                    (*path, "capacitance_range"), "capacitance_per_area", "0.1 uF cm-2 to 5 uF cm-2"
                ),
            )
            return contact if exponent is None else replace(contact, exponent=exponent)
        except CellError as error:
            raise self.fail(path, str(error)) from None

    def _hold_count(self, cell: Cell) -> None:
        stated = self.get(("n_in_circuit",))
        if stated in (None, "unknown"):
            return
        counted = sum(a.conducts and b.conducts for a, b in cell.touching())
        if int(stated) != counted:
            raise self.fail(
                ("n_in_circuit",),
                f"n_in_circuit is {stated}, the stack {cell.stack} has {counted} contacts of two "
                "ionic conductors; correct one of them",
            )

    def hold_complete(self, file: CellFile) -> None:
        """Hold that a planned cell has all that its spectra follow from.

        Raises
        ------
        CellFileError
            At the first layer, contact or temperature that lacks something.
        """
        for key, covered, why in _PLANNED:
            word = self.get((key,))
            if word is not None and word not in covered:
                raise self.fail((key,), f"{key} is {word}; {why}")
        if not file.temperatures_c:
            raise self.fail((), "temperatures are missing; write for instance [25 degC, 60 degC]")
        for i, part in enumerate(self.get(("layers",))):
            layer = file.cell.named(part["name"])[0]
            path: TreePath = ("layers", i)
            if layer.conductivity is None:
                raise self.fail(path, f"layer {layer.name} has no conductivity; give one")
            self._hold_law((*path, "conductivity"), layer.conductivity, file)
            if layer.boundary is not None:
                law = layer.boundary.conductivity
                self._hold_law((*path, "grain_boundary", "conductivity"), law, file)
        for i, contact in enumerate(file.cell.contacts):
            path = ("contacts", i)
            if contact.capacitance_f_cm2 is None:
                raise self.fail(path, f"contact {contact.name} has no capacitance; give one")
            if contact.asr is not None:
                self._hold_law((*path, "resistance"), contact.asr, file)
            elif not contact.blocking:
                message = f"contact {contact.name} has no resistance; give one, or blocking"
                raise self.fail(path, message)
        try:
            contact = file.cell.interface
        except CellError as error:
            raise self.fail(("contacts",), str(error)) from None
        if contact.blocking:
            where = ("contacts", file.cell.contacts.index(contact))
            raise self.fail(where, f"contact {contact.name} blocks, so there is nothing to measure")

    def _hold_law(self, path: TreePath, law: Law, file: CellFile) -> None:
        for temperature in file.temperatures_c:
            try:
                law.at(temperature)
            except CellError as error:
                raise self.fail(path, str(error)) from None

    def _instrument(self) -> Instrument:
        path = ("instrument",)
        given: dict[str, float | None] = {}
        ends = self._range(("frequency_range",), "frequency", "7 MHz to 100 mHz")
        if ends is not None:
            given["low_hz"], given["high_hz"] = ends
        if self.get(path):
            for key, (name, dimension) in _INSTRUMENT.items():
                value = self.quantity((*path, key), dimension, spread=key == "temperature_error")
                if value is not None:
                    given[name] = value
            points = self.plain((*path, "points_per_decade"))
            if points is not None:
                given["points_per_decade"] = points
        try:
            return replace(Instrument(), **given)  # type: ignore[arg-type]
        except CellError as error:
            raise self.fail(path, str(error)) from None

    def _range(self, path: TreePath, dimension: str, example: str) -> tuple[float, float] | None:
        """Return the ends of ``7 MHz to 100 mHz`` in the canonical unit, the lower first."""
        text = self.get(path)
        if text is None:
            return None
        found = []
        for part in text.split(" to "):
            value, _, spelling = part.strip().partition(" ")
            unit = self.vocabulary.unit_of(spelling.strip())
            size = number(value)
            if size is not None and unit is not None and dimension_of(unit) == dimension:
                found.append(to_canonical(size, unit))
        if len(found) != 2:
            raise self.fail(path, f"{path[-1]} is {text!r}; write for instance {example}")
        return min(found), max(found)


# What a plan covers: key, words, what would be right.
_PLANNED = (
    ("electrodes", ("two_point", "unknown"), "a plan covers two_point cells only"),
    ("excitation", ("eis", "unknown"), "a plan covers eis only"),
    (
        "identical_contacts",
        ("yes", "unknown", "not_applicable"),
        "a plan takes contacts of one pair as alike",
    ),
)
# key of the file -> attribute of Instrument, dimension
_INSTRUMENT = {
    "lowest_frequency": ("low_hz", "frequency"),
    "highest_frequency": ("high_hz", "frequency"),
    "relative_error": ("relative_error", "fraction"),
    "high_frequency_error": ("high_frequency_error", "fraction"),
    "floor": ("floor_ohm", "resistance"),
    "ceiling": ("ceiling_ohm", "resistance"),
    "temperature_error": ("temperature_sd_k", "temperature"),
}
