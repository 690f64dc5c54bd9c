"""How findings read: as text, as plain content, as annotations of GitHub's workflow log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from metastudy.corpus.finding import Finding, Severity
from metastudy.corpus.rules.registry import RULES
from metastudy.corpus.rules.rule import Rule
from metastudy.tables.checking import CheckResult


def as_text(result: CheckResult) -> str:
    """Write ``file:line:column rule message hint`` per finding, and one line of summary.

    Below an open warning are the lines of a decision file that would answer it, to be filled.
    """
    lines = []
    for finding in result.findings:
        lines.append(printable(str(finding)))
        if finding.severity is Severity.WARNING:
            lines += [f"    {printable(line)}" for line in _answer(finding)]
    warnings = len(result.findings) - result.errors
    lines.append(
        f"{_read(result)}: "
        f"{_count(result.errors, 'error')}, {_count(warnings, 'unanswered warning')}, "
        f"{len(result.answered)} answered by decisions"
    )
    return "\n".join(lines)


def content(result: CheckResult) -> dict[str, Any]:
    """Return everything that is known about every finding, answered ones included."""
    return {
        "studies": result.studies,
        "records": result.records,
        "unread": result.unread,
        "errors": result.errors,
        "findings": [_fields(finding) for finding in result.findings],
        "answered": [
            {**_fields(finding), "decision": decision.id} for finding, decision in result.answered
        ],
    }


def as_github(result: CheckResult) -> str:
    """Write the annotations of the findings, and one line of summary."""
    return "\n".join([*github_lines(result.findings), as_text(result).splitlines()[-1]])


def github_lines(findings: Iterable[Finding]) -> list[str]:
    """Return one workflow command per finding, which GitHub shows at the line of the change.

    The text of an open warning ends with the lines of a decision file that would answer it.
    """
    lines = []
    for finding in findings:
        place = finding.place
        where = f"file={_property(place.file)},line={place.line},col={place.column}"
        title = f"title={_property(finding.rule)}"
        text = f"{finding.message} {finding.hint}"
        if finding.severity is Severity.WARNING:
            text = "\n".join([text, *_answer(finding)])
        lines.append(f"::{finding.severity.value} {where},{title}::{_data(text)}")
    return lines


FORMATS: Mapping[str, Callable[[CheckResult], str]] = {
    "text": as_text,
    "github": as_github,
}


def rules_as_text(rules: Iterable[Rule] = tuple(RULES.values())) -> str:
    """List every rule with weight, reason and examples."""
    blocks = []
    for rule in sorted(rules, key=lambda rule: (rule.severity, rule.id)):
        lines = [
            f"{rule.id} ({rule.severity.value})",
            f"    why   {rule.reason}",
            f"    good  {rule.good}",
            f"    bad   {rule.bad}",
        ]
        if rule.needs:
            lines.append(f"    needs {rule.needs}")
        blocks.append("\n".join(lines))
    return "\n".join(blocks)


def rules_content(rules: Iterable[Rule] = tuple(RULES.values())) -> list[dict[str, Any]]:
    """Return every rule as a mapping."""
    return [
        {
            "id": rule.id,
            "severity": rule.severity.value,
            "reason": rule.reason,
            "good": rule.good,
            "bad": rule.bad,
            "needs": rule.needs,
        }
        for rule in sorted(rules, key=lambda rule: (rule.severity, rule.id))
    ]


def printable(text: str) -> str:
    """Show characters that a terminal would act on, or cannot show, as their code points."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def _answer(finding: Finding) -> list[str]:
    about = finding.records[0].replace(".", "_") if finding.records else "all"
    name = f"{about}_{finding.rule.replace('-', '_')}"
    numbers = ", ".join(f"{key}: '{value}'" for key, value in finding.numbers.items())
    return [
        f"# to answer it, fill these lines and save them as data/decisions/{name}.yaml",
        f"id: {name}",
        f"rule: {finding.rule}",
        f"records: [{', '.join(finding.records)}]",
        f"numbers: {{{numbers}}}",
        'decision: ""',
        'reason: ""',
        'would_settle: ""',
        'date: ""',
    ]


def _fields(finding: Finding) -> dict[str, Any]:
    return {
        "file": finding.place.file,
        "line": finding.place.line,
        "column": finding.place.column,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "cell": finding.cell,
        "message": finding.message,
        "hint": finding.hint,
        "records": list(finding.records),
        "numbers": dict(finding.numbers),
    }


def _read(result: CheckResult) -> str:
    """Say how much was read, and how much not."""
    whole = f"{_count(result.studies, 'study', 'studies')}, {_count(result.records, 'record')}"
    if not result.unread:
        return whole
    unread = f"{_count(result.unread, 'study', 'studies')} not read whole"
    return f"{whole}, {unread}" if result.studies else unread


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"


def _data(text: str) -> str:
    """Escape the text of a workflow command, so that a cell cannot start another one."""
    return printable(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
