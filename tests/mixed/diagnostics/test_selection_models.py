"""Selection models against a fine grid, simulation and the model without selection."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import simpson
from scipy.special import ndtr
from scipy.stats import norm

from metastudy import mixed
from metastudy.mixed.errors import UndefinedError

WEIGHTS = {
    "half-normal": lambda p, d: np.exp(-d[0] * p**2),
    "beta": lambda p, d: (
        np.clip(p, 1e-5, 1 - 1e-5) ** (d[0] - 1) * (1 - np.clip(p, 1e-5, 1 - 1e-5)) ** (d[1] - 1)
    ),
}


def two_level(data):
    data = data.assign(row=range(len(data)))
    return mixed.fit("yi ~ 1 + (1 | row)", data, v="vi", test="z")


def log_likelihood(data, weight, mean, tau2, delta):
    """The density of each row by its definition, its norm by Simpson's rule between the kinks."""
    out = 0.0
    for y, v in zip(data["yi"], data["vi"], strict=True):
        sd, se = np.sqrt(v + tau2), np.sqrt(v)
        low, high, edge = mean - 12 * sd, mean + 12 * sd, norm.isf(1e-5) * se
        ends = [low, *[e for e in (-edge, edge) if low < e < high], high]
        total = 0.0
        for a, b in pairwise(ends):
            x = np.linspace(a, b, 2001)
            total += simpson(weight(ndtr(-x / se), delta) * norm.pdf(x, mean, sd), x=x)
        out += norm.logpdf(y, mean, sd) + np.log(weight(norm.sf(y / se), delta)) - np.log(total)
    return out


@pytest.mark.parametrize("kind", ["half-normal", "beta"])
def test_standard_errors_are_the_curvature_of_the_likelihood(kind, dataset):
    """R's own are off by up to 6 % for these two weights."""
    data = dataset("hackshaw1998")
    ours = two_level(data).diagnostics.selection_model(kind, response="contrast")
    x = np.array([ours.params.iloc[0], ours.tau2, *ours.delta])

    def at(point):
        return log_likelihood(data, WEIGHTS[kind], point[0], point[1], point[2:])

    assert ours.llf == pytest.approx(at(x), abs=1e-8)
    h = 5e-3 * np.maximum(np.abs(x), 0.05)
    k = x.size
    hessian = np.empty((k, k))
    steps = np.diag(h)
    centre = at(x)
    one = [(at(x + s), at(x - s)) for s in steps]
    for i in range(k):
        hessian[i, i] = (one[i][0] - 2 * centre + one[i][1]) / h[i] ** 2
        for j in range(i):
            both = at(x + steps[i] + steps[j]) + at(x - steps[i] - steps[j])
            cross = both - sum(one[i]) - sum(one[j]) + 2 * centre
            hessian[i, j] = hessian[j, i] = cross / (2 * h[i] * h[j])
    se = np.sqrt(np.diag(np.linalg.inv(-hessian)))
    expected = [ours.bse.iloc[0], ours.tau2_se, *ours.delta_se]
    np.testing.assert_allclose(expected, se, rtol=2e-3)


def test_without_selection_the_likelihood_is_that_of_the_two_level_model(dataset):
    """The null of every weight is w = 1, so the ratio starts from the plain ML fit."""
    data = dataset("hackshaw1998").assign(row=range(37))
    plain = mixed.fit("yi ~ 1 + (1 | row)", data, v="vi", method="ML")
    for kind in ("step", "power"):
        ours = two_level(data).diagnostics.selection_model(kind, response="contrast")
        assert ours.llf - ours.lr_statistic / 2 == pytest.approx(plain.llf, abs=1e-9)


def test_a_scale_of_the_response_changes_nothing_but_the_scale(dataset):
    data = dataset("hackshaw1998")
    one = two_level(data).diagnostics.selection_model("step", response="contrast")
    small = data.assign(yi=data["yi"] / 1000, vi=data["vi"] / 1e6)
    other = two_level(small).diagnostics.selection_model("step", response="contrast")
    assert other.params.iloc[0] * 1000 == pytest.approx(one.params.iloc[0], rel=1e-6)
    assert other.tau2 * 1e6 == pytest.approx(one.tau2, rel=1e-5)
    assert other.bse.iloc[0] * 1000 == pytest.approx(one.bse.iloc[0], rel=1e-4)
    assert other.llf == pytest.approx(one.llf + 37 * np.log(1000), abs=1e-7)


def test_the_other_alternative_is_the_mirror(dataset):
    data = dataset("hackshaw1998")
    one = two_level(data).diagnostics.selection_model("step", response="contrast")
    mirrored = two_level(data.assign(yi=-data["yi"]))
    other = mirrored.diagnostics.selection_model("step", response="contrast", alternative="less")
    assert other.params.iloc[0] == pytest.approx(-one.params.iloc[0], rel=1e-6)
    assert other.delta == pytest.approx(one.delta, rel=1e-6)


def test_a_simulated_selection_is_found(rng):
    """Truth: mean 0.3, tau 0.2, rows with p > 0.025 reported one time in five."""
    v = rng.uniform(0.02, 0.3, 6000)
    y = 0.3 + np.sqrt(0.04 + v) * rng.standard_normal(6000)
    kept = (norm.sf(y / np.sqrt(v)) <= 0.025) | (rng.random(6000) < 0.2)
    fit = two_level(pd.DataFrame({"yi": y[kept], "vi": v[kept]}))
    ours = fit.diagnostics.selection_model("step", response="contrast")
    assert abs(ours.params.iloc[0] - 0.3) < 3 * ours.bse.iloc[0] < 0.1
    assert abs(ours.delta[0] - 0.2) < 3 * ours.delta_se[0]
    assert abs(ours.tau2 - 0.04) < 3 * ours.tau2_se
    assert fit.params.iloc[0] > 0.45
    assert ours.lr_pvalue < 1e-6


def test_selection_models_refuse_what_they_are_not_for(dataset, rng):
    data = dataset("hackshaw1998")
    fit = two_level(data)
    with pytest.raises(UndefinedError, match="not defined for levels: there is no test of a level"):
        fit.diagnostics.selection_model(response="level")
    with pytest.raises(UndefinedError, match="selection 'probit' is not known; use step, beta"):
        fit.diagnostics.selection_model("probit", response="contrast")
    with pytest.raises(UndefinedError, match="no row has a p-value between 0 and 1e-06"):
        fit.diagnostics.selection_model(response="contrast", steps=(1e-6,))
    with pytest.raises(UndefinedError, match="must rise between 0 and 1"):
        fit.diagnostics.selection_model(response="contrast", steps=(0.5, 0.025))
    with pytest.raises(UndefinedError, match="neither 'greater' nor 'less'"):
        fit.diagnostics.selection_model(response="contrast", alternative="two-sided")
    grouped = data.assign(group=np.arange(37) // 4, row=range(37))
    three = mixed.fit("yi ~ 1 + (1 | group/row)", grouped, v="vi")
    with pytest.raises(UndefinedError, match="two-level model alone"):
        three.diagnostics.selection_model(response="contrast")
