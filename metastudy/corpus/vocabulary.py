"""Every allowed word, with one sentence of meaning, from ``data/vocabulary/*.csv``.

A vocabulary file is a table whose first two columns are ``word`` and ``meaning``; what follows is
property columns of that vocabulary (a solvent's donor number, a polymer's melting point).
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from metastudy.errors import MetastudyError


class VocabularyError(MetastudyError):
    """A vocabulary file that cannot be read as one."""


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
        """Return the unit that a printed spelling stands for, or None."""
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
        raise VocabularyError(f"{folder}: no such folder; the vocabulary stands in data/vocabulary")
    tables: dict[str, dict[str, dict[str, str]]] = {}
    for path in sorted(folder.glob("*.csv")):
        tables[path.stem] = _read_table(path)
    return Vocabulary(tables)


def _read_table(path: Path) -> dict[str, dict[str, str]]:
    name = f"vocabulary/{path.name}"
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise VocabularyError(f"{name}: not UTF-8 ({error.reason}); save it as UTF-8") from None
    rows: dict[str, dict[str, str]] = {}
    reader = csv.DictReader(text.splitlines(), strict=True)
    try:
        if not reader.fieldnames or list(reader.fieldnames[:2]) != ["word", "meaning"]:
            raise VocabularyError(f"{name}:1: the first columns are word,meaning")
        for row in reader:
            where = f"{name}:{reader.line_num}"
            if None in row or None in row.values():
                raise VocabularyError(f"{where}: the row does not have the header's cells")
            word = row["word"]
            if not word or not row["meaning"].endswith("."):
                raise VocabularyError(f"{where}: {word!r} needs one sentence of meaning")
            if word in rows:
                raise VocabularyError(f"{where}: the word {word!r} stands twice")
            rows[word] = row
    except csv.Error as error:
        raise VocabularyError(f"{name}:{reader.line_num}: {error}") from None
    return rows
