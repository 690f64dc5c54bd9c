"""Refits with one unit left out where some rows are bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..diagnostics.case_influence import (
    Influence,
    LeaveOneOutFit,
    influence,
    leave_out,
    refit_of,
    units_of,
)
from ..model.frame import Frame
from ..model.terms import Index
from ..optimise.censored_maximum import maximise_censored
from .fitted_model import FittedModel
from .partially_observed import Partial
from .row_diagnostics import Diagnostics


@dataclass(frozen=True)
class CensoredDiagnostics(Partial):
    """Diagnostics of a fit with bounds.

    Attributes
    ----------
    model
        The fit.
    points
        Points of each refit's simulated probabilities, to begin with.
    """

    for_numbers = Diagnostics

    model: FittedModel
    points: int

    def deletion(self, by: object = None) -> Influence:
        """Leave out each row, or each unit of a grouping, and refit with the bounds of the others.

        Coefficients, components, Cook's distance and DFBETAS; residuals are not defined for bounds.
        Refits draw their points anew: a change of the likelihood below ``llf_error`` is noise.

        Parameters
        ----------
        by
            None for rows, a grouping of the model, a column of the data, or labels (n,).

        Raises
        ------
        UndefinedError, DataError
            If ``by`` gives no two units.
        """
        fit = self.model
        units = units_of(fit.frame, by)

        def without(rest: Frame, rows: Index) -> LeaveOneOutFit:
            rng = np.random.default_rng(0)
            found = maximise_censored(rest, fit.method, rng, self.points, fit.optimum.theta)
            return refit_of(fit.likelihood, *found)

        fits, outcome = leave_out(fit.frame, units, without)
        names = list(fit.parameter_names)
        return influence(fit.frame, fit.likelihood, fit.optimum, names, units, fits, outcome)
