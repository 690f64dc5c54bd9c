"""The texts of a release: its changes in words, a draft for the changelog, and what is where."""

from __future__ import annotations

import platform
import re
from collections import Counter
from importlib import metadata
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from metastudy.contribute.diff_report import escape
from metastudy.contribute.release.changes import Changes, RowChange
from metastudy.contribute.release.citation import Citation
from metastudy.contribute.release.repository import LastRelease
from metastudy.pages.rendering.table import Table, table_of, to_markdown
from metastudy.tables.build_cache import LIBRARIES

MOVES_SHOWN = 20
_UNRELEASED = re.compile(r"^## Unreleased\n.*?^### Data\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)


def changes_markdown(changes: Changes, citation: Citation, last: LastRelease | None) -> str:
    """Write what changed: its kind, counts by table, works, and the largest moves of a response.

    Every change is in ``changes.csv``.
    """
    lines = [
        f"# Changes of the data from {last.version if last else 'nothing'} to {citation.version}",
        "",
        f"Kind: {changes.kind.words} ({escape(changes.reason)}).",
        "",
        to_markdown(_counts(changes)),
        "",
    ]
    for word, said in (("removed", "Works taken away"), ("added", "New works")):
        names = [row.row for row in changes.rows if (row.table, row.change) == ("studies", word)]
        if names and last is not None:
            lines += [f"{said}: {', '.join(map(_code, names))}.", ""]
    moves = _moves(changes)
    if moves:
        title = "Responses that moved most, log10(ohm cm2)"
        columns = {"row": "observation", "before": "before", "after": "after"}
        rows = [{**vars(move), "row": _code(move.row)} for move in moves[:MOVES_SHOWN]]
        table = to_markdown(table_of(columns, rows, ("before", "after")))
        lines += [f"{title} ({min(len(moves), MOVES_SHOWN)} of {len(moves)}):", "", table, ""]
    return "\n".join([*lines, "Every change by row is in changes.csv.", ""])


def _code(name: str) -> str:
    """Set an id, which has passed the check, as code."""
    return f"`{name}`"


def _counts(changes: Changes) -> Table:
    counted = Counter((row.table, row.change) for row in changes.rows)
    rows = [
        {"table": name, **{word: counted[name, word] for word in ("added", "removed", "changed")}}
        for name in dict.fromkeys(row.table for row in changes.rows)
    ]
    columns = {
        "table": "table",
        "added": "rows added",
        "removed": "rows removed",
        "changed": "cells changed",
    }
    return table_of(columns, rows, ("added", "removed", "changed"))


def _moves(changes: Changes) -> list[RowChange]:
    """Return the responses that are numbers before and after, the largest move first."""
    moved = [
        row
        for row in changes.rows
        if (row.table, row.column) == ("observations", "y") and row.before and row.after
    ]
    return sorted(moved, key=lambda row: (-abs(float(row.after) - float(row.before)), row.row))


def changelog_draft(changes: Changes, citation: Citation, changelog: Path) -> str:
    """Draft the entry of a release: counts of changes, and the part Data of what is unreleased."""
    lines = [f"## Data {citation.version} ({citation.day})", "", f"Kind: {changes.kind.words}.", ""]
    counted = Counter((row.table, row.change) for row in changes.rows)
    lines += [f"- {name}: {count} {word}" for (name, word), count in sorted(counted.items())]
    found = (
        _UNRELEASED.search(changelog.read_text(encoding="utf-8")) if changelog.is_file() else None
    )
    return "\n".join(lines) + (f"\n\n{found[1].strip()}\n" if found else "\n")


def read_me(citation: Citation, software: str, commit: str, notebooks: bool) -> str:
    """Say what is in the folder, how it is read, and with what it was made."""
    environment = Environment(
        loader=PackageLoader("metastudy.contribute.release", "."),
        undefined=StrictUndefined,
        autoescape=False,  # Markdown
        keep_trailing_newline=True,
    )
    return environment.get_template("readme.md.j2").render(
        citation=citation,
        software=software,
        commit=commit,
        notebooks=notebooks,
        python=platform.python_version(),
        libraries=", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES),
    )
