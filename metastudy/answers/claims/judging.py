"""Every claim with its verdict: tests found by the name of the claim."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import pandas as pd

from metastudy.mixed import MixedError
from metastudy.tables.loading import Dataset

from . import cells_and_composites, heteroionic, polymer_contact
from .claim import REASONS, WORKS, Claim, ClaimError, read_claims
from .verdict import Evidence, MissingRecordError, Outcome, Verdict, cannot_be_told

ROOMS = (polymer_contact, heteroionic, cells_and_composites)

COLUMNS = ["id", "work", "place", "claim", "kind", "computed", "verdict", "df", "note"]
COLUMNS += ["works", "records", "record_ids"]


@dataclass(frozen=True)
class Judgement:
    """A claim, what came of it, and the records that its test looked at."""

    claim: Claim
    outcome: Outcome
    records: tuple[str, ...]

    @property
    def works(self) -> int:
        """How many works of the dataset are behind the verdict."""
        return len({record.partition(".")[0] for record in self.records})


def judge(data: Dataset, ids: Sequence[str] = ()) -> tuple[Judgement, ...]:
    """Put claims to the test.

    Parameters
    ----------
    data
        The loaded tables.
    ids
        Which claims; all if none.

    Raises
    ------
    ClaimError
        Where an id names no claim; the nearest ones are offered.
    """
    claims = {claim.id: claim for claim in read_claims()}
    for name in ids:
        if name not in claims:
            near = get_close_matches(name, claims, n=3, cutoff=0.4)
            hint = f"did you mean {' or '.join(near)}?" if near else "metastudy claims lists them"
            raise ClaimError(f"no claim is named {name!r}; {hint}")
    return tuple(judge_one(claims[name], data) for name in ids or claims)


def judge_one(claim: Claim, data: Dataset) -> Judgement:
    """Put one claim to the test."""
    if claim.why_not:
        return Judgement(claim, Outcome(Verdict.NOT_TESTED, {}, note=REASONS[claim.why_not]), ())
    seen = Evidence(data, claim)
    try:
        outcome = trial_of(claim)(claim, seen)
    except MissingRecordError as missing:
        outcome = cannot_be_told({}, f"record {missing} is not in this dataset, or left out")
    except MixedError as error:
        outcome = cannot_be_told({}, f"the rows carry no fit: {error}")
    return Judgement(claim, outcome, tuple(seen.used))


def trial_of(claim: Claim) -> Callable[[Claim, Evidence], Outcome]:
    """Return the function that tests a claim: the one of its name."""
    found = [getattr(room, claim.id) for room in ROOMS if hasattr(room, claim.id)]
    if len(found) != 1:
        raise ClaimError(f"claim {claim.id!r} has {len(found)} tests; it needs one of its name")
    test: Callable[[Claim, Evidence], Outcome] = found[0]
    return test


def as_frame(judgements: Sequence[Judgement]) -> pd.DataFrame:
    """Return one row a claim, numbers in ``computed`` as ``name value; name value``."""
    rows = [
        {
            "id": j.claim.id,
            "work": WORKS[j.claim.work],
            "place": j.claim.place,
            "claim": j.claim.claim,
            "kind": j.claim.kind,
            "computed": computed(j.outcome),
            "verdict": j.outcome.verdict.value,
            "df": j.outcome.df,
            "note": j.outcome.note,
            "works": j.works,
            "records": len(j.records),
            "record_ids": " ".join(j.records),
        }
        for j in judgements
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def computed(outcome: Outcome) -> str:
    """Return the computed numbers in words, to four significant digits."""
    return "; ".join(f"{name} {value:.4g}" for name, value in outcome.values.items())


def sentence(judgements: Sequence[Judgement]) -> str:
    """Count the verdicts."""
    counts = Counter(j.outcome.verdict for j in judgements)
    tested = len(judgements) - counts[Verdict.NOT_TESTED]
    words = ", ".join(f"{counts[v]} {v.value}" for v in Verdict if v is not Verdict.NOT_TESTED)
    return f"Of {len(judgements)} claims {tested} are tested: {words}."
