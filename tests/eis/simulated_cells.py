"""Layered cells with known parts, for the tests of geometry, assignment and precision."""

from metastudy.eis.cells.layers import Boundary, Cell, Contact, Layer
from metastudy.eis.cells.temperature_laws import Arrhenius, Points

AREA = 0.12566370614359174  # a disc of 4 mm
SS = Layer("SS", "electrode")


def constant(value, at=25.0):
    """A law that holds at one temperature."""
    return Points((at,), (value,))


def polymer(sigma=1e-5, thickness=0.01, **more):
    return Layer("PE", "PE", thickness, AREA, constant(sigma), 10.0, **more)


def ceramic(sigma=1e-4, thickness=0.015, boundary=None, **more):
    part = None if boundary is None else Boundary(constant(boundary), 500.0)
    return Layer("SE", "SE", thickness, AREA, constant(sigma), 30.0, part, **more)


def contact(asr=1000.0, capacitance=1e-6, exponent=0.9):
    return Contact(("PE", "SE"), AREA, constant(asr), capacitance, exponent)


BLOCKING = Contact(("SS", "PE"), AREA, None, 5e-6, 0.9, blocking=True)


def sandwich(pe=None, se=None, interface=None, **more):
    """SS|PE|SE|PE|SS."""
    pe, se = pe or polymer(), se or ceramic()
    return Cell((SS, pe, se, pe, SS), (interface or contact(), BLOCKING), **more)


def arrhenius_sandwich():
    """A cell over temperature with all parts, leads too."""
    pe = Layer("PE", "PE", 0.01, AREA, Arrhenius(1e-5, 25.0, 0.8), 10.0)
    gb = Boundary(Arrhenius(3e-4, 25.0, 0.4), 1000.0, 0.95)
    se = Layer("SE", "SE", 0.015, AREA, Arrhenius(1e-3, 25.0, 0.3), 30.0, gb)
    faces = Contact(("PE", "SE"), AREA, Arrhenius(400.0, 60.0, 0.8, rises=False), 1e-6, 0.85)
    return Cell((SS, pe, se, pe, SS), (faces, BLOCKING), 5e-7, 2e-11)
