"""Rows left out at the caller's wish, before anything is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from metastudy.corpus.canonical import CanonicalRow
from metastudy.errors import MetastudyError
from metastudy.normalise.filters import Excluded

SWITCHES = ("secondary", "unidentified", "abstract_only")


class NormaliseError(MetastudyError):
    """A switch or a reference temperature that is none."""


def known_switches(leave_out: Sequence[str]) -> None:
    """Refuse a switch that is none.

    Raises
    ------
    NormaliseError
        Naming the switches that there are.
    """
    listed = isinstance(leave_out, Iterable) and not isinstance(leave_out, str)
    if not listed or any(word not in SWITCHES for word in leave_out):
        raise NormaliseError(
            f"leave_out={leave_out!r}: give a list of any of {', '.join(SWITCHES)}"
        )


def apply_switches(
    rows: Sequence[CanonicalRow], leave_out: Sequence[str]
) -> tuple[list[CanonicalRow], list[Excluded]]:
    """Part the rows into those that are kept and those that a switch leaves out."""
    kept, excluded = [], []
    for row in rows:
        reason = next((word for word in leave_out if _is(row, word)), None)
        if reason is None:
            kept.append(row)
        else:
            excluded.append(Excluded(row.id, "switch", reason))
    return kept, excluded


def _is(row: CanonicalRow, word: str) -> bool:
    if word == "secondary":
        return row.m.basis == "secondary"
    if word == "unidentified":
        return row.study.source.kind == "unidentified"
    return row.m.read in ("abstract", "first_page")
