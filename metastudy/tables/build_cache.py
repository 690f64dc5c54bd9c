"""Tables built in a checkout, kept until a file that they follow from changes.

The key of a build is a digest of what it follows from: every file of the data and the schemas, the
code of the package, the versions of libraries, and what the caller asked for. So an entry is never
out of date: after a change it has another name.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from metastudy.tables.columns import FORMS

logger = logging.getLogger(__name__)
PACKAGE = Path(__file__).resolve().parents[1]
KEPT = 4
LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow", "PyYAML", "jsonschema")


def folder_of(root: Path) -> Path | None:
    """Return the folder that keeps the builds of a checkout; None where the root is none."""
    return root / "build" / "tables-cache" if (root / "pyproject.toml").is_file() else None


def cached(
    root: Path,
    leave_out: Sequence[str],
    reference_c: Mapping[str, float],
    build: Callable[[], Mapping[str, pa.Table]],
) -> Mapping[str, pa.Table]:
    """Return the tables of a data root, from its folder of builds or built and put there.

    A folder that cannot be written costs the time of a build and nothing else. What a build refuses
    is not kept.

    Parameters
    ----------
    root
        The data root.
    leave_out, reference_c
        What the caller asked for; part of the key.
    build
        Builds the tables.
    """
    folder = folder_of(root)
    if folder is None:
        return build()
    asked = json.dumps([sorted(leave_out), sorted(reference_c.items())])
    key = _key(root, asked)
    if key is None:
        return build()
    found = _read(folder / key)
    if found is not None:
        logger.info("reading the tables of %s", folder / key)
        return found
    tables = build()
    if _key(root, asked) == key:  # no file changed while the build read them
        _write(folder, key, tables)
    return tables


def _key(root: Path, asked: str) -> str | None:
    try:
        return content_key(root, asked)
    except OSError:  # a file that the check reports, or that an editor just took away
        return None


def content_key(root: Path, asked: str) -> str:
    """Return the digest of all that a build follows from."""
    libraries = [sys.version, *(f"{name} {version(name)}" for name in LIBRARIES)]
    digest = hashlib.sha256(json.dumps([libraries, asked]).encode())
    for base, path in _files(root):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(base).as_posix()}\n{content}\n".encode())
    return digest.hexdigest()


def _files(root: Path) -> Iterator[tuple[Path, Path]]:
    for base, top, pattern in (
        (root, root / "data", "*"),
        (root, root / "schemas", "*"),
        (PACKAGE, PACKAGE, "*.py"),
    ):
        for path in sorted(top.rglob(pattern)):
            if path.is_file():
                yield base, path


def _read(entry: Path) -> dict[str, pa.Table] | None:
    try:
        return {form.name: _verified(entry, form.name) for form in FORMS}
    except (OSError, pa.ArrowInvalid, ValueError):
        return None


def _verified(entry: Path, name: str) -> pa.Table:
    data = (entry / f"{name}.parquet").read_bytes()
    if hashlib.sha256(data).hexdigest() != (entry / f"{name}.sha256").read_text("ascii"):
        raise ValueError(f"{entry / name}: cut or changed")
    return pq.read_table(pa.BufferReader(data))


def _write(folder: Path, key: str, tables: Mapping[str, pa.Table]) -> None:
    new = folder / f".new-{os.getpid()}"
    try:
        new.mkdir(parents=True)
        for form in FORMS:
            path = new / f"{form.name}.parquet"
            pq.write_table(tables[form.name], path)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            path.with_suffix(".sha256").write_text(digest, "ascii")
        shutil.rmtree(folder / key, ignore_errors=True)
        new.rename(folder / key)
        for old in _oldest(folder):
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        logger.info("%s: not kept (%s)", folder / key, error)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _oldest(folder: Path) -> list[Path]:
    entries = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return sorted(entries, key=lambda path: path.stat().st_mtime)[:-KEPT]
