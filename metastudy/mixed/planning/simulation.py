"""The design calculator: how well a study not yet made would estimate its components.

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

from ...confidence import check_alpha
from ...summary import Summary, SummaryTable
from ..arguments import check_count, check_rng
from ..errors import DataError, UndefinedError
from ..inference.component_draws import draw_components
from ..model.identifiability import JOINT
from ..model.structures import Array
from ..optimise.batched_newton import maximise_batched
from ..optimise.batched_profiles import ZERO, batched_intervals
from ..results.fitted_model import FittedModel
from .study_design import Design, Rotation, rotate

POWER = 0.8
BATCH = 250
"""Runs between two calls of the progress function."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, repr=False)
class Plan:
    """What to expect of designs; all values are on the scale of the response.

    Attributes
    ----------
    mean
        For each design the median half-width of the mean's interval and its degrees of freedom.
    runs
        Every run: design, component, truth, estimate, lower, upper (standard deviations).
    alpha
        Share outside the intervals.
    left_out
        Components of the fit that no factor of the designs has.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import mixed
    >>> components = {"lab": 0.04, "preparation": 0.10}
    >>> design = mixed.Design({"lab": 12, "preparation": 3})
    >>> plan = mixed.plan(components, design, n=50, rng=np.random.default_rng(1))
    >>> plan.to_frame()[["component", "truth"]].round(3).values.tolist()
    [['lab', 0.2], ['preparation', 0.316]]
    """

    mean: pd.DataFrame
    runs: pd.DataFrame
    alpha: float
    left_out: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Plan({len(self.mean)} designs)"

    def to_frame(self) -> pd.DataFrame:
        """Every design and component in a row.

        Columns are the true sd (median of the draws), medians of the estimated sd and of both
        interval ends, ``width`` of the interval (median), ``zero``, the share of runs with
        estimate zero, ``p_above_zero`` with its simulation error ``p_error``, and whether the
        design ``separates`` the component from zero. Components that a design cannot tell apart
        have a joint name.
        """
        groups = self.runs.groupby(["design", "component"], sort=False)
        rows = [{"design": d, "component": c, **_medians(runs)} for (d, c), runs in groups]
        return pd.DataFrame(rows)

    def summary(self) -> Summary:
        """Components and mean of each design; intervals at 1 - ``alpha``."""
        notes = []
        if self.left_out:
            notes.append(f"Components in no design: {', '.join(self.left_out)}")
        title = f"Standard deviations ({100 - 100 * self.alpha:g} % intervals, medians of the runs)"
        return Summary(
            [f"Plan of {len(self.mean)} designs"],
            [
                SummaryTable(title, self.to_frame().set_index(["design", "component"])),
                SummaryTable("Mean", self.mean.set_index("design")),
            ],
            notes,
        )

    def quantiles(self) -> pd.DataFrame:
        """Quantiles over the runs of truth, estimate and both ends: a row each."""
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
    alpha: float = 0.05,
    progress: Progress | None = None,
) -> Plan:
    """Simulate what a study that does not exist yet would show of its variance components.

    Parameters
    ----------
    components
        Variances by name, or a fit: its components are then drawn anew for each run from its
        likelihood, so that its uncertainty widens the intervals of the plan.
    design
        One or several balanced designs. A factor takes the component of its own name, or the one
        nested under it: ``"preparation"`` takes ``"work:preparation"``.
    n
        Runs for each design.
    rng
        Source of every random number.
    alpha
        Share outside the profile intervals.
    progress
        Called with (runs done, runs in all) every few hundred runs.

    Raises
    ------
    DataError, IdentifiabilityError, UndefinedError
        If a design is not one, has a factor with one level or without a component, or a fit has
        correlations among its parameters.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import mixed
    >>> design = mixed.Design({"lab": 12, "preparation": 3})
    >>> components = {"lab": 0.04, "preparation": 0.10}
    >>> plan = mixed.plan(components, design, n=50, rng=np.random.default_rng(1))
    >>> len(plan.runs)  # a row for each run and component
    100
    """
    given = [design] if isinstance(design, Design) else design
    designs = list(given) if isinstance(given, Sequence) else []
    if not designs or not all(isinstance(one, Design) for one in designs):
        raise DataError("a plan needs a Design, or a list of them")
    check_count(n, "runs")
    alpha = check_alpha(alpha, UndefinedError)
    check_rng(rng)
    if len({d.label for d in designs}) < len(designs):
        raise DataError("two designs have the same label; give each its own")
    names, draw = _source(components, rng)
    means, runs = [], []
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
        found, mean = _simulate(rotation, truth, rng, alpha, progress, (before, total))
        before += n
        runs.append(found.assign(design=one.label))
        means.append({"design": one.label, **mean})
    return Plan(
        pd.DataFrame(means),
        pd.concat(runs, ignore_index=True),
        alpha,
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
    alpha: float,
    progress: Progress | None,
    place: tuple[int, int],
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Simulate the runs of one design, and the intervals of their means."""
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
        best = maximise_batched(likelihood, Y, start, None, 1e-10)
        estimates[part] = np.where(
            best.theta > ZERO * best.theta.sum(axis=1, keepdims=True), best.theta, 0.0
        )
        for j in range(k):
            ends[part, j] = batched_intervals(likelihood, Y, best, j, alpha)
        half[part], df[part] = _mean_interval(rotation, estimates[part], alpha)
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


def _mean_interval(rotation: Rotation, theta: Array, alpha: float) -> tuple[Array, Array]:
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
    return stats.t.isf(alpha / 2, df) * se, df


def _medians(runs: pd.DataFrame) -> dict[str, float | bool]:
    """Medians and shares over the runs of one design and component."""
    share = float((runs["lower"] > 0).mean())
    medians = {name: float(runs[name].median()) for name in ("truth", "estimate", "lower", "upper")}
    return medians | {
        "width": float((runs["upper"] - runs["lower"]).median()),
        "zero": float((runs["estimate"] == 0).mean()),
        "p_above_zero": share,
        "p_error": float(np.sqrt(max(share * (1 - share), 1 / len(runs)) / len(runs))),
        "separates": share >= POWER,
    }
