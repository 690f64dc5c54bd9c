"""Impedance spectra: reading, checking, circuit fits and relaxation times.

Knows no chemistry and no literature. Names are loaded when they are first used, so importing
this package costs nothing that is not needed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import CircuitError, EisError, FitError, SpectrumError
from .spectrum import Spectrum

# public name -> module beside this file that defines it
_HOME: dict[str, str] = {
    "BetterMinimumWarning": "result",
    "Circuit": "circuit",
    "CircuitFit": "result",
    "Element": "elements",
    "Parameter": "elements",
    "fit": "fitting",
}

__all__ = [
    "BetterMinimumWarning",
    "Circuit",
    "CircuitError",
    "CircuitFit",
    "EisError",
    "Element",
    "FitError",
    "Parameter",
    "Spectrum",
    "SpectrumError",
    "fit",
]

if TYPE_CHECKING:
    from .circuit import Circuit
    from .elements import Element, Parameter
    from .fitting import fit
    from .result import BetterMinimumWarning, CircuitFit


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)


# Files become spectra by these.
_HOME |= dict.fromkeys(("ReadError", "SeveralSpectraError", "read", "read_all"), "reading")
__all__ += ["ReadError", "SeveralSpectraError", "read", "read_all"]

if TYPE_CHECKING:
    from .reading import ReadError, SeveralSpectraError, read, read_all
