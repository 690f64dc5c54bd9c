"""A resistance that drifts while the spectrum is swept, tested without a fit of its own.

A drift is one more unknown: the change of ln R from the first point to the last, in proportion to
the place of a point in the sweep. At the minimum its estimate, all parameters free, is the
regression of the residuals on what it would change in Z, freed of what the parameters can take up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from ..circuits.elements import R
from ..spectrum import FloatArray
from ..weighting.data import interleave
from .fitted_circuit import FittedCircuit

# Probability of such residuals in a cell that does not drift, all resistances together.
FALSE_ALARM = 0.01
# Fewer degrees of freedom do not give a test.
_LEAST_DF = 10
# Part of a change that the parameters must leave over, in squares.
_SEEN = 1e-8


@dataclass(frozen=True)
class DriftTest:
    """The clearest drift among the resistances of one fit.

    Attributes
    ----------
    resistor : str
    change : float
        Of ln R from the first point to the last in the order measured.
    standard_error : float
        Of the change, at equal or unequal variances of the weighted residuals, the larger one.
    pvalue : float
        Of the largest such ratio among the resistances, by Bonferroni's inequality.
    """

    resistor: str
    change: float
    standard_error: float
    pvalue: float

    @property
    def remark(self) -> str:
        """What the verdict says of it, or nothing."""
        if self.pvalue >= FALSE_ALARM:
            return ""
        return (
            f"the residuals are as a drift of {self.resistor} by {100 * self.change:+.2g} % along "
            f"the sweep would leave them (p = {self.pvalue:.1g}), or an arc of another shape: "
            "intervals do not hold that"
        )


def drift_test(fit: FittedCircuit) -> DriftTest | None:
    """Test whether a resistance drifts along the sweep; None where that cannot be tested.

    The points count in their order in the spectrum, at equal steps. Exact or rounded numbers, whose
    residuals are no noise, are not tested.
    """
    model = fit.model
    df = fit.nobs - len(model.free) - 1
    resistors = [i for i in model.free if model.circuit.parameters[i].declared in R.parameters]
    if df < _LEAST_DF or not resistors or fit.residual_variance > fit.chi2_reduced:
        return None
    z, slopes = model.evaluate(fit.spectrum.omega, fit.minimum.v)
    # By logarithms of parameters: a resistance drifts at constant C.
    by_logs = model.log_parameter_jacobian(fit.v)[list(model.free)]
    jacobian = np.linalg.solve(by_logs.T, slopes[0])
    sweep = np.linspace(-0.5, 0.5, z.shape[1])
    columns = [model.free.index(i) for i in resistors]
    parts = np.concatenate([jacobian, jacobian[columns] * sweep, fit.resid[None]])
    weighted = fit.data.whitened((interleave(parts) * fit.weights)[None])[0]
    known, changes, residual = np.split(weighted, [len(model.free), -1])
    basis = _basis(known)
    given = np.einsum("kn,kn->k", changes, changes)
    changes = changes - (changes @ basis) @ basis.T
    left = (residual - (residual @ basis) @ basis.T)[0]
    size = np.einsum("kn,kn->k", changes, changes)
    seen = size > _SEEN * given
    if not seen.any():
        return None
    changes, size = changes[seen], size[seen]
    change = changes @ left / size
    error = _standard_errors(changes, left - change[:, None] * changes, basis, df)
    k = int(np.argmax(np.abs(change) / error))
    pvalue = min(1.0, 2 * float(stdtr(df, -abs(change[k]) / error[k])) * change.size)
    name = model.circuit.names[np.array(resistors)[seen][k]]
    return DriftTest(name, float(change[k]), float(error[k]), pvalue)


def _basis(known: FloatArray) -> FloatArray:
    """Orthonormal directions (N, r) of what the parameters change, rows (q, N)."""
    size = np.sqrt(np.maximum(np.einsum("qn,qn->q", known, known), 1e-300))
    left, values, _ = np.linalg.svd((known / size[:, None]).T, full_matrices=False)
    return np.asarray(left[:, values > 1e-10 * values.max()])


def _standard_errors(
    changes: FloatArray, residuals: FloatArray, basis: FloatArray, df: int
) -> FloatArray:
    """Larger of the standard errors at equal and at unequal variances, shape (k,).

    Weights that do not suit the noise would be taken for a drift otherwise. At unequal variances:
    HC3 of MacKinnon and White 1985, J. Econometrics 29, 305.

    Parameters
    ----------
    changes, residuals : ndarray, shape (k, N)
        What each drift changes beside the parameters, and what is then left.
    basis : ndarray, shape (N, r)
    """
    size = np.einsum("kn,kn->k", changes, changes)
    equal = np.einsum("kn,kn->k", residuals, residuals) / df / size
    leverage = np.einsum("nr,nr->n", basis, basis) + changes**2 / size[:, None]
    unequal = np.sum((changes * residuals / np.maximum(1 - leverage, 1e-6)) ** 2, axis=1) / size**2
    return np.asarray(np.sqrt(np.maximum(np.maximum(equal, unequal), 1e-300)))
