"""The linear measurement model: R + L + series C and many relaxations, fitted without circuit.

Every causal, linear and stable impedance can be written so (Agarwal, Orazem and Garcia-Rubio
1992, J. Electrochem. Soc. 139, 1917; Boukamp 1995, J. Electrochem. Soc. 142, 1885). Relaxation
times reach one decade beyond the window on each side: without that, noise-free blocking tails
leave residuals of tens of per cent. Instead of a hand-picked number of elements, a ridge chosen
by generalised cross-validation sets how many the data support (Golub, Heath and Wahba 1979,
Technometrics 21, 215).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..numerics.cross_validation import cross_validation_score
from ..optimise.starts import time_constants
from ..spectrum import ComplexArray, FloatArray
from ..weighting.data import interleave

PER_DECADE = 5.0
# Effective coefficients at most, of the numbers of the one part that is fitted.
_MOST_ELEMENTS = 0.5
# Series R, L and 1/C in front of the relaxations.
SERIES = 3


@dataclass(frozen=True)
class MeasurementModel:
    """A fitted measurement model.

    Attributes
    ----------
    tau : ndarray, shape (m,)
        Relaxation times in s.
    coefficients : ndarray, shape (3 + m,)
        R (ohm), L (H), 1/C (1/F), then the weights of the relaxations (ohm, either sign).
    fitted : ndarray, shape (n,)
        Its impedance (or admittance, as the data were).
    elements : float
        Effective number of coefficients.
    spread : ndarray, shape (2n,)
        Standard error of the fitted parts (interleaved), for data errors of one inverse weight,
        in inverse weights.
    """

    tau: FloatArray
    coefficients: FloatArray
    fitted: ComplexArray
    elements: float
    spread: FloatArray


def basis(omega: FloatArray, tau: FloatArray) -> ComplexArray:
    """Columns (n, 3 + m): 1, j omega, 1/(j omega), then 1/(1 + j omega tau)."""
    jw = 1j * omega
    series = np.column_stack([np.ones_like(jw), jw, 1 / jw])
    return np.concatenate([series, 1 / (1 + jw[:, None] * tau)], axis=1)


def measure(
    omega: FloatArray, z: ComplexArray, weight: FloatArray, parts: str = "complex"
) -> MeasurementModel:
    """Fit the model to ``z`` (n,) with interleaved weights (2n,).

    Parameters
    ----------
    parts : {"complex", "real", "imaginary"}
        Which part is fitted; the other one follows. What the fitted part cannot see (L and C in
        the real, R in the imaginary part) is then set by the other one.
    """
    # What one part alone gives for the other depends on relaxations further away.
    tau = time_constants(omega, PER_DECADE, beyond=1.0 if parts == "complex" else 2.0)
    columns = basis(omega, tau)
    rows = interleave(columns.T).T * weight[:, None]
    target = interleave(z) * weight
    seen = {"complex": slice(None), "real": slice(0, None, 2), "imaginary": slice(1, None, 2)}[
        parts
    ]
    used = np.ones(columns.shape[1], dtype=bool)
    if parts == "real":
        used[[1, 2]] = False
    elif parts == "imaginary":
        used[0] = False
    coefficients = np.zeros(columns.shape[1])
    most = 1.0 if parts == "complex" else _MOST_ELEMENTS
    coefficients[used], elements, root = _ridge(rows[seen][:, used], target[seen], most)
    spread = np.sqrt(np.sum((rows[:, used] @ root) ** 2, axis=1))
    if parts != "complex":
        other = slice(1, None, 2) if parts == "real" else slice(0, None, 2)
        rest = target[other] - rows[other] @ coefficients
        hidden = np.linalg.lstsq(rows[other][:, ~used], rest, rcond=None)[0]
        coefficients[~used] = hidden
    return MeasurementModel(tau, coefficients, columns @ coefficients, elements, spread)


def _ridge(a: FloatArray, y: FloatArray, most: float) -> tuple[FloatArray, float, FloatArray]:
    """Ridge with the smallest generalised cross-validation score.

    Returns coefficients, their effective number, and a root of their covariance for unit errors.
    """
    size = np.sqrt(np.einsum("ij,ij->j", a, a))
    scaled = a / size
    values, vectors = np.linalg.eigh(scaled.T @ scaled)
    values = np.maximum(values, 0.0)
    moments = vectors.T @ (scaled.T @ y)
    ridge = values[-1] * np.logspace(-13, -1, 37)
    kept = values / (values + ridge[:, None])
    # Residual sum of squares of every ridge from one decomposition.
    solved = moments / (values + ridge[:, None])
    rss = y @ y - 2 * solved @ moments + (solved**2) @ values
    elements = kept.sum(axis=1)
    rss = np.maximum(rss, 1e-15 * (y @ y))
    score = cross_validation_score(rss, elements, y.size, least_df=1e-3 * y.size)
    # Few numbers can be met by as many coefficients, and cross-validation does not see that.
    score[elements > max(most * y.size, elements.min())] = np.inf
    best = int(np.argmin(score))
    root = vectors * (np.sqrt(values) / (values + ridge[best])) / size[:, None]
    return (vectors @ solved[best]) / size, float(elements[best]), root
