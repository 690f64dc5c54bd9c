"""What a test says of a claim: its verdict, the numbers behind it, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metastudy import mixed
from metastudy.answers.treatments import switched_on
from metastudy.tables.loading import Dataset

from .claim import Claim

# Below four degrees of freedom an interval is not held to say anything.
DF_NEEDED = 4
DIFFERENCE = "difference"


class Verdict(StrEnum):
    """What came of a claim."""

    REPRODUCED = "reproduced"
    HOLDS = "holds"
    DOES_NOT_HOLD = "does not hold"
    CANNOT_BE_TOLD = "cannot be told"
    NOT_TESTED = "not tested"


@dataclass(frozen=True)
class Outcome:
    """The answer of one test.

    Attributes
    ----------
    verdict
        What came of it.
    values
        The computed numbers by name; the unit is in the name unless it is that of the print.
    df
        Degrees of freedom behind them, where there is a spread to speak of.
    note
        What is missing, or what limits the verdict.
    """

    verdict: Verdict
    values: Mapping[str, float]
    df: float | None = None
    note: str = ""


class MissingRecordError(Exception):
    """A record that is not there, or left out; the claim cannot be told without it."""


@dataclass
class Evidence:
    """The dataset as one claim sees it; keeps which records it looked at."""

    data: Dataset
    claim: Claim
    used: list[str] = field(default_factory=list)

    def row(self, name: str) -> Mapping[str, Any]:
        """Return a record by the name that the claim gives it.

        Raises
        ------
        MissingRecordError
            Where this dataset does not hold it.
        """
        record = self.claim.records[name]
        records = self.records
        found = records[records["record_id"] == record]
        if found.empty:
            raise MissingRecordError(record)
        self.look_at([record])
        row: Mapping[str, Any] = {str(k): v for k, v in found.iloc[0].items()}
        return row

    @property
    def records(self) -> pd.DataFrame:
        """The records that no switch left out."""
        return switched_on(self.data.records)

    def value(self, name: str) -> float:
        """Return the value of a record in its canonical unit; changes are ratios."""
        return float(self.row(name)["value"])

    def asr(self, name: str) -> float:
        """Return the area-specific resistance of a record in ohm cm2, as printed per contact."""
        return float(self.row(name)["asr_ohm_cm2"])

    def look_at(self, records: Iterable[str]) -> None:
        """Note records as used."""
        self.used += [record for record in records if record not in self.used]

    def headline(self, keep: pd.Series[bool] | None = None) -> pd.DataFrame:
        """Return observations of reference arms in their first state, or some of them."""
        observations = self.data.observations
        chosen = observations["headline"].astype(bool)
        if keep is not None:
            chosen &= keep
        rows = observations[chosen]
        self.look_at([record for cell in rows["records"] for record in str(cell).split()])
        return rows


def recomputed(claim: Claim, values: Mapping[str, float], note: str = "") -> Outcome:
    """Judge numbers against the printed ones of the same names."""
    agree = all(printed.agrees(values[name]) for name, printed in claim.printed.items())
    return Outcome(Verdict.REPRODUCED if agree else Verdict.DOES_NOT_HOLD, values, note=note)


def holds(
    condition: bool, values: Mapping[str, float], df: float | None = None, note: str = ""
) -> Outcome:
    """Judge a condition that the numbers meet or do not."""
    return Outcome(Verdict.HOLDS if condition else Verdict.DOES_NOT_HOLD, values, df, note)


def cannot_be_told(values: Mapping[str, float], note: str, df: float | None = None) -> Outcome:
    """Say what is missing."""
    return Outcome(Verdict.CANNOT_BE_TOLD, values, df, note)


def resistance_contrast(
    seen: Evidence, rows: pd.DataFrame, marked: pd.Series[bool], sign: int, what: str
) -> Outcome:
    """Judge whether marked observations lie higher (sign 1) or lower (-1) than the others.

    y ~ marked + (1 | work/observation), bounds in the likelihood, known V, REML. Works share V's
    unknowns, so that degrees of freedom are Satterthwaite's.

    Parameters
    ----------
    seen
        The evidence of the claim.
    rows
        Observations.
    marked
        Which of them are said to lie higher or lower.
    sign
        The claimed sign of the difference.
    what
        The marked and the other ones in words, for the note.
    """
    exact = rows["censoring"] == "exact"
    sides = (marked, ~marked)
    works = [rows.loc[side, "study_id"].nunique() for side in sides]
    counts = [int((exact & side).sum()) for side in sides]
    note = f"{what}: {works[0]} and {works[1]} works, {counts[0]} and {counts[1]} values; in dex"
    if min(counts) < 2:
        return cannot_be_told({}, f"{note}; no two values on each side")
    outcome = _of_resistances(seen, rows, marked, sign, note)
    alone = _of_resistances(seen, rows[exact], marked[exact], sign, note)
    values = {**outcome.values, "without bounds": alone.values[DIFFERENCE]}
    if alone.verdict is not outcome.verdict:
        note += f"; it rests on bounds: without them it {alone.verdict}"
    return replace(outcome, values=values, note=note)


def _of_resistances(
    seen: Evidence, rows: pd.DataFrame, marked: pd.Series[bool], sign: int, note: str
) -> Outcome:
    frame = pd.DataFrame(
        {
            "y": rows["y"].fillna(0.0).to_numpy(float),  # a bound has no y, and none is read
            "lo": rows["lo"].to_numpy(float),
            "hi": rows["hi"].to_numpy(float),
            "marked": marked.to_numpy(float),
            "work": rows["study_id"].to_numpy(),
            "observation": rows["observation_id"].to_numpy(),
        }
    )
    bounded = bool((rows["censoring"] != "exact").any())
    fit = mixed.fit(
        "y ~ marked + (1 | work/observation)",
        frame,
        V=seen.data.V_of(rows["observation_id"]),
        lower="lo" if bounded else None,
        upper="hi" if bounded else None,
    )
    interval = fit.conf_int().loc["marked"].to_numpy(float)
    return _of_interval(float(fit.params["marked"]), interval, float(fit.df["marked"]), sign, note)


def energy_contrast(
    seen: Evidence, rows: pd.DataFrame, marked: pd.Series[bool], sign: int
) -> Outcome:
    """Judge whether marked activation energies lie higher (sign 1) or lower (-1) than the others.

    ea ~ marked + (1 | work) with known variances. Works share nothing, so the interval is the
    cluster-robust one (CR2, Satterthwaite): most errors of energies are assumed ones.
    """
    seen.look_at(rows["record_id"])
    works = [side["study_id"].nunique() for side in (rows[marked], rows[~marked])]
    note = f"{works[0]} and {works[1]} works"
    if min(works) < 2:
        return cannot_be_told({}, f"{note}; two on each side are needed")
    frame = rows.assign(marked=marked.astype(float), v=rows["sd_ev"] ** 2)
    fit = mixed.fit("ea_ev ~ marked + (1 | study_id)", frame, v="v")
    robust = fit.robust("study_id")
    interval = robust.conf_int().loc["marked"].to_numpy(float)
    df = float(robust.df["marked"])
    return _of_interval(float(fit.params["marked"]), interval, df, sign, f"{note}; in eV")


def _of_interval(
    estimate: float, interval: NDArray[np.float64], df: float, sign: int, note: str
) -> Outcome:
    """Judge a difference by its 95 % interval, where its degrees of freedom allow one."""
    if df < DF_NEEDED:
        return cannot_be_told({DIFFERENCE: estimate}, note, df)
    lower, upper = (float(end) for end in interval)
    values = {DIFFERENCE: estimate, "lower": lower, "upper": upper}
    if lower <= 0 <= upper:
        return cannot_be_told(values, note, df)
    return holds(sign * estimate > 0, values, df, note)
