"""Works that nobody wrote: curated files with known standard deviations, for benchmarks.

35 works report 91 preparations: each an untreated contact, one of them 22 treatments, the others
one each. Seven families have five works. Half of the works do not say whether a number covers one
contact or both. A printed change stands where the treated level or its reference is a bound, and in
half of the other works.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copytree

import numpy as np
import yaml

from metastudy.corpus.corpus import Corpus
from metastudy.corpus.study import COLUMNS, Measurement
from metastudy.corpus.table import read_table

AXES = Path(__file__).parents[1] / "data" / "vocabulary" / "axis.csv"
SOLIDS = ("LLZO_Al", "LATP", "LLTO", "LiPON", "Li6PS5Cl", "Li3PS4", "LYZC")
"""Solid electrolytes of seven families."""
WORKS, TREATMENTS_OF_THE_LARGEST = 35, 22
MEAN, FAMILY_SD = 2.0, 0.5
REPEATABILITY = 0.15 / np.log(10)
"""Error of one arm (dex), as the model has it."""
BOUNDS = 0.45
"""Share of the numbers that are upper bounds."""
LIMIT_SD = 0.7
"""Spread (dex) of limits that are drawn independently of the value."""
PRINTED = "{:.5g}"


@dataclass(frozen=True)
class Truth:
    """Standard deviations (dex) of a simulated literature.

    Attributes
    ----------
    work, preparation
        Between works, and root mean square over works of that between preparations.
    omega
        Standard deviation of the log standard deviations of the works.
    bounds
        ``"limit"``: a value below a limit drawn independently of it is printed as below this limit.
        ``"decade"``: a bound is one decade above its value.
    """

    work: float
    preparation: float
    omega: float
    bounds: str

    @property
    def total(self) -> float:
        """Standard deviation of reference arms of one family."""
        return float(np.hypot(self.work, self.preparation))

    @property
    def share(self) -> float:
        """Preparation's share of the variance."""
        return self.preparation**2 / self.total**2


def work_name(work: int) -> str:
    """Name a work."""
    return f"simulated_2026_w{work:02d}"


def treatments_of(work: int) -> int:
    """Give the number of treatments of a work."""
    return TREATMENTS_OF_THE_LARGEST if work == 0 else 1


def write_root(root: Path, real: Path) -> None:
    """Write a data root of the works; its numbers are those of :func:`rows_of`, written apart."""
    copytree(real / "schemas", root / "schemas")
    copytree(real / "data" / "vocabulary", root / "data" / "vocabulary")
    for name in ("properties.csv", "VERSION"):
        (root / "data" / name).write_bytes((real / "data" / name).read_bytes())
    for work in range(WORKS):
        folder = root / "data" / "studies" / work_name(work)
        folder.mkdir(parents=True)
        text = yaml.safe_dump(_words(work), sort_keys=False, allow_unicode=True)
        (folder / "study.yaml").write_text(text, encoding="utf-8")


def write_rows(root: Path, rows: dict[str, list[dict[str, str]]]) -> None:
    """Write the numbers of each work as ``measurements.csv``."""
    for name, own in rows.items():
        path = root / "data" / "studies" / name / "measurements.csv"
        path.write_text(csv_text(own), encoding="utf-8")


def csv_text(rows: list[dict[str, str]]) -> str:
    """Set rows as ``measurements.csv``."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def with_rows(corpus: Corpus, rows: dict[str, list[dict[str, str]]]) -> Corpus:
    """Give the corpus that these rows would be read to, without files."""
    studies = {}
    for name, own in rows.items():
        table, faults = read_table(csv_text(own), name, COLUMNS)
        assert not faults
        measurements = tuple(Measurement(**row.cells) for row in table.rows)
        studies[name] = replace(corpus.studies[name], measurements=measurements, table=table)
    return replace(corpus, studies=studies)


def rows_of(truth: Truth, rng: np.random.Generator) -> dict[str, list[dict[str, str]]]:
    """Draw the printed numbers of every work."""
    families = rng.normal(0, FAMILY_SD, len(SOLIDS))
    sds = truth.preparation * np.exp(rng.normal(-(truth.omega**2), truth.omega, WORKS))
    between = rng.normal(0, truth.work, WORKS)
    level_spread = float(np.hypot(FAMILY_SD, truth.total))
    change_spread = np.sqrt(2) * truth.preparation
    found = {}
    for work in range(WORKS):
        size = treatments_of(work) + 1
        arms = rng.normal(0, sds[work], size) + rng.normal(0, REPEATABILITY, size)
        covers = np.log10(2) * rng.integers(2) if _unknown_count(work) else 0.0
        level = MEAN + families[work % len(SOLIDS)] + between[work] + covers + arms
        own = [_level(work, 0, *_seen(level[0], MEAN, level_spread, truth, rng))]
        for t in range(1, size):
            change, bound = _seen(level[t] - level[0], 0.0, change_spread, truth, rng)
            if bound or own[0]["qualifier"] != "exact" or work % 4 >= 2:
                own.append(_change(work, t, change, bound))
            else:
                own.append(_level(work, t, level[t], False))
        found[work_name(work)] = own
    return found


def _seen(
    value: float, mean: float, spread: float, truth: Truth, rng: np.random.Generator
) -> tuple[float, bool]:
    """Return what is printed of a value (dex), and whether it is an upper bound."""
    if truth.bounds == "decade":
        bound = bool(rng.random() < BOUNDS)
        return value + bound, bound
    # A value is below its limit with probability BOUNDS: -0.1257 is the normal quantile of 0.45.
    limit = mean - 0.1257 * np.hypot(spread, LIMIT_SD) + rng.normal(0, LIMIT_SD)
    return (limit, True) if value < limit else (value, False)


def _unknown_count(work: int) -> bool:
    return work % 2 == 1


def _level(work: int, arm: int, level: float, bound: bool) -> dict[str, str]:
    return {
        **_row(work, arm, level, bound),
        "role": "interface",
        "quantity": "area_specific_resistance",
        "unit_text": "ohm cm2",
        "value_covers": "unknown" if _unknown_count(work) else "one",
        "temperature_text": "25",
    }


def _change(work: int, arm: int, change: float, bound: bool) -> dict[str, str]:
    return {
        **_row(work, arm, change, bound),
        "role": "relative",
        "quantity": "relative_resistance",
        "unit_text": "ratio",
        "value_covers": "not_applicable",
        "reference_sample": "s0",
        "reference_state": "fresh",
    }


def _row(work: int, arm: int, log10: float, bound: bool) -> dict[str, str]:
    return {
        "record_id": f"{work_name(work)}.{arm + 1:03d}",
        "sample_id": f"s{arm}",
        "cell_id": "cell",
        "state_id": "fresh",
        "component": "total",
        "value_text": PRINTED.format(10**log10),
        "qualifier": "lt" if bound else "exact",
        "unc_kind": "not_reported",
        "branch": "not_applicable",
        "evaluation": "joint_fit",
        "basis": "table",
        "read": "full_text",
        "locator": "Table 1",
    }


def _words(work: int) -> dict[str, object]:
    """Give the words of a work."""
    arms = range(treatments_of(work) + 1)
    with AXES.open(encoding="utf-8", newline="") as file:
        axes = {
            axis["word"]: "not_reported"
            for axis in csv.DictReader(file)
            if "LE/SE" in axis["required_for"].split()
        }
    return {
        "study_id": work_name(work),
        "source": {
            "kind": "article",
            "doi": f"10.1000/{work_name(work)}",
            "title": f"Simulated work {work}",
            "authors": ["Simulated, A."],
            "year": "2026",
            "container": "Not published",
            "lab": "unknown",
            "status": "ok",
            "read": "full_text",
        },
        "curation": [{"role": "curator", "date": "2026-11-30", "note": "Simulated."}],
        "contacts": [
            {
                "id": "liquid",
                "class": "LE/SE",
                "ion": "Li",
                "solid_electrolyte": SOLIDS[work % len(SOLIDS)],
                "se_form": "sintered_pellet",
                "partner_class": "liquid",
                "solvents": ["PC"],
                "salt": "LiClO4",
                "salt_content": {"value": "1", "unit": "mol/L", "locator": "Experimental"},
                "area": {"value": "1", "unit": "cm2", "locator": "Experimental"},
            }
        ],
        "preparations": [
            {
                "id": f"p{arm}",
                "arm": "treated" if arm else "reference",
                "series": [f"treatment_{t}" for t in (arms[1:] if arm == 0 else (arm,))],
                "treatments": ["solvent_dip"] if arm else [],
                "steps": [],
                "axes": dict(axes),
            }
            for arm in arms
        ],
        "samples": [
            {"id": f"s{arm}", "preparation": f"p{arm}", "contact": "liquid"} for arm in arms
        ],
        "cells": [
            {
                "id": "cell",
                "electrodes": "four_point",
                "excitation": "eis",
                "stack": "REF|LE|SE|LE|REF",
                "n_in_circuit": "2",
                "identical_contacts": "yes",
            }
        ],
        "states": [{"id": "fresh", "kind": "fresh", "age": "not_reported"}],
    }
