"""All defensible evaluations of one spectrum side by side: how far the evaluator moves a number.

What comes out is about the method. On a simulated spectrum it says what the method can do to a
known truth; it is never a share of what the literature scatters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..circuits.notation import dashed
from ..errors import FitError
from ..fits.identifiability import UNDETERMINED
from ..spectrum import Spectrum
from ..weighting.residual_tests import MISSES
from .evaluations import (
    WEIGHTS,
    EvaluatedVariant,
    Reference,
    Variant,
    Window,
    evaluate_all,
    in_series,
    variants,
    window_words,
    windows,
)

if TYPE_CHECKING:
    import pandas as pd

STATEMENT = (
    "The spread is about the method: the same spectrum, evaluated in ways that an evaluator may "
    "defend. It is no share of the scatter in the literature."
)
CHOICES = ("method", "circuit", "window", "weight")


@dataclass(frozen=True)
class Specification:
    """One evaluation: its choices, what it gives (ohm, None for nothing), and whether it is kept.

    ``reason`` says why it is not defensible, and is empty where it is.
    """

    method: str
    circuit: str
    window: Window | None
    weight: str
    resistance_ohm: float | None
    log_sd: float | None
    rms: float | None
    reason: str = ""

    @property
    def window_words(self) -> str:
        """The window as ``all`` or ``low to high Hz``."""
        return window_words(self.window)


@dataclass(frozen=True)
class Multiverse:
    """All evaluations of one arc of one spectrum.

    Attributes
    ----------
    arc : str
    specifications : tuple of Specification

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> circuit = "R0-p(R1,CPE1)-CPE2"
    >>> values = [220.0, 1000.0, 1e-7, 0.9, 1e-5, 0.9]
    >>> noise = np.random.default_rng(1).normal(1, 0.003, 41)
    >>> spectrum = eis.Spectrum(f, eis.Circuit(circuit).impedance(f, values) * noise)
    >>> found = eis.multiverse(spectrum, circuit, "R1")
    >>> len(found.table()) == len(found.specifications)
    True
    """

    arc: str
    specifications: tuple[Specification, ...]
    statement: str = STATEMENT

    @property
    def defensible(self) -> tuple[Specification, ...]:
        """The evaluations without a reason against them."""
        return tuple(u for u in self.specifications if not u.reason)

    @property
    def sd_dex(self) -> float:
        """Standard deviation of log10 R between them, each counted once; NaN below two."""
        logs = self._logs
        return float(np.std(logs, ddof=1)) if logs.size > 1 else np.nan

    @property
    def range_dex(self) -> float:
        """Largest less smallest log10 R."""
        return float(np.ptp(self._logs)) if self._logs.size else np.nan

    @property
    def median_ohm(self) -> float:
        """Median resistance (ohm)."""
        return float(10 ** np.median(self._logs)) if self._logs.size else np.nan

    def table(self) -> pd.DataFrame:
        """One row per evaluation: choices, resistance_ohm, log10_ohm, log_sd, rms, reason."""
        import pandas as pd

        return pd.DataFrame(
            {
                "method": u.method,
                "circuit": u.circuit,
                "window": u.window_words,
                "weight": u.weight,
                "resistance_ohm": u.resistance_ohm,
                "log10_ohm": None if u.resistance_ohm is None else np.log10(u.resistance_ohm),
                "log_sd": u.log_sd,
                "rms": u.rms,
                "reason": u.reason,
            }
            for u in self.specifications
        )

    def by_choice(self) -> pd.DataFrame:
        """For each choice: its levels, and the SD (dex) between the means of the levels.

        The grid is not balanced, so these are no shares and do not add up.
        """
        import pandas as pd

        rows = self.table()
        rows = rows[rows["reason"] == ""]
        found = {}
        for choice in CHOICES:
            means = rows.groupby(choice)["log10_ohm"].mean()
            sd = float(means.std(ddof=1)) if len(means) > 1 else 0.0
            found[choice] = {"levels": len(means), "sd_dex": sd}
        return pd.DataFrame.from_dict(found, orient="index")

    @property
    def _logs(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array([np.log10(u.resistance_ohm or np.nan) for u in self.defensible])


def multiverse(
    spectrum: Spectrum,
    circuit: str,
    arc: str,
    *,
    bulk_ohm: float | None = None,
    bulk_sd_ohm: float = 0.0,
    tolerance: float = MISSES,
    weights: Sequence[str] = WEIGHTS,
    high_frequency_error: float = 0.0,
) -> Multiverse:
    """Evaluate one arc in every defensible way.

    Joint fits of the whole cell (exponent free or 1, the arc whole or split in two, another arc as
    a resistor) in three windows by each weight law; fits of the arc alone, with what lies before
    it free or held at a separately measured bulk; and the intercept of the arc less that bulk.

    Parameters
    ----------
    circuit, arc
        The reference, and the resistor of its arc.
    bulk_ohm, bulk_sd_ohm : float, optional
        Everything before the arc (ohm), measured on another cell, and its standard deviation.
        Without it nothing is subtracted.
    tolerance : float
        Root mean square of the relative residual above which a fit is not defensible.
    weights : sequence of str
        Weight laws: modulus, proportional, unit, or structure, which is read off the residuals of
        each evaluation. With it the reference is fitted under it too.
    high_frequency_error : float
        With structure, the relative error of the instrument at 7 MHz, as in ``fit``.

    Raises
    ------
    FitError
        If the reference cannot be fitted or has no such arc, or an option is not positive or not
        one of those named.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> circuit = "R0-p(R1,CPE1)-CPE2"
    >>> values = [220.0, 1000.0, 1e-7, 0.9, 1e-5, 0.9]
    >>> noise = np.random.default_rng(1).normal(1, 0.003, 41)
    >>> spectrum = eis.Spectrum(f, eis.Circuit(circuit).impedance(f, values) * noise)
    >>> found = eis.multiverse(spectrum, circuit, "R1", bulk_ohm=220.0)
    >>> bool(abs(np.log10(found.median_ohm / 1000)) < 0.05)
    True
    """
    if (bulk_ohm is not None and not bulk_ohm > 0) or bulk_sd_ohm < 0 or not tolerance > 0:
        raise FitError(
            f"bulk_ohm = {bulk_ohm}, bulk_sd_ohm = {bulk_sd_ohm} and tolerance = {tolerance} must "
            "be positive (the second may be 0)"
        )
    reference = Reference.of(spectrum, circuit, arc, weights, high_frequency_error)
    found = [*_joint(spectrum, reference, weights, tolerance)]
    found += _alone(spectrum, reference, weights, tolerance, bulk_ohm)
    if bulk_ohm is not None:
        found.append(_intercept(spectrum, reference, bulk_ohm, bulk_sd_ohm))
    return Multiverse(arc, tuple(found))


def _joint(
    spectrum: Spectrum, reference: Reference, weights: Sequence[str], tolerance: float
) -> Iterator[Specification]:
    tried = variants(reference)
    for one in evaluate_all(spectrum, reference, tried, windows(spectrum), weights):
        yield _specified("joint fit", one, tolerance)


def _alone(
    spectrum: Spectrum,
    reference: Reference,
    weights: Sequence[str],
    tolerance: float,
    bulk_ohm: float | None,
) -> Iterator[Specification]:
    """Fit the arc and what follows it, from the valley before it on."""
    terms = map(dashed, in_series(reference.fitted.circuit))
    tail = "".join(f"-{term}" for term in terms if term.startswith(("CPE", "Q", "C", "W")))
    high = 1 / (2 * np.pi * np.exp(_valley(reference)))
    window = (float(spectrum.frequency_hz.min()), float(high))
    for words, inner in (("exponent free", "CPE"), ("exponent 1", "C")):
        text = f"R0-p(R1,{inner}1){_renamed(tail)}"
        fixes: list[tuple[str, tuple[tuple[str, float], ...]]] = [("rest free", ())]
        if bulk_ohm is not None:
            fixes.append(("measured bulk", (("R0", bulk_ohm),)))
        for method, fixed in fixes:
            variant = Variant(words, text, ("R1",), fixed)
            for one in evaluate_all(spectrum, reference, [variant], [window], weights):
                yield _specified(f"arc alone, {method}", one, tolerance)


def _intercept(
    spectrum: Spectrum, reference: Reference, bulk_ohm: float, bulk_sd_ohm: float
) -> Specification:
    """Real part where the arc meets the tail, read at a point, less the measured bulk."""
    order = np.argsort(-spectrum.frequency_hz)
    z, omega = spectrum.impedance_ohm[order], spectrum.omega[order]
    choices = ("intercept less measured bulk", "none", None, "none")
    below = np.flatnonzero(omega < np.exp(-reference.log_times[reference.position]))
    if below.size == 0:
        return Specification(*choices, None, None, None, "the arc's top lies below the window")
    lowest = int(below[np.argmin(-z.imag[below])])
    if lowest == below[0]:
        return Specification(*choices, None, None, None, "the arc runs into what follows it")
    if lowest == z.size - 1:
        return Specification(*choices, None, None, None, "the arc does not close inside the window")
    value = float(z.real[lowest]) - bulk_ohm
    if value <= 0:
        return Specification(*choices, None, None, None, "the bulk exceeds the intercept")
    sd = bulk_sd_ohm / value
    reason = "not determined" if 2 * sd > UNDETERMINED else ""
    return Specification(*choices, value, sd, None, reason)


def _specified(method: str, one: EvaluatedVariant, tolerance: float) -> Specification:
    choices = (method, one.variant.words, one.window, one.weight_law)
    if one.found is None:
        return Specification(*choices, None, None, None, one.reason)
    reason, sd = "", float(np.sqrt(one.found.log_variance))
    if one.found.rms > tolerance:
        reason = f"misses the points by {100 * one.found.rms:.2g} %"
    elif 2 * sd > UNDETERMINED:
        reason = "not determined"
    return Specification(
        *choices, float(np.exp(one.found.log_resistance)), sd, one.found.rms, reason
    )


def _valley(reference: Reference) -> float:
    """Return ln of the time constant (s) between the arc and the faster one before it."""
    own = float(reference.log_times[reference.position])
    faster = reference.log_times[reference.log_times < own]
    return own - np.log(1e3) if faster.size == 0 else (own + float(faster.max())) / 2


def _renamed(tail: str) -> str:
    """Give the elements of a tail numbers from 2 on, so that none repeats those of the arc."""
    numbers = iter(range(2, 100))
    return re.sub(r"[0-9]+", lambda _: str(next(numbers)), tail)
