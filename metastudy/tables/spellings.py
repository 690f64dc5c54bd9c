"""Names as users write them: words of the vocabulary, their synonyms, and pairs of conductors."""

from __future__ import annotations

import json
from collections.abc import Collection

import pandas as pd

from metastudy.errors import MetastudyError


def spellings(tables: Collection[str], vocabulary: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Map each folded word and synonym of some vocabularies to its vocabulary and word.

    A word comes before a synonym, an earlier row before a later one.
    """
    rows = vocabulary[vocabulary["vocabulary"].isin(tables)]
    columns = zip(rows["vocabulary"], rows["word"], rows["properties"], strict=True)
    listed = [(str(table), str(word), properties) for table, word, properties in columns]
    found: dict[str, tuple[str, str]] = {}
    for table, word, _ in listed:
        found.setdefault(word.casefold(), (table, word))
    for table, word, properties in listed:
        for synonym in str(json.loads(properties or "{}").get("synonyms", "")).split(";"):
            if synonym.strip():
                found.setdefault(synonym.strip().casefold(), (table, word))
    return found


def split_pair(text: str, error: type[MetastudyError]) -> tuple[str, str]:
    """Split two names with ``|``, or ``/`` where there is no ``|``, between them.

    Raises
    ------
    error
        Where the text is not of that form.
    """
    names = [name.strip() for name in text.split("|" if "|" in text else "/")]
    if len(names) != 2 or not all(names):
        raise error(f"{text!r} is no pair; write two conductors as in 'LLZO | PEO'")
    return names[0], names[1]
