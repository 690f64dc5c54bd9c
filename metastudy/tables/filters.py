"""Rows chosen by words: of any word column of the observations, or by a pair of materials."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metastudy.errors import MetastudyError
from metastudy.tables.columns import OBSERVATIONS
from metastudy.tables.spellings import spellings, split_pair

Words = str | bool | Sequence[str | bool]
PAIR = "pair"
FILTERS: Mapping[str, str] = {
    "class": "interface_class",
    "family": "family",
    "system": "system",
    "salt": "salt",
    "arm": "arm",
    "treatment": "treatments",
    "study": "study_id",
}
# The vocabularies of a column that is not named as its vocabulary is.
_VOCABULARIES: Mapping[str, tuple[str, ...]] = {
    "family": ("interface_class", "ion", "family", "partner_class"),
    "material": ("solid_electrolyte", "polymer", "solvent"),
    "system": ("solid_electrolyte", "polymer", "solvent", "salt"),
    "partner": ("polymer", "solvent", "solid_electrolyte"),
    "treatments": ("treatment",),
    "reference_phase": ("phase",),
    "strongest_solvent": ("solvent",),
    "donor_number_scale": ("scale",),
    "left_out": ("reason",),
}
SALT_PART = 4
"""Place of the salt in the key of a system."""
FEW_WORDS = 8
"""Words of a filter below which a message names them all."""
_PAIR_VOCABULARIES = ("solid_electrolyte", "polymer", "solvent", "family", "partner_class")
_KINDS = {column.name: column.kind for column in OBSERVATIONS.columns}


class FilterError(MetastudyError):
    """A filter, or a word of one, that is not known."""


@dataclass(frozen=True)
class Question:
    """What is asked for, in the spelling of the rows, without case.

    Attributes
    ----------
    columns
        Words by column; a row answers to one of them in every column.
    pairs
        Pairs of materials, None where none is asked for; a row answers to one of them.
    """

    columns: Mapping[str, frozenset[str]]
    pairs: tuple[tuple[str, str], ...] | None

    def answers(self, rows: pd.DataFrame) -> NDArray[np.bool_]:
        """Return which rows answer, shape (n,); a column that they lack answers to no word."""
        keep = np.ones(len(rows), dtype=bool)
        for column, asked in self.columns.items():
            if column not in rows:
                return np.zeros(len(rows), dtype=bool)
            holds = _holding(rows[column], column, asked)
            if column == "salt" and "system" in rows:
                holds = holds | _holding(_salt_of(rows["system"]), column, asked)
            keep &= holds
        if self.pairs is not None:
            keep &= np.array([self._has_pair(*sides) for sides in _sides(rows)], dtype=bool)
        return keep

    def _has_pair(self, one: frozenset[str], other: frozenset[str]) -> bool:
        return any(
            (a in one and b in other) or (b in one and a in other) for a, b in self.pairs or ()
        )


def question(rows: pd.DataFrame, vocabulary: pd.DataFrame, wanted: Mapping[str, Words]) -> Question:
    """Return what words of filters ask for.

    Parameters
    ----------
    rows, vocabulary
        The observations and the vocabulary of a dataset.
    wanted
        A word or several by filter: a name of :data:`FILTERS`, ``pair``, or a word column of the
        observations. Case does not count, and a synonym of the vocabulary is its word. A family,
        material or system is named whole or by one of its parts. A salt is that of the work or,
        where the work does not tell it, that of the system. A pair is two names with ``|`` or
        ``/`` between them, in either order: a solid electrolyte or its family on one side, a
        partner, one of its chemicals or its class on the other.

    Raises
    ------
    FilterError
        Where a filter or a word is not known; the nearest words are offered.
    """
    columns = {}
    pairs = None
    for name, given in wanted.items():
        if name == PAIR:
            pairs = tuple(_pair(text, rows, vocabulary) for text in _listed(name, given))
            continue
        column = FILTERS.get(name, name)
        kind = _KINDS.get(column)
        if kind not in ("text", "flag"):
            raise FilterError(_no_filter(name, kind))
        known = _known(column, rows, vocabulary)
        columns[column] = frozenset(_word(name, word, known) for word in _listed(name, given))
    return Question(columns, pairs)


def _listed(name: str, given: Words) -> list[str]:
    one = isinstance(given, str | bool | np.bool_) or not isinstance(given, Iterable)
    words = [given] if one else list(given)  # type: ignore[arg-type]
    if not words:
        raise FilterError(f"filter {name}: no word is given")
    for word in words:
        if not isinstance(word, str | bool | np.bool_):
            raise FilterError(f"filter {name}: {word!r} is no word; give a text or a list of texts")
    return [str(word) for word in words]


def _no_filter(name: str, kind: str | None) -> str:
    if kind is not None:
        return f"{name} holds numbers and is no filter; compare it, as in rows[rows[{name!r}] > 2]"
    near = difflib.get_close_matches(name, [*FILTERS, *_KINDS], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return (
        f"no filter is named {name!r}{hint}; use one of {', '.join(FILTERS)}, {PAIR} or a word "
        "column of the observations"
    )


def _parts(column: str, text: str) -> Iterable[str]:
    """Return the words that a cell answers to: a key such as ``PE/SE | Li`` whole and in parts."""
    if column in ("family", "material", "system"):
        return [text, *text.split(" | ")]
    return text.split() if column in ("treatments", "records", "left_out") else [text]


def _salt_of(systems: pd.Series[Any]) -> pd.Series[Any]:
    """Return the salt in the key of each system: there an unknown one is that of its like."""
    return systems.str.split(" | ", regex=False).str[SALT_PART]


def _holding(cells: pd.Series[Any], column: str, asked: frozenset[str]) -> NDArray[np.bool_]:
    text = cells.dropna().astype(str)
    holds = {
        cell for cell in text.unique() if any(p.casefold() in asked for p in _parts(column, cell))
    }
    return (cells.notna() & cells.astype(str).isin(holds)).to_numpy(bool)


def _known(column: str, rows: pd.DataFrame, vocabulary: pd.DataFrame) -> dict[str, str]:
    """Return every word of a column by its folded spellings, synonyms included."""
    present = (
        part for cell in rows[column].dropna().astype(str).unique() for part in _parts(column, cell)
    )
    return _spellings(_VOCABULARIES.get(column, (column,)), vocabulary) | {
        word.casefold(): word for word in present
    }


def _spellings(tables: Sequence[str], vocabulary: pd.DataFrame) -> dict[str, str]:
    return {folded: word for folded, (_, word) in spellings(tables, vocabulary).items()}


def _word(name: str, word: str, known: Mapping[str, str]) -> str:
    found = known.get(word.strip().casefold())
    if found is not None:
        return found.casefold()
    raise FilterError(f"no {name} is named {word!r}; {_instead(word, known)}")


def _instead(word: str, known: Mapping[str, str]) -> str:
    """Name all words where they are few, otherwise those that are near."""
    words = sorted(set(known.values()))
    if 0 < len(words) < FEW_WORDS:
        return f"use one of {', '.join(words)}"
    near = difflib.get_close_matches(word.casefold(), known, n=3, cutoff=0.5)
    within = [folded for folded in known if word.casefold() in folded][:3]
    hint = " or ".join(dict.fromkeys(known[folded] for folded in [*near, *within]))
    return f"did you mean {hint}?" if hint else "metastudy table lists what there is"


def _pair(text: str, rows: pd.DataFrame, vocabulary: pd.DataFrame) -> tuple[str, str]:
    names = split_pair(text, FilterError)
    known = _spellings(_PAIR_VOCABULARIES, vocabulary)
    present = {word for one, other in _sides(rows) for word in one | other}
    known = {word: word for word in present} | known  # the vocabulary's spelling is shown
    a, b = (_word("material", name, known) for name in names)
    return a, b


def _sides(rows: pd.DataFrame) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Return for each row the folded names of its two conductors."""
    keys = zip(rows["solid_electrolyte"], rows["partner"], rows["family"], strict=True)
    found: dict[tuple[Any, ...], tuple[frozenset[str], frozenset[str]]] = {}
    return [found.setdefault(key, _names(*key)) for key in keys]


def _names(solid: Any, partner: Any, family: Any) -> tuple[frozenset[str], frozenset[str]]:
    if not isinstance(solid, str) or not isinstance(partner, str):
        return frozenset(), frozenset()
    classes = family.split(" | ")[2:4] if isinstance(family, str) else []
    one = {solid, *classes[:1]}
    other = {partner, *partner.split(" ")[0].split(":"), *classes[1:]}
    return frozenset(map(str.casefold, one)), frozenset(map(str.casefold, other))
