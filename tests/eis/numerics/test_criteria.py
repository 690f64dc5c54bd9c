"""Information criteria, against scipy's normal density and their definitions."""

import numpy as np
import pytest
from scipy import stats

from metastudy.eis.numerics.criteria import aic, aicc, bic, log_likelihood


def test_the_likelihood_is_the_normal_density_at_the_best_variance():
    rng = np.random.default_rng(7)
    sd, residual = rng.uniform(0.5, 2.0, 30), rng.normal(size=30)
    chi2, log_det = np.sum((residual / sd) ** 2), 2 * np.sum(np.log(sd))
    factor = np.sqrt(chi2 / 30)
    wanted = stats.norm.logpdf(residual, scale=factor * sd).sum()
    assert log_likelihood(chi2, 30, log_det) == pytest.approx(wanted, rel=1e-12)
    for other in (0.9, 1.1):
        assert stats.norm.logpdf(residual, scale=other * factor * sd).sum() < wanted


def test_nothing_below_the_least_variance_is_credited():
    at = log_likelihood(30 * 0.5, 30)
    assert log_likelihood(1e-9, 30, least_variance=0.5) == pytest.approx(at, rel=1e-12)
    assert log_likelihood(30 * 0.5, 30, least_variance=0.4) == pytest.approx(at, rel=1e-12)


def test_criteria_are_their_definitions():
    assert aic(-7.0, 4) == 22.0
    assert bic(-7.0, 100, 4) == pytest.approx(14 + 4 * np.log(100))
    assert aicc(-7.0, 100, 4) == pytest.approx(14 + 8 + 40 / 95)


def test_the_correction_for_few_data_vanishes_with_many_and_has_no_value_with_too_few():
    assert aicc(-7.0, 10**9, 4) == pytest.approx(aic(-7.0, 4))
    assert aicc(-7.0, 10, 9) == np.inf
