"""Words that a study brings with it: ``words.csv`` in its folder joins the vocabulary.

So a contribution touches its own folder only. At release the words move to ``data/vocabulary``; a
word that stands in both places, or in two studies, is one word where its properties agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from metastudy.corpus.finding import Finding, Severity
from metastudy.corpus.table import CsvRow, CsvTable, decode, read_table
from metastudy.corpus.vocabulary import OPEN, Vocabulary, read_vocabulary, word_fault

WORDS = "words.csv"
COLUMNS = ("vocabulary", "word", "meaning", "properties")


def join_words(
    folders: Iterable[Path], vocabulary: Vocabulary, findings: list[Finding]
) -> Vocabulary:
    """Return the vocabulary with the words of all studies; faults of their files are findings."""
    words = {table: dict(rows) for table, rows in vocabulary.words.items()}
    first: dict[tuple[str, str], str] = {}
    for folder in folders:
        path = folder / WORDS
        if not path.is_file() or path.is_symlink():
            continue
        table = _read(path, findings)
        for row in table.rows:
            name, word = row.cells["vocabulary"], row.cells["word"]
            fault = _fault(row, table, words, first)
            if fault is not None:
                findings.append(fault)
            elif word not in words[name]:
                words[name][word] = _entry(row, words[name])
                first[name, word] = str(table.place(row, "word"))
    return Vocabulary(words) if first else vocabulary


def vocabulary_with_words(data: Path) -> Vocabulary:
    """Read the vocabulary of a ``data`` folder with the words that its studies bring.

    A faulty line of a words.csv is left out; the check names it.

    Raises
    ------
    VocabularyError
        Where a table of the vocabulary is broken.
    """
    vocabulary = read_vocabulary(data / "vocabulary")
    folders = sorted((data / "studies").glob("*/")) if (data / "studies").is_dir() else []
    return join_words(folders, vocabulary, [])


def _read(path: Path, findings: list[Finding]) -> CsvTable:
    """Read one file; a table without rows where it cannot be used."""
    file = "data/" + "/".join(path.parts[-3:])
    try:
        text, faults = decode(path.read_bytes(), file)
    except OSError:
        return CsvTable(file)  # the reader of the study says so
    if faults:
        findings.extend(faults)
        return CsvTable(file)
    table, faults = read_table(text, file, COLUMNS)
    findings.extend(faults)
    return table


def _fault(
    row: CsvRow,
    table: CsvTable,
    words: Mapping[str, Mapping[str, Mapping[str, str]]],
    first: Mapping[tuple[str, str], str],
) -> Finding | None:
    """Return what is wrong with one row, or None."""

    def found(column: str, message: str, hint: str) -> Finding:
        place = table.place(row, column)
        return Finding("study-words", Severity.ERROR, place, message, hint, row.cells[column])

    name, word, meaning, properties = (row.cells[key] for key in COLUMNS)
    if name not in OPEN:
        message = f"{name!r} is no vocabulary that a study can add to."
        return found("vocabulary", message, f"These are: {', '.join(OPEN)}.")
    if not word or not meaning.endswith("."):
        message = f"the word {word!r} has no meaning."
        return found("meaning", message, "Explain it in one sentence with a full stop.")
    known = _columns(words[name])
    for key, value in _pairs(properties):
        if key not in known or not value:
            message = f"{key!r} is no property of the words of {name}, or has no value."
            hint = f"Write key: value; key: value. Known keys: {', '.join(known) or 'none'}."
            return found("properties", message, hint)
    entry = _entry(row, words[name])
    fault = word_fault(name, word, entry, words)
    if fault is not None:
        return found("properties", *fault)
    other = words[name].get(word, entry)
    differs = [key for key in known if entry[key] != other[key]]
    if differs:
        there = first.get((name, word), f"data/vocabulary/{name}.csv")
        message = f"{word!r} is also in {there}, with another {' and '.join(differs)}."
        return found("word", message, "Agree on one, or take another word.")
    return None


def _columns(rows: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the property columns of a table."""
    sample: Mapping[str, str] = next(iter(rows.values()), {})
    return [column for column in sample if column not in ("word", "meaning")]


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Read ``family: garnet; ion: Li``."""
    for part in filter(str.strip, text.split(";")):
        key, _, value = part.partition(":")
        yield key.strip(), value.strip()


def _entry(row: CsvRow, rows: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the row that the word has in its table."""
    entry = {"word": row.cells["word"], "meaning": row.cells["meaning"]}
    return entry | dict.fromkeys(_columns(rows), "") | dict(_pairs(row.cells["properties"]))
