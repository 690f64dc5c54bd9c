"""Activation energy from resistances at several temperatures, with the error of the temperature.

ln R = a + Ea/(k T) by generalised least squares. A point is at its stated temperature only within
``point_k``, and the chamber as a whole within ``common_k``; both move ln R by d ln R/dT, which is
-Ea/(k T^2), and stand in the covariance. Where they are left out, 0.5 K per point takes most of its
coverage from the interval of an activation energy (tests/eis/test_activation.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincc, ndtri

from ..units import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K
from .errors import FitError
from .spectrum import FloatArray

POINT_K = 0.5
COMMON_K = 1.0


@dataclass(frozen=True)
class ArrheniusLine:
    """A line of ln R (ohm) over 1/(k T).

    Attributes
    ----------
    intercept, ea_ev : float
        ln R extrapolated to infinite temperature, and the slope in eV.
    covariance : ndarray, shape (2, 2)
        Of both.
    chi2, df_resid : float, int
        Of the residuals in units of their own errors, the common one aside.
    """

    intercept: float
    ea_ev: float
    covariance: FloatArray
    chi2: float
    df_resid: int

    @property
    def standard_error(self) -> float:
        """Standard error of the activation energy, eV."""
        return float(np.sqrt(self.covariance[1, 1]))

    @property
    def pvalue(self) -> float:
        """Probability of a larger chi2 where the line is true; small where it bends."""
        return float(gammaincc(self.df_resid / 2, self.chi2 / 2))

    def conf_int(self, alpha: float = 0.05) -> tuple[float, float]:
        """Lower and upper end of the activation energy, eV.

        The errors of the points are known from their fits and the chamber, so the quantile is
        normal.
        """
        half = float(ndtri(1 - alpha / 2)) * self.standard_error
        return self.ea_ev - half, self.ea_ev + half

    def log_resistance(self, temperature_c: float) -> tuple[float, float]:
        """Return ln R (ohm) at a temperature (degC), and its standard error."""
        x = np.array([1.0, 1 / (BOLTZMANN_EV_PER_K * (temperature_c + ZERO_CELSIUS_K))])
        value = self.intercept + self.ea_ev * x[1]
        return float(value), float(np.sqrt(x @ self.covariance @ x))


def arrhenius_line(
    temperature_c: npt.ArrayLike,
    log_resistance: npt.ArrayLike,
    log_variance: npt.ArrayLike,
    *,
    point_k: float = POINT_K,
    common_k: float = COMMON_K,
) -> ArrheniusLine:
    """Fit ln R over 1/(k T).

    Parameters
    ----------
    temperature_c : array_like, shape (m,)
        Stated temperatures, degC; at least three different ones.
    log_resistance, log_variance : array_like, shape (m,)
        ln R (ohm) of each spectrum, and its variance.
    point_k, common_k : float
        Standard deviation (K) of the temperature of a point, and of all points together.

    Raises
    ------
    FitError
        If the arrays do not fit each other, or fewer than three temperatures are given.
    """
    kelvin = np.asarray(temperature_c, dtype=float) + ZERO_CELSIUS_K
    y, v = np.asarray(log_resistance, dtype=float), np.asarray(log_variance, dtype=float)
    if kelvin.ndim != 1 or y.shape != kelvin.shape or v.shape != kelvin.shape:
        raise FitError(
            f"temperatures, ln R and variances have the shapes {kelvin.shape}, {y.shape} and "
            f"{v.shape}; give one of each per spectrum"
        )
    if np.unique(kelvin).size < 3:
        raise FitError(f"a line needs three temperatures; {np.unique(kelvin).size} were given")
    if not (
        np.isfinite(y).all() and np.isfinite(v).all() and (v >= 0).all() and (kelvin > 0).all()
    ):
        raise FitError("ln R, variances (0 or more) and temperatures above 0 K must be finite")
    X = np.column_stack([np.ones(kelvin.size), 1 / (BOLTZMANN_EV_PER_K * kelvin)])
    beta = np.linalg.lstsq(X, y, rcond=None)[0]
    for _ in range(3):  # the errors hang on the slope
        rate = -beta[1] / (BOLTZMANN_EV_PER_K * kelvin**2)
        own = np.maximum(v + (rate * point_k) ** 2, 1e-24)
        V = np.diag(own) + common_k**2 * np.outer(rate, rate)
        weighted = np.linalg.solve(V, X)
        covariance = np.linalg.inv(X.T @ weighted)
        beta = covariance @ (weighted.T @ y)
    # A common shift of the chamber bends the points by nothing to first order.
    plain = np.linalg.lstsq(X / np.sqrt(own)[:, None], y / np.sqrt(own), rcond=None)[0]
    chi2 = float(np.sum((y - X @ plain) ** 2 / own))
    return ArrheniusLine(float(beta[0]), float(beta[1]), covariance, chi2, kelvin.size - 2)
