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
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.special import stdtr

from ...confidence import check_alpha
from ..errors import FitError
from ..spectrum import FloatArray, Spectrum
from .evaluations import (
    WEIGHTS,
    Estimate,
    Reference,
    Variant,
    Window,
    evaluate_all,
    variants,
    window_words,
    windows,
)

if TYPE_CHECKING:
    import pandas as pd

    from ...summary import Summary


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

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> circuit = "R0-p(R1,CPE1)-CPE2"
    >>> values = [220.0, 1000.0, 1e-7, 0.9, 1e-5, 0.9]
    >>> noise = np.random.default_rng(1).normal(1, 0.003, 41)
    >>> spectrum = eis.Spectrum(f, eis.Circuit(circuit).impedance(f, values) * noise)
    >>> averaged = eis.average(spectrum, circuit, "R1")
    >>> round(sum(member.weight for member in averaged.members), 9)
    1.0
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

    @property
    def params(self) -> pd.Series[float]:
        """The resistance (ohm) by its arc."""
        import pandas as pd

        return pd.Series([self.resistance_ohm], index=[self.arc], name="estimate")

    @property
    def bse(self) -> pd.Series[float]:
        """Its standard error (ohm), within the evaluations and between them."""
        import pandas as pd

        sd = self.resistance_ohm * np.sqrt(self.log_variance)
        return pd.Series([sd], index=[self.arc], name="se")

    def conf_int(self, alpha: float = 0.05) -> pd.DataFrame:
        """Find the ends (ohm) that leave alpha/2 of the weighted tails outside on either side.

        Columns ``lower`` and ``upper``.

        Raises
        ------
        FitError
            If alpha is not above 0 and at most 0.5.
        """
        import pandas as pd

        alpha = check_alpha(alpha, FitError)
        ends = [[np.exp(self._end(alpha / 2)), np.exp(self._end(1 - alpha / 2))]]
        return pd.DataFrame(ends, index=[self.arc], columns=["lower", "upper"])

    def to_frame(self, alpha: float = 0.05) -> pd.DataFrame:
        """Columns ``estimate``, ``se``, ``lower``, ``upper`` in ohm, one row."""
        frame = self.conf_int(alpha)
        frame.insert(0, "estimate", self.params)
        frame.insert(1, "se", self.bse)
        return frame

    def summary(self, alpha: float = 0.05) -> Summary:
        """Text of the average and its members; prints itself, in a notebook as HTML."""
        import pandas as pd

        from ...summary import Summary, SummaryTable

        members = pd.DataFrame(
            {
                "circuit": m.variant.words,
                "window": window_words(m.window),
                "law": m.weight_law,
                "r_ohm": np.exp(m.found.log_resistance),
                "weight": m.weight,
            }
            for m in self.members
        )
        title = f"Resistance (ohm), {100 * (1 - alpha):g} % interval"
        return Summary(
            [
                f"Average      {len(self.members)} evaluations of {self.arc}; {self.rule}",
                f"Between them {self.between_dex:.3g} dex",
            ],
            [SummaryTable(title, self.to_frame(alpha)), SummaryTable("Members", members)],
            [f"No result: {what}: {reason}" for what, reason in self.refused],
        )

    def _end(self, below: float) -> float:
        """Value of ln R with the share ``below`` of the weighted distributions under it."""
        sd = np.sqrt(np.maximum(self._variances, 1e-300))
        df = np.array([m.found.df_resid for m in self.members], dtype=float)
        low = float(np.min(self._logs - 1e3 * sd)) - 1e-9
        high = float(np.max(self._logs + 1e3 * sd)) + 1e-9

        def beyond(x: float) -> float:
            return float(self._weights @ stdtr(df, (x - self._logs) / sd)) - below

        return float(brentq(beyond, low, high, xtol=1e-14, maxiter=500))

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

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> circuit = "R0-p(R1,CPE1)-CPE2"
    >>> values = [220.0, 1000.0, 1e-7, 0.9, 1e-5, 0.9]
    >>> noise = np.random.default_rng(1).normal(1, 0.003, 41)
    >>> spectrum = eis.Spectrum(f, eis.Circuit(circuit).impedance(f, values) * noise)
    >>> averaged = eis.average(spectrum, circuit, "R1")
    >>> interval = averaged.conf_int().loc["R1"]
    >>> bool(interval["lower"] < 1000 < interval["upper"])
    True
    """
    reference = Reference.of(spectrum, circuit, arc, weights, high_frequency_error)
    chosen = variants(reference) if circuits is None else tuple(circuits)
    members: list[Member] = []
    refused: list[tuple[str, str]] = []
    for window in windows(spectrum) if over_windows is None else over_windows:
        found = []
        for one in evaluate_all(spectrum, reference, chosen, [window], weights):
            if one.found is None:
                refused.append((f"{one.variant.words}, {one.weight_law}", one.reason))
            else:
                found.append((one, one.found))
        shares = akaike_weights(np.array([e.criterion for _, e in found]))
        members += [
            Member(one.variant, window, one.weight_law, e, float(share))
            for (one, e), share in zip(found, shares, strict=True)
        ]
    total = sum(m.weight for m in members)
    if total <= 0:
        why = refused[0][1] if refused else "no window has points enough for its parameters"
        raise FitError(f"no evaluation gives a resistance of {arc}: {why}")
    members = [
        Member(m.variant, m.window, m.weight_law, m.found, m.weight / total) for m in members
    ]
    return Averaged(arc, tuple(sorted(members, key=lambda m: -m.weight)), tuple(refused))


def akaike_weights(criterion: FloatArray) -> FloatArray:
    """Weights exp(-criterion/2), adding to one, shape (m,); all 0 where none is finite."""
    if not np.isfinite(criterion).any():
        return np.zeros_like(criterion)
    raw = np.exp(-(criterion - criterion.min()) / 2)
    return np.asarray(raw / raw.sum())
