"""What a new contact of a pair of ionic conductors will have: a prediction interval in ohm cm2.

The model is that of the reference arms (``scatter``): a random effect of the family, of the work,
and of the contact within a work. A new laboratory brings a new work; a new preparation in a known
work keeps the effect of that work.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from metastudy import mixed
from metastudy.answers.bounded_prediction import JointNormal, Predicted
from metastudy.answers.scatter import (
    LEAST_DF,
    LEAST_WORKS,
    WITHIN,
    WITHIN_DF_NEEDED,
    WORKS_NEEDED,
    RungCount,
    count,
    fit_rows,
)
from metastudy.bridge.modelling.model_rows import LADDER, ModelRows, headline_rows
from metastudy.confidence import check_alpha
from metastudy.errors import MetastudyError
from metastudy.physics.arguments import celsius
from metastudy.tables.loading import Dataset, load
from metastudy.tables.spellings import spellings, split_pair

SOLID = "solid_electrolyte"
# The vocabularies of partners, with the class of contact that each makes.
PARTNERS = {"polymer": "PE/SE", "solvent": "LE/SE", SOLID: "SE/SE"}
# Partner class of a new contact whose partner no observation has.
PARTNER_CLASS = {"polymer": "polymer", "solvent": "liquid", SOLID: "solid"}
WATER = "water"

COLUMNS = ["of", "work", "median_ohm_cm2", "lower_ohm_cm2", "upper_ohm_cm2", "missing"]
ROW_COLUMNS = ["observation_id", "study_id", "material", "salt", "censoring", "lo", "hi"]


class PredictError(MetastudyError):
    """A pair, temperature or seed that no prediction can be made for."""


@dataclass(frozen=True)
class Pair:
    """Two ionic conductors in contact, in words of the vocabulary.

    Attributes
    ----------
    solid, partner
        Solid electrolyte; polymer, solvents joined by ``:``, or a second solid electrolyte.
    interface_class
        PE/SE, LE/SE or SE/SE.
    ion, solid_family
        Those of the solid electrolyte.
    partner_class
        Class of the partner where no observation of the pair says otherwise.
    """

    solid: str
    partner: str
    interface_class: str
    ion: str
    solid_family: str
    partner_class: str

    @property
    def name(self) -> str:
        """The pair as text, solid electrolyte first."""
        return f"{self.solid} | {self.partner}"

    @property
    def material(self) -> str:
        """Its key in the column ``material`` of observations."""
        return f"{self.interface_class} | {self.ion} | {self.name}"

    @property
    def family(self) -> str:
        """Its key in the column ``family`` of observations."""
        head = f"{self.interface_class} | {self.ion} | {self.solid_family}"
        return f"{head} | {self.partner_class}"


def rounded(value: float) -> str:
    """Return a number to two significant digits, in full below a million."""
    return f"{float(f'{value:.2g}'):g}"


def pair_of(text: str, vocabulary: pd.DataFrame) -> Pair:
    """Read a pair such as ``LICGC | PEO``, in either order, by words or synonyms.

    Raises
    ------
    PredictError
        Where the text is no pair, a word is not known, or no solid electrolyte is in it.
    """
    names = spellings(PARTNERS, vocabulary)
    first, second = (_conductor(side, names) for side in split_pair(text, PredictError))
    if first[0] != SOLID:
        first, second = second, first
    if first[0] != SOLID:
        raise PredictError(
            f"{text!r} holds no solid electrolyte; one of the two must be of that vocabulary"
        )
    kind, partner = second
    solid = vocabulary[(vocabulary["vocabulary"] == SOLID) & (vocabulary["word"] == first[1])]
    known = json.loads(solid["properties"].iloc[0])
    aqueous = kind == "solvent" and WATER in partner.split(":")
    return Pair(
        first[1],
        partner,
        PARTNERS[kind],
        known["ion"],
        known["family"],
        "aqueous" if aqueous else PARTNER_CLASS[kind],
    )


def _conductor(text: str, names: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """Return vocabulary and word of a conductor; solvents of a mixture are sorted."""
    if text.casefold() in names:
        return names[text.casefold()]
    parts = [part.strip() for part in text.split(":")]
    found = [names.get(part.casefold()) for part in parts]
    if len(parts) > 1 and all(each is not None and each[0] == "solvent" for each in found):
        return "solvent", ":".join(sorted(each[1] for each in found if each is not None))
    wrong = next(
        part
        for part, each in zip(parts, found, strict=True)
        if each is None or each[0] != "solvent"
    )
    near = difflib.get_close_matches(wrong.casefold(), names, n=3, cutoff=0.5)
    words = list(dict.fromkeys(names[each][1] for each in near))
    tail = f"did you mean {' or '.join(words)}?" if words else "data/vocabulary lists the words"
    raise PredictError(f"no solid electrolyte, polymer or solvent is named {wrong!r}; {tail}")


@dataclass(frozen=True)
class Pool:
    """Reference arms with the model of their scatter.

    Attributes
    ----------
    rows
        Rows on the family rung, bounds included.
    counts
        What the rung has.
    normal
        Rows and fitted components as one distribution; None where there is no fit.
    missing
        Why nothing can be predicted; empty where it can.
    """

    rows: ModelRows
    counts: RungCount
    normal: JointNormal | None
    missing: str

    def of_family(self, family: str) -> pd.DataFrame:
        """Return the rows of one family."""
        return self.rows.frame[self.rows.frame["system"] == family]

    def predict(
        self, family: str | None, work: str | None, df: int, rng: np.random.Generator
    ) -> Predicted:
        """Predict log10 R of one contact; ``family`` or ``work`` None is a new one."""
        if self.normal is None:
            raise PredictError(self.missing)
        return self.normal.predict(family, work, df, rng)


def pool_of(observations: pd.DataFrame, V: np.ndarray[Any, Any]) -> Pool:
    """Fit the model of reference arms, where the floors of an interval are reached."""
    counts = count(observations, V, LADDER[0])
    rows = headline_rows(observations, V, LADDER[0])
    return _fitted(rows, counts, counts.df_total, counts.works)


def class_pool(observations: pd.DataFrame, V: np.ndarray[Any, Any]) -> Pool:
    """Fit the same model to the rows of one class, for a contact of any family in it.

    The total then holds chemistry too, so its degrees of freedom are the values less one.
    """
    counts = count(observations, V, LADDER[0])
    rows = headline_rows(observations, V, LADDER[0])
    return _fitted(rows, counts, max(counts.rows - 1, 0), rows.exact["work"].nunique())


def _fitted(rows: ModelRows, counts: RungCount, df: int, works: int) -> Pool:
    if df < LEAST_DF or works < LEAST_WORKS:
        return Pool(
            rows,
            counts,
            None,
            f"{df} degrees of freedom in {works} works; an interval needs {LEAST_DF} in "
            f"{LEAST_WORKS} works",
        )
    try:
        sigma2 = fit_rows(rows, WITHIN).sigma2
    except mixed.MixedError as error:
        return Pool(rows, counts, None, f"the model has no fit: {error}")
    components = {str(name): float(value) for name, value in sigma2.items()}
    # Where two parts cannot be told apart the fit names them as one: it goes to the contact,
    # because no known work is predicted then.
    parts = [name for name in components if name not in ("system", "work")]
    merged = {name: value for name, value in components.items() if name not in parts}
    merged["work:observation"] = sum(components[name] for name in parts)
    return Pool(rows, counts, JointNormal(rows, merged), "")


@dataclass(frozen=True, repr=False)
class Prediction:
    """Prediction intervals of one pair.

    Attributes
    ----------
    pair
        The pair.
    family
        The group of nominally the same thing that its rows are taken from.
    reference_c
        Temperature (degC).
    alpha
        Share outside an interval.
    intervals
        One row a question: of (new laboratory, new preparation), work, median, lower and upper
        (ohm cm2), and what is missing where there is no interval.
    rows
        The rows it rests on: observation, work, material, salt, and lo, hi (ohm cm2).
    """

    pair: Pair
    family: str
    reference_c: float
    alpha: float
    intervals: pd.DataFrame
    rows: pd.DataFrame

    @property
    def sentence(self) -> str:
        """Say the interval for a new laboratory, or what is missing."""
        row = self.intervals.iloc[0]
        where = f"{self.pair.name} at {self.reference_c:g} °C"
        if row["missing"]:
            return f"{where}: no prediction interval. Missing: {row['missing']}."
        own = int((self.rows["material"] == self.pair.material).sum())
        return (
            f"{where}: a new laboratory will find {rounded(row['median_ohm_cm2'])} ohm cm2 "
            f"({100 * (1 - self.alpha):g} % prediction interval {rounded(row['lower_ohm_cm2'])} to "
            f"{rounded(row['upper_ohm_cm2'])} ohm cm2), from {len(self.rows)} reference rows of "
            f"{self.rows['study_id'].nunique()} works of its family ({self.family}), {own} of "
            "them of this pair, and the scatter of all families."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the intervals, one row a question."""
        return self.intervals

    def __repr__(self) -> str:
        return f"Prediction({self.sentence})"


def predict(
    pair: str,
    at: float,
    data: Dataset | None = None,
    *,
    alpha: float = 0.05,
    seed: int = 1,
    leave_out: Sequence[str] = (),
    root: Path | None = None,
) -> Prediction:
    """Predict the area-specific resistance of a contact of two ionic conductors.

    Parameters
    ----------
    pair
        Two conductors, such as ``"LICGC | PEO"``, in either order; words or synonyms.
    at
        Temperature (degC), which observations of its class are read at.
    data
        A dataset whose class of the pair is at ``at``; by default built.
    alpha
        Share outside an interval.
    seed
        Seed of the draws of what bounds leave open.
    leave_out, root
        As in :func:`metastudy.load`, where ``data`` is not given.

    Raises
    ------
    PredictError
        Where the pair is not known or the level is none.
    PhysicsError
        Where the temperature is not in degC.
    """
    alpha, at = check_alpha(alpha, PredictError), float(celsius("at", at))
    if seed < 0:
        raise PredictError(f"seed = {seed} is below 0; a seed is 0 or more")
    known = (load(root=root) if data is None else data).vocabulary
    found = pair_of(pair, known)
    if data is None:
        data = load(root=root, leave_out=leave_out, reference_c={found.interface_class: at})
    pool = pool_of(data.observations, data.V)
    family = family_of(found, data.observations)
    return Prediction(
        found,
        family,
        at,
        alpha,
        _intervals(pool, family, alpha, seed),
        rows_behind(pool, family, data.observations),
    )


def family_of(pair: Pair, observations: pd.DataFrame) -> str:
    """Return the family key that observations of the pair have, or that it would have."""
    own = observations.loc[observations["material"] == pair.material, "family"]
    return pair.family if own.empty else str(own.iloc[0])


def family_gap(pool: Pool, family: str) -> str:
    """Say why a contact of a family cannot be predicted; empty where it can."""
    if pool.missing:
        return pool.missing
    rows = pool.of_family(family)
    closed = rows[["lo", "hi"]].notna().all(axis=1).sum()
    if not closed:
        return (
            f"a reference value of the family {family} (it has {len(rows)} bounds, and no row "
            "known on both sides)"
        )
    return ""


def _intervals(pool: Pool, family: str, alpha: float, seed: int) -> pd.DataFrame:
    missing = family_gap(pool, family)
    rows = [interval_row("new laboratory", None, pool, family, alpha, seed, missing)]
    counts = pool.counts
    within = missing
    if not missing and not counts.carries:
        within = (
            f"the scatter within a work has {counts.df_within} degrees of freedom in "
            f"{counts.works_within} works; it needs {WITHIN_DF_NEEDED} in {WORKS_NEEDED}"
        )
    elif not missing and pool.normal is not None and "work" not in pool.normal.sigma2:
        within = "the model cannot tell the scatter between works from that of contacts"
    for work in pool.of_family(family)["work"].unique():
        rows.append(interval_row("new preparation", work, pool, family, alpha, seed, within))
    return pd.DataFrame(rows, columns=COLUMNS)


def interval_row(
    of: str,
    work: str | None,
    pool: Pool,
    family: str | None,
    alpha: float,
    seed: int,
    missing: str,
) -> dict[str, Any]:
    """Return one row of intervals (ohm cm2), or the row that says what is missing."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS) | {"of": of, "work": work, "missing": missing}
    if missing:
        return row
    df = pool.counts.df_total if family is not None else pool.counts.rows - 1
    found = pool.predict(family, work, df, np.random.default_rng(seed))
    lower, upper = found.interval(alpha)
    ends = {"median": found.quantile(0.5), "lower": lower, "upper": upper}
    return row | {f"{name}_ohm_cm2": 10.0**value for name, value in ends.items()}


def rows_behind(pool: Pool, family: str | None, observations: pd.DataFrame) -> pd.DataFrame:
    """Return the observations of a family that the model holds; limits in ohm cm2."""
    frame = pool.rows.frame if family is None else pool.of_family(family)
    rows = observations.set_index("observation_id").loc[frame["observation"]].reset_index()
    table = rows[ROW_COLUMNS].copy()
    for end in ("lo", "hi"):
        table[end] = 10.0 ** table[end].astype(float)
    return table.rename(columns={"lo": "lo_ohm_cm2", "hi": "hi_ohm_cm2"})
