"""The fit: known parameters come back, constraints hold, intervals follow the theory."""

import re

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis import CircuitError, FitError, Spectrum
from metastudy.eis.circuits.elements import Element, Parameter
from metastudy.eis.circuits.model import Model, Tie
from metastudy.eis.optimise.levenberg_marquardt import assess
from metastudy.eis.optimise.starts import _pair_gains, _State
from metastudy.eis.weighting.data import Data, interleave

from ..ensembles import BLOCKING, FREQUENCY, TWO_ARCS, draw, spectrum_of

NOISE_FREE = {
    "R(RQ)": [20, 300, 1e-6, 0.8],
    "R(RC)": [20, 300, 1e-7],
    BLOCKING: [300, 3600, 4e-7, 0.78, 9000, 1.2e-6, 0.94, 1.6e-4, 0.8],
    "L1-R0-p(R1,CPE1)-p(R2,CPE2)": [1e-6, 40, 100, 1e-8, 0.9, 900, 1e-6, 0.8],
    "L1-p(C1,R0-p(R1,CPE1)-CPE2)": [1e-6, 2e-11, 200, 5000, 1e-8, 0.85, 1e-6, 0.9],
    "R(Q[RW])": [20, 1e-6, 0.85, 300, 40],
    "R0-p(R1,C1)-p(R2,C2)-p(R3,C3)": [10, 100, 1e-9, 200, 1e-7, 400, 1e-5],
    "R0-p(R1,CPE1)-Ws1": [10, 200, 1e-7, 0.9, 400, 0.05],
    "R0-Wo1": [10, 200, 0.01],
    "R0-Wog1": [10, 200, 0.01, 0.42],
    "R0-Wsg1": [10, 200, 0.01, 0.42],
    "R0-G1-CPE1": [10, 200, 0.001, 1e-4, 0.9],
    "R0-HN1": [10, 200, 0.001, 0.85, 0.7],
    "R0-ZARC1-ZARC2": [10, 200, 1e-6, 0.85, 400, 1e-3, 0.8],
    "R0-DL1": [10, 200, 400, 1e-5, 0.9],
    "R0-DLb1": [10, 200, 1e-5, 0.9],
}


@pytest.mark.parametrize("circuit", NOISE_FREE)
def test_noise_free_data_return_every_parameter(circuit):
    values = np.array(NOISE_FREE[circuit], dtype=float)
    fit = eis.fit(spectrum_of(circuit, values), circuit)
    np.testing.assert_allclose(fit.estimates, values, rtol=1e-6)
    assert fit.search.settled


@pytest.mark.parametrize("circuit", [TWO_ARCS, BLOCKING])
def test_two_arcs_are_found_without_start_values(circuit):
    rng = np.random.default_rng(20)
    for _ in range(12):
        values = draw(rng, circuit)
        spectrum = spectrum_of(circuit, values, rng)
        fit = eis.fit(spectrum, circuit)
        truth = eis.fit(spectrum, circuit, start=dict(zip(fit.circuit.names, values, strict=True)))
        # As low as from the truth, which knows the answer; and within four standard errors of it.
        assert fit.chi2 <= truth.chi2 * (1 + 1e-6)
        assert np.all(np.abs(fit.estimates - values) < 4 * fit.bse.to_numpy() + 1e-12)


@pytest.mark.parametrize("arcs", [True, False])
@pytest.mark.parametrize("circuit", [*NOISE_FREE, "p(R1,C1,L1)-R0", "R0-p(CPE1,R1-Ws1)"])
def test_jacobian_agrees_with_differences(circuit, arcs):
    values = np.array(NOISE_FREE.get(circuit, [100, 1e-6, 1e-3, 50, 0.01][:4]), dtype=float)
    if circuit == "R0-p(CPE1,R1-Ws1)":
        values = np.array([10, 1e-6, 0.9, 100, 200, 0.02])
    model = Model(eis.Circuit(circuit), arcs=arcs)
    v = model.coordinates(values[None])
    omega = 2 * np.pi * FREQUENCY
    z, jacobian = model.evaluate(omega, v)
    np.testing.assert_allclose(z[0], model.circuit.impedance(FREQUENCY, values), rtol=1e-12)
    np.testing.assert_allclose(model.natural(v)[0], values, rtol=1e-12)
    for k in range(v.shape[1]):
        step = np.zeros_like(v)
        step[0, k] = 1e-5
        difference = (model.impedance(omega, v + step) - model.impedance(omega, v - step)) / 2e-5
        np.testing.assert_allclose(jacobian[:, k], difference, atol=1e-8 * np.abs(z).max())


def test_log_parameter_jacobian_agrees_with_differences():
    model = Model(eis.Circuit(TWO_ARCS), tied={"CPE2_n": Tie("CPE1_n"), "R2": Tie("R1", 2.0)})
    v = model.coordinates(np.array([[100, 1e3, 1e-8, 0.8, 2e3, 1e-6, 0.8]]))[0]
    jacobian = model.log_parameter_jacobian(v)
    for k in range(v.size):
        step = np.zeros_like(v)
        step[k] = 1e-6
        up, down = model.log_parameters(v + step), model.log_parameters(v - step)
        np.testing.assert_allclose(jacobian[:, k], (up - down) / 2e-6, atol=1e-7)


def test_rescaled_terms_give_the_cost_of_a_fresh_evaluation():
    rng = np.random.default_rng(3)
    values = draw(rng, BLOCKING)
    spectrum = spectrum_of(BLOCKING, values, rng)
    model = Model(eis.Circuit(BLOCKING))
    weight = np.repeat(1 / np.abs(spectrum.impedance_ohm), 2)
    data = Data(spectrum.omega, spectrum.impedance_ohm[None], weight[None])
    v = model.coordinates((values * np.array([1.5, 0.7, 1.2, 1, 1.3, 0.8, 1, 0.9, 1]))[None])
    scaled = assess(model, data, v, rescale=True)
    fresh = assess(model, data, scaled.v, rescale=False)
    assert scaled.cost[0] < assess(model, data, v, rescale=False).cost[0]
    np.testing.assert_allclose(scaled.cost, fresh.cost, rtol=1e-9)
    np.testing.assert_allclose(scaled.normal, fresh.normal, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(scaled.gradient, fresh.gradient, rtol=1e-6, atol=1e-9)
    # Linear least squares: the gradient along every scale is zero.
    assert np.abs(model.directions @ scaled.gradient[0]).max() < 1e-9 * scaled.cost[0]


def test_cost_is_the_sum_of_squared_weighted_residuals():
    rng = np.random.default_rng(4)
    fit = eis.fit(spectrum_of(TWO_ARCS, draw(rng, TWO_ARCS), rng), TWO_ARCS)
    parts = interleave(fit.resid) * fit.weights
    assert fit.chi2 == pytest.approx(np.sum(parts**2), rel=1e-9)
    relative = np.abs(fit.resid / fit.spectrum.impedance_ohm)
    assert fit.chi2 == pytest.approx(np.sum(relative**2), rel=1e-9)
    assert fit.df_resid == 2 * 64 - 7
    assert np.sqrt(fit.chi2_reduced) == pytest.approx(0.005, rel=0.2)


@pytest.mark.parametrize("weight", ["modulus", "proportional", "unit", "structure"])
def test_every_weight_law_fits(weight):
    rng = np.random.default_rng(5)
    values = np.array([50, 200, 1e-6, 0.9, 400, 1e-4, 0.9])
    spectrum = spectrum_of(TWO_ARCS, values, rng, noise=0.001)
    fit = eis.fit(spectrum, TWO_ARCS, weight=weight)
    np.testing.assert_allclose(fit.estimates, values, rtol=0.1)
    assert fit.weight_law == weight


def test_error_structure_is_read_off_the_residuals():
    rng = np.random.default_rng(6)
    values = np.array([5, 2000, 1e-6, 0.9, 400, 1e-4, 0.9])
    frequency = np.logspace(6, -1, 200)
    z = eis.Circuit(TWO_ARCS).impedance(frequency, values)
    sd = 0.02 * np.abs(z) ** 0.5
    e = rng.normal(size=(2, z.size))
    fit = eis.fit(Spectrum(frequency, z + sd * (e[0] + 1j * e[1])), TWO_ARCS, weight="structure")
    assert fit.structure.exponent == pytest.approx(0.5, abs=0.1)
    np.testing.assert_allclose(fit.structure.deviation(frequency, z), sd, rtol=0.3)
    # The weights are absolute now, so the reduced chi-square is about one.
    assert fit.chi2_reduced == pytest.approx(1.0, abs=0.15)


def test_errors_that_rise_above_1_mhz_are_read_off_too():
    rng = np.random.default_rng(14)
    values = np.array([5, 2000, 1e-6, 0.9, 400, 1e-4, 0.9])
    frequency = np.logspace(7.5, -1, 300)
    z = eis.Circuit(TWO_ARCS).impedance(frequency, values)
    sd = 0.002 * np.abs(z) * np.maximum(frequency / 1e6, 1) ** 0.8
    e = rng.normal(size=(2, z.size))
    fit = eis.fit(Spectrum(frequency, z + sd * (e[0] + 1j * e[1])), TWO_ARCS, weight="structure")
    assert fit.structure.rise == pytest.approx(0.8, abs=0.12)
    assert fit.structure.exponent == pytest.approx(1.0, abs=0.1)
    assert "(f/1 MHz)^0." in str(fit.summary())


def test_deviations_of_the_users_own_are_weights():
    rng = np.random.default_rng(7)
    values = draw(rng, TWO_ARCS)
    spectrum = spectrum_of(TWO_ARCS, values, rng)
    sd = 0.005 * np.abs(spectrum.impedance_ohm)
    one = eis.fit(spectrum, TWO_ARCS, weight=sd)
    two = eis.fit(spectrum, TWO_ARCS, weight=sd * (1 + 1j))
    assert one.chi2 == pytest.approx(two.chi2)
    assert one.chi2_reduced == pytest.approx(1.0, abs=0.3)
    np.testing.assert_allclose(one.estimates, eis.fit(spectrum, TWO_ARCS).estimates, rtol=1e-5)


@pytest.mark.parametrize("loss", ["huber", "soft_l1", "cauchy"])
def test_robust_loss_shrugs_off_bad_points(loss):
    rng = np.random.default_rng(8)
    values = np.array([100, 1000, 1e-8, 0.9, 2000, 1e-6, 0.9])
    good = spectrum_of(TWO_ARCS, values, rng)
    z = good.impedance_ohm.copy()
    z[[10, 30, 31, 50]] *= 1.4
    bad = Spectrum(good.frequency_hz, z)
    robust, plain = eis.fit(bad, TWO_ARCS, loss=loss), eis.fit(bad, TWO_ARCS)
    # R2 sits under three of the four points; four standard errors of the clean fit are 2 %.
    assert robust.params["R2"] == pytest.approx(2000, rel=0.02)
    assert abs(robust.params["R2"] - 2000) < abs(plain.params["R2"] - 2000)
    assert set(robust.outliers) == {10, 30, 31, 50}


def test_fixed_and_tied_parameters_hold():
    rng = np.random.default_rng(9)
    values = np.array([100, 1000, 1e-8, 0.85, 2000, 1e-6, 0.85])
    spectrum = spectrum_of(TWO_ARCS, values, rng)
    fit = eis.fit(
        spectrum, TWO_ARCS, fix={"R0": 100.0}, tie={"CPE2_n": "CPE1_n", "R2": ("R1", 2.0)}
    )
    assert fit.params["R0"] == 100.0
    assert fit.bse["R0"] == 0.0
    assert fit.params["CPE2_n"] == fit.params["CPE1_n"]
    assert fit.params["R2"] == pytest.approx(2 * fit.params["R1"])
    assert fit.bse["R2"] == pytest.approx(2 * fit.bse["R1"])
    assert fit.df_resid == 128 - 4
    ends = fit.conf_int()
    assert ends.loc["R2"].to_numpy() == pytest.approx(2 * ends.loc["R1"].to_numpy())
    assert tuple(ends.loc["R0"]) == (100.0, 100.0)
    np.testing.assert_allclose(fit.estimates, values, rtol=0.05)


def test_fixed_capacitance_of_an_arc():
    values = [20, 300, 1e-6, 0.8]
    fit = eis.fit(spectrum_of("R0-p(R1,CPE1)", values), "R0-p(R1,CPE1)", fix={"CPE1_Q": 1e-6})
    np.testing.assert_allclose(fit.estimates, values, rtol=1e-6)


def test_cpe_with_fixed_exponent_one_is_the_capacitor_fit():
    rng = np.random.default_rng(10)
    spectrum = spectrum_of("R0-p(R1,C1)", [20, 300, 1e-7], rng)
    capacitor = eis.fit(spectrum, "R0-p(R1,C1)")
    cpe = eis.fit(spectrum, "R0-p(R1,CPE1)", fix={"CPE1_n": 1.0})
    np.testing.assert_allclose(cpe.estimates[:3], capacitor.estimates, rtol=1e-6)
    np.testing.assert_allclose(cpe.bse.to_numpy()[:3], capacitor.bse.to_numpy(), rtol=1e-4)


def test_exponents_stay_at_most_one():
    z = eis.Circuit("R0-p(R1,C1)").impedance(FREQUENCY, [20, 300, 1e-7])
    rng = np.random.default_rng(11)
    e = rng.normal(size=(2, 64))
    fit = eis.fit(Spectrum(FREQUENCY, z + 0.01 * np.abs(z) * (e[0] + 1j * e[1])), "R(RQ)")
    assert fit.params["Q1_n"] <= 1.0


def test_arcs_stand_by_rising_time_constant_unless_started():
    rng = np.random.default_rng(12)
    values = np.array([100, 2000, 1e-6, 0.85, 1000, 1e-8, 0.85])
    spectrum = spectrum_of(TWO_ARCS, values, rng)
    fit = eis.fit(spectrum, TWO_ARCS)
    assert fit.capacitances()["tau_s"].is_monotonic_increasing
    names = fit.circuit.names
    own = eis.fit(spectrum, TWO_ARCS, start=dict(zip(names, values, strict=True)))
    assert own.params["R1"] == pytest.approx(fit.params["R2"], rel=1e-5)


def test_unordered_and_repeated_frequencies_change_nothing():
    rng = np.random.default_rng(13)
    spectrum = spectrum_of(TWO_ARCS, draw(rng, TWO_ARCS), rng)
    order = rng.permutation(64)
    shuffled = Spectrum(spectrum.frequency_hz[order], spectrum.impedance_ohm[order])
    one, two = eis.fit(spectrum, TWO_ARCS), eis.fit(shuffled, TWO_ARCS)
    np.testing.assert_allclose(two.estimates, one.estimates, rtol=1e-5)
    assert two.runs_test.runs == one.runs_test.runs


def test_own_element_is_fitted():
    own = Element(
        "Dav",
        "Davidson-Cole relaxation",
        "R/(1 + 1j*w*tau)**b",
        (Parameter("R", "ohm", scaling=1), Parameter("tau", "s"), Parameter("b", "1", high=1.0)),
        lambda omega, r, tau, b: r / (1 + 1j * omega * tau) ** b,
    )
    circuit = eis.Circuit("R0-Dav1", [own])
    z = circuit.impedance(FREQUENCY, [10, 200, 1e-3, 0.7])
    fit = eis.fit(Spectrum(FREQUENCY, z), "R0-Dav1", elements=[own])
    np.testing.assert_allclose(fit.estimates, [10, 200, 1e-3, 0.7], rtol=1e-6)


def test_capacitances_of_the_printed_example():
    # Q = 1e-6 S s^0.8 beside 1000 ohm: 1.778e-7 F (Hsu-Mansfeld), apex 895 Hz; Brug's form gives
    # 5.6e-8, 9.8e-8 and 1.5e-7 F behind 10, 100 and 1000 ohm, worked out by hand.
    for series, brug in ((10, 5.6e-8), (100, 9.8e-8), (1000, 1.5e-7)):
        fit = eis.fit(spectrum_of("R(RQ)", [series, 1000, 1e-6, 0.8]), "R(RQ)")
        row = fit.capacitances().loc["R2"]
        assert row["hsu_mansfeld_f"] == pytest.approx(1.778e-7, rel=1e-3)
        assert row["brug_f"] == pytest.approx(brug, rel=0.03)
        assert 1 / (2 * np.pi * 1000 * row["hsu_mansfeld_f"]) == pytest.approx(895, rel=1e-3)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"circuit": "R0-p(R1,"}, CircuitError, "ends where an element is expected"),
        ({"weight": "modulous"}, FitError, "weight 'modulous' is not known; use one of modulus"),
        ({"weight": [1.0, 2.0]}, FitError, r"weight has shape \(2,\); .* need shape \(64,\)"),
        ({"weight": np.r_[0.0, np.ones(63)]}, FitError, r"weight\[0\] is 0.0; .* positive"),
        ({"loss": "l2"}, FitError, "loss 'l2' is not known; use one of linear, huber"),
        ({"fix": {"R7": 1.0}}, CircuitError, "has no parameter 'R7'; it has R0, R1"),
        ({"fix": {"CPE1_n": 1.5}}, CircuitError, "CPE1_n = 1.5 1 is outside its limits 0 to 1"),
        ({"fix": {"R0": 1.0}, "tie": {"R0": "R1"}}, FitError, "R0 is both fixed and tied to R1"),
        ({"tie": {"R0": "CPE1_Q"}}, FitError, "cannot follow CPE1_Q .* need the same unit"),
        ({"tie": {"R0": "R1", "R1": "R2"}}, FitError, "tie both to the same free parameter"),
        ({"tie": {"R0": ("R1", -1.0)}}, FitError, "the factor must be positive"),
        ({"tie": {"CPE1_n": ("CPE2_n", 0.5)}}, FitError, "can only be equal to CPE2_n"),
        ({"circuit": "R0", "fix": {"R0": 1.0}}, FitError, "every parameter of R0 is fixed"),
    ],
)
def test_mistakes_are_named(options, error, message):
    spectrum = spectrum_of(TWO_ARCS, draw(np.random.default_rng(0), TWO_ARCS))
    with pytest.raises(error, match=message):
        eis.fit(spectrum, **{"circuit": TWO_ARCS} | options)


def test_too_few_points_are_refused():
    spectrum = spectrum_of(TWO_ARCS, draw(np.random.default_rng(0), TWO_ARCS))
    few = Spectrum(spectrum.frequency_hz[:3], spectrum.impedance_ohm[:3])
    with pytest.raises(FitError, match="7 free parameters, but the spectrum has 6 real numbers"):
        eis.fit(few, TWO_ARCS)
    with pytest.raises(FitError, match=r"impedance_ohm\[1\] is exactly 0 ohm"):
        eis.fit(Spectrum([1, 2, 3], [1, 0, 1]), "R0")


def test_wrong_types_have_one_message():
    spectrum = spectrum_of("R0-p(R1,CPE1)", np.array([10, 100, 1e-6, 0.9]))
    with pytest.raises(eis.CircuitError, match="the circuit is 5; write it as text"):
        eis.fit(spectrum, 5)
    with pytest.raises(eis.FitError, match="start: R0 is 'x', which is not a number"):
        eis.fit(spectrum, "R0-p(R1,CPE1)", start={"R0": "x"})
    with pytest.raises(eis.FitError, match=r"fix is \['R0'\]; give numbers by name"):
        eis.fit(spectrum, "R0-p(R1,CPE1)", fix=["R0"])
    with pytest.raises(eis.FitError, match="starts = -1 is not a whole number of at least 1"):
        eis.fit(spectrum, "R0-p(R1,CPE1)", starts=-1)
    with pytest.raises(eis.FitError, match="fit_many takes a list of spectra"):
        eis.fit_many(spectrum, "R0-p(R1,CPE1)")
    with pytest.raises(eis.ReadError, match="path is None; read takes the path of one file"):
        eis.read(None)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: eis.fit(s, TWO_ARCS, tie={"R2": 5}), "tie of R2 is 5; give another parameter"),
        (lambda s: eis.fit(s, TWO_ARCS, high_frequency_error="x"), "high_frequency_error = 'x' is"),
        (lambda s: eis.fit(s, TWO_ARCS, elements=[5]), "elements holds 5, which is no eis.Element"),
        (lambda s: eis.check_kramers_kronig(None), "spectrum is NoneType, not an eis.Spectrum"),
        (lambda s: eis.fit_many([s, s], TWO_ARCS, loss="zz"), "loss 'zz' is not known; use one of"),
        (lambda s: eis.fit_joint([s, s], TWO_ARCS, shared=5), "shared is 5; give a list of param"),
        (lambda s: eis.fit_joint([s, s], TWO_ARCS, shared="R1"), "shared is 'R1'; give a list of"),
        (lambda s: eis.track_arcs(None, [1, 2]), "fits is None; give the fits of a series"),
        (
            lambda s: eis.assign_arcs(None, None),
            "cell is NoneType, not an eis.Cell with",
        ),
    ],
)
def test_what_is_of_another_kind_is_named(call, message):
    spectrum = spectrum_of(TWO_ARCS, [50, 300, 1e-8, 0.9, 900, 1e-6, 0.85])
    with pytest.raises(eis.EisError, match=re.escape(message)):
        call(spectrum)


def test_rows_of_a_model_follow_the_formulas_of_the_elements():
    values = np.array([50, 300, 1e-8, 0.9, 2e-5, 0.6])
    model = Model(eis.Circuit("R0-p(R1,CPE1)-CPE2"))
    omega = np.logspace(-1, 7, 30)
    jw = 1j * omega
    by_hand = 50 + 1 / (1 / 300 + 1e-8 * jw**0.9) + 1 / (2e-5 * jw**0.6)
    v = model.coordinates(values[None])
    z, jacobian = model.evaluate(omega, v)
    np.testing.assert_allclose(z[0], by_hand, rtol=1e-12)
    for k in range(v.shape[1]):
        step = 1e-5 * np.eye(v.shape[1])[k]
        slope = (model.impedance(omega, v + step) - model.impedance(omega, v - step)) / 2e-5
        assert np.all(np.abs(jacobian[0, k] - slope[0]) < 1e-8 * np.abs(by_hand))


def test_arcs_evaluated_together_are_the_sum_of_each_alone():
    omega = np.logspace(-1, 7, 30)
    # The arcs stand evenly spaced in the first circuit only.
    for text in ("R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)", "p(R1,CPE1)-R0-p(R2,CPE2)-p(CPE3,R3)"):
        circuit = eis.Circuit(text)
        by_name = {"R0": 7.0}
        for k, (r, q, n) in enumerate([(30, 1e-8, 0.9), (200, 1e-6, 0.8), (900, 1e-4, 0.7)], 1):
            by_name |= {f"R{k}": r, f"CPE{k}_Q": q, f"CPE{k}_n": n}
        model = Model(circuit)
        v = model.coordinates(np.array([[by_name[name] for name in circuit.names]]))
        z, slopes = model.evaluate(omega, np.vstack([v, v + 0.01]))
        terms = np.sum(model.terms(omega, np.vstack([v, v + 0.01])), axis=0)
        np.testing.assert_allclose(z, terms, rtol=1e-13)
        for k in range(v.shape[1]):
            step = 1e-5 * np.eye(v.shape[1])[k]
            by_difference = model.impedance(omega, v + step) - model.impedance(omega, v - step)
            assert np.all(np.abs(slopes[0, k] - by_difference[0] / 2e-5) < 1e-8 * np.abs(z[0]))


def test_a_column_spanned_by_those_chosen_is_in_no_pair():
    gram = np.diag([0.0, 1.0, 1.0])
    state = _State(gram, None, np.array([1e-16, 2.0, 3.0]), 0.0, {})
    pairs, gain = _pair_gains(state, (0, 3), (0, 3), 0.0)
    assert pairs.tolist() == [5]
    assert gain.tolist() == pytest.approx([2.0**2 + 3.0**2])
