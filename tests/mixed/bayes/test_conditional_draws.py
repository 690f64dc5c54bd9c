"""The parts of the Bayesian twin that need no sampler: completion, priors, refusals."""

import sys

import numpy as np
import pandas as pd
import pytest
from scipy import integrate

from metastudy import mixed
from metastudy.mixed.bayes.conditional_draws import complete, root
from metastudy.mixed.bayes.prior import HalfTPrior, build_prior
from metastudy.mixed.errors import (
    FormulaError,
    IdentifiabilityError,
    MissingExtraError,
    UndefinedError,
)
from metastudy.mixed.model.frame import build_frame

DRAWS = 4000


def _completed(fit, rng):
    """Draws of coefficients and effects at the estimate of a fit."""
    covariances, start = [], 0
    for term in fit.frame.terms:
        part = fit.optimum.theta[start : start + len(term.parameters)]
        start += part.size
        G = term.structure.matrix(part)
        covariances.append(np.broadcast_to(G, (DRAWS, *G.shape)))
    y = np.broadcast_to(fit.frame.y, (DRAWS, fit.nobs))
    return complete(fit.frame, tuple(covariances), y, rng)


def _within_simulation_error(draws, mean, sd):
    """Means within five standard errors, standard deviations within 8 %."""
    draws = draws.reshape(DRAWS, -1)
    assert np.all(np.abs(draws.mean(axis=0) - mean) < 5 * np.asarray(sd) / np.sqrt(DRAWS))
    np.testing.assert_allclose(draws.std(axis=0), sd, rtol=0.08)


@pytest.mark.parametrize(
    ("name", "formula", "v"),
    [
        ("konstantopoulos2011", "yi ~ year + (1 | district/school)", "vi"),
        ("sleepstudy", "Reaction ~ Days + (Days | Subject)", None),
    ],
)
def test_completion_draws_the_best_linear_unbiased_predictions(dataset, rng, name, formula, v):
    """Under a flat fixed part the posterior is the predictor with its error, known theta."""
    fit = mixed.fit(formula, dataset(name), v=v)
    beta, effects = _completed(fit, rng)
    _within_simulation_error(beta, fit.params, np.sqrt(np.diag(fit.cov_params())))
    for u, table in zip(effects, fit.ranef().values(), strict=False):
        _within_simulation_error(u, table["effect"], table["se"])


def test_completion_with_blocks_and_known_correlation(rng):
    """Against the dense formula of the conditional mean and variance."""
    n, L = 12, 4
    data = pd.DataFrame({"y": rng.normal(size=n), "g": np.tile(np.arange(L), 3)})
    V = np.kron(np.eye(4), 0.05 * np.eye(3) + 0.04)
    C = 0.5 ** np.abs(np.subtract.outer(np.arange(L), np.arange(L)))
    frame = build_frame("y ~ 1 + (1 | g)", data, V=V, correlations={"g": C})
    G = np.full((DRAWS, 1, 1), 0.3)
    beta, (u,) = complete(frame, (G,), np.broadcast_to(frame.y, (DRAWS, n)), rng)
    Z = np.eye(L)[frame.terms[0].codes]
    W = np.linalg.inv(V + 0.3 * Z @ C @ Z.T)
    var = 1 / W.sum()
    mean = var * W.sum(0) @ frame.y
    P = W - np.outer(W.sum(0), W.sum(0)) * var
    ZC = 0.3 * Z @ C
    _within_simulation_error(beta, [mean], [np.sqrt(var)])
    _within_simulation_error(u, ZC.T @ P @ frame.y, np.sqrt(np.diag(0.3 * C - ZC.T @ P @ ZC)))


def test_root_of_a_singular_covariance(rng):
    A = rng.normal(size=(5, 4, 2))
    M = A @ np.swapaxes(A, -1, -2)
    np.testing.assert_allclose(root(M) @ np.swapaxes(root(M), -1, -2), M, atol=1e-12)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_prior_density_has_total_one_and_its_scale(factor):
    prior = HalfTPrior({"g": 0.5})

    def density(sd):
        return np.exp(prior.log_density("g", np.array([sd]), factor))

    assert integrate.quad(density, 0, np.inf)[0] == pytest.approx(1)
    # The quartile of t with 4 df is at 0.7407: half of |t| lies below it.
    assert integrate.quad(density, 0, 0.740697 * 0.5 * factor)[0] == pytest.approx(0.5, abs=1e-6)


@pytest.fixture
def rows(rng):
    works = np.repeat(np.arange(6), 3)
    return pd.DataFrame(
        {"y": rng.normal(size=18), "work": works, "v": 0.1, "x": rng.normal(size=18)}
    )


def test_scales_by_name_keep_the_default_elsewhere(rows):
    frame = build_frame("y ~ 1 + (1 | work)", rows, residual=True)
    prior = build_prior({"work": 2.0}, frame)
    assert prior.scales == {"work": 2.0, "residual": 0.5}
    assert "half-t with 4 df" in prior.describe()
    assert "2 (work), 0.5 (residual)" in prior.describe()


def test_without_the_extra_one_error_names_it(rows, monkeypatch):
    monkeypatch.setitem(sys.modules, "numpyro", None)
    monkeypatch.setitem(sys.modules, "jax", None)
    for name in ("sampler", "convergence"):
        monkeypatch.delitem(sys.modules, f"metastudy.mixed.{name}", raising=False)
        monkeypatch.delattr(f"metastudy.mixed.{name}", raising=False)
    with pytest.raises(MissingExtraError, match=r"pip install 'metastudy\[bayes\]'"):
        mixed.bayes.fit("y ~ 1 + (1 | work)", rows, v="v", seed=1)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"chains": 0}, "chains is 0; give a whole number of at least 1"),
        ({"draws": 2.5}, "draws is 2.5; give a whole number of at least 4"),
        ({"seed": -1}, "seed is -1; give a whole number of at least 0"),
        ({"target_accept": 1.0}, "target_accept 1.0 is not between 0 and 1"),
        ({"prior_scale": 0.0}, "prior scale 0.0 is not a positive number"),
        ({"prior_scale": {"work": "wide"}}, "prior scale 'wide' is not a positive number"),
    ],
)
def test_wrong_settings_are_refused(rows, given, text):
    with pytest.raises(UndefinedError, match=text):
        mixed.bayes.fit("y ~ 1 + (1 | work)", rows, v="v", **({"seed": 1} | given))


def test_a_scale_of_no_term_is_refused(rows):
    with pytest.raises(FormulaError, match="prior_scale names 'lab', which is not a random term"):
        mixed.bayes.fit("y ~ 1 + (1 | work)", rows, v="v", seed=1, prior_scale={"lab": 1.0})


def test_coefficients_known_by_bounds_alone_are_refused(rows):
    rows["late"] = 1.0 * (rows["work"] == 5)
    rows["top"] = np.where(rows["late"] == 1, 0.0, np.nan)
    with pytest.raises(IdentifiabilityError, match="the 15 exact rows do not identify 'late'"):
        mixed.bayes.fit("y ~ late + (1 | work)", rows, v="v", upper="top", seed=1)


def test_too_many_connected_rows_are_refused(rng):
    data = pd.DataFrame({"y": rng.normal(size=1200), "g": np.arange(1200) % 2, "v": 1.0})
    with pytest.raises(UndefinedError, match="1200 rows are connected"):
        mixed.bayes.fit("y ~ 1 + (1 | g) + (1 | h)", data.assign(h=data.index % 3), v="v", seed=1)
