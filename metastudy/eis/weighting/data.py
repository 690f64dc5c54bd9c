"""Measured impedance with its weights, as least squares takes it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..spectrum import ComplexArray, FloatArray

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Data:
    """Measured impedance and weights of the rows.

    ``z`` is (K, n) or (1, n) in ohm. ``weight`` is (K, 2n) or (1, 2n), interleaved Re, Im, Re ...
    in 1/ohm; the cost is the sum of squares of weight times residual. Errors that points share
    come as ``shared`` (2n, k), the H of ``correlated_errors.whitener``, the same for all rows.
    Priors of the model are weighed with ``variance``, that of the weighted residuals; at 0 they are
    left out.
    """

    omega: FloatArray
    z: ComplexArray
    weight: FloatArray
    shared: FloatArray | None = None
    variance: float = 0.0

    def rows(self, chosen: npt.NDArray[np.intp]) -> Data:
        """Keep the data of some rows."""
        if self.z.shape[0] == self.weight.shape[0] == 1:
            return self
        z = self.z if self.z.shape[0] == 1 else self.z[chosen]
        weight = self.weight if self.weight.shape[0] == 1 else self.weight[chosen]
        return replace(self, z=z, weight=weight)

    def without(self, points: npt.NDArray[np.intp]) -> Data:
        """Leave points out; they must share no errors."""
        parts = np.column_stack([2 * points, 2 * points + 1]).ravel()
        return replace(
            self,
            omega=np.delete(self.omega, points),
            z=np.delete(self.z, points, axis=1),
            weight=np.delete(self.weight, parts, axis=1),
        )

    def whitened(self, parts: FloatArray) -> FloatArray:
        """Weighted parts (..., 2n) freed of what their errors share."""
        if self.shared is None:
            return parts
        return np.asarray(parts - (parts @ self.shared) @ self.shared.T)

    def coloured(self, parts: FloatArray) -> FloatArray:
        """Independent parts (..., 2n) given what errors share: the inverse of ``whitened``."""
        if self.shared is None:
            return parts
        h = self.shared
        inner = np.linalg.solve(np.eye(h.shape[1]) - h.T @ h, h.T)
        return np.asarray(parts + (parts @ h) @ inner)

    @property
    def magnitude(self) -> FloatArray:
        """Weighted sum of squares of the data themselves, shape (K,) or (1,)."""
        weighted = interleave(self.z) * self.weight
        return np.asarray(np.einsum("kn,kn->k", weighted, weighted))


def interleave(z: ComplexArray) -> FloatArray:
    """Complex (..., n) as real (..., 2n): Re, Im, Re, Im ..."""
    return np.ascontiguousarray(z).view(np.float64)
