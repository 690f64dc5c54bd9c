"""Formulas of a workbook whose values are not stored in the file.

A spreadsheet program stores the value of a formula beside it; a program that only writes workbooks
may store none, and openpyxl then reads such a cell as an empty one.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import Element, fromstring, iterparse

from .row_gate import Formula

_ANY_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_REFERENCE = re.compile(r"([A-Z]+)([0-9]+)")


def formulas_without_value(data: bytes) -> dict[str, dict[int, dict[int, Formula]]]:
    """Find the formulas without a stored value: sheet, number of the row from 1, column from 0."""
    found: dict[str, dict[int, dict[int, Formula]]] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for title, path in _sheets(archive):
            xml = archive.read(path)
            if _ANY_FORMULA.search(xml):
                for row, column, cell in _without_value(xml):
                    found.setdefault(title, {}).setdefault(row, {})[column] = cell
    return found


def _sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield the title of each sheet and its path in the archive."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return
    links = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for one in fromstring(archive.read("xl/workbook.xml")).iter():
        link = next((value for key, value in one.items() if key.endswith("}id")), None)
        if _tag(one) == "sheet" and link in targets:
            path = posixpath.normpath(posixpath.join("/xl", targets[link])).lstrip("/")
            if path in names:
                yield one.get("name", ""), path


def _without_value(xml: bytes) -> Iterator[tuple[int, int, Formula]]:
    """Yield row from 1, column from 0, and formula."""
    for _, one in iterparse(io.BytesIO(xml)):
        if _tag(one) == "c":
            parts = {_tag(part): part for part in one}
            place = _REFERENCE.fullmatch(one.get("r", ""))
            # An empty text is a value too.
            stored = one.get("t") == "str" or ("v" in parts and parts["v"].text)
            if "f" in parts and not stored and place is not None:
                formula = Formula(f"={parts['f'].text or ''}", place[0])
                yield int(place[2]), _column(place[1]), formula
        if _tag(one) in ("c", "row"):
            one.clear()


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def _tag(one: Element) -> str:
    return one.tag.rpartition("}")[2]
