"""Prediction of a new contact from reference arms, bounds included.

The standard deviations of the model of reference arms are taken as they were fitted. Given them,
rows and the new contact are jointly normal, so its mean is the best linear unbiased prediction
(Robinson 1991, 10.1214/ss/1177011926). What a bound leaves open is drawn by Gibbs sampling of the
truncated normal (Geweke 1991). Student's t with the degrees of freedom of the total standard
deviation stands for the error of that standard deviation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from metastudy.bridge.modelling.model_rows import ModelRows

FloatArray = NDArray[np.float64]

# Prior SD (dex) of the overall mean: so wide that the rows alone place it.
FLAT_DEX = 100.0
CHAINS, BURN_IN, KEPT = 200, 200, 10
# Shares of a normal between these have a finite quantile.
LEAST_SHARE, MOST_SHARE = 1e-300, 1.0 - 1e-16


@dataclass(frozen=True)
class Predicted:
    """Predictive distribution of log10 R (ohm cm2): Student's t, averaged over ``means``.

    Attributes
    ----------
    means
        One mean for each draw of what bounds leave open, shape (draws,); one without bounds.
    sd
        Standard deviation (dex) around a mean.
    df
        Degrees of freedom of t.
    """

    means: FloatArray
    sd: float
    df: int

    def below(self, y: float) -> float:
        """Return the probability that log10 R of a new contact is below ``y``."""
        return float(stats.t.cdf((y - self.means) / self.sd, self.df).mean())

    def quantile(self, probability: float) -> float:
        """Return the value of log10 R that a new contact is below with a probability."""

        def excess(y: float) -> float:
            return self.below(y) - probability

        reach = float(abs(stats.t.ppf(probability, self.df))) * self.sd + 1.0
        low, high = float(self.means.min()) - reach, float(self.means.max()) + reach
        return float(optimize.brentq(excess, low, high, xtol=1e-10))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Return both ends (log10) of the 1 - alpha prediction interval."""
        return self.quantile(alpha / 2.0), self.quantile(1.0 - alpha / 2.0)


@dataclass(frozen=True)
class JointNormal:
    """Rows and new contacts as one normal distribution, for components that are known.

    Attributes
    ----------
    rows
        The rows; ``system`` is the group of nominally the same thing.
    sigma2
        Variances (dex squared) by component: work, work:observation and, where there is more than
        one group, system.
    """

    rows: ModelRows
    sigma2: Mapping[str, float]

    def predict(
        self, system: str | None, work: str | None, df: int, rng: np.random.Generator
    ) -> Predicted:
        """Predict one new contact.

        Parameters
        ----------
        system
            Its group; None for a new one.
        work
            Its work; None for a new one.
        df
            Degrees of freedom of t.
        rng
            For the draws of what bounds leave open.
        """
        frame = self.rows.frame
        between = self.sigma2.get("system", 0.0)
        of_work, within = (self.sigma2.get(name, 0.0) for name in ("work", "work:observation"))
        systems, works = frame["system"].to_numpy(), frame["work"].to_numpy()
        cov = FLAT_DEX**2 + between * np.equal.outer(systems, systems)
        cov = cov + of_work * np.equal.outer(works, works) + within * np.eye(len(frame))
        cov = cov + self.rows.V
        shared = FLAT_DEX**2 + between * (systems == system) + of_work * (works == work)
        weights = np.linalg.solve(cov, shared)
        variance = FLAT_DEX**2 + between + of_work + within - float(shared @ weights)
        values = self._completed(cov, rng)
        return Predicted(self._centre() + values @ weights, float(np.sqrt(variance)), df)

    def _centre(self) -> float:
        """Return a value near the rows, taken off so that a flat prior costs no digits."""
        return float(np.nanmedian(self.rows.frame[["lo", "hi"]].to_numpy(float)))

    def _completed(self, cov: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Return values of all rows (dex from the centre), shape (draws, n)."""
        frame = self.rows.frame
        lo = frame["lo"].fillna(-np.inf).to_numpy(float) - self._centre()
        hi = frame["hi"].fillna(np.inf).to_numpy(float) - self._centre()
        open_ = np.flatnonzero(~frame["exact"].to_numpy(bool))
        if not len(open_):
            return lo[None]
        start = np.where(np.isfinite(lo) & np.isfinite(hi), (lo + hi) / 2, 0.0)
        start = np.where(np.isfinite(lo) & ~np.isfinite(hi), lo + 0.5, start)
        start = np.where(~np.isfinite(lo) & np.isfinite(hi), hi - 0.5, start)
        values = np.tile(start, (CHAINS, 1))
        precision = np.linalg.inv(cov)
        kept = []
        for sweep in range(BURN_IN + KEPT):
            for i in open_:
                sd = 1.0 / np.sqrt(precision[i, i])
                mean = values[:, i] - values @ precision[i] / precision[i, i]
                values[:, i] = _truncated(mean, sd, lo[i], hi[i], rng)
            if sweep >= BURN_IN:
                kept.append(values.copy())
        return np.concatenate(kept)


def _truncated(
    mean: FloatArray, sd: float, lo: float, hi: float, rng: np.random.Generator
) -> FloatArray:
    """Draw normals between two limits, from the side where the tail keeps its digits."""
    a, b = (lo - mean) / sd, (hi - mean) / sd
    flip = a > 0
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    below, above = special.ndtr(a), special.ndtr(b)
    share = np.clip(rng.uniform(below, above), LEAST_SHARE, MOST_SHARE)
    z = np.clip(special.ndtri(share), a, b)
    return np.asarray(mean + sd * np.where(flip, -z, z))
