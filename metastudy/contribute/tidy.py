"""Rewrite what has one meaning to the form of the tables: a spreadsheet's save, signs, kelvin.

What could mean two things (``1,234`` between commas, a plus-minus without its kind) stays as it
is; the check names it. Nothing is written here before the caller has shown the change.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from metastudy.corpus.doi import normalised_doi
from metastudy.corpus.number_spelling import celsius, one_number, parts_of
from metastudy.corpus.study import COLUMNS
from metastudy.corpus.table import CONTROL
from metastudy.corpus.words import COLUMNS as WORD_COLUMNS
from metastudy.corpus.words import WORDS
from metastudy.errors import MetastudyError
from metastudy.whole_file import whole_file

NUMBER_COLUMNS = ("value_text", "upper_text", "unc_minus", "unc_plus", "reading_error", "unc_level")
_TABLES: Mapping[str, tuple[str, ...]] = {"measurements.csv": COLUMNS, WORDS: WORD_COLUMNS}
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DOI = re.compile(r"^(\s*doi:\s*)(['\"]?)([^'\"\s]+)\2\s*$", re.MULTILINE)
_RANGE_DASH = re.compile(r"(-?[0-9.]+) ?(?:[\u2010-\u2015\u2212]|-|to) ?(-?[0-9.]+)")


class TidyError(MetastudyError):
    """A study that is not there, or a file that cannot be read or written."""


@dataclass(frozen=True)
class Tidied:
    """A file as it is and as it would be; the texts are equal where only bytes differ."""

    path: Path
    before: str
    after: str
    notes: tuple[str, ...]

    @property
    def diff(self) -> str:
        """The change, as a difference of lines."""
        name = "/".join(self.path.parts[-2:])
        lines = difflib.unified_diff(
            self.before.splitlines(),
            self.after.splitlines(),
            name,
            f"{name}, tidied",
            "",
            "",
            0,
            "",
        )
        return "\n".join(lines)


def tidy_study(folder: Path) -> list[Tidied]:
    """Return the files of a study that have a tidier form; nothing is written.

    Raises
    ------
    TidyError
        Where the folder does not exist or a file cannot be read.
    """
    if not folder.is_dir():
        raise TidyError(f"{folder}: no such study folder")
    found = []
    for name in ("study.yaml", *_TABLES):
        path = folder / name
        if path.is_file() and not path.is_symlink():
            found += tidy_file(path)
    return found


def tidy_file(path: Path) -> list[Tidied]:
    """Return the tidier form of one file, or nothing where it has one already."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TidyError(f"{path}: cannot be read: {error.strerror}") from None
    notes: list[str] = []
    before = _decoded(data, path, notes)
    text = before.replace("\r\n", "\n").replace("\r", "\n")
    if text != before:
        notes.append("line ends are LF")
    text = unicodedata.normalize("NFC", text) if _has_marks(text) else text
    text = CONTROL.sub(lambda match: "" if match[0] not in "\x85\u2028\u2029" else "\n", text)
    if path.name in _TABLES:
        text = _table(text, _TABLES[path.name], notes)
    else:
        text = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
        text = _DOI.sub(lambda m: f"{m[1]}{m[2]}{normalised_doi(m[3])}{m[2]}", text)
    if text.encode("utf-8") == data:
        return []
    return [Tidied(path, before, text, tuple(notes))]


def write_tidied(files: Sequence[Tidied]) -> None:
    """Put the tidier forms in the place of the files, each whole or not at all."""
    for file in files:
        with whole_file(file.path, TidyError) as new:
            new.write_text(file.after, encoding="utf-8", newline="")


def _decoded(data: bytes, path: Path, notes: list[str]) -> str:
    marked = [encoding for mark, encoding in _MARKS if data.startswith(mark)]
    if marked:
        notes.append("the byte order mark goes")
    encoding = marked[0] if marked else "utf-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TidyError(
            f"{path}:{line}: the byte 0x{data[error.start]:02X} is not UTF-8; save it as UTF-8"
        ) from None


def _has_marks(text: str) -> bool:
    return any("\u0300" <= character <= "\u036f" for character in text)


def _table(text: str, columns: Sequence[str], notes: list[str]) -> str:
    """Rewrite a table; as it is where its header is not the expected one in any order."""
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=separator, strict=True))
    except csv.Error:
        return text
    header = [cell.strip() for cell in rows[0]] if rows else []
    while header and not header[-1]:
        header.pop()
    if sorted(header) != sorted(columns):
        return text
    if separator != ",":
        notes.append("cells are separated by commas")
    if header != list(columns):
        notes.append("columns are in their order")
    lines = [list(columns)]
    for row in rows[1:]:
        cells = [" ".join(cell.split()) for cell in row]
        if not any(cells):
            continue
        if len(cells) < len(header) or any(cells[len(header) :]):
            return text  # a row with cells too many or too few is the check's to name
        named = dict(zip(header, cells, strict=False))
        if columns is COLUMNS:
            named = tidied_cells(named, decimal_comma=separator == ";")
        lines.append([named[column] for column in columns])
    if separator == "," and lines == rows:
        return text if text.endswith("\n") else text + "\n"
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue()


def tidied_cells(cells: dict[str, str], decimal_comma: bool) -> dict[str, str]:
    """Rewrite the numbers of one row of measurements.csv that have one meaning.

    ``decimal_comma`` says that a comma inside a number is its decimal point.
    """
    for column in NUMBER_COLUMNS:
        text = cells[column]
        if re.fullmatch(r"[+-]?[0-9]+,[0-9]+([eE][+-]?[0-9]+)?", text):
            # Between semicolons, and after a leading zero, a comma is a decimal point.
            if decimal_comma or re.match(r"[+-]?0,", text):
                text = text.replace(",", ".")
        cells[column] = one_number(text) or text
    temperature = cells["temperature_text"]
    if decimal_comma:
        temperature = re.sub(r"(?<=[0-9]),(?=[0-9])", ".", temperature)
        cells["range_text"] = re.sub(r"(?<=[0-9]),(?=[0-9])", ".", cells["range_text"])
    cells["temperature_text"] = celsius(temperature) or one_number(temperature) or temperature
    ends = _RANGE_DASH.fullmatch(cells["range_text"])
    if ends:
        cells["range_text"] = f"{ends[1]}..{ends[2]}"
    return cells | _qualified(cells)


def _qualified(cells: Mapping[str, str]) -> dict[str, str]:
    """Move a sign or an upper end out of value_text, where no qualifier says otherwise."""
    parts = parts_of(cells["value_text"])
    if parts is None or cells["qualifier"] not in ("", "exact", parts.qualifier):
        return {}
    if cells["upper_text"]:
        return {}
    return {
        "value_text": parts.value,
        "upper_text": parts.upper,
        "qualifier": parts.qualifier,
    }
