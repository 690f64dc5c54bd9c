"""refits.csv on disk: read strictly, written whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from metastudy.corpus.refits import ADDED_COLUMNS, REFIT_COLUMNS, Refit
from metastudy.errors import MetastudyError
from metastudy.whole_file import whole_file


class RefitError(MetastudyError):
    """A spectrum that gives no row, a choice that is none, or a refits.csv that cannot be used."""


def read_refits(path: Path) -> tuple[Refit, ...]:
    """Read the rows of a refits.csv.

    Raises
    ------
    RefitError
        If the file cannot be read or is not of this form.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RefitError(f"{path}: cannot be read: {error}") from None
    header = tuple(lines[0]) if lines else ()
    if header not in (REFIT_COLUMNS, REFIT_COLUMNS[: -len(ADDED_COLUMNS)]):
        raise RefitError(
            f"{path}:1 is no refits.csv: its header must be {','.join(REFIT_COLUMNS)}; "
            "move the file away or give another --out"
        )
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(header):
            raise RefitError(f"{path}:{number} has {len(line)} cells, the header has {len(header)}")
    return tuple(Refit(*line) for line in lines[1:])


def write_refits(path: Path, rows: Iterable[Refit]) -> None:
    """Write a refits.csv whole or not at all.

    Raises
    ------
    RefitError
        If the file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(REFIT_COLUMNS)
    writer.writerows([getattr(row, name) for name in REFIT_COLUMNS] for row in rows)
    with whole_file(path, RefitError) as new:
        new.write_text(text.getvalue(), encoding="utf-8", newline="")


def placed(rows: Sequence[Refit], new: Refit) -> list[Refit]:
    """Put a row in: in the place of an older one of the same part of the spectrum, or last."""
    part = (new.file, new.spectrum, new.component)
    for index, row in enumerate(rows):
        if (row.file, row.spectrum, row.component) == part:
            return [*rows[:index], replace(new, refit_id=row.refit_id), *rows[index + 1 :]]
    last = max((int(row.refit_id[1:]) for row in rows if row.refit_id[1:].isdigit()), default=0)
    return [*rows, replace(new, refit_id=f"r{last + 1:03d}")]
