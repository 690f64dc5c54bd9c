"""The keyword arguments of fits, listed once; :func:`metastudy.mixed.fit` describes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

import numpy as np


class ModelArguments(TypedDict, total=False):
    """Rows, sampling covariance and random terms, for every kind of fit."""

    v: Any
    V: Any
    shared: Any
    residual: bool | None
    correlations: Mapping[str, Any] | None
    row_weights: Mapping[str, Any] | None
    replicates: Mapping[str, tuple[str, str]] | None
    split: bool


class BoundedArguments(ModelArguments, total=False):
    """The same, and limits of rows that are bounds."""

    lower: Any
    upper: Any


class ScaleArguments(TypedDict, total=False):
    """Sampling covariance and limits, for a standard deviation that differs between units."""

    v: Any
    V: Any
    lower: Any
    upper: Any


class NumberArguments(ModelArguments, total=False):
    """Arguments of a fit to rows that are numbers, by likelihood or moments."""

    method: str
    test: str | None
    scale: Mapping[str, str] | None


class FitArguments(NumberArguments, BoundedArguments, total=False):
    """All arguments of a fit by likelihood or moments."""

    alternatives: Mapping[str, str] | None
    rng: np.random.Generator | None
    points: int | None
