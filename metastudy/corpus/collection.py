"""All studies of a data root, with vocabulary, decisions and corrections.

Reading goes in stages: bytes, shape, then types. A file that fails at one stage is not read
further, its faults are findings, and references into it are silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from metastudy.corpus.finding import Finding, Place, Severity
from metastudy.corpus.refits import REFIT_COLUMNS, REFITS
from metastudy.corpus.shape import Shapes, describe_cell, tree_findings
from metastudy.corpus.strict_yaml import Tree, read_tree
from metastudy.corpus.study import COLUMNS, Study, build_study
from metastudy.corpus.table import Table, decode, read_table
from metastudy.corpus.vocabulary import Vocabulary, read_vocabulary
from metastudy.errors import MetastudyError

STUDY_NAME = re.compile(r"[a-z]+(_[a-z]+)*_([0-9]{4}|undated)_[a-z0-9]+")
# Left by editors and desktops; never data.
STRAY = re.compile(r"\..*|.*~|#.*#|Thumbs\.db|desktop\.ini|.*\.sw[op]|.*\.(bak|orig)|~\$.*")
ALLOWED = frozenset({"study.yaml", "measurements.csv", REFITS})
# What potentiostats write; nothing in it is ever run.
SPECTRA = frozenset(
    ".csv .txt .dat .z .dta .mpt .mpr .idf .ids .par .asc .i2b .json .ism .sed .lvm .tsv".split()
)
MAX_BYTES = 20_000_000
RAW_INDEX, ACCOUNTING = "raw_index.csv", "accounting.csv"
_RAW_INDEX_COLUMNS = ("raw_file", "sha256", "raw_id")
_ACCOUNTING_COLUMNS = ("raw_file", "raw_id", "record_id", "reason", "note")


class CorpusError(MetastudyError):
    """Data that does not pass the check; ``findings`` are its errors."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        shown = "\n".join(str(f) for f in self.findings[:10])
        more = len(self.findings) - 10
        tail = f"\n... and {more} more (metastudy check lists all)" if more > 0 else ""
        super().__init__(f"the data has {len(self.findings)} errors:\n{shown}{tail}")


@dataclass(frozen=True)
class Decision:
    """A reasoned decision; with a rule it answers one finding."""

    id: str
    records: tuple[str, ...]
    decision: str
    reason: str
    would_settle: str
    date: str
    place: Place
    rule: str = ""
    numbers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Correction:
    """A correction of a paper's own error, guarded by the printed text it expects."""

    id: str
    record: str
    column: str
    expect: str
    action: str
    ground: str
    reason: str
    status: str
    date: str
    place: Place
    value: str = ""


@dataclass(frozen=True)
class Corpus:
    """Everything under one data root that could be read, and the faults of what could not."""

    root: Path
    vocabulary: Vocabulary
    studies: Mapping[str, Study]
    decisions: Mapping[str, Decision]
    corrections: Mapping[str, Correction]
    findings: tuple[Finding, ...]
    unread: frozenset[str]
    raw_index: Table | None = None
    accounting: Table | None = None

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
    if only is not None:
        folders = _chosen(folders, list(only))
    reader = _Reader(data, vocabulary, Shapes(root / "schemas", vocabulary), findings)
    studies: dict[str, Study] = {}
    unread: set[str] = set()
    for folder in folders:
        study = reader.study(folder)
        if study is None:
            unread.add(folder.name)
        else:
            studies[folder.name] = study
    decisions = {d.id: d for d in reader.decisions()}
    corrections = {c.id: c for c in reader.corrections()}
    raw_index = reader.extra_table(RAW_INDEX, _RAW_INDEX_COLUMNS)
    accounting = reader.extra_table(ACCOUNTING, _ACCOUNTING_COLUMNS)
    return Corpus(
        root,
        vocabulary,
        studies,
        decisions,
        corrections,
        tuple(findings),
        frozenset(unread),
        raw_index,
        accounting,
    )


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


@dataclass
class _Reader:
    """Reads files one by one and collects what is wrong with them."""

    data: Path
    vocabulary: Vocabulary
    shapes: Shapes
    findings: list[Finding]
    _cells: dict[tuple[str, str, str], tuple[str, str, str] | None] = field(default_factory=dict)

    def study(self, folder: Path) -> Study | None:
        """Read one study folder; None where its files cannot be used."""
        before = len(self.findings)
        for path in self._listing(folder):
            self._file_allowed(path)
        tree = self._tree(folder / "study.yaml", "study")
        table = self._table(folder / "measurements.csv", "measurement", COLUMNS)
        refits = None
        if (folder / REFITS).exists():
            refits = self._table(folder / REFITS, "refit", REFIT_COLUMNS)
        if tree is None or table is None or len(self.findings) > before:
            return None
        faults = _twice(tree)
        if faults:
            self.findings.extend(faults)
            return None
        return build_study(tree, table, refits)

    def _name(self, path: Path) -> str:
        return shown_name("data/" + path.relative_to(self.data).as_posix())

    def _fault(self, rule: str, path: Path, message: str, hint: str) -> None:
        place = Place(self._name(path))
        self.findings.append(Finding(rule, Severity.ERROR, place, message, hint))

    def _listing(self, folder: Path) -> list[Path]:
        """List a folder without what editors and desktops leave behind."""
        try:
            return sorted(path for path in folder.iterdir() if not STRAY.fullmatch(path.name))
        except OSError as error:
            message = f"cannot be listed: {error.strerror}."
            self._fault("study-file", folder, message, "Check its permissions.")
            return []

    def _file_allowed(self, path: Path) -> None:
        if path.is_symlink():
            message = "a file is a symbolic link."
            self._fault("study-symlink", path, message, "Put the file itself here.")
        elif path.name == "spectra" and path.is_dir():
            for spectrum in self._listing(path):
                self._spectrum_allowed(spectrum)
        elif path.name not in ALLOWED:
            message = f"the file {shown_name(path.name)!r} does not belong in a study."
            hint = "A study holds study.yaml, measurements.csv, refits.csv and spectra/."
            self._fault("study-file", path, message, hint)

    def _spectrum_allowed(self, path: Path) -> None:
        if path.is_symlink():
            message = "a file is a symbolic link."
            self._fault("study-symlink", path, message, "Put the file itself here.")
        elif not path.is_file() or path.suffix.lower() not in SPECTRA:
            message = f"{shown_name(path.name)!r} is no spectrum."
            hint = f"spectra/ holds files of the types {' '.join(sorted(SPECTRA))}."
            self._fault("study-file", path, message, hint)
        elif path.stat().st_size > MAX_BYTES:
            message = f"the file has {path.stat().st_size} bytes, the limit is {MAX_BYTES}."
            self._fault("file-size", path, message, "Split it.")

    def _text(self, path: Path) -> str | None:
        """Read a plain file as text; None, with a finding, where that cannot be done."""
        if path.is_symlink():
            return None
        if not path.exists():
            hint = "Every study has study.yaml and measurements.csv."
            self._fault("study-file", path, f"{path.name} is missing.", hint)
            return None
        if not path.is_file():
            message = f"{path.name} is no plain file."
            self._fault("study-file", path, message, "Put a plain file here.")
            return None
        try:
            size = path.stat().st_size
            if size > MAX_BYTES:
                message = f"the file has {size} bytes, the limit is {MAX_BYTES}."
                self._fault("file-size", path, message, "Split it.")
                return None
            data = path.read_bytes()
        except OSError as error:
            message = f"cannot be read: {error.strerror}."
            self._fault("study-file", path, message, "Check its permissions.")
            return None
        text, faults = decode(data, self._name(path))
        self.findings.extend(faults)
        return None if faults else text

    def _tree(self, path: Path, schema: str) -> Tree | None:
        text = self._text(path)
        if text is None:
            return None
        tree, faults = read_tree(text, self._name(path))
        if not faults:
            faults = tree_findings(tree, self.shapes.validator(schema), self.vocabulary)
        self.findings.extend(faults)
        return None if faults else tree

    def _table(self, path: Path, schema: str, header: tuple[str, ...]) -> Table | None:
        text = self._text(path)
        if text is None:
            return None
        table, faults = read_table(text, self._name(path), header)
        if not faults:
            faults = self._cell_findings(table, schema)
        self.findings.extend(faults)
        return None if faults else table

    def _cell_findings(self, table: Table, schema: str) -> list[Finding]:
        """Hold every distinct cell once against the schema of its column."""
        columns = self.shapes.columns(schema)
        findings = []
        for row in table.rows:
            for name, cell in row.cells.items():
                key = (schema, name, cell)
                if key not in self._cells:
                    part, validator = columns[name]
                    good = validator.is_valid(cell)
                    described = None if good else describe_cell(name, cell, part, self.vocabulary)
                    self._cells[key] = described
                fault = self._cells[key]
                if fault is not None:
                    rule, message, hint = fault
                    place = table.place(row, name)
                    findings.append(Finding(rule, Severity.ERROR, place, message, hint, cell))
        return findings

    def extra_table(self, name: str, columns: tuple[str, ...]) -> Table | None:
        """Read a table beside the studies; None where there is none, or it cannot be used."""
        path = self.data / name
        text = self._text(path) if path.exists() else None
        if text is None:
            return None
        table, faults = read_table(text, self._name(path), columns)
        self.findings.extend(faults)
        return None if faults else table

    def decisions(self) -> list[Decision]:
        """Read ``data/decisions/*.yaml``."""
        found = []
        for path, tree in self._trees("decisions", "decision"):
            value: dict[str, Any] = dict(tree.value)
            value["records"] = tuple(value["records"])
            found.append(Decision(place=Place(self._name(path)), **value))
        return found

    def corrections(self) -> list[Correction]:
        """Read ``data/corrections/*.yaml``."""
        trees = self._trees("corrections", "correction")
        return [Correction(place=Place(self._name(path)), **tree.value) for path, tree in trees]

    def _trees(self, folder: str, schema: str) -> list[tuple[Path, Tree]]:
        trees = []
        parent = self.data / folder
        for path in self._listing(parent) if parent.is_dir() else []:
            if path.suffix != ".yaml" or path.is_symlink():
                message = f"{shown_name(path.name)!r} does not belong here."
                self._fault("study-file", path, message, f"{folder}/ holds plain .yaml files.")
                continue
            tree = self._tree(path, schema)
            if tree is None:
                continue
            if tree.value["id"] != path.stem:
                message = f"the id {tree.value['id']!r} is not the file's name."
                place, cell = tree.place(("id",)), tree.value["id"]
                hint = f"Call it {path.stem!r}."
                fault = Finding("file-id", Severity.ERROR, place, message, hint, cell)
                self.findings.append(fault)
                continue
            trees.append((path, tree))
        return trees


def shown_name(name: str) -> str:
    """Return a file name that every terminal and log can print."""
    printable = name.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in printable)


def _twice(tree: Tree) -> list[Finding]:
    """Find ids that stand twice in one list of study.yaml."""
    findings = []
    for section in ("contacts", "preparations", "samples", "cells", "states"):
        seen: set[str] = set()
        for index, part in enumerate(tree.value[section]):
            name = part["id"]
            if name in seen:
                place = tree.place((section, index, "id"))
                message = f"the id {name!r} stands twice in {section}."
                hint = "Give each its own id."
                fault = Finding("yaml-equal-id", Severity.ERROR, place, message, hint, name)
                findings.append(fault)
            seen.add(name)
    return findings
