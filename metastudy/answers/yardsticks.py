"""How much of the scatter preparation induces, on four yardsticks.

Repeats (a statement), preparation varied on purpose, reference arms of one family, and the share
that preparation would have if what laboratories do unreported is as diverse as what they tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from metastudy.answers import preparation as varied
from metastudy.answers import repeats as again
from metastudy.answers import scatter as reference_arms
from metastudy.answers.joint import BETWEEN_NAME, Joint, joint
from metastudy.answers.scatter import MEDIAN_RATIO, SPAN, may_differ
from metastudy.answers.treatments import Treatments, treatments
from metastudy.bridge.modelling.model_rows import LADDER, headline_rows
from metastudy.summary import Summary, SummaryTable
from metastudy.tables.loading import Dataset, load
from metastudy.tables.views import Selection, narrowed

COLUMNS = [
    "yardstick",
    "of",
    "sd",
    "lower",
    "upper",
    "median_ratio",
    "span",
    "df",
    "bounds",
    "works",
    "remark",
]


@dataclass(frozen=True, repr=False)
class Yardsticks:
    """The answer on four yardsticks; standard deviations and their 95 % intervals are in dex.

    Attributes
    ----------
    repeats
        Printed statements on repeats of one preparation.
    treatments
        Every contrast of deliberate treatments.
    preparation
        Preparation varied on purpose.
    reference_arms
        Scatter between reference arms of nominally the same thing.
    joint, joint_without
        The joint model of levels and contrasts, and the same without the contrasts of the work that
        moves preparation most (None where there is none); fitted when the share is asked for.

    Examples
    --------
    >>> import metastudy
    >>> answer = metastudy.scatter()
    >>> list(answer.to_frame()["yardstick"].unique())
    ['repeats', 'varied on purpose', 'reference arms', 'share']
    """

    repeats: pd.DataFrame
    treatments: Treatments
    preparation: varied.Preparation
    reference_arms: reference_arms.Scatter
    joint: Joint
    joint_without: Joint | None

    @property
    def sentence(self) -> str:
        """The answer in words: varied on purpose first, then repeats, then what nobody knows."""
        return " ".join(
            (
                varied.sentence(self.preparation),
                again.sentence(self.repeats),
                reference_arms.unmeasured(self.reference_arms),
            )
        )

    @property
    def contrasts(self) -> pd.DataFrame:
        """Rows behind "varied on purpose": one contrast a treatment (lo, hi in dex)."""
        return self.preparation.contrasts

    @property
    def levels(self) -> pd.DataFrame:
        """Rows behind "reference arms" (y, lo, hi in log10 ohm cm2); ``system`` is the group."""
        return self.reference_arms.rows.frame

    def to_frame(self, priors: bool = False, share: bool = True) -> pd.DataFrame:
        """One row a yardstick and selection; numbers below the floors are missing.

        Parameters
        ----------
        priors
            Whether to look for a point of the share, by priors of three scales (a minute or two).
        share
            Whether to profile the share (seconds).
        """
        rows = [self._repeats_row(), *self._varied_rows(), *self._reference_rows()]
        rows += self._share_rows(priors) if share else []
        table = pd.DataFrame(rows, columns=COLUMNS)
        counts = ["df", "bounds", "works"]
        return table.astype({name: "Int64" for name in counts})

    def summary(self) -> Summary:
        """Return the sentence and the four yardsticks."""
        frame = self.to_frame()
        frame.index = pd.Index([""] * len(frame))
        return Summary([self.sentence], [SummaryTable("", frame, 3)], [ASSUMPTION])

    def __repr__(self) -> str:
        return f"Yardsticks({self.sentence})"

    def _repeats_row(self) -> Mapping[str, Any]:
        return {
            "yardstick": "repeats",
            "of": "the same preparation made again",
            "works": self.repeats["study_id"].nunique(),
            "remark": again.sentence(self.repeats),
        }

    def _varied_rows(self) -> list[Mapping[str, Any]]:
        found = self.preparation
        selections = [("all works", found.all_works)]
        if found.without is not None:
            selections.append((f"without {found.moved_by}", found.without))
        return [
            {
                "yardstick": "varied on purpose",
                "of": name,
                **_numbers(spread.sd, spread.by_work),
                "df": spread.exact,
                "bounds": spread.bounded,
                "works": spread.works,
                "remark": _varied_remark(spread),
            }
            for name, spread in selections
        ]

    def _reference_rows(self) -> list[Mapping[str, Any]]:
        found, rung = self.reference_arms, self.reference_arms.rung
        return [
            {
                "yardstick": "reference arms",
                "of": f"{level.name}, same {rung.rung.name}",
                **_numbers(
                    level.sd,
                    None
                    if level.lower is None or level.upper is None
                    else (level.lower, level.upper),
                ),
                "df": level.df,
                "bounds": rung.bounds,
                "works": rung.all_works,
                "remark": level.note,
            }
            for level in found.levels
        ]

    def _share_rows(self, priors: bool) -> list[Mapping[str, Any]]:
        models = [("all works", self.joint)]
        if self.joint_without is not None:
            models.append((f"without {self.preparation.moved_by}", self.joint_without))
        return [
            {
                "yardstick": "share",
                "of": f"preparation in preparation and {BETWEEN_NAME}; {name}",
                "works": model.rows["study_id"].nunique(),
                "remark": model.share_text(priors),
            }
            for name, model in models
        ]


ASSUMPTION = (
    "The share holds if what laboratories do unreported is as diverse as what they tried on "
    "purpose. No work repeats an untreated preparation, so between works preparation and "
    "laboratory cannot be told apart."
)


def _varied_remark(spread: varied.Spread) -> str:
    if spread.by_work is None:
        return varied.FLOOR
    return may_differ(spread.by_work[1])


def _numbers(sd: float | None, ends: tuple[float, float] | None) -> dict[str, Any]:
    if sd is None:
        return {}
    lower, upper = ends or (np.nan, np.nan)
    return {
        "sd": sd,
        "lower": lower,
        "upper": upper,
        "median_ratio": 10 ** (MEDIAN_RATIO * sd),
        "span": 10 ** (SPAN * sd),
    }


def scatter(
    data: Dataset | None = None,
    *,
    interface_class: str | Sequence[str] = (),
    family: str | Sequence[str] = (),
    leave_out: Sequence[str] = (),
    root: Path | None = None,
) -> Yardsticks:
    """Say how much of the scatter in interface resistances preparation induces.

    Parameters
    ----------
    data
        The dataset; by default ``metastudy.load()``.
    interface_class
        Classes of contact: ``"LE/SE"``, ``"PE/SE"``, ``"SE/SE"``; all unless named.
    family
        Families of the solid electrolyte, whole or by a part such as ``"garnet"``; all unless
        named.
    leave_out, root
        As in :func:`metastudy.load`, where ``data`` is not given.

    Returns
    -------
    Yardsticks
        Standard deviations in dex, median ratios of two, 95 % spans, with their rows.

    Raises
    ------
    FilterError
        For a class or family that is not known.

    Examples
    --------
    >>> import metastudy
    >>> metastudy.scatter(interface_class="PE/SE").preparation.all_works.works > 0
    True
    """
    data = load(root=root, leave_out=leave_out) if data is None else data
    return yardsticks(narrowed(data, {"class": _words(interface_class), "family": _words(family)}))


def yardsticks(chosen: Selection) -> Yardsticks:
    """Answer from rows that were chosen."""
    changed = treatments(chosen.records)
    purpose = varied.preparation(changed, varied.series_of(chosen.records))
    levels = headline_rows(chosen.observations, chosen.V, LADDER[0])
    rest = None
    if purpose.moved_by is not None:
        rest = purpose.contrasts[purpose.contrasts["study_id"] != purpose.moved_by]
    return Yardsticks(
        again.repeats(chosen.records),
        changed,
        purpose,
        reference_arms.scatter(chosen.observations, chosen.V),
        joint(levels, chosen.observations, purpose.contrasts, purpose.all_works),
        None if rest is None else joint(levels, chosen.observations, rest, purpose.without),
    )


def _words(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
