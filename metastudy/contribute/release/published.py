"""Built tables as they are published: the texts of the CSV files and their declared columns.

Two releases are compared as files, so that each keeps what its own code made of its own data.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metastudy.contribute.git_base import base_root, git
from metastudy.contribute.package_process import has_package, last_line, run_python
from metastudy.contribute.release.checksums import sha256
from metastudy.contribute.release.errors import ReleaseError
from metastudy.tables.building import build, read_sums

Key = tuple[str, ...]


@dataclass(frozen=True)
class PublishedTable:
    """One table: its key, its columns with type, unit and meaning, its rows by key."""

    key: Key
    columns: Mapping[str, tuple[str, str, str]]
    rows: Mapping[Key, Mapping[str, str]]


def read_published(folder: Path) -> dict[str, PublishedTable]:
    """Read the tables of a folder that ``metastudy build`` or a release wrote.

    Raises
    ------
    ReleaseError
        Where the folder holds no such tables, or a file does not match its checksum.
    """
    inside = folder / "tables"
    place = inside if inside.is_dir() else folder
    sums = read_sums(place)
    package = json.loads(_verified(place, "datapackage.json", sums))
    return {
        resource["path"].removesuffix(".csv"): _table(
            resource["schema"], _verified(place, resource["path"], sums)
        )
        for resource in package["resources"]
    }


def _verified(place: Path, name: str, sums: Mapping[str, str]) -> str:
    try:
        if sha256(place / name) != sums.get(name):
            raise ReleaseError(f"{place / name}: does not match its checksum; take a whole copy")
        return (place / name).read_text(encoding="utf-8")
    except OSError as error:
        raise ReleaseError(
            f"{place}: holds no tables of a release ({name}: {error.strerror})"
        ) from None


def _table(schema: Mapping[str, Any], text: str) -> PublishedTable:
    key = tuple(schema["primaryKey"])
    columns = {
        field["name"]: (field["type"], field.get("unit", ""), field["description"])
        for field in schema["fields"]
    }
    rows = csv.DictReader(text.splitlines(keepends=True))
    return PublishedTable(key, columns, {tuple(row[name] for name in key): row for row in rows})


@contextmanager
def last_tables(root: Path, tag: str, given: Path | None) -> Iterator[tuple[Path, Path]]:
    """Give the tables of the last release and its data root, for as long as they are needed.

    Parameters
    ----------
    root
        The checkout.
    tag
        Tag of the last release.
    given
        Folder of the last release as it was published. Where it is None, the tables are built
        again, by the code of the tag where the repository holds the package.

    Raises
    ------
    ReleaseError
        Where they cannot be built again.
    """
    commit = git(root, "rev-parse", f"{tag}^{{commit}}", fault=f"{tag}: no commit").decode().strip()
    with (
        base_root(commit, root, also=("metastudy",)) as base,
        tempfile.TemporaryDirectory(prefix="metastudy-last-") as folder,
    ):
        if given is None:
            given = Path(folder) / "tables"
            _build_again(base, given, tag)
        yield given, base


def _build_again(base: Path, out: Path, tag: str) -> None:
    if not has_package(base):
        build(out, base)
        return
    done = run_python(base, "-m", "metastudy", "build", "--out", str(out), "--root", str(base))
    if done.returncode:
        raise ReleaseError(
            f"the tables of {tag} cannot be built again ({last_line(done)})"
            "; give --last with the folder of that release"
        )
