"""How a property of a layer or contact follows temperature: Arrhenius, VTF, or a table of points.

Every law is anchored at a value that was measured at a stated temperature, not at a prefactor
that nobody can measure. Values are positive; temperatures are given in degC.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...units import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K
from ..errors import CellError

# ln of the largest factor that a law may span: 10^40.
_FARTHEST = 40 * np.log(10)


@dataclass(frozen=True)
class Arrhenius:
    """X(T) = X_ref exp(s Ea/k (1/T_ref - 1/T)): s = +1 for a conductivity, -1 for a resistance.

    Parameters
    ----------
    value : float
        X at ``reference_c``, in the property's unit.
    reference_c : float
        degC.
    ea_ev : float
        Activation energy of ln X (not of ln(X T)), eV, positive: conductivity rises, resistance
        falls with temperature.
    rises : bool
        Whether X is a conductivity.

    Examples
    --------
    >>> from metastudy import eis
    >>> law = eis.Arrhenius(1e-4, 25.0, 0.5)  # S/cm at 25 degC
    >>> float(law.at(25.0)), bool(law.at(60.0) > law.at(25.0))
    (0.0001, True)
    """

    value: float
    reference_c: float
    ea_ev: float
    rises: bool = True

    def __post_init__(self) -> None:
        _positive("value", self.value)
        if not (np.isfinite(self.ea_ev) and self.ea_ev >= 0):
            raise CellError(f"ea_ev = {self.ea_ev:g} is not an activation energy; give 0 or more")

    def at(self, temperature_c: float) -> float:
        """Value at a temperature in degC."""
        lever = 1 / _kelvin(self.reference_c) - 1 / _kelvin(temperature_c)
        sign = 1.0 if self.rises else -1.0
        return _moved(self.value, sign * self.ea_ev / BOLTZMANN_EV_PER_K * lever, temperature_c)


@dataclass(frozen=True)
class Vtf:
    """X(T) = X_ref exp(s B (1/(T_ref - T0) - 1/(T - T0))), B in eV over k (Vogel-Tammann-Fulcher).

    Parameters as in ``Arrhenius``; ``b_ev`` is k B in eV and ``t0_c`` the Vogel temperature in
    degC, below every temperature asked for. With T0 at absolute zero this is ``Arrhenius``.

    Examples
    --------
    >>> from metastudy import eis
    >>> vtf, line = eis.Vtf(1e-4, 25.0, 0.5, -273.15), eis.Arrhenius(1e-4, 25.0, 0.5)
    >>> round(float(vtf.at(60.0) / line.at(60.0)), 9)  # T0 at absolute zero
    1.0
    """

    value: float
    reference_c: float
    b_ev: float
    t0_c: float
    rises: bool = True

    def __post_init__(self) -> None:
        _positive("value", self.value)
        _positive("b_ev", self.b_ev)
        self._above(self.reference_c)

    def at(self, temperature_c: float) -> float:
        """Value at a temperature in degC.

        Raises
        ------
        CellError
            At or below the Vogel temperature.
        """
        lever = 1 / self._above(self.reference_c) - 1 / self._above(temperature_c)
        sign = 1.0 if self.rises else -1.0
        return _moved(self.value, sign * self.b_ev / BOLTZMANN_EV_PER_K * lever, temperature_c)

    def _above(self, temperature_c: float) -> float:
        if temperature_c <= self.t0_c:
            raise CellError(
                f"{temperature_c:g} degC is not above the Vogel temperature {self.t0_c:g} degC; "
                "a VTF law has no value there"
            )
        return temperature_c - self.t0_c


@dataclass(frozen=True)
class Points:
    """Values at temperatures (degC, rising), ln X linear in 1/T between them.

    Takes a conductivity with a kink, such as a polymer through its melting point. Not extended
    beyond its ends.

    Examples
    --------
    >>> from metastudy import eis
    >>> law = eis.Points((25.0, 60.0, 90.0), (1e-5, 3e-4, 1e-3))
    >>> round(float(law.at(60.0)), 9)
    0.0003
    """

    temperatures_c: tuple[float, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.temperatures_c) != len(self.values) or not self.values:
            raise CellError(
                f"{len(self.temperatures_c)} temperatures and {len(self.values)} values; give one "
                "value for each temperature"
            )
        if any(np.diff(self.temperatures_c) <= 0):
            raise CellError("temperatures of a table must rise from one to the next")
        for value in self.values:
            _positive("value", value)

    def at(self, temperature_c: float) -> float:
        """Value at a temperature in degC.

        Raises
        ------
        CellError
            Outside the table.
        """
        low, high = self.temperatures_c[0], self.temperatures_c[-1]
        if not low <= temperature_c <= high:
            raise CellError(
                f"{temperature_c:g} degC is outside the table from {low:g} to {high:g} degC; add a "
                "point, or give an Arrhenius or VTF law"
            )
        inverse = [-1 / _kelvin(t) for t in self.temperatures_c]
        logs = np.log(self.values)
        return float(np.exp(np.interp(-1 / _kelvin(temperature_c), inverse, logs)))


Law = Arrhenius | Vtf | Points


def slope_per_kelvin(law: Law, temperature_c: float) -> float:
    """Differentiate ln X by T, in 1/K: a difference over 0.1 K, one-sided at a table's end."""
    ends = [temperature_c - 0.05, temperature_c + 0.05]
    if isinstance(law, Points):
        if len(law.values) == 1:
            return 0.0
        ends = [float(t) for t in np.clip(ends, law.temperatures_c[0], law.temperatures_c[-1])]
    elif isinstance(law, Vtf):
        ends[0] = max(ends[0], (temperature_c + law.t0_c) / 2)
    return float(np.log(law.at(ends[1]) / law.at(ends[0])) / (ends[1] - ends[0]))


def _moved(value: float, log_factor: float, temperature_c: float) -> float:
    """Value times exp(log_factor), refused where it leaves every scale of matter."""
    if abs(log_factor) > _FARTHEST:
        raise CellError(
            f"the law moves {value:g} by a factor of 10^{log_factor / np.log(10):.0f} to "
            f"{temperature_c:g} degC; check its energy and temperatures"
        )
    return float(value * np.exp(log_factor))


def _kelvin(temperature_c: float) -> float:
    kelvin = temperature_c + ZERO_CELSIUS_K
    if not (np.isfinite(kelvin) and kelvin > 0):
        raise CellError(f"{temperature_c:g} degC is not a temperature above absolute zero")
    return kelvin


def _positive(name: str, value: float) -> None:
    if not (np.isfinite(value) and value > 0):
        raise CellError(f"{name} = {value:g} must be positive and finite")
