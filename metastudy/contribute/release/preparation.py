"""The last edit before a release: its version, its day, and the new words of studies.

It changes the checkout and makes nothing else, so that a release is one commit: prepare, look at
the change, commit, release.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from metastudy.contribute.checkout import checkout_root
from metastudy.contribute.release.citation import FILE, read_citation, with_release
from metastudy.contribute.release.errors import ReleaseError
from metastudy.contribute.release.repository import last_release
from metastudy.contribute.release.version_rule import require_above
from metastudy.corpus.finding import Finding
from metastudy.corpus.vocabulary import Vocabulary, read_vocabulary
from metastudy.corpus.words import WORDS, join_words
from metastudy.whole_file import write_whole


def prepare(version: str, day: date, root: Path | None = None) -> list[Path]:
    """Write the version and its day, and move the words of studies into the vocabulary.

    Parameters
    ----------
    version
        The version of the data that will be released.
    day
        Day of the release, for ``CITATION.cff``.
    root
        The checkout; the one that holds the package where None.

    Returns
    -------
    list of Path
        The files that were written or removed.

    Raises
    ------
    ReleaseError
        Where the version is not above the last release, or a word has a fault.
    """
    root = checkout_root(root)
    require_above(version, last_release(root, version))
    read_citation(root)
    citation = (root / FILE).read_text(encoding="utf-8")
    folders = [path.parent for path in sorted((root / "data" / "studies").glob(f"*/{WORDS}"))]
    texts = {
        **_vocabulary_with(root / "data" / "vocabulary", folders),
        root / "data" / "VERSION": f"{version}\n",
        root / FILE: with_release(citation, version, day.isoformat()),
    }
    written = write_whole(texts, root, ReleaseError)
    for folder in folders:  # last: a word that is in both places is one word
        (folder / WORDS).unlink()
    return [*written, *(folder / WORDS for folder in folders)]


def _vocabulary_with(vocabulary: Path, folders: list[Path]) -> dict[Path, str]:
    """Return the text of each table that gets new words."""
    before = read_vocabulary(vocabulary)
    findings: list[Finding] = []
    after = join_words(folders, before, findings)
    if findings:
        first = findings[0]
        raise ReleaseError(f"{first.place}: {first.message} {first.hint}")
    return {
        (path := vocabulary / f"{name}.csv"): _with_rows(path, rows)
        for name in before
        if (rows := _new_rows(name, before, after))
    }


def _new_rows(name: str, before: Vocabulary, after: Vocabulary) -> list[Mapping[str, str]]:
    return [row for word, row in after[name].items() if word not in before[name]]


def _with_rows(path: Path, rows: list[Mapping[str, str]]) -> str:
    text = path.read_text(encoding="utf-8")
    (header, *_) = csv.reader(text.splitlines())
    lines = io.StringIO()
    csv.DictWriter(lines, header, lineterminator="\n").writerows(rows)
    return f"{text.rstrip(chr(10))}\n{lines.getvalue()}"
