"""Which words a reader may type, and which words of the rows they mean."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

SOLID, PARTNER = "solid_words", "partner_words"
# The columns whose words come from a vocabulary; materials are searched on both sides of a pair.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "solid_electrolyte": (SOLID, PARTNER),
    "family": (SOLID,),
    "polymer": (PARTNER,),
    "solvent": (PARTNER,),
    "partner_class": (PARTNER,),
    "salt": ("salt",),
    "ion": ("ion",),
    "interface_class": ("interface_class",),
    "treatment": ("treatments",),
    "surface_state": ("surface_state",),
    "film_process": ("film_process",),
    "joining_method": ("joining_method",),
    "evaluation": ("evaluation",),
    "electrodes": ("electrodes",),
    "component": ("component",),
    "state_kind": ("state_kind",),
    "phase": ("phase",),
    "arm": ("arm",),
    "lab": ("lab",),
    "reason": ("left_out",),
}
_SHORT = re.compile(r"\(([A-Za-z][A-Za-z0-9:+-]{1,14})\)")
# A meaning of so few words is a name that a reader may type.
_NAME_WORDS = 4


def search_words(vocabulary: pd.DataFrame) -> list[dict[str, Any]]:
    """Return every spelling of a word: the word, its synonyms and formula, its name in words.

    Each entry has ``term`` (what is typed), ``word`` (what the rows hold), ``columns`` (where) and
    ``by``: word, synonym or meaning. The first entry of a term and word is kept.
    """
    found: dict[tuple[str, str, tuple[str, ...]], dict[str, Any]] = {}
    for table, columns in COLUMNS.items():
        rows = vocabulary[vocabulary["vocabulary"] == table]
        for row in rows.to_dict("records"):
            for term, by in _spellings(row):
                key = (term.casefold(), row["word"], columns)
                entry = {"term": term, "word": row["word"], "columns": list(columns), "by": by}
                found.setdefault(key, entry)
    return list(found.values())


def _spellings(row: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    yield row["word"], "word"
    properties = json.loads(row["properties"] or "{}")
    for synonym in properties.get("synonyms", "").split(";"):
        if synonym.strip():
            yield synonym.strip(), "synonym"
    if properties.get("formula"):
        yield properties["formula"], "synonym"
    meaning = str(row["meaning"])
    for short in _SHORT.findall(meaning):
        yield short, "meaning"
    name = _SHORT.sub("", meaning).strip().rstrip(".").strip()
    if len(name.split()) <= _NAME_WORDS:
        yield name, "meaning"


def sides(solid: Any, partner: Any, family: Any) -> tuple[list[str], list[str]]:
    """Return the names of both conductors of a contact, each with its class; the pair is one each.

    A filter ``pair`` of the dataset finds the same names.
    """
    if not solid or not partner:
        return [], []
    parts = str(family).split(" | ")[2:4] if family else []
    chemicals = str(partner).split(" ")[0].split(":")
    return _once(solid, *parts[:1]), _once(partner, *chemicals, *parts[1:])


def _once(*words: Any) -> list[str]:
    return list(dict.fromkeys(str(word) for word in words))
