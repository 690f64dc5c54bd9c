"""Whether residuals are random, single points stand out, and the circuit has the right shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from ..spectrum import ComplexArray, FloatArray

# Root mean square of a point's two residuals, in robust standard deviations, that flags it:
# of points with normal errors exp(-3^2) = 1.2e-4.
OUTLIER = 3.0
# Probability of so few runs in white residuals, below which they are said to keep waves.
WAVES = 1e-3
# Root mean square of residuals over |Z|: a line this far off still passes as a fit in a Nyquist
# plot, and where it keeps waves the circuit has another shape than the data.
MISSES = 0.03
# The same over the noise read without a circuit: of white residuals of 50 points or more, 1 % are
# above this, and fewer keep waves as well.
MULTIPLE = 1.3


@dataclass(frozen=True)
class RunsTest:
    """Wald-Wolfowitz runs test of residual signs along frequency.

    Too few runs mean that the fit misses the shape. Attributes: ``runs`` seen and ``expected``,
    the standardised difference ``z`` and the two-sided ``pvalue``.
    """

    runs: int
    expected: float
    z: float
    pvalue: float

    @property
    def words(self) -> str:
        """Runs seen and expected, and the probability, in one line."""
        return f"{self.runs} runs, {self.expected:.0f} expected (p = {self.pvalue:.2g})"


def runs_test(frequency_hz: FloatArray, residual: ComplexArray) -> RunsTest:
    """Test the runs of real and imaginary residuals (n,), each in order of frequency.

    Source: Wald and Wolfowitz 1940, Ann. Math. Stat. 11, 147; both parts are added.
    """
    order = np.argsort(frequency_hz, kind="stable")
    runs, expected, variance = 0, 0.0, 0.0
    for part in (residual.real[order], residual.imag[order]):
        signs = np.sign(part)
        signs = signs[signs != 0]
        above, below = int(np.sum(signs > 0)), int(np.sum(signs < 0))
        total = above + below
        if total < 2:
            continue
        product = 2.0 * above * below
        runs += 1 + int(np.sum(signs[1:] != signs[:-1]))
        expected += 1 + product / total
        variance += product * (product - total) / (total**2 * (total - 1))
    z = (runs - expected) / np.sqrt(variance) if variance > 0 else 0.0
    return RunsTest(runs, expected, float(z), float(2 * ndtr(-abs(z))))


def stands_out(size: FloatArray, by: float = OUTLIER) -> npt.NDArray[np.bool_]:
    """Say which points have residuals above some robust standard deviations.

    Parameters
    ----------
    size : ndarray, shape (n,)
        Root mean square of both parts of each weighted residual.
    by : float
        How many standard deviations.
    """
    return np.asarray(size > by * robust_deviation(size))


def robust_deviation(size: FloatArray) -> float:
    """Return the standard deviation of residuals by the median of ``size`` (n,)."""
    # The median of the root mean square of two standard normal numbers is sqrt(ln 2).
    return float(np.median(size) / np.sqrt(np.log(2)))


def misfit(share: ComplexArray) -> float:
    """Root mean square of both parts of residuals over |Z|, shape (n,), outliers aside."""
    size = np.abs(share) / np.sqrt(2)
    inside = size[~stands_out(size)]
    return float(np.sqrt(np.mean(inside**2)))


def in_waves(runs: RunsTest) -> bool:
    """Whether residuals keep their sign longer than chance would have it."""
    return runs.pvalue < WAVES and runs.runs < runs.expected


def misses(misfit: float, runs: RunsTest) -> bool:
    """Whether residuals are so large, and so far from random, that the circuit has another shape.

    Parameters
    ----------
    misfit : float
        Root mean square of the residuals of both parts over |Z|, outliers aside.
    runs : RunsTest
        Of the same residuals.
    """
    return misfit > MISSES and in_waves(runs)


def misfit_words(misfit: float, *, waves: bool) -> str:
    """Say that a circuit has another shape than the data, or nothing."""
    if not waves or misfit <= MISSES:
        return ""
    return (
        f"the circuit misses the points by {100 * misfit:.1f} % of |Z| in waves, so its intervals "
        "do not hold"
    )


def multiple_words(misfit: float, noise: float, frequency_hz: float | None = None) -> str:
    """Say that a misfit over |Z|, in waves or near one frequency, is larger than the noise."""
    digits = ".1f" if misfit > MISSES else ".2g"
    where = "in waves" if frequency_hz is None else f"near {frequency_hz:.3g} Hz"
    times = f"{misfit / noise:#.2g}".rstrip(".") if misfit < 99 * noise else "over 99"
    return (
        f"the circuit misses the points by {100 * misfit:{digits}} % of |Z| {where}, "
        f"{times} times the noise of {100 * noise:.2g} %, so its intervals do not hold"
    )


def outlier_words(frequency_hz: FloatArray, share: float) -> str:
    """Say that points at these frequencies stand out, the most by this share of |Z|."""
    shown = ", ".join(f"{f:.3g}" for f in frequency_hz[:3])
    more = ", ..." if frequency_hz.size > 3 else ""
    one = frequency_hz.size == 1
    points = "1 point stands out" if one else f"{frequency_hz.size} points stand out"
    return (
        f"{points} by up to {100 * share:.2g} % of |Z| ({shown}{more} Hz), which may shift the "
        f"values: leave {'it' if one else 'them'} out or take loss='huber'"
    )
