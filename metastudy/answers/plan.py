"""What a study not yet made would tell: laboratories x preparations x repeats for a precision.

Data sets of balanced designs are simulated and refitted (:func:`metastudy.mixed.plan`). The
precision of a level is half the width of the 95 % interval of its standard deviation, in dex,
median of the runs.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from metastudy import mixed
from metastudy.answers import preparation as varied
from metastudy.answers.scatter import scatter
from metastudy.answers.treatments import treatments
from metastudy.errors import MetastudyError
from metastudy.tables.loading import Dataset

LEVELS = ("lab", "preparation", "repeat")
BETWEEN = "between works"


class PlanError(MetastudyError):
    """A plan without a standard deviation, a design or a precision."""


@dataclass(frozen=True)
class StudyPlan:
    """What designs reach.

    Attributes
    ----------
    sd
        Assumed standard deviation (dex) of each level.
    level
        The level whose precision is asked for.
    precision
        Largest half width (dex) of the interval of its standard deviation.
    designs
        One row a design, fewest cells first: lab, preparation, repeat (how many), cells,
        half_width (dex) of the asked level, power (share of runs whose interval of it leaves out
        0), reached.
    runs
        Simulated data sets a design.
    """

    sd: Mapping[str, float]
    level: str
    precision: float
    designs: pd.DataFrame
    runs: int

    @property
    def smallest(self) -> dict[str, float] | None:
        """The design of fewest cells that reaches the precision; None where none does."""
        return _first(self.designs[self.designs["reached"]])

    @property
    def sentence(self) -> str:
        """Say which design is enough."""
        wanted = f"the standard deviation between {_many(self.level)} to {self.precision:g} dex"
        best = self.smallest
        if best is None:
            nearest = _first(self.designs.sort_values("half_width")) or {}
            return (
                f"No design gives {wanted}; the nearest, {design_words(nearest)}, gives it to "
                f"{nearest['half_width']:.2g} dex."
            )
        return f"{design_words(best)}, {best['cells']:.0f} cells, give {wanted}."


def _first(rows: pd.DataFrame) -> dict[str, float] | None:
    records = rows.head(1).to_dict("records")
    return {str(name): float(value) for name, value in records[0].items()} if records else None


def design_words(row: Mapping[str, float]) -> str:
    """Return a design as ``12 laboratories x 3 preparations x 2 repeats``."""
    return " x ".join(f"{row[level]:.0f} {_many(level)}" for level in LEVELS)


def _many(level: str) -> str:
    return "laboratories" if level == "lab" else f"{level}s"


def assumed_sd(data: Dataset | None, given: Mapping[str, float | None]) -> dict[str, float]:
    """Return the standard deviation (dex) of each level: the given one, or that of the dataset.

    The dataset's are: between works, for laboratories; preparation varied on purpose; the
    repeatability that is printed for one preparation.

    Parameters
    ----------
    data
        The loaded tables; needed only for what is not given.
    given
        Standard deviations by level; None for the dataset's.

    Raises
    ------
    PlanError
        Where one is not given and the dataset has none, or one is not positive.
    """
    found = {level: given.get(level) for level in LEVELS}
    if data is not None and found["lab"] is None:
        levels = scatter(data.observations, data.V).levels
        found["lab"] = next((level.sd for level in levels if level.name == BETWEEN), None)
    if data is not None and found["preparation"] is None:
        changed = treatments(data.records)
        series = varied.series_of(data.records)
        found["preparation"] = varied.preparation(changed, series).all_works.sd
    if found["repeat"] is None:
        found["repeat"] = varied.REPEATABILITY / math.log(10.0)
    for level, sd in found.items():
        if sd is None:
            raise PlanError(
                f"the dataset gives no standard deviation of {level}; give --{level}-sd"
            )
        if not (math.isfinite(sd) and sd > 0):
            raise PlanError(f"--{level}-sd {sd:g} is no standard deviation; give one above 0 (dex)")
    return {level: float(sd) for level, sd in found.items() if sd is not None}


def plan_study(
    sd: Mapping[str, float],
    counts: Mapping[str, Sequence[int]],
    *,
    level: str = "preparation",
    precision: float,
    runs: int,
    rng: np.random.Generator,
) -> StudyPlan:
    """Simulate every combination of counts.

    Parameters
    ----------
    sd
        Standard deviation (dex) of each level.
    counts
        Numbers to try for lab, preparation and repeat; at least 2 of each.
    level
        The level whose precision is asked for.
    precision
        Largest half width (dex) of the interval of its standard deviation.
    runs
        Simulated data sets a design.
    rng
        Source of every random number.

    Raises
    ------
    PlanError
        For a count below 2, or a precision that is none.
    """
    if not (math.isfinite(precision) and precision > 0):
        raise PlanError(f"--precision {precision:g} is none; give a half width above 0 (dex)")
    for name, numbers in counts.items():
        if not numbers or min(numbers) < 2:
            raise PlanError(f"--{name}s {min(numbers, default=0)} shows no scatter; give 2 or more")
    every = list(itertools.product(*(sorted(set(counts[name])) for name in LEVELS)))
    designs = [
        mixed.Design(dict(zip(LEVELS, numbers, strict=True)), label=str(place))
        for place, numbers in enumerate(every)
    ]
    variances = {name: sd[name] ** 2 for name in LEVELS}
    found = mixed.plan(variances, designs, n=runs, rng=rng)
    table = found.to_frame()
    own = table[table["component"] == level].set_index("design")
    rows = pd.DataFrame(every, columns=list(LEVELS))
    labels = [design.label for design in designs]
    rows["cells"] = rows.prod(axis=1)
    rows["half_width"] = own.loc[labels, "width"].to_numpy(float) / 2.0
    rows["power"] = own.loc[labels, "p_above_zero"].to_numpy(float)
    rows["reached"] = rows["half_width"] <= precision
    rows = rows.sort_values(["cells", "half_width"], ignore_index=True)
    return StudyPlan(dict(sd), level, precision, rows, runs)
