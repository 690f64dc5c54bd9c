"""The sources of the dataset as BibTeX and CSL-JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from metastudy.corpus.corpus import Corpus
from metastudy.corpus.study import Publication

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


def _author(name: str) -> str:
    """Return a name; one that is not family and initials is kept whole, whatever words it holds."""
    return _tex(name) if ", " in name else "{" + _tex(name) + "}"


def bibtex(corpus: Corpus) -> str:
    """Return one BibTeX entry for each work, keyed by its study id."""
    return "\n".join(_entry(name, study.source) for name, study in sorted(corpus.studies.items()))


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


def csl_json(corpus: Corpus) -> str:
    """Return the works as CSL-JSON, keyed by their study ids."""
    items = [_item(name, study.source) for name, study in sorted(corpus.studies.items())]
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
    family, comma, given = author.partition(", ")
    return {"family": family, "given": given} if comma else {"literal": author}
