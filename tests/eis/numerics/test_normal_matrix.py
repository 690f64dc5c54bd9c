"""Inverses of badly scaled normal matrices, against algebra."""

import numpy as np
import pytest

from metastudy.eis.numerics.normal_matrix import covariance, pseudo_inverse, tangents

SCALES = np.array([1e-9, 1.0, 1e7])
PLAIN = np.array([[2.0, 0.5, 0.2], [0.5, 1.0, -0.3], [0.2, -0.3, 4.0]])
NORMAL = PLAIN * np.outer(SCALES, SCALES)


@pytest.mark.parametrize("invert", [covariance, lambda normal: pseudo_inverse(normal, 1e-12)])
def test_inverse_whatever_the_units_of_the_coordinates(invert):
    expected = np.linalg.inv(PLAIN) / np.outer(SCALES, SCALES)
    np.testing.assert_allclose(invert(NORMAL), expected, rtol=1e-9)


def test_a_direction_without_curvature_is_left_out_or_without_bound():
    flat = np.outer([1.0, 1.0], [1.0, 1.0])  # only the sum is known, with variance 1
    direction = np.array([1.0, 1.0]) / 2
    assert direction @ pseudo_inverse(flat, 1e-12) @ direction * 4 == pytest.approx(1.0)
    assert covariance(flat)[0, 0] > 1e12


def test_the_others_follow_to_the_lowest_point_of_the_quadratic_form():
    scales = np.array([1e-3, 1.0, 1e3])
    normal = PLAIN * np.outer(scales, scales)
    tangent, deviation = tangents(normal[None], np.array([1]))
    assert tangent[0, 1] == pytest.approx(1.0)
    others = [0, 2]
    block = normal[np.ix_(others, others)]
    np.testing.assert_allclose(
        tangent[0, others], -np.linalg.solve(block, normal[others, 1]), rtol=1e-6
    )
    assert deviation[0] == pytest.approx(np.sqrt(np.linalg.inv(PLAIN)[1, 1]), rel=1e-6)


def test_a_coordinate_without_influence_is_not_moved():
    normal = np.diag([1e-40, 1.0, 1.0])
    tangent, _ = tangents(normal[None], np.array([1]))
    np.testing.assert_allclose(tangent[0], [0.0, 1.0, 0.0], atol=1e-9)
