"""One observation: the resistance of one contact of one sample in one state, and its budget."""

from __future__ import annotations

import math
from dataclasses import dataclass

from metastudy.corpus.study import Preparation, Sample, State, Study, StudyContact
from metastudy.normalise.budget import Term
from metastudy.normalise.energies import ImputedEnergy

TEMPERATURE_TERMS = frozenset(
    {"temperature", "ea", "ea_form", "ea_pool_mean", "ea_pool_between", "ea_pool_within"}
)


@dataclass(frozen=True)
class Observation:
    """The resistance of one contact of one sample in one state, and its budget.

    Attributes
    ----------
    y
        log10 of the area-specific resistance (ohm cm2) of one contact at ``reference_c``; None
        for a bound.
    lo, hi
        The same for bounds; equal to ``y`` for an exact row, None where a side is open.
    count_shift
        log10 of the count that may divide the number, where its coverage is unknown (dex); else 0.
    measured_log10
        log10 of the resistance (ohm cm2) of the circuit at ``temperature_c``, before the contact
        count and the move; of the bound where the row is one.
    reference_c
        Temperature (degC) that y refers to: of the reference state, or the measured one where the
        row is of the other phase.
    age_h
        Age of the state (h), or None where the source does not give it.
    left_out
        The reason words that keep it from the headline set, in their fixed order.
    """

    id: str
    study: Study
    sample: Sample
    preparation: Preparation
    contact: StudyContact
    state: State | None
    age_h: float | None
    cell_id: str
    records: tuple[str, ...]
    y: float | None
    lo: float | None
    hi: float | None
    measured_log10: float
    temperature_c: float
    temperature_in_words: bool
    reference_c: float
    phase: str
    reference_phase: str
    ea: ImputedEnergy | None
    coverage_known: bool
    count_shift: float
    n_in_circuit: int | None
    component: str
    evaluation: str
    spread_reported: bool
    n_samples: int | None
    sample_sd_dex: float | None
    read: str
    via: str
    family: str
    material: str
    system: str
    terms: tuple[Term, ...]
    left_out: tuple[str, ...] = ()

    @property
    def censoring(self) -> str:
        """How the row is known: exact, left (at most), right (at least) or interval."""
        if self.y is not None:
            return "exact"
        if self.lo is None:
            return "left"
        return "right" if self.hi is None else "interval"

    @property
    def variance(self) -> float:
        """Known variance (dex squared): the sum of the terms."""
        return sum(term.variance for term in self.terms)

    @property
    def temperature_sd(self) -> float:
        """Standard deviation (dex) of the temperature terms alone."""
        return math.sqrt(sum(t.variance for t in self.terms if t.name in TEMPERATURE_TERMS))
