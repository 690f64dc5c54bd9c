"""Products with matrices of few entries against dense ones."""

import numpy as np
import pytest

from metastudy.mixed.solvers.sparse_products import is_sparse, symmetric_product, transposed_product


@pytest.mark.parametrize("share", [0.01, 0.9])
def test_products_do_not_depend_on_how_they_are_taken(share):
    rng = np.random.default_rng(1)
    A = rng.standard_normal((600, 500)) * (rng.random((600, 500)) < share)
    B, M = rng.standard_normal((600, 7)), rng.standard_normal((1, 600, 600))
    M = M + np.swapaxes(M, 1, 2)
    assert is_sparse(A) == (share < 0.05)
    np.testing.assert_allclose(transposed_product(A, B), np.einsum("ni,nj->ij", A, B), atol=1e-12)
    np.testing.assert_allclose(
        symmetric_product(M, A[None]), np.einsum("gij,jk->gik", M, A), atol=1e-11
    )


def test_small_matrices_are_taken_as_they_are():
    assert not is_sparse(np.zeros((4, 4)))
