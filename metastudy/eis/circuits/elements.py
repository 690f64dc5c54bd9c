"""Circuit elements: each is one declaration of formula, parameters with units and limits, source.

Signs and units throughout: impedance in ohm, Im Z < 0 if capacitive, ``omega`` in rad/s. Every
function accepts parameters that broadcast against ``omega`` (a column of starts or of spectra
against a row of frequencies), and complex parameters: that is how the derivatives are checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import CircuitError

# Real or complex arrays that broadcast; complex parameters are legal (see above).
Array = Any
Impedance = Callable[..., Array]
Gradient = Callable[..., tuple[Array, ...]]


@dataclass(frozen=True)
class Parameter:
    """One parameter of an element: symbol, unit, limits, and how it scales with impedance.

    ``scaling`` is the power with which the parameter follows when the whole element's
    impedance is multiplied: 1 for a resistance, -1 for a capacitance, 0 for times and exponents.

    Examples
    --------
    >>> from metastudy import eis
    >>> eis.Parameter("n", "1", high=1.0).is_scale, eis.Parameter("R", "ohm", scaling=1).is_scale
    (False, True)
    """

    symbol: str
    unit: str
    low: float = 0.0
    high: float = np.inf
    scaling: int = 0

    @property
    def is_scale(self) -> bool:
        """Whether the parameter is positive and unbounded, so that its logarithm is fitted."""
        return self.low == 0.0 and self.high == np.inf


@dataclass(frozen=True)
class Element:
    """An element of a circuit.

    Parameters
    ----------
    symbol : str
        Spelling in circuits, letters only.
    name, formula, source : str
        What it is; Z as a Python expression in ``w`` and the parameters' symbols; its source.
    parameters : tuple of Parameter
        In the order in which ``impedance`` takes them.
    impedance : callable
        ``impedance(omega, *parameters)`` in ohm.
    gradient : callable, optional
        ``gradient(omega, z, *parameters)``: dZ/dparameter for each one, given Z. Without it
        central differences are taken.
    aliases : tuple of str
        Other spellings.

    Examples
    --------
    >>> from metastudy import eis
    >>> square = eis.Element(
    ...     "SQ", "loss of second order", "R/(1 + 1j*w*tau)**2",
    ...     (eis.Parameter("R", "ohm", scaling=1), eis.Parameter("tau", "s")),
    ...     lambda w, r, tau: r / (1 + 1j * w * tau) ** 2,
    ... )
    >>> eis.Circuit("R0-SQ1", elements=[square]).names
    ('R0', 'SQ1_R', 'SQ1_tau')
    """

    symbol: str
    name: str
    formula: str
    parameters: tuple[Parameter, ...]
    impedance: Impedance
    gradient: Gradient | None = None
    source: str = ""
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for spelling in (self.symbol, *self.aliases):
            if not (spelling.isascii() and spelling.isalpha()) or spelling[0] == "p":
                raise CircuitError(
                    f"element symbol {spelling!r} cannot be used in circuits; use ASCII letters "
                    "only, and not a leading 'p', which means parallel"
                )
        if not self.parameters:
            raise CircuitError(f"element {self.symbol} has no parameters; give at least one")

    def derivatives(self, omega: Array, z: Array, *values: Array) -> tuple[Array, ...]:
        """Slopes dZ/d(parameter) at ``values``, each of the shape of ``z``."""
        if self.gradient is not None:
            return self.gradient(omega, z, *values)
        slopes = []
        for i, value in enumerate(values):
            step = 6e-6 * np.maximum(np.abs(value), 1e-300)
            up, down = list(values), list(values)
            up[i], down[i] = value + step, value - step
            slopes.append((self.impedance(omega, *up) - self.impedance(omega, *down)) / (2 * step))
        return tuple(slopes)


def _log_jw(omega: Array) -> Array:
    return np.log(1j * omega)


def _coth(x: Array) -> Array:
    # exp(-2x) underflows quietly where cosh would overflow; Re x > 0 on every branch used here.
    decay = np.exp(-2 * x)
    return (1 + decay) / (1 - decay)


def _tanh(x: Array) -> Array:
    decay = np.exp(-2 * x)
    return (1 - decay) / (1 + decay)


def _zarc(omega: Array, r: Array, tau: Array, n: Array) -> Array:
    return r / (1 + np.exp(n * (_log_jw(omega) + np.log(tau))))


def _zarc_gradient(
    omega: Array, z: Array, r: Array, tau: Array, n: Array
) -> tuple[Array, Array, Array]:
    unit = z / r
    slope = -z * (1 - unit)
    return unit, slope * (n / tau), slope * (_log_jw(omega) + np.log(tau))


def _havriliak_negami(omega: Array, r: Array, tau: Array, n: Array, b: Array) -> Array:
    return r * np.exp(-b * np.log1p(np.exp(n * (_log_jw(omega) + np.log(tau)))))


def _havriliak_negami_gradient(
    omega: Array, z: Array, r: Array, tau: Array, n: Array, b: Array
) -> tuple[Array, ...]:
    log_x = _log_jw(omega) + np.log(tau)
    x = np.exp(n * log_x)
    slope = -z * b * x / (1 + x)
    return z / r, slope * n / tau, slope * log_x, -z * np.log1p(x)


def _finite_warburg(ratio: Callable[[Array], Array]) -> tuple[Impedance, Gradient]:
    """Z = R f(x)/x with x = (j omega tau)^n and f tanh (short) or coth (open); f' = 1 - f^2."""

    def impedance(omega: Array, r: Array, tau: Array, n: Array = 0.5) -> Array:
        x = np.exp(n * (_log_jw(omega) + np.log(tau)))
        return r * ratio(x) / x

    def gradient(
        omega: Array, z: Array, r: Array, tau: Array, n: Array | None = None
    ) -> tuple[Array, ...]:
        power = 0.5 if n is None else n
        log_x = _log_jw(omega) + np.log(tau)
        x = np.exp(power * log_x)
        f = z * x / r
        # dZ/d ln x; (1 - f)(1 + f) keeps digits where f is near 1.
        slope = r * (1 - f) * (1 + f) - z
        out = (z / r, slope * power / tau)
        return out if n is None else (*out, slope * log_x)

    return impedance, gradient


def _de_levie(omega: Array, rp: Array, zi: Array) -> Array:
    # sqrt(rp zi) as zi x: the product of two roots keeps the branch with Re >= 0.
    x = np.sqrt(rp / zi)
    return zi * x * _coth(x)


def _de_levie_slopes(z: Array, rp: Array, zi: Array) -> tuple[Array, Array]:
    """Slopes dZ/d(rp) and dZ/d(zi) of the line Z = zi x coth x with x = sqrt(rp/zi)."""
    x = np.sqrt(rp / zi)
    coth = _coth(x)
    # d(x coth x)/dx = coth x + x (1 - coth^2)
    slope = coth + x * (1 - coth) * (1 + coth)
    return slope / (2 * x), z / zi - x * slope / 2


def _line(omega: Array, rp: Array, ri: Array, q: Array, n: Array) -> Array:
    return _de_levie(omega, rp, ri / (1 + ri * q * np.exp(n * _log_jw(omega))))


def _line_gradient(
    omega: Array, z: Array, rp: Array, ri: Array, q: Array, n: Array
) -> tuple[Array, ...]:
    log_jw = _log_jw(omega)
    admittance = q * np.exp(n * log_jw)
    zi = ri / (1 + ri * admittance)
    d_rp, d_zi = _de_levie_slopes(z, rp, zi)
    square = zi * zi
    return (
        d_rp,
        d_zi * square / ri**2,
        -d_zi * square * admittance / q,
        -d_zi * square * admittance * log_jw,
    )


def _blocking_line(omega: Array, rp: Array, q: Array, n: Array) -> Array:
    return _de_levie(omega, rp, np.exp(-n * _log_jw(omega)) / q)


def _blocking_line_gradient(
    omega: Array, z: Array, rp: Array, q: Array, n: Array
) -> tuple[Array, ...]:
    log_jw = _log_jw(omega)
    zi = np.exp(-n * log_jw) / q
    d_rp, d_zi = _de_levie_slopes(z, rp, zi)
    return d_rp, -d_zi * zi / q, -d_zi * zi * log_jw


_SHORT, _SHORT_GRADIENT = _finite_warburg(_tanh)
_OPEN, _OPEN_GRADIENT = _finite_warburg(_coth)

_R = Parameter("R", "ohm", scaling=1)
_TAU = Parameter("tau", "s")
_N = Parameter("n", "1", high=1.0)
_Q = Parameter("Q", "S s^n", scaling=-1)
_HALF = Parameter("n", "1", high=0.5)

R = Element(
    "R",
    "resistor",
    "R",
    (_R,),
    lambda omega, r: r + 0j * omega,
    lambda omega, z, r: (z / r,),
    "Ohm's law",
)
C = Element(
    "C",
    "capacitor",
    "1/(1j*w*C)",
    (Parameter("C", "F", scaling=-1),),
    lambda omega, c: 1 / (1j * omega * c),
    lambda omega, z, c: (-z / c,),
    "definition of capacitance",
)
L = Element(
    "L",
    "inductor",
    "1j*w*L",
    (Parameter("L", "H", scaling=1),),
    lambda omega, inductance: 1j * omega * inductance,
    lambda omega, z, inductance: (z / inductance,),
    "definition of inductance",
)
CPE = Element(
    "CPE",
    "constant phase element",
    "1/(Q*(1j*w)**n)",
    (_Q, _N),
    lambda omega, q, n: np.exp(-n * _log_jw(omega)) / q,
    lambda omega, z, q, n: (-z / q, -z * _log_jw(omega)),
    "Cole and Cole 1941, J. Chem. Phys. 9, 341; Brug et al. 1984, J. Electroanal. Chem. 176, 275",
    aliases=("Q",),
)
W = Element(
    "W",
    "semi-infinite Warburg diffusion",
    "sigma*(1 - 1j)/w**0.5",
    (Parameter("sigma", "ohm s^-1/2", scaling=1),),
    lambda omega, sigma: np.sqrt(2) * sigma * np.exp(-0.5 * _log_jw(omega)),
    lambda omega, z, sigma: (z / sigma,),
    "Warburg 1899, Ann. Phys. 67, 493",
)
WO = Element(
    "Wo",
    "finite-space Warburg diffusion, open (reflecting) end",
    "R/tanh((1j*w*tau)**0.5)/(1j*w*tau)**0.5",
    (_R, _TAU),
    _OPEN,
    _OPEN_GRADIENT,
    "Ho, Raistrick and Huggins 1980, J. Electrochem. Soc. 127, 343",
    aliases=("T",),
)
WS = Element(
    "Ws",
    "finite-length Warburg diffusion, short (transmitting) end",
    "R*tanh((1j*w*tau)**0.5)/(1j*w*tau)**0.5",
    (_R, _TAU),
    _SHORT,
    _SHORT_GRADIENT,
    "Franceschetti and Macdonald 1979, J. Electroanal. Chem. 101, 307",
    aliases=("O",),
)
WOG = Element(
    "Wog",
    "generalised finite-space Warburg diffusion, open end",
    "R/tanh((1j*w*tau)**n)/(1j*w*tau)**n",
    (_R, _TAU, _HALF),
    _OPEN,
    _OPEN_GRADIENT,
    "Bisquert and Compte 2001, J. Electroanal. Chem. 499, 112",
)
WSG = Element(
    "Wsg",
    "generalised finite-length Warburg diffusion, short end",
    "R*tanh((1j*w*tau)**n)/(1j*w*tau)**n",
    (_R, _TAU, _HALF),
    _SHORT,
    _SHORT_GRADIENT,
    "Bisquert and Compte 2001, J. Electroanal. Chem. 499, 112",
)
G = Element(
    "G",
    "Gerischer element: diffusion with a first-order reaction",
    "R/(1 + 1j*w*tau)**0.5",
    (_R, _TAU),
    lambda omega, r, tau: r / np.sqrt(1 + 1j * omega * tau),
    lambda omega, z, r, tau: (z / r, -0.5j * omega * z / (1 + 1j * omega * tau)),
    "Gerischer 1951, Z. Phys. Chem. 198, 286",
)
ZARC = Element(
    "ZARC",
    "depressed arc: R parallel to a constant phase element, written with its time constant",
    "R/(1 + (1j*w*tau)**n)",
    (_R, _TAU, _N),
    _zarc,
    _zarc_gradient,
    "Cole and Cole 1941, J. Chem. Phys. 9, 341",
    aliases=("Zarc",),
)
HN = Element(
    "HN",
    "Havriliak-Negami relaxation (b = 1 is the ZARC, n = 1 Davidson-Cole)",
    "R/(1 + (1j*w*tau)**n)**b",
    (_R, _TAU, _N, Parameter("b", "1", high=1.0)),
    _havriliak_negami,
    _havriliak_negami_gradient,
    "Havriliak and Negami 1967, Polymer 8, 161",
)
DL = Element(
    "DL",
    "de Levie line: pore resistance Rp, wall Ri parallel to a constant phase element",
    "(Rp*Ri/(1 + Ri*Q*(1j*w)**n))**0.5/tanh((Rp*(1/Ri + Q*(1j*w)**n))**0.5)",
    (
        Parameter("Rp", "ohm", scaling=1),
        Parameter("Ri", "ohm", scaling=1),
        _Q,
        _N,
    ),
    _line,
    _line_gradient,
    "de Levie 1963, Electrochim. Acta 8, 751; Bisquert 2002, J. Phys. Chem. B 106, 325",
)
DLB = Element(
    "DLb",
    "de Levie line with a blocking wall: pore resistance Rp, constant phase element",
    "(Rp/(Q*(1j*w)**n))**0.5/tanh((Rp*Q*(1j*w)**n)**0.5)",
    (Parameter("Rp", "ohm", scaling=1), _Q, _N),
    _blocking_line,
    _blocking_line_gradient,
    "de Levie 1963, Electrochim. Acta 8, 751; Bisquert 2002, J. Phys. Chem. B 106, 325",
)

ELEMENTS: tuple[Element, ...] = (R, C, L, CPE, W, WO, WS, WOG, WSG, G, ZARC, HN, DL, DLB)


def spellings(extra: tuple[Element, ...] = ()) -> dict[str, Element]:
    """Every spelling with its element, the user's own after the built-in ones.

    Raises
    ------
    CircuitError
        If a user's element takes a spelling that is already in use.
    """
    table: dict[str, Element] = {}
    for element in (*ELEMENTS, *extra):
        for spelling in (element.symbol, *element.aliases):
            if spelling in table:
                raise CircuitError(
                    f"element symbol {spelling!r} is already the {table[spelling].name}; "
                    "choose another symbol"
                )
            table[spelling] = element
    return table
