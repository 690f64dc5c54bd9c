"""Planted data for claims: rows that meet a selection, and numbers in the place of printed ones.

Nothing here was measured.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from metastudy.answers.claims.judging import outcome_of
from metastudy.answers.claims.rows import quantity_of
from metastudy.tables.claim_terms import Printed, PropertyTerm, RecordTerm, RowsTerm
from metastudy.tables.claims import COLUMNS, Claim, read_claims
from tests.corpus.seeding import REPOSITORY

# Works of a planted selection, and rows of each.
WORKS, ROWS = 12, 2
GRID = (0.25, 0.5, 1.0, 2.0, 4.0)


def claims_of(folder: Path, *rows: Mapping[str, str]) -> tuple[Claim, ...]:
    """Read claims from rows, beside the vocabulary of the repository."""
    for name in ("data/vocabulary", "schemas"):
        link = folder / name
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.symlink_to(REPOSITORY / name)
    frame = pd.DataFrame([{**dict.fromkeys(COLUMNS, ""), **row} for row in rows], columns=COLUMNS)
    frame.to_csv(folder / "data" / "claims.csv", index=False, lineterminator="\n")
    return read_claims(folder)


def made_up(**cells: str) -> dict[str, str]:
    """Return a row of a made-up claim."""
    row = {"id": "made_up", "work": "weiss_2020", "place": "nowhere", "statement": "Made up."}
    return row | cells


@dataclass
class Planted:
    """Tables that hold planted rows by selection, and planted numbers by record or property."""

    frames: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    by_record: dict[str, pd.Series] = field(default_factory=dict)
    properties: list[dict[str, object]] = field(default_factory=list)

    def frame(self, quantity: str) -> pd.DataFrame:
        """Return the rows of a quantity."""
        if quantity not in self.frames:
            columns = ["study_id", "y", "lo", "hi", "sd", "records", "printed_as", "arm"]
            return pd.DataFrame(columns=columns).astype({"y": float})
        return pd.concat(self.frames[quantity], ignore_index=True)

    def tables(self, reference_c: float | None) -> Planted:
        """Return the same tables at every temperature."""
        return self

    @property
    def data(self) -> SimpleNamespace:
        """Return what is asked of a dataset: V of independent errors, and properties."""
        columns = ["vocabulary", "word", "property", "scale", "value", "value_text", "unit"]
        return SimpleNamespace(
            V_of=lambda ids: 0.01 * np.eye(len(ids)),
            properties=pd.DataFrame(self.properties, columns=[*columns, "unit_text"]),
        )

    def plant_rows(self, name: str, term: RowsTerm, plan: Plan, rng: np.random.Generator) -> None:
        """Plant rows that meet every condition of a selection."""
        rows = []
        spread = plan.spread if plan.spread is not None else 0.02
        grid = [plan.scale * factor for factor in GRID]
        for work in range(WORKS):
            level = plan.level + rng.normal(0.0, spread)
            for number in range(len(GRID) if plan.column else ROWS):
                x = grid[number % len(GRID)]
                y = level + plan.course(x) + rng.normal(0.0, 0.02)
                key = f"{name}_{work}.{number:03d}"
                row: dict[str, object] = {
                    **{"study_id": f"{name}_{work}", "observation_id": key, "records": key},
                    **{"printed_as": key, "y": y, "lo": y, "hi": y, "sd": 0.03, "via": ""},
                    **{"arm": "reference", "headline": True, "role": "interface", "family": "f"},
                }
                row |= _meeting(term)
                if plan.column:
                    row[plan.column] = x
                rows.append(row)
        self.frames.setdefault(quantity_of(term), []).append(pd.DataFrame(rows))

    def plant_number(self, term: RecordTerm | PropertyTerm, value: float, digits: int) -> None:
        """Plant a number, printed with so many digits."""
        text = f"{value:.{digits - 1}e}"
        if isinstance(term, PropertyTerm):
            row = {"vocabulary": term.table, "word": term.word, "property": term.name}
            printed = {"value": float(text), "value_text": text, "unit": "1", "unit_text": "1"}
            self.properties.append({**row, **printed, "scale": term.scale})
            return
        number = float(text)
        if isinstance(term, RecordTerm) and term.end and term.record in self.by_record:
            self.by_record[term.record][term.end] = number  # the other end of one print
            return
        self.by_record[term.record] = pd.Series(
            {
                **{"record_id": term.record, "study_id": "planted", "quantity": "made_up"},
                **{"value_text": text, "upper_text": "", "unit_text": "1", "unit": "1"},
                **{"value": number, "lo": number, "hi": number, "sd": math.nan},
                **{"qualifier": "exact", "basis": "table", "via": "", "locator": term.record},
            }
        )


@dataclass(frozen=True)
class Plan:
    """How y of a planted selection goes: level, spread between works, course along a column."""

    level: float = 0.0
    spread: float | None = None
    column: str = ""
    slope: float = 0.0
    scale: float = 1.0
    least: float | None = None

    def course(self, x: float) -> float:
        """Return y along the column: a line, or a valley with its least value at a place."""
        if self.least is not None:
            return abs(math.log(x / self.least))
        return self.slope * x


def _meeting(term: RowsTerm) -> dict[str, object]:
    """Return cells that meet every condition of a selection."""
    cells: dict[str, object] = {}
    for condition in term.conditions:
        word = condition.words[0]
        if condition.column == "quantity":
            continue
        if condition.sign == "=":
            cells[condition.column] = word
        elif condition.sign == "!=":
            cells[condition.column] = "another"
        else:
            cells[condition.column] = float(word) * (0.5 if condition.sign == "<" else 2.0)
    return cells


def verdict(claim: Claim, planted: Planted) -> str:
    """Return the verdict of a claim on planted data."""
    return outcome_of(claim, planted).verdict.value  # type: ignore[arg-type]


def plans_of(claim: Claim) -> Iterator[dict[str, Plan]]:
    """Yield ways to plant the selections of a claim, in an order drawn once."""
    texts = [str(comparison) for comparison in claim.comparisons]
    names = [name for name, term in claim.terms.items() if isinstance(term, RowsTerm)]
    choices = []
    for name in names:
        own = [plan for text in texts for plan in _ways(name, text, claim)]
        choices.append(own or [Plan(level) for level in (0.0, -1.0, 1.0, -0.2, 0.2)])
    ways = list(itertools.product(*choices))
    for place in np.random.default_rng(2026).permutation(len(ways)):
        chosen = ways[place]
        yield dict(zip(names, chosen, strict=True))


def _ways(name: str, text: str, claim: Claim) -> list[Plan]:
    for function in ("slope", "span", "minimum"):
        head = f"{function}({name}, "
        if head in text:
            column = text.partition(head)[2].partition(")")[0]
            if function == "slope":
                scale = 2010.0 if column == "year" else 1.0
                return [Plan(column=column, slope=s, scale=scale) for s in (0.0, -1.0, 1.0)]
            if function == "span":
                return [Plan(spread=spread) for spread in (0.05, 2.0)]
            numbers = [t.value for t in claim.terms.values() if isinstance(t, Printed)]
            scale = numbers[-1] / 2 if numbers else 1.0
            return [Plan(column=column, scale=scale, least=scale * m) for m in (1.0, 2.0, 90.0)]
    return []


def with_numbers(
    claim: Claim, rng: np.random.Generator, real: Mapping[str, float]
) -> tuple[Claim, Planted]:
    """Return a claim whose printed numbers, and tables whose records, were drawn at random.

    A number is drawn about the real one, near or far, and printed with few or many digits.
    """
    width = float(rng.choice([0.003, 0.05, 0.5, 2.0]))
    digits = int(rng.choice([1, 2, 5]))
    planted, terms = Planted(), dict(claim.terms)
    for name, term in claim.terms.items():
        if isinstance(term, RowsTerm):
            continue
        value = real.get(name, 1.0) * math.exp(rng.normal(0.0, width))
        if isinstance(term, Printed):
            half = 0.5 * 10.0 ** (math.floor(math.log10(abs(term.value))) - digits + 1)
            drawn = term.value * math.exp(rng.normal(0.0, width))
            terms[name] = replace(term, value=drawn, half_width=half if term.half_width else 0.0)
        elif isinstance(term, RecordTerm | PropertyTerm):
            planted.plant_number(term, value, digits)
    return replace(claim, terms=terms), planted
