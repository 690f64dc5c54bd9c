"""How a comparison reads: one screen on the terminal, or Markdown for a pull request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from metastudy.contribute.diff import DiffSection, Statement
from metastudy.tables.findings import printable

STATEMENTS_SHOWN = 6
NAMES_SHOWN = 3
# What Markdown or GitHub would act on: marks, links, tables, HTML, mentions and references.
_ACTIVE = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~@&:])")


def as_text(sections: Sequence[DiffSection]) -> str:
    """Write the sections as plain lines; a section that found nothing is one line."""
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
                for e in _shown(section)
            ]
            lines += [f"  {more}" for more in _more(section)]
    return "\n".join(lines)


def as_markdown(sections: Sequence[DiffSection]) -> str:
    """Write the sections as Markdown in which no text of the data is a command."""
    lines = ["## What this changes in the data", ""]
    for section in sections:
        if section.error:
            first, *_ = section.error.splitlines()
            lines += [f"**{section.title}**: could not be compared: {escape(first)}", ""]
        elif not section.statements:
            lines += [f"**{section.title}**: none", ""]
        else:
            lines += [f"**{section.title}**", ""]
            for statement in _shown(section):
                text = escape(statement_line(statement))
                lines.append(f"- **{text}** (moved)" if statement.marked else f"- {text}")
            lines += [*(f"- {more}" for more in _more(section)), ""]
    return "\n".join(lines).rstrip()


def escape(text: str) -> str:
    """Return a text that Markdown shows as it is, without links, mentions or HTML."""
    return _ACTIVE.sub(lambda match: f"&#{ord(match[1])};", printable(text))


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


def _shown(section: DiffSection) -> Sequence[Statement]:
    return section.statements[:STATEMENTS_SHOWN]


def _more(section: DiffSection) -> list[str]:
    further = section.statements[STATEMENTS_SHOWN:]
    return [f"and {len(further)} more"] if further else []


FORMATS: Mapping[str, Callable[[Sequence[DiffSection]], str]] = {
    "text": as_text,
    "markdown": as_markdown,
}
