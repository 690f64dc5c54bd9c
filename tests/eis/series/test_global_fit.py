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
    np.testing.assert_allclose(joint.params["R0"], mean, rtol=1e-6)
    np.testing.assert_allclose(
        joint.bse["R0"], np.sqrt(joint.chi2 / joint.df_resid / weights.sum()), rtol=1e-4
    )
    np.testing.assert_allclose(joint.params["L0"], [f.estimates[1] for f in separate], rtol=1e-6)


def test_shared_exponents_are_equal_and_sharper():
    rng = np.random.default_rng(111)
    values, spectra = series(rng)
    joint = eis.fit_joint(spectra, TWO_ARCS, SHARED)
    for name in SHARED:
        assert np.ptp(joint.params[name].to_numpy()) == 0.0
    separate = np.array([f.standard_errors for f in joint.separate])
    assert (joint.bse.to_numpy()[:, 3] < 0.75 * separate[:, 3]).all()
    lower, upper = joint.conf_int(alpha=0.001)
    assert ((lower.to_numpy() < values) & (values < upper.to_numpy())).all()


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
