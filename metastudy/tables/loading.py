"""Load the built tables as data frames, with V.

Tables on disk are read through their checksums: a file that does not match is never mixed with
those that do. Without a folder, the tables that came with the installed package are read; in a
checkout they are built in memory from ``data/``.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from metastudy.corpus.corpus import default_root
from metastudy.corpus.version import data_version
from metastudy.tables.build_cache import cached
from metastudy.tables.building import (
    SUMS,
    build_tables,
    checked_corpus,
    previous_of,
    read_sums,
)
from metastudy.tables.columns import FORMS
from metastudy.tables.dataset import Dataset as Dataset  # its users import it from here
from metastudy.tables.dataset import LoadError as LoadError

logger = logging.getLogger(__name__)
PACKAGED = Path(__file__).resolve().parents[1] / "_tables"
ATTEMPTS = 50
STANDING_STILL = 3
PAUSE_S = 0.02


def load(
    tables: str | Path | None = None,
    *,
    version: str | None = None,
    root: str | Path | None = None,
    leave_out: Sequence[str] = (),
    reference_c: Mapping[str, float] | None = None,
) -> Dataset:
    """Load the dataset.

    Parameters
    ----------
    tables
        Folder written by ``metastudy build``, or of a release. None takes the tables of the
        installed package, or in a checkout builds them, or reads those it built from the same data
        and code before (``build/tables-cache``).
    version
        Version that the data must have, such as ``"0.2.0"``.
    root
        Data root to build from instead; it holds ``data/`` and ``schemas/``.
    leave_out
        Any of ``secondary``, ``unidentified``, ``abstract_only``: records of that kind are left
        out and everything, V included, is built anew without them.
    reference_c
        Other reference temperatures (degC) by interface class; builds anew.

    Raises
    ------
    LoadError
        Where the folder holds no whole build, the data root no study, or the data has another
        version.
    MetastudyError
        Where the data cannot be built.

    Examples
    --------
    >>> import metastudy
    >>> data = metastudy.load(leave_out=["secondary"])
    >>> len(data.observations) == len(data.V)
    True
    """
    if tables is not None:
        if leave_out or reference_c or root is not None:
            raise LoadError(
                "a folder of built tables is read as it is; to leave rows out or move the "
                "reference temperature, load from a data root instead"
            )
        folder = Path(tables)
        inside = folder / "tables"  # of a release
        return _read_dataset(inside if (inside / SUMS).is_file() else folder, version)
    if root is None and not leave_out and not reference_c and PACKAGED.is_dir():
        return _read_dataset(PACKAGED, version)
    return _built(None if root is None else Path(root), version, leave_out, reference_c or {})


def _read_dataset(folder: Path, wanted: str | None) -> Dataset:
    tables, version = read_build(folder)
    _check_version(folder, version, wanted)
    return data_frames(tables, version)


def _built(
    root: Path | None,
    wanted: str | None,
    leave_out: Sequence[str],
    reference_c: Mapping[str, float],
) -> Dataset:
    place = default_root() if root is None else root
    version = data_version(place)
    _check_version(place / "data", version, wanted)

    def build() -> dict[str, pa.Table]:
        corpus = checked_corpus(root)
        if not corpus.studies:
            raise LoadError(
                f"{corpus.root / 'data'}: the dataset holds no study yet; metastudy new begins one"
            )
        return build_tables(corpus, leave_out, reference_c)

    return data_frames(cached(place, leave_out, reference_c, build), version)


def _check_version(place: Path, found: str | None, wanted: str | None) -> None:
    if wanted is not None and found != wanted:
        has = "has no version" if found is None else f"is version {found}"
        raise LoadError(f"{place}: the data {has}, not {wanted}; load that release's tables")


def read_build(folder: Path) -> tuple[dict[str, pa.Table], str | None]:
    """Read the Parquet tables of a build and its version, each held against its checksum.

    Raises
    ------
    LoadError
        Where the folder holds no build, lacks a table, or a table does not match its checksum.
    """
    logger.info("reading the tables of %s", folder)
    fault = ""
    same = 0
    for _ in range(ATTEMPTS):
        before = read_sums(_whole(folder))
        try:
            return _read_once(_whole(folder))
        except FileNotFoundError:
            fault = f"{folder}: holds no whole build of the tables"
        except OSError as error:
            fault = f"{folder}: cannot be read ({error.strerror or error})"
        except _MismatchError as error:
            fault = str(error)
        # A build may be swapping folders under us: then the checksums change, or the next try
        # finds the folder at rest. A fault that stays while they do not change is one.
        time.sleep(PAUSE_S)
        same = same + 1 if read_sums(_whole(folder)) == before else 0
        if same == STANDING_STILL:
            break
    raise LoadError(f"{fault}; run metastudy build --out {folder}")


class _MismatchError(Exception):
    """A table that its checksum does not know: changed, cut, or of the build before."""


def _whole(folder: Path) -> Path:
    if folder.is_dir():
        return folder
    return previous_of(folder)


def _read_once(folder: Path) -> tuple[dict[str, pa.Table], str | None]:
    sums = read_sums(folder)

    def verified(name: str) -> bytes:
        data = (folder / name).read_bytes()
        if hashlib.sha256(data).hexdigest() != sums.get(name):
            raise _MismatchError(f"{folder / name}: does not match {SUMS}")
        return data

    tables = {
        form.name: pq.read_table(io.BytesIO(verified(f"{form.name}.parquet"))) for form in FORMS
    }
    return tables, json.loads(verified("datapackage.json")).get("version")


def data_frames(tables: Mapping[str, pa.Table], version: str | None = None) -> Dataset:
    """Return built tables as data frames with the units of their columns."""
    # Integer columns may hold gaps; without the mapping their type would hang on the data.
    whole = {pa.int64(): pd.Int64Dtype()}.get
    frames = {name: table.to_pandas(types_mapper=whole) for name, table in tables.items()}
    units = {
        name: {
            f.name: f.metadata[b"unit"].decode() for f in table.schema if f.metadata.get(b"unit")
        }
        for name, table in tables.items()
    }
    return Dataset(frames, units, version)
