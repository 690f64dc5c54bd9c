"""What leaving out a unit does to coefficients and components: all that needs no residuals.

A unit is a row, a preparation, a work, or any other grouping of rows. Measures as in Viechtbauer &
Cheung 2010 (10.1002/jrsm.11): Cook's distance is not divided by p, DFBETAS take the standard error
of all rows at the variances of the reduced fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from ..errors import DataError, IdentifiabilityError, MixedError, UndefinedError
from ..likelihoods.gaussian import Likelihood
from ..model.columns import in_row_order
from ..model.frame import Frame
from ..model.identifiability import merge_components
from ..model.structures import Array
from ..model.terms import Index
from ..optimise.newton import Optimum
from ..optimise.refitting import coefficients

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CONVERGED = "converged"
MEASURES = {
    "cooks": "Cook's distance of each {unit}",
    "cov_ratio": "ratio of det cov(b) without each {unit}",
}
"""Measures that are drawn as bars, with their names."""


@dataclass(frozen=True)
class Units:
    """Which unit each row belongs to.

    Attributes
    ----------
    name
        Name of the grouping, ``"row"`` for single rows.
    codes
        Number of each row's unit, shape (n,).
    labels
        Name of each unit.
    """

    name: str
    codes: Index
    labels: list[object]

    def rows(self, unit: int) -> Index:
        """Numbers of the rows of a unit."""
        return np.flatnonzero(self.codes == unit)


@dataclass(frozen=True)
class LeaveOneOutFit:
    """The fit without one unit.

    Attributes
    ----------
    beta, cov
        Coefficients (p,) and their model covariance (p, p).
    theta
        Covariance parameters (k,) on the scale of the likelihood.
    full_se
        Standard errors (p,) of all rows at this theta.
    """

    beta: Array
    cov: Array
    theta: Array
    full_se: Array


@dataclass(frozen=True, repr=False)
class Influence:
    """What each unit does to coefficients and components; tables are indexed by unit.

    Attributes
    ----------
    by
        Grouping whose units were left out, ``"row"`` for single rows.
    outcome
        ``"converged"``, or why the rest of that unit's numbers are missing.
    rows
        Number of rows left out.
    params, bse
        Coefficients and model standard errors without the unit.
    theta
        Covariance parameters without it, on the scale of ``likelihood`` (variances as they are).
    cooks
        (b - b_(i))' F^-1 (b - b_(i)) with F = cov(b) of all rows.
    dfbetas
        Changes of the coefficients over the standard errors of all rows at theta_(i).
    cov_ratio
        det cov(b_(i)) / det cov(b).
    """

    by: str
    outcome: pd.Series[str]
    rows: pd.Series[int]
    params: pd.DataFrame
    bse: pd.DataFrame
    theta: pd.DataFrame
    cooks: pd.Series[float]
    dfbetas: pd.DataFrame
    cov_ratio: pd.Series[float]

    def __repr__(self) -> str:
        done = int((self.outcome == CONVERGED).sum())
        return f"{type(self).__name__}({self.by}, {len(self.outcome)} units, {done} left out)"

    def to_frame(self) -> pd.DataFrame:
        """One row for each unit: rows left out, coefficients, parameters, influence, outcome."""
        return pd.concat(
            [
                self.rows,
                self.params,
                self.theta,
                self.cooks,
                self.dfbetas.add_prefix("dfbetas "),
                self.cov_ratio,
                self.outcome,
            ],
            axis=1,
        )

    def plot(self, what: str = "cooks", *, axes: Axes | None = None) -> Figure:
        """Draw the influence of each unit.

        Parameters
        ----------
        what
            ``"cooks"`` (Cook's distance), ``"cov_ratio"``, or ``"dfbetas"``, a table of the changes
            of every coefficient.
        axes
            Where to draw; a new figure unless given.

        Raises
        ------
        UndefinedError
            For another measure, or a table of too many units.
        """
        from ..drawing.influence import influence as drawn
        from ..drawing.influence import influence_table
        from ..drawing.style import figure_of

        labels = [str(label) for label in self.cooks.index]
        if what == "dfbetas":
            changes = self.dfbetas.set_axis(labels, axis=0)
            name = f"change without a {self.by}, in standard errors"
            return figure_of(influence_table(changes, name=name, axes=axes))
        if what not in MEASURES:
            raise UndefinedError(
                f"{what!r} is not drawn; use one of {', '.join(MEASURES)}, dfbetas"
            )
        values = getattr(self, what).to_numpy(dtype=float)
        name = MEASURES[what].format(unit=self.by)
        return figure_of(drawn(labels, values, name=name, axes=axes))


R = TypeVar("R", bound=LeaveOneOutFit)


def units_of(frame: Frame, by: object) -> Units:
    """Find the units that ``by`` means.

    Parameters
    ----------
    by
        None for single rows, the name of a grouping of the model or of a column, or labels (n,).

    Raises
    ------
    UndefinedError, DataError
        If there is no such grouping, it has one unit, or the labels do not match the rows.
    """
    units = _found(frame, by)
    if len(units.labels) < 2:
        raise UndefinedError(f"grouping {units.name!r} has one unit; leaving it out leaves no rows")
    return units


def _found(frame: Frame, by: object) -> Units:
    if by is None:
        return Units("row", np.arange(frame.nobs), list(frame.labels))
    name = by if isinstance(by, str) else "unit"
    if isinstance(by, str):
        term = next((t for t in frame.terms if t.name == by), None)
        if term is not None:
            return Units(by, term.codes, list(term.levels))
        if by not in frame.data.columns:
            groupings = ", ".join(t.name for t in frame.terms)
            raise UndefinedError(
                f"no grouping or column {by!r} in the model; groupings are {groupings or 'none'}, "
                "and labels of the rows can be passed as an array"
            )
        by = frame.data[by]
    labels = np.asarray(in_row_order(by, frame.data, "labels of units"), dtype=object)
    if labels.shape != (frame.nobs,):
        raise DataError(f"labels of units have shape {labels.shape}; give one for each row")
    codes, levels = pd.factorize(labels)
    if (codes < 0).any():
        row = frame.labels[int(np.argmin(codes))]
        raise DataError(f"the unit of row {row} is missing; every row belongs to one")
    return Units(name, np.asarray(codes, dtype=np.intp), list(levels))


def leave_out(
    frame: Frame, units: Units, without: Callable[[Frame, Index], R]
) -> tuple[list[R | None], list[str]]:
    """Refit without each unit in turn.

    Parameters
    ----------
    without
        Function of the frame of the other rows and the numbers of the rows left out.

    Returns
    -------
    list of refits, list of str
        None where a refit is refused, and the outcome of each: ``"converged"`` or the reason.
    """
    frame.take(np.arange(frame.nobs))  # refuses frames that cannot be reduced, once for all units
    fits: list[R | None] = []
    outcome: list[str] = []
    for unit in range(len(units.labels)):
        rows = units.rows(unit)
        try:
            rest = frame.take(np.setdiff1d(np.arange(frame.nobs), rows))
            _check_estimable(rest)
            fits.append(without(rest, rows))
            outcome.append(CONVERGED)
        except MixedError as error:
            fits.append(None)
            outcome.append(str(error))
    return fits, outcome


def _check_estimable(frame: Frame) -> None:
    """Refuse a rest that has lost a coefficient or a component."""
    n, p = frame.X.shape
    if n <= p or np.linalg.matrix_rank(frame.X) < p:
        lost = [
            frame.names[j]
            for j in range(p)
            if np.linalg.matrix_rank(np.delete(frame.X, j, axis=1))
            == np.linalg.matrix_rank(frame.X)
        ]
        raise IdentifiabilityError(
            f"coefficient {', '.join(lost) or frame.names[-1]} cannot be estimated without the unit"
        )
    for term in frame.terms:
        if term.n_groups < 2:
            raise IdentifiabilityError(
                f"grouping {term.name!r} keeps one level without the unit, so its variance "
                "cannot be estimated"
            )
    merge_components(frame, split=True)


def refit_of(likelihood: Likelihood, reduced: Likelihood, found: Optimum) -> LeaveOneOutFit:
    """Read off the fit to the other rows, with the standard errors of all rows at its theta.

    Raises
    ------
    UndefinedError
        If its search did not converge.
    """
    if found.outcome != CONVERGED:
        raise UndefinedError(f"the fit without the unit ended as {found.outcome!r}")
    beta, cov = coefficients(reduced, found)
    full = likelihood.evaluate(found.theta, derivatives=False)
    if full is None:
        raise UndefinedError("all rows have no likelihood at the variances without the unit")
    to_x = np.linalg.inv(likelihood.R)
    return LeaveOneOutFit(beta, cov, found.theta, np.sqrt(np.diag(to_x @ full.cov @ to_x.T)))


def influence(
    frame: Frame,
    likelihood: Likelihood,
    optimum: Optimum,
    names: list[str],
    units: Units,
    fits: Sequence[LeaveOneOutFit | None],
    outcome: list[str],
) -> Influence:
    """Compare each refit with the fit to all rows; ``names`` are those of theta's entries."""
    index = pd.Index(units.labels, tupleize_cols=False, name=units.name)
    coefficient_names = list(frame.names)
    beta, cov = coefficients(likelihood, optimum)
    p, k = beta.size, optimum.theta.size

    def stacked(value: Callable[[LeaveOneOutFit], Array], width: int) -> Array:
        missing = np.full(width, np.nan)
        rows = [missing if fit is None else value(fit) for fit in fits]
        return np.array(rows).reshape(len(rows), width)

    without = stacked(lambda fit: fit.beta, p)
    shift = beta - without
    se = stacked(lambda fit: np.sqrt(np.diag(fit.cov)), p)
    full_se = stacked(lambda fit: fit.full_se, p)
    theta = stacked(lambda fit: fit.theta, k)
    precision = np.linalg.inv(cov) if p else cov
    ratio = [np.nan if f is None else np.linalg.det(f.cov) / np.linalg.det(cov) for f in fits]
    return Influence(
        units.name,
        pd.Series(outcome, index, name="outcome"),
        pd.Series(np.bincount(units.codes, minlength=len(units.labels)), index, name="rows"),
        pd.DataFrame(without, index, coefficient_names),
        pd.DataFrame(se, index, coefficient_names),
        pd.DataFrame(theta, index, names),
        pd.Series(np.einsum("ui,ij,uj->u", shift, precision, shift), index, name="cooks"),
        pd.DataFrame(shift / full_se, index, coefficient_names),
        pd.Series(ratio, index, name="cov_ratio", dtype=float),
    )
