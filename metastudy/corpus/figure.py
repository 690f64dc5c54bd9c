"""A digitised figure: axes known at two points each, and points that they turn into values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from metastudy.units import ZERO_CELSIUS_K

FIGURES = "figures"
Position = tuple[float, float]
LINEAR, LOG = "linear", "log"


@dataclass(frozen=True)
class FigureAxis:
    """An axis by two points on it, with the values that are printed there.

    Attributes
    ----------
    scale
        linear, or log.
    shows
        value, log10 or ln of it; degC, K or 1000/K of a temperature; or other.
    first, second
        Positions.
    low, high
        The printed values at them.
    """

    scale: str
    shows: str
    first: Position
    second: Position
    low: float
    high: float

    @classmethod
    def read(cls, part: Mapping[str, Any]) -> FigureAxis:
        """Read an axis from the YAML form of figure.schema.json."""
        first, second = part["first"], part["second"]
        return cls(
            part["scale"],
            part["shows"],
            position(first["at"]),
            position(second["at"]),
            float(first["value"]),
            float(second["value"]),
        )

    def printed(self, share: float) -> float:
        """Return the printed value at a share of the way from the first point to the second."""
        if self.scale == LINEAR:
            return self.low + share * (self.high - self.low)
        low, high = math.log(self.low), math.log(self.high)
        return math.exp(low + share * (high - low))

    @property
    def along(self) -> Position:
        """The step from the first point to the second."""
        return self.second[0] - self.first[0], self.second[1] - self.first[1]

    @property
    def fault(self) -> str:
        """Say why the axis gives no values, or nothing."""
        if self.first == self.second:
            return "both points are at the same position"
        if self.low == self.high:
            return "both points have the same value"
        if self.scale == LOG and min(self.low, self.high) <= 0:
            return "a logarithmic axis has no value at or below zero"
        return ""


@dataclass(frozen=True)
class Figure:
    """A figure with its series; positions and the reading error are in one unit.

    Attributes
    ----------
    reading_error
        One standard deviation of a position.
    series
        Positions of the points by the name of their series.
    """

    id: str
    locator: str
    file: str
    sha256: str
    reading_error: float
    x: FigureAxis
    y: FigureAxis
    series: Mapping[str, tuple[Position, ...]]

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Figure:
        """Read a figure from the YAML form of figure.schema.json."""
        return cls(
            value["id"],
            value["locator"],
            value["file"],
            value["sha256"],
            float(value["reading_error"]),
            FigureAxis.read(value["x"]),
            FigureAxis.read(value["y"]),
            {s["name"]: tuple(map(position, s["points"])) for s in value["series"]},
        )

    @property
    def fault(self) -> str:
        """Say why the axes give no values, or nothing."""
        for name, axis in (("x", self.x), ("y", self.y)):
            if axis.fault:
                return f"the axis {name} cannot be used: {axis.fault}"
        return "the two axes are parallel" if math.isclose(self._turned(), 0.0) else ""

    def _turned(self) -> float:
        return _cross(self.x.along, self.y.along)

    def printed(self, point: Position) -> tuple[float, float]:
        """Return what the axes print at a position; they may be turned against the picture."""
        return (
            self.x.printed(_share(point, self.x, self.y)),
            self.y.printed(_share(point, self.y, self.x)),
        )

    def value(self, point: Position) -> float:
        """Return the value of a point: what the y axis prints, or the number whose log it is."""
        printed = self.printed(point)[1]
        if self.y.shows == "log10":
            return math.pow(10.0, printed)
        return math.exp(printed) if self.y.shows == "ln" else printed

    def value_error(self, point: Position) -> float:
        """Return the reading error of a value: one standard deviation of the position along y."""
        along = self.y.along
        step = self.reading_error / math.hypot(*along)
        moved = (point[0] + step * along[0], point[1] + step * along[1])
        return abs(self.value(moved) - self.value(point))

    def temperature_c(self, point: Position) -> float | None:
        """Return the temperature (degC) of a point, or None where x shows something else."""
        printed = self.printed(point)[0]
        if self.x.shows == "degC":
            return printed
        if self.x.shows == "K":
            return printed - ZERO_CELSIUS_K
        return 1000.0 / printed - ZERO_CELSIUS_K if self.x.shows == "1000/K" else None


def position(text: str) -> Position:
    """Read a position such as ``120.5 88``."""
    x, y = text.split()
    return float(x), float(y)


def _share(point: Position, axis: FigureAxis, other: FigureAxis) -> float:
    """Return how far along an axis a point is, seen in the direction of the other axis."""
    moved = (point[0] - axis.first[0], point[1] - axis.first[1])
    return _cross(moved, other.along) / _cross(axis.along, other.along)


def _cross(a: Position, b: Position) -> float:
    return a[0] * b[1] - a[1] * b[0]


def rounded(value: float, error: float) -> tuple[str, str]:
    """Write a value to the digits that its reading error leaves: two of the error.

    >>> rounded(123.456, 2.345), rounded(5.4321e-7, 1.2e-9)
    (('123.5', '2.3'), ('5.432e-7', '0.012e-7'))
    """
    if not error:
        return f"{value:.6g}", "0"
    exponent = math.floor(math.log10(abs(value))) if value else 0
    shown = exponent if not -4 <= exponent < 6 else 0
    scale = 10.0**shown
    digits = max(0, 1 - math.floor(math.log10(error / scale)))
    end = f"e{shown}" if shown else ""
    return f"{value / scale:.{digits}f}{end}", f"{error / scale:.{digits}f}{end}"
