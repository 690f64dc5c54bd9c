"""R's answers on deletion, asymmetry, trim and fill, permutation and selection (metafor 3.8-1)."""

import numpy as np
import pandas as pd
import pytest

from metastudy import mixed

from .conftest import ROOT
from .test_reference import close

COVERAGE = pd.read_csv(ROOT / "coverage.csv", keep_default_na=False)
SELECTION = {
    "hackshaw.selmodel.stepfun1": ("step", (0.025,)),
    "hackshaw.selmodel.stepfun2": ("step", (0.025, 0.5)),
    "hackshaw.selmodel.beta": ("beta", ()),
    "hackshaw.selmodel.halfnorm": ("half-normal", ()),
    "hackshaw.selmodel.negexp": ("negative-exponential", ()),
    "hackshaw.selmodel.logistic": ("logistic", ()),
    "hackshaw.selmodel.power": ("power", ()),
}
TRIMMED = [f"hackshaw.trimfill.DL.{name}" for name in ("L0", "R0", "Q0")]
INFLUENCE = {"bcg.influence": "bcg", "bangert.influence": "bangertdrowns2004"}
LONE = ["bcg.baujat", "bcg.permutest.DL", "hackshaw.regtest"]


def two_level(data, method="REML"):
    data = data.assign(row=range(len(data)))
    return mixed.fit("yi ~ 1 + (1 | row)", data, v="vi", method=method, test="z")


def test_every_diagnostic_that_the_table_calls_covered_is_tested_here():
    here = {*SELECTION, *TRIMMED, *INFLUENCE, *LONE}
    named = COVERAGE["reason"] == "tested in test_reference_diagnostics.py"
    assert here == set(COVERAGE.loc[named & (COVERAGE["status"] == "covered"), "id"])


@pytest.mark.parametrize("identifier", INFLUENCE)
def test_influence(identifier, reference, dataset):
    r, fit = reference(identifier), two_level(dataset(INFLUENCE[identifier]))
    out = fit.diagnostics.deletion()
    ours = {
        "rstudent": out.rstudent,
        "dffits": out.dffits,
        "cook_d": out.cooks,
        "cov_r": out.cov_ratio,
        "tau2_del": out.theta,
        "QE_del": out.qe,
        "hat": fit.diagnostics.hat_values,
        "dfbs": out.dfbetas,
        "rstandard": fit.diagnostics.rstandard,
        "loo_est": out.params,
        "loo_se": out.bse,
        "loo_tau2": out.theta,
        "loo_I2": out.i2,
        "loo_Q": out.qe,
    }
    assert {"rstudent", "cook_d", "hat", "dfbs"} <= set(r)
    for key, values in ours.items():
        if key in r:
            close(values, r[key], 1e-6, 1e-6 if key == "tau2_del" else 1e-8)
    if "weight" in r:
        close(100 * fit.diagnostics.hat_values, r["weight"], 1e-9)


def test_deletion_in_a_three_level_model(reference, dataset):
    r = reference("konst.3l.REML")
    data = dataset("konstantopoulos2011")
    fit = mixed.fit("yi ~ 1 + (1 | district/school)", data, v="vi", test="z")
    out = fit.diagnostics.deletion()
    # R's refits stop at their optimiser's tolerance, 1e-6 in the variances.
    close(out.cooks, r["cooks"], 1e-3, 1e-6)
    close(out.rstudent, r["rstudent_z"], 2e-6)
    close(fit.diagnostics.rstandard, r["rstandard_z"], 1e-6)
    close(fit.diagnostics.hat_values, r["hat"], 1e-7)
    close(fit.diagnostics.deletion("district").cooks, r["cooks_by_district"], 1e-5)


def test_baujat(reference, dataset):
    r, ours = reference("bcg.baujat"), two_level(dataset("bcg")).diagnostics.baujat()
    close(ours["heterogeneity"], r["x"], 1e-8)
    close(ours["influence"], r["y"], 1e-6)


def test_permutation_of_all_signs(reference, dataset):
    r, ours = (
        reference("bcg.permutest.DL"),
        two_level(dataset("bcg"), "DL").diagnostics.permutation_test(),
    )
    assert ours.n == r["n_perm"]
    assert ours.exact
    close(ours.statistic, r["zval_obs"], 1e-9)
    close(ours.pvalue, r["pval"], 1e-12)


def test_egger_and_rank_tests(reference, dataset):
    r, fit = reference("hackshaw.regtest"), two_level(dataset("hackshaw1998"))
    mixed_model = fit.diagnostics.egger(response="contrast")
    close([mixed_model.statistic, mixed_model.pvalue], [r["rma_z"], r["rma_p"]], 1e-6)
    classic = fit.diagnostics.egger_by_least_squares(response="contrast")
    close([classic.statistic, classic.df, classic.pvalue], [r["lm_t"], r["lm_df"], r["lm_p"]], 1e-9)
    close(fit.diagnostics.rank_test(response="contrast"), [r["rank_tau"], r["rank_p"]], 1e-9)


def test_peese_is_the_regression_on_v(reference, dataset):
    r, fit = reference("hackshaw.peese"), two_level(dataset("hackshaw1998"))
    ours = fit.diagnostics.peese(response="contrast")
    close([ours.limit, ours.slope], r["b"], 1e-7)
    close([ours.limit_se, ours.se], r["se"], 1e-7)


@pytest.mark.parametrize("identifier", TRIMMED)
def test_trim_and_fill(identifier, reference, dataset):
    r, fit = reference(identifier), two_level(dataset("hackshaw1998"), "DL")
    ours = fit.diagnostics.trim_and_fill(response="contrast", estimator=identifier[-2:])
    assert (ours.k0, ours.side) == (r["k0"], r["side"])
    close([ours.estimate, ours.se, ours.tau2], [r["b"], r["se"], r["tau2"]], 1e-9)
    close(ours.k0_se, r["se_k0"], 1e-9)


@pytest.mark.parametrize("identifier", SELECTION)
def test_selection_models(identifier, reference, dataset):
    """Estimates to R's optimiser error; where R integrates a kink (beta), to that error.

    R's standard errors of the beta and half-normal weights miss the curvature of the likelihood by
    up to 6 %; ``test_selection.py`` compares ours with adaptive quadrature.
    """
    r, fit = reference(identifier), two_level(dataset("hackshaw1998"))
    kind, steps = SELECTION[identifier]
    ours = fit.diagnostics.selection_model(kind, response="contrast", steps=steps)
    beta = kind == "beta"
    free = np.atleast_1d(r["delta"])[1 if kind == "step" else 0 :]
    close(ours.params, r["b"], 2e-5, 1e-6)
    close(ours.tau2, r["tau2"], 1e-4, 1e-6)
    close(ours.delta, free, 5e-5)
    close(ours.llf, r["logLik"], 0.0, 5e-4 if beta else 1e-5)
    assert ours.llf >= r["logLik"] - 1e-8
    close(ours.lr_statistic, r["LRT"], 0.0, 1e-3 if beta else 2e-5)
    assert ours.lr_df == r["LRTdf"]
    close(ours.lr_pvalue, r["LRTp"], 1e-3 if beta else 1e-5)
    if kind not in ("beta", "half-normal"):
        errors = np.atleast_1d(np.array(r["se_delta"], dtype=float))
        close(ours.bse, r["se"], 1e-3)
        close(ours.tau2_se, r["se_tau2"], 1e-3)
        close(ours.delta_se, errors[~np.isnan(errors)], 1e-3)
