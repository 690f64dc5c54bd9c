"""A refit takes the road of a printed number: area and count once, its variance as a row term."""

import math
from dataclasses import replace

import numpy as np
import pytest

from metastudy.corpus.refits import Refit
from metastudy.corpus.study import Condition, Study
from metastudy.units import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K
from tests.studies import NOT_GIVEN, make_study, normalised, reasons, resistance, the_observation

LN10 = math.log(10)
REFIT = Refit(
    refit_id="r001",
    file="cell.csv",
    sha256="0" * 64,
    spectrum="1",
    cycle="",
    sample_id="sample",
    cell_id="cell",
    state_id="",
    component="total",
    value_covers="all",
    temperature_text="60",
    circuit="R0-p(R1,C1)",
    circuit_by="given",
    window_hz="all",
    weight="modulus",
    loss="linear",
    high_frequency_error="",
    noise="",
    parameters="R0=10; R1=200; C1=1e-6",
    arc="R1",
    arc_by="only_arc",
    cell_sha256="",
    resistance_ohm="200.0",
    lower_ohm="196.0",
    upper_ohm="204.1",
    log_variance="0.0001",
    identifiability="determined",
    verdict="identifiable",
    kramers_kronig="consistent",
    objective="1e-4",
    software="invented",
    notes="",
)
AREA = {"area": Condition("0.5", "cm2")}


def study(*refits: Refit, rows: tuple[dict[str, str], ...] = (), **contact: object) -> Study:
    made = make_study(*(rows or (resistance(1, "", role="baseline"),)), contact=AREA | contact)
    return replace(made, refits=refits)


def test_area_and_count_are_applied_once():
    o = the_observation(study(REFIT))
    assert o.y == pytest.approx(math.log10(200 * 0.5 / 2))
    assert o.coverage_known
    assert o.records == ("alpha_2020_first.r001",)
    assert o.n_in_circuit == 2


def test_one_contact_in_the_arc_is_not_divided():
    o = the_observation(study(replace(REFIT, value_covers="one")))
    assert o.y == pytest.approx(math.log10(100))


def test_the_variance_is_a_term_of_the_row():
    o = the_observation(study(REFIT))
    (term,) = [t for t in o.terms if t.name == "refit"]
    assert (term.scope, term.key) == ("row", "alpha_2020_first.r001")
    assert term.loading == pytest.approx(0.01 / LN10)  # sd of ln R is 0.01
    assert not o.spread_reported, "a fit's error is no spread between samples"
    assert not [t for t in o.terms if t.name == "spread"]


def test_without_an_area_it_is_left_out():
    assert reasons(normalised(study(REFIT, area=NOT_GIVEN)))["r001"] == "no_area"


def test_what_the_spectrum_does_not_determine_is_left_out_with_its_reason():
    result = normalised(study(replace(REFIT, identifiability="not_determined")))
    assert reasons(result)["r001"] == "not_determined"
    assert result.observations == ()


def test_an_arc_with_grain_boundaries_is_an_upper_bound():
    o = the_observation(study(replace(REFIT, component="interface+gb")))
    assert o.y is None
    assert o.lo is None
    assert o.hi == pytest.approx(math.log10(200 * 0.5 / 2))


@pytest.mark.parametrize("basis", ["table", "text", "figure_eye"])
def test_a_refit_stands_before_print_of_the_same_measurement(basis):
    printed = resistance(
        200.5, 60, quantity="resistance", unit_text="ohm", value_covers="all", basis=basis
    )
    result = normalised(study(REFIT, rows=(printed,)))
    (o,) = result.observations
    assert o.records == ("alpha_2020_first.r001",)
    assert reasons(result)["001"] == "superseded_basis"


def test_a_refit_stands_before_a_print_that_differs_too():
    printed = resistance(300, 60, quantity="resistance", unit_text="ohm", value_covers="all")
    result = normalised(study(REFIT, rows=(printed,)))
    assert result.observations[0].records == ("alpha_2020_first.r001",)
    assert reasons(result)["001"] == "other_value"


def series(sd: float) -> Study:
    """Points of an exact line of 0.7 eV, each known to ``sd`` of ln R."""
    refits = []
    for k, celsius in enumerate((65, 75, 85, 95), start=1):
        lever = 1 / (celsius + ZERO_CELSIUS_K) - 1 / (60 + ZERO_CELSIUS_K)
        value = repr(200 * math.exp(0.7 / BOLTZMANN_EV_PER_K * lever))
        refits.append(
            replace(
                REFIT,
                refit_id=f"r{k:03d}",
                file=f"{celsius}.csv",
                temperature_text=str(celsius),
                resistance_ohm=value,
                lower_ohm=value,
                upper_ohm=value,
                log_variance=repr(sd**2),
            )
        )
    return study(*refits)


def test_a_temperature_series_of_refits_is_one_line():
    o = the_observation(series(0.01))
    assert o.y == pytest.approx(math.log10(50), abs=1e-9)
    assert o.ea is not None
    assert o.ea.ea_ev == pytest.approx(0.7, abs=1e-9)
    assert len(o.records) == 4


def test_a_line_is_known_no_better_than_its_refits_allow():
    sd = 0.5
    (term,) = [t for t in the_observation(series(sd)).terms if t.name == "arrhenius_line"]
    inverse = np.array([1 / (c + ZERO_CELSIUS_K) for c in (65, 75, 85, 95)])
    x = inverse - 1 / (60 + ZERO_CELSIUS_K)
    # Variance of the intercept of an ordinary line: s^2 (1/n + mean^2 / Sxx).
    factor = 1 / 4 + x.mean() ** 2 / np.sum((x - x.mean()) ** 2)
    assert term.loading == pytest.approx(sd / LN10 * math.sqrt(factor), rel=1e-9)
