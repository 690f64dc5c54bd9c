"""Parts of a circuit compiled: Z and its derivatives at many rows of coordinates at once.

Coordinates are logarithms of positive parameters and exponents as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from ..spectrum import ComplexArray, FloatArray
from .elements import CPE, ZARC, Array, Element, R

# (omega, coordinates (p, K, 1), Jacobian to fill (K, p, n) or None) -> Z (K, n), or (K, 1) where
# frequency makes no difference
Evaluate = Callable[[FloatArray, FloatArray, ComplexArray | None], ComplexArray]

DEBYE = Element(
    "Debye",
    "R parallel to C with its time constant",
    "R/(1 + 1j*w*tau)",
    ZARC.parameters[:2],
    lambda omega, r, tau: r / (1 + 1j * omega * tau),
    lambda omega, z, r, tau: (z / r, -z * (1 - z / r) / tau),
    "Debye 1929, Polar Molecules",
)


def leaf(element: Element, where: Sequence[int], logs: Sequence[bool]) -> Evaluate:
    """Evaluate an element whose parameters are at ``where``, as logarithms where ``logs``."""
    if element in _BY_LOGS:
        return partial(_BY_LOGS[element], tuple(where))

    def evaluate(omega: FloatArray, u: FloatArray, jacobian: ComplexArray | None) -> ComplexArray:
        values: list[Array] = [
            np.exp(u[i]) if log else u[i] for i, log in zip(where, logs, strict=False)
        ]
        z: ComplexArray = element.impedance(omega, *values)
        if jacobian is not None:
            slopes = element.derivatives(omega, z, *values)
            for i, log, value, slope in zip(where, logs, values, slopes, strict=False):
                jacobian[:, i] = slope * value if log else slope
        return z

    return evaluate


def _zarc(
    where: Sequence[int], omega: FloatArray, u: FloatArray, jacobian: ComplexArray | None
) -> ComplexArray:
    """ZARC by ln R, ln tau and n."""
    return zarc_sum([where])(omega, u, jacobian)


def zarc_sum(rows: Sequence[Sequence[int]]) -> Evaluate:
    """Sum of ZARC whose ln R, ln tau and n are at ``rows``, evaluated together.

    Rows must be equally far from one another.
    """
    r, tau, n = (_every([row[k] for row in rows]) for k in range(3))

    def evaluate(omega: FloatArray, u: FloatArray, jacobian: ComplexArray | None) -> ComplexArray:
        # The power of j is a factor of the row, so exp is real.
        log_x, power = np.log(omega) + u[tau], u[n]
        unit = np.exp(power * log_x) * np.exp(_QUARTER * power)
        unit += 1
        np.reciprocal(unit, out=unit)
        z = np.exp(u[r]) * unit
        if jacobian is not None:
            slopes = jacobian.transpose(1, 0, 2)
            slopes[r] = z
            unit -= 1
            unit *= z
            np.multiply(unit, power, out=slopes[tau])
            np.multiply(unit, log_x + _QUARTER, out=slopes[n])
        total = z[0]
        for one in z[1:]:
            total += one
        return np.asarray(total)

    return evaluate


def evenly_spaced(rows: Sequence[Sequence[int]]) -> bool:
    """Whether rows of positions are equally far from one another, as ``zarc_sum`` needs them."""
    steps = np.diff(np.array(rows), axis=0)
    return bool((steps == steps[:1, :1]).all() and (steps > 0).all())


def _every(positions: Sequence[int]) -> slice:
    """Slice of evenly spaced positions."""
    step = positions[1] - positions[0] if len(positions) > 1 else 1
    return slice(positions[0], positions[-1] + 1, step)


def _cpe(
    where: Sequence[int], omega: FloatArray, u: FloatArray, jacobian: ComplexArray | None
) -> ComplexArray:
    """CPE by ln Q and n."""
    q, n = where
    log_omega = np.log(omega)
    z = np.exp(-u[q] - u[n] * log_omega) * np.exp(-_QUARTER * u[n])
    if jacobian is not None:
        np.multiply(z, -1, out=jacobian[:, q])
        np.multiply(z, -(log_omega + _QUARTER), out=jacobian[:, n])
    return np.asarray(z)


def _resistor(
    where: Sequence[int], omega: FloatArray, u: FloatArray, jacobian: ComplexArray | None
) -> ComplexArray:
    """R by ln R."""
    r = np.exp(u[where[0]])
    if jacobian is not None:
        jacobian[:, where[0]] = r
    return np.asarray(r, dtype=np.complex128)


# ln j, and the elements of almost every circuit in the coordinates of the fit.
_QUARTER = 0.5j * np.pi
_BY_LOGS = {R: _resistor, CPE: _cpe, ZARC: _zarc}


def series(parts: Sequence[Evaluate]) -> Evaluate:
    """Add impedances."""

    def evaluate(omega: FloatArray, u: FloatArray, jacobian: ComplexArray | None) -> ComplexArray:
        z = parts[0](omega, u, jacobian)
        for part in parts[1:]:
            z = z + part(omega, u, jacobian)
        return z

    return evaluate


def parallel(parts: Sequence[Evaluate], rows: Sequence[Sequence[int]]) -> Evaluate:
    """Add admittances; ``rows`` are the parameters of each branch."""

    def evaluate(omega: FloatArray, u: FloatArray, jacobian: ComplexArray | None) -> ComplexArray:
        branches = [part(omega, u, jacobian) for part in parts]
        z = 1 / sum((1 / branch for branch in branches[1:]), 1 / branches[0])
        if jacobian is not None:
            for branch, where in zip(branches, rows, strict=True):
                ratio = (z / branch) ** 2
                for i in where:
                    jacobian[:, i] *= ratio
        return z

    return evaluate
