"""Small repositories of made-up data, ready to be released as 0.1.0."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.contribute.command import git
from tests.corpus.seeding import REPOSITORY, lay_out

SOLID = "data/studies/probe_2021_solid/measurements.csv"
PROPER = "vocabulary,word,meaning,properties\nsolvent,DEGDME,Diglyme.,synonyms: diglyme\n"


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--message", "change")


def checkout(folder: Path, studies: str = "probe_2021") -> Path:
    """Lay out some of the made-up studies as a repository of one commit."""
    root = lay_out(folder, studies)
    for name in ("CITATION.cff", "CHANGELOG.md", "data/LICENSE"):
        shutil.copy(REPOSITORY / name, root / name)
    set_version(root, "0.1.0")
    git(root, "init", "--initial-branch", "main")
    commit(root)
    return root


def set_version(root: Path, version: str) -> None:
    (root / "data" / "VERSION").write_text(f"{version}\n")
    lines = (root / "CITATION.cff").read_text().splitlines()
    kept = [f"version: {version}" if line.startswith("version:") else line for line in lines]
    (root / "CITATION.cff").write_text("\n".join([*kept, ""]))
