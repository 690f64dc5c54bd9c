"""The score of a penalty, against leaving each point out."""

import numpy as np
import pytest

from metastudy.eis.numerics.cross_validation import cross_validation_score


def test_the_choice_is_near_that_of_leaving_each_point_out():
    """Ridge of a smooth curve: the penalty of the smallest score predicts left-out points well."""
    rng = np.random.default_rng(3)
    x = np.linspace(0, 1, 60)
    X = np.cos(np.pi * np.outer(x, np.arange(20)))
    y = np.sin(4 * x) + 0.1 * rng.normal(size=60)
    rss, elements, left_out = [], [], []
    for ridge in np.logspace(-4, 3, 30):
        hat = X @ np.linalg.solve(X.T @ X + ridge * np.eye(20), X.T)
        residual = y - hat @ y
        rss.append(residual @ residual)
        elements.append(np.trace(hat))
        left_out.append(np.mean((residual / (1 - np.diag(hat))) ** 2))
    score = cross_validation_score(np.array(rss), np.array(elements), 60, least_df=1.0)
    assert left_out[int(np.argmin(score))] < 1.05 * min(left_out)


def test_degrees_of_freedom_do_not_run_out():
    score = cross_validation_score(np.array([1.0]), np.array([50.0]), 40, least_df=2.0)
    assert score == pytest.approx(40 / 4)
