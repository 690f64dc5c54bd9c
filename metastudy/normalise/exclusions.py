"""Records left out at the caller's wish, before anything is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from metastudy.errors import MetastudyError
from metastudy.normalise.filters import Excluded
from metastudy.normalise.records import Record

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
    records: Sequence[Record], leave_out: Sequence[str]
) -> tuple[list[Record], list[Excluded]]:
    """Part the records into those that stay and those that a switch leaves out."""
    kept, excluded = [], []
    for record in records:
        reason = next((word for word in leave_out if _is(record, word)), None)
        if reason is None:
            kept.append(record)
        else:
            excluded.append(Excluded(record.id, "switch", reason))
    return kept, excluded


def _is(record: Record, word: str) -> bool:
    if word == "secondary":
        return record.printed.basis == "secondary"
    if word == "unidentified":
        return record.study.source.kind == "unidentified"
    return record.printed.read in ("abstract", "first_page")
