"""Permutation tests against complete enumeration by separate fits."""

from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest

from metastudy import mixed
from metastudy.mixed.errors import UndefinedError


@pytest.fixture
def clusters(rng):
    group = np.repeat(np.arange(6), 3)
    v = rng.uniform(0.02, 0.06, 18)
    y = 0.25 + 0.3 * rng.standard_normal(6)[group] + 0.3 * rng.standard_normal(18)
    return pd.DataFrame({"y": y, "group": group, "row": range(18), "v": v})


@pytest.mark.parametrize(
    ("method", "test"),
    [
        ("DL", "z"),
        ("HE", "z"),
        ("HSk", "z"),
        ("PM", "knapp-hartung"),
        ("REML", "z"),
        ("ML", "knapp-hartung"),
    ],
)
def test_signs_of_rows_are_all_enumerated(method, test, rng):
    data = pd.DataFrame({"y": 0.4 + 0.5 * rng.standard_normal(6), "v": [0.1, 0.2, 0.05] * 2})
    data["row"] = range(6)

    def statistic(y):
        one = data.assign(y=y)
        return mixed.fit("y ~ 1 + (1 | row)", one, v="v", method=method, test=test).tvalues.iloc[0]

    ours = mixed.fit(
        "y ~ 1 + (1 | row)", data, v="v", method=method, test=test
    ).diagnostics.permutation_test()
    signs = np.array(list(product([1, -1], repeat=6)))
    null = np.abs([statistic(s * data["y"].to_numpy()) for s in signs])
    share = (null >= null[0] * (1 - 1e-7)).mean()
    assert ours.n == 64
    assert ours.pvalue.iloc[0] == pytest.approx(share)
    assert ours.statistic.iloc[0] == pytest.approx(statistic(data["y"]), rel=1e-6)


def test_signs_change_by_independent_units(clusters):
    fit = mixed.fit("y ~ 1 + (1 | group/row)", clusters, v="v")
    ours = fit.diagnostics.permutation_test()
    assert (ours.units, ours.n, ours.failed) == (6, 64, 0.0)

    def statistic(signs):
        one = clusters.assign(y=clusters["y"] * np.asarray(signs)[clusters["group"]])
        return abs(mixed.fit("y ~ 1 + (1 | group/row)", one, v="v").tvalues.iloc[0])

    null = np.array([statistic(s) for s in product([1, -1], repeat=6)])
    assert ours.pvalue.iloc[0] == pytest.approx((null >= null[0] * (1 - 1e-6)).mean())


def test_sampled_signs_approach_all_of_them(clusters, rng):
    fit = mixed.fit("y ~ 1 + (1 | group/row)", clusters, v="v")
    exact = fit.diagnostics.permutation_test().pvalue.iloc[0]
    sampled = fit.diagnostics.permutation_test(1999, rng=rng)
    assert not sampled.exact
    error = np.sqrt(exact * (1 - exact) / 2000)
    assert abs(sampled.pvalue.iloc[0] - exact) < 4 * error + 1 / 2000


def test_moderators_are_dealt_anew(rng):
    data = pd.DataFrame({"x": [0, 0, 0, 1, 1, 1.0], "v": [0.1, 0.2, 0.05, 0.1, 0.3, 0.15]})
    data["y"] = 1 + 0.8 * data["x"] + 0.4 * rng.standard_normal(6)
    data["row"] = range(6)

    def statistic(x):
        one = data.assign(x=np.array(x))
        return abs(mixed.fit("y ~ x + (1 | row)", one, v="v", method="DL", test="z").tvalues["x"])

    fit = mixed.fit("y ~ x + (1 | row)", data, v="v", method="DL", test="z")
    ours = fit.diagnostics.permutation_test(999, rng=rng)
    distinct = sorted(set(permutations(data["x"])))
    null = np.array([statistic(x) for x in distinct])
    share = (null >= statistic(data["x"]) * (1 - 1e-9)).mean()
    assert list(ours.pvalue.index) == ["x"]
    assert abs(ours.pvalue["x"] - share) < 4 * np.sqrt(share * (1 - share) / 1000) + 1e-3


def test_moderators_of_groups_stay_with_their_groups(clusters, rng):
    data = clusters.assign(z=1.0 * (clusters["group"] % 2))
    ours = mixed.fit("y ~ z + (1 | group/row)", data, v="v").diagnostics.permutation_test(
        49, rng=rng
    )
    assert ours.units == 6
    assert len(np.unique(np.round(np.abs(ours.null[:, 0]), 6))) <= 10  # 20 ways, two by two


def test_what_cannot_be_permuted_is_refused_with_the_reason(clusters, rng):
    crossed = clusters.assign(other=clusters["row"] % 3)
    fit = mixed.fit("y ~ 1 + (1 | group) + (1 | other)", crossed, v="v")
    with pytest.raises(UndefinedError, match=r"all rows covary.*no independent units"):
        fit.diagnostics.permutation_test()
    many = pd.DataFrame({"y": rng.standard_normal(30), "v": 0.1, "row": range(30)})
    fit = mixed.fit("y ~ 1 + (1 | row)", many, v="v")
    with pytest.raises(UndefinedError, match=r"30 units have 2\^30 sign changes; up to 16 units"):
        fit.diagnostics.permutation_test()
    with pytest.raises(UndefinedError, match="rng is NoneType; give a numpy Generator"):
        fit.diagnostics.permutation_test(99)
    with pytest.raises(UndefinedError, match="no coefficient that could be tested"):
        mixed.fit("y ~ 0 + (1 | row)", many, v="v").diagnostics.permutation_test()
    moderated = mixed.fit("y ~ x + (1 | row)", many.assign(x=many.index), v="v")
    with pytest.raises(UndefinedError, match="with moderators the permutations are sampled"):
        moderated.diagnostics.permutation_test()
