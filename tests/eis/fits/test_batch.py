"""Many spectra at once: the same answers as one by one, and no bad one stops the rest."""

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis import FitError, Spectrum

from ..ensembles import BLOCKING, FREQUENCY, TWO_ARCS, draw, spectrum_of


@pytest.mark.parametrize("circuit", [TWO_ARCS, BLOCKING])
def test_batch_gives_what_single_fits_give(circuit):
    rng = np.random.default_rng(90)
    spectra = [spectrum_of(circuit, draw(rng, circuit), rng) for _ in range(25)]
    batch = eis.fit_many(spectra, circuit)
    for spectrum, together in zip(spectra, batch, strict=True):
        alone = eis.fit(spectrum, circuit)
        np.testing.assert_allclose(together.estimates, alone.estimates, rtol=1e-4)
        np.testing.assert_allclose(together.standard_errors, alone.standard_errors, rtol=1e-2)
        assert together.chi2 == pytest.approx(alone.chi2, rel=1e-7)
    assert len(batch) == 25
    assert batch.params.unstack().shape == (25, len(batch.circuit.names))
    np.testing.assert_allclose(batch.params.loc[3], batch[3].estimates)
    np.testing.assert_allclose(batch.bse.loc[3], batch[3].standard_errors)


@pytest.mark.parametrize("stated", [0.0, 0.02])
def test_laws_that_are_read_off_are_those_of_single_fits(stated):
    rng = np.random.default_rng(95)
    spectra = [spectrum_of(TWO_ARCS, draw(rng, TWO_ARCS), rng) for _ in range(12)]
    options = {"weight": "structure", "high_frequency_error": stated}
    batch = eis.fit_many(spectra, TWO_ARCS, **options)
    for spectrum, together in zip(spectra, batch, strict=True):
        alone = eis.fit(spectrum, TWO_ARCS, **options)
        np.testing.assert_allclose(together.estimates, alone.estimates, rtol=1e-3)
        deviations = [
            fit.structure.deviation(spectrum.frequency_hz, spectrum.impedance_ohm)
            for fit in (together, alone)
        ]
        np.testing.assert_allclose(*deviations, rtol=0.02)
        assert together.structure.instrument == stated
    assert min(fit.search.starts for fit in batch) == 1


def test_spectra_of_different_grids_and_laws():
    rng = np.random.default_rng(91)
    values = [50, 300, 1e-8, 0.9, 900, 1e-6, 0.85]
    grids = (FREQUENCY, np.logspace(6, -1, 50), FREQUENCY)
    spectra = [spectrum_of(TWO_ARCS, values, rng, 0.001, frequency=f) for f in grids]
    for options in ({}, {"weight": "structure"}, {"loss": "huber"}, {"weight": "proportional"}):
        batch = eis.fit_many(spectra, TWO_ARCS, **options)
        np.testing.assert_allclose(batch.params, np.tile(values, 3), rtol=0.15)
        alone = eis.fit(spectra[1], TWO_ARCS, **options)
        np.testing.assert_allclose(batch[1].estimates, alone.estimates, rtol=1e-4)


def test_constraints_hold_in_every_spectrum():
    rng = np.random.default_rng(92)
    values = [50, 300, 1e-8, 0.9, 900, 1e-6, 0.9]
    spectra = [spectrum_of(TWO_ARCS, values, rng) for _ in range(4)]
    batch = eis.fit_many(spectra, TWO_ARCS, fix={"R0": 50.0}, tie={"CPE2_n": "CPE1_n"})
    wide = batch.params.unstack()
    assert (wide["R0"] == 50.0).all()
    assert (wide["CPE1_n"] == wide["CPE2_n"]).all()


def test_bad_spectrum_is_listed_with_its_reason():
    rng = np.random.default_rng(93)
    good = spectrum_of(TWO_ARCS, draw(rng, TWO_ARCS), rng, noise=0.001)
    batch = eis.fit_many([good, Spectrum([1.0, 2.0], [1.0, 1.0]), good], TWO_ARCS)
    assert batch[1] is None
    assert list(batch.errors) == [1]
    assert "7 free parameters, but the spectrum has 4 real numbers" in batch.errors[1]
    assert np.isnan(batch.params[1, "R1"])
    assert batch.verdicts[1] == batch.errors[1]
    assert batch.verdicts[0].startswith("identifiable")
    text = str(batch.summary())
    assert "3, 2 of them fitted" in text
    assert batch.errors[1] in text
    # The sums are over what was fitted.
    assert batch.nobs == 2 * batch[0].nobs
    assert batch.llf == pytest.approx(2 * batch[0].llf)
    assert set(batch.resid.index.get_level_values("spectrum")) == {0, 2}


def test_hard_spectra_get_the_full_search():
    rng = np.random.default_rng(94)
    values = np.array([100, 5000, 1e-8, 0.8, 12, 2e-5, 0.8])
    spectrum = spectrum_of(TWO_ARCS, values, rng, noise=0.01)
    batch = eis.fit_many([spectrum], TWO_ARCS)
    assert batch[0].search.starts > 1
    assert batch[0].chi2 == pytest.approx(eis.fit(spectrum, TWO_ARCS).chi2)


def test_mistakes_are_named():
    with pytest.raises(FitError, match="fit_many takes the name of a weight law"):
        eis.fit_many([], TWO_ARCS, weight=np.ones(3))
    with pytest.raises(FitError, match=r"high_frequency_error = 0\.02 is"):
        eis.fit_many([], TWO_ARCS, high_frequency_error=0.02)
    assert len(eis.fit_many([], TWO_ARCS)) == 0
