"""The design calculator against exact F distributions, the engine itself and known counts."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from metastudy import mixed
from metastudy.mixed.errors import DataError, IdentifiabilityError, UndefinedError
from metastudy.mixed.inference.component_draws import draw_components
from metastudy.mixed.optimise.batched_newton import maximise_batched
from metastudy.mixed.optimise.batched_profiles import batched_intervals
from metastudy.mixed.planning.study_design import rotate

WITHIN = 0.38**2
ROUND_ROBIN = [
    # sd between labs, labs that are needed, preparations in each
    (0.20, 65, 3),
    (0.20, 27, 5),
    (0.32, 42, 2),
    (0.32, 19, 3),
    (0.32, 10, 5),
]


def exact_power(labs, preparations, between, within):
    """P(lower end > 0) of a balanced one-way layout, where the REML ratio is a function of F.

    With strata of d1 = a - 1 and d2 = a (m - 1) degrees of freedom and F = MSA / MSE > 1,
    2 drop = (d1 + d2) ln((d1 F + d2) / (d1 + d2)) - d1 ln F, and F / (1 + m s_a^2 / s_e^2) has the
    F distribution.
    """
    d1, d2 = labs - 1, labs * (preparations - 1)

    def excess(F):
        ratio = (d1 + d2) * np.log((d1 * F + d2) / (d1 + d2)) - d1 * np.log(F)
        return ratio - stats.chi2.ppf(0.95, 1)

    critical = optimize.brentq(excess, 1.0001, 1e3)
    return stats.f.sf(critical / (1 + preparations * between / within), d1, d2)


@pytest.mark.parametrize(("sd", "labs", "preparations"), ROUND_ROBIN)
def test_round_robin_needs_the_labs_that_were_counted(sd, labs, preparations, rng):
    exact = exact_power(labs, preparations, sd**2, WITHIN)
    assert exact >= 0.8
    assert exact_power(labs - 2, preparations, sd**2, WITHIN) < 0.8
    design = mixed.Design({"lab": labs, "preparation": preparations})
    plan = mixed.plan({"lab": sd**2, "preparation": WITHIN}, design, n=400, rng=rng)
    row = plan.to_frame().set_index("component").loc["lab"]
    assert abs(row["p_above_zero"] - exact) < 3.5 * np.sqrt(exact * (1 - exact) / 400)
    assert row["p_error"] == pytest.approx(np.sqrt(exact * (1 - exact) / 400), rel=0.2)
    assert row["separates"] == (row["p_above_zero"] >= 0.8)
    assert plan.mean["df"].iloc[0] == pytest.approx(labs - 1)


def simulate(design, sds, rng):
    codes = design.codes()
    y = 1.0 + sum(
        sd * rng.standard_normal(codes[name].max() + 1)[codes[name]] for name, sd in sds.items()
    )
    return codes.rename(columns={"lab:recipe": "both"}).assign(y=y)


DESIGNS = {
    "nested": (
        mixed.Design({"lab": 6, "preparation": 3, "repeat": 2}, v=0.02),
        {"lab": 0.4, "preparation": 0.3, "repeat": 0.1},
        "y ~ 1 + (1 | lab) + (1 | preparation) + (1 | repeat)",
    ),
    "crossed": (
        mixed.Design({"lab": 6, "preparation": 2}, {"recipe": 4}, v=0.02),
        {"lab": 0.4, "recipe": 0.3, "preparation": 0.3},
        "y ~ 1 + (1 | lab) + (1 | recipe) + (1 | preparation)",
    ),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_rotated_rows_have_the_likelihood_of_the_rows(name, rng):
    """Estimates, log-likelihood, profile intervals and the mean's interval of the engine itself."""
    design, sds, formula = DESIGNS[name]
    rotation = rotate(design, tuple(sds))
    likelihood = rotation.likelihood()
    data = [simulate(design, sds, rng) for _ in range(4)]
    Y = np.array([rotation.vectors.T @ one["y"].to_numpy() for one in data])
    best = maximise_batched(likelihood, Y, np.square(list(sds.values())))
    for j, component in enumerate(sds):
        ends = batched_intervals(likelihood, Y, best, j)
        for one, llf, theta, found in zip(data, best.llf, best.theta, ends, strict=True):
            fit = mixed.fit(formula, one, v=np.full(len(one), design.v))
            assert llf == pytest.approx(fit.llf, abs=1e-7)
            assert theta[j] == pytest.approx(fit.sigma2[component], rel=1e-4, abs=1e-7)
            expected = fit.components.conf_int().loc[component]
            assert found[0] == pytest.approx(expected["lower"], rel=0.02, abs=1e-12)
            assert found[1] == pytest.approx(expected["upper"], rel=0.02)


def test_half_width_of_the_mean_is_the_t_interval_of_lab_means(rng):
    """Balanced and nested with the lab's variance above zero: t of the lab means, labs - 1 df."""
    design = mixed.Design({"lab": 8, "preparation": 3})
    truth = {"lab": 0.4, "preparation": 0.04}
    plan = mixed.plan(truth, design, n=300, rng=rng)
    variance = (truth["lab"] + truth["preparation"] / 3) / 8
    expected = stats.t.ppf(0.975, 7) * np.sqrt(variance * stats.chi2.median(7) / 7)
    assert plan.mean["half_width"].iloc[0] == pytest.approx(expected, rel=0.06)


def test_recipes_may_be_crossed_or_nested(rng):
    components = {"lab": 0.04, "recipe": 0.09, "lab:recipe": 0.02, "preparation": 0.1}
    crossed = mixed.Design({"lab": 8, "preparation": 2}, {"recipe": 3})
    nested = mixed.Design({"lab": 8, "recipe": 3, "preparation": 2})
    plan = mixed.plan(components, [crossed, nested], n=30, rng=rng)
    first, second = (
        plan.to_frame()[plan.to_frame()["design"] == d.label] for d in (crossed, nested)
    )
    assert list(first["component"]) == ["lab", "recipe", "lab:recipe", "preparation"]
    assert list(second["component"]) == ["lab", "recipe", "preparation"]
    codes = crossed.codes()
    assert len(codes) == 48
    assert codes.groupby("preparation").size().eq(1).all()
    assert codes.groupby("recipe")["lab"].nunique().eq(8).all()
    assert nested.codes().groupby("recipe")["lab"].nunique().eq(1).all()


def test_factors_that_are_not_repeated_are_merged(rng):
    design = mixed.Design({"lab": 6, "preparation": 3, "sample": 1, "repeat": 1})
    components = {"lab": 0.04, "preparation": 0.1, "sample": 0.03, "repeat": 0.03}
    table = mixed.plan(components, design, n=20, rng=rng).to_frame().set_index("component")
    joint = "preparation + sample + repeat"
    assert list(table.index) == ["lab", joint]
    assert table.loc[joint, "truth"] == pytest.approx(0.4)


@pytest.fixture
def fit(rng):
    """Fit of ten works with four preparations each and known v."""
    work = np.repeat(np.arange(10), 4)
    y = 0.3 * rng.standard_normal(10)[work] + 0.3 * rng.standard_normal(40)
    data = pd.DataFrame({"y": y, "work": work, "prep": range(40), "v": 0.01})
    return mixed.fit("y ~ 1 + (1 | work/prep)", data, v="v")


def test_components_are_drawn_from_the_likelihood(fit, rng):
    """Means and spread of the draws against quadrature of the likelihood, flat in the sds."""
    draws = np.sqrt(draw_components(fit.likelihood, fit.optimum, 4000, rng))
    grid = np.linspace(1e-4, 1.5, 150)
    a, b = np.meshgrid(grid, grid, indexing="ij")
    points = np.column_stack([a.ravel(), b.ravel()]) ** 2
    llf = np.array([fit.likelihood.evaluate(p, derivatives=False).llf for p in points])
    weights = np.exp(llf - llf.max())
    weights /= weights.sum()
    for j, axis in enumerate((a.ravel(), b.ravel())):
        mean = weights @ axis
        sd = np.sqrt(weights @ (axis - mean) ** 2)
        assert draws[:, j].mean() == pytest.approx(mean, abs=0.1 * sd)
        assert draws[:, j].std() == pytest.approx(sd, rel=0.1)


def test_a_fit_widens_what_its_estimates_would_promise(fit, rng):
    design = mixed.Design({"work": 30, "prep": 3}, v=0.01)
    drawn = mixed.plan(fit, design, n=200, rng=rng)
    fixed = mixed.plan(dict(fit.sigma2), design, n=200, rng=rng)
    spread = drawn.runs.groupby("component")["truth"].std()
    assert (spread > 0.02).all()
    assert (fixed.runs.groupby("component")["truth"].std() < 1e-12).all()
    assert list(drawn.to_frame()["component"]) == ["work", "prep"]
    assert drawn.left_out == ()


def test_progress_seed_and_figure():
    calls = []
    design = mixed.Design({"lab": 5, "preparation": 2})
    components = {"lab": 0.1, "preparation": 0.1, "system": 0.2}

    def run(seed, **options):
        rng = np.random.default_rng(seed)
        return mixed.plan(components, design, n=260, rng=rng, **options)

    one = run(1, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(250, 260), (260, 260)]
    pd.testing.assert_frame_equal(one.runs, run(1).runs)
    assert not one.runs.equals(run(2).runs)
    assert one.left_out == ("system",)
    figure = one.quantiles().set_index(["component", "what"])
    assert figure.loc[("lab", "upper"), 0.5] == pytest.approx(one.to_frame()["upper"].iloc[0])


def test_designs_are_checked(rng):
    with pytest.raises(DataError, match="'lab' has 0 levels; give a whole number from 1"):
        mixed.Design({"lab": 0})
    with pytest.raises(DataError, match="needs at least one factor"):
        mixed.Design({})
    with pytest.raises(DataError, match="either nested or crossed, and named once"):
        mixed.Design({"lab": 3}, {"lab": 2})
    with pytest.raises(DataError, match="5000 rows; up to 3000 are simulated"):
        mixed.Design({"lab": 1000, "preparation": 5})
    with pytest.raises(DataError, match="variance of a row is -1; give 0 or more"):
        mixed.Design({"lab": 3}, v=-1)
    one = {"lab": 0.1, "preparation": 0.1}
    lone = mixed.Design({"lab": 1, "preparation": 5})
    with pytest.raises(IdentifiabilityError, match="has one level of 'lab'"):
        mixed.plan(one, lone, n=5, rng=rng)
    wrong = mixed.Design({"lab": 3, "cell": 5})
    with pytest.raises(UndefinedError, match="factor 'cell', which is none of the components lab"):
        mixed.plan(one, wrong, n=5, rng=rng)
    good = mixed.Design({"lab": 3, "preparation": 5})
    with pytest.raises(DataError, match=r"component 'lab' is -0\.1; a variance is 0 or more"):
        mixed.plan({"lab": -0.1, "preparation": 1}, good, n=5, rng=rng)
    with pytest.raises(DataError, match="two designs have the same label"):
        mixed.plan(one, [good, good], n=5, rng=rng)
    with pytest.raises(UndefinedError, match="n = 0 runs; give a whole number"):
        mixed.plan(one, good, n=0, rng=rng)
    with pytest.raises(DataError, match="has no variance at all"):
        mixed.plan({"lab": 0, "preparation": 0}, good, n=5, rng=rng)
    with pytest.raises(DataError, match="has 9 factors; up to 8"):
        mixed.Design({letter: 1 for letter in "abcdefghi"})
    few = mixed.Design({"lab": 2, "preparation": 2}, {"recipe": 1})
    with pytest.raises(IdentifiabilityError, match="has one level of 'recipe'"):
        mixed.plan(one | {"recipe": 0.1}, few, n=5, rng=rng)


def test_components_that_are_zero_are_found_to_be_zero(rng):
    """A true zero: the lower end is 0 in all but 2.5 % of runs, and less often above it."""
    design = mixed.Design({"lab": 12, "preparation": 3})
    table = mixed.plan({"lab": 0.0, "preparation": 0.1}, design, n=400, rng=rng).to_frame()
    lab = table.set_index("component").loc["lab"]
    expected = exact_power(12, 3, 0.0, 0.1)
    assert expected < 0.025
    assert abs(lab["p_above_zero"] - expected) < 4 * np.sqrt(expected / 400)
    assert lab["zero"] > 0.5
    exact_rows = mixed.plan({"lab": 0.1, "preparation": 0.0}, design, n=5, rng=rng).to_frame()
    assert exact_rows["estimate"].iloc[1] < 1e-3


def test_a_fit_with_correlations_is_refused(rng):
    data = pd.DataFrame({"g": np.repeat(np.arange(8), 5), "x": np.tile(np.arange(5.0), 8)})
    data["y"] = rng.standard_normal(40)
    fit = mixed.fit("y ~ x + (x | g)", data)
    with pytest.raises(UndefinedError, match="fits with plain variances only"):
        mixed.plan(fit, mixed.Design({"g[Intercept]": 8, "residual": 3}), n=5, rng=rng)
