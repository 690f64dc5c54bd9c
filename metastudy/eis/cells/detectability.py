"""Before a cell is built: how well its interface resistance could be known.

The Cramer-Rao bound on the variance of ln R of the contact, from the Jacobian of the cell's
own circuit and the error law of the instrument, with every other element free. What an evaluator
knows beforehand enters as prior information (van Trees 1968, Detection, Estimation, and Modulation
Theory I, section 2.4): capacitances and exponents as wide as the windows by which arcs are
assigned, resistances within four decades or as well as they were measured elsewhere. The resistance
asked for has no prior.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..circuits.model import Model
from ..errors import CellError
from ..spectrum import FloatArray
from ..weighting.data import interleave
from ..weighting.weights import ErrorStructure
from .equivalent_circuit import CellCircuit, cell_circuit
from .layers import Cell, Contact
from .temperature_laws import slope_per_kelvin

if TYPE_CHECKING:
    import pandas as pd

# Relative standard errors up to which a resistance is a value, and up to which it is detected.
VALUE, DETECTED = 0.05, 1 / 3
# Resistances per area (ohm cm2) among which the smallest detectable one is sought.
_SOUGHT = np.logspace(-4, 12, 321)
# What the plate alone, measured well, says of its resistance (relative SD).
PLATE_ALONE = 0.02
MOST_POINTS = 1000
THICKNESSES, AREAS, LOWER_SWEEP = (0.25, 0.5, 2.0, 4.0), (0.25, 4.0), 10.0


@dataclass(frozen=True)
class Instrument:
    """Frequency window and error law of an impedance analyser.

    Parameters
    ----------
    low_hz, high_hz : float
        Ends of the sweep.
    points_per_decade : float
    relative_error : float
        SD of Re and of Im over |Z|.
    high_frequency_error : float
        Further relative SD at 7 MHz, rising linearly from 1 MHz.
    floor_ohm : float
        SD in ohm from leads and contacts, whatever |Z| is.
    ceiling_ohm : float
        |Z| at which the noise of the current measurement is as large as the current.
    temperature_sd_k : float
        SD of the temperature of a point, K.

    Examples
    --------
    >>> from metastudy import eis
    >>> instrument = eis.Instrument(low_hz=1.0, high_hz=1e6, points_per_decade=10)
    >>> len(instrument.frequency_hz)
    61
    """

    low_hz: float = 0.1
    high_hz: float = 7e6
    points_per_decade: float = 8.0
    relative_error: float = 0.005
    high_frequency_error: float = 0.02
    floor_ohm: float = 0.0
    ceiling_ohm: float = np.inf
    temperature_sd_k: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.low_hz < self.high_hz < np.inf:
            raise CellError(
                f"the sweep from {self.low_hz:g} to {self.high_hz:g} Hz must rise from above 0"
            )
        for name in ("points_per_decade", "relative_error", "ceiling_ohm"):
            if not getattr(self, name) > 0:
                raise CellError(f"{name} = {getattr(self, name):g} must be positive")
        if self.points_per_decade > MOST_POINTS:
            raise CellError(
                f"points_per_decade = {self.points_per_decade:g} is more than {MOST_POINTS}"
            )
        for name in ("high_frequency_error", "floor_ohm", "temperature_sd_k"):
            if not getattr(self, name) >= 0:
                raise CellError(f"{name} = {getattr(self, name):g} must be 0 or more")

    @property
    def frequency_hz(self) -> FloatArray:
        """The sweep, from high to low, shape (n,)."""
        decades = np.log10(self.high_hz / self.low_hz)
        points = round(decades * self.points_per_decade) + 1
        return np.logspace(np.log10(self.high_hz), np.log10(self.low_hz), max(points, 2))

    def deviation(self, z: np.ndarray) -> FloatArray:
        """SD in ohm of Re and of Im, each, at impedances (..., n) in ohm of the sweep."""
        size = np.abs(z)
        law = ErrorStructure(self.relative_error, 1.0, 0.0, self.high_frequency_error)
        relative = law.deviation(self.frequency_hz, z)
        current = size * (size / self.ceiling_ohm)
        return np.asarray(np.sqrt(relative**2 + self.floor_ohm**2 + current**2))


@dataclass(frozen=True)
class Prospect:
    """Bounds at one temperature.

    Attributes
    ----------
    temperature_c : float
    asr_ohm_cm2 : float
        Expected of one contact.
    relative_error : float
        Bound on the relative standard error of its resistance, from the spectrum alone.
    temperature_error : float
        Relative error that the uncertain temperature adds.
    smallest_ohm_cm2, largest_ohm_cm2 : float or None
        Resistances of one contact between which the standard error is at most a third of it, so
        that it stands out by three standard errors; None where there are none.
    apex_hz : float
        Where the arc of the contact has its top.
    high_frequency_ohm : float
        Where it begins.
    """

    temperature_c: float
    asr_ohm_cm2: float
    relative_error: float
    temperature_error: float
    smallest_ohm_cm2: float | None
    largest_ohm_cm2: float | None
    apex_hz: float
    high_frequency_ohm: float

    @property
    def total_error(self) -> float:
        """Relative standard error from spectrum and temperature."""
        return float(np.hypot(self.relative_error, self.temperature_error))

    @property
    def verdict(self) -> str:
        """``value`` up to 5 % from the spectrum, ``weak`` up to a third, else ``bound``."""
        if self.relative_error <= VALUE:
            return "value"
        return "weak" if self.relative_error <= DETECTED else "bound"


@dataclass(frozen=True)
class Alternative:
    """Another cell or sweep, with the relative standard error that it reaches per temperature."""

    words: str
    cell: Cell
    instrument: Instrument
    relative_errors: tuple[float, ...]


@dataclass(frozen=True)
class Prospects:
    """Cramer-Rao bounds of a cell over temperature, and of cells that differ in one thing.

    Attributes
    ----------
    cell, instrument, contact
        As asked.
    points : tuple of Prospect
        One per temperature.
    alternatives : tuple of Alternative
        From the best on average to the worst.

    Examples
    --------
    >>> from metastudy import eis
    >>> polymer = eis.Layer("PE", "PE", 0.01, 0.1, eis.Arrhenius(1e-4, 60.0, 0.5), permittivity=10)
    >>> plate = eis.Layer(
    ...     "SE", "SE", 0.02, 0.1, eis.Arrhenius(1e-3, 25, 0.3), 30, has_boundaries=False
    ... )
    >>> face = eis.Contact(("PE", "SE"), 0.1, eis.Arrhenius(100.0, 60.0, 0.7, rises=False), 1e-6)
    >>> steel = eis.Layer("SS", "electrode")
    >>> blocking = eis.Contact(("SS", "PE"), 0.1, None, 5e-6, blocking=True)
    >>> cell = eis.Cell((steel, polymer, plate, polymer, steel), (face, blocking), 5e-7, 2e-11)
    >>> found = eis.prospects(cell, eis.Instrument(), [30.0, 60.0, 90.0])
    >>> found.best.total_error == min(point.total_error for point in found.points)
    True
    """

    cell: Cell
    instrument: Instrument
    contact: Contact
    points: tuple[Prospect, ...]
    alternatives: tuple[Alternative, ...]

    @property
    def best(self) -> Prospect:
        """The temperature with the smallest error from spectrum and temperature together."""
        return min(self.points, key=lambda point: point.total_error)

    def gain(self, alternative: Alternative) -> float:
        """Geometric mean over the temperatures of this cell's error over the alternative's."""
        own = _mean_log([point.relative_error for point in self.points])
        return float(np.exp(own - _mean_log(alternative.relative_errors)))

    def table(self) -> pd.DataFrame:
        """One row per temperature, the attributes of ``Prospect`` and the verdict as columns."""
        import pandas as pd

        names = (
            "temperature_c asr_ohm_cm2 relative_error temperature_error total_error verdict "
            "smallest_ohm_cm2 largest_ohm_cm2 apex_hz high_frequency_ohm"
        ).split()
        return pd.DataFrame([{n: getattr(p, n) for n in names} for p in self.points])


def prospects(
    cell: Cell,
    instrument: Instrument,
    temperatures_c: Sequence[float],
    contact: Contact | None = None,
) -> Prospects:
    """Bound the standard error of an interface resistance before the cell is built.

    The Cramer-Rao bound, with what is known beforehand as prior information.

    Parameters
    ----------
    cell : Cell
        With every conductivity, resistance and capacitance expected.
    instrument : Instrument
    temperatures_c : sequence of float
        degC.
    contact : Contact, optional
        Which resistance is asked for; by default the only contact of two conductors.

    Raises
    ------
    CellError
        If something of the cell is unknown, naming it, or no temperature is given.

    Examples
    --------
    >>> from metastudy import eis
    >>> polymer = eis.Layer("PE", "PE", 0.01, 0.1, eis.Arrhenius(1e-4, 60.0, 0.5), permittivity=10)
    >>> plate = eis.Layer(
    ...     "SE", "SE", 0.02, 0.1, eis.Arrhenius(1e-3, 25, 0.3), 30, has_boundaries=False
    ... )
    >>> face = eis.Contact(("PE", "SE"), 0.1, eis.Arrhenius(100.0, 60.0, 0.7, rises=False), 1e-6)
    >>> steel = eis.Layer("SS", "electrode")
    >>> blocking = eis.Contact(("SS", "PE"), 0.1, None, 5e-6, blocking=True)
    >>> cell = eis.Cell((steel, polymer, plate, polymer, steel), (face, blocking), 5e-7, 2e-11)
    >>> found = eis.prospects(cell, eis.Instrument(), [30.0, 60.0, 90.0])
    >>> [point.temperature_c for point in found.points]
    [30.0, 60.0, 90.0]
    >>> round(found.points[1].asr_ohm_cm2, 6)
    100.0
    """
    if not len(temperatures_c):
        raise CellError("give at least one temperature in degC")
    contact = contact or cell.interface
    which = cell.contacts.index(contact)
    points = tuple(_prospect(cell, instrument, t, contact) for t in temperatures_c)
    others = [
        Alternative(
            words,
            other,
            sweep,
            tuple(
                float(relative_errors(other, sweep, t, other.contacts[which])[0])
                for t in temperatures_c
            ),
        )
        for words, other, sweep in _others(cell, instrument)
    ]
    others.sort(key=lambda other: _mean_log(other.relative_errors))
    return Prospects(cell, instrument, contact, points, tuple(others))


def _mean_log(errors: Sequence[float]) -> float:
    # Beyond a factor of a thousand nothing is known, however much worse it is.
    return float(np.mean(np.log(np.minimum(errors, 1e3))))


def relative_errors(
    cell: Cell,
    instrument: Instrument,
    temperature_c: float,
    contact: Contact,
    asr_ohm_cm2: FloatArray | None = None,
    *,
    prior: bool = True,
) -> FloatArray:
    """Bound on the standard error of ln R of a contact, shape (K,), or (1,) as expected.

    Parameters
    ----------
    asr_ohm_cm2 : ndarray, shape (K,), optional
        Resistances of one contact in place of the expected one; all else is kept, the capacitance
        of the contact too.
    prior : bool
        Whether what is known beforehand counts; without it a resistance that the spectrum alone
        cannot tell from others has an infinite error.
    """
    parts = cell_circuit(cell, temperature_c, contact)
    model = Model(parts.circuit)
    v = model.coordinates(parts.circuit.values(parts.values))[None]
    asked = model.free.index(parts.circuit.names.index(parts.asked))
    if asr_ohm_cm2 is not None:
        log_r = np.log(cell.count(contact) * asr_ohm_cm2 / contact.area_cm2)
        v = np.repeat(v, len(log_r), axis=0)
        # At a given capacitance the time constant follows the resistance.
        for arc in model.arcs:
            if arc.r == model.free[asked]:
                v[:, model.free.index(arc.q)] += log_r - v[:, asked]
        v[:, asked] = log_r
    omega = 2 * np.pi * instrument.frequency_hz
    z, jacobian = model.evaluate(omega, v)
    # A resistance beyond all scales overflows; its row then has no finite information.
    with np.errstate(all="ignore"):
        weight = np.repeat(1 / instrument.deviation(z), 2, axis=-1)
        slopes = interleave(jacobian) * weight[:, None, :]
        information = slopes @ slopes.transpose(0, 2, 1)
    if prior:
        information = information + _prior(parts, model)
    return np.sqrt(_variance(information, asked))


def _variance(information: FloatArray, asked: int) -> FloatArray:
    """Element of the inverse, each (q, q); infinite where its direction has no information."""
    lost = np.logical_not(np.isfinite(information).all(axis=(1, 2)))
    information = np.where(np.reshape(lost, (-1, 1, 1)), np.eye(information.shape[1]), information)
    size = np.sqrt(np.maximum(np.einsum("kii->ki", information), 1e-300))
    scaled = information / (size[:, :, None] * size[:, None, :])
    values, vectors = np.linalg.eigh(scaled)
    share = vectors[:, asked, :] ** 2
    lost = lost | ((values < 1e-13) & (share > 1e-6)).any(axis=1)
    variance = np.where(values < 1e-13, 0.0, share / np.maximum(values, 1e-13)).sum(axis=1)
    return np.where(lost, np.inf, variance / size[:, asked] ** 2)


def _prior(parts: CellCircuit, model: Model) -> FloatArray:
    """Information (q, q) in the coordinates of the model from what is known beforehand."""
    names = parts.circuit.names
    q = len(model.free)
    information = np.zeros((q, q))

    def know(row: FloatArray, sd: float) -> None:
        information[:] += np.outer(row, row) / sd**2

    arcs = {names[arc.r]: arc for arc in model.arcs}
    unit = np.eye(q)
    for name, sd in parts.resistance_sd.items():
        if sd is not None:
            know(unit[names.index(name)], sd)
    for name, sd in parts.capacitance_sd.items():
        arc = arcs.get(name)
        if arc is not None:
            know(unit[arc.q] - unit[arc.r], sd)
        else:
            know(unit[names.index(name if name in names else f"{name}_Q")], sd)
    for name, sd in parts.exponent_sd.items():
        arc = arcs.get(name)
        where = arc.n if arc is not None else names.index(f"{name}_n")
        assert where is not None
        know(unit[where], sd)
    return information


def _prospect(
    cell: Cell, instrument: Instrument, temperature_c: float, contact: Contact
) -> Prospect:
    if contact.asr is None or contact.capacitance_f_cm2 is None:
        what = "resistance" if contact.asr is None else "capacitance"
        raise CellError(f"contact {contact.name} has no {what}; give the one you expect")
    asr = contact.asr.at(temperature_c)
    error = float(relative_errors(cell, instrument, temperature_c, contact)[0])
    smallest, largest = detectable(cell, instrument, temperature_c, contact)
    return Prospect(
        temperature_c,
        asr,
        error,
        abs(slope_per_kelvin(contact.asr, temperature_c)) * instrument.temperature_sd_k,
        smallest,
        largest,
        1 / (2 * np.pi * asr * contact.capacitance_f_cm2),
        cell.high_frequency_ohm(temperature_c),
    )


def detectable(
    cell: Cell, instrument: Instrument, temperature_c: float, contact: Contact
) -> tuple[float | None, float | None]:
    """Find the resistances (ohm cm2, one contact) whose standard error is at most a third of them.

    Returns the ends of the widest such range between 1e-4 and 1e12 ohm cm2, (None, None) where
    there is none. All else is as expected of the cell.
    """
    errors = relative_errors(cell, instrument, temperature_c, contact, _SOUGHT)
    seen = np.flatnonzero(errors <= DETECTED)
    if not seen.size:
        return None, None
    runs = np.split(seen, np.flatnonzero(np.diff(seen) > 1) + 1)
    run = max(runs, key=len)
    return _end(errors, int(run[0]), -1), _end(errors, int(run[-1]), +1)


def _end(errors: FloatArray, inside: int, step: int) -> float:
    """Cross the limit between a point inside and its neighbour, linear in logarithms."""
    outside = inside + step
    if not 0 <= outside < errors.size:
        return float(_SOUGHT[inside])
    x = np.log(_SOUGHT[[inside, outside]])
    y = np.log(np.minimum(errors[[inside, outside]], 1e6) / DETECTED)
    return float(np.exp(x[0] - y[0] * (x[1] - x[0]) / (y[1] - y[0])))


def _others(cell: Cell, instrument: Instrument) -> list[tuple[str, Cell, Instrument]]:
    """Differ in one thickness, in area, in what is known of one layer, or in the sweep's end."""
    found = []
    for name in cell.conductors:
        layer = cell.named(name)[0]
        for factor in THICKNESSES:
            thick = layer.thickness_cm * factor * 1e4
            found.append((f"{name} {thick:.3g} um", cell.with_thickness(name, factor)))
    area = cell.named(cell.conductors[0])[0].area_cm2
    found += [(f"area {area * factor:.3g} cm2", cell.with_area(factor)) for factor in AREAS]
    for name in cell.conductors:
        known = cell.named(name)[0].known
        if known is None or known > PLATE_ALONE:
            words = f"{name} alone measured to {100 * PLATE_ALONE:g} %"
            found.append((words, cell.with_known(name, PLATE_ALONE)))
    lower = replace(instrument, low_hz=instrument.low_hz / LOWER_SWEEP)
    words = f"sweep down to {lower.low_hz:.3g} Hz"
    return [(words, other, instrument) for words, other in found] + [(words, cell, lower)]
