"""An empty table for rows: every column, what goes in it, and its words to choose from."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from metastudy.contribute.open_study import AddError, OpenStudy
from metastudy.contribute.row_columns import words_of
from metastudy.contribute.row_questions import listed
from metastudy.corpus.study import COLUMNS
from metastudy.whole_file import whole_file, write_whole

ROWS, WORDS, ABOUT = "rows", "words", "columns"
_ROWS_OFFERED = 500
_FREE = ("unit_text",)  # spellings beyond its words are understood


def write_template(study: OpenStudy, path: Path) -> None:
    """Write an empty table, .csv or .xlsx; its columns are those of measurements.csv.

    Raises
    ------
    AddError
        Where the file exists, has another type, or cannot be written.
    """
    if path.exists():
        raise AddError(f"{path}: exists; give another name, or move it away")
    if path.suffix.lower() == ".csv":
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerow(COLUMNS[1:])
        write_whole({path: out.getvalue()}, path, AddError)
    elif path.suffix.lower() == ".xlsx":
        with whole_file(path, AddError) as new, new.open("wb") as file:
            _workbook(study).save(file)
    else:
        raise AddError(f"{path}: a template is a .csv or an .xlsx")


def _workbook(study: OpenStudy) -> Any:
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    rows: Any = book.active
    rows.title = ROWS
    about, words = book.create_sheet(ABOUT), book.create_sheet(WORDS)
    rows.freeze_panes = "A2"
    for number, column in enumerate(COLUMNS[1:], 1):
        letter = get_column_letter(number)
        rows[f"{letter}1"], words[f"{letter}1"] = column, column
        rows[f"{letter}1"].font = Font(bold=True)
        rows.column_dimensions[letter].width = 18
        for line in range(2, _ROWS_OFFERED + 2):
            rows[f"{letter}{line}"].number_format = "@"  # text keeps the printed digits
        known = words_of(column, study, {})
        for line, word in enumerate(known, 2):
            words[f"{letter}{line}"] = word
        if known and column not in _FREE:
            choice = DataValidation("list", f"{WORDS}!${letter}$2:${letter}${len(known) + 1}")
            choice.errorStyle = "warning"
            choice.add(f"{letter}2:{letter}{_ROWS_OFFERED + 1}")
            rows.add_data_validation(choice)
        about.append([column, " ".join(listed(column, study, ()).split())])
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 18, 100
    return book
