"""How each observation follows the reference temperature: segments, and one law on each.

Between a few temperatures (melting points, the reference temperature of its class, half way between
two measured temperatures) an observation is made from the same rows by the same energy. There its
value is a closed formula of the reference temperature T_ref (K):

    y = y_from + form log10(T_ref/T_from) + (Ea/(k ln 10)) (1/T_ref - 1/T_from)

``form`` is 0 for an energy of ln R, 1 for one of ln(R/T), 1/2 for the mean of both. A program that
holds the laws moves every value without the rows behind it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from metastudy.corpus.canonical import melting_point_c
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.normalise.adjustments import AT_REFERENCE_K, StateKey
from metastudy.normalise.budget import Term
from metastudy.normalise.filters import AreaResistance
from metastudy.normalise.observation import Observation
from metastudy.normalise.observations import Prepared, observe
from metastudy.normalise.series import SampleLine, fit_lines, own_variance, residual_sd
from metastudy.physics.arrhenius import arrhenius_shift
from metastudy.units import ZERO_CELSIUS_K

LOWEST_C, HIGHEST_C = -20.0, 120.0
FIXED, ENERGY, LINE, NONE = "fixed", "energy", "line", "none"
LINE_SOURCES = ("line", "two temperatures")
_MOVED_BY_ENERGY = frozenset({"ea", "ea_form", "ea_pool_mean", "ea_pool_between", "ea_pool_within"})


@dataclass(frozen=True)
class LineError:
    """The error of a line read at x = 1/T_ref - 1/T_from (1/K).

    Its variance (dex squared) is the larger of (1/points + x^2/spread) s^2, with s the residual
    standard deviation of all series, and ``known[0]`` + ``known[1]`` x + ``known[2]`` x^2. The
    chamber adds the loading Ea/(k T_ref^2 ln 10) times ``temperature_sd_k``, negative.
    """

    points: int
    spread: float
    known: tuple[float, float, float]
    temperature_sd_k: float
    temperature_scope: str


@dataclass(frozen=True)
class Law:
    """What an observation is at any reference temperature of one segment.

    Attributes
    ----------
    kind
        ``energy``: moved by one activation energy, and not at all within ``AT_REFERENCE_K`` of the
        measured temperature; ``line``: read off its own line; ``fixed``: of the other phase, it
        stays at its measured temperature; ``none``: no activation energy, no observation.
    observation
        The observation at one temperature of the segment; None where there is none.
    from_k
        T_from (K).
    lo, hi
        y_from of both ends (log10 of ohm cm2 of one contact); None where open.
    ea_ev, form
        Activation energy of the move and its form; 0 where nothing moves.
    terms
        Terms of the budget that do not depend on the reference temperature.
    errors
        Name, scope, key and standard deviation (eV) of each error of the energy; its loading is
        (1/T_ref - 1/T_from)/(k ln 10) times this.
    line
        The error of a line; None without one.
    """

    kind: str
    observation: Observation | None
    from_k: float = 0.0
    lo: float | None = None
    hi: float | None = None
    ea_ev: float = 0.0
    form: float = 0.0
    terms: tuple[Term, ...] = ()
    errors: tuple[tuple[str, str, str, float], ...] = ()
    line: LineError | None = None

    @property
    def moves(self) -> bool:
        """Whether an activation energy is known, so that the value follows the temperature."""
        return self.observation is not None and self.observation.ea is not None

    def same(self, other: Law) -> bool:
        """Say whether both are one law: of the same rows, moved by the same energy."""
        return self._source() == other._source()

    def _source(self) -> tuple[object, ...]:
        energy = self.observation.ea if self.observation is not None else None
        return (*self.rows(), None if energy is None else (energy.source, energy.record_id))

    def rows(self) -> tuple[object, ...]:
        """Return what says from which rows, and in which phase, the value is."""
        o = self.observation
        if o is None:
            return (self.kind,)
        return (self.kind, o.records, o.temperature_c, o.phase, o.reference_phase)


@dataclass(frozen=True)
class Segment:
    """Temperatures from ``start_c`` (degC, itself in it where ``included``) with one law."""

    start_c: float
    included: bool
    law: Law


def segments(prepared: Prepared, key: StateKey, vocabulary: Vocabulary) -> list[Segment]:
    """Return the segments of one sample and state from ``LOWEST_C`` to ``HIGHEST_C``.

    Each segment reaches to the start of the next.
    """
    edges = _edges(prepared.chosen[key], vocabulary)
    found: list[Segment] = []
    for start, end in zip(edges, [*edges[1:], None], strict=True):
        found.append(Segment(start, True, _law(prepared, key, start, vocabulary)))
        if end is not None:
            middle = (start + end) / 2.0
            found.append(Segment(start, False, _law(prepared, key, middle, vocabulary)))
    return _joined(found)


def residuals(prepared: Prepared, vocabulary: Vocabulary) -> list[tuple[float, bool, float]]:
    """Return the residual sd (dex) of all series, where all classes are read at one temperature.

    Each entry has the temperature (degC) from which it holds, whether it holds there, and the sd.
    """
    edges = sorted(
        {LOWEST_C, HIGHEST_C}
        | {
            edge
            for group in prepared.chosen.values()
            for edge in _phase_edges(group, vocabulary)
            if LOWEST_C < edge < HIGHEST_C
        }
    )
    found: list[tuple[float, bool, float]] = []
    for start, end in zip(edges, [*edges[1:], None], strict=True):
        points = [(start, True)] if end is None else [(start, True), ((start + end) / 2.0, False)]
        for at, included in points:
            sd = residual_sd(prepared.chosen, _everywhere(at, vocabulary), vocabulary)
            if not found or found[-1][2] != sd:
                found.append((start, included, sd))
    return found


def _everywhere(at_c: float, vocabulary: Vocabulary) -> dict[str, float]:
    return dict.fromkeys(vocabulary["interface_class"], at_c)


def _phase_edges(group: Sequence[AreaResistance], vocabulary: Vocabulary) -> Iterator[float]:
    """Yield the temperatures (degC) at which the phase of the reference state changes."""
    for contact in {id(r.contact): r.contact for r in group}.values():
        melting = melting_point_c(contact, vocabulary)
        if contact.interface_class == "PE/SE" and melting is not None:
            yield melting
            stated = vocabulary["interface_class"][contact.interface_class]
            yield float(stated["reference_temperature_c"])


def _edges(group: Sequence[AreaResistance], vocabulary: Vocabulary) -> list[float]:
    """Return every temperature (degC) at which other rows or another energy may be taken."""
    measured = sorted({r.temperature_c for r in group})
    edges = {(a + b) / 2.0 for a, b in combinations(measured, 2)}
    edges |= {t + side * AT_REFERENCE_K for t in measured for side in (-1.0, 1.0)}
    edges |= set(_phase_edges(group, vocabulary))
    return sorted({LOWEST_C, HIGHEST_C} | {e for e in edges if LOWEST_C < e < HIGHEST_C})


def _law(prepared: Prepared, key: StateKey, at_c: float, vocabulary: Vocabulary) -> Law:
    references: Mapping[str, float] = _everywhere(at_c, vocabulary)
    line = fit_lines({key: prepared.chosen[key]}, references, vocabulary).get(key)
    observation, _ = observe(prepared, key, line, references, vocabulary)
    if observation is None:
        return Law(NONE, None)
    read_off_line = observation.ea is not None and observation.ea.source in LINE_SOURCES
    if line is not None and read_off_line:
        return _line_law(observation, line)
    return _energy_law(observation)


def _line_law(o: Observation, line: SampleLine) -> Law:
    inverse = np.array([1.0 / (p.temperature_c + ZERO_CELSIUS_K) for p in line.points])
    values = np.array([_log10(p) for p in line.points])
    own = np.array([own_variance(p) for p in line.points])
    away = inverse - inverse.mean()
    n, spread = len(inverse), float(away @ away)
    known = (
        float(own.sum()) / n**2,
        2.0 * float(own @ away) / (n * spread),
        float(own @ away**2) / spread**2,
    )
    assert o.ea is not None
    assert o.y is not None
    share = o.y - line.log10_at_reference
    middle = float(values.mean()) + share
    return Law(
        LINE,
        o,
        from_k=1.0 / float(inverse.mean()),
        lo=middle,
        hi=middle,
        ea_ev=o.ea.ea_ev,
        terms=tuple(t for t in o.terms if t.name not in ("arrhenius_line", "temperature")),
        line=LineError(n, spread, known, *_chamber(o, line)),
    )


def _chamber(o: Observation, line: SampleLine) -> tuple[float, str]:
    """Return the uncertainty (K) of the temperature of the line's nearest row, and its scope."""
    taken = next(p for p in line.points if _nearest(p, o))
    scope = next(t.scope for t in o.terms if t.name == "temperature")
    return taken.row.temperature_sd_k or 0.0, scope


def _nearest(point: AreaResistance, o: Observation) -> bool:
    return point.temperature_c == o.temperature_c and _log10(point) == o.measured_log10


def _log10(point: AreaResistance) -> float:
    return math.log10(point.lo or math.nan)


def _energy_law(o: Observation) -> Law:
    from_k = o.temperature_c + ZERO_CELSIUS_K
    if o.phase != o.reference_phase:
        return Law(FIXED, o, from_k, o.lo, o.hi, terms=o.terms)
    if o.ea is None:
        return Law(ENERGY, o, from_k, o.lo, o.hi, terms=o.terms)
    form = 0.5 if o.ea.form is None else float(o.ea.form)
    reference_k = o.reference_c + ZERO_CELSIUS_K
    plain, over_t = (arrhenius_shift(o.ea.ea_ev, from_k, reference_k, m) for m in (0, 1))
    move = (1.0 - form) * plain + form * over_t
    return Law(
        ENERGY,
        o,
        from_k,
        None if o.lo is None else o.lo - move,
        None if o.hi is None else o.hi - move,
        o.ea.ea_ev,
        form,
        tuple(t for t in o.terms if t.name not in _MOVED_BY_ENERGY),
        o.ea.errors,
    )


def _joined(found: Sequence[Segment]) -> list[Segment]:
    """Join neighbours with one law; a law of energy holds at its measured temperature too."""
    joined: list[Segment] = []
    for segment in found:
        if joined and joined[-1].law.same(segment.law):
            continue
        if joined and _of_one_row(joined[-1].law, segment.law):
            if segment.law.moves:
                joined[-1] = replace(joined[-1], law=segment.law)
            continue
        joined.append(segment)
    return joined


def _of_one_row(a: Law, b: Law) -> bool:
    """Say whether one law is the other where it is not moved."""
    if a.kind != ENERGY or b.kind != ENERGY or a.moves == b.moves:
        return False
    return a.rows() == b.rows()
