"""Frequency in Hz and complex impedance in ohm from the columns of a table.

Every doubt is settled by the caller's word, by the name of a column or by the numbers, and noted;
what stays open is asked about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from . import column_evidence as evidence
from .columns import ColumnUnit, is_not_measured, meaning_of, unit_of
from .hints import Hints
from .nameless import read_three_columns
from .roles import Role, missing, roles_of
from .source import FileContent, ReadError
from .table import RawTable

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

SAME_IMPEDANCE = 0.02  # relative; covers phases printed to 0.1 degree
ONE_ROW_OFF = 0.10  # a single row that contradicts the others

# Other impedances of one table: counter electrode (BioLogic), drift-corrected values (Gamry).
_BESIDE = re.compile(r"-?(?:Re|Im)\(Z[a-z][^)]*\)|Z(?:real|imag)DrCor")


@dataclass
class ColumnReader:
    """A table being read: its roles, its frequency, and the notes of what was settled."""

    source: FileContent
    table: RawTable
    hints: Hints
    roles: dict[str, Role] = field(init=False)
    notes: list[str] = field(default_factory=list)
    frequency_hz: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        self.roles = roles_of(self.source, self.table, self.hints)
        beside = [
            name.strip()
            for name in self.table.names
            if _BESIDE.match(name.strip()) or is_not_measured(name)
        ]
        if beside and not self.hints.columns:
            self.notes.append(
                f"columns: {', '.join(beside)} are there too and are not read; columns={{...}} "
                "chooses them"
            )
        self.frequency_hz = _frequency(self)

    def column(self, quantity: str) -> FloatArray:
        """Return the numbers of the column that holds ``quantity``, as printed."""
        return self.table.numbers(self.roles[quantity].index, self.source)

    def title(self, quantity: str) -> str:
        """Name of the column that holds ``quantity``."""
        return self.table.title(self.roles[quantity].index)

    def error(self, problem: str, expected: str) -> ReadError:
        """Build an error at the head of the table."""
        return self.source.error(problem, expected, self.table.first_line)

    def impedance_ohm(self) -> ComplexArray:
        """Return the impedance, shape (n,), Im Z < 0 if capacitive; NaN where a row has none."""
        roles = self.roles
        if "second" in roles:
            return read_three_columns(
                self.source, self.table, self.hints, self.frequency_hz, self.notes
            ) * _factor(self, "second")
        if {"re", "im"} <= roles.keys():
            impedance = _ohm(self, "re") + 1j * _sign(self, "im") * _ohm(self, "im")
            if {"modulus", "phase"} <= roles.keys():
                _compare(self, impedance)
                impedance = _with_all_columns(self, impedance)
            return _signed(self, "im", impedance)
        if {"modulus", "phase"} <= roles.keys():
            impedance = _polar(self)
            if "re" in roles:
                _agree(self, "re", _ohm(self, "re"), impedance.real, np.abs(impedance))
                self.notes.append(
                    "impedance: no column is named as Im Z; taken from |Z| and phase, with which "
                    "Re Z agrees"
                )
            return _signed(self, "phase", impedance)
        if {"parallel re", "parallel im"} <= roles.keys():
            return _parallel(self)
        raise _no_impedance(self)


def _no_impedance(reading: ColumnReader) -> ReadError:
    for name in reading.table.names:
        meaning = meaning_of(name)
        if meaning is not None and meaning.unit is not None and meaning.unit.kind == "per area":
            return reading.error(
                f"column {name.strip()!r} is an impedance times an area",
                "expected the impedance of the whole cell in ohm; divide by the area first",
            )
    return missing(reading.source, reading.table, "no impedance")


def _frequency(reading: ColumnReader) -> FloatArray:
    """Return the frequency in Hz, shape (n,)."""
    quantity = "frequency" if "frequency" in reading.roles else "angular"
    values, role, title = reading.column(quantity), reading.roles[quantity], reading.title(quantity)
    unit = role.meaning.unit if role.meaning else None
    if reading.hints.frequency_unit:
        unit = unit_of(reading.hints.frequency_unit)
        reading.notes.append(f"frequency: {title} in {reading.hints.frequency_unit}, as asked")
    elif unit is not None and quantity == "angular" and unit.kind == "frequency":
        raise reading.error(
            f"column {title} is called an angular frequency but its unit is {unit.printed}",
            "say which it is with frequency_unit='Hz' or frequency_unit='rad/s'",
        )
    elif quantity == "angular" or role.unit_kind == "angular":
        unit = unit or ColumnUnit("angular", 1.0, "rad/s")
        reading.notes.append(f"frequency: {title} is in {unit.printed}, divided by 2 pi")
    elif unit is None:
        reading.notes.append(f"frequency: {title} names no unit, read as Hz")
    elif unit.factor != 1.0:
        reading.notes.append(f"frequency: {title} is in {unit.printed}, times {unit.factor:g}")
    if unit is None:
        return values
    return values / (2 * np.pi) if unit.kind == "angular" else values * unit.factor


def _factor(reading: ColumnReader, quantity: str) -> float:
    """Factor to ohm of the column that holds ``quantity``."""
    meaning = reading.roles[quantity].meaning
    unit = meaning.unit if meaning else None
    if reading.hints.impedance_unit:
        unit = unit_of(reading.hints.impedance_unit)
        sentence = f"impedance: in {reading.hints.impedance_unit}, as asked"
    elif unit is None:
        sentence = "impedance: no unit is named, read as ohm"
    elif unit.kind == "per area":
        raise reading.error(
            f"column {reading.title(quantity)} is an impedance times an area",
            "expected the impedance of the whole cell in ohm; divide by the area first",
        )
    elif unit.factor != 1.0:
        sentence = f"impedance: in {unit.printed}, times {unit.factor:g}"
    else:
        return 1.0
    if sentence not in reading.notes:
        reading.notes.append(sentence)
    return unit.factor if unit else 1.0


def _ohm(reading: ColumnReader, quantity: str) -> FloatArray:
    """Return a column in ohm; a name like -Re Z turns it, the sign of Im Z is set by `_sign`."""
    sign = reading.roles[quantity].sign if quantity in ("re", "modulus", "parallel re") else 1
    return sign * reading.column(quantity) * _factor(reading, quantity)


def _sign(reading: ColumnReader, quantity: str) -> int:
    if reading.hints.imaginary:
        reading.notes.append(
            f"sign: {reading.title(quantity)} follows {reading.hints.imaginary} Z, as asked"
        )
        return -1 if reading.hints.imaginary == "-Im" else 1
    return reading.roles[quantity].sign


def _polar(reading: ColumnReader) -> ComplexArray:
    modulus, phase = _ohm(reading, "modulus"), reading.column("phase")
    phase = phase * _sign(reading, "phase")
    unit = reading.hints.phase_unit or reading.roles["phase"].unit_kind
    unit = unit or _angle_unit(reading, modulus, phase)
    return evidence.polar(modulus, np.radians(phase) if unit == "deg" else phase)


def _angle_unit(reading: ColumnReader, modulus: FloatArray, phase: FloatArray) -> str:
    """Degrees or radians, by range and by the Kramers-Kronig relations."""
    title = reading.title("phase")
    if np.nanmax(np.abs(phase), initial=0.0) > 2 * np.pi:
        reading.notes.append(f"phase: {title} exceeds 2 pi, read in degrees")
        return "deg"
    misfits = {
        unit: min(
            evidence.misfit(reading.frequency_hz, evidence.polar(modulus, sign * angle))
            for sign in (1, -1)
        )
        for unit, angle in (("deg", np.radians(phase)), ("rad", phase))
    }
    best = evidence.clear_winner(misfits)
    if best is None:
        raise reading.error(
            f"column {title} names no unit and could be degrees or radians",
            "say which with phase_unit='deg' or phase_unit='rad'",
        )
    reading.notes.append(f"phase: {title} is in {best}, by the Kramers-Kronig relations")
    return best


def _parallel(reading: ColumnReader) -> ComplexArray:
    """Z from parallel resistance and reactance, Zp' = 1/G and Zp'' = 1/B with Y = G + jB.

    Novocontrol WinDETA prints both positive for a capacitive sample: 1/Z = 1/Zp' + j/Zp''.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        admittance = 1 / _ohm(reading, "parallel re") + 1j / _ohm(reading, "parallel im")
        impedance = np.asarray(1 / admittance, dtype=np.complex128)
    reading.notes.append("impedance: from the parallel Zp' and Zp'', 1/Z = 1/Zp' + j/Zp''")
    return _signed(reading, "parallel im", impedance)


def _compare(reading: ColumnReader, impedance: ComplexArray) -> None:
    """Check Re Z and Im Z against |Z| and phase of the same table."""
    size = np.abs(impedance)
    modulus = _ohm(reading, "modulus")
    if not np.any(modulus):
        reading.notes.append(f"columns: {reading.title('modulus')} is 0 throughout, not compared")
        return
    weak = reading.roles.get("weak modulus")
    if weak == reading.roles["modulus"] and not _mostly_equal(modulus, size, size):
        return  # a column called only "Z" held something else
    _agree(reading, "modulus", modulus, size, size)
    phase = reading.column("phase") * reading.roles["phase"].sign
    largest = np.nanmax(np.abs(phase), initial=0.0)
    if largest == 0.0:
        return  # filled with zeros by the instrument
    unit = reading.hints.phase_unit or reading.roles["phase"].unit_kind
    unit = unit or ("deg" if largest > 2 * np.pi else "rad")
    printed = evidence.polar(size, np.radians(phase) if unit == "deg" else phase)
    opposite = _mostly_equal(printed.imag, -impedance.imag, size)
    if opposite and not _mostly_equal(printed.imag, impedance.imag, size):
        if reading.hints.imaginary:
            return
        raise reading.error(
            f"columns {reading.title('im')} and {reading.title('phase')} have opposite signs",
            "say what the imaginary column holds with imaginary='Im' or imaginary='-Im'",
        )
    _agree(reading, "phase", printed.imag, impedance.imag, size)


def _with_all_columns(reading: ColumnReader, impedance: ComplexArray) -> ComplexArray:
    """Take no point from a row without |Z| and phase, where most rows have both.

    Such a row may be another line of numbers: conditions of the measurement, a mean, a count.
    """
    empty = np.isnan(reading.column("modulus")) & np.isnan(reading.column("phase"))
    lone = empty & np.isfinite(impedance)
    return np.where(lone, np.nan, impedance) if empty.mean() < 0.5 else impedance


def _off(one: FloatArray, other: FloatArray, scale: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.abs(one - other) / scale)


def _mostly_equal(one: FloatArray, other: FloatArray, scale: FloatArray) -> bool:
    off = _off(one, other, scale)
    off = off[np.isfinite(off)]
    return bool(off.size == 0 or np.median(off) <= SAME_IMPEDANCE)


def _agree(
    reading: ColumnReader, quantity: str, one: FloatArray, other: FloatArray, scale: FloatArray
) -> None:
    """Raise for the first row in which two columns contradict each other."""
    off = _off(one, other, scale)
    limit = ONE_ROW_OFF if _mostly_equal(one, other, scale) else SAME_IMPEDANCE
    bad = np.isfinite(off) & (off > limit)
    if bad.any():
        row = int(np.argmax(bad))
        raise reading.source.error(
            f"column {reading.title(quantity)} contradicts the other impedance columns by "
            f"{off[row]:.0%} of |Z| ({int(bad.sum())} of {off.size} rows)",
            "expected |Z|^2 = Re^2 + Im^2 and tan(phase) = Im/Re; mend the row, or choose the "
            "columns with columns={...}",
            int(reading.table.lines[row]),
        )


def _signed(reading: ColumnReader, quantity: str, impedance: ComplexArray) -> ComplexArray:
    """Test the sign of Im Z, as the name of its column has it, against the numbers."""
    if reading.hints.imaginary:
        return impedance
    behaviour = evidence.contrary_sign(reading.frequency_hz, impedance)
    if behaviour is None:
        return impedance
    title = reading.title(quantity)
    if reading.table.vendor_signs:
        reading.notes.append(
            f"sign: as the format defines it, although {title} behaves as the opposite "
            f"({behaviour})"
        )
        return impedance
    if reading.roles[quantity].sign < 0:
        raise reading.error(
            f"column {title} is named as the negative but behaves as the positive ({behaviour})",
            "say what it holds with imaginary='Im' or imaginary='-Im'",
        )
    reading.notes.append(f"sign: {title} holds the negative, by the numbers ({behaviour})")
    return np.conj(impedance)
