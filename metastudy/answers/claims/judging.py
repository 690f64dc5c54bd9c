"""Every claim with its verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import pandas as pd

from metastudy.corpus.vocabulary import CLASSES
from metastudy.tables.claim_terms import RowsTerm
from metastudy.tables.claims import Claim, ClaimError
from metastudy.tables.loading import Dataset

from . import groups, numbers
from .rows import Rows, RowTables, quantity_of, select
from .verdict import Outcome, Verdict, joined

COLUMNS = ["id", "work", "place", "statement", "kind", "comparison", "margin"]
COLUMNS += ["computed", "verdict", "df", "note"]
COLUMNS += ["missing", "works", "records", "record_ids"]

At = Callable[[Mapping[str, float]], Dataset]


@dataclass(frozen=True)
class Judgement:
    """A claim, what came of it, and how many works are behind the verdict."""

    claim: Claim
    outcome: Outcome

    @property
    def records(self) -> tuple[str, ...]:
        """The records that were looked at."""
        return self.outcome.records

    @property
    def works(self) -> int:
        """How many works of the dataset they are from."""
        return len({record.partition(".")[0] for record in self.records})


@dataclass
class Evidence:
    """The dataset at every reference temperature that a claim asks for, each made once.

    Attributes
    ----------
    data
        The loaded tables.
    at
        Loads the same data at other reference temperatures (degC) by interface class; where it is
        None, claims that need one cannot be told.
    """

    data: Dataset
    at: At | None = None
    _tables: dict[float | None, RowTables] = field(default_factory=dict)

    def tables(self, reference_c: float | None) -> RowTables | None:
        """Return the tables at a temperature; None where they cannot be made."""
        if reference_c not in self._tables:
            if reference_c is None:
                self._tables[None] = RowTables(self.data)
            elif self.at is None:
                return None
            else:
                data = self.at(dict.fromkeys(CLASSES, reference_c))
                self._tables[reference_c] = RowTables(data)
        return self._tables[reference_c]


def judge(data: Dataset, claims: Iterable[Claim], at: At | None = None) -> tuple[Judgement, ...]:
    """Hold claims against the dataset.

    Parameters
    ----------
    data
        The loaded tables.
    claims
        The claims.
    at
        Loads the same data at other reference temperatures (degC) by interface class.
    """
    evidence = Evidence(data, at)
    return tuple(Judgement(claim, outcome_of(claim, evidence)) for claim in claims)


def outcome_of(claim: Claim, evidence: Evidence) -> Outcome:
    """Hold one claim against the dataset."""
    if claim.reason:
        return Outcome(Verdict.NOT_TESTED, note=claim.reason)
    tables = evidence.tables(claim.reference_c)
    if tables is None:
        missing = f"tables at {claim.reference_c:g} degC, which are made from a data root"
        return Outcome(Verdict.CANNOT_BE_TOLD, missing=missing)

    def selected(term: RowsTerm) -> Rows:
        return select(tables.frame(quantity_of(term)), term, claim.work)

    found = []
    for comparison in claim.comparisons:
        of_rows = any(isinstance(claim.terms[name], RowsTerm) for name in comparison.names())
        if of_rows:
            found.append(groups.compare(claim, comparison, selected, tables.data))
        else:
            found.append(numbers.compare(claim, comparison, tables))
    return joined(found)


def chosen(
    claims: Sequence[Claim], ids: Sequence[str] = (), works: Sequence[str] = ()
) -> tuple[Claim, ...]:
    """Return some claims, by id and by work; all where none is named.

    Raises
    ------
    ClaimError
        Where no claim has such an id or work; the nearest ones are offered.
    """
    by_id = {claim.id: claim for claim in claims}
    known = {claim.work for claim in claims}
    for name in ids:
        _known(name, by_id, "claim", "metastudy claims lists them")
    for name in works:
        _known(name, known, "work", f"the works are {', '.join(sorted(known))}")
    named = [by_id[name] for name in ids] if ids else list(claims)
    return tuple(claim for claim in named if not works or claim.work in works)


def _known(name: str, known: Iterable[str], what: str, otherwise: str) -> None:
    if name not in set(known):
        near = get_close_matches(name, list(known), n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else otherwise
        raise ClaimError(f"no {what} is named {name!r}; {hint}")


def as_frame(judgements: Sequence[Judgement]) -> pd.DataFrame:
    """Return one row a claim, numbers in ``computed`` as ``name value; name value``."""
    rows = [
        {**_row(j), "computed": computed(j.outcome), "record_ids": " ".join(j.records)}
        for j in judgements
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def content(judgements: Sequence[Judgement]) -> list[dict[str, object]]:
    """Return one mapping a claim, numbers by name, nothing as None."""
    return [
        {**_row(j), "computed": dict(j.outcome.values), "record_ids": list(j.records)}
        for j in judgements
    ]


def _row(j: Judgement) -> dict[str, object]:
    return {
        "id": j.claim.id,
        "work": j.claim.work_name,
        "place": j.claim.place,
        "statement": j.claim.statement,
        "kind": j.claim.kind,
        "comparison": "; ".join(map(str, j.claim.comparisons)),
        "margin": j.claim.margin.text if j.claim.margin else "",
        "verdict": j.outcome.verdict.value,
        "df": j.outcome.df,
        "note": remark(j),
        "missing": j.outcome.missing,
        "works": j.works,
        "records": len(j.records),
    }


def remark(j: Judgement) -> str:
    """Return what limits a verdict, and what a reader must know."""
    return "; ".join(filter(None, (j.outcome.note, j.claim.note)))


def computed(outcome: Outcome) -> str:
    """Return the computed numbers in words, to four significant digits."""
    return "; ".join(f"{name} {value:.4g}" for name, value in outcome.values.items())


def sentence(judgements: Sequence[Judgement]) -> str:
    """Count the verdicts."""
    counts = Counter(j.outcome.verdict for j in judgements)
    tested = len(judgements) - counts[Verdict.NOT_TESTED]
    words = ", ".join(f"{counts[v]} {v.value}" for v in Verdict if v is not Verdict.NOT_TESTED)
    return f"Of {len(judgements)} claims {tested} are compared: {words}."
