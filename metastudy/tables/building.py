"""Build the tables and put them on disk whole or not at all.

A build writes a complete folder beside its target and then swaps the two by renaming. Whoever is
killed on the way leaves the old folder, the new one, or (between the two renames) the old one under
its second name, where :mod:`metastudy.tables.loading` finds it and the next build puts it back.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import logging
import os
import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from metastudy._version import __version__
from metastudy.corpus.corpus import Corpus, CorpusError, read_corpus
from metastudy.corpus.finding import Severity
from metastudy.corpus.rules.decisions import apply_decisions
from metastudy.corpus.version import data_version
from metastudy.errors import MetastudyError
from metastudy.normalise.observations import normalise
from metastudy.tables.checking import all_findings
from metastudy.tables.citations import bibtex, csl_json
from metastudy.tables.columns import FORMS, Column, TableForm
from metastudy.tables.csv_cells import without_formula
from metastudy.tables.preparations import Row
from metastudy.tables.rows import table_rows
from metastudy.target_lock import locked

ARROW = {"text": pa.string(), "number": pa.float64(), "integer": pa.int64(), "flag": pa.bool_()}
SQLITE = {"text": "TEXT", "number": "REAL", "integer": "INTEGER", "flag": "INTEGER"}
logger = logging.getLogger(__name__)
SUMS = "SHA256SUMS"
PREVIOUS = ".previous"
Step = Callable[[str], None]


class BuildError(MetastudyError):
    """A target that cannot be written."""


def arrow_schema(form: TableForm) -> pa.Schema:
    """Return the Arrow schema of a table, with unit and meaning in the field metadata."""
    return pa.schema(
        [
            pa.field(
                column.name,
                ARROW[column.kind],
                metadata={"unit": column.unit, "meaning": column.meaning},
            )
            for column in form.columns
        ],
        metadata={"table": form.name, "meaning": form.meaning},
    )


def arrow_table(form: TableForm, rows: Sequence[Row]) -> pa.Table:
    """Return rows as an Arrow table; a column that a row lacks is an error, not a blank."""
    columns = {
        column.name: pa.array(
            [_empty_is_none(row[column.name]) for row in rows], type=ARROW[column.kind]
        )
        for column in form.columns
    }
    return pa.table(columns, schema=arrow_schema(form))


def _empty_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and value == "" else value


def checked_corpus(root: Path | None = None) -> Corpus:
    """Read a data root, run the whole check, and refuse what has an error; warnings may be open.

    Raises
    ------
    CorpusError
        Where the check finds errors; they are in the error.
    """
    corpus = read_corpus(root)
    found, _ = apply_decisions(corpus, all_findings(corpus))
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    if errors:
        raise CorpusError(errors)
    return corpus


def build_tables(
    corpus: Corpus,
    leave_out: Sequence[str] = (),
    reference_c: Mapping[str, float] | None = None,
) -> dict[str, pa.Table]:
    """Build every table in memory."""
    logger.info("normalising and building the tables of %s", corpus.root)
    rows = table_rows(corpus, normalise(corpus, reference_c, leave_out))
    return {form.name: arrow_table(form, rows[form.name]) for form in FORMS}


def build(out: Path, root: Path | None = None, step: Step = lambda _: None) -> list[Path]:
    """Build all tables and write them to the folder ``out``.

    Parameters
    ----------
    out
        Target folder. It may hold an earlier build, which is replaced as a whole, or be new; a
        folder that holds anything else is refused.
    root
        Data root; the installed or checked-out data where it is None.
    step
        Called with the name of each step, for a progress display.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    BuildError, CorpusError
        Where the target is no place for tables, another process writes it, or the data does not
        pass the check.
    """
    target = Path(os.path.abspath(out))
    _refuse_foreign(target)
    step("checking")
    corpus = checked_corpus(root)
    step("normalising")
    tables = build_tables(corpus)
    new = target.parent / f"{_unfinished(target)}{os.getpid()}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target, BuildError):
            _sweep(target)
            new.mkdir()
            step("writing")
            _write_all(new, tables, corpus)
            _swap(new, target)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise BuildError(f"{target}: cannot be written: {reason}") from None
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return sorted(target.iterdir())


def previous_of(target: Path) -> Path:
    """Return the name of the earlier tables while the new ones take their place."""
    return target.parent / f"{target.name}{PREVIOUS}"


def _unfinished(target: Path) -> str:
    return f".{target.name}.new-"


def _sweep(target: Path) -> None:
    """Remove what builds that were killed left behind; no other build is at work here."""
    for path in target.parent.iterdir():
        if path.name.startswith(_unfinished(target)):
            shutil.rmtree(path, ignore_errors=True)


def recover(target: Path) -> None:
    """Put the earlier tables back where a build was stopped between its two renames."""
    previous = previous_of(target)
    if previous.is_dir() and not target.exists():
        previous.rename(target)


def _refuse_foreign(target: Path) -> None:
    """Refuse a target that holds anything but an earlier build: it would be deleted.

    An earlier build under its second name is put back first.
    """
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise BuildError(f"{target}: is no folder; give --out a folder")
    try:
        recover(target)
        names = {path.name for path in target.iterdir()} if target.exists() else set()
        foreign = names - {SUMS} - set(read_sums(target)) if names else set()
    except OSError as error:
        raise BuildError(f"{target}: cannot be read: {error.strerror or error}") from None
    if foreign:
        shown = ", ".join(sorted(foreign)[:3])
        raise BuildError(
            f"{target}: holds other files ({shown}); a build replaces its whole folder, "
            "so give it one of its own"
        )


def read_sums(folder: Path) -> dict[str, str]:
    """Return the checksum of every file of a build, or nothing where there is no list of them."""
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _swap(new: Path, target: Path) -> None:
    previous = previous_of(target)
    shutil.rmtree(previous, ignore_errors=True)
    try:
        if target.exists():
            target.rename(previous)
        new.rename(target)
    except BaseException:  # also where the user stops it
        recover(target)
        raise
    shutil.rmtree(previous, ignore_errors=True)


def _write_all(folder: Path, tables: Mapping[str, pa.Table], corpus: Corpus) -> None:
    version = data_version(corpus.root)
    versions = {"metastudy_version": __version__, "data_version": version or ""}
    for form in FORMS:
        table = tables[form.name]
        (folder / f"{form.name}.csv").write_text(csv_text(form, table), encoding="utf-8")
        named = table.replace_schema_metadata({**table.schema.metadata, **versions})
        pq.write_table(named, folder / f"{form.name}.parquet", compression="zstd")
    _write_sqlite(folder / "metastudy.sqlite", tables)
    works = {name: study.source for name, study in corpus.studies.items()}
    (folder / "sources.bib").write_text(bibtex(works), encoding="utf-8")
    (folder / "sources.csl.json").write_text(csl_json(works), encoding="utf-8")
    package = json.dumps(datapackage(version), indent=1, ensure_ascii=False)
    (folder / "datapackage.json").write_text(package + "\n", encoding="utf-8")
    sums = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.iterdir())
    )
    (folder / SUMS).write_text(sums, encoding="utf-8")


def csv_text(form: TableForm, table: pa.Table) -> str:
    """Write a table as CSV; numbers to 12 significant digits, so that any machine gives the same.

    Missing values are empty cells; a text that a spreadsheet would compute is quoted as
    :func:`without_formula` says.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([column.name for column in form.columns])
    data = [table.column(column.name).to_pylist() for column in form.columns]
    for values in zip(*data, strict=True):
        cells = (_cell(v, c) for v, c in zip(values, form.columns, strict=True))
        writer.writerow(list(cells))
    return buffer.getvalue()


def _cell(value: Any, column: Column) -> str:
    if value is None:
        return ""
    if column.kind == "number":
        return f"{value:.12g}"
    if column.kind == "flag":
        return "true" if value else "false"
    return str(without_formula(value))


def _write_sqlite(path: Path, tables: Mapping[str, pa.Table]) -> None:
    connection = sqlite3.connect(path)
    try:
        for form in FORMS:
            columns = ", ".join(f'"{c.name}" {SQLITE[c.kind]}' for c in form.columns)
            connection.execute(f'CREATE TABLE "{form.name}" ({columns})')
            marks = ", ".join("?" * len(form.columns))
            data = [tables[form.name].column(c.name).to_pylist() for c in form.columns]
            connection.executemany(
                f'INSERT INTO "{form.name}" VALUES ({marks})', zip(*data, strict=True)
            )
        connection.commit()
    finally:
        connection.close()


_FRICTIONLESS = {"text": "string", "number": "number", "integer": "integer", "flag": "boolean"}


def datapackage(version: str | None) -> dict[str, Any]:
    """Describe the CSV files as a Data Package (Frictionless Data, version 1)."""
    return {
        "profile": "tabular-data-package",
        "name": "metastudy",
        "title": "Interface resistances between ionic conductors",
        **({} if version is None else {"version": version}),
        "software": f"metastudy {__version__}",
        "licenses": [{"name": "CC-BY-4.0", "title": "Creative Commons Attribution 4.0"}],
        "resources": [
            {
                "name": form.name.replace("_", "-"),
                "path": f"{form.name}.csv",
                "profile": "tabular-data-resource",
                "description": form.meaning,
                "encoding": "utf-8",
                "schema": {
                    "primaryKey": list(form.key),
                    "missingValues": [""],
                    "fields": [
                        {
                            "name": column.name,
                            "type": _FRICTIONLESS[column.kind],
                            "description": column.meaning,
                            **({"unit": column.unit} if column.unit else {}),
                        }
                        for column in form.columns
                    ],
                },
            }
            for form in FORMS
        ],
    }
