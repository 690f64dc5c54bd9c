"""What moderators explain: marginal and conditional R2, explained shares with their null.

A share explained is 1 - (components with the moderator) / (components without). Moderators that
explain nothing still give positive shares, so a share comes with the 95 % point of its
permutation null: the moderator's values are permuted among the units of its own level, and the
largest share of all moderators that were tried is taken each time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import UndefinedError
from ..likelihoods.gaussian import Likelihood
from ..model.columns import check_rank, design_matrix
from ..model.frame import Frame
from ..model.structures import Array
from ..model.terms import Index, first_rows
from ..optimise.newton import maximise, starting_values


@dataclass(frozen=True)
class RSquared:
    """Variance of X b over the total, and with the random effects (Nakagawa & Schielzeth 2013).

    The total holds the components and the residual, no sampling variance
    (10.1111/j.2041-210x.2012.00261.x).
    """

    marginal: float
    conditional: float


def r_squared(frame: Frame, beta: Array, sigma2: pd.Series[float]) -> RSquared:
    """Marginal and conditional R2; the record-level component counts as residual."""
    explained = float((frame.X @ beta).var())
    record = [t.name for t in frame.terms if t.is_record_level]
    total = explained + float(sigma2.sum())
    residual = float(sigma2[[n for n in sigma2.index if str(n).split("[")[0] in record]].sum())
    return RSquared(explained / total, (total - residual) / total)


@dataclass(frozen=True)
class ExplainedShares:
    """Shares of variance that moderators explain, beside their permutation null.

    Attributes
    ----------
    table
        For each moderator tried: share, units at its level, columns.
    null
        Largest share over all moderators in each permutation, shape (n,).
    null_95
        Its 95 % point.
    of
        Components whose sum is explained.
    """

    table: pd.DataFrame
    null: Array
    null_95: float
    of: tuple[str, ...]


def explained_shares(
    frame: Frame,
    likelihood: Likelihood,
    theta: Array,
    numbers: Sequence[int],
    names: Sequence[str],
    candidates: Mapping[str, str],
    data: pd.DataFrame,
    n: int,
    rng: np.random.Generator,
) -> ExplainedShares:
    """Refit with each candidate's columns added, and with them permuted n times."""
    before = float(theta[list(numbers)].sum())
    if before <= 0:
        raise UndefinedError("nothing to explain: the components named are estimated as zero")
    added = {name: _columns(name, text, frame, data) for name, text in candidates.items()}
    homes = {name: own_level(columns, frame) for name, columns in added.items()}

    def share(columns: Array) -> float:
        X = np.hstack([frame.X, columns])
        model = Likelihood(
            frame.y, X, frame.terms, frame.V, likelihood.reml, likelihood.solver, likelihood.extras
        )
        found = maximise(model, starting_values(model), tolerance=1e-10)
        return 1 - float(found.theta[list(numbers)].sum()) / before

    rows = [(share(columns), homes[name][1], columns.shape[1]) for name, columns in added.items()]
    table = pd.DataFrame(rows, index=list(added), columns=["share", "units", "columns"])
    null = np.empty(n)
    for b in range(n):
        null[b] = max(
            share(permuted(columns, homes[name][0], rng)) for name, columns in added.items()
        )
    return ExplainedShares(table, null, float(np.quantile(null, 0.95)), tuple(names))


def _columns(name: str, text: str, frame: Frame, data: pd.DataFrame) -> Array:
    design = design_matrix(text, data, list(frame.labels), f"moderator {name!r}")
    keep = [j for j, column in enumerate(design.names) if column != "Intercept"]
    columns = design.values[:, keep]
    names = (*frame.names, *(design.names[j] for j in keep))
    check_rank(np.hstack([frame.X, columns]), names, name)
    return columns


def own_level(columns: Array, frame: Frame) -> tuple[Index, int]:
    """Units of the coarsest grouping within which all columns are constant, else the rows."""
    for term in sorted(frame.terms, key=lambda t: t.n_levels):
        if term.holds(columns):
            return term.codes, term.n_levels
    return np.arange(frame.nobs), frame.nobs


def permuted(columns: Array, units: Index, rng: np.random.Generator) -> Array:
    """Permute the values among the units, all columns of a unit together."""
    first = first_rows(units, int(units.max()) + 1)
    return np.asarray(columns[first][rng.permutation(first.size)][units])
