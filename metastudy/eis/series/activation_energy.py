"""Activation energy from resistances at several temperatures, with the error of the temperature.

ln R = a + Ea/(k T) by generalised least squares. A point is at its stated temperature only within
``point_k``, and the chamber as a whole within ``common_k``; both move ln R by d ln R/dT, which is
-Ea/(k T^2), and are in the covariance. Where they are left out, 0.5 K per point takes most of its
coverage from the interval of an activation energy (tests/eis/series/test_activation_energy.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincc, ndtri

from ...confidence import check_alpha
from ...units import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K
from ..errors import FitError
from ..spectrum import FloatArray

if TYPE_CHECKING:
    import pandas as pd

    from ...summary import Summary

POINT_K = 0.5
COMMON_K = 1.0
# Power m of T in R = const T^m exp(Ea/kT), by the quantity whose logarithm is the line.
FORMS = {"R": 0.0, "R/T": 1.0}
_NAMES = ["intercept", "ea_ev"]


@dataclass(frozen=True)
class ArrheniusLine:
    """A line of ln R, or of ln(R/T), over 1/(k T); R in ohm, T in K.

    Attributes
    ----------
    intercept, ea_ev : float
        The logarithm extrapolated to infinite temperature, and the slope in eV.
    covariance : ndarray, shape (2, 2)
        Of both.
    chi2, df_resid : float, int
        Of the residuals in units of their own errors, the common one aside.
    form : {"R", "R/T"}
        What the logarithm is taken of.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> law = eis.Arrhenius(1000.0, 60.0, 0.7, rises=False)
    >>> log_r = np.log([law.at(t) for t in (40.0, 60.0, 80.0)])
    >>> line = eis.arrhenius_line([40.0, 60.0, 80.0], log_r, np.full(3, 1e-4))
    >>> line.params.index.tolist(), line.df_resid
    (['intercept', 'ea_ev'], 1)
    """

    intercept: float
    ea_ev: float
    covariance: FloatArray
    chi2: float
    df_resid: int
    form: str = "R"

    @property
    def standard_error(self) -> float:
        """Standard error of the activation energy, eV."""
        return float(np.sqrt(self.covariance[1, 1]))

    @property
    def pvalue(self) -> float:
        """Probability of a larger chi2 where the line is true; small where it bends."""
        return float(gammaincc(self.df_resid / 2, self.chi2 / 2))

    @property
    def nobs(self) -> int:
        """Points on the line."""
        return self.df_resid + 2

    @property
    def params(self) -> pd.Series[float]:
        """``intercept`` and ``ea_ev``."""
        return self._series([self.intercept, self.ea_ev], "estimate")

    @property
    def bse(self) -> pd.Series[float]:
        """Standard errors of both."""
        return self._series(np.sqrt(np.diag(self.covariance)), "se")

    def cov_params(self) -> pd.DataFrame:
        """Covariance of both."""
        import pandas as pd

        return pd.DataFrame(self.covariance, index=_NAMES, columns=_NAMES)

    def conf_int(self, alpha: float = 0.05) -> pd.DataFrame:
        """Confidence intervals, columns ``lower`` and ``upper``.

        The errors of the points are known from their fits and the chamber, so the quantile is
        normal.

        Raises
        ------
        FitError
            If alpha is not above 0 and at most 0.5.
        """
        import pandas as pd

        half = float(ndtri(1 - check_alpha(alpha, FitError) / 2)) * np.sqrt(
            np.diag(self.covariance)
        )
        best = np.array([self.intercept, self.ea_ev])
        return pd.DataFrame({"lower": best - half, "upper": best + half}, index=_NAMES)

    def to_frame(self, alpha: float = 0.05) -> pd.DataFrame:
        """Columns ``estimate``, ``se``, ``lower``, ``upper``."""
        frame = self.conf_int(alpha)
        frame.insert(0, "estimate", self.params)
        frame.insert(1, "se", self.bse)
        return frame

    def summary(self, alpha: float = 0.05) -> Summary:
        """Text of the line; prints itself, in a notebook as HTML."""
        from ...summary import Summary, SummaryTable

        title = f"{100 * (1 - alpha):g} % intervals"
        return Summary(
            [
                f"Line         ln({self.form}) over 1/(k T), {self.nobs} points",
                f"Chi-square   {self.chi2:.4g} with {self.df_resid} degrees of freedom, "
                f"p = {self.pvalue:.2g}",
            ],
            [SummaryTable(title, self.to_frame(alpha))],
        )

    def log_resistance(self, temperature_c: float) -> tuple[float, float]:
        """Return ln R (ohm) at a temperature (degC), and its standard error."""
        kelvin = temperature_c + ZERO_CELSIUS_K
        x = np.array([1.0, 1 / (BOLTZMANN_EV_PER_K * kelvin)])
        value = self.intercept + self.ea_ev * x[1] + FORMS[self.form] * np.log(kelvin)
        return float(value), float(np.sqrt(x @ self.covariance @ x))

    @staticmethod
    def _series(values: npt.ArrayLike, name: str) -> pd.Series[float]:
        import pandas as pd

        return pd.Series(np.asarray(values, dtype=float), index=_NAMES, name=name)


def arrhenius_line(
    temperature_c: npt.ArrayLike,
    log_resistance: npt.ArrayLike,
    log_variance: npt.ArrayLike,
    *,
    point_k: float = POINT_K,
    common_k: float = COMMON_K,
    form: str = "R",
) -> ArrheniusLine:
    """Fit ln R, or ln(R/T), over 1/(k T).

    Parameters
    ----------
    temperature_c : array_like, shape (m,)
        Stated temperatures, degC; at least three different ones.
    log_resistance : array_like, shape (m,)
        ln R (ohm) of each spectrum.
    log_variance : array_like, shape (m,) or (m, m)
        Its variance, or the covariance where the spectra were fitted together.
    point_k, common_k : float
        Standard deviation (K) of the temperature of a point, and of all points together.
    form : {"R", "R/T"}
        Both give the same line within what can be seen; the energy of R/T is higher by about k T.

    Raises
    ------
    FitError
        If the arrays do not fit each other, fewer than three temperatures are given, or the form
        is not known.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> law = eis.Arrhenius(1000.0, 60.0, 0.7, rises=False)
    >>> temperature_c = np.array([40.0, 60.0, 80.0])
    >>> log_r = np.log([law.at(t) for t in temperature_c])
    >>> line = eis.arrhenius_line(temperature_c, log_r, np.full(3, 1e-4))
    >>> round(line.ea_ev, 3)
    0.7
    """
    if form not in FORMS:
        raise FitError(f"form {form!r} is not known; use one of {', '.join(FORMS)}")
    kelvin = np.asarray(temperature_c, dtype=float) + ZERO_CELSIUS_K
    y, v = np.asarray(log_resistance, dtype=float), np.asarray(log_variance, dtype=float)
    if kelvin.ndim != 1 or y.shape != kelvin.shape or v.shape not in (y.shape, 2 * y.shape):
        raise FitError(
            f"temperatures, ln R and variances have the shapes {kelvin.shape}, {y.shape} and "
            f"{v.shape}; give one of each per spectrum"
        )
    if np.unique(kelvin).size < 3:
        raise FitError(f"a line needs three temperatures; {np.unique(kelvin).size} were given")
    V = v if v.ndim == 2 else np.diag(v)
    if not (
        np.isfinite(y).all()
        and np.isfinite(V).all()
        and (np.diag(V) >= 0).all()
        and (kelvin > 0).all()
    ):
        raise FitError("ln R, variances (0 or more) and temperatures above 0 K must be finite")
    return _line(kelvin, y, V, point_k, common_k, form)


def _line(
    kelvin: FloatArray, y: FloatArray, V: FloatArray, point_k: float, common_k: float, form: str
) -> ArrheniusLine:
    """Generalised least squares of checked arrays; ``V`` is the covariance of the fits alone."""
    X = np.column_stack([np.ones(kelvin.size), 1 / (BOLTZMANN_EV_PER_K * kelvin)])
    y = y - FORMS[form] * np.log(kelvin)
    beta = np.linalg.lstsq(X, y, rcond=None)[0]
    for _ in range(3):  # the errors depend on the slope
        rate = FORMS[form] / kelvin - beta[1] / (BOLTZMANN_EV_PER_K * kelvin**2)
        own = V + np.diag((rate * point_k) ** 2 + 1e-24)
        weighted = np.linalg.solve(own + common_k**2 * np.outer(rate, rate), X)
        covariance = np.linalg.inv(X.T @ weighted)
        beta = covariance @ (weighted.T @ y)
    # A common shift of the chamber bends the points by nothing to first order.
    plain = np.linalg.solve(own, X)
    rest = y - X @ np.linalg.solve(X.T @ plain, plain.T @ y)
    chi2 = float(rest @ np.linalg.solve(own, rest))
    return ArrheniusLine(float(beta[0]), float(beta[1]), covariance, chi2, kelvin.size - 2, form)
