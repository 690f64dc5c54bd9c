"""Restricted problems end at least as low as the free optimum allows, loops are found."""

import numpy as np
import pytest

from metastudy import eis

CELL = "R0-p(R1,CPE1)-p(R2,CPE2)"
SLOW = np.logspace(4.5, -2, 46)


def noisy(circuit, values, seed, frequency=SLOW, noise=0.002):
    rng = np.random.default_rng(seed)
    z = eis.Circuit(circuit).impedance(frequency, np.array(values))
    e = rng.normal(size=(2, frequency.size))
    return eis.Spectrum(frequency, z + noise * np.abs(z) * (e[0] + 1j * e[1]))


@pytest.mark.parametrize(
    ("circuit", "values"),
    [
        ("R0-p(R1,CPE1)-p(R2,L2)", (7.0, 55.0, 8e-5, 0.88, 21.0, 47.0)),
        ("R0-p(R1,CPE1,R3-L3)", (4.0, 90.0, 6e-5, 0.93, 35.0, 60.0)),
        ("R0-p(CPE1,R1-p(R2,L2))", (3.0, 5e-5, 0.9, 70.0, 18.0, 30.0)),
    ],
)
def test_a_slow_inductive_loop_is_found(circuit, values):
    for seed in range(4):
        spectrum = noisy(circuit, values, [61, seed])
        truth = dict(zip(eis.Circuit(circuit).names, values, strict=True))
        found = eis.fit(spectrum, circuit)
        at_truth = eis.fit(spectrum, circuit, start=truth, starts=1)
        assert found.chi2 <= 1.001 * at_truth.chi2
        np.testing.assert_allclose(found.estimates, values, rtol=0.1)


def free_fit(seed):
    values = (12.0, 40.0, 5e-5, 0.85, 65.0, 3e-3, 0.8)
    spectrum = noisy(CELL, values, [62, seed])
    return spectrum, eis.fit(spectrum, CELL)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_restriction_that_the_free_optimum_satisfies_changes_nothing(seed):
    spectrum, free = free_fit(seed)
    value = {name: float(free.params[name]) for name in free.params.index}
    restrictions = [
        {"fix": {"R2": value["R2"]}},
        {"fix": {"CPE1_n": value["CPE1_n"]}},
        {"tie": {"R2": ("R1", value["R2"] / value["R1"])}},
        {"bounds": {"R1": (value["R1"] / 2, value["R1"] * 2), "CPE2_n": (0.5, 1.0)}},
        {"bounds": {"CPE1_Q": (value["CPE1_Q"] / 3, value["CPE1_Q"] * 3)}},
    ]
    for restriction in restrictions:
        fit = eis.fit(spectrum, CELL, **restriction)
        assert fit.chi2 == pytest.approx(free.chi2, rel=1e-6)
        np.testing.assert_allclose(fit.estimates, free.estimates, rtol=1e-3)


def test_a_name_is_bound_to_the_arc_that_its_value_belongs_to():
    """With R1 fixed at the resistance of the slow arc the two arcs change names."""
    spectrum, free = free_fit(2)
    fit = eis.fit(spectrum, CELL, fix={"R1": float(free.params["R2"])})
    assert fit.chi2 == pytest.approx(free.chi2, rel=1e-6)
    assert fit.params["R2"] == pytest.approx(free.params["R1"], rel=1e-3)


def test_a_prior_at_the_free_value_keeps_the_minimum():
    spectrum, free = free_fit(3)
    fit = eis.fit(spectrum, CELL, prior={"R2": (float(free.params["R1"]), 0.05)})
    # Named after the other arc, so the names are exchanged.
    assert fit.chi2 == pytest.approx(free.chi2, rel=1e-4)
    assert fit.params["R1"] == pytest.approx(free.params["R2"], rel=1e-2)
