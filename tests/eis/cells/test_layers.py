"""Layers, contacts and their circuit, against algebra and printed checks."""

import numpy as np
import pytest

from metastudy.eis.cells.equivalent_circuit import cell_circuit
from metastudy.eis.cells.layers import Boundary, Cell, Contact, Layer, brick_layer
from metastudy.eis.cells.temperature_laws import Arrhenius, Points, Vtf, slope_per_kelvin
from metastudy.eis.errors import CellError

from ..simulated_cells import (
    AREA,
    BLOCKING,
    SS,
    arrhenius_sandwich,
    ceramic,
    constant,
    polymer,
    sandwich,
)

EPS0 = 8.8541878128e-12  # F/m
K = 8.617333262e-5


def test_a_layer_is_a_plate_capacitor():
    # 100 um, 0.12566 cm2, eps_r 10, in SI units.
    by_hand = EPS0 * 10 * (AREA * 1e-4) / 100e-6
    assert polymer().capacitance_f() == pytest.approx(by_hand, rel=1e-12)
    assert by_hand == pytest.approx(11.1e-12, rel=0.01)


def test_layers_of_one_name_stand_in_series():
    cell = sandwich()
    assert cell.bulk_f("PE") == pytest.approx(polymer().capacitance_f() / 2)
    assert cell.bulk_ohm("PE", 25) == pytest.approx(2 * polymer().resistance_ohm(25))
    assert cell.permittivity_of("PE", cell.bulk_f("PE")) == pytest.approx(10.0)


def test_unequal_layers_of_one_material_add():
    thin, thick = polymer(thickness=0.005), polymer(thickness=0.015)
    cell = Cell((SS, thin, ceramic(), thick, SS))
    assert cell.bulk_ohm("PE", 25) == pytest.approx(sandwich().bulk_ohm("PE", 25))
    assert cell.bulk_f("PE") == pytest.approx(sandwich().bulk_f("PE"))


def test_high_frequency_resistance_of_the_printed_cell_is_2150_ohm_cm2():
    cell = sandwich(polymer(1e-5, 0.01), ceramic(1e-4, 0.015))
    assert cell.high_frequency_ohm(25) * AREA == pytest.approx(2150.0)


def test_contacts_are_counted_in_the_stack():
    cell = sandwich()
    assert cell.stack == "SS|PE|SE|PE|SS"
    assert [cell.count(contact) for contact in cell.contacts] == [2, 2]
    assert cell.interface.name == "PE|SE"
    assert cell.contact_ohm(cell.interface, 25) == pytest.approx(2 * 1000.0 / AREA)


@pytest.mark.parametrize(
    ("law", "warm", "cold", "factor"),
    [
        (Arrhenius(1.0, 30.0, 0.7, rises=False), 30.0, 25.0, 1.567),
        (Arrhenius(64.0, 70.0, 0.7, rises=False), 70.0, 60.0, 2.035),
    ],
)
def test_resistance_follows_the_arrhenius_factors_worked_out_by_hand(law, warm, cold, factor):
    assert law.at(cold) / law.at(warm) == pytest.approx(factor, rel=3e-4)


def test_vtf_with_the_vogel_temperature_at_absolute_zero_is_arrhenius():
    vtf, arrhenius = Vtf(1e-5, 25.0, 0.6, -273.15), Arrhenius(1e-5, 25.0, 0.6)
    for t in (-30.0, 25.0, 90.0):
        assert vtf.at(t) == pytest.approx(arrhenius.at(t), rel=1e-12)


def test_a_table_of_two_arrhenius_points_is_the_line_between_them():
    law = Arrhenius(1e-5, 25.0, 0.6)
    table = Points((0.0, 90.0), (law.at(0.0), law.at(90.0)))
    assert table.at(37.0) == pytest.approx(law.at(37.0), rel=1e-12)


@pytest.mark.parametrize("t", [25.0, 60.0])
def test_slopes_are_the_derivatives_by_hand(t):
    kelvin = t + 273.15
    resistance = Arrhenius(100.0, 60.0, 0.7, rises=False)
    assert slope_per_kelvin(resistance, t) == pytest.approx(-0.7 / (K * kelvin**2), rel=1e-6)
    vtf = Vtf(1e-5, 25.0, 0.1, -80.0)
    assert slope_per_kelvin(vtf, t) == pytest.approx(0.1 / (K * (t + 80.0) ** 2), rel=1e-5)
    line = Points((0.0, 60.0), (resistance.at(0.0), resistance.at(60.0)))
    assert slope_per_kelvin(line, t) == pytest.approx(slope_per_kelvin(resistance, t), rel=1e-3)


def test_brick_layer_of_the_printed_example():
    total, ratio = brick_layer(1e-3, 1e-6, 10e-4, 10e-7)
    assert total == pytest.approx(5.0e-4, rel=1e-3)
    assert ratio == pytest.approx(1000.0)


def test_the_circuit_is_the_sum_of_its_parts_by_hand():
    t = 30.0
    cell = arrhenius_sandwich()
    parts = cell_circuit(cell, t, cell.interface)
    f = np.logspace(7, -2, 40)
    jw = 2j * np.pi * f
    pe, se, faces = cell.layers[1], cell.layers[2], cell.interface

    def arc(r, c, n):
        return r / (1 + (jw * r * c) ** n)

    kelvin, room = t + 273.15, 298.15

    def sigma(value, ea):
        return value * np.exp(ea / K * (1 / room - 1 / kelvin))

    r_pe = 2 * pe.thickness_cm / (sigma(1e-5, 0.8) * AREA)
    r_se = se.thickness_cm / (sigma(1e-3, 0.3) * AREA)
    r_gb = se.thickness_cm / (sigma(3e-4, 0.4) * AREA)
    c_pe = EPS0 * 1e-2 * 10 * AREA / 0.02
    c_se = EPS0 * 1e-2 * 30 * AREA / 0.015
    r_if = 2 * 400 * np.exp(0.8 / K * (1 / kelvin - 1 / 333.15)) / AREA
    inner = arc(r_pe, c_pe, 1) + arc(r_se, c_se, 1) + arc(r_gb, 1000 * c_se, 0.95)
    inner = inner + arc(r_if, 1e-6 * AREA / 2, 0.85) + 1 / (5e-6 * AREA / 2 * jw**0.9)
    by_hand = jw * 5e-7 + 1 / (1 / inner + jw * 2e-11)
    z = parts.circuit.impedance(f, parts.values)
    np.testing.assert_allclose(z, by_hand, rtol=1e-9)
    assert parts.meaning[parts.asked] == "interface PE|SE"
    assert faces is cell.interface


def test_other_cells_follow_geometry():
    cell = sandwich()
    assert cell.with_area(4).high_frequency_ohm(25) == pytest.approx(
        cell.high_frequency_ohm(25) / 4
    )
    thick = cell.with_thickness("PE", 2)
    assert thick.bulk_ohm("PE", 25) == pytest.approx(2 * cell.bulk_ohm("PE", 25))
    assert thick.bulk_ohm("SE", 25) == pytest.approx(cell.bulk_ohm("SE", 25))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Layer("PE", "polymer"), "layer PE: kind 'polymer' is not one of SE, PE, LE"),
        (lambda: Layer("PE", "PE", 0.0, 1.0), "layer PE: thickness_cm = 0 must be positive"),
        (lambda: Layer("PE", "PE", 0.01, -1.0), "layer PE: area_cm2 = -1 must be positive"),
        (
            lambda: Layer("PE", "PE", 0.01, 1.0, boundary=Boundary(constant(1e-4))),
            "layer PE is PE and has no grain boundaries",
        ),
        (lambda: Cell((SS, SS)), r"the stack SS\|SS has no ionic conductor"),
        (
            lambda: Cell((SS, polymer(), SS), (Contact(("PE", "SE"), 1.0),)),
            r"no layers PE\|SE touch in the stack SS\|PE\|SS",
        ),
        (
            lambda: Cell((SS, polymer(1e-5), ceramic(), polymer(1e-4), SS)),
            "layers named PE differ; give each material its name",
        ),
        (
            lambda: Contact(("PE", "SE"), 1.0, constant(1.0), blocking=True),
            r"contact PE\|SE is blocking and has a resistance; choose one",
        ),
        (lambda: Contact(("PE", "SE"), 1.0, exponent=1.2), "exponent = 1.2 must be above 0"),
        (lambda: sandwich(stray_f=-1e-12), "stray_f = -1e-12 must be 0 or more"),
        (lambda: sandwich().named("LE"), "has no layer 'LE'"),
        (lambda: Cell((SS, polymer(), SS), (BLOCKING,)).interface, "described: none"),
        (lambda: Layer("PE", "PE", 0.01, 1.0).resistance_ohm(25), "PE has no conductivity"),
        (lambda: constant(1e-5).at(60.0), "60 degC is outside the table from 25 to 25 degC"),
        (lambda: Vtf(1e-5, 25.0, 0.1, -50.0).at(-60.0), "-60 degC is not above the Vogel"),
        (lambda: Arrhenius(1.0, 25.0, -0.5), "ea_ev = -0.5 is not an activation energy"),
        (lambda: Arrhenius(1.0, 25.0, 0.5).at(-300.0), "-300 degC is not a temperature"),
        (lambda: Arrhenius(1.0, 25.0, 50.0).at(60.0), r"moves 1 by a factor of 10\^89 to 60 degC"),
        (lambda: Points((25.0, 10.0), (1.0, 2.0)), "must rise from one to the next"),
        (lambda: Points((25.0,), (1.0, 2.0)), "1 temperatures and 2 values"),
        (lambda: brick_layer(1e-3, 1e-6, 0.0, 1e-7), "grain_cm = 0 must be positive"),
        (
            lambda: cell_circuit(
                sandwich(interface=Contact(("PE", "SE"), AREA, constant(1.0))), 25
            ),
            r"contact PE\|SE has no capacitance",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_be_right(make, message):
    with pytest.raises(CellError, match=message):
        make()
