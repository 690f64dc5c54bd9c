"""The share where works may differ: its term against a dense integral, and what it does."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from metastudy.answers.joint import BETWEEN, PREPARATION
from metastudy.answers.preparation import fit_by_work, one_a_treatment
from metastudy.answers.unequal_works import UnequalWorks, gain_of_unequal_works
from metastudy.answers.yardsticks import scatter
from tests.answers.test_preparation import SERIES, asked, simulated

ERROR = 0.15 / np.log(10)
SIZES = (4, 3, 3, 2)


def contrasts_of(scales):
    """Contrasts of works whose standard deviations differ by these factors."""
    rows = simulated(np.random.default_rng(11), SIZES)
    for row in rows:
        factor = scales[int(row["study_id"][1:])]
        row["lo"] = row["hi"] = row["log_ratio"] = factor * row["lo"]
    return one_a_treatment(asked(rows).contrasts, SERIES)[0]


@pytest.fixture(scope="module")
def unequal():
    return contrasts_of((0.2, 3.0, 0.3, 2.0))


def dense(contrasts, log_rms, spread):
    """Log-likelihood where log SDs are normal with this spread, each integrated on a grid."""
    z = np.linspace(-6, 6, 241)
    weights = np.exp(-0.5 * z**2) / np.exp(-0.5 * z**2).sum()
    total = 0.0
    for _, rows in contrasts.groupby("study_id"):
        y, K = rows["lo"].to_numpy(), np.eye(len(rows)) + 1.0
        sds = np.exp(log_rms - spread**2 + spread * z)
        density = [multivariate_normal.pdf(y, cov=(sd**2 + ERROR**2) * K) for sd in sds]
        total += np.log(weights @ np.array(density))
    return total


@pytest.mark.parametrize("sd", [0.2, 0.6, 1.5])
def test_the_gain_is_that_of_the_dense_likelihood(unequal, sd):
    x = np.log(sd)
    spreads = np.linspace(0, 1.5, 31)
    best = max(dense(unequal, x, w) for w in spreads) - dense(unequal, x, 0.0)
    gain = gain_of_unequal_works(fit_by_work(unequal))
    assert float(gain(x)) == pytest.approx(best, abs=0.02)
    assert best > 0.5


def test_the_derivative_of_the_term_is_that_of_its_value(unequal):
    term = UnequalWorks(0, gain_of_unequal_works(fit_by_work(unequal)))
    for variance in (0.01, 0.3, 4.0):
        step = 1e-5 * variance
        ends = term.llf(np.array([variance - step, variance + step]))
        slope = (ends[1] - ends[0]) / (2 * step)
        assert float(term.score(np.array(variance))) == pytest.approx(slope, rel=1e-4, abs=1e-6)
        assert float(term.information(np.array(variance))) >= 0
    for variance in (0.0, 1e12):
        assert float(term.score(np.array(variance))) == 0.0


def test_the_interval_of_the_share_holds_that_of_one_standard_deviation(frozen):
    model = scatter(frozen).joint
    low, high = model.share
    of_one = model.fit.components.share_conf_int([PREPARATION], of=[PREPARATION, BETWEEN])
    assert low <= of_one[0] + 1e-3
    assert high >= of_one[1] - 1e-3
