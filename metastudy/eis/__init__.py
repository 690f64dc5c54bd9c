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
    "KramersKronig": "kramers_kronig",
    "Parameter": "elements",
    "RelaxationTimes": "drt",
    "ArcSeries": "tracking",
    "Averaged": "averaging",
    "FitBatch": "batch",
    "Multiverse": "multiverse",
    "JointFit": "joint",
    "average": "averaging",
    "check": "plausibility",
    "check_kramers_kronig": "kramers_kronig",
    "fit": "fitting",
    "fit_joint": "joint",
    "fit_many": "batch",
    "relaxation_times": "drt",
    "track_arcs": "tracking",
}
_HOME |= dict.fromkeys(("read", "read_all", "ReadError", "SeveralSpectraError"), "reading")

__all__ = [
    "ArcSeries",
    "BetterMinimumWarning",
    "Circuit",
    "CircuitError",
    "CircuitFit",
    "EisError",
    "Element",
    "FitBatch",
    "FitError",
    "JointFit",
    "KramersKronig",
    "Parameter",
    "RelaxationTimes",
    "Spectrum",
    "SpectrumError",
    "check",
    "check_kramers_kronig",
    "fit",
    "fit_joint",
    "fit_many",
    "relaxation_times",
    "track_arcs",
]

__all__ += ["ReadError", "SeveralSpectraError", "read", "read_all"]

if TYPE_CHECKING:
    from .batch import FitBatch, fit_many
    from .circuit import Circuit
    from .drt import RelaxationTimes, relaxation_times
    from .elements import Element, Parameter
    from .fitting import fit
    from .joint import JointFit, fit_joint
    from .kramers_kronig import KramersKronig, check_kramers_kronig
    from .plausibility import check
    from .reading import ReadError, SeveralSpectraError, read, read_all
    from .result import BetterMinimumWarning, CircuitFit
    from .tracking import ArcSeries, track_arcs


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
