"""Rows of a contributor's table: mapped, tidied, completed, and every fault with its place."""

from __future__ import annotations

from metastudy.contribute.column_mapping import ColumnMapping
from metastudy.contribute.open_study import AddError, OpenStudy
from metastudy.contribute.row_columns import ROW_COLUMNS, completed, quantity_of
from metastudy.contribute.spreadsheet import Sheet, SheetRow
from metastudy.contribute.study_rows import faults_of
from metastudy.contribute.tidy import tidied_cells
from metastudy.corpus.study import COLUMNS

SHOWN = 20


def rows_of(study: OpenStudy, sheet: Sheet, mapping: ColumnMapping) -> list[dict[str, str]]:
    """Return the rows of measurements.csv that a table gives.

    Raises
    ------
    AddError
        Where a cell does not fit; the message has each fault with its row.
    """
    rows, faults = [], []
    for source in sheet.rows:
        row, wrong = _row(study, sheet, mapping, source)
        rows.append(row)
        faults += [f"{sheet.name}, row {source.number}: {fault}" for fault in wrong]
    if faults:
        more = [f"... and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
        raise AddError("\n".join(["no row was written", *faults[:SHOWN], *more]))
    return rows


def not_mapped(sheet: Sheet, mapping: ColumnMapping) -> list[str]:
    """Return the columns of the table that fill nothing."""
    return [heading for heading in sheet.header if heading not in mapping.columns.values()]


def _row(
    study: OpenStudy, sheet: Sheet, mapping: ColumnMapping, source: SheetRow
) -> tuple[dict[str, str], list[str]]:
    blank = dict.fromkeys(COLUMNS, "")
    cells = tidied_cells(blank | mapping.cells(source.cells), sheet.decimal_comma)
    row, missing = completed(study, cells)
    row |= _without_constants(study, row, mapping)
    wrong = [f"{column} is missing; type it, or give it for all rows" for column in missing]
    return row, wrong + faults_of(study, row, missing)


def _without_constants(
    study: OpenStudy, row: dict[str, str], mapping: ColumnMapping
) -> dict[str, str]:
    """Return what a row has where a text given for all rows does not belong to its quantity."""
    return {
        column.name: column.otherwise
        for column in ROW_COLUMNS
        if column.name in mapping.values
        and column.name not in mapping.columns
        and not column.applies(row, quantity_of(study, row))
    }
