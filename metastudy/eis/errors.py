"""Errors of the impedance engine; each message says where, what, and what would be right."""

from ..errors import MetastudyError


class EisError(MetastudyError):
    """A mistake in an impedance spectrum, a circuit or the request for a fit."""


class SpectrumError(EisError):
    """Arrays that are not one impedance spectrum."""


class CircuitError(EisError):
    """A circuit that cannot be read, or a parameter that it does not have."""


class FitError(EisError):
    """A fit that cannot be done as asked."""


class CellError(EisError):
    """A layered cell that cannot be: its geometry, a property, or what is asked of it."""
