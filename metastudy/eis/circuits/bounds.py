"""Bounds of a circuit's parameters as the user gives them, inside the limits of the elements."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from numbers import Real

import numpy as np

from ..errors import FitError
from .circuit import Circuit

# Name: lowest and highest value allowed, in the parameter's unit.
Bounds = Mapping[str, tuple[float, float]]

_FORM = "give a low and a high value by name, as in {'R1': (10.0, 200.0)}"


def read_bounds(circuit: Circuit, bounds: object, constrained: Collection[str]) -> Bounds:
    """Read bounds as they are written by hand; an infinite or missing side (None) is open.

    Parameters
    ----------
    constrained
        Names of fixed and tied parameters, which have no bounds of their own.

    Raises
    ------
    FitError, CircuitError
        If a name is no free parameter, or a range is none.
    """
    if bounds is None:
        return {}
    if not isinstance(bounds, Mapping):
        raise FitError(f"bounds is {bounds!r}; {_FORM}")
    circuit.require(bounds)
    return {name: _read(circuit, name, pair, constrained) for name, pair in bounds.items()}


def _read(
    circuit: Circuit, name: str, pair: object, constrained: Collection[str]
) -> tuple[float, float]:
    sides = tuple(pair) if isinstance(pair, tuple | list | np.ndarray) else ()
    if len(sides) != 2 or not all(side is None or isinstance(side, Real) for side in sides):
        raise FitError(f"bounds of {name} are {pair!r}; {_FORM}")
    if name in constrained:
        raise FitError(f"{name} has bounds and is fixed or tied; choose one")
    declared = circuit.parameters[circuit.names.index(name)].declared
    low, high = (
        float(open_side if side is None else side)
        for side, open_side in zip(sides, (-np.inf, np.inf), strict=True)
    )
    inside = declared.low <= max(low, declared.low) < min(high, declared.high) <= declared.high
    stated = [side for side in (low, high) if np.isfinite(side)]
    if not inside or any(not declared.low <= side <= declared.high for side in stated):
        unit = "" if declared.unit == "1" else f" {declared.unit}"
        raise FitError(
            f"bounds of {name} are {low:g} to {high:g}{unit}; they must rise and lie "
            f"inside its limits {declared.low:g} to {declared.high:g}"
        )
    return max(low, declared.low), min(high, declared.high)
