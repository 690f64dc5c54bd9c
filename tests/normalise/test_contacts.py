"""From the circuit to one contact: area, count, coverage, and what each adds to V."""

import math
from dataclasses import replace

import pytest

from metastudy.corpus.study import Condition
from tests.studies import (
    covariance,
    energy,
    make_study,
    normalised,
    reasons,
    resistance,
    the_observation,
)

LOG2 = math.log10(2.0)


def of(*rows, **given):
    """One SE/SE study at its reference temperature, so that nothing moves."""
    return make_study(*rows, interface_class="SE/SE", **given)


def terms(observation, name):
    return [(t.scope, t.loading) for t in observation.terms if t.name == name]


@pytest.mark.parametrize(
    ("n", "covers", "expected"),
    [
        ("2", "one", 100),
        ("2", "all", 50),
        ("1", "all", 100),
        ("1", "unknown", 100),
        ("4", "all", 25),
    ],
)
def test_divided_only_where_it_covers_all(n, covers, expected):
    o = the_observation(of(resistance(100, 25, value_covers=covers), cell={"n_in_circuit": n}))
    assert 10.0**o.y == pytest.approx(expected)
    assert o.coverage_known
    assert not terms(o, "interfaces")


def test_unknown_coverage_is_one_or_all_and_one_unknown_of_the_cell_design():
    rows = [resistance(100, 25, value_covers="unknown", sample_id=name) for name in "ab"]
    other = of(resistance(100, 25, value_covers="unknown"), name="beta_2020_x")
    result = normalised(of(*rows), other)
    (a, b, c), V = covariance(result)
    # A fair coin between 0 and -log10 2: mean -0.1505, variance (log10 2)^2 / 4 = 0.02266.
    outcomes = (0.0, -LOG2)
    mean = sum(outcomes) / 2.0
    variance = sum((x - mean) ** 2 for x in outcomes) / 2.0
    assert mean == pytest.approx(-0.1505, abs=5e-5)
    assert variance == pytest.approx(0.02266, abs=1e-5)
    assert [o.y for o in result.observations] == [pytest.approx(2.0 + mean)] * 3
    for pair in ((a, b), (a, a), (b, b)):
        assert V[pair] == pytest.approx(variance, rel=1e-12)
    assert V[a, c] == 0.0


def test_two_cell_designs_are_two_unknowns():
    rows = [resistance(100, 25, value_covers="unknown", sample_id=name) for name in "ab"]
    study = of(rows[0], rows[1] | {"cell_id": "second"})
    second = replace(study.cells["cell"], id="second")
    (a, b), V = covariance(normalised(replace(study, cells={**study.cells, "second": second})))
    assert V[a, b] == 0.0
    assert V[a, a] > 0.0


def test_unknown_count_is_taken_to_be_two():
    o = the_observation(
        of(resistance(100, 25, value_covers="all"), cell={"n_in_circuit": "unknown"})
    )
    assert o.y == pytest.approx(2.0 - LOG2 / 2.0)
    assert not o.coverage_known


@pytest.mark.parametrize(
    ("qualifier", "censoring", "end"), [("lt", "left", 2.0), ("gt", "right", 2.0 - LOG2)]
)
def test_bound_of_unknown_coverage_keeps_its_weaker_end(qualifier, censoring, end):
    o = the_observation(of(resistance(100, 25, value_covers="unknown", qualifier=qualifier)))
    assert o.censoring == censoring
    assert o.y is None
    assert (o.hi if qualifier == "lt" else o.lo) == pytest.approx(end)
    assert not terms(o, "interfaces")


@pytest.mark.parametrize(
    ("cell", "covers", "shift"),
    [
        ({}, "unknown", LOG2),
        ({"n_in_circuit": "4"}, "unknown", 2 * LOG2),
        ({}, "one", 0.0),
        ({}, "all", 0.0),
        ({"identical_contacts": "no"}, "unknown", 0.0),
    ],
)
def test_the_count_that_may_divide_a_bound_is_kept_beside_it(cell, covers, shift):
    row = resistance(100, 25, value_covers=covers, qualifier="lt")
    assert the_observation(of(row, cell=cell)).count_shift == pytest.approx(shift)


def test_range_of_unknown_coverage_widens_to_both_weaker_ends():
    row = resistance(5, 25, value_covers="unknown", qualifier="between", upper_text="20")
    o = the_observation(of(row))
    assert o.censoring == "interval"
    assert (10.0**o.lo, 10.0**o.hi) == (pytest.approx(2.5), pytest.approx(20.0))


def test_bound_that_covers_all_is_divided():
    o = the_observation(of(resistance(100, 25, value_covers="all", qualifier="lt")))
    assert 10.0**o.hi == pytest.approx(50.0)


def test_sum_of_different_contacts_bounds_each_from_above():
    different = {"identical_contacts": "no"}
    o = the_observation(of(resistance(100, 25, value_covers="all"), cell=different))
    assert (o.censoring, o.lo) == ("left", None)
    assert 10.0**o.hi == pytest.approx(100.0)
    one = the_observation(of(resistance(100, 25, value_covers="one"), cell=different))
    assert 10.0**one.y == pytest.approx(100.0)


def test_line_over_different_contacts_is_read_at_the_reference():
    rows = [resistance(value, t, value_covers="all") for value, t in ((40, 40), (20, 60), (10, 80))]
    identical, different = (
        the_observation(of(*rows, cell={"identical_contacts": word})) for word in ("yes", "no")
    )
    assert different.censoring == "left"
    assert different.hi == pytest.approx(identical.y + LOG2)


def test_noi_is_not_halved_again():
    """18.8 ohm cm2 is per interface: (818 - 112 - 469)/2 ohm times 0.159 cm2."""
    per_interface = (818 - 112 - 469) / 2 * 0.159
    assert per_interface == pytest.approx(18.8, abs=0.05)
    area = {"area": Condition("0.159", "cm2")}
    study = of(
        resistance(18.8, 25, value_covers="one"),
        resistance(
            118.5,
            25,
            value_covers="one",
            quantity="resistance",
            unit_text="ohm",
            reference_record="alpha_2020_first.001",
        ),
        contact=area,
    )
    result = normalised(study)
    (o,) = result.observations
    assert 10.0**o.y == pytest.approx(18.8)
    assert reasons(result) == {"002": "duplicate"}


def test_resistance_in_ohm_needs_an_area_and_feels_its_error():
    row = resistance(100, 25, quantity="resistance", unit_text="ohm")
    assert reasons(normalised(of(row))) == {"001": "no_area"}
    area = {"area": Condition("0.5", "cm2", minus="0.05", plus="0.05")}
    two = of(row, row | {"sample_id": "second"}, contact=area)
    (a, b), V = covariance(normalised(two))
    o = normalised(two).observations[0]
    assert 10.0**o.y == pytest.approx(50.0)
    # ln A has a standard deviation of 0.1; both samples feel the same error.
    assert terms(o, "area") == [("cell design", pytest.approx(0.1 / math.log(10.0)))]
    assert V[a, b] == pytest.approx((0.1 / math.log(10.0)) ** 2)


def test_area_from_a_diameter_in_mm():
    row = resistance(100, 25, quantity="resistance", unit_text="ohm")
    o = the_observation(of(row, contact={"diameter": Condition("10", "mm", minus="1", plus="1")}))
    assert 10.0**o.y == pytest.approx(100.0 * math.pi * 0.25)
    assert terms(o, "area") == [("cell design", pytest.approx(0.2 / math.log(10.0)))]


def test_true_area_and_composites_are_never_pooled():
    assert reasons(normalised(of(resistance(100, 25), contact={"area_basis": "true_surface"}))) == {
        "001": "not_geometric"
    }
    for word in ("model", "composite_model"):
        assert reasons(normalised(of(resistance(1, 25, evaluation=word)))) == {"001": "composite"}


def test_conductance_is_the_inverse_and_its_bounds_change_sides():
    row = resistance(20, 25, quantity="conductance_per_area", unit_text="mS cm-2")
    assert 10.0 ** the_observation(of(row)).y == pytest.approx(50.0)
    o = the_observation(of(row | {"qualifier": "gt"}))
    assert o.censoring == "left"
    assert 10.0**o.hi == pytest.approx(50.0)


def test_exchange_current_is_a_lower_bound_on_the_total():
    row = resistance(
        53.1,
        25,
        quantity="exchange_current_density",
        unit_text="uA cm-2",
        role="kinetic",
        component="charge_transfer",
        value_covers="not_applicable",
    )
    o = the_observation(make_study(row, energy("0.5"), interface_class="LE/SE"))
    # RT/F at 298.15 K is 25.693 mV.
    assert 10.0**o.lo == pytest.approx(25.6926e-3 / 53.1e-6, rel=1e-5)
    assert (o.censoring, o.component) == ("right", "charge_transfer")


@pytest.mark.parametrize(
    ("quantity", "unit", "value"),
    [
        ("area_specific_resistance", "ohm cm2", 50),
        ("conductance_per_area", "S cm-2", 0.02),
    ],
)
def test_reading_error_of_a_figure_is_relative_to_what_was_read(quantity, unit, value):
    row = resistance(
        value,
        25,
        quantity=quantity,
        unit_text=unit,
        basis="figure_eye",
        reading_error=str(value * 0.2),
    )
    o = the_observation(of(row))
    assert 10.0**o.y == pytest.approx(50.0)
    assert terms(o, "reading") == [("row", pytest.approx(0.2 / math.log(10.0)))]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"n": "4", "n_of": "repeats", "unc_kind": "sd"}, (True, None, None, 0.05)),
        ({"n": "4", "n_of": "repeats", "unc_kind": "se"}, (True, None, None, 0.1)),
        ({"n": "4", "n_of": "samples", "unc_kind": "sd"}, (True, 4, 0.1, None)),
        ({"n": "4", "n_of": "samples", "unc_kind": "se"}, (True, 4, 0.2, None)),
        # Half width 10 of a 95 % interval is a standard error of 10/1.96 on n = 4.
        (
            {"n": "4", "n_of": "cells", "unc_kind": "ci", "unc_level": "0.95"},
            (True, 4, 0.2 / 1.959964, None),
        ),
        ({"n": "4", "n_of": "points", "unc_kind": "sd"}, (False, None, None, None)),
        ({"n": "4", "n_of": "unknown", "unc_kind": "sd"}, (False, None, None, None)),
        ({"n_of": "samples", "unc_kind": "sd"}, (False, None, None, None)),
        ({"unc_kind": "fit_se"}, (False, None, None, None)),
        ({"unc_kind": "stated_plus_minus"}, (False, None, None, None)),
    ],
)
def test_a_spread_is_what_counts_samples_or_repeats(given, expected):
    """10 of 100 ohm cm2 is 0.1 of a natural logarithm."""
    row = resistance(100, 25, unc_minus="10", unc_plus="10", **given)
    o = the_observation(of(row))
    reported, n, between, on_row = expected
    assert (o.spread_reported, o.n_samples) == (reported, n)
    assert o.sample_sd_dex == (
        None if between is None else pytest.approx(between / math.log(10.0), rel=1e-6)
    )
    assert terms(o, "spread") == (
        [] if on_row is None else [("row", pytest.approx(on_row / math.log(10.0)))]
    )
