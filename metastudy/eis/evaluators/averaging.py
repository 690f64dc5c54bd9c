"""One resistance averaged over circuits, weight laws and windows: its interval holds them all.

Within a window the evaluations have the same data: their weights are those of Akaike,
exp(-AICc/2), between circuits and weight laws. An error structure that is read off the residuals
is one more law beside the others, not in their place: where it describes the errors no better its
further parameters cost it its weight, and where it does the others lose theirs. Between windows
the data differ and no criterion compares them: each window has the same share. The interval is
that of Turek and Fletcher 2012, Comput. Stat. Data Anal. 56, 2809 (model-averaged tail areas):
its ends leave alpha/2 of the weighted tails on either side, on ln R with Student's t of each fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from ..errors import EisError, FitError
from ..spectrum import FloatArray, Spectrum
from .evaluations import (
    WEIGHTS,
    Estimate,
    Reference,
    Variant,
    Window,
    estimate,
    variants,
    windows,
)

RULE = "AICc within a window, equal shares between windows"


@dataclass(frozen=True)
class Member:
    """One evaluation in an average, with its weight."""

    variant: Variant
    window: Window | None
    weight_law: str
    found: Estimate
    weight: float


@dataclass(frozen=True)
class Averaged:
    """A resistance averaged over evaluations.

    Attributes
    ----------
    arc : str
        Resistor of the arc in the reference circuit.
    members : tuple of Member
        The heaviest first; the weights add to one.
    refused : tuple of (str, str)
        Evaluations that gave nothing, with the reason.
    rule : str
        How the weights were made.
    """

    arc: str
    members: tuple[Member, ...]
    refused: tuple[tuple[str, str], ...]
    rule: str = RULE

    @property
    def resistance_ohm(self) -> float:
        """Weighted mean of ln R as a resistance (ohm)."""
        return float(np.exp(self._weights @ self._logs))

    @property
    def log_variance(self) -> float:
        """Variance of ln R: within the evaluations and between them (Buckland 1997, Biometrics)."""
        away = self._logs - self._weights @ self._logs
        return float(self._weights @ (self._variances + away**2))

    @property
    def between_dex(self) -> float:
        """Standard deviation (dex) between evaluations alone, by their weights."""
        away = self._logs - self._weights @ self._logs
        return float(np.sqrt(self._weights @ away**2) / np.log(10))

    def conf_int(self, alpha: float = 0.05) -> tuple[float, float]:
        """Lower and upper end (ohm) that leave alpha/2 of the weighted tails outside.

        Raises
        ------
        FitError
            If alpha is not between 0 and 1.
        """
        if not 0 < alpha < 1:
            raise FitError(f"alpha = {alpha:g} is not between 0 and 1; 0.05 gives 95 % intervals")
        return float(np.exp(self._end(alpha / 2))), float(np.exp(self._end(1 - alpha / 2)))

    def _end(self, below: float) -> float:
        """Value of ln R with the share ``below`` of the weighted distributions under it."""
        sd = np.sqrt(np.maximum(self._variances, 1e-300))
        df = np.array([m.found.df_resid for m in self.members], dtype=float)
        low = float(np.min(self._logs - 1e3 * sd)) - 1e-9
        high = float(np.max(self._logs + 1e3 * sd)) + 1e-9
        for _ in range(200):
            middle = (low + high) / 2
            if self._weights @ stdtr(df, (middle - self._logs) / sd) < below:
                low = middle
            else:
                high = middle
        return (low + high) / 2

    @property
    def _weights(self) -> FloatArray:
        return np.array([m.weight for m in self.members])

    @property
    def _logs(self) -> FloatArray:
        return np.array([m.found.log_resistance for m in self.members])

    @property
    def _variances(self) -> FloatArray:
        return np.array([m.found.log_variance for m in self.members])


def average(
    spectrum: Spectrum,
    circuit: str,
    arc: str,
    *,
    circuits: Sequence[Variant] | None = None,
    over_windows: Sequence[Window | None] | None = None,
    weights: Sequence[str] = WEIGHTS,
    high_frequency_error: float = 0.0,
) -> Averaged:
    """Average the resistance of one arc over evaluations.

    Parameters
    ----------
    circuit, arc
        The reference, and the resistor of its arc.
    circuits : sequence of Variant, optional
        By default those of ``evaluations.variants``: exponent free or 1, the arc split, another arc
        as a resistor.
    over_windows : sequence, optional
        Windows in Hz, None for all frequencies; by default all, and without either end decade.
    weights : sequence of str
        Weight laws: modulus, proportional, unit, or structure, which is read off the residuals of
        each evaluation. With it the reference is fitted under it too.
    high_frequency_error : float
        With structure, the relative error of the instrument at 7 MHz, as in ``fit``.

    Raises
    ------
    FitError
        If no evaluation gives a resistance, or an option is not one of those named.
    """
    reference = Reference.of(spectrum, circuit, arc, weights, high_frequency_error)
    chosen = variants(reference) if circuits is None else tuple(circuits)
    members: list[Member] = []
    refused: list[tuple[str, str]] = []
    for window in windows(spectrum) if over_windows is None else over_windows:
        found: list[tuple[Variant, str, Estimate]] = []
        for variant in chosen:
            for law in weights:
                try:
                    found.append(
                        (variant, law, estimate(spectrum, reference, variant, window, law))
                    )
                except EisError as error:
                    refused.append((f"{variant.words}, {law}", str(error)))
        shares = akaike_weights(np.array([e.criterion for _, _, e in found]))
        members += [
            Member(variant, window, law, e, float(share))
            for (variant, law, e), share in zip(found, shares, strict=True)
        ]
    total = sum(m.weight for m in members)
    if not members or total <= 0:
        raise FitError(f"no evaluation gives a resistance of {arc}: {refused[0][1]}")
    members = [
        Member(m.variant, m.window, m.weight_law, m.found, m.weight / total) for m in members
    ]
    return Averaged(arc, tuple(sorted(members, key=lambda m: -m.weight)), tuple(refused))


def akaike_weights(criterion: FloatArray) -> FloatArray:
    """Weights exp(-criterion/2), adding to one, shape (m,); empty for none."""
    if criterion.size == 0:
        return criterion
    raw = np.exp(-(criterion - criterion.min()) / 2)
    return np.asarray(raw / raw.sum())
