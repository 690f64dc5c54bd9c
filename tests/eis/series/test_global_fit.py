"""Parameters shared by several spectra, against algebra and against simulation."""

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis import CircuitError, FitError, Spectrum

from ..ensembles import TWO_ARCS, spectrum_of

SHARED = ("CPE1_n", "CPE2_n")


def series(rng, n=(0.9, 0.8), count=4):
    out = []
    for k in range(count):
        r = np.array([400.0, 2000.0]) * 2.0**k
        tau = r * np.array([1e-9, 1e-7])
        e = np.array(n)
        q = tau**e / r
        out.append([50, r[0], q[0], e[0], r[1], q[1], e[1]])
    return np.array(out), [spectrum_of(TWO_ARCS, values, rng) for values in out]


def test_shared_resistance_of_linear_circuits_is_the_weighted_mean():
    # Z = R + j w L with R common: R is the mean over spectra weighted by points/variance.
    rng = np.random.default_rng(110)
    frequency = np.linspace(1e5, 1e6, 40)
    spectra = []
    for inductance, sd in ((1e-6, 0.5), (3e-6, 1.5), (5e-6, 1.0)):
        noise = sd * (rng.normal(size=40) + 1j * rng.normal(size=40))
        spectra.append(Spectrum(frequency, 10 + 2j * np.pi * frequency * inductance + noise))
    joint = eis.fit_joint(spectra, "R0-L0", ["R0"], weight="unit")
    separate = [eis.fit(s, "R0-L0", weight="unit") for s in spectra]
    weights = np.array([1 / f.standard_errors[0] ** 2 for f in separate])
    mean = np.sum(weights * [f.estimates[0] for f in separate]) / weights.sum()
    params, bse = joint.params.unstack(), joint.bse.unstack()
    variance = joint.chi2 / joint.df_resid / weights.sum()
    np.testing.assert_allclose(params["R0"], mean, rtol=1e-6)
    np.testing.assert_allclose(bse["R0"], np.sqrt(variance), rtol=1e-4)
    np.testing.assert_allclose(params["L0"], [f.estimates[1] for f in separate], rtol=1e-6)
    # R0 is one number, and R and L of one spectrum have nothing to do with each other.
    covariance = joint.cov_params()
    np.testing.assert_allclose(covariance.xs("R0", level=1).xs("R0", axis=1, level=1), variance)
    assert covariance.loc[(0, "L0"), (1, "L0")] == pytest.approx(0, abs=1e-9 * variance)


def test_shared_exponents_are_equal_and_sharper():
    rng = np.random.default_rng(111)
    values, spectra = series(rng)
    joint = eis.fit_joint(spectra, TWO_ARCS, SHARED)
    for name in SHARED:
        assert np.ptp(joint.params.unstack()[name].to_numpy()) == 0.0
    separate = np.array([f.standard_errors for f in joint.separate])
    assert (joint.standard_errors[:, 3] < 0.75 * separate[:, 3]).all()
    ends = joint.conf_int(alpha=0.001)
    assert ((ends["lower"] < values.ravel()) & (values.ravel() < ends["upper"])).all()
    assert "CPE1_n, CPE2_n shared in all spectra: F(6, " in str(joint.summary())


def test_the_covariance_of_a_joint_fit_is_the_inverse_of_its_normal_matrix():
    """By the dense matrix over all unknowns, which the fit itself never builds."""
    _, spectra = series(np.random.default_rng(114))
    joint = eis.fit_joint(spectra, TWO_ARCS, SHARED)
    model, (count, q) = joint.model, joint.v.shape
    common = [model.circuit.names.index(name) for name in SHARED]
    own = [j for j in range(q) if j not in common]
    unknowns = len(common) + count * len(own)
    normal, maps = np.zeros((unknowns, unknowns)), []
    for k, fitted in enumerate(joint.separate):
        _, slopes = model.evaluate(fitted.spectrum.omega, joint.v[[k]])
        slopes = slopes[0].view(float) * fitted.weights / np.sqrt(fitted.chi2_reduced)
        chosen = np.zeros((q, unknowns))
        chosen[common, range(len(common))] = 1
        first = len(common) + k * len(own)
        chosen[own, range(first, first + len(own))] = 1
        normal += chosen.T @ slopes @ slopes.T @ chosen
        scale = np.where(model.is_log, joint.estimates[k], 1.0)
        maps.append(scale[:, None] * chosen)
    every = np.concatenate(maps)
    wanted = every @ np.linalg.inv(normal) @ every.T * joint.chi2 / joint.df_resid
    sd = np.sqrt(np.diag(wanted))
    difference = (joint.cov_params().to_numpy() - wanted) / np.outer(sd, sd)
    assert np.abs(difference).max() < 1e-5
    np.testing.assert_allclose(joint.bse, sd, rtol=1e-5)


def test_sharing_is_refused_by_the_test_only_where_it_is_wrong():
    rng = np.random.default_rng(112)
    pvalues = [eis.fit_joint(series(rng)[1], TWO_ARCS, SHARED).test.pvalue for _ in range(30)]
    # Uniform under the null: 30 draws below 0.001 or all below 0.2 would be absurd.
    assert min(pvalues) > 1e-4
    assert max(pvalues) > 0.5
    assert 0.25 < np.mean(pvalues) < 0.75
    _, spectra = series(rng)
    _, others = series(rng, n=(0.8, 0.9))
    wrong = eis.fit_joint(spectra[:2] + others[:2], TWO_ARCS, SHARED)
    assert wrong.test.pvalue < 1e-6
    assert wrong.test.df[0] == 6


def test_mistakes_are_named():
    rng = np.random.default_rng(113)
    _, spectra = series(rng)
    with pytest.raises(CircuitError, match="has no parameter 'n'"):
        eis.fit_joint(spectra, TWO_ARCS, ["n"])
    with pytest.raises(FitError, match="CPE1_n is fixed or tied and cannot be shared"):
        eis.fit_joint(spectra, TWO_ARCS, ["CPE1_n"], fix={"CPE1_n": 0.9})
    with pytest.raises(FitError, match="sharing needs at least two spectra"):
        eis.fit_joint(spectra[:1], TWO_ARCS, SHARED)
    with pytest.raises(FitError, match="spectrum 1 cannot be fitted: circuit"):
        eis.fit_joint([spectra[0], Spectrum([1.0], [1.0])], TWO_ARCS, SHARED)
