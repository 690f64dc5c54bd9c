"""Temperature series: one Arrhenius line per sample and state, read at the reference temperature.

Points on the reference side of the melting point are fitted. The line's variance at the reference
is h s^2: h its leverage there, s the residual standard deviation pooled over all series, because
three points hardly determine their own s and two do not at all. Where the points have errors of
their own, of a reading or a refit, the line is never known better than they allow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from metastudy.corpus.vocabulary import Vocabulary
from metastudy.normalise.filters import AreaResistance
from metastudy.normalise.systems import phase_at, reference_phase
from metastudy.physics.arrhenius import LN10
from metastudy.units import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K

# From here on a line comes before a printed energy of the sample; two temperatures come after it.
POINTS_OF_A_LINE = 3
# Smallest residual sd (dex) while the series together leave fewer degrees of freedom than FEW.
RESIDUAL_WHERE_FEW_DEX = 0.02
FEW = 5


@dataclass(frozen=True)
class SampleLine:
    """The Arrhenius line of ln R of one sample in one state.

    Attributes
    ----------
    log10_at_reference, sd_dex
        log10 R of the circuit (ohm cm2) at the reference temperature, and its standard deviation.
    ea_ev
        The slope as an activation energy.
    points
        The resistances that it was fitted to.
    """

    log10_at_reference: float
    sd_dex: float
    ea_ev: float
    points: tuple[AreaResistance, ...]

    @property
    def records(self) -> tuple[str, ...]:
        """Ids of the rows behind it."""
        return tuple(record for point in self.points for record in point.records)

    @property
    def temperatures(self) -> int:
        """How many temperatures it was fitted to, two or more."""
        return len({point.temperature_c for point in self.points})


@dataclass(frozen=True)
class _Fit:
    value: float
    leverage: float
    slope: float
    squares: float
    freedom: int
    points: tuple[AreaResistance, ...]
    known: float


def fit_lines(
    chosen: Mapping[tuple[str, str, str], Sequence[AreaResistance]],
    references: Mapping[str, float],
    vocabulary: Vocabulary,
) -> dict[tuple[str, str, str], SampleLine]:
    """Fit the line of every sample and state that has points at two temperatures or more."""
    fits = _fits(chosen, references, vocabulary)
    residual = _residual(fits)
    return {
        key: SampleLine(
            fit.value,
            math.sqrt(max(fit.leverage * residual**2, fit.known)),
            fit.slope * BOLTZMANN_EV_PER_K * LN10,
            fit.points,
        )
        for key, fit in fits.items()
    }


def residual_sd(
    chosen: Mapping[tuple[str, str, str], Sequence[AreaResistance]],
    references: Mapping[str, float],
    vocabulary: Vocabulary,
) -> float:
    """Return the residual standard deviation (dex) pooled over the lines of all series."""
    return _residual(_fits(chosen, references, vocabulary))


def _fits(
    chosen: Mapping[tuple[str, str, str], Sequence[AreaResistance]],
    references: Mapping[str, float],
    vocabulary: Vocabulary,
) -> dict[tuple[str, str, str], _Fit]:
    fits = {}
    for key, resistances in chosen.items():
        reference = references[resistances[0].contact.interface_class]
        points = _points(resistances, reference, vocabulary)
        if len({r.temperature_c for r in points}) > 1:
            fits[key] = _fit(points, reference)
    return fits


def _residual(fits: Mapping[tuple[str, str, str], _Fit]) -> float:
    squares = sum(fit.squares for fit in fits.values())
    freedom = sum(fit.freedom for fit in fits.values())
    residual = math.sqrt(squares / freedom) if freedom else 0.0
    return max(residual, RESIDUAL_WHERE_FEW_DEX) if freedom < FEW else residual


def _points(
    resistances: Sequence[AreaResistance], reference: float, vocabulary: Vocabulary
) -> list[AreaResistance]:
    """Take exact points in the reference phase; numbers read off a fit are no points of one.

    Points that count contacts differently are no one line; the largest such group is taken.
    """
    wanted = reference_phase(resistances[0].contact, reference, vocabulary)
    groups: dict[tuple[str, str], list[AreaResistance]] = {}
    for r in resistances:
        read_off = r.row.m.evaluation == "arrhenius_fit"
        if r.exact and not read_off and phase_at(r.contact, r.temperature_c, vocabulary) == wanted:
            groups.setdefault(r.counted, []).append(r)
    return max(groups.values(), key=len, default=[])


def _fit(points: Sequence[AreaResistance], reference: float) -> _Fit:
    inverse = np.array([1.0 / (r.temperature_c + ZERO_CELSIUS_K) for r in points])
    values = np.array([math.log10(r.lo or math.nan) for r in points])
    origin = 1.0 / (reference + ZERO_CELSIUS_K)
    X = np.column_stack([np.ones(len(points)), inverse - origin])
    coefficients, *_ = np.linalg.lstsq(X, values, rcond=None)
    inverse_normal = np.linalg.inv(X.T @ X)
    leverage = inverse_normal[0, 0]
    own = np.array([own_variance(r) for r in points])
    known = float((inverse_normal @ X.T)[0] ** 2 @ own)
    residuals = values - X @ coefficients
    return _Fit(
        float(coefficients[0]),
        float(leverage),
        float(coefficients[1]),
        float(residuals @ residuals),
        len(points) - 2,
        tuple(points),
        known,
    )


def own_variance(resistance: AreaResistance) -> float:
    """Return the variance (dex squared) of a refit or a reading; 0 where none is known."""
    refit = resistance.row.refit
    if refit is not None:
        return float(refit.log_variance) / LN10**2
    if resistance.reading_sd is None or resistance.lo is None:
        return 0.0
    return (resistance.reading_sd / (resistance.lo * LN10)) ** 2
