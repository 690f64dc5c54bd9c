"""One circuit fitted to several spectra with some parameters in common.

The normal matrix is an arrow: shared coordinates couple all spectra, the others only their own.
A step eliminates the spectra's own coordinates one spectrum at a time (Schur complement), so the
cost grows linearly with their number. Sharing is tested against separate fits by an F test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import fdtrc, stdtrit

from ..circuits.circuit import Circuit
from ..circuits.elements import Element
from ..circuits.model import Model
from ..errors import FitError
from ..fits.batch import fit_many
from ..fits.fitting import Ties
from ..fits.result import CircuitFit
from ..optimise.levenberg_marquardt import BoolArray, Data, Minimum, assess
from ..spectrum import FloatArray, Spectrum

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SharingTest:
    """F test of the shared parameters against separate ones: F, both degrees of freedom, p."""

    statistic: float
    df: tuple[float, float]
    pvalue: float


@dataclass(frozen=True)
class JointFit:
    """Spectra fitted with shared parameters.

    Attributes
    ----------
    circuit : Circuit
    shared : tuple of str
        Names in common.
    estimates, standard_errors : ndarray, shape (K, p)
        In the parameters' units; shared ones are equal in every row.
    chi2 : float
        Sum over the spectra, each weighted by the residual variance of its separate fit.
    df_resid : float
    separate : tuple of CircuitFit
        The fits without sharing.
    test : SharingTest
        Whether the data bear the sharing.
    """

    circuit: Circuit
    shared: tuple[str, ...]
    estimates: FloatArray
    log_standard_errors: FloatArray
    is_log: BoolArray
    chi2: float
    df_resid: float
    separate: tuple[CircuitFit, ...]
    test: SharingTest

    @property
    def params(self) -> pd.DataFrame:
        """Estimates, one row per spectrum."""
        return self._frame(self.estimates)

    @property
    def bse(self) -> pd.DataFrame:
        """Standard errors, one row per spectrum."""
        scale = np.where(self.is_log, self.estimates, 1.0)
        return self._frame(self.log_standard_errors * scale)

    def conf_int(self, alpha: float = 0.05) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Lower and upper ends, on the logarithm of positive parameters, one row per spectrum."""
        half = stdtrit(self.df_resid, 1 - alpha / 2) * self.log_standard_errors
        logs = np.where(self.is_log, np.log(np.where(self.is_log, self.estimates, 1.0)), 0.0)
        ends = [
            np.where(self.is_log, np.exp(logs + sign * half), self.estimates + sign * half)
            for sign in (-1, 1)
        ]
        return self._frame(ends[0]), self._frame(ends[1])

    def _frame(self, values: FloatArray) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame(values, columns=list(self.circuit.names))


def fit_joint(
    spectra: Sequence[Spectrum],
    circuit: str | Circuit,
    shared: Sequence[str],
    *,
    weight: str = "modulus",
    fix: Mapping[str, float] | None = None,
    tie: Ties | None = None,
    elements: Sequence[Element] = (),
) -> JointFit:
    """Fit one circuit to several spectra with the parameters ``shared`` equal in all of them.

    Arcs are taken in the order of rising time constant; where they cross along the series, share
    nothing before ``track_arcs`` has been asked.

    Raises
    ------
    CircuitError, FitError
        If a shared name is unknown, fixed or tied, or a spectrum cannot be fitted by itself.
    """
    if not isinstance(circuit, Circuit):
        circuit = Circuit(circuit, elements)
    if isinstance(shared, str) or not isinstance(shared, Sequence):
        raise FitError(f"shared is {shared!r}; give a list of parameters, as in ['CPE1_n']")
    circuit.require(list(shared))
    batch = fit_many(spectra, circuit, weight=weight, fix=fix, tie=tie)
    if batch.errors:
        k, reason = next(iter(batch.errors.items()))
        raise FitError(f"spectrum {k} cannot be fitted: {reason}")
    separate = [f for f in batch.fits if f is not None]
    if len(separate) < 2 or not shared:
        raise FitError("sharing needs at least two spectra and one parameter")
    # Arcs keep ln Q here: a shared Q needs a coordinate of its own.
    first = separate[0].model
    model = Model(circuit, first.fixed, first.tied, arcs=False)
    names = [circuit.names[i] for i in model.free]
    for name in shared:
        if name not in names:
            raise FitError(f"{name} is fixed or tied and cannot be shared; free it first")
    common = np.array([name in shared for name in names])
    problem = [_data(f) for f in separate]
    v = np.concatenate([model.coordinates(f.estimates[None]) for f in separate])
    cost, v, covariance = _solve(model, problem, v, common)
    return _result(circuit, tuple(shared), model, separate, common, cost, v, covariance)


def _data(fitted: CircuitFit) -> Data:
    """Return data of one spectrum in units of its own residual standard deviation."""
    weights = fitted.weights / np.sqrt(max(fitted.chi2_reduced, 1e-300))
    return Data(fitted.spectrum.omega, fitted.spectrum.impedance_ohm[None], weights[None])


def _assess(model: Model, problem: list[Data], v: FloatArray) -> tuple[float, list[Minimum]]:
    parts = [assess(model, data, v[[k]], rescale=False) for k, data in enumerate(problem)]
    return float(sum(part.cost[0] for part in parts)), parts


def _solve(
    model: Model, problem: list[Data], v: FloatArray, common: BoolArray
) -> tuple[float, FloatArray, list[FloatArray]]:
    """Levenberg-Marquardt on the arrow: cost, coordinates, and each spectrum's covariance.

    Eliminating each spectrum's own coordinates costs time in proportion to the spectra, where the
    dense solve of a temperature series, with its lines over all spectra, costs their cube.
    """
    v = v.copy()
    v[:, common] = v[:, common].mean(axis=0)
    v = np.clip(v, model.low, model.high)
    cost, parts = _assess(model, problem, v)
    damping = 1e-3
    for _ in range(200):
        step, _ = _step(model, parts, v, common, damping)
        moved = np.clip(v + step, model.low, model.high)
        trial, trial_parts = _assess(model, problem, moved)
        if trial < cost:
            gain = cost - trial
            v, cost, parts = moved, trial, trial_parts
            damping = max(damping / 5, 1e-12)
            if gain < 1e-10 * cost:
                break
        else:
            damping *= 4
            if damping > 1e10:
                break
    _, covariance = _step(model, parts, v, common, 0.0)
    return cost, v, covariance


def _step(
    model: Model, parts: list[Minimum], v: FloatArray, common: BoolArray, damping: float
) -> tuple[FloatArray, list[FloatArray]]:
    """Step (K, q) and the covariance of every spectrum's coordinates, from the arrow."""
    own = ~common
    low, high = v <= model.low, v >= model.high
    gradient = np.array([part.gradient[0] for part in parts])
    # A coordinate on a limit that wants to leave it stays; a shared one is judged by the sum.
    gradient[:, common] = gradient[:, common].sum(axis=0)
    still = (low & (gradient > 0)) | (high & (gradient < 0))
    gradient = np.where(still, 0.0, np.array([part.gradient[0] for part in parts]))
    schur, right = np.zeros((common.sum(), common.sum())), np.zeros(common.sum())
    eliminated = []
    for part, row, fixed in zip(parts, gradient, still, strict=True):
        normal = _damped(part.normal[0], fixed, damping)
        inverse = np.linalg.inv(normal[np.ix_(own, own)])
        cross = normal[np.ix_(common, own)] @ inverse
        schur = schur + normal[np.ix_(common, common)] - cross @ normal[np.ix_(own, common)]
        right = right + row[common] - cross @ row[own]
        inverse[fixed[own]] = 0.0
        eliminated.append((inverse, cross))
    shared_inverse = np.linalg.inv(schur)
    shared_inverse[still[0, common]] = 0.0
    step, covariance = np.zeros_like(v), []
    step[:, common] = -shared_inverse @ right
    for k, (inverse, cross) in enumerate(eliminated):
        step[k, own] = -inverse @ gradient[k, own] - cross.T @ step[k, common]
        block = np.zeros((v.shape[1], v.shape[1]))
        block[np.ix_(common, common)] = shared_inverse
        block[np.ix_(own, own)] = inverse + cross.T @ shared_inverse @ cross
        block[np.ix_(own, common)] = -cross.T @ shared_inverse
        block[np.ix_(common, own)] = block[np.ix_(own, common)].T
        covariance.append(block)
    return np.clip(step, -2.0, 2.0), covariance


def _damped(normal: FloatArray, fixed: BoolArray, damping: float) -> FloatArray:
    """Return the normal matrix with its diagonal raised and fixed coordinates cut out."""
    out = np.where(fixed[:, None] | fixed[None, :], 0.0, normal)
    diagonal = np.einsum("ii->i", out)
    diagonal *= 1 + damping
    diagonal += 1e-12 * diagonal.max()
    diagonal[fixed] = 1.0
    return out


def _result(
    circuit: Circuit,
    shared: tuple[str, ...],
    model: Model,
    separate: list[CircuitFit],
    common: BoolArray,
    cost: float,
    v: FloatArray,
    covariance: list[FloatArray],
) -> JointFit:
    count, m = len(separate), int(common.sum())
    df_separate = sum(f.df_resid for f in separate)
    extra = m * (count - 1)
    df = df_separate + extra
    # Each spectrum is in units of its own residual variance, so separate fits add to df.
    cost_separate = float(df_separate)
    statistic = max(cost - cost_separate, 0.0) / extra / (cost_separate / df_separate)
    test = SharingTest(statistic, (extra, df_separate), float(fdtrc(extra, df_separate, statistic)))
    errors = []
    for row, block in zip(v, covariance, strict=True):
        jacobian = model.log_parameter_jacobian(row)
        errors.append(np.sqrt(np.maximum(np.diag(jacobian @ block @ jacobian.T), 0.0)))
    return JointFit(
        circuit=circuit,
        shared=shared,
        estimates=model.natural(v),
        log_standard_errors=np.array(errors) * np.sqrt(cost / df),
        is_log=model.is_log,
        chi2=cost,
        df_resid=df,
        separate=tuple(separate),
        test=test,
    )
