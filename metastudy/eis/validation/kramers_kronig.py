"""Kramers-Kronig check: whether any linear, causal and stable system fits the spectrum.

It does not show the drift of a cell that changes slowly against the period of its own relaxation;
``metastudy.eis.validation.plausibility`` says what can be known of drift.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import stdtrit

from ..errors import EisError
from ..spectrum import ComplexArray, FloatArray, Spectrum, require_spectrum
from ..weighting.copies import first_of_copies, without_copies
from ..weighting.data import interleave
from .measurement_model import measure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Residuals of noise-free blocking cells reach 0.1 to 0.3 % by truncation of the model alone.
PASS_LIMIT = 0.005
# Points averaged when waves are told from noise, and the probability that noise alone makes a wave
# anywhere in a spectrum.
_WINDOW = 5
FALSE_ALARM = 0.01
# Standard errors that make a wave at least.
_WAVE = 4.0
VARIANTS = ("complex", "real", "imaginary")
REPRESENTATIONS = ("impedance", "admittance")


@dataclass(frozen=True)
class KramersKronig:
    """Outcome of the check.

    Attributes
    ----------
    passed : bool
    residual : ndarray, shape (n,)
        (measured - model)/|measured|, complex, in the order of the spectrum.
    noise : float
        Standard deviation of the random part of each of Re and Im, relative to |Z|.
    wave : float
        Largest systematic part: residual averaged over neighbouring points, relative to |Z|.
    bad_ranges : tuple of (float, float)
        Frequency ranges in Hz, low to high, where the systematic part exceeds its limit.
    outliers : ndarray of int
        Points far off their neighbours; flagged, never dropped.
    elements : float
        Effective number of elements the data supported.
    variant, representation : str
    spectrum : Spectrum
        What was checked.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> z = eis.Circuit("R0-p(R1,C1)").impedance(f, {"R0": 10.0, "R1": 100.0, "C1": 1e-6})
    >>> spectrum = eis.Spectrum(f, z)
    >>> test = eis.check_kramers_kronig(spectrum)
    >>> test.residual.shape, test.bad_ranges
    ((41,), ())
    """

    passed: bool
    residual: ComplexArray
    noise: float
    wave: float
    bad_ranges: tuple[tuple[float, float], ...]
    outliers: npt.NDArray[np.intp]
    elements: float
    variant: str
    representation: str
    spectrum: Spectrum

    @property
    def words(self) -> str:
        """Verdict in one sentence."""
        if self.passed:
            return (
                f"consistent with Kramers-Kronig: systematic residual {100 * self.wave:.2g} %, "
                f"noise {100 * self.noise:.2g} % of |Z|"
            )
        ranges = ", ".join(f"{low:.3g} to {high:.3g} Hz" for low, high in self.bad_ranges)
        return (
            f"not consistent with Kramers-Kronig at {ranges}: systematic residual "
            f"{100 * self.wave:.2g} % beside noise of {100 * self.noise:.2g} % of |Z|"
        )

    def plot(self) -> Figure:
        """Draw the residuals with bad ranges shaded; returns the figure."""
        from ..drawing.plots import plot_kramers_kronig

        return plot_kramers_kronig(
            self.spectrum.frequency_hz, self.residual, self.bad_ranges, self.words
        )


def check_kramers_kronig(
    spectrum: Spectrum, variant: str = "complex", representation: str | None = None
) -> KramersKronig:
    """Check a spectrum against the Kramers-Kronig relations by the linear measurement model.

    Parameters
    ----------
    variant : {"complex", "real", "imaginary"}
        Fit both parts, or one and predict the other.
    representation : {"impedance", "admittance"}, optional
        By default the impedance, and the admittance for the imaginary variant: a blocking tail
        makes Im Z diverge, and of it alone nothing can be predicted, while Y stays finite. On
        noise-free blocking cells these three hold the pass limit; the real part of Y and the
        imaginary part of Z do not.

    Raises
    ------
    EisError
        If an option is unknown or fewer than ten points are given.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> z = eis.Circuit("R0-p(R1,C1)").impedance(f, {"R0": 10.0, "R1": 100.0, "C1": 1e-6})
    >>> spectrum = eis.Spectrum(f, z)
    >>> eis.check_kramers_kronig(spectrum).passed
    True
    >>> turned = eis.Spectrum(f, z.real + 1j * np.linspace(0.0, 50.0, 41))  # not causal
    >>> eis.check_kramers_kronig(turned).passed
    False
    """
    require_spectrum(spectrum)
    if variant not in VARIANTS:
        raise EisError(f"variant {variant!r} is not known; use one of {', '.join(VARIANTS)}")
    if representation is None:
        representation = "admittance" if variant == "imaginary" else "impedance"
    if representation not in REPRESENTATIONS:
        raise EisError(
            f"representation {representation!r} is not known; use impedance or admittance"
        )
    if len(spectrum) < 10:
        raise EisError(
            f"the spectrum has {len(spectrum)} points; a Kramers-Kronig check needs at least 10"
        )
    distinct, kept = without_copies(spectrum)
    order = kept[np.argsort(distinct.frequency_hz, kind="stable")]
    omega, z = spectrum.omega[order], spectrum.impedance_ohm[order]
    if np.any(z == 0):
        raise EisError("the spectrum holds an impedance of exactly 0 ohm; leave that point out")
    data = z if representation == "impedance" else 1 / z
    size = np.abs(data)
    good = np.ones(z.size, dtype=bool)
    # One bad point would bend the whole model: measure, set aside what stands out, measure again.
    for _ in range(2):
        weight = np.repeat(np.where(good, 1 / size, 1e-6 / size), 2)
        model = measure(omega, data, weight, variant)
        residual = (data - model.fitted) / size
        outliers = _outliers(residual)
        if np.array_equal(~good, outliers):
            break
        good = ~outliers
    noise = random_part(residual[good])
    if variant != "complex":
        # The model bends to the part that it was fitted to.
        parts = (residual[good].real, residual[good].imag)
        noise = max(noise, *(random_part(part + 1j * part) for part in parts))
    frequency = spectrum.frequency_hz[order]
    spread = model.spread.reshape(-1, 2) if variant != "complex" else np.zeros((z.size, 2))
    bad, wave = _waves(residual, good, noise, spread)
    back = np.empty_like(spectrum.impedance_ohm)
    back[order] = residual
    back = back[first_of_copies(spectrum)]
    return KramersKronig(
        passed=not bad.any(),
        residual=back,
        noise=noise,
        wave=wave,
        bad_ranges=_ranges(frequency, bad),
        outliers=np.sort(order[outliers]),
        elements=model.elements,
        variant=variant,
        representation=representation,
        spectrum=spectrum,
    )


def random_part(residual: ComplexArray) -> float:
    """Read the standard deviation of the random part off second differences along frequency.

    A smooth error leaves second differences alone; white noise gives them the variance 6 sd^2.
    The median keeps single bad points out: of |normal| it is 0.6745 sd.
    """
    parts = interleave(residual).reshape(-1, 2)
    if len(parts) < 3:
        return 0.0
    second = parts[2:] - 2 * parts[1:-1] + parts[:-2]
    return float(np.median(np.abs(second)) / (0.6745 * np.sqrt(6)))


def _outliers(residual: ComplexArray) -> npt.NDArray[np.bool_]:
    """Points, alone or in pairs, whose residual differs from that of the points around by far."""
    parts = interleave(residual).reshape(-1, 2)
    scale = max(float(np.median(np.abs(parts))) / 0.6745, PASS_LIMIT / 3)
    off = np.zeros(len(parts))
    for reach in (1, 2):
        window = 2 * reach + 1
        if len(parts) < window:
            continue
        middle = np.median(sliding_window_view(parts, window, axis=0), axis=-1)
        inner = slice(reach, len(parts) - reach)
        off[inner] = np.maximum(off[inner], np.abs(parts[inner] - middle).max(axis=1))
    return off > 8 * scale


def _waves(
    residual: ComplexArray, good: npt.NDArray[np.bool_], noise: float, spread: FloatArray
) -> tuple[npt.NDArray[np.bool_], float]:
    """Points in ranges of systematic residual, and the largest such residual."""
    parts = np.where(good[:, None], interleave(residual).reshape(-1, 2), 0.0)
    kernel = np.ones(_WINDOW)
    count = np.maximum(np.convolve(good, kernel, mode="same"), 1.0)
    smooth = np.column_stack([np.convolve(p, kernel, mode="same") / count for p in parts.T])
    # A prediction from one part has an error of its own, common to neighbouring points.
    error = noise * np.sqrt(1 / count[:, None] + spread**2)
    # Of n averages of each part the largest is tested: Bonferroni's limit grows with n. The noise
    # is an estimate: of n points it is worth about n/2 degrees of freedom.
    largest = max(_WAVE, -float(stdtrit(len(parts) / 2, FALSE_ALARM / (4 * len(parts)))))
    beyond = np.abs(smooth) > np.maximum(PASS_LIMIT, largest * error)
    return beyond.any(axis=1), float(np.abs(smooth).max())


def _ranges(frequency: FloatArray, bad: npt.NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], bad.astype(int), [0]])))
    return tuple(
        (float(frequency[a]), float(frequency[b - 1]))
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    )
