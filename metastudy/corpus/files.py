"""Files of a data root, one by one: which may be there, their text, their shape.

Nothing is raised for a fault: it becomes a finding, and the file is not read further.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metastudy.corpus.decision import Correction, Decision
from metastudy.corpus.figure import FIGURES, Figure
from metastudy.corpus.finding import Finding, Place, Severity
from metastudy.corpus.refits import ADDED_COLUMNS, REFIT_COLUMNS, REFITS
from metastudy.corpus.schema import Schemas, describe_cell, tree_findings
from metastudy.corpus.stray import STRAY
from metastudy.corpus.strict_yaml import Tree, read_tree
from metastudy.corpus.study import COLUMNS, Study, build_study, rows_only
from metastudy.corpus.table import CsvTable, decode, read_table, text_fault
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.corpus.words import WORDS

ALLOWED = frozenset({"study.yaml", "measurements.csv", REFITS, WORDS})
# What potentiostats write; nothing in it is ever run.
SPECTRA = frozenset(
    ".csv .txt .dat .z .dta .mpt .mpr .idf .ids .dfr .par .asc .i2b .p00 .json .pssession .ism "
    ".sed .lvm .tsv".split()
)
# Calibration, and what a digitiser wrote; no pictures, which are the publisher's.
FIGURE_FILES = frozenset((".yaml", ".json", ".csv"))
MAX_BYTES = 20_000_000


@dataclass
class FileReader:
    """Reads files one by one and collects what is wrong with them."""

    data: Path
    vocabulary: Vocabulary
    schemas: Schemas
    findings: list[Finding]
    partly: dict[str, Study] = field(default_factory=dict)
    _cells: dict[tuple[str, str, str], tuple[str, str, str] | None] = field(default_factory=dict)

    def study(self, folder: Path) -> Study | None:
        """Read one study folder; None where a file has a fault.

        What can be read of such a study is in ``partly``, so that one check finds every fault.
        """
        before = len(self.findings)
        for path in self._listing(folder):
            self._file_allowed(path)
        tree = self._tree(folder / "study.yaml", "study")
        table = self._table(folder / "measurements.csv", "measurement", COLUMNS)
        refits = None
        if (folder / REFITS).exists():
            refits = self._table(folder / REFITS, "refit", REFIT_COLUMNS, ADDED_COLUMNS)
        figures = self._figures(folder / FIGURES)
        faults = [] if tree is None else _twice(tree)
        self.findings.extend(faults)
        if tree is not None and table is not None and len(self.findings) == before:
            return build_study(tree, table, refits, figures)
        if table is not None:
            named = tree is not None and not faults
            self.partly[folder.name] = (
                build_study(tree, table) if tree and named else rows_only(folder.name, table)
            )
        return None

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
                self._data_file_allowed(spectrum, SPECTRA, "spectrum")
        elif path.name == FIGURES and path.is_dir():
            for file in self._listing(path):
                self._data_file_allowed(file, FIGURE_FILES, "file of a figure")
        elif path.name not in ALLOWED:
            message = f"the file {shown_name(path.name)!r} does not belong in a study."
            hint = f"A study holds {', '.join(sorted(ALLOWED))}, spectra/ and figures/."
            self._fault("study-file", path, message, hint)

    def _data_file_allowed(self, path: Path, types: frozenset[str], kind: str) -> None:
        if path.is_symlink():
            message = "a file is a symbolic link."
            self._fault("study-symlink", path, message, "Put the file itself here.")
        elif not path.is_file() or path.suffix.lower() not in types:
            message = f"{shown_name(path.name)!r} is no {kind}."
            hint = f"{path.parent.name}/ holds files of the types {' '.join(sorted(types))}."
            self._fault("study-file", path, message, hint)
        elif text_fault(path.name) is not None:
            message = f"the name {shown_name(path.name)!r} holds what other programs act on."
            self._fault("study-file", path, message, "Use letters, digits, -, _ and dots.")
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
        if not faults and not self.schemas.accepts(schema)(tree.value):
            faults = tree_findings(tree, self.schemas.validator(schema), self.vocabulary)
        self.findings.extend(faults)
        return None if faults else tree

    def _table(
        self, path: Path, schema: str, header: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> CsvTable | None:
        """Read a table without its faulty rows; None where it cannot be read as one."""
        text = self._text(path)
        if text is None:
            return None
        table, faults = read_table(text, self._name(path), header, optional)
        lines = {fault.place.line for fault in faults}
        table.rows = [row for row in table.rows if row.line not in lines]
        faults += self._cell_findings(table, schema)
        lines = {fault.place.line for fault in faults}
        table.rows = [row for row in table.rows if row.line not in lines]
        self.findings.extend(faults)
        return table

    def _cell_findings(self, table: CsvTable, schema: str) -> list[Finding]:
        """Hold every distinct cell once against the schema of its column."""
        columns = self.schemas.columns(schema, table.header)
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

    def _figures(self, folder: Path) -> dict[str, Figure]:
        """Read ``figures/*.yaml`` of a study."""
        figures = {}
        for path in self._listing(folder) if folder.is_dir() and not folder.is_symlink() else []:
            tree = self._tree(path, "figure") if path.suffix == ".yaml" else None
            if tree is not None and self._named_as_file(path, tree):
                figures[path.stem] = Figure.read(tree.value)
        return figures

    def _named_as_file(self, path: Path, tree: Tree) -> bool:
        """Say whether a file has the name of the id in it; a finding where it has not."""
        if tree.value["id"] == path.stem:
            return True
        message = f"the id {tree.value['id']!r} is not the file's name."
        place, cell = tree.place(("id",)), tree.value["id"]
        hint = f"Call it {path.stem!r}."
        self.findings.append(Finding("file-id", Severity.ERROR, place, message, hint, cell))
        return False

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
            if not self._named_as_file(path, tree):
                continue
            trees.append((path, tree))
        return trees


def shown_name(name: str) -> str:
    """Return a file name that every terminal and log can print."""
    printable = name.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in printable)


def _twice(tree: Tree) -> list[Finding]:
    """Find ids that are twice in one list of study.yaml."""
    findings = []
    for section in ("contacts", "preparations", "samples", "cells", "states"):
        seen: set[str] = set()
        for index, part in enumerate(tree.value[section]):
            name = part["id"]
            if name in seen:
                place = tree.place((section, index, "id"))
                message = f"the id {name!r} is there twice in {section}."
                hint = "Give each its own id."
                fault = Finding("yaml-equal-id", Severity.ERROR, place, message, hint, name)
                findings.append(fault)
            seen.add(name)
    return findings
