"""One refit: what a raw spectrum of a study gave under named choices, as text.

A row of refits.csv holds all that is needed to do the fit again: the file and its checksum, the
circuit, window and weights, every parameter, and the objective at them. Where the law of the errors
was read off the residuals, it is there too. The resistance is that of
the measured circuit in ohm; area and contact count are applied in :mod:`metastudy.normalise`, as
for a printed number.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, fields

REFITS = "refits.csv"
NOT_DETERMINED = "not_determined"
LEVEL = 0.95
# The weights whose law is read off the residuals, and stored beside the parameters.
STRUCTURE = "structure"
# That law, sd = scale |Z|^exponent max(1, f/1 MHz)^rise exp(bend ln^2(|Z|/centre)), with |Z| and
# centre in ohm: lowest and highest value of each number.
NOISE = {
    "scale": (1e-300, 1e300),
    "exponent": (0.0, 1.5),
    "rise": (0.0, 2.0),
    "bend": (0.0, 0.5),
    "centre": (1e-300, 1e300),
}
_PARAMETER = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_]*)=(?P<value>[0-9.eE+-]+)")


@dataclass(frozen=True)
class Refit:
    """A row of refits.csv, column by column, all text as schemas/refit.schema.json says."""

    refit_id: str
    file: str
    sha256: str
    spectrum: str
    cycle: str
    sample_id: str
    cell_id: str
    state_id: str
    component: str
    value_covers: str
    temperature_text: str
    circuit: str
    circuit_by: str
    window_hz: str
    weight: str
    loss: str
    high_frequency_error: str
    noise: str
    parameters: str
    arc: str
    arc_by: str
    cell_sha256: str
    resistance_ohm: str
    lower_ohm: str
    upper_ohm: str
    log_variance: str
    identifiability: str
    verdict: str
    kramers_kronig: str
    objective: str
    software: str
    notes: str
    reading: str = ""

    @property
    def place_in_file(self) -> str:
        """The place of the spectrum, in words."""
        return f"spectra/{self.file}, spectrum {self.spectrum}"

    @property
    def window(self) -> tuple[float, float] | None:
        """Lowest and highest frequency (Hz) that was fitted, or None for all."""
        return parse_window(self.window_hz)

    @property
    def relative_error(self) -> float:
        """Standard error of ln R, the relative error of the resistance."""
        return math.sqrt(float(self.log_variance))


# A column that older files lack.
ADDED_COLUMNS = ("reading",)
REFIT_COLUMNS = tuple(field.name for field in fields(Refit))


def parse_window(text: str) -> tuple[float, float] | None:
    """Read a window such as ``0.5..1e6`` (Hz); None for ``all``."""
    if text == "all":
        return None
    low, _, high = text.partition("..")
    return float(low), float(high)


def write_window(window: tuple[float, float] | None) -> str:
    """Write a window (Hz) as ``low..high``, or ``all``."""
    return "all" if window is None else f"{window[0]!r}..{window[1]!r}"


def parse_parameters(text: str) -> dict[str, float]:
    """Read ``R0=12.5; CPE1_n=0.9`` as numbers by name, in the order of the text."""
    return {m["name"]: float(m["value"]) for m in _PARAMETER.finditer(text)}


def write_parameters(parameters: dict[str, float]) -> str:
    """Write parameters with every digit that reading them back needs."""
    return "; ".join(f"{name}={float(value)!r}" for name, value in parameters.items())
