"""Rows with the same random effects that differ by more than V allows."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metastudy import mixed
from metastudy.mixed.inference.shared_effects import shared_effects

NAME = "differences beyond V"


def films(rng, solvent_sd):
    """Fifteen works with a film each, measured in three solvents."""
    film = np.repeat(np.arange(15), 3)
    data = pd.DataFrame({"film": film, "solvent": np.tile(list("pqr"), 15), "v": 0.01})
    data["y"] = rng.normal(size=15)[film] + 0.1 * rng.normal(size=45)
    data["y"] += solvent_sd * rng.normal(size=45)
    return data


def named(fit):
    return [w.text for w in fit.warnings if w.name == NAME]


def test_one_film_in_three_solvents_without_a_term_for_them(rng):
    data = films(rng, 0.5)
    (text,) = named(mixed.fit("y ~ 1 + (1 | film)", data, v="v"))
    assert text.startswith("45 rows share every random effect with another row")
    within = data.groupby("film")["y"].var().to_numpy() * 2 / 0.01
    assert f"(chi-square {within.sum():.4g}, 30 df, p = " in text
    worst = int(np.argmax(within))
    assert f"most of all rows {3 * worst}, {3 * worst + 1}, {3 * worst + 2}: add a term" in text


@pytest.mark.parametrize("formula", ["(1 | film) + (1 | film:solvent)", "(1 | film/solvent)"])
def test_a_term_for_the_solvents_ends_the_warning(rng, formula):
    assert not named(mixed.fit(f"y ~ 1 + {formula}", films(rng, 0.5), v="v"))


def test_differences_within_sampling_error_give_no_warning(rng):
    assert not named(mixed.fit("y ~ 1 + (1 | film)", films(rng, 0.0), v="v"))


def test_the_fixed_part_explains_differences(rng):
    data = films(rng, 0.0)
    data["y"] += np.tile([0.0, 1.0, -2.0], 15)
    assert named(mixed.fit("y ~ 1 + (1 | film)", data, v="v"))
    fit = mixed.fit("y ~ solvent + (1 | film)", data, v="v")
    assert not named(fit)
    # Balanced two-way layout: the interaction's sum of squares, 14 x 2 df.
    table = data["y"].to_numpy().reshape(15, 3)
    rest = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    test = shared_effects(fit.frame)
    assert test.df == 28
    assert test.statistic == pytest.approx((rest**2).sum() / 0.01)
    assert test.pvalue == pytest.approx(stats.chi2.sf(test.statistic, 28))


def test_rows_of_one_slope_share_effects_only_at_one_covariate(rng):
    data = films(rng, 0.5).assign(x=np.tile([0.0, 0.0, 1.0], 15))
    (text,) = named(mixed.fit("y ~ x + (x | film)", data, v="v"))
    assert text.startswith("30 rows share")


def test_covarying_errors_count(rng):
    """Rows with one common error differ by less than their variances say."""
    data = films(rng, 0.0)
    V = np.kron(np.eye(15), np.full((3, 3), 0.0099) + 0.0001 * np.eye(3))
    fit = mixed.fit("y ~ 1 + (1 | film)", data, V=V)
    within = data.groupby("film")["y"].var().to_numpy() * 2 / 0.0001
    assert f"chi-square {within.sum():.4g}" in named(fit)[0]


def test_errors_that_v_holds_to_be_one_may_not_differ(rng):
    data = films(rng, 0.0)
    V = np.kron(np.eye(15), np.full((3, 3), 0.01))
    frame = mixed.fit("y ~ 1 + (1 | film)", data, v="v").frame
    from dataclasses import replace

    from metastudy.mixed.model.sampling_covariance import from_matrix

    test = shared_effects(replace(frame, V=from_matrix(V, list(frame.labels))))
    assert test.pvalue == 0


def test_bounds_are_left_out(rng):
    data = films(rng, 0.5)
    data["hi"] = np.nan
    data.loc[[0, 1, 3], "hi"] = data.loc[[0, 1, 3], "y"] + 0.1
    data.loc[[0, 1, 3], "y"] = np.nan
    fit = mixed.fit("y ~ 1 + (1 | film)", data, v="v", upper="hi", method="ML")
    test = shared_effects(fit.frame)
    assert test.rows.size == 41
    assert test.df == 41 - 14


def test_the_level_of_the_test_under_the_null():
    """A share of 0.01 of 1,500 seeded sets without a solvent effect, within four errors."""
    rng = np.random.default_rng(8)
    frame = mixed.fit("y ~ solvent + (1 | film)", films(rng, 0.0), v="v").frame
    from dataclasses import replace

    hits = [
        shared_effects(replace(frame, y=films(rng, 0.0)["y"].to_numpy())).pvalue < 0.01
        for _ in range(1500)
    ]
    assert abs(np.mean(hits) - 0.01) < 4 * np.sqrt(0.01 * 0.99 / 1500)
