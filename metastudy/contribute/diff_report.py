"""How a comparison reads: one screen on the terminal, or Markdown for a pull request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from metastudy.contribute.diff import Entry, Part
from metastudy.tables.findings import printable

ENTRIES_SHOWN = 6
NAMES_SHOWN = 3
# What Markdown or GitHub would act on: marks, links, tables, HTML, mentions and references.
_ACTIVE = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~@&:])")


def as_text(parts: Sequence[Part]) -> str:
    """Write the parts as plain lines; a part that found nothing is one line."""
    lines: list[str] = []
    for part in parts:
        if part.error:
            first, *_ = part.error.splitlines()
            lines += [part.title, f"  could not be compared: {printable(first)}"]
        elif not part.entries:
            lines.append(f"{part.title}: none")
        else:
            lines.append(part.title)
            lines += [
                f"{'!' if e.marked else ' '} {printable(entry_line(e))}" for e in _shown(part)
            ]
            lines += [f"  {more}" for more in _more(part)]
    return "\n".join(lines)


def as_markdown(parts: Sequence[Part]) -> str:
    """Write the parts as Markdown in which no text of the data is a command."""
    lines = ["## What this changes in the data", ""]
    for part in parts:
        if part.error:
            first, *_ = part.error.splitlines()
            lines += [f"**{part.title}**: could not be compared: {escape(first)}", ""]
        elif not part.entries:
            lines += [f"**{part.title}**: none", ""]
        else:
            lines += [f"**{part.title}**", ""]
            for entry in _shown(part):
                text = escape(entry_line(entry))
                lines.append(f"- **{text}** (moved)" if entry.marked else f"- {text}")
            lines += [*(f"- {more}" for more in _more(part)), ""]
    return "\n".join(lines).rstrip()


def escape(text: str) -> str:
    """Return a text that Markdown shows as it is, without links, mentions or HTML."""
    return _ACTIVE.sub(lambda match: f"&#{ord(match[1])};", printable(text))


def entry_line(entry: Entry) -> str:
    """Return a statement, how many it is true of, and the first of them."""
    if not entry.names:
        return entry.text
    shown = ", ".join(entry.names[:NAMES_SHOWN])
    further = len(entry.names) - NAMES_SHOWN
    if further > 0:
        shown += f" and {further} more"
    count = f" ({len(entry.names)})" if len(entry.names) > 1 else ""
    return f"{entry.text}{count}: {shown}"


def _shown(part: Part) -> Sequence[Entry]:
    return part.entries[:ENTRIES_SHOWN]


def _more(part: Part) -> list[str]:
    further = part.entries[ENTRIES_SHOWN:]
    return [f"and {len(further)} more"] if further else []


FORMATS: Mapping[str, Callable[[Sequence[Part]], str]] = {"text": as_text, "markdown": as_markdown}
