"""How a resistance or conductivity follows temperature: Arrhenius, VTF, or a break on the way.

A contact with polymer keeps one activation energy through the melting point, and the polymer itself
has two (`weiss_2020` section 3); ceramic-rich composites follow Arrhenius, polymer-rich ones VTF
(`sang_undated` Fig. 1c). Laws are fitted to ln of the printed values and compared by AICc.
Temperatures are in degC; energies in eV, positive where a resistance falls and a conductivity rises
with temperature.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from ..units import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K
from .arguments import FloatArray, Values, celsius
from .curve_fit import Curve, CurveFit, CurveParameter, as_points, fit_curve
from .errors import PhysicsError

Quantity = Literal["resistance", "conductivity"]

_LARGEST_EA_EV = 10.0
# The Vogel temperature lies between these; the value at the reference keeps the others apart.
_LEAST_T0_K = 1.0


@dataclass(frozen=True)
class LawComparison:
    """Laws fitted to the same points.

    Attributes
    ----------
    fits : dict of str to CurveFit
        By name: arrhenius, vtf, piecewise.
    refused : dict of str to str
        Laws that were not fitted, with the reason.

    Examples
    --------
    >>> import numpy as np
    >>> temperature_c = np.arange(20.0, 101.0, 10.0)
    >>> noise = np.random.default_rng(1).normal(1, 0.02, temperature_c.size)
    >>> laws = compare_laws(temperature_c, noise * np.exp(5000 / (temperature_c + 273.15)))
    >>> sorted(laws.fits)
    ['arrhenius', 'piecewise', 'vtf']
    """

    fits: dict[str, CurveFit]
    refused: dict[str, str]

    @property
    def table(self) -> pd.DataFrame:
        """Parameters, AICc, its distance from the least, and Akaike weight; the best law first."""
        rows = {name: (len(fit.params), fit.aicc) for name, fit in self.fits.items()}
        frame = pd.DataFrame.from_dict(rows, orient="index", columns=["parameters", "aicc"])
        frame["delta"] = frame["aicc"] - frame["aicc"].min()
        frame["weight"] = np.exp(-frame["delta"] / 2.0)
        frame["weight"] /= frame["weight"].sum()
        return frame.sort_values("aicc")

    @property
    def best_name(self) -> str:
        """Name of the law with the least AICc."""
        return str(self.table.index[0])

    @property
    def best(self) -> CurveFit:
        """The fit with the least AICc."""
        return self.fits[self.best_name]

    @property
    def remark(self) -> str:
        """Say which laws the data does not tell from the best; empty where there is none.

        AICc less than 2 above the least (`burnham_2002` section 2.6).
        """
        near = [str(name) for name, delta in self.table["delta"].items() if 0 < delta < 2.0]
        if not near:
            return ""
        return f"not told apart from {self.best_name}: {', '.join(near)} (AICc less than 2 above)"


def fit_arrhenius(
    temperature_c: Values,
    value: Values,
    quantity: Quantity = "resistance",
    log_sd: Values | None = None,
) -> CurveFit:
    """Fit ln X = ln X_ref +- (Ea/k)(1/T - 1/T_ref): plus for a resistance.

    ``params``: value (X at the harmonic mean temperature, where it does not correlate with the
    slope) and ea_ev.

    Parameters
    ----------
    temperature_c, value : array_like, shape (n,)
        Two different temperatures at least.
    log_sd : array_like, shape (n,) or number, optional
        Known standard deviation of ln X.

    Raises
    ------
    PhysicsError
        Where a value is not positive, a temperature not in degC, or the temperatures too few.

    Examples
    --------
    >>> fit = fit_arrhenius([30, 70], [3400, 64])
    >>> round(float(fit.params["ea_ev"]), 2)
    0.89
    """
    t, x, sd = _points(temperature_c, value, log_sd, 2, "an Arrhenius line needs")
    sign, centre = _sign(quantity), _centre(t)

    def log_value(theta: FloatArray, t_c: FloatArray) -> FloatArray:
        return np.asarray(math.log(theta[0]) + sign * theta[1] * (_inverse(t_c) - centre))

    ea = CurveParameter("ea_ev", "eV", -_LARGEST_EA_EV, _LARGEST_EA_EV)
    curve = Curve("arrhenius", (_at_centre(quantity), ea), log_value)
    middle, slope = _line(t, x, sign)
    found: CurveFit = fit_curve(curve, t, x, sd, [(middle, slope)])
    return found


def fit_vtf(
    temperature_c: Values,
    value: Values,
    quantity: Quantity = "resistance",
    log_sd: Values | None = None,
) -> CurveFit:
    """Fit ln X = ln X_ref +- (B/k)(1/(T - T0) - 1/(T_ref - T0)) (Vogel, Tammann, Fulcher).

    ``params``: value (X at the harmonic mean temperature), b_ev (k B in eV) and t0_k (Vogel
    temperature in K, below every temperature). With T0 -> 0 it is Arrhenius with Ea = B.

    Raises
    ------
    PhysicsError
        As ``fit_arrhenius``; three different temperatures at least.

    Examples
    --------
    >>> import numpy as np
    >>> temperature_c = np.arange(20.0, 91.0, 10.0)
    >>> t0, boltzmann = 200.0, 8.617333262e-5
    >>> value = np.exp(0.1 / boltzmann / (temperature_c + 273.15 - t0))
    >>> fit = fit_vtf(temperature_c, value)
    >>> fit.params[["b_ev", "t0_k"]].round(3).tolist()
    [0.1, 200.0]
    """
    t, x, sd = _points(temperature_c, value, log_sd, 3, "a VTF curve needs")
    sign, centre = _sign(quantity), 1.0 / (BOLTZMANN_EV_PER_K * _centre(t))
    coldest = float(t.min()) + ZERO_CELSIUS_K

    def log_value(theta: FloatArray, t_c: FloatArray) -> FloatArray:
        start, b, t0 = theta
        lever = 1.0 / (t_c + ZERO_CELSIUS_K - t0) - 1.0 / (centre - t0)
        return np.asarray(math.log(start) + sign * b / BOLTZMANN_EV_PER_K * lever)

    parameters = (
        _at_centre(quantity),
        CurveParameter("b_ev", "eV", is_log=True),
        CurveParameter("t0_k", "K", _LEAST_T0_K, coldest - 1.0),
    )
    middle, slope = _line(t, x, sign)
    starts = []
    for share in (0.05, 0.4, 0.7, 0.9):
        t0 = share * coldest
        # the same slope at the centre: Ea = B (T/(T - T0))^2
        starts.append((middle, max(slope, 0.01) * (1.0 - t0 / centre) ** 2, t0))
    found: CurveFit = fit_curve(Curve("vtf", parameters, log_value), t, x, sd, starts)
    return found


def fit_piecewise(
    temperature_c: Values,
    value: Values,
    quantity: Quantity = "resistance",
    log_sd: Values | None = None,
    break_c: float | None = None,
) -> CurveFit:
    """Fit two Arrhenius lines that meet at a break.

    ``params``: value (X at the break), ea_below_ev, ea_above_ev, and break_c if it was not given.

    Parameters
    ----------
    break_c : float, optional
        Melting point of the polymer in degC; found between the points where it is not given.

    Raises
    ------
    PhysicsError
        As ``fit_arrhenius``; where fewer than two temperatures lie on either side of the break, or
        none of three can be looked for between them.

    Examples
    --------
    >>> fit = fit_piecewise([20, 40, 60, 70, 80], [900.0, 200.0, 50.0, 40.0, 33.0], break_c=60.0)
    >>> fit.params.index.tolist()
    ['value', 'ea_below_ev', 'ea_above_ev']
    >>> bool(fit.params["ea_below_ev"] > fit.params["ea_above_ev"])
    True
    """
    least = 4 if break_c is None else 3
    t, x, sd = _points(temperature_c, value, log_sd, least, "two lines that meet need")
    sign, distinct = _sign(quantity), np.unique(t)
    known = None if break_c is None else float(celsius("break_c", break_c))
    if known is not None and not distinct[1] <= known <= distinct[-2]:
        raise PhysicsError(
            f"break_c = {known:g} degC leaves fewer than two temperatures on a side of it; "
            f"they reach from {distinct[0]:g} to {distinct[-1]:g} degC"
        )

    def log_value(theta: FloatArray, t_c: FloatArray) -> FloatArray:
        at = theta[3] if known is None else known
        lever = _inverse(t_c) - 1.0 / (BOLTZMANN_EV_PER_K * (at + ZERO_CELSIUS_K))
        ea = np.where(t_c < at, theta[1], theta[2])
        return np.asarray(math.log(theta[0]) + sign * ea * lever)

    energies = [
        CurveParameter(name, "eV", -_LARGEST_EA_EV, _LARGEST_EA_EV)
        for name in ("ea_below_ev", "ea_above_ev")
    ]
    parameters = [_at_centre(quantity, "at the break"), *energies]
    starts: list[tuple[float, ...]]
    if known is None:
        low, high = float(distinct[1]), float(distinct[-2])
        parameters.append(CurveParameter("break_c", "degC", low, high))
        middles = [float(at) for at in (distinct[1:-2] + distinct[2:-1]) / 2.0]
        starts = [(*_two_lines(t, x, sign, at), at) for at in middles]
    else:
        starts = [_two_lines(t, x, sign, known)]
    curve = Curve("piecewise", tuple(parameters), log_value)
    found: CurveFit = fit_curve(curve, t, x, sd, starts)
    return found


def compare_laws(
    temperature_c: Values,
    value: Values,
    quantity: Quantity = "resistance",
    log_sd: Values | None = None,
    break_c: float | None = None,
) -> LawComparison:
    """Fit Arrhenius, VTF and a piecewise line, and compare them by AICc.

    A law whose AICc the points do not allow (n <= k + 1) is refused with its reason.

    Parameters
    ----------
    break_c : float, optional
        Melting point in degC; looked for where it is not given, which costs a parameter.

    Raises
    ------
    PhysicsError
        Where not even an Arrhenius line can be compared.

    Examples
    --------
    >>> import numpy as np
    >>> temperature_c = np.arange(20.0, 101.0, 10.0)
    >>> noise = np.random.default_rng(1).normal(1, 0.02, temperature_c.size)
    >>> laws = compare_laws(temperature_c, noise * np.exp(5000 / (temperature_c + 273.15)))
    >>> laws.best_name
    'arrhenius'
    """
    makers: dict[str, Callable[[], CurveFit]] = {
        "arrhenius": lambda: fit_arrhenius(temperature_c, value, quantity, log_sd),
        "vtf": lambda: fit_vtf(temperature_c, value, quantity, log_sd),
        "piecewise": lambda: fit_piecewise(temperature_c, value, quantity, log_sd, break_c),
    }
    fits: dict[str, CurveFit] = {}
    refused: dict[str, str] = {}
    for name, make in makers.items():
        try:
            fit = make()
        except PhysicsError as error:
            if name == "arrhenius":
                raise
            refused[name] = str(error)
            continue
        if math.isfinite(fit.aicc):
            fits[name] = fit
        else:
            refused[name] = f"{fit.nobs} points are too few for its AICc"
    if "arrhenius" not in fits:
        raise PhysicsError(f"laws cannot be compared: {refused['arrhenius']}")
    return LawComparison(fits, refused)


def _points(
    temperature_c: Values, value: Values, log_sd: Values | None, least: int, need: str
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    t = celsius("temperature_c", temperature_c)
    return as_points(t, value, log_sd, ("temperature_c", "value"), least, need)


def _sign(quantity: Quantity) -> float:
    if quantity not in get_args(Quantity):
        raise PhysicsError(
            f"quantity {quantity!r} is not known; use one of {', '.join(get_args(Quantity))}"
        )
    return 1.0 if quantity == "resistance" else -1.0


def _at_centre(quantity: Quantity, where: str = "at the centre") -> CurveParameter:
    unit = "ohm cm2" if quantity == "resistance" else "S cm-1"
    return CurveParameter("value", f"{unit} {where}", is_log=True)


def _inverse(temperature_c: FloatArray) -> FloatArray:
    """Return 1/(kT) in 1/eV."""
    return np.asarray(1.0 / (BOLTZMANN_EV_PER_K * (temperature_c + ZERO_CELSIUS_K)))


def _centre(temperature_c: FloatArray) -> float:
    return float(_inverse(temperature_c).mean())


def _line(temperature_c: FloatArray, value: FloatArray, sign: float) -> tuple[float, float]:
    """Return the value at the centre and the activation energy of a straight line."""
    lever = _inverse(temperature_c) - _centre(temperature_c)
    log = np.log(value)
    slope = float(lever @ (log - log.mean()) / (lever @ lever))
    limit = 0.99 * _LARGEST_EA_EV
    return math.exp(float(log.mean())), min(max(sign * slope, -limit), limit)


def _two_lines(
    temperature_c: FloatArray, value: FloatArray, sign: float, break_c: float
) -> tuple[float, float, float]:
    """Return the value at the break and both energies by linear least squares."""
    lever = _inverse(temperature_c) - 1.0 / (BOLTZMANN_EV_PER_K * (break_c + ZERO_CELSIUS_K))
    below = temperature_c < break_c
    X = np.stack([np.ones_like(lever), sign * lever * below, sign * lever * ~below], axis=1)
    start, first, second = np.linalg.lstsq(X, np.log(value), rcond=None)[0]
    return math.exp(float(start)), float(first), float(second)
