"""Every allowed word, with one sentence of meaning, from ``data/vocabulary/*.csv``.

A vocabulary file is a table whose first two columns are ``word`` and ``meaning``; what follows is
property columns of that vocabulary (a solvent's donor number, a polymer's melting point).
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from metastudy.corpus.finding import Finding, Place, Severity
from metastudy.errors import MetastudyError
from metastudy.units import CANONICAL, RECIPROCAL, UNITS

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


class VocabularyError(MetastudyError):
    """A vocabulary file that cannot be read as one; ``finding`` says where and why."""

    def __init__(self, file: str, line: int, message: str, hint: str) -> None:
        place = Place(f"data/vocabulary/{file}", line)
        self.finding = Finding("vocabulary", Severity.ERROR, place, message, hint)
        super().__init__(f"{place.file}:{line}: {message} {hint}")


@dataclass(frozen=True)
class Vocabulary:
    """All vocabulary tables: ``words[table][word]`` is the row of a word."""

    words: Mapping[str, Mapping[str, Mapping[str, str]]]

    def __getitem__(self, table: str) -> Mapping[str, Mapping[str, str]]:
        return self.words[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def nearest(self, table: str, word: str) -> list[str]:
        """Return up to three known words that look like ``word``, best first."""
        known = list(self.words[table])
        folded = {name.casefold(): name for name in known}
        close = difflib.get_close_matches(word.casefold(), list(folded), n=3, cutoff=0.6)
        return [folded[name] for name in close]

    def number(self, table: str, word: str, column: str) -> float | None:
        """Return a numeric property of a word, or None where it is not known."""
        text = self.words[table][word][column]
        return float(text) if text else None

    def unit_of(self, spelling: str) -> str | None:
        """Return the unit of a printed spelling, or None."""
        row = self.words["unit"].get(spelling)
        return None if row is None else row["unit"]


def read_vocabulary(folder: Path) -> Vocabulary:
    """Read every table of a vocabulary folder.

    Raises
    ------
    VocabularyError
        Where the folder is missing, or a table lacks its columns, repeats a word, or has a word
        without a meaning; the message names file, line and word.
    """
    if not folder.is_dir():
        hint = "The words are in data/vocabulary below the root."
        raise VocabularyError("", 1, f"{folder}: no such folder.", hint)
    vocabulary = Vocabulary({path.stem: _read_table(path) for path in sorted(folder.glob("*.csv"))})
    for table, columns in _COLUMNS.items():
        _hold_columns(vocabulary, table, columns)
    _hold_links(vocabulary)
    return vocabulary


# Properties that the package reads, and which of them are numbers (or empty).
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "unit": ("unit",),
    "missing": (),
    "accounting_reason": (),
    "value_covers": (),
    "layer": (),
    "quantity": ("dimension", "lowest#", "highest#", "response"),
    "axis": ("kind", "of", "required_for"),
    "interface_class": ("reference_temperature_c#",),
    "solid_electrolyte": ("family", "ion"),
    "polymer": ("melting_point_c#",),
    "temperature_word": ("temperature_c#", "sd_k#"),
}


def _hold_columns(vocabulary: Vocabulary, table: str, columns: tuple[str, ...]) -> None:
    """Hold that a table has its columns, and numbers where it must."""
    if table not in vocabulary.words:
        raise VocabularyError(f"{table}.csv", 1, "the table is missing.", "Put it back.")
    for line, (word, row) in enumerate(vocabulary[table].items(), start=2):
        for column in columns:
            name = column.rstrip("#")
            if name not in row:
                hint = "Add the column."
                raise VocabularyError(f"{table}.csv", 1, f"the column {name} is missing.", hint)
            if column.endswith("#") and row[name] and not _NUMBER.fullmatch(row[name]):
                message = f"{name} of {word!r} is {row[name]!r}, which is not a number."
                raise VocabularyError(f"{table}.csv", line, message, "Type a number or nothing.")


def _hold_links(vocabulary: Vocabulary) -> None:
    """Hold that units, dimensions and tables that a word names exist."""
    for line, (word, row) in enumerate(vocabulary["unit"].items(), start=2):
        if row["unit"] not in UNITS and row["unit"] not in RECIPROCAL:
            message = f"the unit {row['unit']!r} of {word!r} does not exist."
            raise VocabularyError("unit.csv", line, message, "Its factor is in units.py.")
    for line, (word, row) in enumerate(vocabulary["quantity"].items(), start=2):
        for name in row["dimension"].split():
            if name not in CANONICAL:
                message = f"the dimension {name!r} of {word!r} does not exist."
                raise VocabularyError("quantity.csv", line, message, "See units.py.")
    for line, (word, row) in enumerate(vocabulary["axis"].items(), start=2):
        known = {"number": set(CANONICAL), "word": set(vocabulary), "text": {""}}.get(row["kind"])
        if known is None or not set(row["of"].split()) <= known:
            message = f"the axis {word!r} has kind {row['kind']!r} of {row['of']!r}."
            hint = "A number has dimensions, a word a table, a text neither."
            raise VocabularyError("axis.csv", line, message, hint)


def _read_table(path: Path) -> dict[str, dict[str, str]]:
    def fault(line: int, message: str, hint: str) -> VocabularyError:
        return VocabularyError(path.name, line, message, hint)

    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise fault(1, f"not UTF-8 ({error.reason}).", "Save it as UTF-8.") from None
    except OSError as error:
        raise fault(1, f"cannot be read: {error.strerror}.", "Put a plain file here.") from None
    rows: dict[str, dict[str, str]] = {}
    reader = csv.DictReader(text.splitlines(), strict=True)
    try:
        if list(reader.fieldnames or ())[:2] != ["word", "meaning"]:
            raise fault(1, "the first columns are not word,meaning.", "Write that header.")
        for row in reader:
            line = reader.line_num
            if None in row or None in row.values():
                hint = "Quote cells that hold a comma; keep empty cells as empty."
                raise fault(line, "the row does not have as many cells as the header.", hint)
            word = row["word"]
            if not word or not row["meaning"].endswith("."):
                hint = "Explain it in one sentence with a full stop."
                raise fault(line, f"the word {word!r} has no meaning.", hint)
            if word in rows:
                raise fault(line, f"the word {word!r} is there twice.", "Keep one of them.")
            rows[word] = row
    except csv.Error as error:
        raise fault(reader.line_num, f"not readable as CSV: {error}.", "Check quotes.") from None
    return rows
