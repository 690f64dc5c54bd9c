"""A circuit: its tree, the names, units and limits of its parameters, its impedance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import CircuitError
from .elements import Array, Element, Parameter
from .notation import Leaf, Node, Series, boukamp, dashed, leaves, parse


@dataclass(frozen=True)
class CircuitParameter:
    """A parameter of a circuit by its full name, such as ``R1`` or ``CPE1_n``."""

    name: str
    label: str
    declared: Parameter


class Circuit:
    """An equivalent circuit.

    Parameters
    ----------
    text : str
        ``R0-p(R1,CPE1)`` or Boukamp's ``R(RQ)``; see ``metastudy.eis.circuits.notation``.
    elements : sequence of Element, optional
        Elements of your own, beside the built-in ones.

    Attributes
    ----------
    parameters : tuple of CircuitParameter
        In the order of the text. An element with one parameter gives it its label (``R1``),
        others add the symbol (``CPE1_Q`` in S s^n, ``CPE1_n``).

    Raises
    ------
    CircuitError
        If the text is no circuit; the message marks the place.

    Examples
    --------
    >>> from metastudy import eis
    >>> circuit = eis.Circuit("R0-p(R1,CPE1)")
    >>> circuit.names
    ('R0', 'R1', 'CPE1_Q', 'CPE1_n')
    >>> values = {"R0": 10.0, "R1": 100.0, "CPE1_Q": 1e-6, "CPE1_n": 1.0}
    >>> z = circuit.impedance([1e-6], values)  # far below the arc
    >>> round(float(z[0].real), 3)
    110.0
    """

    def __init__(self, text: str, elements: Sequence[Element] = ()) -> None:
        if not isinstance(text, str):
            raise CircuitError(f"the circuit is {text!r}; write it as text, as 'R0-p(R1,CPE1)'")
        self.elements = tuple(elements)
        strange = [element for element in self.elements if not isinstance(element, Element)]
        if strange:
            raise CircuitError(f"elements holds {strange[0]!r}, which is no eis.Element")
        self.root: Node = parse(text, self.elements)
        self.parameters: tuple[CircuitParameter, ...] = tuple(
            CircuitParameter(_name(leaf, declared), leaf.label, declared)
            for leaf in leaves(self.root)
            for declared in leaf.element.parameters
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Full names of the parameters."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def units(self) -> tuple[str, ...]:
        """Units of the parameters."""
        return tuple(parameter.declared.unit for parameter in self.parameters)

    @property
    def text(self) -> str:
        """The circuit as ``R0-p(R1,CPE1)``."""
        return dashed(self.root)

    @property
    def boukamp(self) -> str:
        """The circuit in Boukamp's spelling."""
        return boukamp(self.root)

    @property
    def terms(self) -> tuple[Node, ...]:
        """The parts in series with each other."""
        return self.root.children if isinstance(self.root, Series) else (self.root,)

    def positions(self, leaf: Leaf) -> list[int]:
        """Positions of an element's parameters among the circuit's."""
        return [i for i, p in enumerate(self.parameters) if p.label == leaf.label]

    def impedance(
        self, frequency_hz: npt.ArrayLike, parameters: Mapping[str, float] | Sequence[float]
    ) -> npt.NDArray[np.complex128]:
        """Impedance in ohm, shape (n,), at ``frequency_hz`` (Hz, shape (n,)).

        Raises
        ------
        CircuitError
            If a parameter is missing, unknown or outside its limits.
        """
        values = self.values(parameters)
        omega = 2 * np.pi * np.asarray(frequency_hz, dtype=float)
        given = dict(zip(self.names, values.tolist(), strict=True))
        return np.asarray(node_impedance(self.root, omega, given), dtype=np.complex128)

    def values(self, parameters: Mapping[str, float] | Sequence[float]) -> npt.NDArray[np.float64]:
        """Parameters in the circuit's order, from a mapping or a sequence, checked.

        Raises
        ------
        CircuitError
            If a parameter is missing, unknown or outside its limits.
        """
        if isinstance(parameters, Mapping):
            self.require(parameters)
            missing = [name for name in self.names if name not in parameters]
            if missing:
                raise CircuitError(f"circuit {self.text} needs a value for {', '.join(missing)}")
            parameters = [parameters[name] for name in self.names]
        values = np.asarray(parameters, dtype=float)
        if values.shape != (len(self.names),):
            raise CircuitError(
                f"circuit {self.text} has {len(self.names)} parameters ({', '.join(self.names)}); "
                f"{values.size} were given"
            )
        for parameter, value in zip(self.parameters, values, strict=True):
            check_limits(parameter, float(value))
        return values

    def require(self, names: Mapping[str, object] | Sequence[str]) -> None:
        """Refuse names that are not parameters of this circuit.

        Raises
        ------
        CircuitError
            Naming the unknown one and those there are.
        """
        known = frozenset(self.names)
        for name in names:
            if name not in known:
                raise CircuitError(
                    f"circuit {self.text} has no parameter {name!r}; it has {', '.join(self.names)}"
                )

    def __repr__(self) -> str:
        return f"Circuit({self.text!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Circuit):
            return NotImplemented
        return self.root == other.root

    def __hash__(self) -> int:
        return hash(self.text)


def check_limits(parameter: CircuitParameter, value: float) -> None:
    """Refuse a value outside the limits that its element declares.

    Raises
    ------
    CircuitError
        With the name, the value and the limits.
    """
    low, high = parameter.declared.low, parameter.declared.high
    if not (np.isfinite(value) and low <= value <= high):
        raise CircuitError(
            f"{parameter.name} = {value:g} {parameter.declared.unit} is outside its limits "
            f"{low:g} to {high:g}"
        )


def _name(leaf: Leaf, declared: Parameter) -> str:
    return leaf.label if len(leaf.element.parameters) == 1 else f"{leaf.label}_{declared.symbol}"


def node_impedance(node: Node, omega: Array, given: Mapping[str, float]) -> Array:
    """Impedance (ohm, shape (n,)) of a part of a circuit at ``omega`` (rad/s, shape (n,))."""
    if isinstance(node, Leaf):
        values = [given[_name(node, declared)] for declared in node.element.parameters]
        return node.element.impedance(omega, *values)
    parts = [node_impedance(child, omega, given) for child in node.children]
    if isinstance(node, Series):
        return sum(parts[1:], parts[0])
    # A branch of zero impedance shorts the others.
    with np.errstate(divide="ignore", invalid="ignore"):
        total = 1 / sum((1 / part for part in parts[1:]), 1 / parts[0])
    return np.where(np.any([part == 0 for part in parts], axis=0), 0, total)
