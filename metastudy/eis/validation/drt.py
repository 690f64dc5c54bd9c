"""Distribution of relaxation times with the regularisation chosen by the data.

Z = R + j omega L + 1/(j omega C) + integral of gamma(ln tau)/(1 + j omega tau) d ln tau with
gamma >= 0. The curvature of gamma is penalised (Tikhonov); its weight is the one with the
smallest generalised cross-validation score of the unconstrained problem (Wahba 1990, Spline
Models for Observational Data; Saccoccio et al. 2014, Electrochim. Acta 147, 470, compare such
choices). A constant-phase tail has no finite distribution: where a CPE in place of C lowers the
score it is used, with the exponent of the best score.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import nnls

from ...confidence import check_alpha
from ..errors import EisError
from ..numerics.cross_validation import cross_validation_score
from ..optimise.starts import time_constants
from ..spectrum import ComplexArray, FloatArray, Spectrum, require_spectrum
from ..weighting.copies import without_copies
from .drt_intervals import AreaProfiles, area_interval
from .drt_peaks import SIGNIFICANT, Peak, find_peaks, foot, reaches, unseparated
from .drt_system import SERIES, curvature, weighted_system
from .kramers_kronig import check_kramers_kronig
from .signs import sign_remark

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ...summary import Summary

PER_DECADE = 8.0
# Standard errors of the score given up for smoothness.
SMOOTHER = 1.0
# Tails tried: none but C (1.0), and constant phases down to a Warburg.
TAILS = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5)
# Time constants for intervals, of those for the distribution.
_FINER = 3.0
# Multiple of the noise, and share of |Z|, above which the curve misses the points.
_MISSED, _LEAST_MISFIT = 2.0, 0.01


@dataclass(frozen=True)
class RelaxationTimes:
    """A distribution of relaxation times; ``params`` are the areas of its peaks.

    The estimate is penalised, so it has no likelihood and no information criterion.

    Attributes
    ----------
    tau : ndarray, shape (m,)
        Time constants in s.
    gamma : ndarray, shape (m,)
        Distribution per unit of ln tau, in ohm; not negative.
    gamma_se : ndarray, shape (m,)
        Standard error given the regularisation; says nothing of its bias.
    resistance, inductance, tail_q, tail_n : float
        Series R (ohm), L (H), and the tail's Q (S s^n, infinite if there is none) and n.
    regularisation : float
        Weight of the curvature, relative to the largest eigenvalue of the data's normal matrix.
    spectrum : Spectrum
        What was measured, without copies of points.
    fittedvalues : ndarray, shape (n,)
        Impedance of it all in ohm.
    df_resid : float
        Real numbers less the effective number of columns in use.
    peaks : tuple of Peak
        All peaks by rising tau; ``arcs`` are those that count, ``unseparated`` those that share
        their areas.
    covariance : ndarray, shape (k, k)
        Of the areas of the peaks in ohm^2, given the regularisation; intervals need no such.
    window : (float, float)
        Time constants in s whose apex lies in the measured window.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> z = eis.Circuit("R0-p(R1,C1)").impedance(f, {"R0": 10.0, "R1": 100.0, "C1": 1e-6})
    >>> spectrum = eis.Spectrum(f, z)
    >>> times = eis.relaxation_times(spectrum)
    >>> round(times.polarisation)  # R1
    100
    """

    tau: FloatArray
    gamma: FloatArray
    gamma_se: FloatArray
    resistance: float
    inductance: float
    tail_q: float
    tail_n: float
    regularisation: float
    spectrum: Spectrum
    fittedvalues: ComplexArray
    df_resid: float
    peaks: tuple[Peak, ...]
    covariance: FloatArray
    window: tuple[float, float]

    @property
    def polarisation(self) -> float:
        """Area of the whole distribution in ohm."""
        return float(np.trapezoid(self.gamma, np.log(self.tau)))

    @property
    def arcs(self) -> tuple[Peak, ...]:
        """Peaks in the window that are more than noise and more than the foot of a larger one.

        A depressed arc has long feet, which noise cuts into small peaks of their own. A peak
        counts if it exceeds three standard errors and the area that arcs with n = 0.7 (Cole and
        Cole) in the place of all larger peaks would have between its borders.
        """
        low, high = self.window
        counted = []
        for peak in self.peaks:
            feet = sum(foot(p, peak.borders) for p in self.peaks if p.area > peak.area)
            if low <= peak.tau <= high and peak.area > max(SIGNIFICANT * peak.area_se, feet):
                counted.append(peak)
        return tuple(counted)

    @property
    def unseparated(self) -> tuple[tuple[Peak, ...], ...]:
        """Groups of neighbouring peaks that the regularisation does not tell apart.

        They are nearer to each other than a factor ``resolution``. The sum of a group is known;
        the intervals of its members allow for other borders between them.
        """
        return unseparated(self.peaks)

    @property
    def remarks(self) -> list[str]:
        """One sentence on each group of peaks that are not told apart."""
        words: list[str] = []
        for group in self.unseparated:
            places = ", ".join(f"{peak.tau:.3g}" for peak in group)
            factor = max(peak.resolution for peak in group)
            area = sum(peak.area for peak in group)
            words.append(
                f"the peaks at {places} s are nearer than a factor {factor:.2g}, within which this "
                f"spectrum tells no arcs apart: their sum of {area:.4g} ohm is known better than "
                "its parts"
            )
        return words

    @cached_property
    def noise(self) -> float:
        """Random part of each of Re and Im over |Z|, by the Kramers-Kronig check."""
        return check_kramers_kronig(self.spectrum).noise

    @property
    def misfit(self) -> float:
        """Root mean square of the residuals of both parts over |Z|."""
        return float(np.sqrt(np.mean(np.abs(self.resid / self.spectrum.impedance_ohm) ** 2) / 2))

    @property
    def misses(self) -> bool:
        """Whether the curve misses the points by more than their noise, so the areas are wrong."""
        return self.misfit > max(_MISSED * self.noise, _LEAST_MISFIT)

    @property
    def verdict(self) -> str:
        """Say whether the curve of the distribution meets the points."""
        size = f"{100 * self.misfit:.2g} % of |Z|, noise {100 * self.noise:.2g} %"
        if not self.misses:
            return f"the curve meets the points to {size}"
        turned = sign_remark(self.spectrum)
        return (
            f"{turned}{turned and '; '}the curve misses the points by {size}: areas and intervals "
            "do not hold"
        )

    @property
    def nobs(self) -> int:
        """Real numbers fitted: two for each point."""
        return 2 * len(self.spectrum)

    @property
    def resid(self) -> ComplexArray:
        """Measured minus fitted impedance in ohm, shape (n,)."""
        return self.spectrum.impedance_ohm - self.fittedvalues

    @property
    def params(self) -> pd.Series[float]:
        """Area (ohm) of every peak by its time constant (s)."""
        return self._series([peak.area for peak in self.peaks], "estimate")

    @property
    def bse(self) -> pd.Series[float]:
        """Standard error (ohm) of every area, given the regularisation."""
        return self._series([peak.area_se for peak in self.peaks], "se")

    def cov_params(self) -> pd.DataFrame:
        """Covariance of the areas, ohm^2."""
        import pandas as pd

        index = self._index()
        return pd.DataFrame(self.covariance, index=index, columns=index)

    def conf_int(self, alpha: float = 0.05) -> pd.DataFrame:
        """Bound the areas, in ohm, columns ``lower`` and ``upper``.

        Profile likelihoods over all distributions that are nowhere negative and fit the spectrum,
        not only the regularised one, and over the borders between peaks that are not told apart.
        They hold for arcs whose own distributions do not reach across a border. An end is infinite
        where the spectrum does not bound the area.

        Raises
        ------
        EisError
            If alpha is not above 0 and at most 0.5.
        """
        import pandas as pd

        alpha = check_alpha(alpha, EisError)
        ends = [
            area_interval(self._profiles, reach, peak.area, alpha)
            for peak, reach in zip(self.peaks, reaches(self.peaks), strict=True)
        ]
        return pd.DataFrame(ends, index=self._index(), columns=["lower", "upper"], dtype=float)

    def to_frame(self, alpha: float = 0.05) -> pd.DataFrame:
        """Peaks with columns ``estimate``, ``se``, ``lower``, ``upper`` in ohm.

        The standard error is given the regularisation; the interval is that of ``conf_int``.
        """
        frame = self.conf_int(alpha)
        frame.insert(0, "estimate", self.params)
        frame.insert(1, "se", self.bse)
        return frame

    def summary(self, alpha: float = 0.05) -> Summary:
        """Text of the distribution; prints itself, in a notebook as HTML."""
        from ...summary import Summary, SummaryTable

        tail = "none" if np.isinf(self.tail_q) else f"Q {self.tail_q:.4g} S s^n, n {self.tail_n:g}"
        title = f"Areas of the peaks (ohm), {100 * (1 - alpha):g} % intervals"
        counted = ", ".join(f"{peak.tau:.3g} s" for peak in self.arcs) or "none"
        return Summary(
            [
                f"Spectrum         {len(self.spectrum)} points",
                f"In series        R {self.resistance:.4g} ohm, L {self.inductance:.3g} H; tail "
                f"{tail}",
                f"Regularisation   {self.regularisation:.2g} of the largest eigenvalue, "
                f"{self.df_resid:.4g} degrees of freedom left",
            ],
            [SummaryTable(title, self.to_frame(alpha))],
            [
                f"Peaks that count as arcs: {counted}",
                *([self._resolution] if self.peaks else []),
                *(f"Not told apart: {words}" for words in self.remarks),
                f"Residuals: {self.verdict}",
            ],
        )

    def plot(self) -> Figure:
        """Draw gamma against tau; returns the figure."""
        from ..drawing.plots import plot_relaxation_times

        arcs = [(peak.tau, peak.area) for peak in self.arcs]
        return plot_relaxation_times(self.tau, self.gamma, self.gamma_se, self.window, arcs)

    @property
    def _resolution(self) -> str:
        factors = [peak.resolution for peak in self.arcs or self.peaks]
        low, high = f"{min(factors):.2g}", f"{max(factors):.2g}"
        span = low if low == high else f"{low} to {high} (by peak)"
        return f"Resolution: arcs nearer than a factor {span} may be one peak"

    @cached_property
    def _profiles(self) -> AreaProfiles:
        per_decade = (self.tau.size - 1) / np.log10(self.tau[-1] / self.tau[0])
        return AreaProfiles(self.spectrum, self.tail_n, _FINER * per_decade)

    def _index(self) -> pd.Index[float]:
        import pandas as pd

        return pd.Index([peak.tau for peak in self.peaks], name="tau_s", dtype=float)

    def _series(self, values: list[float], name: str) -> pd.Series[float]:
        import pandas as pd

        return pd.Series(values, index=self._index(), name=name, dtype=float)


def relaxation_times(spectrum: Spectrum, per_decade: float = PER_DECADE) -> RelaxationTimes:
    """Distribution of relaxation times of a spectrum, with nothing to choose.

    Parameters
    ----------
    per_decade : float
        Time constants per decade, over the window and one decade beyond on each side.

    Raises
    ------
    EisError
        If the spectrum has fewer than ten points.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> z = eis.Circuit("R0-p(R1,C1)").impedance(f, {"R0": 10.0, "R1": 100.0, "C1": 1e-6})
    >>> spectrum = eis.Spectrum(f, z)
    >>> times = eis.relaxation_times(spectrum)
    >>> bool(0.5 < times.peaks[0].tau / 1e-4 < 2)  # R1 C1 = 1e-4 s
    True
    """
    require_spectrum(spectrum)
    spectrum, _ = without_copies(spectrum)
    if len(spectrum) < 10 or np.any(spectrum.impedance_ohm == 0):
        raise EisError(
            f"the spectrum has {len(spectrum)} points, {int(np.sum(spectrum.impedance_ohm == 0))} "
            "of exactly 0 ohm; a distribution of relaxation times needs at least 10 and none of 0"
        )
    found = _distribution(spectrum, per_decade, local=False)
    if not found.misses:
        return found
    # Where |Z| spans many decades, one penalty for all time constants smears the largest arc.
    again = _distribution(spectrum, per_decade, local=True)
    return again if again.misfit < found.misfit else found


def _distribution(spectrum: Spectrum, per_decade: float, *, local: bool) -> RelaxationTimes:
    """Find the distribution with one penalty on curvature, or one by what the data see locally."""
    omega, z = spectrum.omega, spectrum.impedance_ohm
    weight = np.repeat(1 / np.abs(z), 2)
    tau = time_constants(omega, per_decade)
    systems = [weighted_system(omega, z, weight, tau, n, local=local) for n in TAILS]
    # The relaxations, and so their curvature, are those of every tail.
    d = curvature(systems[0][2])
    scored = [(_choose(a, y, d), k) for k, (a, y, _) in enumerate(systems)]
    (score, ridge), k = min(scored, key=lambda item: item[0][0])
    # A Warburg-like tail needs evidence: a plain C that scores as well is kept.
    if scored[0][0][0] <= 1.02 * score:
        (score, ridge), k = scored[0]
    tail_n, (a, y, size) = TAILS[k], systems[k]
    x, covariance, freedom = _solve(a, y, ridge, size, d)
    weights = x[SERIES:]
    covariance = covariance[SERIES:, SERIES:]
    peaks, areas = find_peaks(tau, weights, covariance, _response(a, ridge, size, d))
    gamma = weights * per_decade / np.log(10)
    se = np.sqrt(np.maximum(np.diag(covariance), 0.0)) * per_decade / np.log(10)
    return RelaxationTimes(
        tau=tau,
        gamma=gamma,
        gamma_se=se,
        resistance=float(x[0]),
        inductance=float(x[1]),
        tail_q=1 / float(x[2]) if x[2] > 0 else np.inf,
        tail_n=tail_n,
        regularisation=ridge,
        spectrum=spectrum,
        fittedvalues=np.ascontiguousarray((a @ (x * size)) / weight).view(np.complex128),
        df_resid=freedom,
        peaks=peaks,
        covariance=areas,
        window=(float(1 / omega.max()), float(1 / omega.min())),
    )


def _choose(a: FloatArray, y: FloatArray, d: FloatArray) -> tuple[float, float]:
    """Smallest generalised cross-validation score and its regularisation, with penalty ``d``."""
    normal, penalty = a.T @ a, d.T @ d
    top = float(np.linalg.norm(normal, 2))
    # One generalised decomposition serves every weight: normal + weight * penalty.
    values, vectors = eigh(penalty, normal + 1e-10 * top * np.eye(len(normal)))
    values = np.maximum(values, 0.0)
    moments = vectors.T @ (a.T @ y)
    grid = np.logspace(-9, 1, 31)
    kept = 1 / (1 + grid[:, None] * top * values)
    rss = y @ y - (moments**2 * (2 * kept - kept**2)).sum(axis=1)
    rss = np.maximum(rss, 1e-12 * (y @ y))
    score = cross_validation_score(rss, kept.sum(axis=1), y.size, least_df=1.0)
    # The smoothest that the data cannot tell from the best (one standard error of a chi-square).
    best = int(np.flatnonzero(score <= score.min() * (1 + SMOOTHER * np.sqrt(2 / y.size)))[-1])
    return float(score.min()), float(grid[best])


def _solve(
    a: FloatArray, y: FloatArray, ridge: float, size: FloatArray, d: FloatArray
) -> tuple[FloatArray, FloatArray, float]:
    """Non-negative solution in ohm, H, 1/Q, its covariance on the columns in use, and df."""
    weight = ridge * float(np.linalg.norm(a.T @ a, 2))
    stacked = np.concatenate([a, np.sqrt(weight) * d])
    solution, _ = nnls(stacked, np.concatenate([y, np.zeros(len(d))]), maxiter=50 * a.shape[1])
    active = solution > 0
    inverse = np.linalg.pinv(stacked[:, active].T @ stacked[:, active], hermitian=True)
    residual = y - a @ solution
    elements = np.trace(inverse @ (a[:, active].T @ a[:, active]))
    freedom = max(float(y.size - elements), 1.0)
    variance = float(residual @ residual) / freedom
    covariance = np.zeros((a.shape[1], a.shape[1]))
    covariance[np.ix_(active, active)] = variance * inverse
    return solution / size, covariance / np.outer(size, size), freedom


def _response(a: FloatArray, ridge: float, size: FloatArray, d: FloatArray) -> FloatArray:
    """Return what the penalty makes of one relaxation at each time constant (a column each)."""
    normal = a.T @ a
    top = float(np.linalg.norm(normal, 2))
    penalised = normal + ridge * top * (d.T @ d) + 1e-10 * top * np.eye(len(normal))
    relaxations = size[SERIES:]
    answer = np.linalg.solve(penalised, normal)[SERIES:, SERIES:]
    return np.asarray(answer * relaxations / relaxations[:, None])
