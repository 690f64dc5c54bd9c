"""Bounds before a cell is built: against derivatives, limits, and fits of simulated data."""

from dataclasses import replace

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis.cells.detectability import Instrument, detectable, prospects, relative_errors
from metastudy.eis.cells.equivalent_circuit import cell_circuit
from metastudy.eis.errors import CellError

from ..simulated_cells import AREA, arrhenius_sandwich, ceramic, contact, polymer, sandwich

PLAIN = Instrument(high_frequency_error=0.0)


def test_the_bound_is_the_inverse_of_the_fisher_matrix_by_differences():
    cell = arrhenius_sandwich()
    instrument = Instrument(ceiling_ohm=1e9, floor_ohm=0.5)
    parts = cell_circuit(cell, 30.0, cell.interface)
    circuit, f = parts.circuit, instrument.frequency_hz
    values = circuit.values(parts.values)
    z = circuit.impedance(f, values)
    above = np.maximum(f / 1e6 - 1, 0) / 6
    size = np.abs(z)
    sd = np.sqrt((0.005**2 + (0.02 * above) ** 2 + (size / 1e9) ** 2) * size**2 + 0.5**2)
    slopes = []
    for k in range(len(values)):
        # Exponents may not leave their limits, so every step goes inside.
        step = 1e-5 * values[k]
        two = [values.copy(), values.copy()]
        two[0][k] -= step
        two[1][k] -= 2 * step
        ends = [circuit.impedance(f, v) for v in two]
        # One-sided, second order; per relative change.
        slopes.append((3 * z - 4 * ends[0] + ends[1]) / (2e-5) / sd)
    j = np.array(slopes)
    fisher = j.real @ j.real.T + j.imag @ j.imag.T
    k = circuit.names.index(parts.asked)
    by_hand = np.sqrt(np.linalg.inv(fisher)[k, k])
    bound = relative_errors(cell, instrument, 30.0, cell.interface, prior=False)
    assert bound[0] == pytest.approx(by_hand, rel=2e-3)
    assert relative_errors(cell, instrument, 30.0, cell.interface)[0] < by_hand


def test_the_bound_is_what_fits_of_simulated_spectra_scatter_by():
    # Bulk arcs inside the window, so that the fit has the parameters of the bound.
    cell = sandwich(polymer(1e-7), ceramic(1e-3), contact(3e6, 1e-7))
    cell = replace(cell, contacts=cell.contacts[:1])
    instrument = Instrument(relative_error=0.01, high_frequency_error=0.0)
    parts = cell_circuit(cell, 25.0, cell.interface)
    f = instrument.frequency_hz
    z = parts.circuit.impedance(f, parts.values)
    rng = np.random.default_rng(65)
    e = rng.normal(size=(2, 150, f.size))
    noisy = z + 0.01 * np.abs(z) * (e[0] + 1j * e[1])
    batch = eis.fit_many([eis.Spectrum(f, row) for row in noisy], "R0-p(R1,C1)-p(R3,CPE3)")
    r = np.log(batch.params.unstack()["R3"].to_numpy())
    bound = relative_errors(cell, instrument, 25.0, cell.interface)[0]
    # The SD of 150 draws has a standard error of 6 %.
    assert np.std(r, ddof=1) == pytest.approx(bound, rel=0.2)


def test_the_bound_is_proportional_to_the_noise_and_to_the_root_of_points():
    cell = sandwich()
    ask = (25.0, cell.interface)
    one = relative_errors(cell, PLAIN, *ask, prior=False)[0]
    twice = relative_errors(cell, replace(PLAIN, relative_error=0.01), *ask, prior=False)[0]
    dense = relative_errors(cell, replace(PLAIN, points_per_decade=32.0), *ask, prior=False)[0]
    assert twice == pytest.approx(2 * one, rel=1e-6)
    assert dense == pytest.approx(one / 2, rel=0.02)


def _all_too_fast():
    """Unknown permittivities, because a known one gives R from its reactance R^2 w C."""
    pe = replace(polymer(0.01, known=0.03), permittivity=None)
    se = replace(ceramic(0.1, known=0.03), permittivity=None)
    return sandwich(pe, se, contact(0.2, 1e-10, 1.0))


def test_where_all_arcs_are_too_fast_the_bulk_must_be_known():
    # 25 ohm in all, no reactance in the window: R_interface = R_total - R_bulk.
    cell = _all_too_fast()
    exact = replace(PLAIN, relative_error=1e-4)
    bulk = [cell.bulk_ohm(name, 25.0) for name in ("PE", "SE")]
    faces = cell.contact_ohm(cell.interface, 25.0)
    by_hand = 0.03 * np.hypot(*bulk) / faces
    error = relative_errors(cell, exact, 25.0, cell.interface)[0]
    assert error == pytest.approx(by_hand, rel=0.01)
    free = relative_errors(cell, replace(PLAIN), 25.0, cell.interface, prior=False)[0]
    assert free > 10


def test_nothing_is_detected_below_three_errors_of_a_known_bulk():
    cell = _all_too_fast()
    exact = replace(PLAIN, relative_error=1e-4)
    smallest, _ = detectable(cell, exact, 25.0, cell.interface)
    bulk = [cell.bulk_ohm(name, 25.0) for name in ("PE", "SE")]
    assert smallest == pytest.approx(3 * 0.03 * np.hypot(*bulk) * AREA / 2, rel=0.02)


def test_the_end_of_the_detected_range_has_an_error_of_a_third():
    cell = arrhenius_sandwich()
    for t in (10.0, 70.0):
        ends = detectable(cell, Instrument(), t, cell.interface)
        errors = relative_errors(cell, Instrument(), t, cell.interface, np.array(ends))
        np.testing.assert_allclose(errors, 1 / 3, rtol=0.02)


def test_a_cell_that_is_lost_in_the_noise_detects_nothing():
    cell = sandwich()
    blind = replace(PLAIN, floor_ohm=1e15)
    assert detectable(cell, blind, 25.0, cell.interface) == (None, None)


def test_prospects_name_the_best_temperature_and_the_error_of_the_chamber():
    cell = arrhenius_sandwich()
    found = prospects(cell, Instrument(temperature_sd_k=0.5), [10.0, 50.0, 90.0])
    kelvin = 50.0 + 273.15
    by_hand = 0.5 * 0.8 / (8.617333262e-5 * kelvin**2)
    assert found.points[1].temperature_error == pytest.approx(by_hand, rel=1e-5)
    point = found.points[1]
    assert point.total_error == pytest.approx(np.hypot(point.relative_error, by_hand))
    assert point.apex_hz == pytest.approx(1 / (2 * np.pi * point.asr_ohm_cm2 * 1e-6))
    assert found.best is min(found.points, key=lambda p: p.total_error)
    assert list(found.table()["temperature_c"]) == [10.0, 50.0, 90.0]


def test_alternatives_are_the_cells_they_say():
    cell = arrhenius_sandwich()
    found = prospects(cell, Instrument(), [30.0])
    gains = [found.gain(other) for other in found.alternatives]
    assert gains == sorted(gains, reverse=True)
    thin = next(other for other in found.alternatives if other.words == "PE 25 um")
    again = prospects(thin.cell, Instrument(), [30.0]).points[0]
    assert thin.relative_errors[0] == again.relative_error
    # Less of what is not asked for and measured better can only help.
    assert found.gain(thin) > 1
    known = next(o for o in found.alternatives if o.words == "SE alone measured to 2 %")
    assert found.gain(known) > 1
    longer = next(o for o in found.alternatives if o.words == "sweep down to 0.01 Hz")
    assert found.gain(longer) > 1


def test_verdicts_follow_the_stated_limits():
    point = prospects(arrhenius_sandwich(), Instrument(), [30.0]).points[0]
    words = [replace(point, relative_error=e).verdict for e in (0.05, 0.051, 0.33, 0.34)]
    assert words == ["value", "weak", "weak", "bound"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Instrument(low_hz=1e7), "the sweep from 1e.07 to 7e.06 Hz must rise"),
        (lambda: Instrument(relative_error=0.0), "relative_error = 0 must be positive"),
        (lambda: Instrument(points_per_decade=1e9), "points_per_decade = 1e.09 is more than 1000"),
        (lambda: Instrument(floor_ohm=-1.0), "floor_ohm = -1 must be 0 or more"),
        (lambda: prospects(sandwich(), PLAIN, []), "give at least one temperature in degC"),
        (
            lambda: prospects(sandwich(interface=replace(contact(), asr=None)), PLAIN, [25.0]),
            r"contact PE\|SE has no resistance; give the one you expect",
        ),
        (
            lambda: relative_errors(sandwich(), PLAIN, 25.0, sandwich().contacts[1]),
            r"contact SS\|PE has no resistance in this cell; it blocks",
        ),
    ],
)
def test_a_plan_without_its_numbers_is_refused(call, message):
    with pytest.raises(CellError, match=message):
        call()
