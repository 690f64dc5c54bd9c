"""The verdict names a misfit above the noise, a distant prior, turned signs; and is silent else."""

import re

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis import FitError
from metastudy.eis.fits.noise_law import noise_law

F = np.logspace(5.5, -1, 46)
W = 2j * np.pi * F
ONE = "R0-p(R1,CPE1)"
TWO = "R0-p(R1,CPE1)-p(R2,CPE2)"


def two_arcs(second=6.0):
    return 30 + 90 / (1 + (W * 2e-4) ** 0.9) + second / (1 + (W * 0.05) ** 0.85)


def noisy(z, seed, noise=0.001):
    rng = np.random.default_rng(seed)
    e = rng.normal(size=(2, z.size))
    return eis.Spectrum(F, z * (1 + noise * (e[0] + 1j * e[1])))


@pytest.mark.parametrize("weight", ["modulus", "proportional", "unit", "structure"])
def test_a_small_misfit_far_above_the_noise_is_named_under_every_weight(weight):
    fit = eis.fit(noisy(two_arcs(), 81), ONE, weight=weight)
    assert "the circuit misses the points by" in fit.verdict
    noise = re.search(r"times the noise of (\S+) %", fit.verdict)
    # Second differences of 46 points read it to about 15 %.
    assert noise
    assert float(noise[1]) == pytest.approx(0.1, rel=0.4)


@pytest.mark.parametrize("weight", ["modulus", "structure"])
def test_the_right_circuit_is_not_said_to_miss(weight):
    for seed in range(15):
        fit = eis.fit(noisy(two_arcs(60.0), [82, seed]), TWO, weight=weight)
        assert "misses" not in fit.verdict


def test_noise_that_is_large_at_one_end_is_no_misfit():
    for seed in range(10):
        rng = np.random.default_rng([83, seed])
        z = two_arcs(60.0)
        z = z + 0.1 * (rng.normal(size=F.size) + 1j * rng.normal(size=F.size))
        assert "misses" not in eis.fit(eis.Spectrum(F, z), TWO, weight="unit").verdict


def lognormal(r, tau, width):
    """Impedance of Debye relaxations whose ln tau is normal, by the sum over a fine grid."""
    x = np.linspace(-6, 6, 241)
    share = np.exp(-(x**2) / 2)
    return (r * share / share.sum() / (1 + W[:, None] * tau * np.exp(width * x))).sum(axis=1)


def test_lognormal_times_fitted_by_a_constant_phase_are_covered_or_named():
    held = []
    for seed in range(20):
        rng = np.random.default_rng([84, seed])
        z = 10 + lognormal(100.0, 1e-4, rng.uniform(0.5, 1.2)) + lognormal(60.0, 0.05, 0.8)
        fit = eis.fit(noisy(z, [85, seed], 0.003), TWO)
        ends = fit.intervals(["R1", "R2"])
        inside = (ends[:, 0] <= [100, 60]) & ([100, 60] <= ends[:, 1])
        held += (inside | ("misses" in fit.verdict)).tolist()
    assert np.mean(held) >= 0.95


@pytest.mark.parametrize(
    ("value", "sd", "side", "distance"),
    [(700.0, 0.05, "below", np.log(700 / 90) / 0.05), (20.0, 0.2, "above", np.log(3.0) / 0.2)],
)
def test_a_prior_far_from_the_data_is_named_with_its_distance(value, sd, side, distance):
    fit = eis.fit(noisy(two_arcs(60.0), 86), TWO, prior={"R1": (value, sd)})
    # The name goes to the arc that is nearer to the prior.
    remark = next(part for part in fit.verdict.split("; ") if "prior" in part)
    assert f"standard deviations {side} its prior of {value:.4g}" in remark
    said = float(remark.split(", ")[1].split()[0])
    assert said == pytest.approx(distance, rel=0.02)


def test_a_prior_near_the_data_is_not_named():
    fit = eis.fit(noisy(two_arcs(60.0), 86), TWO, prior={"R1": (100.0, 0.1)})
    assert "prior" not in fit.verdict


def test_turned_signs_are_named_with_the_remedy():
    right = noisy(two_arcs(60.0), 87)
    turned = eis.Spectrum(F, -right.impedance_ohm)
    assert "Re Z is negative everywhere" in eis.fit(turned, TWO).verdict
    with pytest.raises(FitError, match=r"Re Z is negative everywhere.*-spectrum.impedance_ohm\)"):
        eis.fit(turned)
    real = eis.Spectrum(F, -right.impedance_ohm.conj())
    with pytest.raises(FitError, match=r"its sign seems turned.*impedance_ohm.conj\(\)"):
        eis.fit(real)
    imaginary = eis.Spectrum(F, right.impedance_ohm.conj())
    assert "Im Z is positive everywhere" in eis.fit(imaginary, TWO).verdict
    assert "positive" not in eis.fit(right, TWO).verdict


def test_turned_signs_are_said_by_every_answer():
    z = noisy(two_arcs(60.0), 95).impedance_ohm
    for spectrum, words in (
        (eis.Spectrum(F, -z), "Re Z is negative everywhere"),
        (eis.Spectrum(F, z.conj()), "Im Z is positive everywhere"),
    ):
        series = eis.fit_series([spectrum] * 3, [25, 35, 45], "R0-p(R1,CPE1)")
        for said in (
            eis.check(spectrum)["passivity"].words,
            eis.select_circuit(spectrum, ["R0-p(R1,CPE1)", TWO]).verdict,
            eis.relaxation_times(spectrum).verdict,
            str(eis.relaxation_times(spectrum).summary()),
            str(series.summary()),
        ):
            assert words in said
    right = eis.Spectrum(F, z)
    assert eis.check(right)["passivity"].verdict == "ok"
    assert "sign" not in eis.relaxation_times(right).verdict


def test_a_series_says_at_which_temperatures_the_circuit_misses():
    one, two = noisy(30 + 90 / (1 + (W * 2e-4) ** 0.9), 96), noisy(two_arcs(60.0), 97)
    text = str(eis.fit_series([one, two, one], [25, 35, 45], "R0-p(R1,CPE1)").summary())
    assert "Misfit       35 degC: the circuit misses the points" in text
    text = str(eis.fit_series([one] * 3, [25, 35, 45], "R0-p(R1,CPE1)").summary())
    assert "Misfit" not in text


def printed(z, digits):
    def parts(x):
        return np.array([float(f"{value:.{digits - 1}e}") for value in x])

    return parts(z.real) + 1j * parts(z.imag)


@pytest.mark.parametrize("digits", [5, 6, 9, 17])
@pytest.mark.parametrize(
    ("circuit", "z", "truth"),
    [
        ("R0", 41.0 + 0 * W, (41.0,)),
        ("R0-C1", 6 + 1 / (2e-6 * W), (6.0, 2e-6)),
        ("p(R1,C1)", 100 / (1 + 1e-4 * W), (100.0, 1e-6)),
        ("R0-p(R1,C1)", 10 + 100 / (1 + 1e-4 * W), (10.0, 100.0, 1e-6)),
        (TWO, two_arcs(60.0), (30.0, 90.0, 2e-4**0.9 / 90, 0.9, 60.0, 0.05**0.85 / 60, 0.85)),
        ("R0-p(R1,CPE1)-W2", 30 + 90 / (1 + (W * 2e-4) ** 0.9) + np.sqrt(2) * 5 * W**-0.5, None),
    ],
)
def test_exact_and_rounded_spectra_give_the_parameters(circuit, z, truth, digits):
    spectrum = eis.Spectrum(F, printed(z, digits))
    fit = eis.fit(spectrum, circuit)
    assert fit.identifiable
    assert "misses" not in fit.verdict
    ends = fit.conf_int().to_numpy()
    assert (ends[:, 1] / ends[:, 0] < 1.01).all()
    if truth is not None:
        np.testing.assert_allclose(fit.estimates, truth, rtol=20 * 10.0 ** -min(digits, 12))


def test_copies_of_points_count_once():
    once = noisy(two_arcs(60.0), 88)
    thrice = eis.Spectrum(np.tile(F, 3), np.tile(once.impedance_ohm, 3))
    one, fit = eis.fit(once, TWO), eis.fit(thrice, TWO)
    np.testing.assert_allclose(fit.conf_int(), one.conf_int(), rtol=1e-6)
    assert f"{2 * F.size} copies of points left out" in str(fit.summary())
    again = eis.fit_many([thrice], TWO)[0]
    np.testing.assert_allclose(again.intervals(["R1"]), one.intervals(["R1"]), rtol=1e-3)
    assert "copies, identical to the last digit" in eis.check(thrice)["drift"].words
    assert eis.check(thrice)["drift"].verdict == "unknown"
    noise = eis.check_kramers_kronig(once).noise
    assert eis.check_kramers_kronig(thrice).noise == pytest.approx(noise)
    areas = [eis.relaxation_times(spectrum).to_frame() for spectrum in (once, thrice)]
    np.testing.assert_allclose(areas[1], areas[0], rtol=1e-9)


def exported(f, z, digits):
    return np.array([float(f"{one:.{digits - 1}e}") for one in f]), printed(z, digits)


@pytest.mark.parametrize("order", ["after", "before", "turned", "mixed"])
def test_a_copy_with_fewer_digits_is_a_copy(order):
    once = noisy(two_arcs(60.0), 91)
    z = once.impedance_ohm
    f6, z6 = exported(F, z, 6)
    f5, z5 = exported(F, z, 5)
    both = {
        "after": (np.r_[F, f6], np.r_[z, z6]),
        "before": (np.r_[f5, F], np.r_[z5, z]),
        "turned": (np.r_[F, f6[::-1]], np.r_[z, z6[::-1]]),
        "mixed": (np.r_[f6, F * (1 + 1e-12), f5], np.r_[z6, z * (1 - 1e-13), z5]),
    }[order]
    spectrum = eis.Spectrum(*both)
    assert "copies" in eis.check(spectrum)["drift"].words
    fit = eis.fit(spectrum, TWO)
    assert fit.nobs == 2 * F.size
    np.testing.assert_allclose(fit.conf_int(), eis.fit(once, TWO).conf_int(), rtol=2e-3)


def test_a_circuit_is_proposed_for_a_spectrum_with_copies():
    once = noisy(two_arcs(60.0), 92)
    twice = eis.Spectrum(np.repeat(F, 2), np.repeat(once.impedance_ohm, 2))
    one, fit = eis.fit(once), eis.fit(twice)
    assert fit.circuit.text == one.circuit.text
    np.testing.assert_allclose(fit.estimates, one.estimates, rtol=1e-9)
    weighed = eis.fit(twice, weight=np.repeat(np.abs(once.impedance_ohm), 2))
    np.testing.assert_allclose(weighed.estimates, one.estimates, rtol=1e-6)


def test_repeats_written_with_few_digits_are_no_copies():
    first, second = noisy(two_arcs(60.0), 93), noisy(two_arcs(60.0), 94)
    z = np.concatenate([printed(first.impedance_ohm, 4), printed(second.impedance_ohm, 5)])
    assert "copies" not in eis.check(eis.Spectrum(np.tile(F, 2), z))["drift"].words


def test_true_repeats_are_no_copies():
    first, second = noisy(two_arcs(60.0), 89), noisy(two_arcs(60.0), 90)
    both = eis.Spectrum(np.tile(F, 2), np.concatenate([first.impedance_ohm, second.impedance_ohm]))
    assert eis.check(both)["drift"].verdict == "ok"
    assert eis.fit(both, TWO).nobs == 4 * F.size


def with_deviation(z, deviation_ohm, seed):
    e = np.random.default_rng(seed).normal(size=(2, F.size))
    return eis.Spectrum(F, z + deviation_ohm * (e[0] + 1j * e[1]))


def drawn(rng):
    """Two arcs behind a small resistance, so that |Z| spans two decades or more."""
    tau = 10 ** rng.uniform(-4.5, -3.5)
    n, r = rng.uniform(0.8, 0.97, 2), 10 ** rng.uniform(1.5, 2.5, 2)
    arcs = zip(r, (tau, tau * 10 ** rng.uniform(1.5, 2.5)), n, strict=True)
    return 2 + sum(one / (1 + (W * t) ** k) for one, t, k in arcs)


DEVIATIONS = {
    "constant": lambda size: 0 * size + np.median(size),
    "modulus": lambda size: size,
    "mixed": lambda size: np.hypot(size, np.median(size)) / np.sqrt(2),
}


@pytest.mark.parametrize("law", DEVIATIONS)
@pytest.mark.parametrize("noise", [0.001, 0.005])
def test_noise_of_any_law_under_modulus_weights_is_hardly_ever_a_misfit(law, noise):
    """At most 5 % of spectra; none of 25 tells 11 %, so at most one may be named."""
    said, named = 0, 0
    for seed in range(25):
        rng = np.random.default_rng([91, seed])
        z = drawn(rng)
        fit = eis.fit(with_deviation(z, noise * DEVIATIONS[law](np.abs(z)), [92, seed]), TWO)
        said += "misses" in fit.verdict
        named += "under weights of that law the circuit meets the points" in fit.verdict
    assert said <= 1
    if law == "modulus":
        assert named == 0


def test_weights_that_make_the_circuit_miss_are_named_with_better_ones():
    """Constant noise of a tenth of the least |Z|: under modulus weights few points pull all."""
    named = {}
    for seed in range(25):
        rng = np.random.default_rng([93, seed])
        z = drawn(rng)
        spectrum = with_deviation(z, 0.2, [94, seed])
        verdict = eis.fit(spectrum, TWO).verdict
        if "of that law" in verdict:
            named[seed] = verdict, eis.fit(spectrum, TWO, weight="unit").verdict
    assert len(named) >= 3
    for before, after in named.values():
        law = re.search(r"the noise (is nearly constant|goes as \|Z\|\^(\S+),)", before)
        assert law
        assert float(law[2] or 0) < 0.4
        assert "not |Z| as the weights have it" in before
        better = "use weight='structure'" if law[2] else "use weight='unit' or 'structure'"
        assert better in before
        assert "the noise" not in after
        assert "misses" not in after


@pytest.mark.parametrize(
    ("law", "weights", "said", "better"),
    [
        ("constant", "modulus", "is nearly constant in ohm, not |Z|", "'unit' or 'structure'"),
        ("modulus", "unit", "goes nearly as |Z|, not constant", "'modulus' or 'structure'"),
        ("root", "modulus", "goes as |Z|^0.", "'structure'"),
    ],
)
def test_the_law_of_the_noise_is_told_with_weights_that_suit(law, weights, said, better):
    rng = np.random.default_rng([97])
    z = drawn(rng)
    size = np.abs(z)
    deviation = np.sqrt(size) if law == "root" else DEVIATIONS[law](size)
    spectrum = with_deviation(z, 0.01 * deviation, 98)
    fit = eis.fit(spectrum, TWO, weight=weights)
    found = noise_law(fit, np.empty(0, dtype=int))
    assert found.differs(fit.base_weights)
    assert said in found.remark(weights)
    assert found.remark(weights).endswith(f"use weight={better}")
    suited = {"constant": "unit", "modulus": "modulus"}.get(law)
    if suited is not None:
        assert not found.differs(eis.fit(spectrum, TWO, weight=suited).base_weights)


@pytest.mark.parametrize("law", DEVIATIONS)
def test_a_true_misfit_is_named_under_noise_of_any_law(law):
    missed = 0
    for seed in range(15):
        rng = np.random.default_rng([95, seed])
        z = drawn(rng)
        size = DEVIATIONS[law](np.abs(z))
        missed += "misses" in eis.fit(with_deviation(z, 0.001 * size, [96, seed]), ONE).verdict
    assert missed == 15


@pytest.mark.parametrize(
    ("weight", "places", "size"),
    [
        ("modulus", [20], 0.2),
        ("modulus", [20], 9.0),
        ("modulus", [5, 20, 35], 0.03),
        ("modulus", [20, 21], 0.05),
        ("unit", [20], 9.0),
    ],
)
def test_points_that_decide_the_errors_are_named_until_they_are_left_out(weight, places, size):
    clean = noisy(two_arcs(60.0), 91)
    factor = np.ones(F.size)
    factor[places] += size
    spectrum = eis.Spectrum(F, clean.impedance_ohm * factor)
    fit = eis.fit(spectrum, TWO, weight=weight)
    points = "1 point stands out" if len(places) == 1 else f"{len(places)} points stand out"
    assert points in fit.verdict
    assert f"({', '.join(f'{f:.3g}' for f in F[places])} Hz)" in fit.verdict
    assert "stand" not in eis.fit(spectrum, TWO, weight=weight, loss="huber").verdict
    rest = np.delete(np.arange(F.size), places)
    without = eis.Spectrum(F[rest], spectrum.impedance_ohm[rest])
    assert "stand" not in eis.fit(without, TWO, weight=weight).verdict


def test_random_noise_names_no_points():
    for seed in range(40):
        assert "stand" not in eis.fit(noisy(two_arcs(60.0), [92, seed]), TWO).verdict


def test_noise_of_another_law_than_the_weights_names_no_points():
    for seed in range(10):
        rng = np.random.default_rng([93, seed])
        z = two_arcs(60.0) + 1 / (1e-4 * W**0.9)
        z = z * (1 + 0.003 * (rng.normal(size=F.size) + 1j * rng.normal(size=F.size)))
        fit = eis.fit(eis.Spectrum(F, z), f"{TWO}-CPE3", weight="unit")
        assert "stand" not in fit.verdict
