"""The check of a pull request as one page: for a terminal, as Markdown, as JSON and as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metastudy._version import __version__
from metastudy.contribute import diff_report
from metastudy.contribute.diff import DiffSection, Statement
from metastudy.contribute.diff_report import NAMES_SHOWN, escape
from metastudy.contribute.pr_check.sections import PrCheck
from metastudy.errors import MetastudyError
from metastudy.pages.rendering.blocks import Block, Section, Text
from metastudy.pages.rendering.render_html import set_page
from metastudy.pages.rendering.table import Head, Table
from metastudy.tables.findings import printable
from metastudy.whole_file import write_whole

SHOWN = 60
"""Statements of a section that are written out; the JSON has all."""
TITLE = "Check of this pull request"


class PageError(MetastudyError):
    """A folder that cannot be written."""


def verdict(found: PrCheck) -> str:
    """Return in one line whether the change can be merged, or why not."""
    return f"not ready: {'; '.join(found.faults)}" if found.faults else "no fault found"


def as_text(found: PrCheck) -> str:
    """Write the check for a terminal."""
    return f"{printable(verdict(found))}\n{diff_report.as_text(found.sections, SHOWN)}"


def as_markdown(found: PrCheck) -> str:
    """Write the check as Markdown in which no text of the data is a command."""
    body = diff_report.as_markdown(found.sections, SHOWN, TITLE)
    head, _, rest = body.partition("\n\n")
    return f"{head}\n\n{escape(verdict(found))}\n\n{rest}"


def content(found: PrCheck) -> dict[str, Any]:
    """Return the whole check as plain content."""
    return {
        "faults": list(found.faults),
        "sections": diff_report.content(found.sections),
    }


def from_content(result: Mapping[str, Any]) -> PrCheck:
    """Return a check from its plain content, which fits its schema."""
    sections = tuple(
        DiffSection(
            section["title"],
            tuple(
                Statement(each["text"], tuple(each["names"]), each["marked"])
                for each in section["statements"]
            ),
            section["error"],
        )
        for section in result["sections"]
    )
    return PrCheck(sections, tuple(result["faults"]))


def as_html(found: PrCheck) -> str:
    """Write the check as one offline page."""
    sections = [
        Section(section.title.lower().replace(" ", "-"), section.title, _blocks(section))
        for section in found.sections
    ]
    return set_page(
        title=TITLE,
        heading=TITLE,
        answer=printable(verdict(found)),
        made=f"metastudy {__version__}",
        sections=sections,
    )


def _blocks(section: DiffSection) -> tuple[Block, ...]:
    if section.error:
        return (Text(f"could not be compared: {printable(section.error)}"),)
    if not section.statements:
        return (Text("none"),)
    heads = (Head("what"), Head("how many", number=True), Head("of what"))
    rows = [
        (
            printable(each.text),
            str(len(each.names) or ""),
            printable(_first(each)),
        )
        for each in section.statements[:SHOWN]
    ]
    further = len(section.statements) - SHOWN
    more = (Text(f"and {further} more"),) if further > 0 else ()
    marked = frozenset(i for i, each in enumerate(section.statements[:SHOWN]) if each.marked)
    return (Table(heads, tuple(rows), section.title, marked), *more)


def _first(statement: Statement) -> str:
    further = len(statement.names) - NAMES_SHOWN
    shown = ", ".join(statement.names[:NAMES_SHOWN])
    return f"{shown} and {further} more" if further > 0 else shown


def write_pages(found: PrCheck, json_text: str, out: Path) -> list[Path]:
    """Write ``pr-check.html``, ``.md`` and ``.json`` into a folder, each whole or not at all.

    Raises
    ------
    PageError
        Where the folder cannot be written.
    """
    texts = {"html": as_html(found), "md": as_markdown(found) + "\n", "json": json_text}
    return write_whole({out / f"pr-check.{e}": text for e, text in texts.items()}, out, PageError)
