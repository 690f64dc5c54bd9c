"""How a comparison reads: one screen on the terminal, or Markdown for a pull request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from metastudy.contribute.diff import DiffSection, Statement
from metastudy.tables.findings import printable

STATEMENTS_SHOWN = 6
NAMES_SHOWN = 3
# What Markdown or GitHub would act on: marks, links, tables, HTML, mentions and references.
_ACTIVE = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~@&:.])")
# GitHub looks for mentions and references in the finished text: a mark of no width parts them.
_REFERENCE = re.compile(r"&#(?:64|35);|(?<=[Gg][Hh])&#45;")


def as_text(sections: Sequence[DiffSection], shown: int = STATEMENTS_SHOWN) -> str:
    """Write the sections as plain lines; a section that found nothing is one line.

    Of each section the first statements are written, as many as ``shown``.
    """
    lines: list[str] = []
    for section in sections:
        if section.error:
            first, *_ = section.error.splitlines()
            lines += [section.title, f"  could not be compared: {printable(first)}"]
        elif not section.statements:
            lines.append(f"{section.title}: none")
        else:
            lines.append(section.title)
            lines += [
                f"{'!' if e.marked else ' '} {printable(statement_line(e))}"
                for e in section.statements[:shown]
            ]
            lines += [f"  {more}" for more in _more(section, shown)]
    return "\n".join(lines)


def as_markdown(
    sections: Sequence[DiffSection],
    shown: int = STATEMENTS_SHOWN,
    title: str = "What this changes in the data",
) -> str:
    """Write the sections as Markdown in which no text of the data is a command."""
    lines = [f"## {title}", ""]
    for section in sections:
        if section.error:
            first, *_ = section.error.splitlines()
            lines += [f"**{section.title}**: could not be compared: {escape(first)}", ""]
        elif not section.statements:
            lines += [f"**{section.title}**: none", ""]
        else:
            lines += [f"**{section.title}**", ""]
            for statement in section.statements[:shown]:
                text = escape(statement_line(statement))
                lines.append(f"- **{text}**" if statement.marked else f"- {text}")
            lines += [*(f"- {more}" for more in _more(section, shown)), ""]
    return "\n".join(lines).rstrip()


def content(sections: Sequence[DiffSection]) -> list[dict[str, Any]]:
    """Return the sections as plain content."""
    return [
        {
            "title": section.title,
            "error": section.error,
            "statements": [
                {"text": each.text, "names": list(each.names), "marked": each.marked}
                for each in section.statements
            ],
        }
        for section in sections
    ]


def escape(text: str) -> str:
    """Return a text that Markdown shows as it is, without links, mentions or HTML."""
    coded = _ACTIVE.sub(lambda match: f"&#{ord(match[1])};", printable(text))
    return _REFERENCE.sub(lambda match: f"{match[0]}&#8203;", coded)


def statement_line(statement: Statement) -> str:
    """Return a statement, how many it is true of, and the first of them."""
    if not statement.names:
        return statement.text
    shown = ", ".join(statement.names[:NAMES_SHOWN])
    further = len(statement.names) - NAMES_SHOWN
    if further > 0:
        shown += f" and {further} more"
    count = f" ({len(statement.names)})" if len(statement.names) > 1 else ""
    return f"{statement.text}{count}: {shown}"


def _more(section: DiffSection, shown: int) -> list[str]:
    further = section.statements[shown:]
    return [f"and {len(further)} more"] if further else []


FORMATS: Mapping[str, Callable[[Sequence[DiffSection]], str]] = {
    "text": as_text,
    "markdown": as_markdown,
}
