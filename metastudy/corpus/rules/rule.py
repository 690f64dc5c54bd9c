"""What a rule is: its name, weight, reason and examples, declared beside the code that holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from metastudy.corpus.canonical import CanonicalRow
from metastudy.corpus.finding import Finding, Place, Severity


@dataclass(frozen=True)
class Rule:
    """One rule of the check.

    Attributes
    ----------
    reason
        Why the rule exists: what would go wrong without it.
    good, bad
        A short example of each.
    needs
        For a rule that compares rows: what must agree before it does.
    """

    id: str
    severity: Severity
    reason: str
    good: str
    bad: str
    needs: str = ""

    def at(
        self,
        place: Place,
        message: str,
        hint: str,
        cell: str = "",
        records: Sequence[str] = (),
        numbers: Mapping[str, str] | None = None,
    ) -> Finding:
        """Return a finding of this rule."""
        named, counted = tuple(records), dict(numbers or {})
        return Finding(self.id, self.severity, place, message, hint, cell, named, counted)

    def of_row(
        self,
        row: CanonicalRow,
        column: str,
        message: str,
        hint: str,
        records: Sequence[str] = (),
        numbers: Mapping[str, str] | None = None,
    ) -> Finding:
        """Return a finding at one cell of a row."""
        return self.at(row.place(column), message, hint, row.typed(column), records, numbers)


def error(id: str, *, reason: str, good: str, bad: str) -> Rule:
    """Declare a rule whose findings block."""
    return Rule(id, Severity.ERROR, reason, good, bad)


def warning(id: str, *, reason: str, good: str, bad: str, needs: str) -> Rule:
    """Declare a rule whose findings a reasoned decision can answer."""
    return Rule(id, Severity.WARNING, reason, good, bad, needs)
