"""The four yardsticks: their table, their CSV and content, and the rows behind each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from metastudy.answers.preparation import FLOOR
from metastudy.answers.scatter import NO_LIMIT_DEX
from metastudy.answers.yardsticks import ASSUMPTION, Yardsticks
from metastudy.corpus.work_name import work_name, works_in_words
from metastudy.errors import MetastudyError
from metastudy.pages.rendering.blocks import Block, Numbers, Section, Text, rows_of
from metastudy.pages.rendering.plain import csv_of, plain_rows
from metastudy.pages.rendering.table import Head, Table, table_of
from metastudy.whole_file import write_whole


class RowsError(MetastudyError):
    """Rows that cannot be written."""


def yardsticks_section(found: Yardsticks, priors: bool = False) -> Section:
    """Show all four beside each other, and the share under priors where they are asked for."""
    share = priors_table(found) if priors else None
    blocks: list[Block] = [yardsticks_table(found, priors)]
    if share is not None:
        blocks += [Text("The share under half-t priors of three scales:"), share]
    return Section("yardsticks", "Four yardsticks", (*blocks, Text(ASSUMPTION, "note")))


def four_numbers(found: Yardsticks) -> Numbers:
    """Give each yardstick its number and a line."""
    return Numbers((_repeats(found), _varied(found), _reference(found), _share(found)))


def _repeats(found: Yardsticks) -> tuple[str, str]:
    known = found.repeats.dropna(subset=["hi"])
    if known.empty:
        return "–", "Repeats: no work states how well one preparation repeats."
    works = known["study_id"].nunique()
    return (
        f"{100 * known['hi'].max():.0f} %",
        f"Repeats of one preparation agree within this ({works_in_words(works)}).",
    )


def _varied(found: Yardsticks) -> tuple[str, str]:
    everything, without = found.preparation.all_works, found.preparation.without
    if everything.sd is None:
        return "–", f"Preparation varied on purpose: {FLOOR}."
    number, line, works = f"×{everything.median_ratio:.1f}", "", everything.works
    moved_by = found.preparation.moved_by
    if without is not None and without.sd is not None and moved_by is not None:
        number, works = f"×{without.median_ratio:.1f}", without.works
        line = f"; ×{everything.median_ratio:.1f} with one more, {work_name(moved_by)}"
    said = "Median ratio of two preparations that one work varied on purpose"
    return number, f"{said} ({works_in_words(works)}{line})."


def _reference(found: Yardsticks) -> tuple[str, str]:
    total, rung = found.reference_arms.levels[-1], found.reference_arms.rung
    if total.sd is None:
        return "–", f"Untreated contacts of the same {rung.rung.name}: {total.note}."
    return (
        f"×{total.median_ratio:.1f}",
        f"Median ratio of two untreated contacts of the same {rung.rung.name}, all causes "
        f"({works_in_words(rung.all_works)}, {total.df} degrees of freedom).",
    )


def _share(found: Yardsticks) -> tuple[str, str]:
    rest, moved_by = found.joint_without, found.preparation.moved_by
    share = found.joint.share
    with_it = ""
    if rest is not None and moved_by is not None and rest.share is not None and share is not None:
        with_it = f"; with {work_name(moved_by)} {_per_cent(share)}"
        share = rest.share
    if share is None:
        return "–", f"Preparation's share {found.joint.share_text()}."
    return (
        _per_cent(share),
        "Preparation's share of the variance, if what nobody reports is as diverse as what was "
        f"tried on purpose{with_it}.",
    )


def _per_cent(share: tuple[float, float]) -> str:
    return f"{100 * share[0]:.0f} to {100 * share[1]:.0f} %"


def priors_table(found: Yardsticks) -> Table | None:
    """Set the share under priors of three scales; None where no share can be said."""
    posterior = found.joint.posterior
    if posterior is None:
        return None
    columns = {
        "scale": "prior scale (dex)",
        "median": "median",
        "lower": "2.5 %",
        "upper": "97.5 %",
    }
    title = "Preparation's share under half-t priors"
    return table_of(columns, rows_of(posterior.table), tuple(columns), title=title)


def yardsticks_table(found: Yardsticks, priors: bool = False) -> Table:
    """Set the four yardsticks."""
    columns: dict[str, str | Head] = {
        "yardstick": "yardstick",
        "of": Head("of", ratio=3),
        "sd": "SD (dex)",
        "interval": "95 %",
        "median_ratio": "median ratio of two",
        "df": "df",
        "bounds": "bounds",
        "works": "works",
        "remark": Head("remark", ratio=3),
    }
    rows = [{**row, "interval": _interval(row)} for row in rows_of(found.to_frame(priors))]
    numbers = ("sd", "interval", "median_ratio", "df", "bounds", "works")
    return table_of(columns, rows, numbers, title="Four yardsticks")


def _interval(row: dict[object, float]) -> str:
    lower, upper = row["lower"], row["upper"]
    if pd.isna(lower):
        return "–"
    return f"{lower:.2f} to " + (f"{upper:.2f}" if upper < NO_LIMIT_DEX else "no limit")


def as_csv(found: Yardsticks, priors: bool = False) -> str:
    """Write the yardsticks as CSV."""
    return csv_of(found.to_frame(priors))


def content(found: Yardsticks, priors: bool = False) -> dict[str, Any]:
    """Return sentence, yardsticks and each work's own numbers; missing as None.

    Posteriors of the share and of preparation varied on purpose are in it where ``priors``.
    """
    answer: dict[str, Any] = {
        "sentence": found.sentence,
        "units": {"sd": "dex", "lower": "dex", "upper": "dex"},
        "yardsticks": plain_rows(found.to_frame(priors)),
        "by_work": plain_rows(found.preparation.by_work),
    }
    if priors:
        share = found.joint.posterior
        answer["priors"] = {
            "share": [] if share is None else plain_rows(share.table),
            "varied_on_purpose": plain_rows(found.preparation.posterior),
        }
    return answer


def write_rows(found: Yardsticks, out: Path) -> list[Path]:
    """Write the rows behind each yardstick; each file appears whole or not at all.

    ``contrasts.csv``, ``contrasts_left_out.csv``, ``joint_rows.csv``, and the covariances (dex
    squared, in the order of the rows) ``contrasts_V.csv`` and ``joint_V.csv``.

    Raises
    ------
    RowsError
        Where the folder cannot be written.
    """
    varied, joint = found.preparation, found.joint
    tables = {
        "contrasts": varied.contrasts,
        "contrasts_V": _matrix(varied.V),
        "contrasts_left_out": varied.left_out,
        "joint_rows": joint.rows,
        "joint_V": _matrix(joint.V),
    }
    files = {out / f"{name}.csv": csv_of(table) for name, table in tables.items()}
    return write_whole(files, out, RowsError)


def _matrix(V: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(V, columns=[str(i) for i in range(len(V))])
