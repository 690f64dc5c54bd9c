"""Priors: what is known of a circuit's parameters before its spectrum is measured.

A positive parameter is known as ln x, normal about ln(value) with the relative standard deviation;
an exponent as itself, normal with the standard deviation. Beside weighted residuals of variance
s^2 the cost gains s^2 times the sum of ((x - centre)/sd)^2: minus twice the logarithm of
likelihood times prior, up to a factor (mixed estimation: Theil and Goldberger 1961, Int. Econ.
Rev. 2, 65).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np

from ..errors import FitError
from ..numerics.normal_matrix import pseudo_inverse
from ..spectrum import FloatArray
from .circuit import Circuit, check_limits


@dataclass(frozen=True)
class ParameterPrior:
    """One parameter's value, in its unit, and its standard deviation: relative, or of an exponent.

    ``position`` is its place among the circuit's parameters, ``centre`` ln(value) or the exponent.
    """

    name: str
    position: int
    value: float
    sd: float
    centre: float


class ParameterPriors:
    """The priors of a model; false if there are none."""

    def __init__(self, priors: tuple[ParameterPrior, ...] = ()) -> None:
        self._priors = priors
        self.names = frozenset(prior.name for prior in priors)
        self._positions = [prior.position for prior in priors]
        self._centre = np.array([prior.centre for prior in priors])
        self._sd = np.array([prior.sd for prior in priors])

    def __bool__(self) -> bool:
        return bool(self._priors)

    def __iter__(self) -> Iterator[ParameterPrior]:
        return iter(self._priors)

    def standardised(self, log_parameters: FloatArray) -> FloatArray:
        """Distance from each prior in its standard deviations, shape (K, m).

        Parameters
        ----------
        log_parameters : ndarray, shape (K, p)
            Logarithms of positive parameters and exponents as they are.
        """
        return np.asarray((log_parameters[:, self._positions] - self._centre) / self._sd)

    def slopes(self, free: Sequence[int]) -> FloatArray:
        """Differentiate ``standardised`` by the coordinates, (m, q): constant, as each is one.

        Parameters
        ----------
        free : sequence of int, length q
            Position of the parameter of each coordinate.
        """
        columns = [list(free).index(position) for position in self._positions]
        return np.asarray(np.eye(len(free))[columns] / self._sd[:, None])

    def effective_df(self, free: Sequence[int], normal: FloatArray, variance: float) -> float:
        """How many parameters the priors determine in place of the data: 0 up to their number.

        With the normal matrix N = J'WJ + s^2 P of data and priors it is the trace of N^-1 s^2 P;
        the trace of the hat matrix of the data is the rest of the parameters.
        """
        if not self or variance <= 0:
            return 0.0
        slopes = self.slopes(free)
        inverse = pseudo_inverse(normal, 1e-14)
        return float(variance * np.einsum("mi,ij,mj->", slopes, inverse, slopes))

    def at_prior(self, parameters: FloatArray) -> FloatArray:
        """Parameters (K, p) in their units with the known ones at the value of their prior."""
        out = np.array(parameters)
        out[:, self._positions] = [prior.value for prior in self._priors]
        return out


def read_priors(circuit: Circuit, prior: object, constrained: Collection[str]) -> ParameterPriors:
    """Read priors as they are written by hand, ``{"R1": (3000.0, 0.1)}``.

    Raises
    ------
    FitError, CircuitError
        If a name is no free parameter, or a value or deviation makes no sense.
    """
    if prior is None:
        return ParameterPriors()
    if not isinstance(prior, Mapping):
        raise FitError(f"prior is {prior!r}; {_FORM}")
    circuit.require(prior)
    return ParameterPriors(tuple(_read(circuit, *item, constrained) for item in prior.items()))


_FORM = "give values and relative standard deviations by name, as in {'R1': (3000.0, 0.1)}"


def _read(
    circuit: Circuit, name: str, pair: object, constrained: Collection[str]
) -> ParameterPrior:
    numbers = tuple(pair) if isinstance(pair, tuple | list) else ()
    if len(numbers) != 2 or not all(isinstance(number, Real) for number in numbers):
        raise FitError(f"prior of {name} is {pair!r}; {_FORM}")
    if name in constrained:
        raise FitError(f"{name} has a prior and is fixed or tied; choose one")
    value, sd = (float(number) for number in numbers)
    position = circuit.names.index(name)
    parameter = circuit.parameters[position]
    check_limits(parameter, value)
    scale = parameter.declared.is_scale
    if scale and value <= 0:
        raise FitError(f"prior of {name} has the value {value:g}; it is known as ln {name}, so > 0")
    if not (np.isfinite(sd) and sd > 0):
        raise FitError(
            f"prior of {name} has the standard deviation {sd:g}; it must be positive and finite "
            "(hold a known value with fix, leave an unknown one out)"
        )
    return ParameterPrior(name, position, value, sd, float(np.log(value)) if scale else value)
