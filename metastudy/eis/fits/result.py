"""The result of a circuit fit: estimates, intervals, residuals, verdicts. It asks nothing again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from ..circuits.arcs import find_arcs
from ..circuits.capacitance import brug, hsu_mansfeld
from ..circuits.circuit import Circuit
from ..circuits.elements import R
from ..circuits.model import Model
from ..circuits.notation import Leaf
from ..errors import FitError
from ..numerics.normal_matrix import covariance as covariance_of
from ..optimise.levenberg_marquardt import Data, Minimum, interleave
from ..optimise.multistart import SHARP, Search, spread
from ..spectrum import ComplexArray, FloatArray, Spectrum
from ..weighting.residual_tests import (
    RunsTest,
    judge,
    misfit,
    misfit_words,
    runs_test,
    sentence,
    stands_out,
)
from ..weighting.weights import ErrorStructure
from .intervals import bootstrapped, half_widths, profiled, wald

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ..cells.assignment import Assignments
    from ..proposal.propose import Proposal
    from .summary import Summary

INTERVALS = ("profile", "wald", "wald_log", "bootstrap")


@dataclass(frozen=True, eq=False)
class CircuitFit:
    """A circuit fitted to a spectrum; follows the conventions of statsmodels.

    Attributes
    ----------
    spectrum, circuit
        What was fitted to what.
    weights : ndarray, shape (2n,)
        Weights of the parts, interleaved, in 1/ohm, after error structure and robust loss.
    base_weights : ndarray, shape (2n,)
        The same before the robust loss.
    weight_law, loss : str
        As asked for.
    structure : ErrorStructure or None
        The variance law, where it was estimated.
    shared : ndarray, shape (2n, k), or None
        What the errors of points share, as ``systematic.whitener`` gives it.
    variance : float
        Of the weighted residuals, by which priors were weighed; 0 without priors.
    proposal : Proposal or None
        Why this circuit, where it was proposed.
    search : Search
        How the minimum was found.
    """

    spectrum: Spectrum
    circuit: Circuit
    model: Model = field(repr=False)
    minimum: Minimum = field(repr=False)
    search: Search = field(repr=False)
    weights: FloatArray = field(repr=False)
    base_weights: FloatArray = field(repr=False)
    weight_law: str
    loss: str
    structure: ErrorStructure | None = None
    shared: FloatArray | None = field(default=None, repr=False)
    variance: float = 0.0
    proposal: Proposal | None = None

    # -- estimates -----------------------------------------------------------------------

    @property
    def v(self) -> FloatArray:
        """Fitted coordinates of the model, shape (q,)."""
        return np.asarray(self.minimum.v[0])

    @cached_property
    def estimates(self) -> FloatArray:
        """Parameters in their units and the circuit's order, shape (p,)."""
        return self.model.natural(self.v)

    @property
    def params(self) -> pd.Series[float]:
        """Parameters by name, in their units."""
        return self._series(self.estimates, "estimate")

    @property
    def bse(self) -> pd.Series[float]:
        """Standard errors by name, in the parameters' units; 0 if fixed, NaN at a limit."""
        return self._series(self.standard_errors, "std err")

    @property
    def standard_errors(self) -> FloatArray:
        """Standard errors in the circuit's order, shape (p,)."""
        return np.sqrt(np.diag(self.covariance))

    def cov_params(self) -> pd.DataFrame:
        """Covariance of the parameters, in the product of their units."""
        return self._frame(self.covariance)

    def correlations(self) -> pd.DataFrame:
        """Correlations of the logarithms of positive parameters and of the exponents."""
        return self._frame(self._correlation)

    @property
    def nobs(self) -> int:
        """Real numbers fitted: two for each point."""
        return 2 * len(self.spectrum)

    @property
    def df_resid(self) -> float:
        """Residual degrees of freedom: real numbers less the parameters that the data determine.

        A whole number without priors; those add what they determine (``Knowledge.share``).
        """
        free = self.nobs - len(self.model.free)
        known = self.model.known
        if not known:
            return free
        return free + known.share(self.model, self.minimum.normal[0], self.variance)

    @property
    def cost(self) -> float:
        """What was minimised: chi-square, and what priors add to it."""
        return float(self.minimum.cost[0])

    @property
    def chi2(self) -> float:
        """Weighted sum of squared residuals; dimensionless, of the scale of the weights."""
        return max(self.cost - self.variance * float(np.sum(self.prior_distance**2)), 0.0)

    @property
    def prior_distance(self) -> FloatArray:
        """Distance of the fit from each prior, in standard deviations of the prior, shape (m,)."""
        known = self.model.known
        return known.away(self.model, self.minimum.v)[0] if known else np.empty(0)

    @property
    def chi2_reduced(self) -> float:
        """Chi-square by degrees of freedom: with modulus weights, the relative error squared."""
        return self.chi2 / self.df_resid if self.df_resid > 0 else np.nan

    @property
    def bic(self) -> float:
        """Bayesian information criterion, up to a constant of the data and the weights."""
        k = self.nobs - self.df_resid + 1
        return float(self.nobs * np.log(max(self.chi2, 1e-300) / self.nobs) + k * np.log(self.nobs))

    @property
    def aic(self) -> float:
        """Akaike information criterion, up to the same constant."""
        k = self.nobs - self.df_resid + 1
        return float(self.nobs * np.log(max(self.chi2, 1e-300) / self.nobs) + 2 * k)

    # -- intervals -----------------------------------------------------------------------

    def conf_int(
        self,
        alpha: float = 0.05,
        method: str = "profile",
        parameters: Sequence[str] | None = None,
        *,
        rng: np.random.Generator | None = None,
        draws: int = 400,
    ) -> pd.DataFrame:
        """Confidence intervals, columns ``lower`` and ``upper``, in the parameters' units.

        Parameters
        ----------
        alpha : float
            One minus the level.
        method : {"profile", "wald", "wald_log", "bootstrap"}
            Profile likelihood (default: on weakly identifiable spectra it keeps its level where
            Wald's falls below 90 %), estimate plus or minus t standard errors, the same on the
            logarithm, or percentiles of a parametric bootstrap.
        parameters : sequence of str, optional
            Only these.
        rng : numpy Generator
            Needed by the bootstrap, with ``draws`` refits.

        Returns
        -------
        DataFrame
            An open side is 0 or infinity, or the limit of an exponent.

        Raises
        ------
        FitError
            If the method is unknown, a level is outside 0 to 1, or nothing is left to estimate
            the error from.
        """
        import pandas as pd

        names = list(parameters) if parameters is not None else list(self.circuit.names)
        ends = self.intervals(names, alpha, method, rng=rng, draws=draws)
        return pd.DataFrame(ends, index=names, columns=["lower", "upper"])

    def intervals(
        self,
        parameters: Sequence[str],
        alpha: float = 0.05,
        method: str = "profile",
        *,
        rng: np.random.Generator | None = None,
        draws: int = 400,
    ) -> FloatArray:
        """Return what ``conf_int`` does as an array of shape (len(parameters), 2)."""
        names = list(parameters)
        self.circuit.require(names)
        if isinstance(alpha, str) or not 0 < alpha < 1:
            raise FitError(f"alpha = {alpha!r} is not between 0 and 1; 0.05 gives 95 % intervals")
        if method not in INTERVALS:
            raise FitError(f"method {method!r} is not known; use one of {', '.join(INTERVALS)}")
        if self.df_resid <= 0:
            raise FitError("no degrees of freedom are left, so intervals cannot be had")
        chosen = [self.circuit.names.index(name) for name in names]
        if method == "profile":
            return profiled(self, chosen, alpha)
        if method == "bootstrap":
            return bootstrapped(self, alpha, rng, draws)[chosen]
        return wald(self, alpha, logarithm=method == "wald_log")[chosen]

    # -- residuals -----------------------------------------------------------------------

    @cached_property
    def fittedvalues(self) -> ComplexArray:
        """Impedance of the fit at the measured frequencies, ohm, shape (n,)."""
        return np.asarray(self.model.impedance(self.spectrum.omega, self.minimum.v)[0])

    @property
    def resid(self) -> ComplexArray:
        """Measured minus fitted impedance in ohm, shape (n,)."""
        return self.spectrum.impedance_ohm - self.fittedvalues

    def impedance(self, frequency_hz: npt.ArrayLike) -> ComplexArray:
        """Impedance of the fit at any frequencies (Hz), ohm."""
        omega = 2 * np.pi * np.asarray(frequency_hz, dtype=float)
        return np.asarray(self.model.impedance(omega, self.minimum.v)[0])

    @cached_property
    def runs_test(self) -> RunsTest:
        """Runs test of the residuals along frequency, freed of errors that points share."""
        parts = self.data.whitened(interleave(self.resid) * self.weights)
        return runs_test(self.spectrum.frequency_hz, parts.view(np.complex128))

    @property
    def outliers(self) -> npt.NDArray[np.intp]:
        """Points with residuals above three robust standard deviations; none is dropped."""
        parts = self.data.whitened(interleave(self.resid) * self.base_weights)
        return np.flatnonzero(stands_out(np.sqrt((parts.reshape(-1, 2) ** 2).mean(axis=1))))

    # -- verdicts ------------------------------------------------------------------------

    @cached_property
    def identifiability(self) -> dict[str, str]:
        """Each parameter with what the spectrum determines of it, in words.

        Judged by the covariance where the minimum is sharp, and by profiles where it is not.
        """
        half = self.quantile(0.05) * np.sqrt(np.diag(self.log_covariance))
        if not self._is_sharp and self.df_resid > 0:
            half = np.maximum(half, half_widths(self))
        half[list(self._at_limit)] = np.inf
        limit = np.zeros(half.size, dtype=bool)
        limit[list(self._at_limit)] = True
        return judge(self.circuit.names, half, limit)

    @property
    def _is_sharp(self) -> bool:
        """Whether the minimum is alone and sharp enough for its curvature to tell its width."""
        width = spread(self.data, self.minimum)[0]
        return bool(width < SHARP and self.search.others.cost.size == 0)

    @property
    def identifiable(self) -> bool:
        """Whether every free parameter is determined within 10 %."""
        return set(self.identifiability.values()) <= {"determined", "fixed"}

    @property
    def misfit(self) -> float:
        """Root mean square of the residuals of both parts over |Z|, outliers aside."""
        return misfit(self.resid / np.abs(self.spectrum.impedance_ohm))

    @property
    def verdict(self) -> str:
        """One sentence on what the spectrum determines, and whether the circuit has its shape."""
        missed = misfit_words(self.misfit, self.runs_test)
        known = sentence(self.identifiability, self._correlation, self.circuit.names)
        return f"{missed}; {known}" if missed else known

    def capacitances(self) -> pd.DataFrame:
        """Time constant (s) and capacitances (F) of every arc R || CPE or R || C.

        Columns ``tau_s``, ``hsu_mansfeld_f`` and ``brug_f`` (in series with the circuit's
        first resistor in series; NaN if it has none), indexed by the arc's resistor.
        """
        import pandas as pd

        rows = {}
        for arc in find_arcs(self.circuit):
            r, q = self.estimates[arc.r], self.estimates[arc.q]
            n = 1.0 if arc.n is None else self.estimates[arc.n]
            series = self._series_resistance
            rows[self.circuit.names[arc.r]] = {
                "tau_s": (r * q) ** (1 / n) if n > 0 else np.nan,
                "hsu_mansfeld_f": hsu_mansfeld(q, n, r),
                "brug_f": brug(q, n, series, r) if series > 0 else np.nan,
            }
        return pd.DataFrame.from_dict(
            rows, orient="index", columns=["tau_s", "hsu_mansfeld_f", "brug_f"]
        )

    def summary(self) -> Summary:
        """Table of the fit that prints itself."""
        from .summary import Summary

        return Summary.of(self)

    def plot(self, kind: str = "nyquist", assigned: Assignments | None = None) -> Figure:
        """Draw the fit: ``nyquist``, ``bode``, ``residuals`` or ``all``; returns the figure.

        With ``assigned`` (of ``assign_arcs``) the arcs carry their names.
        """
        from ..drawing.plots import plot_fit

        return plot_fit(self, kind, assigned)

    # -- algebra -------------------------------------------------------------------------

    @cached_property
    def data(self) -> Data:
        """Frequencies, impedance and weights as the solver takes them."""
        z = self.spectrum.impedance_ohm[None]
        return Data(self.spectrum.omega, z, self.weights[None], self.shared, self.variance)

    def quantile(self, alpha: float) -> float:
        """Two-sided quantile of Student's t at the residual degrees of freedom."""
        return float(stdtrit(max(self.df_resid, 1), 1 - alpha / 2))

    @cached_property
    def _coordinates_at_limit(self) -> npt.NDArray[np.bool_]:
        return (self.v <= self.model.low) | (self.v >= self.model.high)

    @cached_property
    def _at_limit(self) -> tuple[int, ...]:
        return tuple(i for k, i in enumerate(self.model.free) if self._coordinates_at_limit[k])

    @cached_property
    def log_covariance(self) -> FloatArray:
        """Covariance of log parameters and exponents, given those that stand on a limit."""
        moving = ~self._coordinates_at_limit
        normal = self.minimum.normal[0][np.ix_(moving, moving)]
        jacobian = self.model.log_parameter_jacobian(self.v)[:, moving]
        return np.asarray(jacobian @ covariance_of(normal) @ jacobian.T * self.chi2_reduced)

    @cached_property
    def covariance(self) -> FloatArray:
        """Covariance in the parameters' units, shape (p, p); NaN at a limit."""
        scale = np.where(self.model.is_log, self.estimates, 1.0)
        covariance = self.log_covariance * np.outer(scale, scale)
        limit = list(self._at_limit)
        covariance[limit] = np.nan
        covariance[:, limit] = np.nan
        return np.asarray(covariance)

    @cached_property
    def _correlation(self) -> FloatArray:
        sd = np.sqrt(np.diag(self.log_covariance))
        with np.errstate(all="ignore"):
            out = self.log_covariance / np.outer(sd, sd)
        np.fill_diagonal(out, 1.0)
        return np.asarray(out)

    @property
    def _series_resistance(self) -> float:
        for term in self.circuit.terms:
            if isinstance(term, Leaf) and term.element is R:
                return float(self.estimates[self.circuit.names.index(term.label)])
        return 0.0

    def _series(self, values: FloatArray, name: str) -> pd.Series[float]:
        import pandas as pd

        return pd.Series(values, index=list(self.circuit.names), name=name)

    def _frame(self, values: FloatArray) -> pd.DataFrame:
        import pandas as pd

        names = list(self.circuit.names)
        return pd.DataFrame(values, index=names, columns=names)
