"""What a check says: one finding per fault, with its place and its remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs: errors block, warnings want a reasoned decision."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True)
class Place:
    """A place in a file below the data root; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Finding:
    """One fault: which rule, where, the text of the cell, what is wrong, what would be right.

    Attributes
    ----------
    records
        The record ids that a science rule compared, in the order of its message.
    numbers
        The numbers of that comparison, as printed in the message. A decision answers a finding by
        naming rule, records and numbers, so that it lapses when a number changes.
    """

    rule: str
    severity: Severity
    place: Place
    message: str
    hint: str
    cell: str = ""
    records: tuple[str, ...] = ()
    numbers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.place} {self.rule} {self.message} {self.hint}"
