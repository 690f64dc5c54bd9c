"""Reference arms where works may differ: the gain against dense integrals and the engine."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from numpy.polynomial.hermite_e import hermegauss
from scipy.stats import halfnorm, multivariate_normal, norm

from metastudy.answers.scatter import WITHIN, fit_rows
from metastudy.answers.unequal_levels import (
    OMEGAS,
    Component,
    gain_of_unequal_levels,
    integrated_over_omega,
    llf_of_unequal_levels,
)
from metastudy.answers.unequal_works import unequal_total_profile
from metastudy.bridge.modelling.model_rows import ModelRows
from metastudy.mixed.errors import UndefinedError
from metastudy.mixed.optimise.profile_likelihood import interval

SHIFT = np.log10(2)
ERROR = 0.01
TOTAL, FAMILY = 0.6, 0.5
NODES, WEIGHTS = hermegauss(60)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def row(work, system, value, *, bound=False, unknown=False):
    """One reference arm; with an unknown count the number may cover two contacts."""
    shift = SHIFT if unknown else 0.0
    middle = value - (0.5 * shift if unknown and not bound else 0.0)
    return {
        "y": np.nan if bound else middle,
        "lo": np.nan if bound else middle,
        "hi": value if bound else middle,
        "exact": not bound,
        "system": system,
        "work": work,
        "preparation": work,
        "observation": f"{work}{value}",
        "count_unit": work if unknown else None,
        "count_shift": shift,
    }


def rows_of(rows):
    frame = pd.DataFrame(rows)
    alone = np.where(frame["count_unit"].notna() & frame["exact"], SHIFT**2 / 4, 0.0)
    return ModelRows(frame, np.diag(ERROR + alone), pd.DataFrame())


@pytest.fixture(scope="module")
def few():
    return rows_of(
        [
            row("a", "garnet", 2.0),
            row("b", "garnet", 2.9, unknown=True),
            row("c", "garnet", 1.1),
            row("d", "nasicon", 1.7, bound=True),
            row("e", "nasicon", 1.2, bound=True, unknown=True),
            row("f", "nasicon", 2.6),
            row("f", "nasicon", 3.1),
        ]
    )


def density(rows, levels, sd):
    """Likelihood of the rows of one work about each level; rows share all scatter but 1 %."""
    shift = rows["count_shift"].iloc[0]
    states = (0.0, 1.0) if rows["count_unit"].notna().any() else (0.0,)
    found = np.zeros(levels.shape)
    for covers_all in states:
        if not rows["exact"].iloc[0]:
            limit = rows["hi"].iloc[0] - covers_all * shift
            found += norm.cdf(limit, levels, np.hypot(sd, ERROR**0.5))
            continue
        y = rows["y"].to_numpy(float) + (0.5 - covers_all) * shift
        own = 0.01 * sd**2 if y.size > 1 else 0.0
        cov = sd**2 * np.ones((y.size, y.size)) + (ERROR + own) * np.eye(y.size)
        found += multivariate_normal.pdf(y - levels[..., None], cov=cov)
    return found / len(states)


def dense(rows, total, omega):
    """Log-likelihood by rules of Hermite over works and families, and a grid over the mean."""
    sds = total * np.exp(omega * NODES - omega**2) if omega else [total]
    weights = WEIGHTS if omega else [1.0]
    means = np.linspace(-3.0, 7.0, 161)
    levels = means[:, None] + FAMILY * NODES
    value = np.ones(means.size)
    for _, family in rows.frame.groupby("system"):
        by_node = np.ones(levels.shape)
        for _, own in family.groupby("work"):
            by_node *= sum(w * density(own, levels, sd) for w, sd in zip(weights, sds, strict=True))
        value *= by_node @ WEIGHTS
    return np.log(np.trapezoid(value, means))


def test_likelihood_is_that_of_dense_integrals(few):
    at, llf = llf_of_unequal_levels(few, Component("work", TOTAL, True, 0.0, FAMILY))
    start = dense(few, np.exp(at[10]), 0.0) - llf[0, 10]
    for w, t in ((0, 14), (4, 10)):
        expected = dense(few, np.exp(at[t]), OMEGAS[w])
        assert llf[w, t] + start == pytest.approx(expected, abs=0.01)


def many(seed, scales):
    """One row a work, whose scatter is drawn with these factors in turn; the last is a bound."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(28):
        scatter = 0.5 * scales[k % len(scales)] * rng.normal()
        value = 2.0 + 0.3 * (k % 4) + scatter
        rows.append(row(f"w{k}", f"f{k % 4}", value, unknown=k % 3 == 0, bound=k == 27))
    return rows_of(rows)


def test_with_equal_works_it_is_the_likelihood_of_the_engine():
    rows = many(1, (1.0,))
    fit = fit_rows(rows, WITHIN)
    names = list(fit.sigma2.index)
    family = float(fit.sigma2["system"])
    at, llf = llf_of_unequal_levels(rows, Component("work", 0.5, True, 0.0, family**0.5))

    def engine(total):
        theta = np.array([family if name == "system" else total**2 for name in names])
        return float(fit.likelihood.evaluate(theta).llf)

    assert len(names) == 2
    for t in (8, 12):
        expected = engine(np.exp(at[t])) - engine(np.exp(at[10]))
        assert llf[0, t] - llf[0, 10] == pytest.approx(expected, abs=0.01)


def test_the_prior_of_omega_is_half_normal():
    llf = np.array([-3.0 * omega for omega in OMEGAS])
    grid = np.linspace(0, 1.5, 3001)
    prior = halfnorm.pdf(grid, scale=0.5)
    expected = np.trapezoid(np.exp(-3 * grid) * prior, grid) / np.trapezoid(prior, grid)
    assert np.exp(integrated_over_omega(llf, OMEGAS)) == pytest.approx(expected, rel=0.01)
    assert integrated_over_omega(np.full(OMEGAS.size, 2.0), OMEGAS) == pytest.approx(2.0)


def gain_at_estimate(rows):
    fit = fit_rows(rows, WITHIN)
    total = float(fit.sigma2.drop("system").sum())
    return float(gain_of_unequal_levels(rows, fit)[1](0.5 * np.log(total)))


def test_the_gain_tells_unequal_works_from_equal_ones():
    assert sum(gain_at_estimate(many(seed, (1.0,))) for seed in range(4)) < 0
    assert sum(gain_at_estimate(many(seed, (0.2, 0.3, 0.2, 3.0))) for seed in range(4)) > 2


def test_where_works_differ_the_interval_is_wider():
    rows = many(3, (0.2, 0.4, 0.3, 2.4))
    fit = fit_rows(rows, WITHIN)
    scattering = [name for name in fit.sigma2.index if name != "system"]
    low, high = fit.components.sum_conf_int(scattering, 0.05)
    lower, upper = interval(unequal_total_profile(fit, rows), 0.05)
    assert upper / lower > 1.3 * high / low


def test_what_differs_is_what_works_add_or_else_what_rows_add():
    def component(**sigma2):
        names = {"work_observation": "work:observation"}
        found = SimpleNamespace(sigma2=pd.Series(sigma2).rename(names))
        return Component.of(found)

    both = component(system=0.25, work=0.09, work_observation=0.04)
    assert both == Component("work", pytest.approx(0.3), True, pytest.approx(0.04), 0.5)
    rows = component(work=0.0, work_observation=0.04)
    assert rows == Component("work:observation", pytest.approx(0.2), False, 0.0, 0.0)


@pytest.mark.parametrize("bound", [False, True])
def test_rows_of_one_work_without_scatter_of_their_own_have_tables(bound):
    rows = many(7, (1.0,))
    twice = [row("w0", "f0", 2.0 + 0.1 * k, bound=bound) for k in range(3)]
    frame = pd.concat([rows.frame[rows.frame["work"] != "w0"], pd.DataFrame(twice)])
    same = ModelRows(frame.reset_index(drop=True), np.zeros((len(frame),) * 2), pd.DataFrame())
    counted = ModelRows(same.frame.assign(count_unit=None), same.V, same.dropped)
    _, llf = llf_of_unequal_levels(counted, Component("work", 0.5, True, 0.0, 0.3))
    assert np.isfinite(llf).all()


def test_a_standard_deviation_near_zero_needs_no_finer_tables():
    rows = many(6, (1.0,))
    small = Component("work", 1e-9, True, 0.3, 0.2)
    at, llf = llf_of_unequal_levels(rows, small)
    assert np.exp(at[10]) == pytest.approx(0.1 * rows.exact["y"].std(ddof=0), rel=0.2)
    assert np.isfinite(llf).all()


def test_a_work_with_too_many_unknown_counts_is_named():
    rows = [row("a", "garnet", 2.0)]
    rows += [row("many", "garnet", 1 + k / 10, unknown=True) | {"count_unit": k} for k in range(11)]
    component = Component("work", 0.5, True, 0.01, 0.5)
    with pytest.raises(UndefinedError, match="the 11 unknown counts of 'many' in one family"):
        llf_of_unequal_levels(rows_of(rows), component)
