"""A simulated dataset, named so: observations with known components, enough for every rung.

Nothing here was measured. Columns are those of the built table that the answers read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Truth:
    """Standard deviations (dex) of the simulation."""

    system: float = 0.6
    between: float = 0.32
    within: float = 0.25
    shared_error: float = 0.15  # one unknown of a work, such as its count of contacts
    row_error: float = 0.05


def simulate(
    rng: np.random.Generator,
    truth: Truth = Truth(),
    systems: int = 40,
    works: int = 300,
    rows_per_work: int = 3,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return observations and V (dex squared) of a simulated literature."""
    system_effect = rng.normal(0, truth.system, systems)
    rows, keys = [], []
    for work in range(works):
        system = int(rng.integers(systems))
        work_effect = rng.normal(0, truth.between)
        shared = rng.normal(0, truth.shared_error)
        for sample in range(rows_per_work):
            error = shared + rng.normal(0, truth.row_error)
            y = 2 + system_effect[system] + work_effect + rng.normal(0, truth.within) + error
            rows.append(_row(f"simulated_{work:03d}", sample, f"system {system:02d}", y))
            keys.append(work)
    work_of = np.array(keys)
    V = truth.shared_error**2 * (work_of[:, None] == work_of[None, :])
    return pd.DataFrame(rows), V + truth.row_error**2 * np.eye(len(rows))


def _row(work: str, sample: int, system: str, y: float) -> dict[str, object]:
    return {
        "observation_id": f"{work}.s{sample}",
        "study_id": work,
        "lab": f"lab of {work}",
        "preparation_id": f"{work}/p{sample}",
        "family": f"family {system[-2]}",
        "material": f"material {system}",
        "system": system,
        "temperature_c": 25.0,
        "reference_c": 25.0,
        "interface_class": "PE/SE",
        "state_kind": "fresh",
        "age_h": np.nan,
        "cell_id": f"{work}/cell",
        "coverage_known": True,
        "count_shift": 0.0,
        "censoring": "exact",
        "headline": True,
        "left_out": None,
        "y": y,
        "lo": y,
        "hi": y,
    }
