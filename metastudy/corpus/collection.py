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

from jsonschema import Draft202012Validator

from metastudy.corpus.finding import Finding, Place, Severity
from metastudy.corpus.shape import Schema, expand, read_schema, tree_findings, word_hint
from metastudy.corpus.strict_yaml import Tree, read_tree
from metastudy.corpus.study import COLUMNS, Study, build_study
from metastudy.corpus.table import Table, decode, read_table
from metastudy.corpus.vocabulary import Vocabulary, read_vocabulary
from metastudy.errors import MetastudyError

STUDY_NAME = re.compile(r"^[a-z]+(_[a-z]+)*_([0-9]{4}|undated)_[a-z0-9]+$")
# Left by editors and desktops; never data.
STRAY = re.compile(r"^(\..*|.*~|#.*#|Thumbs\.db|desktop\.ini|.*\.sw[op]|~\$.*)$")
ALLOWED = frozenset({"study.yaml", "measurements.csv"})


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
    reader = _Reader(data, vocabulary, root / "schemas", findings)
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
    return Corpus(
        root, vocabulary, studies, decisions, corrections, tuple(findings), frozenset(unread)
    )


def _study_folders(data: Path, findings: list[Finding]) -> list[Path]:
    folders = []
    for path in sorted((data / "studies").iterdir()):
        name = f"data/studies/{path.name}"
        if STRAY.match(path.name):
            continue
        if path.is_symlink():
            message = "a study is a symbolic link."
            findings.append(_error("study-symlink", name, message, "Put the folder itself here."))
        elif not path.is_dir():
            message = "only study folders belong here."
            findings.append(_error("study-file", name, message, "Move the file out."))
        elif not STUDY_NAME.match(path.name):
            message = f"the folder name {path.name!r} is not a study id."
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
    schemas: Path
    findings: list[Finding]
    _words: dict[tuple[str, str], tuple[str, str, str] | None] = field(default_factory=dict)

    def study(self, folder: Path) -> Study | None:
        """Read one study folder; None where its files cannot be used."""
        before = len(self.findings)
        for path in sorted(folder.iterdir()):
            self._file_allowed(path)
        tree = self._tree(folder / "study.yaml", "study")
        table = self._table(folder / "measurements.csv")
        if tree is None or table is None or len(self.findings) > before:
            return None
        faults = _twice(tree)
        if faults:
            self.findings.extend(faults)
            return None
        return build_study(tree, table)

    def _name(self, path: Path) -> str:
        return "data/" + path.relative_to(self.data).as_posix()

    def _file_allowed(self, path: Path) -> None:
        name = self._name(path)
        if STRAY.match(path.name):
            return
        if path.is_symlink():
            self.findings.append(
                _error(
                    "study-symlink", name, "a file is a symbolic link.", "Put the file itself here."
                )
            )
        elif path.name not in ALLOWED and not (path.is_dir() and path.name == "spectra"):
            message = f"the file {path.name!r} does not belong in a study."
            hint = "A study holds study.yaml, measurements.csv and spectra/."
            self.findings.append(_error("study-file", name, message, hint))

    def _text(self, path: Path) -> str | None:
        name = self._name(path)
        if path.is_symlink():
            return None
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            message = f"{path.name} is missing."
            hint = "Every study has study.yaml and measurements.csv."
            self.findings.append(_error("study-file", name, message, hint))
            return None
        except OSError as error:
            message = f"cannot be read: {error.strerror}."
            self.findings.append(_error("study-file", name, message, "Check its permissions."))
            return None
        text, faults = decode(data, name)
        self.findings.extend(faults)
        return None if faults else text

    def _tree(self, path: Path, schema: str) -> Tree | None:
        text = self._text(path)
        if text is None:
            return None
        tree, faults = read_tree(text, self._name(path))
        if not faults:
            faults = tree_findings(tree, read_schema(self.schemas, schema), self.vocabulary)
        self.findings.extend(faults)
        return None if faults else tree

    def _table(self, path: Path) -> Table | None:
        text = self._text(path)
        if text is None:
            return None
        table, faults = read_table(text, self._name(path), COLUMNS)
        if not faults:
            faults = self._cell_findings(table)
        self.findings.extend(faults)
        return None if faults else table

    def _cell_findings(self, table: Table) -> list[Finding]:
        """Hold every distinct cell once against the schema of its column."""
        schema = read_schema(self.schemas, "measurement")
        columns = {
            name: (part, Draft202012Validator(part))
            for name, part in expand(schema, self.vocabulary)["properties"].items()
        }
        findings = []
        for row in table.rows:
            for name, cell in row.cells.items():
                fault = self._cell_fault(name, cell, *columns[name])
                if fault is not None:
                    rule, message, hint = fault
                    place = table.place(row, name)
                    findings.append(Finding(rule, Severity.ERROR, place, message, hint, cell))
        return findings

    def _cell_fault(
        self, name: str, cell: str, part: Schema, validator: Draft202012Validator
    ) -> tuple[str, str, str] | None:
        key = (name, cell)
        if key not in self._words:
            self._words[key] = None
            if not validator.is_valid(cell):
                self._words[key] = _describe_cell(name, cell, part, self.vocabulary)
        return self._words[key]

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
        for path in sorted(parent.iterdir()) if parent.is_dir() else []:
            if STRAY.match(path.name):
                continue
            if path.suffix != ".yaml" or path.is_symlink():
                message = f"{path.name!r} does not belong here."
                hint = f"{folder}/ holds plain .yaml files."
                self.findings.append(_error("study-file", self._name(path), message, hint))
                continue
            tree = self._tree(path, schema)
            if tree is None:
                continue
            if tree.value["id"] != path.stem:
                message = f"the id {tree.value['id']!r} is not the file's name."
                place = tree.place(("id",))
                self.findings.append(
                    Finding("file-id", Severity.ERROR, place, message, f"Call it {path.stem!r}.")
                )
                continue
            trees.append((path, tree))
        return trees


def _twice(tree: Tree) -> list[Finding]:
    """Find ids that stand twice in one list of study.yaml."""
    findings = []
    for section in ("contacts", "preparations", "samples", "cells", "states"):
        seen: set[str] = set()
        for index, part in enumerate(tree.value[section]):
            if part["id"] in seen:
                place = tree.place((section, index, "id"))
                message = f"the id {part['id']!r} stands twice in {section}."
                findings.append(
                    Finding(
                        "yaml-equal-id",
                        Severity.ERROR,
                        place,
                        message,
                        "Give each its own id.",
                        part["id"],
                    )
                )
            seen.add(part["id"])
    return findings


def _describe_cell(
    name: str, cell: str, part: Schema, vocabulary: Vocabulary
) -> tuple[str, str, str]:
    """Name the fault of a cell that does not fit its column."""
    table = part.get("x-vocabulary")
    about = str(part.get("description", ""))
    if table is not None:
        rule = "unknown-unit" if table == "unit" else "unknown-word"
        return (
            rule,
            f"{name} is {cell!r}, which is not a word for it.",
            word_hint(vocabulary, table, cell),
        )
    if name == "locator":
        return "missing-locator", "the locator is empty.", about
    if name in {"value_text", "upper_text", "unc_minus", "unc_plus", "reading_error"}:
        folded = cell.casefold().lstrip("+-")
        if folded in {"inf", "infinity", "nan", "∞"}:
            return (
                "not-finite",
                f"{name} is {cell!r}.",
                "A bound has a qualifier (gt, lt), not infinity.",
            )
        if re.match(r"^[+-]?[0-9]+,[0-9]+$", cell):
            hint = f"Write a decimal point, {cell.replace(',', '.')}, and no thousands separators."
            return "decimal-comma", f"{name} is {cell!r}, with a comma.", hint
        return "not-a-number", f"{name} is {cell!r}, which is not a number.", about
    return "cell-pattern", f"{name} is {cell!r}, which is not of its form.", about
