"""The source of a study from a .bib or .ris file that a library or a publisher exports."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metastudy.corpus.doi import normalised_doi
from metastudy.errors import MetastudyError

EXTRA = "python -m pip install 'metastudy[contribute]' (in a checkout: -e '.[contribute]')"
_BIB_KINDS = {
    "article": "article",
    "phdthesis": "thesis",
    "mastersthesis": "thesis",
    "thesis": "thesis",
    "inproceedings": "conference",
    "conference": "conference",
    "techreport": "report",
    "report": "report",
}
_RIS_KINDS = {
    "JOUR": "article",
    "EJOUR": "article",
    "THES": "thesis",
    "CPAPER": "conference",
    "CONF": "conference",
    "RPRT": "report",
    "UNPB": "preprint",
}
_DASHES = re.compile(r"\s*[\u2010-\u2015\u2212-]+\s*")
_TAGS = re.compile(r"</?[A-Za-z][^<>]*>")
_SUBSCRIPT = re.compile(r"[_^]\{?([A-Za-z0-9.+\-]+)\}?")
_INITIAL = re.compile(r"[^\W\d_]")


class BibliographyError(MetastudyError):
    """A file of references that cannot be read as one reference."""


@dataclass(frozen=True)
class Reference:
    """The bibliographic data of one work; empty where the file does not say.

    ``authors`` are written ``Family, I. J.``.
    """

    kind: str = ""
    doi: str = ""
    title: str = ""
    authors: tuple[str, ...] = ()
    year: str = ""
    container: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""


def read_bib(path: Path) -> Reference:
    """Read a BibTeX file with one entry.

    Raises
    ------
    BibliographyError
        Where the file or the parser is missing, or the file has a fault, no entry or several.
    """
    try:
        import bibtexparser
        from bibtexparser import middlewares
    except ImportError:
        raise BibliographyError(f"{path}: BibTeX is read by an extra: {EXTRA}") from None
    logging.getLogger("bibtexparser").addHandler(logging.NullHandler())
    steps = [
        middlewares.LatexDecodingMiddleware(),
        middlewares.SeparateCoAuthors(),
        middlewares.SplitNameParts(),
    ]
    library = bibtexparser.parse_string(_text(path), append_middleware=steps)
    if library.failed_blocks:
        block = library.failed_blocks[0]
        raise BibliographyError(
            f"{path}:{(block.start_line or 0) + 1}: an entry that is not closed, has a key twice "
            "or is no BibTeX"
        )
    entry = _only(library.entries, path, [entry.key for entry in library.entries])
    fields = {field.key.lower(): field.value for field in entry.fields}
    names = fields.get("author", [])
    authors = [_author(" ".join([*n.von, *n.last]), " ".join(n.first)) for n in names]
    return _reference(
        _BIB_KINDS.get(entry.entry_type.lower(), ""),
        authors,
        {
            "doi": fields.get("doi", ""),
            "title": fields.get("title", ""),
            "year": fields.get("year") or fields.get("date", ""),
            "container": _first(
                fields, "journal", "journaltitle", "booktitle", "school", "institution"
            ),
            "volume": fields.get("volume", ""),
            "issue": _first(fields, "number", "issue"),
            "pages": _first(fields, "pages", "eid", "article-number"),
        },
    )


def read_ris(path: Path) -> Reference:
    """Read a RIS file with one reference.

    Raises
    ------
    BibliographyError
        Where the file or the parser is missing, or the file holds no reference or several.
    """
    try:
        import rispy
    except ImportError:
        raise BibliographyError(f"{path}: RIS is read by an extra: {EXTRA}") from None
    text = _text(path)
    if not re.search(r"^ER  -", text, re.MULTILINE):
        text += "\nER  - \n"
    try:
        entries = rispy.loads(text)
    except (OSError, ValueError, IndexError, KeyError) as error:
        raise BibliographyError(f"{path}: no RIS: {error}") from None
    entry: Mapping[str, Any] = _only(entries, path, [])
    authors = []
    for name in entry.get("authors") or entry.get("first_authors") or ():
        family, _, given = name.partition(",")
        authors.append(_author(family, given))
    first, last = entry.get("start_page", ""), entry.get("end_page", "")
    return _reference(
        _RIS_KINDS.get(entry.get("type_of_reference", ""), ""),
        authors,
        {
            "doi": entry.get("doi", ""),
            "title": _first(entry, "title", "primary_title"),
            "year": _first(entry, "year", "publication_year", "date"),
            "container": _first(
                entry, "secondary_title", "journal_name", "alternate_title3", "publisher"
            ),
            "volume": entry.get("volume", ""),
            "issue": entry.get("number", ""),
            "pages": f"{first}-{last}" if first and last and first != last else first,
        },
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BibliographyError(f"{path}: is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise BibliographyError(f"{path}: cannot be read: {error.strerror or error}") from None


def _only(entries: Iterable[Any], path: Path, names: list[str]) -> Any:
    found = list(entries)
    if len(found) != 1:
        listed = f" ({', '.join(names)})" if names else ""
        raise BibliographyError(
            f"{path}: holds {len(found)} references{listed}; export the one of this work"
        )
    return found[0]


def _reference(kind: str, authors: list[str], fields: Mapping[str, str]) -> Reference:
    cleaned = {name: plain_text(text) for name, text in fields.items()}
    year = re.search(r"[0-9]{4}", cleaned["year"])
    return Reference(
        kind=kind,
        authors=tuple(author for author in authors if author),
        **cleaned
        | {
            "year": year[0] if year else "",
            "doi": normalised_doi(cleaned["doi"]),
            "pages": _DASHES.sub("-", cleaned["pages"]),
        },
    )


def plain_text(text: str) -> str:
    """Return a title without tags, signs of TeX and entities, on one line.

    >>> plain_text("Li$_{7}$La<sub>3</sub>  &amp; {PEO}")
    'Li7La3 & PEO'
    """
    text = _TAGS.sub("", html.unescape(text))
    if "$" in text:
        text = re.sub(r"\$([^$]*)\$", lambda match: _SUBSCRIPT.sub(r"\1", match[1]), text)
    return " ".join(re.sub(r"[{}$]", "", text).split())


def _author(family: str, given: str) -> str:
    """Write a name as ``Family, I. J.``; a hyphen between given names stays."""
    parts = []
    for name in given.replace(".", ". ").split():
        initials = [match[0] for part in name.split("-") if (match := _INITIAL.match(part))]
        parts.append("-".join(f"{initial.upper()}." for initial in initials))
    family = plain_text(family)
    return f"{family}, {' '.join(filter(None, parts))}" if parts else family


def _first(fields: Mapping[str, Any], *names: str) -> str:
    return next((str(fields[name]) for name in names if fields.get(name)), "")
