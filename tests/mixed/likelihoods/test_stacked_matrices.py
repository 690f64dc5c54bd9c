"""Triangular products of one matrix and of several, against dense algebra."""

import numpy as np
import pytest

from metastudy.mixed.likelihoods.stacked_matrices import (
    congruence,
    crossproduct,
    lower_inverse,
    lower_product,
)


@pytest.mark.parametrize("count", [1, 3])
def test_triangular_products_are_those_of_dense_algebra(count):
    rng = np.random.default_rng(2)
    L, P = (np.tril(rng.standard_normal((count, 5, 5))) + 3 * np.eye(5) for _ in range(2))
    K = rng.standard_normal((count, 5, 5))
    for L_k, P_k, K_k, inverse, product, between, own in zip(
        L, P, K, lower_inverse(L), lower_product(L, P), congruence(P, K), crossproduct(K),
        strict=True,
    ):  # fmt: skip
        np.testing.assert_allclose(inverse @ L_k, np.eye(5), atol=1e-12)
        np.testing.assert_allclose(product, np.tril(L_k.T @ P_k), atol=1e-12)
        np.testing.assert_allclose(between, K_k.T @ (P_k + P_k.T) @ K_k / 2, atol=1e-12)
        np.testing.assert_allclose(own, K_k.T @ K_k, atol=1e-12)
