"""All studies of a data root, with vocabulary, decisions and corrections.

Reading goes in stages: bytes, shape, then types. A file that fails at one stage is not read
further, its faults are findings, and references into it give no finding.
"""

from __future__ import annotations

import gc
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from metastudy.corpus.canonical import CanonicalRow, canonical_rows
from metastudy.corpus.decision import Correction, Decision
from metastudy.corpus.files import FileReader, shown_name
from metastudy.corpus.finding import Finding, Place, Severity
from metastudy.corpus.properties import Properties, read_properties
from metastudy.corpus.schema import Schemas
from metastudy.corpus.stray import STRAY
from metastudy.corpus.study import Study
from metastudy.corpus.vocabulary import Vocabulary, read_vocabulary
from metastudy.corpus.words import join_words
from metastudy.errors import MetastudyError

logger = logging.getLogger(__name__)
STUDY_NAME = re.compile(r"[a-z]+(_[a-z]+)*_([0-9]{4}|undated)_[a-z0-9]+")


class CorpusError(MetastudyError):
    """Data that does not pass the check; ``findings`` are its errors."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        shown = "\n".join(str(f) for f in self.findings[:10])
        more = len(self.findings) - 10
        tail = f"\n... and {more} more (metastudy check lists all)" if more > 0 else ""
        super().__init__(f"the data has {len(self.findings)} errors:\n{shown}{tail}")


@dataclass(frozen=True)
class Corpus:
    """Everything under one data root that could be read, and the faults of what could not.

    Attributes
    ----------
    unread
        Ids of the studies with a fault of bytes or shape; ``studies`` has none of them.
    partly
        What could be read of them: rows without a fault, and the words where study.yaml has none.
    """

    root: Path
    vocabulary: Vocabulary
    studies: Mapping[str, Study]
    decisions: Mapping[str, Decision]
    corrections: Mapping[str, Correction]
    findings: tuple[Finding, ...]
    unread: frozenset[str]
    partly: Mapping[str, Study] = field(default_factory=dict)

    @cached_property
    def rows(self) -> tuple[CanonicalRow, ...]:
        """Every row in canonical units, made once: study by study, printed numbers, then refits."""
        return tuple(
            row
            for study in self.studies.values()
            for row in canonical_rows(study, self.corrections_of, self.vocabulary)
        )

    @cached_property
    def properties(self) -> Properties:
        """The properties of the words of the vocabulary, read once."""
        return read_properties(self.root, self.vocabulary)

    def corrections_of(self, record_id: str) -> tuple[Correction, ...]:
        """Return the corrections of one record, in the order of their files."""
        return self._corrections.get(record_id, ())

    @cached_property
    def _corrections(self) -> Mapping[str, tuple[Correction, ...]]:
        found: dict[str, tuple[Correction, ...]] = {}
        for correction in self.corrections.values():
            found[correction.record] = (*found.get(correction.record, ()), correction)
        return found


def default_root() -> Path:
    """Return the data root: beside the package in a checkout, inside it in a wheel."""
    here = Path(__file__).resolve().parents[1]
    for candidate in (here.parent, here / "_share"):
        if (candidate / "data" / "vocabulary").is_dir() and (candidate / "schemas").is_dir():
            return candidate
    raise MetastudyError(
        "no data found beside the package; give a root folder that holds data/ and schemas/"
    )


def read_corpus(root: Path | None = None, only: Iterable[str] | None = None) -> Corpus:
    """Read a data root; faults of bytes and shape become findings, never exceptions.

    Parameters
    ----------
    root
        Folder that holds ``data/`` and ``schemas/``.
    only
        Study ids to read; all where it is None.

    Raises
    ------
    MetastudyError
        Where the root holds no data, a vocabulary table is broken, or a study id is unknown.
    """
    root = default_root() if root is None else root
    data = root / "data"
    if not (data / "studies").is_dir():
        raise MetastudyError(
            f"{data / 'studies'}: no such folder; the data root holds data/studies"
        )
    vocabulary = read_vocabulary(data / "vocabulary")
    findings: list[Finding] = []
    folders = _study_folders(data, findings)
    vocabulary = join_words(folders, vocabulary, findings)
    if only is not None:
        folders = _chosen(folders, list(only))
    reader = FileReader(data, vocabulary, Schemas(root / "schemas", vocabulary), findings)
    studies: dict[str, Study] = {}
    unread: set[str] = set()
    with _no_collection():
        for folder in folders:
            study = reader.study(folder)
            if study is None:
                unread.add(folder.name)
            else:
                studies[folder.name] = study
    logger.info("read %d studies of %s, %d with faults", len(studies), data, len(unread))
    decisions = {d.id: d for d in reader.decisions()}
    corrections = {c.id: c for c in reader.corrections()}
    return Corpus(
        root,
        vocabulary,
        studies,
        decisions,
        corrections,
        tuple(findings),
        frozenset(unread),
        reader.partly,
    )


@contextmanager
def _no_collection() -> Iterator[None]:
    """Read without looking for unused circles: what is read stays, and the search grows with it."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _study_folders(data: Path, findings: list[Finding]) -> list[Path]:
    folders = []
    for path in sorted((data / "studies").iterdir()):
        shown = shown_name(path.name)
        name = f"data/studies/{shown}"
        if STRAY.fullmatch(path.name):
            continue
        if path.is_symlink():
            message = "a study is a symbolic link."
            findings.append(_error("study-symlink", name, message, "Put the folder itself here."))
        elif not path.is_dir():
            message = "only study folders belong here."
            findings.append(_error("study-file", name, message, "Move the file out."))
        elif not STUDY_NAME.fullmatch(path.name):
            message = f"the folder name {shown!r} is not a study id."
            hint = "Name it family_year_word, such as mangani_2024_tuning."
            findings.append(_error("study-name", name, message, hint))
        else:
            folders.append(path)
    return folders


def _chosen(folders: list[Path], only: list[str]) -> list[Path]:
    known = {folder.name: folder for folder in folders}
    missing = [name for name in only if name not in known]
    if missing:
        raise UnknownStudyError(missing, list(known))
    return [known[name] for name in only]


class UnknownStudyError(MetastudyError):
    """A study id that no folder has."""

    def __init__(self, missing: list[str], known: list[str]) -> None:
        from difflib import get_close_matches

        near = [name for word in missing for name in get_close_matches(word, known, n=2)]
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        super().__init__(f"no study is named {', '.join(missing)}{hint}")


def _error(rule: str, file: str, message: str, hint: str) -> Finding:
    return Finding(rule, Severity.ERROR, Place(file), message, hint)
