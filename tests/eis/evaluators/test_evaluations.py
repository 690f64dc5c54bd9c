"""Averages and multiverses of simulated spectra whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from metastudy import eis
from metastudy.eis.errors import FitError
from metastudy.eis.evaluators.averaging import Averaged, Member, akaike_weights, average
from metastudy.eis.evaluators.evaluations import (
    WEIGHTS,
    Estimate,
    Reference,
    Variant,
    aicc_of,
    estimate,
    estimate_of,
    variants,
    windows,
)
from metastudy.eis.evaluators.specifications import multiverse
from metastudy.eis.weighting.sum_of_squares import objective, windowed
from metastudy.eis.weighting.weights import ErrorStructure

CIRCUIT = "R0-p(R1,CPE1)-p(R2,CPE2)-CPE3"
F = np.geomspace(7e6, 0.1, 60)


def cell(
    rng: np.random.Generator, *, ratio: float = 1000.0, noise: float = 0.003, n: float = 0.85
) -> eis.Spectrum:
    """Bulk 200 ohm, contact 1000 ohm with ``ratio`` times its time constant, blocking tail."""
    jw, tau = 2j * np.pi * F, 1e-7
    bulk = 200 / (1 + (jw * tau) ** 0.98)
    contact = 1000 / (1 + (jw * tau * ratio) ** n)
    z = 20 + bulk + contact + 1 / (1e-4 * jw**0.9)
    return eis.Spectrum(
        F, z * (1 + noise * (rng.standard_normal(60) + 1j * rng.standard_normal(60)))
    )


@pytest.fixture(scope="module")
def spectrum() -> eis.Spectrum:
    return cell(np.random.default_rng(1))


@pytest.fixture(scope="module")
def reference(spectrum: eis.Spectrum) -> Reference:
    return Reference.of(spectrum, CIRCUIT, "R2")


HYBRID = "L0-p(C0,R1-p(R2,CPE2)-CPE3)"
HYBRID_TWO = "L0-p(C0,R1-p(R2,CPE2)-p(R3,CPE3)-CPE4)"
TWO_VALUES = [1e-6, 2e-11, 3000, 2000, 2e-8, 0.9, 20000, 3e-7, 0.85, 1e-6, 0.9]


def hybrid_cell(
    rng: np.random.Generator,
    text: str = HYBRID,
    values: tuple[float, ...] = (1e-6, 2e-11, 3000, 20000, 3e-7, 0.85, 1e-6, 0.9),
) -> eis.Spectrum:
    """Leads and a stray capacitance, noise of 0.3 %, and 2 % at 7 MHz that points share."""
    circuit = eis.Circuit(text)
    z = circuit.impedance(F, dict(zip(circuit.names, values, strict=True)))
    off = 0.02 * np.maximum(F / 1e6 - 1, 0) / 6 * (rng.standard_normal() + 1j)
    noise = 0.003 * (rng.standard_normal(60) + 1j * rng.standard_normal(60))
    return eis.Spectrum(F, z * (1 + off + noise))


def member(log_r: float, sd: float, df: int, weight: float) -> Member:
    return Member(Variant("", "", ()), None, "", Estimate(log_r, sd**2, 0.0, df, 0.0), weight)


def test_an_average_of_one_is_its_t_interval():
    low, high = Averaged("R1", (member(5.0, 0.1, 20, 1.0),), ()).conf_int().loc["R1"]
    assert np.log([low, high]) == pytest.approx([*stats.t.interval(0.95, 20, 5.0, 0.1)], abs=1e-9)


def test_an_average_of_two_leaves_the_tails_that_it_promises():
    both = Averaged("R1", (member(5.0, 0.1, 20, 0.7), member(6.0, 0.2, 30, 0.3)), ())
    low, high = np.log(both.conf_int(0.1).loc["R1"])
    for end, below in ((low, 0.05), (high, 0.95)):
        tail = 0.7 * stats.t.cdf((end - 5) / 0.1, 20) + 0.3 * stats.t.cdf((end - 6) / 0.2, 30)
        assert tail == pytest.approx(below, abs=1e-9)
    assert np.log(both.resistance_ohm) == pytest.approx(5.3)
    # 0.7 0.01 + 0.3 0.04 within, 0.7 0.3^2 + 0.3 0.7^2 between.
    assert both.log_variance == pytest.approx(0.019 + 0.21)
    assert both.between_dex == pytest.approx(np.sqrt(0.21) / np.log(10))
    with pytest.raises(FitError, match=r"alpha = 2 is no share .* alpha=0\.02"):
        both.conf_int(2)


def test_weights_are_those_of_akaike():
    weights = akaike_weights(np.array([10.0, 12.0, 1e4]))
    assert weights == pytest.approx([np.e / (np.e + 1), 1 / (np.e + 1), 0.0])
    assert akaike_weights(np.array([])).size == 0


def test_the_criterion_is_minus_two_log_likelihood_with_its_penalty(spectrum):
    """By scipy's normal density with the variance that maximises it."""
    for law in ("modulus", "unit"):
        fitted = eis.fit(spectrum, CIRCUIT, weight=law)
        residual = np.ascontiguousarray(fitted.resid).view(float)
        sd = np.sqrt(fitted.chi2 / fitted.nobs) / fitted.weights
        likelihood = stats.norm.logpdf(residual, scale=sd).sum()
        assert fitted.llf == pytest.approx(likelihood, rel=1e-9)
        n, k = 120, 9 + 1
        wanted = -2 * likelihood + 2 * k + 2 * k * (k + 1) / (n - k - 1)
        assert aicc_of(fitted) == pytest.approx(wanted, rel=1e-9)


def test_the_criterion_of_an_error_structure_is_that_of_its_covariance():
    """By scipy's density of 2n correlated normal parts, with the factor that maximises it."""
    hybrid = hybrid_cell(np.random.default_rng(2))
    fitted = eis.fit(hybrid, HYBRID, weight="structure", high_frequency_error=0.02)
    f, z, law = hybrid.frequency_hz, fitted.fittedvalues, fitted.structure
    e = np.maximum(f / 1e6 - 1, 0) / 6 * 0.02
    alike = np.exp(-((np.log(f) - np.log(f)[:, None]) ** 2) / (2 * np.log(10) ** 2))
    cross = z[:, None] * z.conj() * np.outer(e, e) * alike
    covariance = np.block([[cross.real, -cross.imag], [cross.imag, cross.real]])
    covariance += np.diag(np.tile(law.random(f, z) ** 2, 2))
    residual = np.concatenate([fitted.resid.real, fitted.resid.imag])
    factor = residual @ np.linalg.solve(covariance, residual) / fitted.nobs
    density = stats.multivariate_normal(cov=factor * covariance)
    free = 8 + 1 + 1 + (law.bend > 0)  # the circuit's, the factor, exponent and bend
    penalty = 2 * free + 2 * free * (free + 1) / (fitted.nobs - free - 1)
    wanted = -2 * density.logpdf(residual) + penalty
    assert law.rise == 0
    assert aicc_of(fitted) == pytest.approx(wanted, abs=1e-3)


def test_the_error_structure_outweighs_laws_that_are_not_those_of_the_errors():
    """Errors of constant size: unit weights are right, a law that is read off nearly so."""
    rng = np.random.default_rng(11)
    jw = 2j * np.pi * F
    z = 10 + 5000 / (1 + jw * 1e-3) + 2 * (rng.standard_normal(60) + 1j * rng.standard_normal(60))
    flat = eis.Spectrum(F, z)
    found = average(flat, "R0-p(R1,CPE1)", "R1", weights=(*WEIGHTS, "structure"))
    of_law = {law: sum(m.weight for m in found.members if m.weight_law == law) for law in WEIGHTS}
    read_off = sum(m.weight for m in found.members if m.weight_law == "structure")
    assert of_law["modulus"] + of_law["proportional"] < 1e-6
    assert of_law["unit"] > read_off > 0.01
    low, high = found.conf_int().loc["R1"]
    assert low < 5000 < high


def test_behind_a_stray_capacitance_every_variant_is_a_circuit():
    both = hybrid_cell(np.random.default_rng(3), HYBRID_TWO, TWO_VALUES)
    reference = Reference.of(both, HYBRID_TWO, "R3", ["structure"], 0.02)
    assert reference.fitted.structure.instrument == 0.02
    found = {v.words: v for v in variants(reference)}
    assert found["R2 without its arc"].circuit == "L0-p(C0,R1-p(R3,CPE3)-CPE4)"
    assert dict(found["R2 without its arc"].start)["R1"] == pytest.approx(5000, rel=0.05)
    several = multiverse(both, HYBRID_TWO, "R3", weights=["structure"], high_frequency_error=0.02)
    assert {u.weight for u in several.specifications} == {"structure"}
    alone = [u for u in several.defensible if u.method == "arc alone, rest free"]
    assert [u.resistance_ohm for u in alone] == [pytest.approx(20000, rel=0.1)]


def test_variants_say_what_they_change(reference):
    found = {v.words: v for v in variants(reference)}
    assert found["as given"].circuit == CIRCUIT
    assert found["exponent 1"].fixed == (("CPE2_n", 1.0),)
    split = found["arc split in two"]
    assert split.circuit == "R0-p(R1,CPE1)-p(R2,CPE2)-p(R4,CPE4)-CPE3"
    assert split.resistors == ("R2", "R4")
    assert found["R1 without its arc"].circuit == "R0-p(R2,CPE2)-CPE3"
    assert dict(found["R1 without its arc"].start)["R0"] == pytest.approx(220, rel=0.02)


def test_a_split_arc_without_a_series_resistor_and_with_a_capacitor():
    jw = 2j * np.pi * F
    z = 100 / (1 + jw * 1e-6) + 1000 / (1 + jw * 1e-3)
    found = variants(Reference.of(eis.Spectrum(F, z), "p(R1,C1)-p(R2,C2)", "R2"))
    assert [v.circuit for v in found] == [
        "p(R1,C1)-p(R2,C2)",
        "p(R1,C1)-p(R2,C2)-p(R3,CPE3)",
        "p(R1,C1)-p(R2,C2)-p(R3,CPE3)",
        "R1-p(R2,C2)",
    ]


def test_an_arc_that_goes_elsewhere_gives_nothing(reference):
    """Above 10 kHz there is no arc at the contact's time constant."""
    jw = 2j * np.pi * F
    other = eis.Spectrum(F, 20 + 200 / (1 + (jw * 1e-7) ** 0.98) + 1 / (1e-4 * jw**0.9))
    with pytest.raises(FitError, match="went to a time constant"):
        estimate(other, reference, Variant("", "R0-p(R2,CPE2)-CPE3", ("R2",)))


def test_the_parts_of_a_split_are_the_two_processes_that_are_there():
    """500 ohm at 10 us and 1000 ohm at 1 ms, evaluated as one arc: their sum, or the slower."""
    jw = 2j * np.pi * F
    z = 20 + 500 / (1 + jw * 1e-5) + 1000 / (1 + jw * 1e-3)
    rng = np.random.default_rng(3)
    noise = rng.standard_normal(60) + 1j * rng.standard_normal(60)
    two = eis.Spectrum(F, z * (1 + 0.001 * noise))
    reference = Reference.of(two, "R0-p(R1,CPE1)", "R1")
    found = {v.words: estimate(two, reference, v) for v in variants(reference)}
    whole, slower = found["arc split in two"], found["slower part of the split"]
    assert np.exp(whole.log_resistance) == pytest.approx(1500, rel=0.005)
    assert np.exp(slower.log_resistance) == pytest.approx(1000, rel=0.01)
    assert whole.criterion == slower.criterion


def test_a_part_is_no_reading_where_one_arc_does(spectrum, reference):
    (part,) = [v for v in variants(reference) if v.slowest]
    with pytest.raises(FitError, match="the data do not support two arcs in the place of R2"):
        estimate(spectrum, reference, part)


def test_a_resistance_without_a_finite_error_gives_nothing(reference):
    fitted = replace(reference.fitted)
    size = fitted.estimates.size
    fitted.__dict__["log_covariance"] = np.full((size, size), np.nan)
    with pytest.raises(FitError, match="R2 has no finite standard error"):
        estimate_of(fitted, reference, ("R2",))


def test_windows(spectrum):
    low, high = F.min(), F.max()
    assert windows(spectrum) == (None, (low, high / 10), (low * 10, high))
    short = eis.Spectrum(np.geomspace(1, 100, 9), np.ones(9) + 0j)
    assert windows(short) == (None,)
    with pytest.raises(FitError, match="no point lies in the window 1e\\+09 to 1e\\+10 Hz"):
        windowed(spectrum, (1e9, 1e10))


def test_objective_by_hand():
    spectrum = eis.Spectrum(np.array([1.0, 2.0]), np.array([3 + 4j, 10 + 0j]))
    # Against R = 4: residuals -1 + 4j and 6; over |Z| = 5 and 10.
    assert objective(spectrum, "R1", {"R1": 4.0}, "modulus") == pytest.approx(17 / 25 + 36 / 100)
    assert objective(spectrum, "R1", {"R1": 4.0}, "unit") == pytest.approx(17 + 36)
    # A law read off before stands at the model, 4 ohm: 0.5 sqrt(4) at every frequency, and at 7 MHz
    # seven times that.
    law = ErrorStructure(scale=0.5, exponent=0.5, rise=1.0)
    assert objective(spectrum, "R1", {"R1": 4.0}, law) == pytest.approx(17 + 36)
    fast = eis.Spectrum(np.array([1.0, 7e6]), spectrum.impedance_ohm)
    assert objective(fast, "R1", {"R1": 4.0}, law) == pytest.approx(17 + 36 / 49)
    assert objective(fast, "R1", {"R1": 4.0}, law, {"R1": 16.0}) == pytest.approx(17 / 4 + 36 / 196)
    with pytest.raises(FitError, match="'structure' is no law of the data alone"):
        objective(spectrum, "R1", {"R1": 4.0}, "structure")


def test_the_averaged_interval_holds_the_truth_and_is_wider_than_one_fit(spectrum):
    found = average(spectrum, CIRCUIT, "R2")
    low, high = found.conf_int().loc["R2"]
    assert low < 1000 < high
    assert sum(m.weight for m in found.members) == pytest.approx(1)
    one = eis.fit(spectrum, CIRCUIT).conf_int(parameters=["R2"]).loc["R2"]
    assert high / low >= one["upper"] / one["lower"] * 0.99
    for window in windows(spectrum):
        share = sum(m.weight for m in found.members if m.window == window)
        assert share == pytest.approx(1 / 3), "windows have equal shares"


def test_the_multiverse_of_a_clean_cell_agrees(spectrum):
    """Claim 26: on well separated arcs defensible evaluations differ by little."""
    found = multiverse(spectrum, CIRCUIT, "R2", bulk_ohm=220.0, bulk_sd_ohm=4.4)
    assert found.sd_dex < 0.02
    assert found.median_ohm == pytest.approx(1000, rel=0.02)
    methods = {u.method for u in found.defensible}
    assert methods == {
        "joint fit",
        "arc alone, rest free",
        "arc alone, measured bulk",
        "intercept less measured bulk",
    }
    assert "no share of the scatter in the literature" in found.statement
    table = found.table()
    kept = table[table["reason"] == ""]["log10_ohm"]
    assert found.sd_dex == pytest.approx(kept.std(ddof=1))
    assert found.range_dex == pytest.approx(kept.max() - kept.min())
    assert list(found.by_choice().index) == ["method", "circuit", "window", "weight"]


def test_overlapping_arcs_leave_the_evaluator_more_freedom(spectrum):
    clean = multiverse(spectrum, CIRCUIT, "R2")
    close = multiverse(cell(np.random.default_rng(1), ratio=10.0), CIRCUIT, "R2")
    assert close.sd_dex > 3 * clean.sd_dex


def test_a_bulk_that_is_wrong_moves_what_is_subtracted(spectrum):
    def intercept(bulk: float) -> float:
        found = multiverse(spectrum, CIRCUIT, "R2", bulk_ohm=bulk)
        (one,) = [u for u in found.specifications if u.method.startswith("intercept")]
        assert one.resistance_ohm is not None
        return one.resistance_ohm

    assert intercept(200.0) - intercept(250.0) == pytest.approx(50.0)


def test_the_intercept_is_refused_where_the_arc_does_not_close():
    jw = 2j * np.pi * F
    z = 220 + 1000 / (1 + (jw * 1e-3) ** 0.9) + 1 / (1e-6 * jw**0.9)
    found = multiverse(eis.Spectrum(F, z), "R0-p(R1,CPE1)-CPE2", "R1", bulk_ohm=220.0)
    (one,) = [u for u in found.specifications if u.method.startswith("intercept")]
    assert one.reason == "the arc runs into what follows it"


def test_mistakes_are_said(spectrum):
    with pytest.raises(FitError, match="R0 is the resistor of no arc"):
        multiverse(spectrum, CIRCUIT, "R0")
    with pytest.raises(FitError, match="bulk_ohm = -1"):
        multiverse(spectrum, CIRCUIT, "R2", bulk_ohm=-1)
    for wrong in ("structure", [], ["modulus", "sigma"]):
        with pytest.raises(FitError, match=r"is no list of weight laws; take some of modulus, "):
            average(spectrum, CIRCUIT, "R2", weights=wrong)
    with pytest.raises(FitError, match=r"high_frequency_error = 0\.02 .* weight='structure'"):
        multiverse(spectrum, CIRCUIT, "R2", high_frequency_error=0.02)
