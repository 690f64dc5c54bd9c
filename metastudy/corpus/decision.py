"""What a curator decided: answers to findings, and corrections of a paper's own errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from metastudy.corpus.finding import Place


@dataclass(frozen=True)
class Decision:
    """A reasoned decision; with a rule it answers one finding."""

    id: str
    records: tuple[str, ...]
    decision: str
    reason: str
    would_settle: str
    date: str
    place: Place
    rule: str = ""
    numbers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Correction:
    """A correction of a paper's own error, guarded by the printed text it expects."""

    id: str
    record: str
    column: str
    expect: str
    action: str
    ground: str
    reason: str
    status: str
    date: str
    place: Place
    value: str = ""
