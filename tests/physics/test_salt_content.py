"""R(c) of Weiss 2020, eq. 3 and 4: planted values, what cannot be told apart, and the optimum."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import t

from metastudy.physics import PhysicsError, exchange_current, fit_transfer, least_resistance

C = np.geomspace(0.05, 3.0, 12)


def curve(c, series=20.0, transfer=60.0, alpha=0.45):
    return series + transfer * c ** (alpha - 1.0)


def test_noise_free_curve_gives_its_parameters():
    fit = fit_transfer(C, curve(C), log_sd=0.01)
    np.testing.assert_allclose(fit.params, [20.0, 60.0, 0.45], rtol=1e-5)
    assert fit.exchange_current(298.15) == pytest.approx(exchange_current(60.0, 298.15), rel=1e-5)
    assert fit.told_apart()
    assert fit.remarks() == []


def test_without_an_interphase_the_slope_of_the_logarithms_is_alpha_minus_one():
    slope = np.polyfit(np.log(C), np.log(curve(C, series=0.0)), 1)[0]
    fit = fit_transfer(C, curve(C, series=0.0), log_sd=0.05)
    assert fit.params["alpha"] == pytest.approx(1 + slope, abs=1e-4)
    assert fit.params["r_slei_ohm_cm2"] == pytest.approx(0.0, abs=1e-2)
    assert not fit.told_apart()
    assert "R_SLEI is not distinguishable from zero, at most" in fit.remarks()[0]


def test_alpha_zero_is_a_line_over_the_dilution():
    fit = fit_transfer(C, curve(C, alpha=0.0), log_sd=0.01)
    assert fit.params["alpha"] == pytest.approx(0.0, abs=1e-6)
    assert fit.conf_int().loc["alpha", "lower"] == 0.0


def test_a_constant_resistance_does_not_tell_the_two_apart():
    rng = np.random.default_rng(3)
    fit = fit_transfer(C, 80.0 * np.exp(0.05 * rng.standard_normal(C.size)))
    assert not fit.told_apart()
    assert any("cannot be told apart" in remark for remark in fit.remarks())
    ends = fit.conf_int()
    assert ends.loc["alpha", "upper"] == 1.0
    assert ends.loc["r_slei_ohm_cm2", "lower"] == 0.0
    assert "cannot be told apart" in str(fit.summary())


def test_interval_ends_are_where_the_sum_of_squares_has_risen_as_much_as_allowed():
    rng = np.random.default_rng(5)
    r = curve(C) * np.exp(0.03 * rng.standard_normal(C.size))
    fit = fit_transfer(C, r)
    allowed = fit.sum_of_squares * (1 + t.ppf(0.975, fit.df_resid) ** 2 / fit.df_resid)

    def least(alpha):
        """The other two by brute force: the ratio on a line, the scale in closed form."""

        def given(log_ratio):
            shape = np.log(np.exp(log_ratio) + C ** (alpha - 1.0))
            residual = np.log(r) - shape
            return float(((residual - residual.mean()) ** 2).sum())

        return minimize_scalar(given, bounds=(-12, 5), method="bounded").fun

    for end in fit.conf_int().loc["alpha"]:
        assert least(end) == pytest.approx(allowed, rel=1e-4)


def test_intervals_cover_the_planted_values_as_often_as_they_say():
    rng = np.random.default_rng(17)
    truth = pd.Series([20.0, 60.0, 0.45], index=["r_slei_ohm_cm2", "r_ct_ohm_cm2", "alpha"])
    inside = np.zeros(3)
    repeats = 40
    for _ in range(repeats):
        ends = fit_transfer(C, curve(C) * np.exp(0.04 * rng.standard_normal(C.size))).conf_int(0.1)
        inside += (ends["lower"] <= truth) & (truth <= ends["upper"])
    assert np.all(np.abs(inside / repeats - 0.9) < 3 * np.sqrt(0.9 * 0.1 / repeats))


def test_known_errors_stand_in_place_of_residuals():
    fit = fit_transfer(C[::4], curve(C[::4]), log_sd=0.02)
    assert fit.df_resid == 0
    wide = fit_transfer(C[::4], curve(C[::4]), log_sd=0.04)
    assert np.all(wide.bse > 1.9 * fit.bse)
    assert np.isfinite(fit.conf_int().to_numpy()).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_transfer([1.0], [50.0]), "R_SLEI, R_ct and alpha need 3 different"),
        (lambda: fit_transfer([1, 1, 2], [5, 5, 4]), "2 were given"),
        (lambda: fit_transfer([1, 2, 3], [50, -40, 30]), r"= -40 must be positive .*element 1"),
        (lambda: fit_transfer([1, 2, 3], [50, 40]), r"have the shapes \[\(3,\), \(2,\)\]"),
        (lambda: fit_transfer([1, 2, 3], [50, 40, 35]).conf_int(), "leave no degree of freedom"),
        (lambda: fit_transfer(C, curve(C)).conf_int(0.95), "did you mean alpha=0.05"),
        (lambda: least_resistance([3, 15, 27], [40, 20, 30]), "give a fourth, or log_sd"),
        (lambda: least_resistance([1, 2, 3, 4], [1, 2, 2, 1]), "so it has no minimum"),
    ],
)
def test_what_cannot_be_fitted_is_refused(call, message):
    with pytest.raises(PhysicsError, match=message):
        call()


def test_planted_optimum_within_the_scanned_salt_contents():
    # Weiss 2020 section 3: EO:Li from 3:1 to 27:1, least resistance at 15:1
    n = np.array([3.0, 6.0, 10.0, 15.0, 20.0, 27.0])
    found = least_resistance(n, 40 * np.exp(0.8 * np.log(n / 15.0) ** 2), log_sd=0.05)
    assert found.content == pytest.approx(15.0)
    assert found.curvature == pytest.approx(1.6)
    assert found.inside
    assert found.remark == ""
    assert found.lower < 15.0 < found.upper
    assert 3.0 < found.lower
    assert found.upper < 27.0


def test_planted_optimum_in_a_concentration_between_0_1_and_1():
    # Weiss 2020 section 3: LLZO/PEO-LiClO4
    c = np.array([0.03, 0.1, 0.3, 1.0, 3.0])
    rng = np.random.default_rng(11)
    r = 500 * np.exp(0.3 * np.log(c / 0.35) ** 2 + 0.05 * rng.standard_normal(c.size))
    found = least_resistance(c, r)
    assert 0.1 < found.content < 1.0
    assert found.lower < 0.35 < found.upper


def test_interval_of_the_optimum_covers_as_often_as_it_says():
    rng = np.random.default_rng(23)
    n = np.array([3.0, 6.0, 10.0, 15.0, 20.0, 27.0])
    inside, repeats = 0, 300
    for _ in range(repeats):
        r = 40 * np.exp(0.5 * np.log(n / 12.0) ** 2 + 0.05 * rng.standard_normal(n.size))
        found = least_resistance(n, r, alpha=0.1)
        inside += found.lower is None or found.lower <= 12.0 <= found.upper
    assert abs(inside / repeats - 0.9) < 3 * np.sqrt(0.9 * 0.1 / repeats)


def test_optimum_that_is_not_shown():
    flat = least_resistance([3, 6, 15, 27], [40.0, 41.0, 38.0, 42.0])
    assert flat.lower is None
    assert "minimum is not shown" in flat.remark
    outside = least_resistance(C, np.exp(0.1 * np.log(C / 20.0) ** 2), log_sd=0.001)
    assert outside.content == pytest.approx(20.0)
    assert "outside the contents" in outside.remark
