"""Capacitances of arcs whose capacitive branch is a constant phase element.

Two conversions are in use and differ by decades in the literature, so both are named. With the
distribution of time constants normal to the electrode (a film, R || CPE alone), Hsu and Mansfeld
2001, Corrosion 57, 747: C = Q^(1/n) R^((1-n)/n). With the distribution along a blocking electrode
in series with Rs, Brug et al. 1984, J. Electroanal. Chem. 176, 275, eq. 20:
C = Q^(1/n) (1/Rs + 1/R)^((n-1)/n).
"""

from __future__ import annotations

import numpy as np


def hsu_mansfeld(q: float, n: float, r: float) -> float:
    """Capacitance in F of R (ohm) beside a CPE (Q in S s^n): tau/R at the apex, NaN at n = 0."""
    if n == 0:
        return float("nan")
    return float(np.exp(np.log(q) / n + np.log(r) * (1 - n) / n))


def brug(q: float, n: float, series_r: float, r: float = np.inf) -> float:
    """Capacitance in F of a CPE (Q in S s^n) behind ``series_r`` (ohm), with ``r`` parallel to it.

    ``r`` infinite is the blocking electrode; NaN at n = 0.
    """
    if n == 0:
        return float("nan")
    return float(np.exp(np.log(q) / n + np.log(1 / series_r + 1 / r) * (n - 1) / n))
