"""Weights that depend on the fit: an error structure or a loss, followed until neither changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..circuits.model import Model
from ..numerics.normal_matrix import pseudo_inverse
from ..spectrum import FloatArray
from ..weighting.correlated_errors import whitener
from ..weighting.data import Data
from ..weighting.residual_tests import robust_deviation
from ..weighting.weights import LOSSES, ErrorStructure, error_structure
from .levenberg_marquardt import Minimum, minimise
from .multistart import Search


def follow_structure(
    model: Model, data: Data, found: Search, instrument: float
) -> tuple[Search, Data, ErrorStructure]:
    """Alternate between the fit and the variance law of its residuals."""
    structure = ErrorStructure(1.0, 1.0)
    frequency = data.omega / (2 * np.pi)
    for _ in range(8):
        z = model.impedance(data.omega, found.minimum.v)[0]
        before = structure
        structure = error_structure(
            frequency, z, data.z[0] - z, instrument, _leverage(model, data, found.minimum)
        )
        weight = np.repeat(1 / structure.random(frequency, z), 2)
        shared = whitener(frequency, z, weight, instrument)
        # These weights are inverse standard deviations.
        data = replace(data, weight=weight[None], shared=shared, variance=float(bool(model.priors)))
        best = minimise(model, data, found.minimum.v)
        found = replace(found, minimum=best)
        change = abs(structure.exponent - before.exponent) + abs(structure.rise - before.rise)
        if change < 1e-3:
            break
    return found, data, structure


def _leverage(model: Model, data: Data, at: Minimum) -> FloatArray:
    """Share of each point's variance (n,) that the fit takes from its residual."""
    slopes = model.evaluate(data.omega, at.v)[1][0].view(np.float64) * data.weight[0]
    parts = np.einsum("in,ij,jn->n", slopes, pseudo_inverse(at.normal[0], 1e-12), slopes)
    return np.asarray(parts.reshape(-1, 2).mean(axis=1))


def follow_loss(model: Model, data: Data, found: Search, loss: str) -> tuple[Search, Data]:
    """Reweight points in rounds by their residual in robust standard deviations."""
    base = data.weight[0]
    for _ in range(30):
        z = model.impedance(data.omega, found.minimum.v)[0]
        parts = (np.ascontiguousarray(data.z[0] - z).view(np.float64) * base).reshape(-1, 2)
        size = np.sqrt((parts**2).mean(axis=1))
        scale = max(robust_deviation(size), 1e-300)
        factor = np.sqrt(LOSSES[loss](size / scale))
        data = replace(data, weight=(base * np.repeat(factor, 2))[None])
        before = found.minimum.v
        best = minimise(model, data, before)
        found = replace(found, minimum=best)
        if np.max(np.abs(best.v - before)) < 1e-7:
            break
    return found, data
