"""Works in words: one from the name of its folder, and how many."""

from __future__ import annotations

NAMELESS = frozenset({"unidentified", "unnamed"})


def work_name(study_id: str) -> str:
    """Return author and year of ``kuhnert_2020_llzto``; a nameless work keeps all its words.

    Examples
    --------
    >>> work_name("kuhnert_2020_llzto")
    'Kuhnert 2020'
    >>> work_name("unnamed_2024_wetpolish")
    'unnamed 2024 wetpolish'
    """
    parts = study_id.split("_")
    if parts[0] in NAMELESS or len(parts) < 3:
        return " ".join(parts)
    return " ".join([*(part.capitalize() for part in parts[:-2]), parts[-2]])


def works_in_words(count: int) -> str:
    """Return ``one work`` or ``8 works``."""
    return "one work" if count == 1 else f"{count} works"
