"""Variance components and their profile intervals against R, algebra and simulation."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from metastudy import mixed
from metastudy.mixed.errors import UndefinedError


@pytest.fixture(scope="module")
def konst(dataset):
    return mixed.fit("yi ~ 1 + (1 | district/school)", dataset("konstantopoulos2011"), v="vi")


def test_three_level_fit_matches_r(konst, reference):
    exact = reference("konst.3l.REML")
    polished = exact["polished"]
    np.testing.assert_allclose(konst.sigma2, polished["theta"], rtol=1e-9)
    assert konst.params["Intercept"] == pytest.approx(polished["b"], abs=1e-11)
    assert konst.bse["Intercept"] == pytest.approx(polished["se"], abs=1e-11)
    assert konst.llf == pytest.approx(polished["logLik"], abs=1e-10)
    for name, key in (("aic", "AIC"), ("bic", "BIC"), ("aicc", "AICc")):
        assert getattr(konst, name) == pytest.approx(exact["fit"]["REML"][key], abs=1e-9)
    assert np.abs(konst.optimum.evaluation.score).max() < 1e-7
    assert konst.outcome == "converged"


def test_three_level_maximum_likelihood_matches_r(dataset, reference):
    data = dataset("konstantopoulos2011")
    fit = mixed.fit("yi ~ 1 + (1 | district/school)", data, v="vi", method="ML")
    polished = reference("konst.3l.ML")["polished"]
    np.testing.assert_allclose(fit.sigma2, polished["theta"], rtol=1e-9)
    assert fit.llf == pytest.approx(polished["logLik"], abs=1e-10)


def test_crossed_fit_on_the_boundary_matches_r(dataset, reference):
    data = dataset("konstantopoulos2011")
    fit = mixed.fit("yi ~ 1 + (1 | district) + (1 | year) + (1 | study)", data, v="vi")
    polished = reference("konst.crossed.REML")["polished"]
    np.testing.assert_allclose(fit.sigma2, polished["theta"], rtol=1e-8, atol=1e-12)
    assert fit.sigma2["year"] == 0
    assert fit.optimum.evaluation.score[1] == pytest.approx(polished["score"][1], rel=1e-7)
    assert fit.llf == pytest.approx(polished["logLik"], abs=1e-10)


def test_profile_intervals_match_rs_root_finding(konst, reference):
    ends = konst.components.conf_int()
    exact = reference("konst.3l.REML")["confint_exact_sigma2"]
    np.testing.assert_allclose(ends.loc["district"], exact["district"], rtol=1e-8)
    np.testing.assert_allclose(ends.loc["district:school"], exact["school"], rtol=1e-8)


def test_the_ends_of_every_interval_lie_on_the_quantile(konst):
    """Sum and share: a general optimiser on the constraint finds the same drop at the ends."""
    like = konst.likelihood
    crit = stats.chi2.ppf(0.95, 1) / 2

    def drop(theta_of_free, bounds):
        best = optimize.minimize_scalar(
            lambda u: -float(like.evaluate(theta_of_free(u), False).llf),
            bounds=bounds,
            method="bounded",
            options={"xatol": 1e-12},
        )
        return konst.llf + best.fun

    for end in konst.components.sum_conf_int(["district", "district:school"]):
        assert drop(lambda u, s=end: np.array([u * s, (1 - u) * s]), (0, 1)) == pytest.approx(
            crit, abs=1e-7
        )
    for end in konst.components.share_conf_int(["district"]):
        assert drop(lambda u, r=end: np.array([r * u, (1 - r) * u]), (1e-4, 1)) == pytest.approx(
            crit, abs=1e-7
        )


def test_balanced_anova_is_reproduced_in_closed_form(rng):
    """One-way balanced REML equals the mean squares; ends of the residual profile by algebra."""
    groups, size = 8, 5
    y = rng.normal(size=(groups, size)) + rng.normal(0, 2, (groups, 1))
    data = pd.DataFrame({"y": y.ravel(), "g": np.repeat(np.arange(groups), size)})
    fit = mixed.fit("y ~ 1 + (1 | g)", data)
    within = ((y - y.mean(1, keepdims=True)) ** 2).sum() / (groups * (size - 1))
    between = size * y.mean(1).var(ddof=1)
    assert fit.sigma2["residual"] == pytest.approx(within, rel=1e-9)
    assert fit.sigma2["g"] == pytest.approx((between - within) / size, rel=1e-9)
    df_within, df_between = groups * (size - 1), groups - 1

    def profile_drop(s2):
        t = max(between, s2)
        return 0.5 * (
            df_within * (np.log(s2 / within) + within / s2 - 1)
            + df_between * (np.log(t / between) + between / t - 1)
        )

    for end in fit.components.conf_int().loc["residual"]:
        assert profile_drop(end) == pytest.approx(stats.chi2.ppf(0.95, 1) / 2, abs=1e-8)
    assert fit.df["Intercept"] == pytest.approx(groups - 1, rel=1e-6)


def test_lower_end_is_zero_where_the_drop_is_too_small(rng):
    data = pd.DataFrame({"y": rng.normal(size=24), "g": np.repeat(np.arange(8), 3)})
    fit = mixed.fit("y ~ 1 + (1 | g)", data)
    ends = fit.components.conf_int()
    assert ends.loc["g", "lower"] == 0
    assert ends.loc["g", "upper"] > 0
    warning = next(w for w in fit.warnings if w.name == "not distinguishable from zero")
    assert "not distinguishable from zero, at most" in warning.text
    assert warning.text in str(fit.summary())


def test_rows_without_a_spread_stay_in_with_the_record_variance(rng):
    """With every spread missing the model is the plain mixed model."""
    data = pd.DataFrame({"y": rng.normal(size=40), "g": np.repeat(np.arange(10), 4), "v": np.nan})
    known = mixed.fit("y ~ 1 + (1 | g)", data, v="v", residual=True)
    plain = mixed.fit("y ~ 1 + (1 | g)", data)
    np.testing.assert_allclose(known.sigma2, plain.sigma2, rtol=1e-9, atol=1e-12)
    assert "40 of 40 rows report no sampling variance" in known.warnings[0].text


def test_known_variance_and_record_effect_add_up(rng):
    """A constant v only shifts the record-level component."""
    data = pd.DataFrame({"y": rng.normal(size=60), "g": np.repeat(np.arange(12), 5), "v": 0.2})
    known = mixed.fit("y ~ 1 + (1 | g)", data, v="v", residual=True)
    plain = mixed.fit("y ~ 1 + (1 | g)", data)
    assert known.sigma2["residual"] + 0.2 == pytest.approx(plain.sigma2["residual"], rel=1e-8)
    assert known.llf == pytest.approx(plain.llf, abs=1e-9)


def test_a_shared_unknown_is_one_unknown(rng):
    """Rows that share an error of known variance: V with blocks equals a random effect of it."""
    n, groups = 60, np.repeat(np.arange(12), 5)
    y = rng.normal(size=n) + rng.normal(0, 1, 12)[groups]
    data = pd.DataFrame({"y": y, "g": groups})
    V = 0.3 * (groups[:, None] == groups)
    fit = mixed.fit("y ~ 1 + (1 | g)", data, V=V, residual=True)
    plain = mixed.fit("y ~ 1 + (1 | g)", data)
    assert fit.sigma2["g"] + 0.3 == pytest.approx(plain.sigma2["g"], rel=1e-8)
    assert fit.llf == pytest.approx(plain.llf, abs=1e-9)


def test_unknown_components_are_refused_by_name(konst):
    with pytest.raises(UndefinedError, match="no variance component 'lab'; components are dist"):
        konst.components.sum_conf_int(["lab"])
    assert konst.components.share_conf_int(["district", "district:school"]) == (1.0, 1.0)


def test_component_degrees_of_freedom_are_counts(konst):
    assert konst.components.df.to_dict() == {"district": 10, "district:school": 45}
    assert konst.levels.to_dict() == {"district": 11, "district:school": 56}
