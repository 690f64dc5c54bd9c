"""Resistance over time: an interphase that grows, or a contact that heals, to a plateau.

R(t) = R_plateau + (R_start - R_plateau) exp(-t/tau). Resistances with liquids rise to a plateau
(`weiss_2020` section 2), those of treated polymer contacts fall to one (`mangani_2024_tuning`
section 5). Times are in hours.
"""

from __future__ import annotations

import math

import numpy as np

from .arguments import FloatArray, Number, Values, exponential, not_negative, positive
from .curve_fit import Curve, CurveFit, CurveParameter, as_points, fit_curve

_TINY = 1e-300
_TAU_SHARES = (0.05, 0.2, 0.6, 2.0)


class GrowthFit(CurveFit):
    """Resistance at the start and on the plateau (ohm cm2) and the time constant (h).

    ``params``: r_start_ohm_cm2, r_plateau_ohm_cm2, tau_h, with profile intervals.

    Attributes
    ----------
    constant : CurveFit
        The same data with one resistance for all times.

    Examples
    --------
    >>> time_h = [0.0, 10.0, 30.0, 100.0, 300.0, 1000.0]
    >>> fit = fit_growth(time_h, [resistance_at(t, 10.0, 100.0, 50.0) for t in time_h])
    >>> bool(fit.constant.sum_of_squares > fit.sum_of_squares)
    True
    """

    def __init__(
        self,
        curve: Curve,
        x: FloatArray,
        y: FloatArray,
        log_sd: FloatArray | None,
        coordinates: FloatArray,
    ) -> None:
        super().__init__(curve, x, y, log_sd, coordinates)
        self.constant: CurveFit = fit_curve(
            _CONSTANT, x, y, log_sd, [[float(np.exp(np.log(y).mean()))]]
        )

    @property
    def pvalue_constant(self) -> float:
        """Probability of a fit so much better than one resistance for all times, by chance.

        F test on 2 and n - 3 degrees of freedom, chi-square where ``log_sd`` was given. Nominal,
        because one resistance leaves tau undefined. NaN without a residual degree of freedom.
        """
        from scipy.stats import chi2, f

        gain = self.constant.sum_of_squares - self.sum_of_squares
        if self.log_sd is not None:
            return float(chi2.sf(gain, 2))
        if self.df_resid < 1:
            return math.nan
        return float(f.sf(gain / 2.0 / self.scale, 2, self.df_resid))

    def remarks(self, alpha: float = 0.05) -> list[str]:
        """Say whether nothing changes, and whether the plateau was reached."""
        if not self.pvalue_constant <= alpha:
            r = float(self.constant.fittedvalues[0])
            return [f"no change is shown: one resistance, {r:.3g} ohm cm2, is not excluded"]
        slowest = float(self.conf_int(alpha)["upper"]["tau_h"])
        last = float(self.x.max())
        if not slowest < last:
            limit = "has no upper limit" if math.isinf(slowest) else f"may be {slowest:.3g} h"
            return [f"the plateau was not reached: tau {limit}, the last point is at {last:.3g} h"]
        return []


def resistance_at(
    time_h: Number, r_start_ohm_cm2: Values, r_plateau_ohm_cm2: Values, tau_h: Values
) -> Number:
    """Return R(t) in ohm cm2 on the way from one resistance to another.

    Examples
    --------
    >>> round(resistance_at(150.0, 10.0, 100.0, 50.0), 1)
    95.5
    """
    start = not_negative("r_start_ohm_cm2", r_start_ohm_cm2)
    plateau = not_negative("r_plateau_ohm_cm2", r_plateau_ohm_cm2)
    left = exponential(-not_negative("time_h", time_h) / positive("tau_h", tau_h))
    result: Number = plateau + (start - plateau) * left
    return result


def interphase_thickness(resistance_ohm_cm2: Number, conductivity_s_cm: Values) -> Number:
    """Return the thickness (cm) of a dense interphase: d = R sigma.

    Examples
    --------
    >>> round(1e7 * interphase_thickness(25.0, 1e-7), 6)  # nm
    25.0
    """
    r = not_negative("resistance_ohm_cm2", resistance_ohm_cm2)
    result: Number = r * positive("conductivity_s_cm", conductivity_s_cm)
    return result


def interphase_conductivity(resistance_ohm_cm2: Number, thickness_cm: Values) -> Number:
    """Return the conductivity (S/cm) of a dense interphase of known thickness: sigma = d/R.

    Examples
    --------
    >>> round(interphase_conductivity(25.0, 25e-7), 9)  # 25 nm of 25 ohm cm2
    1e-07
    """
    thickness = positive("thickness_cm", thickness_cm)
    result: Number = thickness / positive("resistance_ohm_cm2", resistance_ohm_cm2)
    return result


def fit_growth(
    time_h: Values, resistance_ohm_cm2: Values, log_sd: Values | None = None
) -> GrowthFit:
    """Fit the way of a resistance to its plateau.

    Parameters
    ----------
    time_h, resistance_ohm_cm2 : array_like, shape (n,)
        Time since assembly, and the resistance at one temperature; three different times at least.
    log_sd : array_like, shape (n,) or number, optional
        Known standard deviation of ln R.

    Raises
    ------
    PhysicsError
        Where a number is not positive (a time may be 0), or fewer than three times are given.

    Examples
    --------
    >>> time_h = [0.0, 10.0, 30.0, 100.0, 300.0, 1000.0]
    >>> fit = fit_growth(time_h, [resistance_at(t, 10.0, 100.0, 50.0) for t in time_h])
    >>> fit.params.round(3).tolist()
    [10.0, 100.0, 50.0]
    """
    t, r, sd = as_points(
        not_negative("time_h", time_h),
        resistance_ohm_cm2,
        log_sd,
        ("time_h", "resistance_ohm_cm2"),
        3,
        "a start, a plateau and a time constant need",
    )
    first, last = r[np.argmin(t)], r[np.argmax(t)]
    starts = [(first, last, share * t.max()) for share in _TAU_SHARES]
    found: GrowthFit = fit_curve(_GROWTH, t, r, sd, starts, GrowthFit)
    return found


def _log_growth(theta: FloatArray, t: FloatArray) -> FloatArray:
    start, plateau, tau = theta
    # in this form no digits are lost where plateau and tau go to infinity together
    values = start * np.exp(-t / tau) - plateau * np.expm1(-t / tau)
    return np.asarray(np.log(np.maximum(values, _TINY)))


def _log_constant(theta: FloatArray, t: FloatArray) -> FloatArray:
    return np.full(t.shape, math.log(theta[0]))


_GROWTH = Curve(
    "R_plateau + (R_start - R_plateau) exp(-t/tau)",
    (
        CurveParameter("r_start_ohm_cm2", "ohm cm2", is_log=True),
        CurveParameter("r_plateau_ohm_cm2", "ohm cm2", is_log=True),
        CurveParameter("tau_h", "h", is_log=True),
    ),
    _log_growth,
)
_CONSTANT = Curve("R", (CurveParameter("r_ohm_cm2", "ohm cm2", is_log=True),), _log_constant)
