"""Impedance spectra: reading, checking, circuit fits and relaxation times.

Knows no chemistry and no literature. Names are loaded when they are first used, so importing
this package costs nothing that is not needed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import CellError, CircuitError, EisError, FitError, SpectrumError
from .spectrum import Spectrum

# public name -> module beside this file that defines it
_HOME: dict[str, str] = {
    "BetterMinimumWarning": "intervals",
    "Circuit": "circuit",
    "CircuitFit": "result",
    "Element": "elements",
    "KramersKronig": "kramers_kronig",
    "Parameter": "elements",
    "RelaxationTimes": "drt",
    "ArcSeries": "tracking",
    "ArrheniusLine": "activation",
    "Averaged": "averaging",
    "FitBatch": "batch",
    "Multiverse": "universes",
    "JointFit": "joint",
    "SeriesFit": "series_result",
    "arrhenius_line": "activation",
    "average": "averaging",
    "check": "plausibility",
    "check_kramers_kronig": "kramers_kronig",
    "fit": "fitting",
    "fit_joint": "joint",
    "fit_many": "batch",
    "fit_series": "series",
    "multiverse": "universes",
    "relaxation_times": "drt",
    "track_arcs": "tracking",
}
_HOME |= dict.fromkeys(("read", "read_all", "ReadError", "SeveralSpectraError"), "reading")

# layered cells
_HOME |= dict.fromkeys(("Boundary", "Cell", "Contact", "Layer", "brick_layer"), "layers")
_HOME |= dict.fromkeys(("Arrhenius", "Points", "Vtf"), "thermal")
_HOME |= dict.fromkeys(("Instrument", "Prospects", "prospects"), "precision")
_HOME |= {"known_resistances": "cell_circuit"}
_HOME |= {"Part": "sum_rule", "SumRule": "sum_rule", "check_sum_rule": "sum_rule"}
_HOME |= {"Assignments": "assignment", "MeasuredArc": "candidates", "assign_arcs": "assignment"}
_HOME |= dict.fromkeys(
    ("ArcOrder", "ElectrodesLeftOut", "PartnerChange", "PlateAlone", "ThicknessPair"), "evidence"
)

__all__ = [
    "ArcSeries",
    "ArrheniusLine",
    "Averaged",
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
    "Multiverse",
    "Parameter",
    "RelaxationTimes",
    "SeriesFit",
    "Spectrum",
    "SpectrumError",
    "arrhenius_line",
    "average",
    "check",
    "check_kramers_kronig",
    "fit",
    "fit_joint",
    "fit_many",
    "fit_series",
    "multiverse",
    "relaxation_times",
    "track_arcs",
]

__all__ += ["ReadError", "SeveralSpectraError", "read", "read_all"]

__all__ += [
    "ArcOrder",
    "Arrhenius",
    "Assignments",
    "Boundary",
    "Cell",
    "CellError",
    "Contact",
    "ElectrodesLeftOut",
    "Instrument",
    "Layer",
    "MeasuredArc",
    "Part",
    "PartnerChange",
    "PlateAlone",
    "Points",
    "Prospects",
    "SumRule",
    "ThicknessPair",
    "Vtf",
    "assign_arcs",
    "brick_layer",
    "check_sum_rule",
    "known_resistances",
    "prospects",
]

if TYPE_CHECKING:
    from .activation import ArrheniusLine, arrhenius_line
    from .assignment import Assignments, assign_arcs
    from .averaging import Averaged, average
    from .batch import FitBatch, fit_many
    from .candidates import MeasuredArc
    from .cell_circuit import known_resistances
    from .circuit import Circuit
    from .drt import RelaxationTimes, relaxation_times
    from .elements import Element, Parameter
    from .evidence import ArcOrder, ElectrodesLeftOut, PartnerChange, PlateAlone, ThicknessPair
    from .fitting import fit
    from .intervals import BetterMinimumWarning
    from .joint import JointFit, fit_joint
    from .kramers_kronig import KramersKronig, check_kramers_kronig
    from .layers import Boundary, Cell, Contact, Layer, brick_layer
    from .plausibility import check
    from .precision import Instrument, Prospects, prospects
    from .reading import ReadError, SeveralSpectraError, read, read_all
    from .result import CircuitFit
    from .series import fit_series
    from .series_result import SeriesFit
    from .sum_rule import Part, SumRule, check_sum_rule
    from .thermal import Arrhenius, Points, Vtf
    from .tracking import ArcSeries, track_arcs
    from .universes import Multiverse, multiverse


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
