"""What a change of data changes: losses first, then headline results, values, new rows, warnings.

Both sides are read with this code. Differences below ``NOISE`` are none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pandas as pd

from metastudy.answers.scatter import NO_LIMIT_DEX, Level, Scatter, scatter
from metastudy.corpus.corpus import read_corpus
from metastudy.corpus.study import COLUMNS
from metastudy.errors import MetastudyError
from metastudy.tables.building import Step, build_tables
from metastudy.tables.checking import check_data
from metastudy.tables.loading import Dataset, data_frames

NOISE = 1e-9
# A headline result has moved where it changes by more than this share of its old interval.
NOTABLE = 0.25


@dataclass(frozen=True)
class Statement:
    """One statement, and what it is true of; ``marked`` where a conclusion depends on it."""

    text: str
    names: tuple[str, ...] = ()
    marked: bool = False


@dataclass(frozen=True)
class DiffSection:
    """One section of a comparison; ``error`` says why it could not be made."""

    title: str
    statements: tuple[Statement, ...]
    error: str = ""


@dataclass(frozen=True)
class Sides:
    """Two data roots, each loaded when it is first asked for."""

    base_root: Path
    head_root: Path
    step: Step = lambda _: None
    fit: bool = True

    @cached_property
    def base(self) -> Dataset:
        """The data before."""
        self.step("loading the base")
        return load_unchecked(self.base_root)

    @cached_property
    def head(self) -> Dataset:
        """The data after."""
        self.step("loading the change")
        return load_unchecked(self.head_root)


def load_unchecked(root: Path) -> Dataset:
    """Load data that need not pass the check: a work that was deleted is a fault, and a loss."""
    return data_frames(build_tables(read_corpus(root)))


def compare(sides: Sides) -> tuple[DiffSection, ...]:
    """Return every section; one that fails carries its error, and the others are still made."""
    return tuple(section(title, partial(find, sides)) for title, find in SECTIONS.items())


def section(title: str, find: Callable[[], Iterable[Statement]]) -> DiffSection:
    """Return a section; one that fails carries its error."""
    try:
        return DiffSection(title, tuple(find()))
    except MetastudyError as error:
        return DiffSection(title, (), str(error))
    except Exception as error:  # a fault of one section must not hide what the others lost or moved
        return DiffSection(title, (), f"{type(error).__name__}: {error}")


def collapse(found: Iterable[tuple[str, str]]) -> list[Statement]:
    """Gather names (second) under equal statements (first), in the order they come."""
    groups: dict[str, list[str]] = {}
    for text, name in found:
        groups.setdefault(text, []).append(name)
    return [Statement(text, tuple(names)) for text, names in groups.items()]


def lost(sides: Sides) -> list[Statement]:
    """Find works, numbers, observations and coverage that were there before."""
    base, head = sides.base, sides.head
    statements = [
        *collapse((_loss(sides, name), name) for name in works_lost(sides)),
        *collapse(
            (f"printed numbers lost from {name.rpartition('.')[0]}", name)
            for name in gone(base.printed, head.printed, "record_id")
        ),
        *collapse(
            ("observation lost", name)
            for name in gone(base.observations, head.observations, "observation_id")
        ),
    ]
    before = by_key(base.printed, "record_id")
    for name, row in by_key(head.printed, "record_id").items():
        old = before.get(name)
        if old is not None and pd.isna(old["excluded"]) and pd.notna(row["excluded"]):
            statements += collapse([(f"number no longer used: {row['excluded']}", name)])
    fewer = _fewer(base.observations, head.observations, "family")
    return [*_merged(statements), *fewer]


def works_lost(sides: Sides) -> list[str]:
    """Return the works that were there before and are not, or can no longer be read."""
    return gone(sides.base.studies, sides.head.studies, "study_id")


def _loss(sides: Sides, work: str) -> str:
    there = (sides.head_root / "data" / "studies" / work).is_dir()
    return "work can no longer be read" if there else "work lost"


def _merged(statements: Iterable[Statement]) -> list[Statement]:
    return collapse((statement.text, name) for statement in statements for name in statement.names)


def _fewer(base: pd.DataFrame, head: pd.DataFrame, key: str) -> list[Statement]:
    after = head[key].value_counts()
    return [
        Statement(f"{name}: {count} → {after.get(name, 0)} observations")
        for name, count in base[key].value_counts().sort_index().items()
        if after.get(name, 0) < count
    ]


def gone(base: pd.DataFrame, head: pd.DataFrame, key: str) -> list[str]:
    """Return the keys of the first frame that the second does not have."""
    return sorted(set(base[key]) - set(head[key]))


def by_key(frame: pd.DataFrame, key: str) -> dict[str, Mapping[Any, Any]]:
    """Return the rows of a frame by their key."""
    return {row[key]: row for row in frame.to_dict("records")}


def headline(sides: Sides) -> list[Statement]:
    """Compare counts and medians by class, and the scatter with its intervals."""
    base, head = sides.base, sides.head
    before, after = (_counts(data.observations) for data in (base, head))
    statements = []
    for word in sorted(before.keys() | after.keys()):
        old, new = before.get(word, "none"), after.get(word, "none")
        if old != new:
            statements.append(Statement(f"{word}: {old} → {new}"))
    if _same_input(base, head):
        return statements
    if not sides.fit:
        return [*statements, Statement("scatter: its rows or their variances changed; not fitted")]
    fits = []
    for name, data in (("base", base), ("change", head)):
        sides.step(f"fitting the scatter of the {name}")
        fits.append(scatter(data.observations, data.V))
    return [*statements, *scatter_statements(*fits)]


def _counts(observations: pd.DataFrame) -> dict[str, str]:
    """Return by class what is there, in words; the median is of exact values."""
    counts = {}
    for word, rows in observations.groupby("interface_class"):
        median = rows["asr_ohm_cm2"].median()
        middle = "" if math.isnan(median) else f", median {median:.3g} Ω cm²"
        counts[str(word)] = (
            f"works {rows['study_id'].nunique()}, observations {len(rows)}, "
            f"in the headline set {int(rows['headline'].sum())}{middle}"
        )
    return counts


def _same_input(base: Dataset, head: Dataset) -> bool:
    """Say whether the model sees the same: then its answer is the same and needs no fit."""
    a, b = (d.observations[d.observations["headline"]] for d in (base, head))
    if list(a["observation_id"]) != list(b["observation_id"]):
        return False
    numbers = a.select_dtypes("number").columns
    texts = a.columns.difference(numbers)
    old, new = (d.V_of(r["observation_id"]) for d, r in ((base, a), (head, b)))
    equal = a[texts].fillna("").to_numpy() == b[texts].fillna("").to_numpy()
    moved = max(
        (_change(x, y) for n in numbers for x, y in zip(a[n], b[n], strict=True)), default=0
    )
    return bool(equal.all()) and moved <= NOISE and bool((abs(old - new) <= NOISE).all())


def scatter_statements(before: Scatter, after: Scatter) -> list[Statement]:
    """Compare two answers; a changed conclusion or a notable move is marked."""
    statements = []
    if before.rung.rung.name != after.rung.rung.name or before.carried != after.carried:
        old, new = (
            f"{s.rung.rung.name} ({'carries' if s.carried else 'does not carry'} the headline)"
            for s in (before, after)
        )
        statements.append(Statement(f"rung: {old} → {new}", marked=True))
    for old_level, new_level in zip(before.levels, after.levels, strict=True):
        if level_words(old_level) != level_words(new_level):
            text = f"{old_level.name}: {level_words(old_level)} → {level_words(new_level)}"
            statements.append(Statement(text, marked=moved_notably(old_level, new_level)))
    return statements


def level_words(level: Level) -> str:
    """Return a level of the scatter with its interval, or why there is none."""
    if level.sd is None:
        return f"none ({level.note})"
    no_limit = level.upper is None or level.upper > NO_LIMIT_DEX
    upper = "open" if no_limit else f"{level.upper:.2f}"
    lower = "open" if level.lower is None else f"{level.lower:.2f}"
    return f"{level.sd:.2f} dex [{lower}, {upper}]"


def moved_notably(before: Level, after: Level) -> bool:
    """Say whether a level moved by a quarter of its old interval, or a conclusion turned.

    A conclusion turns where a level appears or disappears, or becomes or ceases to be
    distinguishable from zero.
    """
    if before.sd is None or after.sd is None:
        return (before.sd is None) != (after.sd is None)
    if bool(before.lower) != bool(after.lower):
        return True
    if before.lower is None or before.upper is None:
        return False
    return abs(after.sd - before.sd) > NOTABLE * (before.upper - before.lower)


def changed(sides: Sides) -> list[Statement]:
    """Compare the values of observations, largest change first, then what was typed."""
    before = by_key(sides.base.observations, "observation_id")
    moves: list[tuple[float, str, str]] = []
    for name, row in by_key(sides.head.observations, "observation_id").items():
        for column in ("y", "lo", "hi") if name in before else ():
            old, new = before[name][column], row[column]
            if _change(old, new) > NOISE:
                moves.append((_change(old, new), _move(column, old, new), name))
                break  # of an exact value y, lo and hi are one number
    moves.sort(key=lambda move: (-round(move[0], 9), move[1], move[2]))
    values = collapse((text, name) for _, text, name in moves)
    return [*values, *_retyped(sides.base.printed, sides.head.printed)]


def _change(old: float, new: float) -> float:
    """Return how far a number moved, relative where it is large; infinite where it came or went."""
    if pd.isna(old) or pd.isna(new):
        return 0.0 if pd.isna(old) and pd.isna(new) else math.inf
    return abs(new - old) / max(1.0, abs(old))


def _move(column: str, old: float, new: float) -> str:
    what = {"y": "log10 R", "lo": "lower bound", "hi": "upper bound"}[column]
    if pd.isna(old) or pd.isna(new):
        return f"{what} {'came' if pd.isna(old) else 'went'}"
    return f"{what} {new - old:+.4g} dex"


def _retyped(base: pd.DataFrame, head: pd.DataFrame) -> list[Statement]:
    before = by_key(base, "record_id")
    found = []
    for name, row in by_key(head, "record_id").items():
        for column in COLUMNS if name in before else ():
            old, new = (str(side[column] or "") for side in (before[name], row))
            if old != new:
                found.append((f"{column} {old!r} → {new!r}", name))
    return collapse(found)


def added(sides: Sides) -> list[Statement]:
    """Find works, numbers and observations that were not there before."""
    base, head = sides.base, sides.head
    return [
        *collapse(("work added", name) for name in gone(head.studies, base.studies, "study_id")),
        *collapse(
            (f"printed numbers added to {name.rpartition('.')[0]}", name)
            for name in gone(head.printed, base.printed, "record_id")
        ),
        *collapse(
            ("observation added", name)
            for name in gone(head.observations, base.observations, "observation_id")
        ),
    ]


def warnings(sides: Sides) -> list[Statement]:
    """List what the check of the change leaves open."""
    result = check_data(sides.head_root)
    return collapse(
        (f"{f.severity.value} {f.rule}", f"{f.place.file}:{f.place.line}") for f in result.findings
    )


SECTIONS: Mapping[str, Callable[[Sides], Iterable[Statement]]] = {
    "Lost": lost,
    "Headline results": headline,
    "Changed values": changed,
    "New": added,
    "Open findings": warnings,
}
