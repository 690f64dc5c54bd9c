"""Activation energies: which one moves a row, and how well it is known.

The order is: the sample's own, printed or from its temperatures; one of the same study and system;
the pool of the material; the pool of the class. All rows of one study, system and phase borrow the
same energy, so that values measured at one temperature keep their ratio. The error of a printed
energy is one unknown of all rows that it moves; the mean of a pool is one unknown of its borrowers,
and what studies and preparations scatter around it is one unknown each.

A printed range is its middle with the standard deviation of a uniform law. An energy that is said
to be small without a number lies between zero and the pool's mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metastudy.corpus.canonical import CanonicalRow, melting_point_c, temperature_range
from metastudy.corpus.study import StudyContact
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.normalise.budget import Term
from metastudy.normalise.filters import preference
from metastudy.normalise.systems import SystemKeys
from metastudy.physics.arrhenius import arrhenius_lever, ea_of_resistance
from metastudy.units import ZERO_CELSIUS_K

# Where no uncertainty is printed: half of what is printed where one is (0.1 eV is usual).
SD_WHERE_UNPRINTED_EV = 0.05
# Scatter of activation energies where fewer than five studies could show it.
BETWEEN_WHERE_FEW_EV = 0.12
WITHIN_WHERE_FEW_EV = 0.05
FEW = 5


@dataclass(frozen=True)
class Energy:
    """A printed activation energy of a contact.

    ``ea_ev`` is as printed, the middle of a range, None where it is only said to be small. ``form``
    is its m (0 from ln R, 1 from ln(R/T), None where not said), and ``resistance_ea_ev`` the same
    energy in the form of ln R.
    """

    row: CanonicalRow
    ea_ev: float | None
    form: int | None
    resistance_ea_ev: float | None
    sd_ev: float
    interface_class: str
    ion: str
    phase: str
    material: str
    system: str
    sample: str

    def fits(self, phase: str) -> bool:
        """Whether it holds in a phase; one whose range is not known may hold in any."""
        return "unknown" in (self.phase, phase) or self.phase == phase


@dataclass(frozen=True)
class ImputedEnergy:
    """The activation energy that moves one row: value, form, and its error per eV."""

    ea_ev: float
    form: int | None
    source: str
    record_id: str
    errors: tuple[tuple[str, str, str, float], ...]

    def terms(self, temperature_c: float, reference_c: float) -> list[Term]:
        """Return the budget terms of a move, loading = d * sd with the sign of d."""
        d = arrhenius_lever(temperature_c + ZERO_CELSIUS_K, reference_c + ZERO_CELSIUS_K)
        return [Term(name, scope, key, d * sd) for name, scope, key, sd in self.errors if d != 0.0]


@dataclass(frozen=True)
class PooledEnergy:
    """Mean and scatter of the activation energies of one class, ion and phase."""

    key: str
    mean_ev: float
    se_mean_ev: float
    between_ev: float
    within_ev: float
    studies: int

    def impute(self, study_id: str, preparation: str) -> ImputedEnergy:
        """Return the pool's mean for a row of a study and preparation."""
        return ImputedEnergy(
            self.mean_ev,
            0,
            "pooled",
            "",
            (
                ("ea_pool_mean", "class", self.key, self.se_mean_ev),
                ("ea_pool_between", "study", f"{self.key}/{study_id}", self.between_ev),
                (
                    "ea_pool_within",
                    "preparation",
                    f"{self.key}/{study_id}/{preparation}",
                    self.within_ev,
                ),
            ),
        )


def read_energies(
    rows: Sequence[CanonicalRow], keys: SystemKeys, vocabulary: Vocabulary
) -> list[Energy]:
    """Collect the activation energies of contacts among the records, each once.

    A row that repeats another one (a secondary quotation, the abstract beside the table) gives way
    to it, so that no number is counted twice in a pool.
    """
    energies = []
    for row in rows:
        m = row.m
        contact = row.contact
        sample = row.study.sample_of(m)
        if m.quantity != "activation_energy" or m.role != "interface" or row.withdrawn:
            continue
        if contact is None or sample is None:
            continue
        value = _middle(row)
        if value is None and m.qualifier != "not_detected":
            continue  # open on one side
        form = {"ln_r": 0, "ln_r_over_t": 1}.get(m.ea_form)
        middle_k = _middle_c(row, contact, vocabulary) + ZERO_CELSIUS_K
        # An unknown form is read half way between the two, as the row's own move will be.
        share_of_form = 0.5 if form is None else float(form)
        converted = None
        if value is not None:
            converted = value - share_of_form * (value - ea_of_resistance(value, middle_k, 1))
        energies.append(
            Energy(
                row=row,
                ea_ev=value,
                form=form,
                resistance_ea_ev=converted,
                sd_ev=_sd(row),
                interface_class=contact.interface_class,
                ion=contact.ion,
                phase=_phase(row, contact, vocabulary),
                material=keys.material(row.study.id, contact),
                system=keys.system(row.study.id, contact),
                sample=sample.id,
            )
        )
    return _each_once(energies)


def _each_once(energies: Sequence[Energy]) -> list[Energy]:
    kept: dict[str, Energy] = {}
    named: set[tuple[str, str]] = set()  # sample, and the record that a kept row of it repeats
    for energy in sorted(energies, key=lambda e: (*preference(e.row), e.row.id)):
        printed = energy.row.m
        other = kept.get(printed.reference_record)
        if other is not None and other.sample == energy.sample:
            continue
        if (energy.sample, printed.record_id) in named:
            continue
        kept[printed.record_id] = energy
        named.add((energy.sample, printed.reference_record))
    return [energy for energy in energies if energy.row.id in kept]


def _middle(row: CanonicalRow) -> float | None:
    """Return the value (eV), the middle of a range, or None where a side is open."""
    return None if row.lo is None or row.hi is None else (row.lo + row.hi) / 2.0


def _sd(row: CanonicalRow) -> float:
    if row.lo is not None and row.hi is not None and row.lo < row.hi:
        return math.hypot(row.sd or 0.0, (row.hi - row.lo) / math.sqrt(12.0))
    if row.sd is not None and row.sd > 0:
        return row.sd
    return SD_WHERE_UNPRINTED_EV * (2.0 if row.m.qualifier == "approx" else 1.0)


def _middle_c(row: CanonicalRow, contact: StudyContact, vocabulary: Vocabulary) -> float:
    span = temperature_range(row.m.range_text)
    if span is not None:
        return sum(span) / 2.0
    reference = vocabulary["interface_class"][contact.interface_class]["reference_temperature_c"]
    return float(reference)


def _phase(row: CanonicalRow, contact: StudyContact, vocabulary: Vocabulary) -> str:
    """Return the phase over the whole fitted range, or unknown."""
    if contact.interface_class != "PE/SE":
        return "none"
    span = temperature_range(row.m.range_text)
    melting = melting_point_c(contact, vocabulary)
    if span is None or melting is None:
        return "unknown"
    if span[0] >= melting:
        return "melt"
    return "semicrystalline" if span[1] < melting else "unknown"


class ActivationEnergyImputer:
    """Finds the activation energy that moves a row: printed of something near, else pooled."""

    def __init__(self, energies: Sequence[Energy], keys: SystemKeys) -> None:
        self._energies = list(energies)
        self._keys = keys
        self._near: dict[tuple[str, str], list[Energy]] = {}
        for energy in self._energies:
            self._near.setdefault((energy.row.study.id, energy.system), []).append(energy)
        self._pools: dict[tuple[str, str, str, str], PooledEnergy | None] = {}

    def impute(
        self,
        study_id: str,
        sample: str,
        preparation: str,
        state: str,
        contact: StudyContact,
        phase: str,
    ) -> ImputedEnergy | None:
        """Return the nearest activation energy for a row, or None where there is none at all.

        An energy that was measured wholly in the other phase of the polymer is not used.
        """
        system = self._keys.system(study_id, contact)
        material = self._keys.material(study_id, contact)
        near = [e for e in self._near.get((study_id, system), ()) if e.fits(phase)]
        for source, chosen in (
            ("own", [e for e in near if e.sample == sample and e.row.m.state_id == state]),
            ("own", [e for e in near if e.sample == sample]),
            ("same study and system", near),
        ):
            if chosen:
                best = min(chosen, key=lambda e: (e.phase != phase, preference(e.row), e.row.id))
                pool = self.pool(material, contact.interface_class, contact.ion, phase)
                return _from_printed(best, source, pool)
        pool = self.pool(material, contact.interface_class, contact.ion, phase)
        return None if pool is None else pool.impute(study_id, preparation)

    def pool(
        self, material: str, interface_class: str, ion: str, phase: str
    ) -> PooledEnergy | None:
        """Return the pool of a material in one phase, else that of its class.

        The pool of a class is widened step by step until two studies are in it: first the phase is
        given up, then the ion, at last the class. One study alone is no pool of a class: it cannot
        show how studies differ; of a material it is, with the default scatter between studies. A
        widened mean is further from the row, but the scatter between studies that it carries then
        includes what classes differ by; moves of a few kelvin hardly depend on either, and long
        ones end in ``temperature_uncertain``.
        """
        asked = (material, interface_class, ion, phase)
        if asked not in self._pools:
            self._pools[asked] = self._find_pool(*asked)
        return self._pools[asked]

    def _find_pool(
        self, material: str, interface_class: str, ion: str, phase: str
    ) -> PooledEnergy | None:
        known = [e for e in self._energies if e.resistance_ea_ev is not None]
        alike = [e for e in known if e.material == material and e.fits(phase)]
        if alike:
            return make_pool(f"{material} {phase}", alike)
        same = [e for e in known if e.interface_class == interface_class]
        for key, chosen in (
            (
                f"{interface_class} {ion} {phase}",
                [e for e in same if e.ion == ion and e.fits(phase)],
            ),
            (f"{interface_class} {ion}", [e for e in same if e.ion == ion]),
            (interface_class, same),
            ("all classes", known),
        ):
            if len({e.row.study.id for e in chosen}) >= 2:
                return make_pool(key, chosen)
        return None


def _from_printed(energy: Energy, source: str, pool: PooledEnergy | None) -> ImputedEnergy | None:
    """Return a printed energy; one said to be small is uniform between zero and the pool's mean."""
    value, sd, form = energy.ea_ev, energy.sd_ev, energy.form
    if value is None:
        if pool is None:
            return None
        value, sd, form = pool.mean_ev / 2.0, pool.mean_ev / math.sqrt(12.0), 0
    # One unknown of all rows it moves, so its scope is the work's, also for its own sample.
    error = ("ea", "study", energy.row.id, sd)
    return ImputedEnergy(value, form, source, energy.row.id, (error,))


def make_pool(key: str, energies: Sequence[Energy]) -> PooledEnergy:
    """Pool activation energies in the form of ln R: random studies, random preparations.

    The between-study variance is DerSimonian and Laird's on the study means, and never below the
    stated default where fewer than five studies could show it; the same holds within studies.
    """
    groups: dict[str, list[Energy]] = {}
    for energy in energies:
        groups.setdefault(energy.row.study.id, []).append(energy)
    within = _within(list(groups.values()))
    means = np.array([_values(g).mean() for g in groups.values()])
    variances = np.array(
        [(np.mean([e.sd_ev**2 for e in g]) + within**2) / len(g) for g in groups.values()]
    )
    between = _between(means, variances)
    if len(groups) < FEW:
        between = max(between, BETWEEN_WHERE_FEW_EV)
    weights = 1.0 / (variances + between**2)
    mean = float(weights @ means / weights.sum())
    return PooledEnergy(key, mean, float(weights.sum() ** -0.5), between, within, len(groups))


def _within(groups: Sequence[Sequence[Energy]]) -> float:
    squares, freedom = 0.0, 0
    for group in groups:
        values = _values(group)
        squares += float(((values - values.mean()) ** 2).sum())
        freedom += len(group) - 1
    return float(np.sqrt(squares / freedom)) if freedom >= FEW else WITHIN_WHERE_FEW_EV


def _values(energies: Sequence[Energy]) -> np.ndarray:
    return np.array([e.resistance_ea_ev for e in energies], dtype=float)


def _between(means: np.ndarray, variances: np.ndarray) -> float:
    if len(means) < 2:
        return 0.0
    weights = 1.0 / variances
    centre = weights @ means / weights.sum()
    q = float(weights @ (means - centre) ** 2)
    scale = weights.sum() - (weights @ weights) / weights.sum()
    return float(np.sqrt(max(0.0, (q - (len(means) - 1)) / scale)))
