"""The posterior of a spread against a dense likelihood with random draws of each work's own."""

import numpy as np
import pytest
from scipy.stats import t as student

from metastudy.answers.preparation import fit_by_work, preparation
from metastudy.answers.spread_posterior import OMEGA_SCALE, spread_posterior
from tests.answers.test_preparation import SERIES, asked, simulated

ERROR = 0.15 / np.log(10)
SIZES = (3, 2, 2, 4)
DRAWS = 4000


@pytest.fixture(scope="module")
def found():
    return preparation(asked(simulated(np.random.default_rng(8), SIZES)), SERIES)


def dense(contrasts, log_sd, own):
    """Log-likelihood, with the log ratio of each work's SD to the common one, shape (draws, w)."""
    total = 0.0
    for k, (_, rows) in enumerate(contrasts.groupby("study_id")):
        y = rows["lo"].to_numpy()
        K = np.eye(y.size) + 1.0
        variance = np.exp(2 * (log_sd + own[:, k])) + ERROR**2
        total = total - 0.5 * (y @ np.linalg.solve(K, y) / variance + y.size * np.log(variance))
    return total


@pytest.mark.parametrize("works", ["alike", "differ"])
def test_quantiles_are_those_of_the_dense_likelihood(found, works):
    rng = np.random.default_rng(9)
    omega = np.abs(rng.normal(0, OMEGA_SCALE, (DRAWS, 1)))
    own = omega * rng.normal(size=(DRAWS, len(SIZES))) - omega**2
    if works == "alike":
        own = np.zeros((1, len(SIZES)))
    grid = np.linspace(np.log(0.02), np.log(20), 300)
    likelihood = np.array([np.exp(dense(found.contrasts, x, own)).mean() for x in grid])
    table = spread_posterior(fit_by_work(found.contrasts))
    for row in table[table["works"] == works].to_dict("records"):
        density = likelihood * student.pdf(np.exp(grid) / row["scale"], 4) * np.exp(grid)
        below = np.cumsum(density) / density.sum()
        ends = np.exp(np.interp([0.025, 0.5, 0.975], below, grid))
        assert [row["lower"], row["median"], row["upper"]] == pytest.approx(ends, rel=0.05)


def test_posteriors_are_given_with_and_without_the_work_that_moves_most(found):
    table = found.posterior
    assert table.groupby("of").size().to_dict() == {"all works": 6, f"without {found.moved_by}": 6}
    few = preparation(asked(simulated(np.random.default_rng(1), (2,))), SERIES)
    assert few.posterior.empty
