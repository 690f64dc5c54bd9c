"""Published claims: ``data/claims.csv`` read, checked, typed.

A row says what a work claims and how the claim is compared; the verdict is computed from it in
:mod:`metastudy.answers.claims`. Its faults are findings of the check.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from metastudy.corpus.corpus import Corpus, default_root
from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.claims import (
    CLAIM_CELL,
    CLAIM_KIND,
    CLAIM_RECORD,
    CLAIM_TWICE,
    CLAIM_WORD,
)
from metastudy.corpus.rules.rule import Rule
from metastudy.corpus.schema import Schemas
from metastudy.corpus.table import CsvRow, CsvTable, decode, read_table
from metastudy.corpus.vocabulary import Vocabulary, read_vocabulary
from metastudy.errors import MetastudyError
from metastudy.tables.claim_terms import (
    CONTRAST,
    OBSERVED,
    Comparison,
    Condition,
    Printed,
    PropertyTerm,
    RecordTerm,
    RowsTerm,
    Term,
    TermError,
    parse_comparisons,
    parse_number,
    parse_terms,
)
from metastudy.tables.columns import OBSERVATIONS, RECORDS

FILE = "data/claims.csv"
EQUALITY = "equality"
OF_NUMBERS = ("recomputed", "order", "ratio", "range", "consistency")
OF_ROWS_KINDS = ("difference", "every", "slope", "span", "minimum")
# Two prints agree within their digits, and a place within its neighbours.
WITHOUT_MARGIN = ("recomputed", "minimum")
# What the rows of a selection have besides the columns of their table and the axes.
DERIVED = (
    *("solid", "partner", "year", "donor_number", "salt_mol_l", "salt_eo", "step_temperature_c"),
    "preparation_log10_asr",
)
# Columns whose words stand in a vocabulary of another name.
_VOCABULARY = {"treatments": "treatment", "solid": "solid_electrolyte"}
# Columns that join words, or hold texts of curators, are not held against a vocabulary.
_FREE = frozenset({"unit", "via"})


class ClaimError(MetastudyError):
    """A table of claims with a fault, or a claim or work that is not in it."""


@dataclass(frozen=True)
class Claim:
    """One claim.

    Attributes
    ----------
    id
        Its name.
    work, work_name
        The work that claims it, as a word, and as author, year and DOI.
    place, statement
        Its place in the work, and what is claimed, in our own words.
    kind
        How it is compared; empty where ``reason`` says why no data could change the verdict.
    terms
        What the comparison names, given conditions included.
    comparisons
        All must hold.
    margin
        How far apart two equal things may be; None where nothing is said to be equal.
    reference_c
        Temperature (degC) at which resistances are compared; None for the one of each class.
    note
        What a reader must know.
    """

    id: str
    work: str
    work_name: str
    place: str
    statement: str
    kind: str
    terms: Mapping[str, Term]
    comparisons: tuple[Comparison, ...]
    margin: Printed | None
    reference_c: float | None
    reason: str
    note: str


COLUMNS = (
    *("id", "work", "place", "statement", "kind", "given", "terms", "comparison", "margin"),
    *("reference_c", "reason", "note"),
)


@dataclass
class _Reader:
    """Reads rows one by one, and collects their faults."""

    table: CsvTable
    vocabulary: Vocabulary
    studies: frozenset[str]
    records: frozenset[str] | None = None
    claims: dict[str, Claim] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def fault(self, rule: Rule, row: CsvRow, column: str, message: str, hint: str) -> None:
        place = self.table.place(row, column)
        self.findings.append(rule.at(place, message, hint, row.cells[column]))

    def read(self, row: CsvRow) -> None:
        before = len(self.findings)
        cells = row.cells
        if cells["id"] in self.claims:
            hint = "Give each claim its own id."
            self.fault(CLAIM_TWICE, row, "id", f"the id {cells['id']!r} is there twice.", hint)
        self._work(row)
        self._kind(row)
        try:
            column = "given"
            given = parse_terms(cells["given"], self.vocabulary.unit_of, exact=True)
            column = "terms"
            terms = {**given, **parse_terms(cells["terms"], self.vocabulary.unit_of)}
            column = "comparison"
            comparisons = parse_comparisons(cells["comparison"], terms)
            column = "margin"
            margin = self._margin(cells["margin"])
        except TermError as error:
            self.fault(CLAIM_CELL, row, column, f"{error}.", "See schemas/claim.schema.json.")
            return
        self._unused(row, terms, comparisons)
        self._needs(row, terms, comparisons)
        for term in terms.values():
            self._known(row, term)
        if len(self.findings) == before:
            self.claims[cells["id"]] = self._claim(cells, terms, comparisons, margin)

    def _claim(
        self,
        cells: Mapping[str, str],
        terms: Mapping[str, Term],
        comparisons: tuple[Comparison, ...],
        margin: Printed | None,
    ) -> Claim:
        return Claim(
            id=cells["id"],
            work=cells["work"],
            work_name=work_name(cells["work"], self.vocabulary),
            place=cells["place"],
            statement=cells["statement"],
            kind=cells["kind"],
            terms=terms,
            comparisons=comparisons,
            margin=margin,
            reference_c=float(cells["reference_c"]) if cells["reference_c"] else None,
            reason=cells["reason"],
            note=cells["note"],
        )

    def _margin(self, text: str) -> Printed | None:
        return parse_number(text, self.vocabulary.unit_of, exact=True) if text else None

    def _work(self, row: CsvRow) -> None:
        name = row.cells["work"]
        known = [*self.vocabulary["via"], *self.studies]
        if name not in known:
            hint = _near(name, known) or "The works are in data/vocabulary/via.csv; add a line."
            self.fault(CLAIM_WORD, row, "work", f"{name!r} is no work.", hint)

    def _kind(self, row: CsvRow) -> None:
        cells = row.cells
        if bool(cells["kind"]) == bool(cells["reason"]):
            message = "a claim has either a kind or a reason why no data could change it."
            self.fault(CLAIM_KIND, row, "kind", message, "Fill one of kind and reason.")
        elif bool(cells["kind"]) != bool(cells["comparison"]):
            message = "kind and comparison belong together."
            self.fault(CLAIM_KIND, row, "kind", message, "Fill both, or neither.")

    def _needs(self, row: CsvRow, terms: Mapping[str, Term], found: Iterable[Comparison]) -> None:
        """Hold the terms and the margin against the kind."""
        kind, of_rows = row.cells["kind"], any(isinstance(t, RowsTerm) for t in terms.values())
        if (kind in OF_NUMBERS and of_rows) or (kind in OF_ROWS_KINDS and not of_rows):
            message = f"{kind} compares {'numbers' if of_rows else 'rows'}."
            hint = f"Rows take {', '.join((*OF_ROWS_KINDS, EQUALITY))}."
            self.fault(CLAIM_KIND, row, "kind", message, hint)
        equal = any(comparison.sign in ("=", "!=") for comparison in found)
        if equal and kind not in WITHOUT_MARGIN and not row.cells["margin"]:
            hint = "Write how far apart is still equal."
            self.fault(CLAIM_KIND, row, "margin", "equality needs a margin.", hint)

    def _unused(
        self, row: CsvRow, terms: Mapping[str, Term], comparisons: Iterable[Comparison]
    ) -> None:
        used = {name for comparison in comparisons for name in comparison.names()}
        unused = [name for name in terms if name not in used]
        if unused and comparisons:
            message = f"the comparison does not use {', '.join(unused)}."
            self.fault(CLAIM_CELL, row, "comparison", message, "Use every term, or leave it out.")

    def _known(self, row: CsvRow, term: Term) -> None:
        if isinstance(term, RecordTerm) and self.records is not None:
            if term.record not in self.records:
                hint = _near(term.record, self.records) or "Records are study.number."
                message = f"no record is named {term.record!r}."
                self.fault(CLAIM_RECORD, row, "terms", message, hint)
        elif isinstance(term, PropertyTerm):
            known = self.vocabulary.words.get(term.table, {})
            if term.word not in known or term.name not in self.vocabulary["property"]:
                message = f"{term.table}.{term.word}.{term.name} is no property of a known word."
                hint = "Write solvent.PC.donor_number, with words of the vocabulary."
                self.fault(CLAIM_WORD, row, "terms", message, hint)
        elif isinstance(term, RowsTerm):
            for condition in term.conditions:
                self._condition(row, condition)

    def _condition(self, row: CsvRow, condition: Condition) -> None:
        column = condition.column
        columns = columns_of_rows(self.vocabulary)
        if column not in columns:
            others = f"A column of observations or records, an axis, or {', '.join(DERIVED)}."
            hint = _near(column, columns) or others
            self.fault(CLAIM_WORD, row, "terms", f"rows have no column {column!r}.", hint)
            return
        table = self._table_of(column)
        if table is None or condition.sign in "<>":
            return
        for word in condition.words:
            words = self.vocabulary[table]
            if column == "family":  # a part of the key
                words = {**words, **self.vocabulary["partner_class"]}
            if column == "quantity":
                words = {**words, OBSERVED: {}, CONTRAST: {}}
            if word not in words and " | " not in word:
                message = f"{word!r} is no word of {table}."
                hint = _near(word, words)
                hint = hint or f"The words are in data/vocabulary/{table}.csv."
                self.fault(CLAIM_WORD, row, "terms", message, hint)

    def _table_of(self, column: str) -> str | None:
        """Return the vocabulary of a column's words, or None where it has none."""
        axes = self.vocabulary["axis"]
        if column in axes:
            return axes[column]["of"] if axes[column]["kind"] == "word" else None
        name = _VOCABULARY.get(column, column)
        return name if name in set(self.vocabulary) and column not in _FREE else None


def _near(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(near)}?" if near else ""


def columns_of_rows(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the columns that a selection may name."""
    of_tables = [column.name for form in (OBSERVATIONS, RECORDS) for column in form.columns]
    return tuple(dict.fromkeys([*of_tables, *vocabulary["axis"], *DERIVED]))


def work_name(work: str, vocabulary: Vocabulary) -> str:
    """Return author, year and DOI of a work as one text; a study keeps its id."""
    row = vocabulary["via"].get(work)
    if row is None:
        return work
    authors = [name for name in row["authors"].split("; ") if name]
    first = authors[0].partition(",")[0] + (" et al." if len(authors) > 1 else "")
    return f"{first} {row['year']}{', ' + row['doi'] if row['doi'] else ''}"


def _read(root: Path, reader_of: Vocabulary, studies: Iterable[str]) -> _Reader:
    text, faults = decode((root / FILE).read_bytes(), FILE)
    table = CsvTable(FILE)
    if not faults:
        table, faults = read_table(text, FILE, COLUMNS)
    reader = _Reader(table, reader_of, frozenset(studies), findings=list(faults))
    faulty = {finding.place.line for finding in faults}
    schema = Schemas(root / "schemas", reader_of)
    columns = schema.columns("claim", COLUMNS) if table.rows else {}
    for row in table.rows:
        for name, cell in row.cells.items():
            if row.line not in faulty and not columns[name][1].is_valid(cell):
                about = str(columns[name][0]["description"])
                message = f"{name} is {cell!r}, which is not of its form."
                if "enum" in columns[name][0]:
                    words = [word for word in columns[name][0]["enum"] if word]
                    about = _near(cell, words) or f"Use one of: {', '.join(words)}."
                reader.fault(CLAIM_CELL, row, name, message, about)
                faulty.add(row.line)
    table.rows = [row for row in table.rows if row.line not in faulty]
    return reader


def claim_findings(corpus: Corpus) -> list[Finding]:
    """Return the faults of the table of claims of a data root; one without it has none."""
    if not has_claims(corpus.root):
        return []
    reader = _read(corpus.root, corpus.vocabulary, [*corpus.studies, *corpus.unread])
    if not corpus.unread:  # a record of a study that could not be read is no fault of the claim
        reader.records = frozenset(row.id for row in corpus.rows)
    for row in reader.table.rows:
        reader.read(row)
    return reader.findings


def has_claims(root: Path | None = None) -> bool:
    """Say whether a data root holds a table of claims; the package's own where None."""
    return ((default_root() if root is None else root) / FILE).is_file()


def read_claims(root: Path | None = None) -> tuple[Claim, ...]:
    """Read the claims of a data root; the package's own where None.

    Raises
    ------
    ClaimError
        Where the root holds no claims, or the table has a fault.
    """
    root = default_root() if root is None else root
    if not has_claims(root):
        raise ClaimError(f"{root / FILE}: no such file; the data root holds no claims")
    vocabulary = read_vocabulary(root / "data" / "vocabulary")
    studies = root / "data" / "studies"
    names = [path.name for path in studies.iterdir()] if studies.is_dir() else []
    reader = _read(root, vocabulary, names)
    for row in reader.table.rows:
        reader.read(row)
    if reader.findings:
        first = reader.findings[0]
        more = f" and {len(reader.findings) - 1} more faults" if len(reader.findings) > 1 else ""
        raise ClaimError(f"{first}{more}")
    return tuple(reader.claims.values())
