"""Preparation varied on purpose, on made-up contrasts: which are used, what is said, and when."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import multivariate_normal

from metastudy.answers.preparation import (
    FORMULA,
    covariance,
    fit_by_work,
    fit_contrasts,
    one_a_treatment,
    preparation,
    sentence,
    without_each_work,
)
from metastudy.answers.treatments import COLUMNS, Treatments

SERIES = pd.Series({"several": "one two"})


def contrast(work, treated, value, *, hi=None, state="fresh", system="s", used=True):
    """One row of the table of contrasts; hi alone is a bound, both None no limit."""
    lo = value
    hi = value if hi is None else hi
    return {
        "study_id": work,
        "treated": treated,
        "reference": f"{work}/r",
        "system": system,
        "state_kind": state,
        "treatments": "heat",
        "log_ratio": lo if lo == hi else None,
        "lo": lo,
        "hi": hi,
        "kind": "exact",
        "records": f"{treated}.1",
        "used": used,
        "note": "",
    }


def asked(rows):
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame[["lo", "hi"]] = frame[["lo", "hi"]].astype(float)
    return Treatments(frame)


def simulated(rng, sizes, sd=0.5):
    rows = []
    for work, size in enumerate(sizes):
        effects = rng.normal(0, sd, size + 1)
        rows += [
            contrast(f"w{work}", f"w{work}/{k}", effects[k + 1] - effects[0]) for k in range(size)
        ]
    return rows


def test_one_contrast_a_treatment_and_a_reason_for_each_other():
    rows = [
        contrast("w", "aged_first", -0.9, state="aged"),
        contrast("w", "aged_first", -0.5, state="fresh"),
        contrast("w", "several", -0.7),
        contrast("w", "no_limit", None),
        contrast("w", "again", -0.1, used=False),
        contrast("w", "two_contacts", -0.2, system="a"),
        contrast("w", "two_contacts", -0.3, system="b"),
    ]
    chosen, others = one_a_treatment(asked(rows).contrasts, SERIES)
    assert chosen[["treated", "lo"]].to_numpy().tolist() == [
        ["aged_first", -0.5],
        ["two_contacts", -0.2],
        ["two_contacts", -0.3],
    ]
    assert dict(zip(others["treated"], others["reason"], strict=True)) == {
        "aged_first": "a later state of a treatment that has an earlier one",
        "several": "a statement about several treatments together",
        "no_limit": "no limit is printed",
        "again": "the same change again",
    }


def test_the_standard_deviation_is_that_of_the_dense_likelihood():
    found = preparation(asked(simulated(np.random.default_rng(1), (4, 3, 2, 2))), SERIES)
    rows = found.contrasts
    same = rows["study_id"].to_numpy()[:, None] == rows["study_id"].to_numpy()
    K = np.eye(len(rows)) + same

    def dense(log_sd):
        M = np.exp(2 * log_sd) * K + (0.15 / np.log(10)) ** 2 * K
        return -multivariate_normal.logpdf(rows["lo"], cov=M)

    best = minimize_scalar(dense, bounds=(-4, 2), method="bounded", options={"xatol": 1e-9})
    assert found.all_works.sd == pytest.approx(np.exp(best.x), rel=1e-4)
    assert covariance(rows) == pytest.approx((0.15 / np.log(10)) ** 2 * K)


def test_without_each_work_is_the_fit_of_the_other_works():
    rows = simulated(np.random.default_rng(5), (4, 3, 2, 2, 1))
    rows += [contrast("bounded", f"bounded/{k}", None, hi=-0.3 * k) for k in range(3)]
    contrasts, _ = one_a_treatment(asked(rows).contrasts, SERIES)
    found = without_each_work(fit_by_work(contrasts))
    assert set(found.index) == set(contrasts["study_id"])
    for work, sd in found.items():
        fit = fit_contrasts(contrasts[contrasts["study_id"] != work], FORMULA)
        assert sd == pytest.approx(np.sqrt(fit.sigma2.iloc[0]), rel=2e-3)


def test_a_simulated_spread_is_inside_its_intervals():
    spread = preparation(
        asked(simulated(np.random.default_rng(2), (6, 4, 3, 3, 2, 5, 2, 3))), SERIES
    ).all_works
    for low, high in (spread.common, spread.by_work):
        assert low < 0.5 < high
        assert low < spread.sd < high
    assert (spread.exact, spread.bounded, spread.works) == (28, 0, 8)


@pytest.mark.parametrize(
    "sizes",
    [(), (1,), (1, 1, 1), (12,), (9, 3)],
    ids=["nothing", "one contrast", "three contrasts", "one work", "two works"],
)
def test_under_the_floors_no_standard_deviation_is_said(sizes):
    found = preparation(asked(simulated(np.random.default_rng(3), sizes)), SERIES)
    assert found.all_works.sd is None
    assert "dex" not in sentence(found)
    assert f"contrasts known on both sides {sum(sizes)}, works {len(sizes)}" in sentence(found)


def test_one_extreme_bound_is_named_with_the_value_without_it():
    rows = simulated(np.random.default_rng(4), (3, 3, 2, 2), sd=0.2)
    bound = contrast("extreme", "extreme/x", None, hi=-4.0)
    found = preparation(asked([*rows, bound]), SERIES)
    plain = preparation(asked(rows), SERIES)
    assert found.moved_by == "extreme"
    assert found.without.sd == pytest.approx(plain.all_works.sd)
    assert found.all_works.sd > 2 * plain.all_works.sd
    text = sentence(found)
    assert "one more work, extreme, moves it most and raises this to" in text
    assert text.index(f"{plain.all_works.sd:.2f} dex") < text.index("extreme")
    assert f"{plain.all_works.sd:.2f} dex" in text


def test_a_work_with_most_of_the_contrasts_is_named():
    found = preparation(asked(simulated(np.random.default_rng(5), (9, 1, 1, 1))), SERIES)
    assert found.largest_share == ("w0", 0.75)
    assert "75 % of the contrasts known on both sides are of w0" in sentence(found)


def test_direction_counts_contrasts_that_are_below_the_reference():
    rows = [contrast(f"w{k}", f"t{k}", y) for k, y in enumerate((-0.4, -0.2, -0.6, 0.3, -0.1))]
    assert "4 of all 5 contrasts towards lower resistance" in sentence(
        preparation(asked(rows), SERIES)
    )
