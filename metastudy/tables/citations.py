"""The sources of the dataset as BibTeX and CSL-JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from metastudy.corpus.study import Publication
from metastudy.errors import MetastudyError

if TYPE_CHECKING:
    import pandas as pd

_BIBTEX = {
    "article": "article",
    "preprint": "misc",
    "thesis": "phdthesis",
    "conference": "inproceedings",
    "report": "techreport",
    "unidentified": "misc",
}
_CSL = {
    "article": "article-journal",
    "preprint": "article",
    "thesis": "thesis",
    "conference": "paper-conference",
    "report": "report",
    "unidentified": "document",
}
_CONTAINER = {
    "article": "journal",
    "conference": "booktitle",
    "thesis": "school",
    "report": "institution",
}
_ESCAPED = {c: "\\" + c for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def _tex(text: str) -> str:
    return "".join(_ESCAPED.get(c, c) for c in text)


class CitationError(MetastudyError):
    """A form of citations that is not written."""


def cited(works: Mapping[str, Publication], format: str) -> str:
    """Return works in a format of :data:`FORMATS`, keyed by their study ids.

    Raises
    ------
    CitationError
        For another format.
    """
    if format not in FORMATS:
        raise CitationError(
            f"no format of citations is named {format!r}; use one of {', '.join(FORMATS)}"
        )
    return FORMATS[format](works)


def publications(studies: pd.DataFrame) -> dict[str, Publication]:
    """Return the works of the table ``studies`` that have bibliographic data, by their ids."""
    columns = ("kind", "title", "year", "container", "lab", "status", "read")
    optional = ("doi", "volume", "issue", "pages")
    return {
        str(row["study_id"]): Publication(
            authors=tuple(name for name in _text(row["authors"]).split("; ") if name),
            **{name: _text(row[name]) for name in (*columns, *optional)},
        )
        for row in studies[studies["kind"].notna()].to_dict("records")
    }


def _text(cell: Any) -> str:
    return cell if isinstance(cell, str) else ""


def _author(name: str) -> str:
    """Return a name as BibTeX reads it.

    ``others`` stays the word that BibTeX prints as "et al."; a name that is not family and initials
    is kept whole, whatever words it holds, and so is a part that holds the word ``and``.
    """
    if _are_others(name):
        return "others"
    if ", " not in name:
        return "{" + _tex(name) + "}"
    parts = (_tex(part) for part in name.split(", "))
    return ", ".join("{" + part + "}" if " and " in f" {part.lower()} " else part for part in parts)


def _are_others(name: str) -> bool:
    return name.casefold().rstrip(".") in ("others", "et al", "and others")


def bibtex(works: Mapping[str, Publication]) -> str:
    """Return one BibTeX entry for each work, keyed by its study id."""
    return "\n".join(_entry(name, source) for name, source in sorted(works.items()))


def _entry(name: str, source: Publication) -> str:
    fields = {
        "author": " and ".join(_author(author) for author in source.authors),
        "title": "{" + _tex(source.title) + "}",
        _CONTAINER.get(source.kind, "howpublished"): _tex(source.container),
        "year": source.year,
        "volume": _tex(source.volume),
        "number": _tex(source.issue),
        "pages": re.sub("[-–]+", "--", _tex(source.pages)),
        "doi": source.doi,
    }
    lines = [f"  {key} = {{{value}}}," for key, value in fields.items() if value]
    return "\n".join([f"@{_BIBTEX[source.kind]}{{{name},", *lines, "}", ""])


def csl_json(works: Mapping[str, Publication]) -> str:
    """Return the works as CSL-JSON, keyed by their study ids."""
    items = [_item(name, source) for name, source in sorted(works.items())]
    return json.dumps(items, indent=1, ensure_ascii=False) + "\n"


def _item(name: str, source: Publication) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": name,
        "type": _CSL[source.kind],
        "title": source.title,
        "author": [_person(author) for author in source.authors],
        "container-title": source.container,
    }
    if source.year.isdigit():
        item["issued"] = {"date-parts": [[int(source.year)]]}
    optional = {"DOI": source.doi, "volume": source.volume, "issue": source.issue}
    item |= {key: value for key, value in (optional | {"page": source.pages}).items() if value}
    return item


def _person(author: str) -> dict[str, str]:
    if _are_others(author):
        return {"literal": "others"}
    family, *further = author.split(", ")
    if not further:
        return {"literal": author}
    *suffix, given = further  # BibTeX's order: family, suffix, given
    return {"family": family, "given": given} | ({"suffix": ", ".join(suffix)} if suffix else {})


FORMATS = {"bibtex": bibtex, "csl": csl_json}
