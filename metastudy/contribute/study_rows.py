"""Rows put at the end of measurements.csv: numbered, held against the schema, written whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

from metastudy.contribute.open_study import AddError, Cells, OpenStudy, is_to_fill
from metastudy.corpus.study import COLUMNS
from metastudy.target_lock import locked
from metastudy.whole_file import whole_file


def append_rows(study: OpenStudy, rows: Sequence[Cells]) -> list[str]:
    """Add rows to measurements.csv and return their record ids; all of them or none.

    An unfilled row that ``metastudy new`` made goes. Rows that are there stay as they are.

    Raises
    ------
    AddError
        Where a cell does not fit its column, or the file cannot be read or written.
    """
    faults = [
        f"row {i}: {fault}" for i, row in enumerate(rows, 1) for fault in faults_of(study, row)
    ]
    if faults:
        raise AddError("\n".join([f"{study.id}: nothing was written", *faults]))
    with locked(study.rows_file, AddError):
        study = replace(study)  # read again: another process may have added rows
        ids = study.next_record_ids(len(rows))
        text = _kept(study) + _lines(rows, ids)
        with whole_file(study.rows_file, AddError) as new:
            new.write_text(text, encoding="utf-8", newline="")
    return ids


def drop_unfilled(study: OpenStudy) -> None:
    """Take the unfilled row that ``metastudy new`` made out of measurements.csv.

    Raises
    ------
    AddError
        Where the file cannot be read or written.
    """
    with locked(study.rows_file, AddError):
        study = replace(study)
        text = _kept(study)
        if text != study.text:
            with whole_file(study.rows_file, AddError) as new:
                new.write_text(text, encoding="utf-8", newline="")


def faults_of(study: OpenStudy, cells: Cells, leave: Sequence[str] = ()) -> list[str]:
    """Say of each cell that does not fit its column what would be right.

    ``leave`` names columns that are not held.
    """
    found = [
        study.cell_fault(column, cells.get(column, ""))
        for column in COLUMNS
        if column not in ("record_id", *leave)
    ]
    return [fault for fault in found if fault]


def _kept(study: OpenStudy) -> str:
    lines = study.text.splitlines(keepends=True)
    unfilled = {row.line for row in study.table.rows if is_to_fill(row.cells)}
    return "".join(line for number, line in enumerate(lines, 1) if number not in unfilled)


def _lines(rows: Sequence[Cells], ids: Sequence[str]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row, record_id in zip(rows, ids, strict=True):
        named = {**row, "record_id": record_id}
        writer.writerow([named.get(column, "") for column in COLUMNS])
    return out.getvalue()
