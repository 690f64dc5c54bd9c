"""The resistance that enters a design: that of a pair's family, or of any contact of a class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from metastudy.answers.bounded_prediction import Predicted
from metastudy.answers.predict import (
    PredictError,
    class_pool,
    family_gap,
    family_of,
    pair_of,
    pool_of,
)
from metastudy.confidence import check_alpha
from metastudy.physics.arguments import celsius
from metastudy.tables.loading import Dataset, load
from metastudy.tables.views import narrowed

# Ends and middle of an interval, as rows are named.
POINTS = ("lower", "median", "upper")


@dataclass(frozen=True)
class PooledResistance:
    """A resistance of one contact in a new laboratory.

    Attributes
    ----------
    name
        The pair or class.
    reference_c
        Temperature (degC).
    alpha
        Share outside the interval.
    predicted
        Distribution of log10 R (ohm cm2); None below the floors.
    missing
        What is missing for it; empty where it is there.
    rows, works
        How many reference rows and works it rests on.
    """

    name: str
    reference_c: float
    alpha: float
    predicted: Predicted | None
    missing: str
    rows: int
    works: int

    @property
    def counted(self) -> str:
        """Rows and works as words."""
        rows = "1 reference row" if self.rows == 1 else f"{self.rows} reference rows"
        return f"{rows} of {'1 work' if self.works == 1 else f'{self.works} works'}"

    def points(self) -> dict[str, float]:
        """Return lower end, median and upper end (ohm cm2); empty below the floors."""
        if self.predicted is None:
            return {}
        shares = (self.alpha / 2.0, 0.5, 1.0 - self.alpha / 2.0)
        return {
            name: 10.0 ** self.predicted.quantile(share)
            for name, share in zip(POINTS, shares, strict=True)
        }

    def below(self, resistance_ohm_cm2: float | None) -> float | None:
        """Return the probability that a new contact is below a resistance; None is below all."""
        if self.predicted is None:
            return None
        if resistance_ohm_cm2 is None or resistance_ohm_cm2 <= 0:
            return 0.0
        if math.isinf(resistance_ohm_cm2):
            return 1.0
        return self.predicted.below(math.log10(resistance_ohm_cm2))


def pair_resistance(
    pair: str,
    at: float,
    data: Dataset | None = None,
    *,
    alpha: float = 0.05,
    seed: int = 1,
    leave_out: Sequence[str] = (),
    root: Path | None = None,
) -> tuple[PooledResistance, Dataset]:
    """Pool the family of a pair; returns the dataset at that temperature too.

    Parameters are those of ``predict``.
    """
    alpha, at, rng = _checked(alpha, at, seed)
    found = pair_of(pair, (load(root=root) if data is None else data).vocabulary)
    if data is None:
        data = load(root=root, leave_out=leave_out, reference_c={found.interface_class: at})
    pool = pool_of(data.observations, data.V)
    family = family_of(found, data.observations)
    missing = family_gap(pool, family)
    predicted = None if missing else pool.predict(family, None, pool.counts.df_total, rng)
    rows = pool.of_family(family)
    works = rows["work"].nunique()
    return PooledResistance(found.name, at, alpha, predicted, missing, len(rows), works), data


def class_resistance(
    interface_class: str,
    at: float,
    data: Dataset | None = None,
    *,
    alpha: float = 0.05,
    seed: int = 1,
    leave_out: Sequence[str] = (),
    root: Path | None = None,
) -> tuple[PooledResistance, Dataset]:
    """Pool a class of contacts, chemistry included; returns the dataset too.

    Raises
    ------
    FilterError
        For a class that is not known.
    """
    alpha, at, rng = _checked(alpha, at, seed)
    if data is None:
        known = load(root=root).vocabulary
        words = known.loc[known["vocabulary"] == "interface_class", "word"]
        if interface_class not in set(words):
            raise PredictError(
                f"no class is named {interface_class!r}; use one of {', '.join(sorted(words))}"
            )
        data = load(root=root, leave_out=leave_out, reference_c={interface_class: at})
    chosen = narrowed(data, {"class": [interface_class]})
    pool = class_pool(chosen.observations, chosen.V)
    df = pool.counts.rows - 1
    predicted = None if pool.missing else pool.predict(None, None, df, rng)
    frame = pool.rows.frame
    works = frame["work"].nunique()
    return (
        PooledResistance(interface_class, at, alpha, predicted, pool.missing, len(frame), works),
        data,
    )


def _checked(alpha: float, at: float, seed: int) -> tuple[float, float, np.random.Generator]:
    if seed < 0:
        raise PredictError(f"seed = {seed} is below 0; a seed is 0 or more")
    return check_alpha(alpha, PredictError), float(celsius("at", at)), np.random.default_rng(seed)
