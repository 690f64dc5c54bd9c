"""R's answers and the data sets they belong to."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[1] / "reference" / "mixed"


@cache
def _fits() -> dict[str, dict[str, Any]]:
    stored = json.loads((ROOT / "reference_stats.json").read_text(encoding="utf-8"))
    return {entry["id"]: entry["result"] for entry in stored["fits"]}


@cache
def _data(name: str) -> pd.DataFrame:
    suffix = ".csv.gz" if name == "InstEval" else ".csv"
    return pd.read_csv(ROOT / "data" / f"{name}{suffix}")


@pytest.fixture(scope="session")
def reference() -> Callable[[str], dict[str, Any]]:
    return lambda identifier: _fits()[identifier]


@pytest.fixture(scope="session")
def dataset() -> Callable[[str], pd.DataFrame]:
    return lambda name: _data(name).copy()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20260301)
