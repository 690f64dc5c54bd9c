"""What joins the blocks of a frame: large groupings, and unknowns that V shares."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from metastudy.mixed.model.frame import build_frame
from metastudy.mixed.model.sampling_covariance import SamplingCovariance
from metastudy.mixed.model.shared_effects import SharedEffects, joining_factors


def covariance(V):
    return SamplingCovariance(np.diag(V), scipy.sparse.csr_array(V), np.zeros(len(V), bool))


def test_a_shared_unknown_is_found_up_to_its_sign(rng):
    blocks = np.array([0, 0, 1, 2, 2, 3])
    f = rng.normal(size=6)
    own = 0.1 * np.eye(6) + 0.05 * np.equal.outer(blocks, blocks)
    found = joining_factors(covariance(own + np.outer(f, f)), blocks)
    assert found.shape == (6, 1)
    assert np.outer(found, found) == pytest.approx(np.outer(f, f))


def test_two_unknowns_of_two_sets_of_blocks(rng):
    blocks = np.arange(7)
    F = np.zeros((7, 2))
    F[:4, 0], F[4:, 1] = rng.normal(size=4), rng.normal(size=3)
    found = joining_factors(covariance(np.eye(7) + F @ F.T), blocks)
    assert found @ found.T == pytest.approx(F @ F.T)


def test_covariances_within_blocks_need_no_factor():
    V = np.eye(4) + 0.5 * np.equal.outer([0, 0, 1, 1], [0, 0, 1, 1])
    assert joining_factors(covariance(V), np.array([0, 0, 1, 1])).shape == (4, 0)


def test_two_blocks_alone_leave_each_a_variance(rng):
    V = np.array([[0.5, 0.2], [0.2, 0.1]])
    f = joining_factors(covariance(V), np.array([0, 1]))[:, 0]
    assert f[0] * f[1] == pytest.approx(0.2)
    assert (f**2 <= np.diag(V) * (1 + 1e-9)).all()


def test_what_is_no_single_unknown_has_no_factor(rng):
    F = rng.normal(size=(6, 2))
    assert joining_factors(covariance(np.eye(6) + F @ F.T), np.arange(6)) is None


def test_nothing_is_taken_that_the_blocks_do_not_have():
    V = np.full((3, 3), 0.2) + np.diag([0.1, 0.1, -0.1])  # the last row has less than it shares
    assert joining_factors(covariance(V), np.arange(3)) is None


@pytest.fixture
def data(rng):
    work = np.repeat(np.arange(30), 2)
    y = rng.normal(size=60)
    return pd.DataFrame(
        {
            "y": np.where(np.arange(60) % 2 == 0, y, np.nan),
            "hi": np.where(np.arange(60) % 2 == 0, np.nan, y + 0.5),
            "work": work,
            "system": work % 4,
            "lab": work // 10,
            "row": range(60),
            "v": 0.01,
        }
    )


def frame(data, formula):
    return build_frame(formula, data, v="v", upper="hi")


def test_the_large_groupings_are_shared(data):
    found = SharedEffects.of(frame(data, "y ~ 1 + (1 | work/row) + (1 | system)"))
    terms = [
        frame(data, "y ~ 1 + (1 | work/row) + (1 | system)").terms[k].name for k in found.terms
    ]
    assert terms == ["system"]
    assert pd.Series(found.blocks).groupby(data["work"]).nunique().max() == 1
    assert found.blocks.max() + 1 == 30


def test_two_crossed_groupings_are_shared(data):
    found = SharedEffects.of(frame(data, "y ~ 1 + (1 | lab/work/row) + (1 | system)"))
    assert len(found.terms) == 2
    assert found.blocks.max() + 1 == 30


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ 1 + (1 + lab | system)",  # effects that correlate
        "y ~ 1 + (1 | row)",  # nothing is shared, and nothing has to be
    ],
)
def test_other_models_are_left_to_the_general_way(data, formula):
    found = SharedEffects.of(frame(data, formula))
    assert found is None or found.terms == ()


def test_blocks_with_many_bounds_are_too_large(data):
    data["work"] = data["row"] // 10
    data["system"] = data["work"]
    assert SharedEffects.of(frame(data, "y ~ 1 + (1 | work/row)")) is not None  # 6 shared effects
    wide = pd.concat([data.assign(work=data["work"] + 6 * k) for k in range(20)], ignore_index=True)
    wide["row"] = range(len(wide))
    assert SharedEffects.of(frame(wide, "y ~ 1 + (1 | work/row)")) is None  # 120 of them
