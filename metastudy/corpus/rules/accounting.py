"""Every line of the raw collection is taken as a record, or left out for a reason."""

from __future__ import annotations

from collections.abc import Iterator

from metastudy.corpus.corpus import RAW_INDEX
from metastudy.corpus.finding import Finding, Place
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.references import near
from metastudy.corpus.rules.rule import error
from metastudy.corpus.schema import word_hint
from metastudy.corpus.table import CsvRow, CsvTable

ACCOUNTING_MISSING = error(
    "accounting-missing",
    reason="A raw line that nobody accounts for is a number lost without a word.",
    good="Every line of raw_index.csv is in accounting.csv",
    bad="A line of raw_index.csv that accounting.csv does not name, or the other way round",
)
ACCOUNTING_TWICE = error(
    "accounting-twice",
    reason="A raw line has one fate.",
    good="Every raw line on one row",
    bad="seeds.jsonl, Noi2018-1 on two rows",
)
ACCOUNTING_RECORD = error(
    "accounting-record",
    reason="A line said to be taken must lead to its record.",
    good="record_id noi_2018_nasicon.001",
    bad="record_id noi_2018_nasicon.999",
)
ACCOUNTING_REASON = error(
    "accounting-reason",
    reason="A line is taken or left out, and left out for a reason with a word.",
    good="An empty record_id with reason out_of_scope",
    bad="Neither record_id nor reason, an unknown word, or out_of_scope beside a record_id",
)

RawLine = tuple[str, str]


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold the accounting against the raw index and the records, where both tables exist."""
    accounting, index = checked.corpus.accounting, checked.corpus.raw_index
    if accounting is None or index is None:
        return
    known = {_line(row) for row in index.rows}
    seen: dict[RawLine, int] = {}
    for row in accounting.rows:
        line = _line(row)
        place = accounting.place(row, "raw_id")
        if line in seen:
            message = f"{line[0]} {line[1]} is already in line {seen[line]}."
            yield ACCOUNTING_TWICE.at(place, message, "Keep one of them.", line[1])
            continue
        seen[line] = row.line
        if line not in known:
            message = f"{line[0]} {line[1]} is no line of {RAW_INDEX}."
            hint = near(line[1], (raw_id for file, raw_id in known if file == line[0]))
            yield ACCOUNTING_MISSING.at(place, message, hint, line[1])
        yield from _fate(row, accounting, checked)
    for row in index.rows:
        line = _line(row)
        if line not in seen:
            message = f"{line[0]} {line[1]} is not accounted for."
            hint = "Add a row with its record_id or a reason to accounting.csv."
            yield ACCOUNTING_MISSING.at(index.place(row, "raw_id"), message, hint, line[1])


def _line(row: CsvRow) -> RawLine:
    return row.cells["raw_file"], row.cells["raw_id"]


def _fate(row: CsvRow, table: CsvTable, checked: CheckedRows) -> Iterator[Finding]:
    record, reason = row.cells["record_id"], row.cells["reason"]
    words = checked.vocabulary["accounting_reason"]
    place: Place = table.place(row, "reason")
    if record and record not in checked.by_record and not checked.is_unread(record):
        message = f"record_id is {record!r}, which is no record."
        hint = near(record, checked.by_record)
        yield ACCOUNTING_RECORD.at(table.place(row, "record_id"), message, hint, record)
    if reason and reason not in words:
        message = f"reason is {reason!r}, which is not a word for it."
        hint = word_hint(checked.vocabulary, "accounting_reason", reason)
        yield ACCOUNTING_REASON.at(place, message, hint, reason)
    elif not record and not reason:
        message = "the line has neither record_id nor reason."
        yield ACCOUNTING_REASON.at(place, message, "Give one of them.")
    elif record and reason not in ("", "duplicate_of"):
        message = f"the line has record_id {record} and the reason {reason}."
        yield ACCOUNTING_REASON.at(place, message, "Only duplicate_of has both.", reason)
