"""The design calculator: what a study that does not exist yet could tell of its components.

Data sets are simulated from a balanced design, refitted by REML as one batch, and every component
gets its profile interval. A design separates a component from zero when the interval's lower end
is above zero in at least ``POWER`` of the runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd
from scipy import stats

from ..arguments import check_count, check_level, check_rng
from ..errors import DataError, UndefinedError
from ..inference.component_draws import draw_components
from ..model.identifiability import JOINT
from ..model.structures import Array
from ..optimise.batched_newton import maximise_batch
from ..optimise.batched_profiles import ZERO, batch_intervals
from ..results.fitted_model import FittedModel
from .study_design import Design, Rotation, rotate

POWER = 0.8
BATCH = 250
"""Runs between two calls of the progress function."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """What designs promise; all values are on the scale of the response.

    Attributes
    ----------
    table
        A row for each design and component: true sd (median of the draws), medians of the
        estimated sd and of both interval ends, ``width`` of the interval (median), share of runs
        with estimate zero, ``p_above_zero`` with its simulation error, and whether the design
        separates the component. Components that a design cannot tell apart have a joint name.
    mean
        For each design the median half-width of the mean's interval and its degrees of freedom.
    runs
        Every run: design, component, truth, estimate, lower, upper (standard deviations).
    level
        Confidence level of the intervals.
    left_out
        Components of the fit that no factor of the designs has.
    """

    table: pd.DataFrame
    mean: pd.DataFrame
    runs: pd.DataFrame
    level: float
    left_out: tuple[str, ...]

    def figure(self) -> pd.DataFrame:
        """Quantiles over the runs of each end and of the estimate, for a figure: long form."""
        long = self.runs.melt(
            ["design", "component"], ["truth", "estimate", "lower", "upper"], "what", "sd"
        )
        levels = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
        wide = long.groupby(["design", "component", "what"], sort=False)["sd"].quantile(levels)
        return wide.unstack().reset_index()


def plan(
    components: FittedModel | Mapping[str, float],
    design: Design | Sequence[Design],
    n: int = 1000,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    progress: Progress | None = None,
) -> Plan:
    """Simulate designs; see :func:`metastudy.mixed.plan`."""
    given = [design] if isinstance(design, Design) else design
    designs = list(given) if isinstance(given, Sequence) else []
    if not designs or not all(isinstance(one, Design) for one in designs):
        raise DataError("a plan needs a Design, or a list of them")
    check_count(n, "runs")
    check_level(level)
    check_rng(rng)
    if len({d.label for d in designs}) < len(designs):
        raise DataError("two designs have the same label; give each its own")
    names, draw = _source(components, rng)
    tables, means, runs = [], [], []
    used: set[str] = set()
    total, before = n * len(designs), 0
    for one in designs:
        home = {factor: _component_of(factor, one, names) for factor in _factors(one, names)}
        used |= set(home.values())
        rotation = rotate(one, tuple(home))
        truth = draw(n)[:, [names.index(c) for c in home.values()]]
        if one.v == 0 and not truth.any():
            raise DataError(
                f"design {one.label!r} has no variance at all: every component and v is 0"
            )
        found, mean = _simulate(rotation, truth, rng, level, progress, (before, total))
        before += n
        runs.append(found.assign(design=one.label))
        tables.append(_table(found, rotation.names).assign(design=one.label))
        means.append({"design": one.label, **mean})
    table = pd.concat(tables, ignore_index=True)
    return Plan(
        table[["design", *[c for c in table if c != "design"]]],
        pd.DataFrame(means),
        pd.concat(runs, ignore_index=True),
        level,
        tuple(name for name in names if name not in used),
    )


def _source(
    components: FittedModel | Mapping[str, float], rng: np.random.Generator
) -> tuple[list[str], Callable[[int], Array]]:
    """Names of the components, and a function that draws their variances."""
    if not isinstance(components, (Mapping, FittedModel)):
        raise DataError("components are a fit, or variances by name such as {'lab': 0.04}")
    if isinstance(components, Mapping):
        for name, value in components.items():
            if not isinstance(value, Real):
                raise DataError(f"component {name!r} is {value!r}; a variance is a number")
        values = np.array([float(x) for x in components.values()])
        for name, value in components.items():
            if not np.isfinite(value) or value < 0:
                raise DataError(f"component {name!r} is {value:g}; a variance is 0 or more")
        return list(components), lambda n: np.tile(values, (n, 1))
    likelihood, optimum = components.likelihood, components.optimum
    return components.component_names, lambda n: draw_components(likelihood, optimum, n, rng)


def _factors(design: Design, names: list[str]) -> list[str]:
    """Factors of a design, with those interactions that have a component."""
    interactions = [f"{design.outermost}:{c}" for c in design.crossed]
    given = [i for i in interactions if i in names]
    return [design.outermost, *design.crossed, *given, *list(design.nested)[1:]]


def _component_of(factor: str, design: Design, names: list[str]) -> str:
    """Component of a factor: that of its name, or nested in others under it."""
    if factor in names:
        return factor
    last = [
        name
        for name in names
        if any(member.split(":")[-1] == factor for member in name.split(JOINT))
    ]
    if len(last) != 1:
        raise UndefinedError(
            f"design {design.label!r} has the factor {factor!r}, which is "
            f"{'none' if not last else 'more than one'} of the components {', '.join(names)}; "
            "name factors as components, and leave out factors without one"
        )
    return last[0]


def _simulate(
    rotation: Rotation,
    truth: Array,
    rng: np.random.Generator,
    level: float,
    progress: Progress | None,
    place: tuple[int, int],
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Simulate the runs of one design, and what they say of the mean."""
    truth = np.column_stack([truth[:, list(group)].sum(axis=1) for group in rotation.members])
    n, k = truth.shape
    likelihood = rotation.likelihood()
    estimates, ends = np.empty((n, k)), np.empty((n, k, 2))
    half, df = np.empty(n), np.empty(n)
    for lo in range(0, n, BATCH):
        part = slice(lo, min(lo + BATCH, n))
        variances = rotation.variances(truth[part])
        Y = rng.standard_normal(variances.shape) * np.sqrt(variances)
        start = np.maximum(truth[part], 0.2 * truth[part].mean(axis=1, keepdims=True))
        best = maximise_batch(likelihood, Y, start, None, 1e-10)
        estimates[part] = np.where(
            best.theta > ZERO * best.theta.sum(axis=1, keepdims=True), best.theta, 0.0
        )
        for j in range(k):
            ends[part, j] = batch_intervals(likelihood, Y, best, j, level)
        half[part], df[part] = _mean_interval(rotation, estimates[part], level)
        if progress is not None:
            progress(place[0] + part.stop, place[1])
    frames = [
        pd.DataFrame(
            {
                "component": name,
                "truth": np.sqrt(truth[:, j]),
                "estimate": np.sqrt(estimates[:, j]),
                "lower": np.sqrt(ends[:, j, 0]),
                "upper": np.sqrt(ends[:, j, 1]),
            }
        )
        for j, name in enumerate(rotation.names)
    ]
    mean = {"half_width": float(np.median(half)), "df": float(np.median(df))}
    return pd.concat(frames, ignore_index=True), mean


def _mean_interval(rotation: Rotation, theta: Array, level: float) -> tuple[Array, Array]:
    """Half-width of the mean's interval and Satterthwaite's degrees of freedom, by run."""
    at_mean = np.flatnonzero(rotation.mean)
    own = rotation.coefficients[at_mean[0]]
    free = np.delete(rotation.coefficients, at_mean, axis=0)
    variances = np.delete(rotation.variances(theta), at_mean, axis=1)
    variances = np.maximum(variances, 1e-12 * variances.max(axis=1, keepdims=True))
    information = 0.5 * np.einsum("bn,ni,nj->bij", 1 / variances**2, free, free)
    interior = theta > 0
    k = theta.shape[1]
    both = interior[:, :, None] & interior[:, None, :]
    information = np.where(both, information, np.eye(k))
    slope = np.where(interior, own, 0.0)
    spread = np.einsum("bi,bij,bj->b", slope, np.linalg.inv(information), slope)
    variance = rotation.variances(theta)[:, at_mean[0]]
    with np.errstate(divide="ignore"):
        df = np.where(spread > 0, 2 * variance**2 / spread, np.inf)
    se = np.sqrt(variance / rotation.coefficients.shape[0])
    return stats.t.ppf(0.5 + level / 2, df) * se, df


def _table(runs: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for name in names:
        part = runs[runs["component"] == name]
        share = float((part["lower"] > 0).mean())
        rows.append(
            {
                "component": name,
                "truth": part["truth"].median(),
                "estimate": part["estimate"].median(),
                "lower": part["lower"].median(),
                "upper": part["upper"].median(),
                "width": (part["upper"] - part["lower"]).median(),
                "zero": float((part["estimate"] == 0).mean()),
                "p_above_zero": share,
                "p_error": float(np.sqrt(max(share * (1 - share), 1 / len(part)) / len(part))),
                "separates": share >= POWER,
            }
        )
    return pd.DataFrame(rows)
