"""``CITATION.cff``: who made the dataset, and which version of which day is cited.

It is the one place of title, authors, licences and day of a release; the other metadata follow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from metastudy.contribute.release.errors import ReleaseError

FILE = "CITATION.cff"
DATA_LICENCE = "CC-BY-4.0"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Author:
    """A person with a given name, or a group without one."""

    name: str
    given: str = ""
    orcid: str = ""

    @property
    def listed(self) -> str:
        """The name as lists of references have it."""
        return f"{self.name}, {self.given}" if self.given else self.name


@dataclass(frozen=True)
class Citation:
    """What the file says."""

    title: str
    abstract: str
    version: str
    day: str
    authors: tuple[Author, ...]
    keywords: tuple[str, ...]


def read_citation(root: Path) -> Citation:
    """Read the file of a checkout.

    Raises
    ------
    ReleaseError
        Where it is not there, or lacks a field.
    """
    path = root / FILE
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = Citation(
            content["title"],
            content["abstract"],
            str(content["version"]),
            str(content["date-released"]),
            tuple(_author(author) for author in content["authors"]),
            tuple(content["keywords"]),
        )
    except OSError as error:
        raise ReleaseError(f"{path}: cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        where = str(error).splitlines()[-1].strip()
        raise ReleaseError(f"{path}: not readable as YAML: {where}") from None
    except (KeyError, TypeError) as error:
        raise ReleaseError(
            f"{path}: lacks {error}; a release needs title, abstract, version, date-released, "
            "authors and keywords"
        ) from None
    if not _DAY.fullmatch(found.day):
        raise ReleaseError(f"{path}: date-released is {found.day!r}; write a day as 2026-11-30")
    return found


def _author(entry: dict[str, Any]) -> Author:
    if "name" in entry:
        return Author(entry["name"])
    return Author(entry["family-names"], entry.get("given-names", ""), entry.get("orcid", ""))


def with_release(text: str, version: str, day: str) -> str:
    """Return the text of the file with another version and day.

    Raises
    ------
    ReleaseError
        Where it has no line of its own for one of them.
    """
    for key, value in (("version", version), ("date-released", f'"{day}"')):
        text, count = re.subn(rf"(?m)^{key}:.*$", f"{key}: {value}", text)
        if count != 1:
            raise ReleaseError(f"{FILE}: has {count} lines {key}:, not one")
    return text
