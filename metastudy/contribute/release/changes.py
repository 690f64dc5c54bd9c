"""What two releases differ in, row by row, and what kind of change that is."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import pandas as pd

from metastudy.contribute.diff import NOISE
from metastudy.contribute.git_base import git
from metastudy.contribute.release.published import Key, PublishedTable

# Tables that follow from the others row by row.
FOLLOWING = ("budget", "covariance", "headline", "left_out")
# Tables of what is typed: a new row in one of them is new data.
TYPED = ("records", "studies", "preparations", "surface_steps", "properties", "vocabulary")
# Of what commands print, not of the data.
ANSWERS = {"answer.schema.json", "pr-check.schema.json"}
COLUMNS = ("table", "change", "row", "column", "before", "after")
Tables = Mapping[str, PublishedTable]


class Kind(IntEnum):
    """What changed, the gravest last."""

    NOTHING = 0
    CORRECTION = 1
    ROWS = 2
    MEANING = 3
    EVERYTHING = 4

    @property
    def words(self) -> str:
        """The kind in words."""
        return {
            Kind.NOTHING: "nothing changed",
            Kind.CORRECTION: "values were corrected, or rows taken away",
            Kind.ROWS: "rows were added",
            Kind.MEANING: "a field or a meaning changed",
            Kind.EVERYTHING: "everything is new",
        }[self]


@dataclass(frozen=True)
class RowChange:
    """One difference: a row that came or went, or one cell of a row that stayed."""

    table: str
    change: str
    row: str
    column: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Changes:
    """All differences, their kind, and a sentence that says what makes it this kind."""

    kind: Kind
    reason: str
    rows: tuple[RowChange, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one difference a row."""
        return pd.DataFrame([vars(row) for row in self.rows], columns=list(COLUMNS))


def compare(before: Tables, after: Tables, base: Path | None, root: Path) -> Changes:
    """Compare two releases.

    Parameters
    ----------
    before, after
        Their tables; none before the first release.
    base, root
        Their data roots: the schemas, and files of the data that no table shows, are compared too.
    """
    rows = tuple(row for name in after for row in _differences(name, before, after))
    rows += tuple(
        RowChange(name, "removed", " ".join(key))
        for name in before.keys() - after.keys()
        for key in before[name].rows
    )
    if base is None:
        return Changes(Kind.EVERYTHING, "this is the first release", rows)
    reason = _meaning(before, after, base, root)
    if reason:
        return Changes(Kind.MEANING, reason, rows)
    new = next((row for row in rows if row.change == "added" and _typed(row, after)), None)
    if new is not None:
        return Changes(Kind.ROWS, f"{new.row} is new in {new.table}", rows)
    if rows:
        first = rows[0]
        return Changes(Kind.CORRECTION, f"{first.row} of {first.table} is {first.change}", rows)
    file = _other_file(base, root)
    if file is not None:
        return Changes(Kind.CORRECTION, f"{file} changed", rows)
    return Changes(Kind.NOTHING, "no row and no file of the data differs", rows)


def _differences(name: str, before: Tables, after: Tables) -> Iterator[RowChange]:
    if name in FOLLOWING:
        return
    new = after[name]
    old = before.get(name, PublishedTable(new.key, {}, {}))
    for key in sorted(old.rows.keys() | new.rows.keys()):
        label = " ".join(key)
        if key not in new.rows:
            yield RowChange(name, "removed", label)
        elif key not in old.rows:
            yield RowChange(name, "added", label)
        else:
            yield from _cells(name, label, old, new, old.rows[key], new.rows[key])


def _cells(
    name: str,
    label: str,
    old: PublishedTable,
    new: PublishedTable,
    before: Mapping[str, str],
    after: Mapping[str, str],
) -> Iterator[RowChange]:
    for column, (kind, _, _) in new.columns.items():
        if column in old.columns and differ(before[column], after[column], kind):
            yield RowChange(name, "changed", label, column, before[column], after[column])


def differ(before: str, after: str, kind: str) -> bool:
    """Say whether two cells differ; numbers by more than ``diff.NOISE`` of their size."""
    if before == after or kind != "number" or not before or not after:
        return before != after
    old, new = float(before), float(after)
    return not math.isclose(old, new, rel_tol=NOISE, abs_tol=NOISE)


def _typed(row: RowChange, after: Tables) -> bool:
    """Say whether a row is of what is typed, not of what follows from it."""
    if row.table != "records":
        return row.table in TYPED
    return not after["records"].rows[(row.row,)]["derived_from"]


def _meaning(before: Tables, after: Tables, base: Path, root: Path) -> str:
    """Return what changed in fields or meanings, or nothing."""
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after:
            return f"the table {name} {'is new' if name in after else 'is gone'}"
        old, new = before[name], after[name]
        if old.key != new.key:
            return f"the key of the table {name} changed"
        for column in sorted(old.columns.keys() | new.columns.keys()):
            if old.columns.get(column) != new.columns.get(column):
                return f"the column {column} of the table {name} changed"
    changed = _schema_changed(base / "schemas", root / "schemas")
    return f"schemas/{changed} changed" if changed else _word_changed(before, after)


def _schema_changed(old: Path, new: Path) -> str:
    names = {path.name for folder in (old, new) for path in folder.glob("*.json")} - ANSWERS
    return next((name for name in sorted(names) if _json(old / name) != _json(new / name)), "")


def _json(path: Path) -> object:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _word_changed(before: Tables, after: Tables) -> str:
    old, new = before["vocabulary"].rows, after["vocabulary"].rows
    for key, row in old.items():
        word = f"the word {key[1]!r} of the vocabulary {key[0]}"
        if key not in new:
            return f"{word} is gone"
        if new[key]["meaning"] != row["meaning"]:
            return f"{word} has another meaning"
    for name in dict.fromkeys(key[0] for key in old):
        if _properties(name, old) != _properties(name, new):
            return f"the properties that words of the vocabulary {name} have changed"
    return ""


def _properties(name: str, words: Mapping[Key, Mapping[str, str]]) -> set[str]:
    """Return the properties that a word of a vocabulary has; of each word only those known."""
    found = (json.loads(row["properties"]) for key, row in words.items() if key[0] == name)
    return {name for properties in found for name in properties}


def _other_file(base: Path, root: Path) -> str | None:
    """Return a file of the data that differs, though no table does: a claim, a decision."""
    listed = git(root, "ls-files", "-z", "data", fault=f"{root}: git lists no files")
    names = {name for name in listed.decode().split("\0") if name}
    names |= {p.relative_to(base).as_posix() for p in (base / "data").rglob("*") if p.is_file()}
    for name in sorted(names - {"data/VERSION"}):
        if _bytes(base / name) != _bytes(root / name):
            return name
    return None


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
