"""Laws of temperature: planted ones come back and win by AICc; scipy and algebra as other roads."""

import numpy as np
import pytest
from scipy.stats import linregress

from metastudy.physics import (
    PhysicsError,
    compare_laws,
    fit_arrhenius,
    fit_piecewise,
    fit_vtf,
    two_point_ea,
)

K_EV = 8.617333262e-5
T = np.arange(20.0, 101.0, 5.0)
INVERSE = 1.0 / (K_EV * (T + 273.15))


def bulk_peo(t_c=T):
    """Weiss 2020 section 3: 0.84 eV below and 0.53 eV above 60 degC, continuous there."""
    ea = np.where(t_c < 60.0, 0.84, 0.53)
    return 3e-4 * np.exp(-ea * (1 / (t_c + 273.15) - 1 / 333.15) / K_EV)


def noise(seed, sd=0.03, n=T.size):
    return np.exp(sd * np.random.default_rng(seed).standard_normal(n))


def test_arrhenius_is_the_regression_of_the_logarithm():
    r = 100 * np.exp(0.7 * (INVERSE - INVERSE.mean())) * noise(1)
    line = linregress(INVERSE, np.log(r))
    fit = fit_arrhenius(T, r)
    assert fit.params["ea_ev"] == pytest.approx(line.slope, rel=1e-6)
    assert fit.bse["ea_ev"] == pytest.approx(line.stderr, rel=1e-4)
    half = 2.131449545559323 * line.stderr  # Student's t, 15 degrees of freedom, 0.975
    np.testing.assert_allclose(
        fit.conf_int().loc["ea_ev"], [line.slope - half, line.slope + half], rtol=1e-5
    )
    # the centre is where value and slope do not correlate
    covariance = fit.cov_params().to_numpy()
    assert abs(covariance[0, 1]) < 1e-4 * np.sqrt(covariance[0, 0] * covariance[1, 1])


def test_sign_of_a_conductivity_and_of_a_resistance():
    r = 100 * np.exp(0.7 * (INVERSE - INVERSE.mean()))
    assert fit_arrhenius(T, r, log_sd=0.1).params["ea_ev"] == pytest.approx(0.7)
    conductivity = fit_arrhenius(T, 1 / r, "conductivity", log_sd=0.1)
    assert conductivity.params["ea_ev"] == pytest.approx(0.7)


def test_two_points_of_mangani_2024():
    fit = fit_arrhenius([30, 70], [3400, 64])
    assert fit.params["ea_ev"] == pytest.approx(two_point_ea(3400, 303.15, 64, 343.15))


def test_akaike_criterion_of_a_line_is_that_of_the_gaussian():
    r = 100 * np.exp(0.7 * (INVERSE - INVERSE.mean())) * noise(6)
    fit = fit_arrhenius(T, r)
    residuals = np.log(r) - np.polyval(np.polyfit(INVERSE, np.log(r), 1), INVERSE)
    n, k = T.size, 3
    variance = (residuals**2).mean()
    llf = -n / 2 * (np.log(2 * np.pi * variance) + 1)
    assert fit.llf == pytest.approx(llf)
    assert fit.aic == pytest.approx(2 * k - 2 * llf)
    assert fit.aicc == pytest.approx(2 * k - 2 * llf + 2 * k * (k + 1) / (n - k - 1))
    assert fit.bic == pytest.approx(k * np.log(n) - 2 * llf)


def test_vtf_gives_its_planted_parameters():
    kelvin = T + 273.15
    sigma = 1e-3 * np.exp(-0.09 / K_EV * (1 / (kelvin - 200) - 1 / 120))
    fit = fit_vtf(T, sigma, "conductivity", log_sd=0.01)
    assert fit.params["b_ev"] == pytest.approx(0.09, rel=1e-3)
    assert fit.params["t0_k"] == pytest.approx(200, abs=0.2)


def test_vtf_towards_absolute_zero_is_arrhenius():
    r = 100 * np.exp(0.7 * (INVERSE - INVERSE.mean()))
    fit = fit_vtf(T, r, log_sd=0.05)
    assert fit.conf_int().loc["t0_k", "lower"] == 1.0
    b, t0 = fit.params["b_ev"], fit.params["t0_k"]
    middle = 1 / np.mean(1 / (T + 273.15))
    # the slope of VTF at the centre is Ea = B (T/(T - T0))^2
    assert b * (middle / (middle - t0)) ** 2 == pytest.approx(0.7, rel=1e-2)


def test_both_slopes_and_the_break_of_bulk_peo():
    fit = fit_piecewise(T, bulk_peo() * noise(2), "conductivity")
    ends = fit.conf_int()
    for name, planted in (("ea_below_ev", 0.84), ("ea_above_ev", 0.53), ("break_c", 60.0)):
        assert ends.loc[name, "lower"] < planted < ends.loc[name, "upper"]
    assert fit.params["break_c"] == pytest.approx(60.0, abs=3.0)
    exact = fit_piecewise(T, bulk_peo(), "conductivity", log_sd=0.01)
    np.testing.assert_allclose(exact.params, [3e-4, 0.84, 0.53, 60.0], rtol=1e-4)


def test_a_known_melting_point_costs_no_parameter_and_narrows_the_slopes():
    y = bulk_peo() * noise(2)
    free, known = (fit_piecewise(T, y, "conductivity", break_c=at) for at in (None, 60.0))
    assert list(known.params.index) == ["value", "ea_below_ev", "ea_above_ev"]
    assert known.bse["ea_below_ev"] < free.bse["ea_below_ev"]
    assert known.predict([60.0])[0] == pytest.approx(known.params["value"])


def vtf(t_c):
    return 1e-3 * np.exp(-0.09 / K_EV * (1 / (t_c + 273.15 - 200) - 1 / 120))


def line(t_c):
    return 1e-3 * np.exp(-0.35 * (1 / (K_EV * (t_c + 273.15)) - INVERSE.mean()))


@pytest.mark.parametrize(
    ("law", "name"), [(line, "arrhenius"), (vtf, "vtf"), (bulk_peo, "piecewise")]
)
def test_the_law_that_made_the_data_is_preferred(law, name):
    # Sang: ceramic-rich composites have one activation energy, polymer-rich ones follow VTF
    won = [
        compare_laws(T, law(T) * noise(seed, 0.02), "conductivity").best_name for seed in range(10)
    ]
    assert won.count(name) >= 8


def test_a_contact_keeps_one_energy_through_the_melting_point():
    # Weiss 2020 section 3: 1 eV from 30 to 90 degC through LLTO/PEO-LiTf
    r = 200 * np.exp(1.0 * (INVERSE - INVERSE.mean())) * noise(9, 0.05)
    compared = compare_laws(T, r, break_c=60.0)
    assert compared.best_name == "arrhenius"
    ends = compared.best.conf_int()
    assert ends.loc["ea_ev", "lower"] < 1.0 < ends.loc["ea_ev", "upper"]


def test_laws_that_are_near_are_named_and_weights_sum_to_one():
    compared = compare_laws(T, line(T) * noise(0, 0.05), "conductivity")
    table = compared.table
    assert table["weight"].sum() == pytest.approx(1.0)
    assert table["delta"].iloc[0] == 0.0
    near = table.index[(table["delta"] > 0) & (table["delta"] < 2)]
    assert all(name in compared.remark for name in near)


def test_five_points_refuse_the_laws_with_too_many_parameters():
    compared = compare_laws(T[::4], line(T[::4]) * noise(0, 0.02, 5), "conductivity")
    assert compared.best_name == "arrhenius"
    assert compared.refused["vtf"] == "5 points are too few for its AICc"
    assert set(compared.refused) == {"vtf", "piecewise"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_arrhenius([30, 30], [1, 2]), "an Arrhenius line needs 2 different"),
        (lambda: fit_arrhenius(T, bulk_peo(), "conductance"), "use one of resistance, conduct"),
        (lambda: fit_piecewise(T, bulk_peo(), break_c=22.0), "fewer than two temperatures on a"),
        (lambda: fit_piecewise(T, bulk_peo(), break_c=333.15), "if it is in kelvin, give 60 degC"),
        (lambda: fit_vtf([20, 40], [1, 2]), "a VTF curve needs 3"),
        (lambda: compare_laws([20, 40, 60], [3, 2, 1]), "laws cannot be compared: 3 points"),
    ],
)
def test_what_cannot_be_fitted_is_refused(call, message):
    with pytest.raises(PhysicsError, match=message):
        call()
