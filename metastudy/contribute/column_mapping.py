"""Which column of a contributor's table fills which column of measurements.csv, as a file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from metastudy.contribute.open_study import AddError, OpenStudy
from metastudy.contribute.row_columns import (
    NONE,
    ROW_COLUMNS,
    default_of,
    quantity_of,
    settled_by,
    words_of,
)
from metastudy.contribute.row_questions import LISTED, Terminal, listed
from metastudy.contribute.spreadsheet import Sheet
from metastudy.corpus.strict_yaml import read_tree
from metastudy.corpus.study import COLUMNS
from metastudy.whole_file import write_whole

_HEADING_UNIT = re.compile(r"(?:/|\bin\b|[(\[])\s*([^()\[\]]+?)\s*[)\]]?$")
_NOT_ASKED = ("unc_kind", "unc_level", "n", "n_of", "reading_error", "via", "notes", "range_text")
_HEAD = "# What fills measurements.csv: a column of the table, or one value for all rows."


@dataclass(frozen=True)
class ColumnMapping:
    """Columns of measurements.csv by where they come from.

    Attributes
    ----------
    columns
        The heading of the table that fills a column.
    values
        The text that a column has in every row.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)

    def cells(self, row: Mapping[str, str]) -> dict[str, str]:
        """Return the cells that a row of the table gives."""
        return {**self.values, **{name: row[heading] for name, heading in self.columns.items()}}

    def text(self) -> str:
        """Return the mapping as YAML."""
        parts = [_HEAD]
        for title, entries in (("columns", self.columns), ("values", self.values)):
            parts.append(f"{title}:" if entries else f"{title}: {{}}")
            parts += [
                f"  {name}: {json.dumps(text, ensure_ascii=False)}"
                for name, text in entries.items()
            ]
        return "\n".join(parts) + "\n"


def read_mapping(path: Path, sheet: Sheet) -> ColumnMapping:
    """Read a mapping and hold it against the table.

    Raises
    ------
    AddError
        Where the file is no mapping, or names a column that is not there.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AddError(f"{path}: cannot be read: {error}") from None
    tree, faults = read_tree(text, str(path))
    if faults:
        raise AddError(str(faults[0]))
    value = tree.value if isinstance(tree.value, dict) else {}
    parts = {name: value.get(name) or {} for name in ("columns", "values")}
    if not isinstance(tree.value, dict) or set(value) - set(parts):
        raise AddError(f"{path}: a mapping has the keys columns and values")
    for name, entries in parts.items():
        if not isinstance(entries, dict) or not all(isinstance(v, str) for v in entries.values()):
            raise AddError(f"{path}: {name} names columns of measurements.csv, each with one text")
        for column in entries:
            if column not in COLUMNS or column == "record_id":
                raise AddError(
                    f"{tree.key_place((name, column))}: {column!r} is no column to fill; "
                    f"they are {', '.join(COLUMNS[1:])}"
                )
    for column, heading in parts["columns"].items():
        if heading not in sheet.header:
            raise AddError(
                f"{tree.place(('columns', column))}: {sheet.name} has no column {heading!r}; "
                f"it has {', '.join(sheet.header)}"
            )
    return ColumnMapping(parts["columns"], parts["values"])


def write_mapping(mapping: ColumnMapping, path: Path) -> None:
    """Keep a mapping as a file, whole or not at all."""
    write_whole({path: mapping.text()}, path, AddError)


def free_name(table: Path) -> Path:
    """Return a name beside a table for its mapping that no file has."""
    names = (table.with_suffix(f".mapping{number or ''}.yaml") for number in count())
    return next(name for name in names if not name.exists())


def by_headings(sheet: Sheet, values: Mapping[str, str]) -> ColumnMapping:
    """Map the columns whose headings are those of measurements.csv."""
    found = {h.casefold(): h for h in sheet.header}
    columns = {
        name: found[name]
        for name in COLUMNS[1:]
        if name in found and name not in values and _any(sheet, found[name])
    }
    return ColumnMapping(columns, dict(values))


def asked_mapping(
    study: OpenStudy, sheet: Sheet, known: ColumnMapping, terminal: Terminal
) -> ColumnMapping:
    """Ask for the columns that the headings leave open."""
    columns, values = dict(known.columns), dict(known.values)
    terminal.say(
        "Columns of the table: "
        + ", ".join(f"{number} {heading}" for number, heading in enumerate(sheet.header, 1))
    )
    terminal.say(
        f"Type the number of a column, or the text that every row has; {LISTED} lists, "
        f"{NONE} leaves it empty."
    )
    for column in ROW_COLUMNS:
        name = column.name
        if name in columns or name in values or name in _NOT_ASKED:
            continue
        if "quantity" not in columns and not column.applies(values, quantity_of(study, values)):
            continue
        settled = settled_by(column, study, values)
        if settled:
            terminal.say(f"{name}: {settled}")
            values[name] = settled
            continue
        words = words_of(name, study, values)
        default = _unit_in_heading(study, columns) if name == "unit_text" else ""
        default = default or default_of(column, study, values, {})
        while True:
            typed = terminal.ask(f"{name}{f' [{default}]' if default else ''}: ").strip() or default
            if typed.startswith(LISTED):
                terminal.say(listed(name, study, words, typed.removeprefix(LISTED).strip()))
                continue
            if typed.isdigit() and 1 <= int(typed) <= len(sheet.header):
                columns[name] = sheet.header[int(typed) - 1]
                break
            typed = "" if typed == NONE else typed
            optional = column.may_be_empty(values, quantity_of(study, values))
            fault = study.cell_fault(name, typed) if typed else ""
            if not fault and (typed or optional):
                values |= {name: typed} if typed else {}
                break
            terminal.say(f"  {fault or f'{name} is needed.'}")
    return ColumnMapping(columns, values)


def _unit_in_heading(study: OpenStudy, columns: Mapping[str, str]) -> str:
    match = _HEADING_UNIT.search(columns.get("value_text", ""))
    return match[1] if match and study.vocabulary.unit_of(match[1]) else ""


def _any(sheet: Sheet, heading: str) -> bool:
    return any(row.cells[heading] for row in sheet.rows)
