"""Repeats: what works print of the scatter where the same preparation is made again.

These are statements with their place and no estimate: no floor applies to them. The default error
of an arm in a contrast rests on them.
"""

from __future__ import annotations

import pandas as pd

from metastudy.corpus.work_name import works_in_words

QUANTITY = "repeatability"
COLUMNS = ["study_id", "record_id", "lo", "hi", "locator", "notes"]


def repeats(records: pd.DataFrame) -> pd.DataFrame:
    """Return the printed statements, one row each: work, limits (fraction of one), place, notes."""
    found = records[records["quantity"] == QUANTITY]
    return found[COLUMNS].sort_values("record_id").reset_index(drop=True)


def sentence(found: pd.DataFrame) -> str:
    """Say within what repeats agree, and in how many works."""
    known = found.dropna(subset=["hi"])
    if known.empty:
        return "No work states how well a preparation repeats."
    counted = works_in_words(known["study_id"].nunique())
    widest = 100 * known["hi"].max()
    return f"Repeats of one preparation agree within {widest:.0f} % ({counted})."
