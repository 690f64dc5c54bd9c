"""A study that is being filled: the names that its rows may use, and the rows that it has.

study.yaml may still have gaps and faults; what it names counts all the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from metastudy.contribute.checkout import study_folder
from metastudy.corpus.finding import Finding
from metastudy.corpus.number_spelling import temperature_hint
from metastudy.corpus.schema import Schema, Schemas, describe_cell, word_hint
from metastudy.corpus.strict_yaml import read_tree
from metastudy.corpus.study import COLUMNS, number
from metastudy.corpus.table import CsvTable, decode, read_table, text_fault
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.corpus.words import vocabulary_with_words
from metastudy.errors import MetastudyError

Cells = Mapping[str, str]
# The columns that say which part of study.yaml a row belongs to, with the list of that part.
PARTS = {
    "sample_id": "samples",
    "cell_id": "cells",
    "state_id": "states",
    "reference_sample": "samples",
    "reference_state": "states",
}
# Faults of a table to which no row can be added.
BROKEN = ("csv-header", "csv-ragged", "csv-quote", "csv-cut")
# A row is still to be filled where none of these is typed.
TYPED = ("quantity", "value_text", "unit_text", "locator")


class AddError(MetastudyError):
    """Rows that cannot be added to a study."""


@dataclass(frozen=True)
class OpenStudy:
    """The folder of a study, the vocabulary with all words of studies, and the schemas."""

    folder: Path
    vocabulary: Vocabulary
    schemas: Schemas

    @property
    def id(self) -> str:
        """The study id."""
        return self.folder.name

    @property
    def root(self) -> Path:
        """The folder that holds ``data/``."""
        return self.folder.parents[2]

    @property
    def rows_file(self) -> Path:
        """measurements.csv of the study."""
        return self.folder / "measurements.csv"

    @cached_property
    def words(self) -> Mapping[str, Any]:
        """What study.yaml says, or nothing where it is no YAML."""
        text, faults = _read(self.folder / "study.yaml")
        if faults:
            raise AddError(f"{faults[0]}")
        tree, faults = read_tree(text, self._shown("study.yaml"))
        if faults:
            raise AddError(f"{faults[0]}")
        return tree.value if isinstance(tree.value, dict) else {}

    def names(self, part: str) -> tuple[str, ...]:
        """Return the ids of one list of study.yaml: samples, cells, states, contacts."""
        entries = self.words.get(part)
        if not isinstance(entries, list):
            return ()
        return tuple(e["id"] for e in entries if isinstance(e, dict) and e.get("id"))

    def entry(self, part: str, name: str) -> Mapping[str, Any]:
        """Return one entry of a list of study.yaml, or an empty one."""
        entries = self.words.get(part)
        found = [e for e in entries if e.get("id") == name] if isinstance(entries, list) else []
        return found[0] if found else {}

    @cached_property
    def text(self) -> str:
        """measurements.csv as text.

        Raises
        ------
        AddError
            Where it is not there or cannot be read.
        """
        text, faults = _read(self.rows_file)
        if faults:
            raise AddError(f"{faults[0]} (metastudy tidy {self.id} mends what a spreadsheet saved)")
        return text

    @cached_property
    def table(self) -> CsvTable:
        """The rows of measurements.csv.

        Raises
        ------
        AddError
            Where its header is not the expected one, or a row has cells too many or too few.
        """
        table, faults = read_table(self.text, self._shown("measurements.csv"), COLUMNS)
        broken = [fault for fault in faults if fault.rule in BROKEN]
        if broken:
            raise AddError(f"{broken[0]} (metastudy tidy {self.id} mends what a spreadsheet saved)")
        return table

    @cached_property
    def columns(self) -> Mapping[str, tuple[Schema, Any]]:
        """Schema and validator of each column of measurements.csv."""
        return self.schemas.columns("measurement", COLUMNS)

    def cell_fault(self, column: str, text: str) -> str:
        """Say what is wrong with one cell and what would be right, or nothing."""
        fault = text_fault(text)
        if fault is not None:
            return f"{column} {fault.message} {fault.hint}"
        part, validator = self.columns[column]
        if not validator.is_valid(text):
            _, message, hint = describe_cell(column, text, part, self.vocabulary)
            return f"{message} {hint}"
        if column == "temperature_text" and text and number(text) is None:
            if text not in self.vocabulary["temperature_word"]:
                hint = temperature_hint(text) or word_hint(
                    self.vocabulary, "temperature_word", text
                )
                return f"temperature_text is {text!r}, neither a number in degC nor a word. {hint}"
        if column in PARTS and text:
            names = self.names(PARTS[column])
            if names and text not in names:
                return (
                    f"{column} is {text!r}, which {PARTS[column]} of study.yaml does not name. "
                    f"It names {', '.join(names)}."
                )
        return ""

    def next_record_ids(self, count: int) -> list[str]:
        """Return the next free record ids: numbers after every one that the data root names."""
        numbers = [0]
        sources = [self.rows_file, *(self.root / "data").glob("*/*.yaml")]
        pattern = re.compile(rf"(?<![a-z0-9_]){re.escape(self.id)}\.([0-9]{{3,4}})(?![0-9])")
        for path in sources:
            text = self.text if path == self.rows_file else path.read_text("utf-8", "replace")
            found = {int(number) for number in pattern.findall(text)}
            if path == self.rows_file:
                found -= {int(row["record_id"][-3:]) for row in self._to_fill() if row["record_id"]}
            numbers += found
        return [f"{self.id}.{max(numbers) + step:03d}" for step in range(1, count + 1)]

    def _to_fill(self) -> list[dict[str, str]]:
        return [row.cells for row in self.table.rows if is_to_fill(row.cells)]

    def _shown(self, name: str) -> str:
        return f"data/studies/{self.id}/{name}"


def is_to_fill(cells: Cells) -> bool:
    """Say whether a row is one that ``metastudy new`` made and nobody filled."""
    return not any(cells.get(column, "") for column in TYPED)


def open_study(study_id: str, root: Path | None = None) -> OpenStudy:
    """Open a study of a checkout to add rows.

    Raises
    ------
    AddError
        Where study.yaml is no YAML, or measurements.csv takes no rows.
    CheckoutError
        Where the root is no checkout.
    UnknownStudyError
        Where no folder has this name.
    """
    folder = study_folder(study_id, root)
    data = folder.parents[1]
    vocabulary = vocabulary_with_words(data)
    study = OpenStudy(folder, vocabulary, Schemas(data.parent / "schemas", vocabulary))
    _ = study.words, study.table  # a fault is told before anything is asked
    return study


def _read(path: Path) -> tuple[str, Sequence[Finding]]:
    try:
        return decode(path.read_bytes(), "data/" + "/".join(path.parts[-3:]))
    except OSError as error:
        raise AddError(f"{path}: cannot be read: {error.strerror or error}") from None
