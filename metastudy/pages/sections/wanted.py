"""Works whose numbers are wanted: the list of docs/wanted.csv."""

from __future__ import annotations

import csv
from pathlib import Path

from metastudy.corpus.corpus import default_root
from metastudy.errors import MetastudyError
from metastudy.pages.rendering.blocks import Section, Text
from metastudy.pages.rendering.table import table_of

COLUMNS = {
    "work": "work",
    "doi": "DOI",
    "how_to_find": "how to find it",
    "asked": "what is asked",
    "why": "why",
}


class WantedError(MetastudyError):
    """A list of wanted works that cannot be read."""


def read_wanted(path: Path | None = None) -> list[dict[str, str]]:
    """Return the wanted works, one mapping of :data:`COLUMNS` each.

    An installed package has no such list; then there are none.

    Raises
    ------
    WantedError
        Where the list is there and is not one.
    """
    path = default_root() / "docs" / "wanted.csv" if path is None else path
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WantedError(f"{path}: cannot be read: {error}") from None
    if reader.fieldnames != list(COLUMNS) or any(None in row.values() for row in rows):
        raise WantedError(f"{path}: its columns are {','.join(COLUMNS)}, in every row")
    return rows


def wanted_sections(path: Path | None = None) -> tuple[Section, ...]:
    """Return the section of wanted works; none where there is no list.

    Raises
    ------
    WantedError
        Where the list is there and is not one.
    """
    rows = read_wanted(path)
    if not rows:
        return ()
    said = (
        "What would help most. CONTRIBUTING.md says how numbers come in; a work that you hold and "
        "that is not listed is as welcome."
    )
    return (Section("wanted", "Works that are wanted", (Text(said), table_of(COLUMNS, rows))),)
