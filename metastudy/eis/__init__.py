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
    "BetterMinimumWarning": "fits.intervals",
    "Circuit": "circuits.circuit",
    "CircuitFit": "fits.result",
    "Element": "circuits.elements",
    "KramersKronig": "validation.kramers_kronig",
    "Parameter": "circuits.elements",
    "RelaxationTimes": "validation.drt",
    "ArcSeries": "series.tracking",
    "ArrheniusLine": "series.activation_energy",
    "Averaged": "evaluators.averaging",
    "FitBatch": "fits.batch",
    "Multiverse": "evaluators.specifications",
    "JointFit": "series.global_fit",
    "SeriesFit": "series.result",
    "arrhenius_line": "series.activation_energy",
    "average": "evaluators.averaging",
    "check": "validation.plausibility",
    "check_kramers_kronig": "validation.kramers_kronig",
    "fit": "fits.fitting",
    "fit_joint": "series.global_fit",
    "fit_many": "fits.batch",
    "fit_series": "series.fitting",
    "multiverse": "evaluators.specifications",
    "relaxation_times": "validation.drt",
    "track_arcs": "series.tracking",
}
_HOME |= dict.fromkeys(("read", "read_all", "ReadError", "SeveralSpectraError"), "readers.reading")

# layered cells
_HOME |= dict.fromkeys(("Boundary", "Cell", "Contact", "Layer", "brick_layer"), "cells.layers")
_HOME |= dict.fromkeys(("Arrhenius", "Points", "Vtf"), "cells.temperature_laws")
_HOME |= dict.fromkeys(("Instrument", "Prospects", "prospects"), "cells.detectability")
_HOME |= {"known_resistances": "cells.equivalent_circuit"}
_HOME |= dict.fromkeys(("Part", "SumRule", "check_sum_rule"), "cells.sum_rule")
_HOME |= {
    "Assignments": "cells.assignment",
    "MeasuredArc": "cells.candidates",
    "assign_arcs": "cells.assignment",
}
_HOME |= dict.fromkeys(
    ("ArcOrder", "ElectrodesLeftOut", "PartnerChange", "PlateAlone", "ThicknessPair"),
    "cells.evidence",
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
    from .cells.assignment import Assignments, assign_arcs
    from .cells.candidates import MeasuredArc
    from .cells.detectability import Instrument, Prospects, prospects
    from .cells.equivalent_circuit import known_resistances
    from .cells.evidence import (
        ArcOrder,
        ElectrodesLeftOut,
        PartnerChange,
        PlateAlone,
        ThicknessPair,
    )
    from .cells.layers import Boundary, Cell, Contact, Layer, brick_layer
    from .cells.sum_rule import Part, SumRule, check_sum_rule
    from .cells.temperature_laws import Arrhenius, Points, Vtf
    from .circuits.circuit import Circuit
    from .circuits.elements import Element, Parameter
    from .evaluators.averaging import Averaged, average
    from .evaluators.specifications import Multiverse, multiverse
    from .fits.batch import FitBatch, fit_many
    from .fits.fitting import fit
    from .fits.intervals import BetterMinimumWarning
    from .fits.result import CircuitFit
    from .readers.reading import ReadError, SeveralSpectraError, read, read_all
    from .series.activation_energy import ArrheniusLine, arrhenius_line
    from .series.fitting import fit_series
    from .series.global_fit import JointFit, fit_joint
    from .series.result import SeriesFit
    from .series.tracking import ArcSeries, track_arcs
    from .validation.drt import RelaxationTimes, relaxation_times
    from .validation.kramers_kronig import KramersKronig, check_kramers_kronig
    from .validation.plausibility import check


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
