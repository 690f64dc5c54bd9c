"""Properties of the words of the vocabulary: solvents, polymers, solid electrolytes.

``data/properties.csv`` is long: one printed number a row, with its unit, its scale and its source.
A donor number, an acceptor number or a permittivity exists on several scales, so no word has *the*
value; a caller names the scale, or takes the first row, which is the preferred one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from metastudy.corpus.finding import Finding, Place, Severity
from metastudy.corpus.schema import Schemas, describe_word, word_hint
from metastudy.corpus.study import number
from metastudy.corpus.table import CsvRow, CsvTable, decode, read_table
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.errors import MetastudyError
from metastudy.units import CANONICAL, dimension_of, to_canonical

FILE = "data/properties.csv"


class PropertyError(MetastudyError):
    """A table of properties with faults, asked for a value."""


@dataclass(frozen=True)
class Property:
    """A row of properties.csv, column by column, all text.

    ``value_text`` is printed in ``unit_text``; ``scale`` says by which definition or method.
    """

    vocabulary: str
    word: str
    property: str
    value_text: str
    unit_text: str
    scale: str
    temperature_c: str
    source: str
    locator: str
    read: str
    notes: str


COLUMNS = tuple(field.name for field in fields(Property))


@dataclass(frozen=True)
class Properties:
    """All properties of a data root that could be read, and the faults of the rest.

    Rows are in the order of the file; where a word has a property more than once on a scale, the
    first row is the preferred one.
    """

    rows: tuple[Property, ...]
    findings: tuple[Finding, ...]
    vocabulary: Vocabulary

    def of(self, table: str, word: str, name: str, scale: str | None = None) -> list[Property]:
        """Return the rows of one property of one word, on one scale or on all."""
        return [
            row
            for row in self.rows
            if (row.vocabulary, row.word, row.property) == (table, word, name)
            and scale in (None, row.scale)
        ]

    def value(self, table: str, word: str, name: str, scale: str | None = None) -> float | None:
        """Return the preferred value in the canonical unit of its dimension, or None.

        Raises
        ------
        PropertyError
            Where the property is not known, or the table has faults.
        """
        known = self.vocabulary["property"]
        if name not in known:
            raise PropertyError(
                f"{name!r} is no property. {word_hint(self.vocabulary, 'property', name)}"
            )
        if self.findings:
            raise PropertyError(f"{FILE} has {len(self.findings)} faults: {self.findings[0]}")
        rows = self.of(table, word, name, scale)
        return self.canonical(rows[0]) if rows else None

    def canonical(self, row: Property) -> float:
        """Return the value of a row in the canonical unit of its dimension."""
        return _canonical(row, self.vocabulary)


def _canonical(row: Property, vocabulary: Vocabulary) -> float:
    value, unit = number(row.value_text), vocabulary.unit_of(row.unit_text)
    if value is None or unit is None:  # the schema admits neither
        raise PropertyError(f"{row.value_text!r} {row.unit_text!r} is no number with its unit")
    return to_canonical(value, unit)


def read_properties(root: Path, vocabulary: Vocabulary) -> Properties:
    """Read ``data/properties.csv`` of a data root; its faults are findings, never exceptions.

    A data root without the file has no properties.
    """
    path = root / FILE
    if not path.is_file():
        return Properties((), (), vocabulary)
    text, faults = decode(path.read_bytes(), FILE)
    if faults:
        return Properties((), tuple(faults), vocabulary)
    table, faults = read_table(text, FILE, COLUMNS)
    faults = [*faults, *_cell_findings(table, root / "schemas", vocabulary)]
    if not faults:
        faults = list(_row_findings(table, vocabulary))
    rows = () if faults else tuple(Property(**row.cells) for row in table.rows)
    return Properties(rows, tuple(faults), vocabulary)


def _cell_findings(table: CsvTable, schemas: Path, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Hold every cell against the schema of its column."""
    columns = Schemas(schemas, vocabulary).columns("property", COLUMNS)
    for row in table.rows:
        for name, cell in row.cells.items():
            part, validator = columns[name]
            if validator.is_valid(cell):
                continue
            if "enum" in part:
                _, message, hint = describe_word(name, cell, part, vocabulary)
                yield _fault("property-word", table, row, name, message, hint)
            else:
                message = f"{name} is {cell!r}, which is not of its form."
                yield _fault("property-cell", table, row, name, message, part["description"])


def _row_findings(table: CsvTable, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Hold each row against the vocabulary, and against the rows before it."""
    seen: dict[tuple[str, ...], int] = {}
    for row in table.rows:
        entry = Property(**row.cells)
        kind = vocabulary["property"][entry.property]
        if entry.word not in vocabulary[entry.vocabulary]:
            message = f"{entry.word!r} is no word of {entry.vocabulary}."
            hint = word_hint(vocabulary, entry.vocabulary, entry.word)
            yield _fault("property-word", table, row, "word", message, hint)
        if entry.vocabulary not in kind["of"].split():
            message = f"{entry.property} is no property of {entry.vocabulary}."
            hint = f"It belongs to {' and '.join(kind['of'].split())}."
            yield _fault("property-kind", table, row, "property", message, hint)
        if entry.scale not in kind["scales"].split():
            message = f"{entry.scale} is no scale of {entry.property}."
            hint = f"Its scales: {', '.join(kind['scales'].split())}."
            yield _fault("property-scale", table, row, "scale", message, hint)
        yield from _number_findings(entry, kind, table, row, vocabulary)
        key = tuple(
            getattr(entry, name)
            for name in ("vocabulary", "word", "property", "scale", "temperature_c", "source")
        )
        if key in seen:
            message = f"line {seen[key]} has the same property of the same word and source."
            yield _fault("property-twice", table, row, "value_text", message, "Keep one.")
        seen.setdefault(key, row.line)


def _number_findings(
    entry: Property, kind: Mapping[str, str], table: CsvTable, row: CsvRow, vocabulary: Vocabulary
) -> Iterator[Finding]:
    """Hold the unit against the dimension, and the value against the plausible range."""
    unit = vocabulary.unit_of(entry.unit_text) or ""
    dimension = dimension_of(unit)
    if dimension != kind["dimension"]:
        wanted = CANONICAL[kind["dimension"]]
        message = f"{entry.unit_text} is a unit of {dimension}."
        hint = f"{entry.property} is measured in {wanted} and its multiples."
        yield _fault("property-unit", table, row, "unit_text", message, hint)
        return
    value = _canonical(entry, vocabulary)
    low, high = float(kind["lowest"]), float(kind["highest"])
    if not low <= value <= high:  # also where the exponent was too large for a number
        message = f"{value:g} {CANONICAL[dimension]} is outside {low:g} to {high:g}."
        hint = "Check the digits and the unit."
        yield _fault("property-range", table, row, "value_text", message, hint)


def _fault(
    rule: str, table: CsvTable, row: CsvRow, column: str, message: str, hint: str
) -> Finding:
    place: Place = table.place(row, column)
    return Finding(rule, Severity.ERROR, place, message, hint, row.cells[column])
