"""The checkout that a release is made from, and the release before it.

A release is a commit: nothing in the folder may be unknown to git. The releases before it are the
tags ``data-vX.Y.Z``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from metastudy.contribute.git_base import git
from metastudy.contribute.package_process import has_package
from metastudy.contribute.release.errors import ReleaseError

TAG = re.compile(r"data-v([0-9]+)\.([0-9]+)\.([0-9]+)")
CODE = Path(__file__).resolve().parents[3]
SHOWN = 3
Number = tuple[int, int, int]


@dataclass(frozen=True)
class LastRelease:
    """The release before: its tag, and its version as three numbers."""

    tag: str
    number: Number

    @property
    def version(self) -> str:
        """The version as it is written."""
        return ".".join(map(str, self.number))


def require_clean(root: Path) -> None:
    """Refuse a folder that is not a whole checkout without changes.

    Raises
    ------
    ReleaseError
        Where it is no top folder of a repository, or holds a change or a file unknown to git.
    RevisionError
        Where git cannot read it.
    """
    top = git(root, "rev-parse", "--show-toplevel", fault=f"{root}: no git repository")
    if not Path(top.decode().rstrip("\n")).samefile(root):
        raise ReleaseError(f"{root}: give --root with the top folder of the repository")
    listed = git(root, "status", "--porcelain", fault=f"{root}: git gives no status").decode()
    changed = [line[3:] for line in listed.splitlines()]
    if changed:
        more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
        raise ReleaseError(
            f"{root}: not committed: {', '.join(changed[:SHOWN])}{more}; a release is made from a "
            "commit, so commit these files or take them away"
        )


def require_own_code(root: Path) -> None:
    """Refuse a checkout whose package is not the one that runs: the tables would be another's.

    Raises
    ------
    ReleaseError
        Where it holds another ``metastudy/``.
    """
    if has_package(root) and not CODE.samefile(root):
        raise ReleaseError(
            f"{root}: the package that runs is {CODE / 'metastudy'}, not this checkout's; run "
            "python -m metastudy release in the checkout"
        )


def commit_of(root: Path) -> str:
    """Return the name of the commit of a checkout."""
    return git(root, "rev-parse", "HEAD", fault=f"{root}: no commit").decode().strip()


def last_release(root: Path, version: str) -> LastRelease | None:
    """Return the highest release in the history of a checkout; None before the first one.

    A tag of this very version on this very commit is not counted, so that a release can be made
    again from its tag.
    """
    fault = f"{root}: git gives no tags"
    here = git(root, "tag", "--points-at", "HEAD", fault=fault).decode().split()
    merged = git(root, "tag", "--merged", "HEAD", fault=fault).decode().split()
    again = f"data-v{version}" if f"data-v{version}" in here else None
    found = [
        LastRelease(tag, (int(match[1]), int(match[2]), int(match[3])))
        for tag in merged
        if tag != again and (match := TAG.fullmatch(tag))
    ]
    return max(found, key=lambda release: release.number, default=None)
