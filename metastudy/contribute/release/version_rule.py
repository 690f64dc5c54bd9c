"""Which version may follow which: SemVer for data.

The first number counts changes of a field or a meaning, the second additions of rows, the third
corrections. Before 1.0.0 a changed field or meaning counts in the second number, as SemVer allows;
1.0.0 may follow any of them.
"""

from __future__ import annotations

import re

from metastudy.contribute.release.changes import Changes, Kind
from metastudy.contribute.release.errors import ReleaseError
from metastudy.contribute.release.repository import LastRelease, Number

_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


def version_number(version: str) -> Number:
    """Return a version as three numbers.

    Raises
    ------
    ReleaseError
        Where it is no version of three numbers.
    """
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ReleaseError(f"{version!r} is no version of a release; give three numbers: 0.2.0")
    return int(match[1]), int(match[2]), int(match[3])


def require_above(version: str, last: LastRelease | None) -> None:
    """Refuse a version that is not above the last release.

    Raises
    ------
    ReleaseError
        Where it is not.
    """
    if version_number(version) <= (last.number if last is not None else (0, 0, 0)):
        before = f"the last release, {last.version}" if last is not None else "0.0.0"
        raise ReleaseError(f"version {version} is not above {before}")


def require_matching(version: str, last: LastRelease | None, changes: Changes) -> None:
    """Refuse a version that does not say what changed.

    Raises
    ------
    ReleaseError
        Where nothing changed, or the version is none of those that may follow.
    """
    if last is None:
        return
    if changes.kind is Kind.NOTHING:
        raise ReleaseError(f"{changes.reason} from {last.version}; there is nothing to release")
    allowed = following(last.number, changes.kind)
    if version_number(version) not in allowed:
        names = " or ".join(".".join(map(str, number)) for number in allowed)
        raise ReleaseError(
            f"version {version} does not say what changed since {last.version}: "
            f"{changes.kind.words} ({changes.reason}); the next version is {names}"
        )


def following(last: Number, kind: Kind) -> list[Number]:
    """Return the versions that may follow, the usual one first."""
    major, minor, patch = last
    if kind is Kind.CORRECTION:
        usual = (major, minor, patch + 1)
    elif kind is Kind.ROWS or major == 0:
        usual = (major, minor + 1, 0)
    else:
        usual = (major + 1, 0, 0)
    return [usual, (1, 0, 0)] if major == 0 else [usual]
