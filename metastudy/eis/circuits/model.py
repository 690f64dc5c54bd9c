"""A circuit in the coordinates in which it is fitted: Z and dZ/dv for many rows at once.

Coordinates are logarithms of positive parameters and the exponents themselves. An arc R || CPE
is written with ln tau, tau = (R Q)^(1/n), in place of ln Q: ln Q and n are almost one direction
(Q carries the unit S s^n), ln tau and n are nearly orthogonal. With ``arcs=False`` every
coordinate belongs to one named parameter, which is what a profile holds fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..errors import FitError
from ..spectrum import ComplexArray, FloatArray
from .arcs import Arc, as_arc, find_arcs, interchangeable_arcs
from .bounds import Bounds
from .circuit import Circuit, CircuitParameter, check_limits
from .derivatives import DEBYE, Evaluate, evenly_spaced, leaf, parallel, series, zarc_sum
from .elements import ZARC
from .notation import Leaf, Node, Series, leaves
from .priors import ParameterPriors

# In arc coordinates n -> 0 sends tau to infinity; no exponent of an arc is that small.
LOWEST_ARC_EXPONENT = 0.1


@dataclass(frozen=True)
class Tie:
    """``parameter = factor * other``."""

    other: str
    factor: float = 1.0


class Model:
    """A circuit with what is fixed and tied, compiled for many rows of coordinates at once.

    Parameters
    ----------
    circuit : Circuit
    fixed : mapping of str to float, optional
        Parameters held at a value.
    tied : mapping of str to Tie, optional
        Parameters that follow another one.
    priors : ParameterPriors, optional
        Of free parameters.
    bounds : mapping of str to (float, float), optional
        Lowest and highest value of free parameters, as ``read_bounds`` gives them.
    arcs : bool
        Whether R || CPE is written with its time constant.

    Attributes
    ----------
    free : tuple of int
        Positions, in the circuit's parameters, that have a coordinate of their own.
    constrained : frozenset of str
        Parameters that are fixed, tied, or followed by a tied one.
    low, high : ndarray, shape (q,)
        Limits of the coordinates.
    directions : ndarray, shape (t, q)
        One row for each series term whose impedance can be scaled freely: how its coordinates
        move with the logarithm of the scale.
    members : ndarray of bool, shape (t, q)
        The coordinates that belong to that term.

    Raises
    ------
    FitError, CircuitError
        If a constraint names no parameter, contradicts another or breaks a limit.
    """

    def __init__(
        self,
        circuit: Circuit,
        fixed: Mapping[str, float] | None = None,
        tied: Mapping[str, Tie] | None = None,
        *,
        priors: ParameterPriors | None = None,
        bounds: Bounds | None = None,
        arcs: bool = True,
    ) -> None:
        self.circuit = circuit
        self.fixed = dict(fixed or {})
        self.tied = dict(tied or {})
        self.priors = priors or ParameterPriors()
        self.bounds = dict(bounds or {})
        self.constrained = frozenset(
            {*self.fixed, *self.tied, *(tie.other for tie in self.tied.values())}
        )
        self._check_constraints()
        self.parameters = circuit.parameters
        names = circuit.names
        self._position = {name: i for i, name in enumerate(names)}
        self.is_log = np.array([p.declared.is_scale for p in self.parameters])
        self.free = tuple(
            i for i, name in enumerate(names) if name not in self.fixed and name not in self.tied
        )
        # A constrained Q has no tau of its own, so such an arc keeps ln Q; with a prior on it too,
        # so that all priors are straight lines in the coordinates.
        self.arcs = (
            tuple(arc for arc in find_arcs(circuit) if self._may_use_tau(arc)) if arcs else ()
        )
        self.evaluate_terms = [self._compile(term) for term in circuit.terms]
        self._sum = self._compile_sum()
        self.low, self.high = self._limits()
        self.owners = self._owners()
        self._plain = len(self.free) == len(names)
        self.directions, self.members = self._scale_directions()

    def __repr__(self) -> str:
        return f"Model({self.circuit.text!r})"

    @cached_property
    def interchangeable(self) -> tuple[tuple[Arc, ...], ...]:
        """Groups of arcs whose order has no meaning."""
        held = self.constrained | self.priors.names | self.bounds.keys()
        return interchangeable_arcs(self.circuit, self.arcs, held)

    @property
    def restricted(self) -> bool:
        """Whether anything is asked of a parameter beyond the limits of its element."""
        return bool(self.constrained or self.priors or self.bounds)

    @cached_property
    def follow_scales(self) -> FloatArray:
        """``directions`` and ``members`` side by side, shape (t, 2q)."""
        return np.concatenate([self.directions, self.members], axis=1)

    @cached_property
    def by_scales(self) -> FloatArray:
        """What turns J'WJ with J'Wr as last column into slopes and curvatures by the scales.

        Shape (q (q + 1), t + t^2), for the matrix as one row.
        """
        beside = np.pad(self.directions, ((0, 0), (0, 1)))
        residual = np.eye(beside.shape[1])[-1:]
        slopes, curvatures = np.kron(self.directions, residual), np.kron(self.directions, beside)
        return np.ascontiguousarray(np.concatenate([slopes, curvatures]).T)

    def plain(self) -> Model:
        """Return the same model with a coordinate for every named parameter."""
        return Model(
            self.circuit,
            self.fixed,
            self.tied,
            priors=self.priors,
            bounds=self.bounds,
            arcs=False,
        )

    # -- coordinates ---------------------------------------------------------------------

    def full(self, v: FloatArray) -> FloatArray:
        """Coordinates of all parameters, shape (..., p), from those that are free (..., q)."""
        if self._plain:
            return v
        u = np.empty((*v.shape[:-1], len(self.parameters)))
        u[..., list(self.free)] = v
        for name, value in self.fixed.items():
            i = self._position[name]
            with np.errstate(divide="ignore"):
                u[..., i] = np.log(value) if self.is_log[i] else value
        for name, tie in self.tied.items():
            i, j = self._position[name], self._position[tie.other]
            u[..., i] = u[..., j] + np.log(tie.factor) if self.is_log[i] else u[..., j] * tie.factor
        return u

    def natural(self, v: FloatArray) -> FloatArray:
        """Parameters in their units, shape (..., p), from coordinates (..., q)."""
        x = self.log_parameters(v)
        natural = np.where(self.is_log, np.exp(np.where(self.is_log, x, 0.0)), x)
        for name, value in self.fixed.items():
            natural[..., self._position[name]] = value
        for name, (low, high) in self.bounds.items():
            i = self._position[name]
            # The exponential of a logarithm may be off by its last digit.
            with np.errstate(divide="ignore"):
                ends = np.log([low, high]) if self.is_log[i] else (low, high)
            natural[..., i] = np.where(x[..., i] <= ends[0], low, natural[..., i])
            natural[..., i] = np.where(x[..., i] >= ends[1], high, natural[..., i])
        return natural

    def log_parameters(self, v: FloatArray) -> FloatArray:
        """Logarithms of positive parameters and exponents as they are, shape (..., p)."""
        x = np.array(self.full(v))
        for arc in self.arcs:
            n = 1.0 if arc.n is None else x[..., arc.n]
            x[..., arc.q] = n * x[..., arc.q] - x[..., arc.r]
        return x

    def coordinates(self, parameters: FloatArray) -> FloatArray:
        """Coordinates (..., q) of parameters (..., p) in their units."""
        with np.errstate(divide="ignore"):
            x = np.where(self.is_log, np.log(np.where(self.is_log, parameters, 1.0)), parameters)
        return self.from_logs(x)

    def from_logs(self, x: FloatArray) -> FloatArray:
        """Coordinates (..., q) of what ``log_parameters`` gives, shape (..., p)."""
        u = np.array(x)
        for arc in self.arcs:
            n = 1.0 if arc.n is None else np.maximum(u[..., arc.n], LOWEST_ARC_EXPONENT)
            u[..., arc.q] = (u[..., arc.q] + u[..., arc.r]) / n
        return u[..., list(self.free)]

    def log_parameter_jacobian(self, v: FloatArray) -> FloatArray:
        """Differentiate ``log_parameters`` by the free coordinates at ``v`` (q,): shape (p, q)."""
        p = len(self.parameters)
        u = self.full(v)
        by_full = np.eye(p)
        for arc in self.arcs:
            row = np.zeros(p)
            row[arc.r] = -1.0
            row[arc.q] = 1.0 if arc.n is None else u[arc.n]
            if arc.n is not None:
                row[arc.n] = u[arc.q]
            by_full[arc.q] = row
        selection = np.zeros((p, len(self.free)))
        for i, (owner, factor) in enumerate(self.owners):
            if owner >= 0:
                selection[i, owner] = factor
        return by_full @ selection

    # -- impedance -----------------------------------------------------------------------

    def impedance(self, omega: FloatArray, v: FloatArray) -> ComplexArray:
        """Z in ohm, shape (K, n), at rows of coordinates (K, q)."""
        # A wild trial step may overflow; its cost is then not finite and the step is refused.
        with np.errstate(all="ignore"):
            z = self._sum(omega, self._columns(v), None)
        return z if z.shape[-1] == omega.size else np.repeat(z, omega.size, axis=1)

    def evaluate(self, omega: FloatArray, v: FloatArray) -> tuple[ComplexArray, ComplexArray]:
        """Z (K, n) in ohm and dZ/dv (K, q, n) at rows of coordinates (K, q)."""
        with np.errstate(all="ignore"):
            rows = self.slopes_and_residual(omega, v, 0.0)
        return rows[:, -1], rows[:, :-1]

    def slopes_and_residual(
        self, omega: FloatArray, v: FloatArray, measured: ComplexArray | float
    ) -> ComplexArray:
        """dZ/dv, and Z less what was measured (n,) or (K, n), as last of the rows (K, q + 1, n).

        A wild step may overflow: warnings of numpy are left to the caller.
        """
        p = len(self.parameters)
        rows = np.empty((v.shape[0], p + 1, omega.size), dtype=np.complex128)
        np.subtract(self._sum(omega, self._columns(v), rows), measured, out=rows[:, -1])
        if self._plain:
            return rows
        free = rows[:, [*self.free, p]]
        for name in self.tied:
            owner, factor = self.owners[self._position[name]]
            if owner >= 0:
                free[:, owner] += factor * rows[:, self._position[name]]
        return free

    def terms(self, omega: FloatArray, v: FloatArray) -> list[ComplexArray]:
        """Impedance of each part in series, each (K, n), in the order of the circuit."""
        u = self._columns(v)
        with np.errstate(all="ignore"):
            return [
                np.broadcast_to(term(omega, u, None), (v.shape[0], omega.size))
                for term in self.evaluate_terms
            ]

    def _columns(self, v: FloatArray) -> FloatArray:
        """Coordinates of all parameters (p, K, 1), as the compiled parts take them."""
        return self.full(v).T[:, :, None]

    # -- compiling -----------------------------------------------------------------------

    def _compile(self, node: Node) -> Evaluate:
        if isinstance(node, Leaf):
            where = self.circuit.positions(node)
            return leaf(node.element, where, self.is_log[where].tolist())
        arc = as_arc(node, self.circuit.positions)
        if arc is not None and arc in self.arcs:
            where = [arc.r, arc.q] if arc.n is None else [arc.r, arc.q, arc.n]
            return leaf(ZARC if arc.n is not None else DEBYE, where, [True, True, False])
        parts = [self._compile(child) for child in node.children]
        rows = [
            [i for one in leaves(child) for i in self.circuit.positions(one)]
            for child in node.children
        ]
        return series(parts) if isinstance(node, Series) else parallel(parts, rows)

    def _compile_sum(self) -> Evaluate:
        """Evaluate the series; arcs of one kind together, since calls cost more than numbers."""
        rows = {}
        for k, term in enumerate(self.circuit.terms):
            arc = as_arc(term, self.circuit.positions)
            if arc is not None and arc in self.arcs and arc.n is not None:
                rows[k] = [arc.r, arc.q, arc.n]
        together = list(rows.values())
        if len(together) < 2 or not evenly_spaced(together):
            return series(self.evaluate_terms)
        others = [one for k, one in enumerate(self.evaluate_terms) if k not in rows]
        return series([*others, zarc_sum(together)])

    def _may_use_tau(self, arc: Arc) -> bool:
        names = self.circuit.names
        zero = self.fixed.get(names[arc.r]) == 0.0
        largest_n = 1.0
        if arc.n is not None:
            bounded_n = self.bounds.get(names[arc.n], (0.0, 1.0))[1]
            largest_n = self.fixed.get(names[arc.n], bounded_n)
        free = names[arc.q] not in self.constrained | self.priors.names | self.bounds.keys()
        return free and not zero and largest_n >= LOWEST_ARC_EXPONENT

    def _limits(self) -> tuple[FloatArray, FloatArray]:
        low = np.array(
            [-np.inf if p.declared.is_scale else p.declared.low for p in self.parameters]
        )
        high = np.array([p.declared.high for p in self.parameters])
        for arc in self.arcs:
            if arc.n is not None:
                low[arc.n] = LOWEST_ARC_EXPONENT
        for name, sides in self.bounds.items():
            i = self._position[name]
            with np.errstate(divide="ignore"):
                ends = np.log(sides) if self.is_log[i] else sides
            low[i], high[i] = max(low[i], ends[0]), ends[1]
        free = list(self.free)
        return low[free], high[free]

    def _owners(self) -> list[tuple[int, float]]:
        """For each parameter the free coordinate it follows (or -1) and the slope."""
        column = {i: k for k, i in enumerate(self.free)}
        owners: list[tuple[int, float]] = []
        for i, name in enumerate(self.circuit.names):
            if name in self.tied:
                tie = self.tied[name]
                slope = 1.0 if self.is_log[i] else tie.factor
                owners.append((column.get(self._position[tie.other], -1), slope))
            else:
                owners.append((column.get(i, -1), 1.0))
        return owners

    def _scale_directions(self) -> tuple[FloatArray, FloatArray]:
        """Directions (t, q) that scale a term, and which coordinates (t, q) take part: 1 or 0."""
        in_arc = {arc.q for arc in self.arcs}
        # The scale of a bounded term is not solved: it could leave the bounds.
        constrained = self.constrained | self.bounds.keys()
        directions, members = [], []
        for term in self.circuit.terms:
            where = [i for leaf in leaves(term) for i in self.circuit.positions(leaf)]
            power = [0 if i in in_arc else self.parameters[i].declared.scaling for i in where]
            names = [self.circuit.names[i] for i, s in zip(where, power, strict=True) if s]
            if not names or constrained.intersection(names):
                continue
            direction = np.zeros(len(self.free))
            member = np.zeros(len(self.free))
            for i, s in zip(where, power, strict=True):
                if self.owners[i][0] >= 0 and self.circuit.names[i] not in self.tied:
                    direction[self.owners[i][0]] = s
                    member[self.owners[i][0]] = self.circuit.names[i] not in constrained
            # A coordinate shared with another term would be scaled twice.
            if all(self.circuit.names[i] not in constrained for i in where):
                directions.append(direction)
                members.append(member)
        q = len(self.free)
        return np.array(directions).reshape(-1, q), np.array(members).reshape(-1, q)

    def _check_constraints(self) -> None:
        parameters = {p.name: p for p in self.circuit.parameters}
        self.circuit.require(self.fixed)
        self.circuit.require(self.tied)
        self.circuit.require([tie.other for tie in self.tied.values()])
        for name, value in self.fixed.items():
            check_limits(parameters[name], float(value))
        for name, tie in self.tied.items():
            _check_tie(parameters[name], parameters[tie.other], tie, self)
        if len(self.fixed) + len(self.tied) >= len(parameters):
            raise FitError(
                f"every parameter of {self.circuit.text} is fixed or tied; leave one free"
            )


def _check_tie(one: CircuitParameter, other: CircuitParameter, tie: Tie, model: Model) -> None:
    if one.name in model.fixed:
        raise FitError(f"{one.name} is both fixed and tied to {tie.other}; choose one")
    if tie.other in model.tied:
        raise FitError(
            f"{one.name} is tied to {tie.other}, which is tied to {model.tied[tie.other].other}; "
            "tie both to the same free parameter"
        )
    if one.declared.unit != other.declared.unit:
        raise FitError(
            f"{one.name} ({one.declared.unit}) cannot follow {tie.other} ({other.declared.unit}); "
            "tied parameters need the same unit"
        )
    if not (np.isfinite(tie.factor) and tie.factor > 0):
        raise FitError(f"{one.name} = {tie.factor} x {tie.other}; the factor must be positive")
    if not one.declared.is_scale and tie.factor != 1.0:
        raise FitError(f"{one.name} is an exponent and can only be equal to {tie.other}")
