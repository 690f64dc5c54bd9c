"""A circuit at the minimum of one spectrum: estimates, covariance, residuals, criteria."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from ..circuits.circuit import Circuit
from ..circuits.model import Model
from ..numerics import criteria
from ..numerics.normal_matrix import covariance as covariance_of
from ..optimise.levenberg_marquardt import Minimum
from ..optimise.multistart import SHARP, Search, spread
from ..spectrum import ComplexArray, FloatArray, Spectrum
from ..weighting.data import BoolArray, Data, interleave
from ..weighting.residual_tests import RunsTest, misfit, runs_test, stands_out
from ..weighting.weights import COARSEST, ErrorStructure, rounding_floor
from .proposed import Proposal

# Residuals over |Z| that rounding may have caused: larger ones are not asked for their digits.
EXACT = 10 * COARSEST


@dataclass(frozen=True, eq=False, kw_only=True)
class FittedCircuit:
    """What was fitted to what, and where the minimum is.

    Attributes
    ----------
    spectrum : Spectrum
    model : Model
        The circuit with its constraints and coordinates.
    minimum : Minimum
        One row, under the final weights.
    search : Search
        How the minimum was found.
    weights : ndarray, shape (2n,)
        Weights of the parts, interleaved, in 1/ohm, after error structure and robust loss.
    base_weights : ndarray, shape (2n,)
        The same before the robust loss.
    weight_law, loss : str
        As asked for.
    structure : ErrorStructure or None
        The variance law, where it was estimated.
    shared : ndarray, shape (2n, k), or None
        What the errors of points share, as ``correlated_errors.whitener`` gives it.
    variance : float
        Of the weighted residuals, by which priors were weighed; 0 without priors.
    proposal : Proposal or None
        Why this circuit, where it was proposed.
    """

    spectrum: Spectrum
    model: Model
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

    @property
    def circuit(self) -> Circuit:
        """What was fitted."""
        return self.model.circuit

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
    def standard_errors(self) -> FloatArray:
        """Standard errors in the circuit's order, shape (p,)."""
        return np.sqrt(np.diag(self.covariance))

    @cached_property
    def coordinates_at_limit(self) -> BoolArray:
        """Which coordinates are on a limit, shape (q,)."""
        return (self.v <= self.model.low) | (self.v >= self.model.high)

    @cached_property
    def at_limit(self) -> BoolArray:
        """Which parameters are on a limit, shape (p,)."""
        out = np.zeros(len(self.circuit.names), dtype=bool)
        out[np.array(self.model.free)[self.coordinates_at_limit]] = True
        return out

    @cached_property
    def on_bound(self) -> dict[str, float]:
        """Parameters on a bound that the caller gave, inside the limits of the element."""
        out = {}
        for name, sides in self.model.bounds.items():
            i = self.circuit.names.index(name)
            declared = self.circuit.parameters[i].declared
            value = float(self.estimates[i])
            if self.at_limit[i] and value in sides and value not in (declared.low, declared.high):
                out[name] = value
        return out

    @cached_property
    def log_covariance(self) -> FloatArray:
        """Covariance of log parameters and exponents, given those on a limit."""
        moving = ~self.coordinates_at_limit
        normal = self.minimum.normal[0][np.ix_(moving, moving)]
        jacobian = self.model.log_parameter_jacobian(self.v)[:, moving]
        return np.asarray(jacobian @ covariance_of(normal) @ jacobian.T * self.residual_variance)

    @cached_property
    def covariance(self) -> FloatArray:
        """Covariance in the parameters' units, shape (p, p); NaN at a limit."""
        scale = np.where(self.model.is_log, self.estimates, 1.0)
        covariance = self.log_covariance * np.outer(scale, scale)
        covariance[self.at_limit] = np.nan
        covariance[:, self.at_limit] = np.nan
        return np.asarray(covariance)

    @cached_property
    def correlation(self) -> FloatArray:
        """Correlation of log parameters and exponents, shape (p, p)."""
        sd = np.sqrt(np.diag(self.log_covariance))
        with np.errstate(all="ignore"):
            out = self.log_covariance / np.outer(sd, sd)
        np.fill_diagonal(out, 1.0)
        return np.asarray(out)

    @property
    def is_sharp(self) -> bool:
        """Whether the minimum is alone and sharp enough for its curvature to tell its width."""
        width = spread(self.data, self.minimum)[0]
        return bool(width < SHARP and self.search.others.cost.size == 0)

    # -- how well it fits ----------------------------------------------------------------

    @property
    def nobs(self) -> int:
        """Real numbers fitted: two for each point."""
        return 2 * len(self.spectrum)

    @property
    def df_resid(self) -> float:
        """Residual degrees of freedom: real numbers less the parameters that the data determine.

        A whole number without priors; those add what they determine
        (``ParameterPriors.effective_df``).
        """
        free = self.nobs - len(self.model.free)
        priors = self.model.priors
        if not priors:
            return free
        return free + priors.effective_df(self.model.free, self.minimum.normal[0], self.variance)

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
        priors = self.model.priors
        if not priors:
            return np.empty(0)
        distance = priors.standardised(self.model.log_parameters(self.minimum.v))
        return np.asarray(distance[0])

    @property
    def chi2_reduced(self) -> float:
        """Chi-square by degrees of freedom: with modulus weights, the relative error squared."""
        return self.chi2 / self.df_resid if self.df_resid > 0 else np.nan

    @cached_property
    def residual_variance(self) -> float:
        """Variance of the weighted residuals for intervals: at least that of rounding.

        Exact or rounded numbers may be met more closely than their digits tell.
        """
        variance, weights = self.chi2_reduced, EXACT * self.relative_weights
        # The median is what counts and takes long, so the largest is asked first.
        if not (variance < weights.max() ** 2 and variance < float(np.median(weights)) ** 2):
            return variance
        floor = rounding_floor(self.spectrum.impedance_ohm) * self.weights
        return max(variance, float(np.mean(floor**2)))

    @property
    def relative_weights(self) -> FloatArray:
        """Weights of the parts in units of 1/|Z|, shape (2n,)."""
        return np.asarray(self.weights * np.repeat(np.abs(self.spectrum.impedance_ohm), 2))

    @property
    def log_det(self) -> float:
        """Ln det of the covariance of the 2n parts (ohm^2) before the common factor."""
        out = -2 * float(np.sum(np.log(self.weights)))
        if self.shared is not None:
            # The inverse root of the covariance of the weighted parts is I - H H'.
            h = self.shared
            out -= 2 * float(np.linalg.slogdet(np.eye(h.shape[1]) - h.T @ h)[1])
        return out

    @property
    def llf(self) -> float:
        """Log-likelihood of normal errors in ohm whose common variance is estimated."""
        return criteria.log_likelihood(self.chi2, self.nobs, self.log_det)

    @property
    def parameter_count(self) -> float:
        """Numbers that the data determine: parameters, and the variance of the residuals."""
        return self.nobs - self.df_resid + 1

    @property
    def aic(self) -> float:
        """Akaike information criterion, for circuits under the same weights."""
        return criteria.aic(self.llf, self.parameter_count)

    @property
    def bic(self) -> float:
        """Bayesian information criterion, for circuits under the same weights."""
        return criteria.bic(self.llf, self.nobs, self.parameter_count)

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

    @property
    def misfit(self) -> float:
        """Root mean square of the residuals of both parts over |Z|, outliers aside."""
        return misfit(self.resid / np.abs(self.spectrum.impedance_ohm))

    # -- for the solver ------------------------------------------------------------------

    @cached_property
    def data(self) -> Data:
        """Frequencies, impedance and weights as the solver takes them."""
        z = self.spectrum.impedance_ohm[None]
        return Data(self.spectrum.omega, z, self.weights[None], self.shared, self.variance)

    def quantile(self, alpha: float) -> float:
        """Two-sided quantile of Student's t at the residual degrees of freedom."""
        return float(stdtrit(max(self.df_resid, 1), 1 - alpha / 2))
