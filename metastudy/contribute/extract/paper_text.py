"""The sentences of a paper, from its text or its PDF, each with its page."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from metastudy.contribute.bibliography import EXTRA
from metastudy.contribute.extract.markup import plain
from metastudy.errors import MetastudyError

MAX_BYTES = 50_000_000
_REFERENCES = re.compile(
    r"^\W*(?:references(?: and notes)?|bibliography|literature cited)\W*$", re.I
)
_LAST_PART = 0.4  # a heading before this share of the text opens no list of references
_SENTENCE = re.compile(r"(?<=[.!?])[\s⁰¹²³⁴⁵⁶⁷⁸⁹,⁻]+(?=[A-Z(\[])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Figs?|Refs?|Eqs?|ca|e\.g|i\.e|vs|al|approx|resp|cf|No|Tab)|\b[A-Z])\.$"
)
_HYPHENATED = re.compile(r"(?<=[a-z])-\n(?=[a-z])")


class PaperError(MetastudyError):
    """A paper whose text cannot be read."""


@dataclass(frozen=True)
class Sentence:
    """One sentence; ``page`` is 0 where the text has no pages."""

    text: str
    page: int = 0


def read_paper(path: Path) -> list[Sentence]:
    """Read the sentences before the list of references.

    Parameters
    ----------
    path
        A ``.pdf``, or a ``.txt`` or ``.md`` in UTF-8; a form feed begins a page.

    Raises
    ------
    PaperError
        Where the file cannot be read, has another type, or holds no text.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise PaperError(f"{path}: cannot be read: {error.strerror or error}") from None
    if size > MAX_BYTES:
        raise PaperError(f"{path}: has {size} bytes, the limit is {MAX_BYTES}")
    suffix = path.suffix.lower()
    if suffix not in (".pdf", ".txt", ".md"):
        raise PaperError(f"{path}: text is read from .pdf, .txt and .md")
    pages = _pdf_pages(path) if suffix == ".pdf" else _text_pages(path)
    paged = suffix == ".pdf" or len(pages) > 1
    if not any(page.strip() for page in pages):
        hint = "; a scanned PDF needs text recognition first" if suffix == ".pdf" else ""
        raise PaperError(f"{path}: holds no text{hint}")
    return list(_sentences(_before_references(pages), paged))


def _text_pages(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\f")
    except UnicodeDecodeError as error:
        raise PaperError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise PaperError(f"{path}: cannot be read: {error.strerror or error}") from None


def _pdf_pages(path: Path) -> list[str]:
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError:
        raise PaperError(f"{path}: PDF text is read by an extra: {EXTRA}") from None
    logging.getLogger("pypdf").addHandler(logging.NullHandler())
    try:
        return [page.extract_text() for page in PdfReader(path).pages]
    except (PyPdfError, OSError, ValueError, KeyError, RecursionError) as error:
        raise PaperError(
            f"{path}: no text can be read from this PDF ({error}); save it as text, and give that"
        ) from None


def _before_references(pages: list[str]) -> list[str]:
    total, seen = sum(map(len, pages)), 0
    kept: list[str] = []
    for page in pages:
        for number, line in enumerate(page.splitlines()):
            if _REFERENCES.match(line) and seen > _LAST_PART * total:
                return [*kept, "\n".join(page.splitlines()[:number])]
            seen += len(line) + 1
        kept.append(page)
    return kept


def _sentences(pages: list[str], paged: bool) -> Iterator[Sentence]:
    for number, page in enumerate(pages, 1):
        for block in re.split(r"\n\s*\n", _HYPHENATED.sub("", page)):
            for text in _split(plain(block)):
                yield Sentence(text, number if paged else 0)


def _split(text: str) -> Iterator[str]:
    """Split at full stops, not behind an abbreviation or an initial."""
    held = ""
    for part in _SENTENCE.split(text):
        held = f"{held} {part}".strip()
        if not _ABBREVIATION.search(held):
            yield held
            held = ""
    if held:
        yield held
