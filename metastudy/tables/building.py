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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
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
from metastudy.normalise.budget import covariance_entries
from metastudy.normalise.observations import Normalised, normalise
from metastudy.tables.checking import all_findings
from metastudy.tables.citations import bibtex, csl_json
from metastudy.tables.columns import COVARIANCE, FORMS, TableForm
from metastudy.tables.csv_cells import without_formula
from metastudy.tables.preparations import Row
from metastudy.tables.rows import table_rows
from metastudy.target_lock import locked

ARROW = {"text": pa.string(), "number": pa.float64(), "integer": pa.int64(), "flag": pa.bool_()}
SQLITE = {"text": "TEXT", "number": "REAL", "integer": "INTEGER", "flag": "INTEGER"}
logger = logging.getLogger(__name__)
BLOCK_ROWS = 2**20  # a row group of Parquet, as its writer cuts them by itself
FEW_ROWS = 2**14  # rows that are Python objects at one time
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


def arrow_blocks(form: TableForm, rows: Iterable[Row]) -> Iterator[pa.Table]:
    """Yield rows as Arrow tables of at most ``BLOCK_ROWS``; one without rows where there are none.

    A column that a row lacks is an error, not a blank.
    """
    left = iter(rows)
    block = _block(form, left)
    while True:
        yield block
        if block.num_rows < BLOCK_ROWS:
            return
        block = _block(form, left)
        if not block.num_rows:
            return


def _block(form: TableForm, left: Iterator[Row]) -> pa.Table:
    """Take the next rows, so few of them at a time as Python objects that memory does not grow."""
    parts = [_arrow_table(form, list(islice(left, FEW_ROWS)))]
    while parts[-1].num_rows == FEW_ROWS and len(parts) < BLOCK_ROWS // FEW_ROWS:
        parts.append(_arrow_table(form, list(islice(left, FEW_ROWS))))
    return pa.concat_tables(parts).combine_chunks()


def _arrow_table(form: TableForm, rows: Sequence[Row]) -> pa.Table:
    columns = {
        column.name: pa.array(
            [None if (cell := row[column.name]) == "" else cell for row in rows],
            type=ARROW[column.kind],
        )
        for column in form.columns
    }
    return pa.table(columns, schema=arrow_schema(form))


def covariance_blocks(normalised: Normalised) -> Iterator[pa.Table]:
    """Yield the entries of V as Arrow tables of at most ``BLOCK_ROWS``."""
    entries = covariance_entries([o.terms for o in normalised.observations])
    ids = pa.array([o.id for o in normalised.observations], type=pa.string())
    terms, scopes = (
        pa.array([label[part] for label in entries.labels], type=pa.string()) for part in (0, 1)
    )
    for start in range(0, max(len(entries.value), 1), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        label = pa.array(entries.label[block])
        columns = (
            ids.take(pa.array(entries.i[block])),
            ids.take(pa.array(entries.j[block])),
            terms.take(label),
            scopes.take(label),
            pa.array(entries.value[block]),
        )
        yield pa.table(list(columns), schema=arrow_schema(COVARIANCE))


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
    blocks = table_blocks(corpus, leave_out, reference_c)
    return {name: pa.concat_tables(parts).combine_chunks() for name, parts in blocks.items()}


def table_blocks(
    corpus: Corpus,
    leave_out: Sequence[str] = (),
    reference_c: Mapping[str, float] | None = None,
) -> dict[str, Iterator[pa.Table]]:
    """Return every table in the order of ``FORMS``, each block by block as it is asked for."""
    logger.info("normalising and building the tables of %s", corpus.root)
    normalised = normalise(corpus, reference_c, leave_out)
    rows = table_rows(corpus, normalised)
    return {
        form.name: covariance_blocks(normalised)
        if form is COVARIANCE
        else arrow_blocks(form, rows[form.name])
        for form in FORMS
    }


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
    tables = table_blocks(corpus)
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


def _write_all(folder: Path, tables: Mapping[str, Iterable[pa.Table]], corpus: Corpus) -> None:
    version = data_version(corpus.root)
    versions = {"metastudy_version": __version__, "data_version": version or ""}
    connection = sqlite3.connect(folder / "metastudy.sqlite")
    try:
        for form in FORMS:
            _write_table(folder, form, tables[form.name], versions, connection)
        connection.commit()
    finally:
        connection.close()
    works = {name: study.source for name, study in corpus.studies.items()}
    (folder / "sources.bib").write_text(bibtex(works), encoding="utf-8")
    (folder / "sources.csl.json").write_text(csl_json(works), encoding="utf-8")
    package = json.dumps(datapackage(version), indent=1, ensure_ascii=False)
    (folder / "datapackage.json").write_text(package + "\n", encoding="utf-8")
    sums = "".join(f"{_digest(path)}  {path.name}\n" for path in sorted(folder.iterdir()))
    (folder / SUMS).write_text(sums, encoding="utf-8")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_table(
    folder: Path,
    form: TableForm,
    blocks: Iterable[pa.Table],
    versions: Mapping[str, str],
    connection: sqlite3.Connection,
) -> None:
    """Write one table as Parquet, CSV and SQLite, block by block; a block is a row group."""
    plain = arrow_schema(form)
    schema = plain.with_metadata({**(plain.metadata or {}), **versions})
    columns = ", ".join(f'"{c.name}" {SQLITE[c.kind]}' for c in form.columns)
    connection.execute(f'CREATE TABLE "{form.name}" ({columns})')
    insert = f'INSERT INTO "{form.name}" VALUES ({", ".join("?" * len(form.columns))})'
    with (
        (folder / f"{form.name}.csv").open("w", encoding="utf-8", newline="") as text,
        pq.ParquetWriter(folder / f"{form.name}.parquet", schema, compression="zstd") as parquet,
    ):
        text.write(_csv_line(column.name for column in form.columns))
        for block in blocks:
            parquet.write_table(block.cast(schema))
            for values in _python_columns(block):
                text.write(_csv_lines(form, values))
                connection.executemany(insert, zip(*values, strict=True))


def _python_columns(table: pa.Table) -> Iterator[list[list[Any]]]:
    """Yield the columns of a table as lists, of a few thousand rows at a time."""
    for start in range(0, table.num_rows, FEW_ROWS):
        part = table.slice(start, FEW_ROWS).combine_chunks()
        yield [_python_values(column.chunk(0)) for column in part.columns]


def _python_values(values: pa.Array) -> list[Any]:
    # Of texts this is some times faster than to_pylist.
    is_text = pa.types.is_string(values.type)
    listed: list[Any] = (
        values.to_numpy(zero_copy_only=False).tolist() if is_text else values.to_pylist()
    )
    return listed


def csv_text(form: TableForm, table: pa.Table) -> str:
    """Write a table as CSV; numbers to 12 significant digits, so that any machine gives the same.

    Missing values are empty cells; a text that a spreadsheet would compute is quoted as
    :func:`without_formula` says.
    """
    parts = [_csv_line(column.name for column in form.columns)]
    parts += [_csv_lines(form, values) for values in _python_columns(table)]
    return "".join(parts)


def _csv_line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue()


def _csv_lines(form: TableForm, values: Sequence[list[Any]]) -> str:
    """Write rows, given as columns; each different text is quoted once, as most repeat."""
    pairs = zip(form.columns, values, strict=True)
    columns = [_csv_cells(column.kind, cells) for column, cells in pairs]
    return "".join(f"{','.join(cells)}\n" for cells in zip(*columns, strict=True))


def _csv_cells(kind: str, cells: list[Any]) -> list[str]:
    if kind == "number":
        return ["" if cell is None else f"{cell:.12g}" for cell in cells]
    if kind == "flag":
        return ["" if cell is None else "true" if cell else "false" for cell in cells]
    # With an empty cell behind it, so that one cell is no empty line; cut off with the line end.
    written = {cell: _csv_line((without_formula(cell), ""))[:-2] for cell in set(cells)}
    return [written[cell] for cell in cells]


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
