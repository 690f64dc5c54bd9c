"""Moves to the reference temperature, against arithmetic written out by hand."""

import math

import numpy as np
import pytest

from metastudy.corpus.study import Condition
from metastudy.normalise.exclusions import NormaliseError
from tests.studies import (
    covariance,
    energy,
    make_study,
    normalised,
    reasons,
    resistance,
    the_observation,
)

K = 8.617333262e-5
LN10 = math.log(10.0)


def lever(t_c: float, reference_c: float) -> float:
    """Decades per eV between two temperatures."""
    return (1.0 / (reference_c + 273.15) - 1.0 / (t_c + 273.15)) / (K * LN10)


def variances(observation, name):
    return [t.loading**2 for t in observation.terms if t.name == name]


@pytest.mark.parametrize(("form", "expected"), [("ln_r", 130.25), ("ln_r_over_t", 126.45)])
def test_64_ohm_cm2_at_70_degc(form, expected):
    # ln R(60) = ln 64 + m ln(333.15/343.15) + 0.70/k (1/333.15 - 1/343.15)
    o = the_observation(make_study(resistance(64, 70), energy("0.70", form)))
    assert 10.0**o.y == pytest.approx(expected, abs=0.01)
    assert 10.0**o.measured_log10 == pytest.approx(64.0)
    assert (o.temperature_c, o.reference_c, o.ea.ea_ev) == (70.0, 60.0, 0.70)


def test_unknown_form_is_two_alternatives_of_the_study():
    study = make_study(
        resistance(64, 70, sample_id="a"), resistance(64, 70, sample_id="b"), energy("0.70", "")
    )
    one, _ = normalised(study).observations
    assert one.y == pytest.approx((math.log10(130.25) + math.log10(126.45)) / 2.0, abs=3e-5)
    half = math.log10(343.15 / 333.15) / 2.0
    assert variances(one, "ea_form") == [pytest.approx(half**2)]
    _, V = covariance(normalised(study))
    (ea,) = variances(one, "ea")
    # The two samples share the form and the energy, but not the chamber's kelvin.
    shared = V["alpha_2020_first.a", "alpha_2020_first.b"]
    assert shared == pytest.approx(half**2 + ea, rel=1e-9)


def test_kilojoules_and_a_tenth_of_an_ev():
    per_mole = energy(45, unit_text="kJ mol-1")
    o = the_observation(make_study(resistance(1, 22), per_mole, interface_class="SE/SE"))
    assert o.ea.ea_ev == pytest.approx(0.466, abs=5e-4)
    # Two energies that differ by 0.1 eV, on 45 K: a factor of 1.67.
    low, high = (
        the_observation(make_study(resistance(1, 70), energy(ea), interface_class="LE/SE")).y
        for ea in (0.5, 0.6)
    )
    assert 10.0 ** (high - low) == pytest.approx(1.67, abs=0.005)


def test_at_the_reference_nothing_moves():
    o = the_observation(make_study(resistance(64, 60), energy("0.7")))
    assert o.y == pytest.approx(math.log10(64.0))
    assert o.ea is None
    # One kelvin of the chamber: Ea/(k T^2 ln 10).
    expected = (0.7 / (K * 333.15**2 * LN10)) ** 2
    assert o.variance == pytest.approx(expected)


@pytest.mark.parametrize(("words", "sd"), [("room temperature", 2.0), ("not stated", 4.0)])
def test_room_temperature_is_23_degc_and_one_unknown_of_the_work(words, sd):
    study = make_study(
        resistance(100, words, sample_id="a"),
        resistance(50, words, sample_id="b"),
        energy("0.5"),
        interface_class="LE/SE",
    )
    result = normalised(study)
    a, b = result.observations
    assert a.temperature_c == 23.0
    assert a.temperature_in_words
    assert a.y == pytest.approx(2.0 + 0.5 * lever(23.0, 25.0))
    expected = (sd * 0.5 / (K * 296.15**2 * LN10)) ** 2
    assert variances(a, "temperature") == [pytest.approx(expected)]
    _, V = covariance(result)
    (ea,) = variances(a, "ea")
    assert V[a.id, b.id] == pytest.approx(expected + ea)


def test_polymer_without_temperature_is_excluded():
    study = make_study(resistance(100, "not stated"), resistance(50), energy("0.5"))
    result = normalised(study)
    assert not result.observations
    assert reasons(result) == {
        "001": "no_temperature",
        "002": "no_temperature",
        "003": "activation_energy",
    }
    assert len(normalised(make_study(resistance(9, "room temperature"), energy(1))).observations)


def test_own_before_one_of_the_study_that_all_others_borrow():
    energies = [
        energy("0.5", sample_id="own"),
        energy("0.6", sample_id="sister"),
        energy("0.7", sample_id="cousin"),
    ]
    rows = [resistance(1, 70, sample_id=name) for name in ("own", "other", "third")]
    study = make_study(
        *energies,
        *rows,
        preparations={"x": {}, "y": {}, "z": {}},
        samples={"own": "x", "sister": "y", "cousin": "x", "other": "y", "third": "z"},
    )
    by_sample = {o.sample.id: o.ea for o in normalised(study).observations}
    assert (by_sample["own"].source, by_sample["own"].ea_ev) == ("own", 0.5)
    for name in ("other", "third"):
        assert (by_sample[name].source, by_sample[name].ea_ev) == ("same study and system", 0.5)


def test_a_lender_shares_its_error_with_its_borrowers():
    given = energy("0.7", unc_minus="0.1", unc_plus="0.1", unc_kind="sd", sample_id="a")
    rows = (resistance(1, 40, sample_id="a"), resistance(1, 10, sample_id="b"))
    study = make_study(*rows, given, interface_class="SE/SE")
    a, b = normalised(study).observations
    _, V = covariance(normalised(study))
    expected = lever(40, 25) * lever(10, 25) * 0.1**2
    assert V[a.id, b.id] == pytest.approx(expected, rel=1e-12)
    assert expected < 0.0


def pool_studies(*temperatures):
    lenders = [
        make_study(
            energy(ea, unc_minus="0.05", unc_plus="0.05", unc_kind="sd"),
            name=f"lender_20{i:02d}_x",
            interface_class="LE/SE",
        )
        for i, ea in enumerate(("0.40", "0.50", "0.55", "0.62", "0.70", "0.48"))
    ]
    borrowers = [
        make_study(resistance(10, t), name=f"borrower_20{i:02d}_x", interface_class="LE/SE")
        for i, t in enumerate(temperatures)
    ]
    return [*lenders, *borrowers]


def dersimonian_laird(values, variances):
    """Mean, its standard error and tau by the textbook formulas, written out anew."""
    w = [1.0 / v for v in variances]
    centre = sum(a * b for a, b in zip(w, values, strict=True)) / sum(w)
    q = sum(a * (b - centre) ** 2 for a, b in zip(w, values, strict=True))
    c = sum(w) - sum(a * a for a in w) / sum(w)
    tau2 = max(0.0, (q - len(values) + 1) / c)
    w = [1.0 / (v + tau2) for v in variances]
    mean = sum(a * b for a, b in zip(w, values, strict=True)) / sum(w)
    return mean, sum(w) ** -0.5, math.sqrt(tau2)


def test_two_works_that_borrow_one_pool_share_its_mean_and_nothing_else():
    studies = pool_studies(0, 20, 60)
    cold, cool, warm = normalised(*studies).observations
    # Six studies of one energy each: within-study scatter is the stated default of 0.05 eV.
    mean, se, tau = dersimonian_laird([0.40, 0.50, 0.55, 0.62, 0.70, 0.48], [0.05**2 + 0.05**2] * 6)
    assert cold.ea.ea_ev == pytest.approx(mean, rel=1e-12)
    assert cold.y == pytest.approx(1.0 + mean * lever(0, 25), rel=1e-12)
    _, V = covariance(normalised(*studies))
    for a, b in ((cold, cool), (cold, warm), (cool, warm)):
        d_a, d_b = lever(a.temperature_c, 25), lever(b.temperature_c, 25)
        assert V[a.id, b.id] == pytest.approx(d_a * d_b * se**2, rel=1e-12)
    assert V[cold.id, cool.id] > 0.0 > V[cold.id, warm.id]
    d = lever(0, 25)
    chamber = (mean / (K * 273.15**2 * LN10)) ** 2
    expected = d**2 * (se**2 + tau**2 + 0.05**2) + chamber
    assert V[cold.id, cold.id] == pytest.approx(expected, rel=1e-12)


def test_two_works_with_their_own_energies_share_nothing():
    studies = [
        make_study(resistance(10, t), energy("0.5"), name=f"own_20{t}_x", interface_class="LE/SE")
        for t in (40, 60)
    ]
    result = normalised(*studies)
    (a, b), V = covariance(result)
    assert V[a, b] == 0.0
    assert V[a, a] > 0.0


def test_pool_shares_more_within_a_study_and_most_within_a_preparation():
    lenders = pool_studies()
    study = make_study(
        *(resistance(10, 0, sample_id=name) for name in ("a", "b", "c")),
        interface_class="LE/SE",
        preparations={"x": {}, "y": {}},
        samples={"a": "x", "b": "x", "c": "y"},
    )
    _, V = covariance(normalised(*lenders, study))
    same = V["alpha_2020_first.a", "alpha_2020_first.b"]
    other = V["alpha_2020_first.a", "alpha_2020_first.c"]
    assert same - other == pytest.approx(lever(0, 25) ** 2 * 0.05**2, rel=1e-9)
    _, se, tau = dersimonian_laird([0.40, 0.50, 0.55, 0.62, 0.70, 0.48], [0.005] * 6)
    assert other == pytest.approx(lever(0, 25) ** 2 * (se**2 + tau**2), rel=1e-9)


def test_pool_converts_energies_of_r_over_t():
    studies = [
        make_study(
            energy("0.5", form, range_text="20..60"), name=f"{form}_2020_x", interface_class="LE/SE"
        )
        for form in ("ln_r", "ln_r_over_t")
    ]
    borrower = make_study(resistance(10, 0), name="borrower_2020_x", interface_class="LE/SE")
    o = the_observation(*studies, borrower)
    # Ea_R = Ea_(R/T) - k T in the middle of the range, 40 degC; equal errors, so equal weights.
    assert o.ea.ea_ev == pytest.approx((0.5 + 0.5 - K * 313.15) / 2.0, rel=1e-12)


def test_a_quotation_of_an_energy_does_not_count_twice_in_a_pool():
    twice = make_study(
        energy("0.3"),
        energy("0.3", basis="secondary", reference_record="twice_2020_x.001"),
        name="twice_2020_x",
        interface_class="LE/SE",
    )
    once = make_study(energy("0.3"), name="once_2020_x", interface_class="LE/SE")
    other = make_study(energy("0.6"), name="other_2020_x", interface_class="LE/SE")
    borrower = make_study(resistance(10, 0), name="zeta_2020_x", interface_class="LE/SE")
    first, second = (the_observation(s, other, borrower) for s in (twice, once))
    assert first.ea.errors[0][3] == second.ea.errors[0][3]
    assert first.y == second.y


def test_pool_widens_until_two_studies_stand_in_it():
    other = {"solid_electrolyte": "LATP"}
    borrower = make_study(
        resistance(10, 0), name="zeta_2020_x", interface_class="LE/SE", contact=other
    )
    liquid = make_study(energy("0.3"), name="liquid_2020_x", interface_class="LE/SE")
    solid = make_study(energy("0.6"), name="solid_2020_x", interface_class="SE/SE")
    sodium = make_study(
        energy("0.4"), name="sodium_2020_x", interface_class="LE/SE", contact={"ion": "Na"}
    )
    assert the_observation(liquid, solid, borrower).ea.errors[0][2] == "all classes"
    assert the_observation(liquid, solid, sodium, borrower).ea.errors[0][2] == "LE/SE"
    alone = normalised(liquid, borrower)
    assert not alone.observations
    assert {e.reason for e in alone.excluded} == {"activation_energy", "no_activation_energy"}


def test_a_material_lends_before_its_class_also_from_one_work():
    """LLZO with EC has 0.45 +- 0.05 eV in one work, LATP 0.60 in two: each borrows its own.

    One work does not show how works differ, so the mean has the default 0.12 eV between works
    beside 0.05 printed and 0.05 within, once for the mean and once for the borrower.
    """
    latp = {"contact": {"solid_electrolyte": "LATP"}, "interface_class": "LE/SE"}
    lenders = [
        make_study(energy("0.45"), name="garnet_2020_x", interface_class="LE/SE"),
        *(make_study(energy("0.60"), name=f"nasicon_202{i}_x", **latp) for i in range(2)),
    ]
    borrowers = [
        make_study(resistance(10, 0), name="zeta_2020_x", interface_class="LE/SE"),
        make_study(resistance(10, 0), name="zeta_2021_x", **latp),
    ]
    garnet, nasicon = normalised(*lenders, *borrowers).observations
    assert (garnet.ea.source, garnet.ea.ea_ev) == ("pooled", pytest.approx(0.45))
    assert nasicon.ea.ea_ev == pytest.approx(0.60)
    errors = {name: sd for name, _, _, sd in garnet.ea.errors}
    assert errors["ea_pool_mean"] == pytest.approx(math.sqrt(0.05**2 + 0.05**2 + 0.12**2))
    assert (errors["ea_pool_between"], errors["ea_pool_within"]) == (0.12, 0.05)


def test_a_printed_range_of_energies_is_lent_as_its_middle():
    """0.5 to 0.8 eV: 0.65 with the sd of a uniform law, 0.3/sqrt(12)."""
    span = energy("0.5", qualifier="between", upper_text="0.8", sample_id="other")
    o = the_observation(make_study(resistance(10, 70), span))
    assert o.ea.ea_ev == pytest.approx(0.65)
    assert o.ea.errors[0][3] == pytest.approx(0.3 / math.sqrt(12))
    open_side = energy("0.5", qualifier="ge", sample_id="other")
    assert not normalised(make_study(resistance(10, 70), open_side)).observations


def test_an_energy_said_to_be_small_lies_between_zero_and_the_pool():
    lenders = [make_study(energy("0.8"), name=f"lender_202{i}_x") for i in range(2)]
    small = energy("", qualifier="not_detected")
    study = make_study(resistance(10, 80), small, name="zeta_2020_x")
    o = the_observation(*lenders, study, of="zeta")
    assert (o.ea.source, o.ea.ea_ev) == ("own", pytest.approx(0.4))
    assert o.ea.errors[0][3] == pytest.approx(0.8 / math.sqrt(12))
    assert not normalised(make_study(resistance(10, 80), small)).observations


def test_long_borrowed_moves_are_sensitivity_only():
    far, near = (the_observation(*pool_studies(t)) for t in (-40, 20))
    assert far.left_out == ("temperature_uncertain",)
    assert math.sqrt(sum(t.variance for t in far.terms)) > 0.2
    assert near.left_out == ()


def test_a_row_below_the_melting_point_stays_there_outside_the_headline():
    study = make_study(
        resistance(3400, 30, sample_id="cold"), resistance(64, 70, sample_id="warm"), energy("0.7")
    )
    cold, warm = normalised(study).observations
    assert (cold.phase, cold.reference_phase, cold.left_out) == (
        "semicrystalline",
        "melt",
        ("other_phase",),
    )
    assert (warm.phase, warm.left_out) == ("melt", ())
    assert (cold.reference_c, 10**cold.y, cold.ea) == (30.0, pytest.approx(3400), None)


def test_polymer_contacts_stand_at_two_reference_states_that_share_no_row():
    """At 30 degC the solid rows are read, at 60 degC those of the melt, each on its own side."""
    study = make_study(
        resistance(3400, 25, sample_id="cold"),
        resistance(64, 70, sample_id="warm"),
        resistance(900, 40, sample_id="both", state_id="first"),
        resistance(80, 65, sample_id="both", state_id="second"),
        energy("0.7"),
    )
    taken = {}
    for at in (30.0, 60.0):
        result = normalised(study, reference_c={"PE/SE": at})
        taken[at] = {o.id.partition(".")[2]: o for o in result.observations if not o.left_out}
        assert {o.reference_c for o in taken[at].values()} == {at}
    assert set(taken[30.0]) == {"cold", "both.first"}
    assert set(taken[60.0]) == {"warm", "both.second"}
    assert 10 ** taken[30.0]["cold"].y == pytest.approx(3400 * 10 ** (0.7 * lever(25, 30)))
    assert 10 ** taken[60.0]["both.second"].y == pytest.approx(80 * 10 ** (0.7 * lever(65, 60)))


def test_membrane_that_melts_above_60_is_read_on_its_melt_branch():
    hard = {"polymer_melting_point": Condition("65", "°C")}
    study = make_study(
        resistance(64, 70, sample_id="warm"),
        resistance(300, 60, sample_id="cold"),
        energy("0.7"),
        contact=hard,
    )
    by_sample = {o.sample.id: o for o in normalised(study).observations}
    assert (by_sample["warm"].phase, by_sample["warm"].reference_phase) == ("melt", "melt")
    assert 10.0 ** by_sample["warm"].y == pytest.approx(130.25, abs=0.01)
    assert by_sample["cold"].left_out == ("other_phase",)
    # Asked at 25 degC, the reference state is the solid membrane.
    asked = normalised(study, reference_c={"PE/SE": 25.0})
    assert {o.reference_phase for o in asked.observations} == {"semicrystalline"}


def test_an_energy_of_the_other_phase_is_not_lent():
    below = energy("1.2", range_text="20..50")
    study = make_study(resistance(64, 70), below)
    lenders = [
        make_study(energy("0.6", range_text="65..90"), name=f"melt_{y}_x") for y in (2001, 2002)
    ]
    o = the_observation(study, *lenders)
    assert o.ea.source == "pooled"
    assert o.ea.ea_ev == pytest.approx(0.6)


def series(ea, at, temperatures, noise=None):
    """Resistances of one Arrhenius line through ``at`` ohm cm2 at 60 degC."""
    noise = np.zeros(len(temperatures)) if noise is None else noise
    return [
        resistance(f"{at * 10 ** (-ea * lever(t, 60) + e):.10f}", t)
        for t, e in zip(temperatures, noise, strict=True)
    ]


def test_seven_temperatures_are_one_observation():
    result = normalised(make_study(*series(0.62, 150.0, (65, 70, 75, 80, 85, 90, 95))))
    (o,) = result.observations
    assert len(o.records) == 7
    assert not result.excluded
    assert 10.0**o.y == pytest.approx(150.0, rel=1e-8)
    assert o.ea.source == "line"
    assert o.ea.ea_ev == pytest.approx(0.62, rel=1e-6)
    # Measured is the nearest point, at 65 degC.
    assert o.temperature_c == 65.0
    assert o.measured_log10 == pytest.approx(math.log10(150.0) - 0.62 * lever(65, 60), rel=1e-8)


def test_points_below_the_melting_point_are_not_on_the_line():
    rows = series(0.62, 150.0, (65, 75, 85, 95))
    result = normalised(make_study(*rows, resistance(90000, 25), resistance(70000, 35)))
    (o,) = result.observations
    assert 10.0**o.y == pytest.approx(150.0, rel=1e-8)
    assert reasons(result) == {"005": "other_temperature", "006": "other_temperature"}


def test_two_temperatures_of_one_phase_give_their_own_slope():
    """400 ohm cm2 at 65 and 100 at 85 degC; the line goes through both, to 60 degC.

    Its variance there is h s^2: for two points at x1, x2 h is (x1^2 + x2^2)/(x1 - x2)^2 with x from
    the reference on, and s the least that is taken where no series shows it.
    """
    study = make_study(resistance(400, 65), resistance(100, 85), resistance(9e4, 25))
    o = the_observation(study)
    ea = math.log10(400 / 100) / (lever(85, 60) - lever(65, 60))
    assert (o.ea.source, o.ea.ea_ev) == ("two temperatures", pytest.approx(ea))
    assert o.y == pytest.approx(math.log10(400) + ea * lever(65, 60))
    x1, x2 = lever(65, 60), lever(85, 60)
    h = (x1**2 + x2**2) / (x1 - x2) ** 2
    assert variances(o, "arrhenius_line") == pytest.approx([h * 0.02**2])
    assert len(o.records) == 2


def test_two_temperatures_with_read_errors_are_known_no_better_than_they_allow():
    read = {"basis": "figure_digitised", "reading_error": "40"}
    study = make_study(resistance(400, 65, **read), resistance(100, 85))
    x1, x2 = lever(65, 60), lever(85, 60)
    weight = x2 / (x2 - x1)
    expected = (weight * 0.1 / LN10) ** 2
    assert variances(the_observation(study), "arrhenius_line") == pytest.approx([expected])


def test_two_temperatures_give_way_to_a_printed_energy_and_to_the_reference_itself():
    printed = make_study(resistance(400, 65), resistance(100, 85), energy("0.7"))
    assert the_observation(printed).ea.source == "own"
    at = make_study(resistance(400, 60), resistance(100, 85))
    assert (the_observation(at).ea, 10 ** the_observation(at).y) == (None, pytest.approx(400))
    across = make_study(resistance(4000, 30), resistance(100, 85))
    assert {e.reason for e in normalised(across).excluded} >= {"no_activation_energy"}


def test_numbers_read_off_the_authors_line_are_no_points():
    rows = series(0.5, 10.0, (20, 40, 60))
    for row in rows[1:]:
        row["evaluation"] = "arrhenius_fit"
    result = normalised(make_study(*rows, energy("0.5"), interface_class="SE/SE"))
    (o,) = result.observations
    assert o.ea.source == "own"
    assert o.temperature_c == 20.0
    assert reasons(result)["002"] == "other_temperature"


def test_variance_of_a_line_holds_what_it_promises():
    """Simulated: residual scatter of 0.03 dex on 300 samples; the errors of y match their v."""
    rng = np.random.default_rng(20261125)
    temperatures = (65, 75, 85)
    ratios = []
    studies = []
    for i in range(300):
        noise = rng.normal(0.0, 0.03, len(temperatures))
        studies.append(
            make_study(*series(0.6, 100.0, temperatures, noise), name=f"work_{1000 + i}_x")
        )
    for o in normalised(*studies).observations:
        (line,) = variances(o, "arrhenius_line")
        ratios.append((o.y - 2.0) ** 2 / line)
    # A chi-square of one degree: mean 1, standard error sqrt(2/300) = 0.08.
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.25)


def test_unknown_class_and_impossible_temperature_are_refused():
    study = make_study(resistance(1, 60))
    with pytest.raises(NormaliseError, match=r"'PE' is no class of contacts; use one of LE/SE"):
        normalised(study, reference_c={"PE": 60})
    with pytest.raises(NormaliseError, match=r"PE/SE is -300; give degC above absolute zero"):
        normalised(study, reference_c={"PE/SE": -300})
