"""Choose the files of wheel and sdist, and put the built tables into the wheel.

In a checkout both carry what git tracks; elsewhere, as in an unpacked sdist, what is there without
the files that the check of the data leaves aside. A wheel carries the package, the tables
(``metastudy/_tables``), and data and schemas (``metastudy/_share``), so that it can build the
tables anew without some rows. An editable install reads ``data/`` in its place.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# What building the tables needs, scipy for stored refits; the versions are those of
# [project.dependencies].
NEEDED = ("numpy", "scipy", "pandas", "pyarrow", "jsonschema", "PyYAML")
SHARED = ("data", "schemas")
# Of the package: from which the script of the explorer is built, which the wheel has as it is.
SOURCES = "metastudy/pages/explorer/source"
# What the tests of an unpacked sdist read.
SDIST = (
    "metastudy tests analyses benchmarks data docs requirements schemas Makefile CHANGELOG.md "
    "CITATION.cff CONTRIBUTING.md LICENSE README.md hatch_build.py pyproject.toml .ci "
    ".gitattributes .github .gitignore .pre-commit-config.yaml"
).split()


class FilesError(Exception):
    """Files that cannot be told apart into those of the project and others."""


class DataHook(BuildHookInterface):
    """Chooses files, and builds the tables of a wheel."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return what building needs, with the bounds of the project's own dependencies."""
        if self.target_name != "wheel":
            return []
        needed = {canonicalize_name(name) for name in NEEDED}
        return [
            text
            for text in self.metadata.core.dependencies
            if canonicalize_name(Requirement(text).name) in needed
        ]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files; for a wheel, build the tables into a temporary folder first."""
        if version == "editable":
            return
        root = Path(self.root)
        forced = build_data["force_include"]
        try:
            if self.target_name == "sdist":
                forced |= {str(root / name): str(name) for name in shipped(root, SDIST)}
                return
            forced |= {str(root / name): str(name) for name in packaged(root)}
            shared = shipped(root, SHARED)
        except FilesError as error:
            self.app.abort(f"nothing is built: {error}")
        self.folder = tempfile.TemporaryDirectory(prefix="metastudy-")
        share, tables = Path(self.folder.name) / "share", Path(self.folder.name) / "tables"
        for name in shared:
            (share / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, share / name)
        self._build(tables, share)
        forced |= {str(tables): "metastudy/_tables", str(share): "metastudy/_share"}

    def _build(self, tables: Path, share: Path) -> None:
        with _importable(self.root):
            from metastudy.errors import MetastudyError
            from metastudy.tables.building import build
        try:
            build(tables, share)
        except MetastudyError as error:
            self.folder.cleanup()
            self.app.abort(f"no wheel is made, because the tables cannot be built: {error}")

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the temporary folder."""
        if hasattr(self, "folder"):
            self.folder.cleanup()


def packaged(root: Path) -> list[PurePosixPath]:
    """Return the files of the package that a wheel carries, sorted."""
    return [name for name in shipped(root, ("metastudy",)) if not name.is_relative_to(SOURCES)]


def shipped(root: Path, names: Sequence[str]) -> list[PurePosixPath]:
    """Return the files at or below some names of a tree that belong to the project, sorted.

    Raises
    ------
    FilesError
        If the tree is a checkout and git cannot list what it tracks.
    """
    found = _tracked(root, names) if (root / ".git").exists() else _without_strays(root, names)
    return sorted(name for name in found if (root / name).is_file())


def _tracked(root: Path, names: Sequence[str]) -> Iterator[PurePosixPath]:
    # A git hook that calls a build names its own index in these variables.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    command = ["git", "-C", str(root), "ls-files", "-z", "--", *names]
    try:
        done = subprocess.run(command, capture_output=True, check=True, env=environment)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", b"").decode(errors="replace").strip() or str(error)
        raise FilesError(
            f"git does not list the files of the checkout {root} ({reason}); make git work there, "
            "or build from an sdist"
        ) from None
    return (PurePosixPath(os.fsdecode(name)) for name in done.stdout.split(b"\0") if name)


def _without_strays(root: Path, names: Sequence[str]) -> Iterator[PurePosixPath]:
    with _importable(str(root)):
        from metastudy.corpus.stray import STRAY

    for name in names:
        if (root / name).is_file():
            yield PurePosixPath(name)
        for folder, folders, files in os.walk(root / name):
            folders[:] = [f for f in folders if f != "__pycache__" and not STRAY.fullmatch(f)]
            place = PurePosixPath(Path(folder).relative_to(root).as_posix())
            yield from (place / file for file in files if not STRAY.fullmatch(file))


@contextmanager
def _importable(root: str) -> Iterator[None]:
    """Import the package of this tree, not one that happens to be installed."""
    sys.path.insert(0, root)
    try:
        yield
    finally:
        sys.path.remove(root)
