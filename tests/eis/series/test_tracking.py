"""Arcs keep their identity along a temperature series, also where time constants cross."""

from dataclasses import replace

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis import FitError

from ..ensembles import FREQUENCY, TWO_ARCS, spectrum_of

KB = 8.617333262e-5
TEMPERATURE = np.array([-10.0, 10.0, 30.0, 50.0, 70.0, 90.0])


def crossing_series(rng, ea=(0.25, 0.75), c=(2e-9, 4e-8), n=(0.93, 0.82), noise=0.002):
    """Two arcs whose time constants cross between 30 and 50 degC."""
    spectra, truth = [], []
    for t in TEMPERATURE:
        x = 1 / (KB * (t + 273.15)) - 1 / (KB * 313.15)
        r = np.array([8000.0, 400.0]) * np.exp(np.array(ea) * x)
        tau = r * np.array(c)
        q = tau ** np.array(n) / r
        values = [40, r[0], q[0], n[0], r[1], q[1], n[1]]
        spectra.append(spectrum_of(TWO_ARCS, values, rng, noise=noise))
        truth.append(r)
    return spectra, np.array(truth)


def test_crossing_arcs_are_followed():
    swapped = 0
    for seed in range(8):
        spectra, truth = crossing_series(np.random.default_rng(seed))
        fits = eis.fit_many(spectra, TWO_ARCS)
        series = eis.track_arcs(fits, TEMPERATURE)
        swapped += series.swapped.size
        # At -10 degC both arcs are sharp: the first is the one of 0.25 eV and 2 nF.
        assert np.exp(series.log_r[0]) == pytest.approx(truth[0], rel=0.05)
        # The larger arc is determined throughout. Under the line of the other it would be
        # e^3.5 to e^5.5 off at the hot end.
        assert np.abs(series.log_r[3:, 0] - np.log(truth[3:, 0])).max() < 1.5
        # Its capacitance is 2 nF; the other's is e^3 times larger.
        assert np.abs(series.log_c[:, 0] - np.log(2e-9)).max() < 1.0
    # Ordered by time constant they change places in every series.
    assert swapped >= 8


def test_arcs_that_do_not_cross_stay_as_they_are():
    rng = np.random.default_rng(100)
    spectra, _ = crossing_series(rng, ea=(0.4, 0.5), c=(1e-10, 1e-6))
    series = eis.track_arcs(eis.fit_many(spectra, TWO_ARCS), TEMPERATURE)
    assert series.swapped.size == 0
    assert (series.margin > 5).all()


def test_a_fit_that_is_alone_with_its_order_does_not_name_the_arcs():
    rng = np.random.default_rng(104)
    spectra, _ = crossing_series(rng, ea=(0.4, 0.5), c=(1e-10, 1e-6))
    fits = list(eis.fit_many(spectra, TWO_ARCS))
    p = fits[2].params
    start = {"R0": p["R0"]} | {
        f"{name}{to}{part}": p[f"{name}{of}{part}"]
        for of, to in ((1, 2), (2, 1))
        for name, part in (("R", ""), ("CPE", "_Q"), ("CPE", "_n"))
    }
    usual = eis.track_arcs(fits, TEMPERATURE)
    fits[2] = eis.fit(spectra[2], TWO_ARCS, start=start, starts=1)
    # As if its arcs were known best of all.
    fits[2].__dict__["log_covariance"] = 1e-6 * fits[2].log_covariance
    exchanged = eis.track_arcs(fits, TEMPERATURE)
    assert exchanged.swapped.tolist() == [2]
    np.testing.assert_allclose(exchanged.log_c, usual.log_c, rtol=1e-6)
    assert eis.track_arcs(fits, TEMPERATURE, first=2).swapped.tolist() == [0, 1, 3, 4, 5]


def test_order_of_the_temperatures_does_not_matter():
    rng = np.random.default_rng(101)
    spectra, _ = crossing_series(rng)
    fits = list(eis.fit_many(spectra, TWO_ARCS))
    series = eis.track_arcs(fits, TEMPERATURE)
    mixed = rng.permutation(len(fits))
    again = eis.track_arcs([fits[k] for k in mixed], TEMPERATURE[mixed])
    np.testing.assert_allclose(again.log_r, series.log_r[mixed])


def test_table_holds_one_row_per_fit_and_arc():
    rng = np.random.default_rng(102)
    spectra, _ = crossing_series(rng)
    series = eis.track_arcs(eis.fit_many(spectra, TWO_ARCS), TEMPERATURE)
    table = series.table()
    assert len(table) == 12
    np.testing.assert_allclose(table["tau_s"], table["r_ohm"] * table["c_f"])


def test_mistakes_are_named():
    spectrum = spectrum_of("R0-p(R1,C1)", [10, 100, 1e-6])
    one = eis.fit(spectrum, "R0-p(R1,C1)")
    with pytest.raises(FitError, match="1 fits and 2 temperatures; give one for each"):
        eis.track_arcs([one], [20.0, 30.0])
    with pytest.raises(FitError, match=r"fits \[1\] are missing"):
        eis.track_arcs([one, None], [20.0, 30.0])
    with pytest.raises(FitError, match="fits of one circuit only"):
        eis.track_arcs([one, eis.fit(spectrum, "R(RQ)")], [20.0, 30.0])
    line = eis.fit(spectrum_of("L0-R0", [1e-6, 10], frequency=FREQUENCY), "L0-R0")
    with pytest.raises(FitError, match="has no arc"):
        eis.track_arcs([line], [20.0])


def test_a_fit_that_knows_nothing_of_its_arcs_does_not_move_the_others():
    """Two arcs fitted to a bare resistor at the hot end of a series, and beyond it."""
    rng = np.random.default_rng(103)
    spectra, _ = crossing_series(rng, ea=(0.4, 0.5), c=(1e-10, 1e-6))
    bare = spectrum_of("R0", [40.0], rng, noise=0.002)
    fits = list(eis.fit_many([*spectra, bare], TWO_ARCS))
    with_it = eis.track_arcs(fits, [*TEMPERATURE, 110.0])
    without = eis.track_arcs(fits[:-1], TEMPERATURE)
    np.testing.assert_array_equal(with_it.order[:-1], without.order)
    np.testing.assert_array_equal(with_it.log_c[:-1], without.log_c)


def test_an_error_that_is_not_finite_is_no_evidence():
    spectrum = spectrum_of("R0-p(R1,C1)-p(R2,C2)", [10, 100, 1e-6, 200, 1e-3])
    fit = eis.fit(spectrum, "R0-p(R1,C1)-p(R2,C2)")
    unknown = replace(fit)
    # cached_property looks in the instance first: errors of an arc whose R went to 0.
    unknown.__dict__["log_covariance"] = np.full((5, 5), np.nan)
    series = eis.track_arcs([fit, unknown], [20.0, 30.0])
    assert series.swapped.size == 0
    assert series.margin[1] < 1e-6
