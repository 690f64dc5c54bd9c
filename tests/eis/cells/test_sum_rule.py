"""R_HF = 2 R_PE + R_SE, on printed numbers of a paper and on simulated cells."""

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis.cells.equivalent_circuit import cell_circuit
from metastudy.eis.cells.layers import Cell, Contact, Layer
from metastudy.eis.cells.sum_rule import Part, check_sum_rule
from metastudy.eis.cells.temperature_laws import Arrhenius, Points
from metastudy.eis.errors import CellError

from ..simulated_cells import AREA, BLOCKING, SS, ceramic, polymer, sandwich


def test_the_printed_cell_adds_up_to_2150_ohm_cm2():
    cell = sandwich(polymer(1e-5, 0.01), ceramic(1e-4, 0.015))
    rule = check_sum_rule(cell, Part(2150 / AREA), temperature_c=25.0)
    assert rule.expected * AREA == pytest.approx(2 * 1000 + 150)
    assert rule.terms["PE"] * AREA == pytest.approx(2000)
    assert rule.difference == pytest.approx(0, abs=1e-9)
    assert rule.holds is None
    assert "no error is known" in rule.words


def test_one_layer_measured_once_counts_twice_with_its_error():
    cell = sandwich()
    layers = {"PE": Part(1000.0, 10.0), "SE": Part(150.0, 5.0)}
    rule = check_sum_rule(cell, Part(2200.0, 12.0), layers)
    # 2 x 10 and not 10 sqrt 2: both layers have the same error.
    assert rule.error == pytest.approx(np.sqrt(12**2 + 20**2 + 5**2))
    assert rule.z == pytest.approx(50 / rule.error)
    assert rule.holds is True
    broken = check_sum_rule(cell, Part(2400.0, 12.0), layers)
    assert broken.holds is False
    assert "2 x 1000 (PE) + 1 x 150 (SE) = 2150 ohm: the sum does not hold" in broken.words
    assert "difference +250 ohm, +10.5 SE" in broken.words


def _spectrum(cell, rng):
    parts = cell_circuit(cell, 25.0)
    f = np.logspace(np.log10(7e6), -1, 64)
    z = parts.circuit.impedance(f, parts.values)
    e = rng.normal(size=(2, f.size))
    return eis.Spectrum(f, z + 0.002 * np.abs(z) * (e[0] + 1j * e[1]))


def _high_frequency(spectrum, circuit):
    """R where the low-frequency part begins, and its standard error: the first resistor."""
    fit = eis.fit(spectrum, circuit)
    names = fit.circuit.names
    k = names.index("R0")
    return Part(float(fit.estimates[k]), float(fit.standard_errors[k]))


def _three_cells(rng, swelling=1.0):
    """Plate, polymer and sandwich, every bulk arc above the window."""
    pe, se = polymer(1e-3), ceramic(1e-2)
    plate = Cell((SS, se, SS), (Contact(("SS", "SE"), AREA, None, 5e-6, 0.9, True),))
    film = Cell((SS, pe, SS), (BLOCKING,))
    whole = sandwich(polymer(1e-3, 0.01 * swelling), se)
    layers = {
        "SE": _high_frequency(_spectrum(plate, rng), "R0-CPE1"),
        "PE": _high_frequency(_spectrum(film, rng), "R0-CPE1"),
    }
    measured = _high_frequency(_spectrum(whole, rng), "R0-p(R1,CPE1)-CPE2")
    return check_sum_rule(sandwich(pe, se), measured, layers)


def test_the_rule_holds_on_spectra_of_plate_polymer_and_sandwich():
    rule = _three_cells(np.random.default_rng(61))
    assert rule.expected * AREA == pytest.approx(2 * 10 + 1.5, rel=0.01)
    assert rule.holds is True


def test_the_rule_sees_a_polymer_that_became_thicker_in_the_cell():
    rule = _three_cells(np.random.default_rng(62), swelling=1.2)
    assert rule.difference * AREA == pytest.approx(0.2 * 20, rel=0.2)
    assert rule.holds is False


# Section 3.1 of Noi 2018 (10.1021/acsami.8b02427): one contact, the cell, the plate and both films
# (ohm, at 22 degC), and the conductivity of the plate (S cm-1, at 25 degC) with its energy (J/mol).
CONTACT, WHOLE, PLATE, FILMS = 118.5, 818.0, 112.0, 469.0
CONDUCTIVITY, ENERGY = 4.7e-3, 26_000.0


def test_printed_resistances_of_a_real_cell_leave_its_two_contacts():
    """Au|film|ceramic|film|Au at 22 degC: 818 ohm, layers of 469 (both films) and 112 ohm."""
    gold = Layer("Au", "electrode")
    film, ceramic_ = (Layer(name, "SE", 0.01, 0.159, Points((22.0,), (1e-3,))) for name in "FC")
    cell = Cell((gold, film, ceramic_, film, gold))
    layers = {"F": Part(FILMS / 2, 0.005 * FILMS), "C": Part(PLATE, 0.01 * PLATE)}
    rule = check_sum_rule(cell, Part(WHOLE, 0.01 * WHOLE), layers)
    assert rule.expected == pytest.approx(469 + 112)
    assert rule.difference / 2 == pytest.approx(CONTACT)
    assert rule.holds is False
    without_contacts = check_sum_rule(cell, Part(WHOLE - 2 * CONTACT, 8.0), layers)
    assert without_contacts.holds is True


def test_a_printed_conductivity_gives_the_printed_resistance_of_the_plate():
    """4.7 mS/cm at 25 degC, 26 kJ/mol, 742 um, 0.159 cm2: printed as 112 ohm at 22 degC."""
    law = Arrhenius(CONDUCTIVITY, 25.0, ENERGY / 96485.33)
    gold = Layer("Au", "electrode")
    cell = Cell((gold, Layer("C", "SE", 7.42e-2, 0.159, law), gold))
    rule = check_sum_rule(cell, Part(PLATE, 2.0), temperature_c=22.0)
    # By hand: 7.42e-2/(4.7e-3 0.159) = 99.3 ohm at 25 degC, times exp(26000/R dx) = 1.112.
    assert rule.expected == pytest.approx(99.3 * 1.112, rel=1e-3)
    assert rule.difference / rule.measured == pytest.approx(0, abs=0.02)
    assert rule.holds is True


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: check_sum_rule(sandwich(), Part(1.0)), "give one layer of each material"),
        (lambda: check_sum_rule(sandwich(), Part(1.0), {"PE": Part(1.0)}), "the sum needs SE"),
        (lambda: Part(-1.0), "resistance -1 ohm of a layer must be positive"),
        (lambda: Part(1.0, -1.0), "error -1 ohm of a layer must be 0 or more"),
    ],
)
def test_a_sum_without_its_terms_is_refused(call, message):
    with pytest.raises(CellError, match=message):
        call()
