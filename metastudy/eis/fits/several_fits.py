"""Several spectra under one circuit: the names of one fit, on rows (spectrum, parameter)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from ...confidence import check_alpha
from ..circuits.circuit import Circuit
from ..circuits.model import Model
from ..errors import FitError
from ..numerics import criteria
from ..spectrum import ComplexArray, FloatArray, Spectrum
from ..weighting.data import BoolArray
from .fitted_circuit import FittedCircuit

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ..drawing.curves import FitCurves


class SeveralFits(ABC):
    """What all results of several spectra have.

    Series and frames are indexed by (spectrum, parameter); ``.unstack()`` gives a row for each
    spectrum. Arrays are (K, p) for K spectra and the p parameters of the circuit.
    """

    @property
    @abstractmethod
    def circuit(self) -> Circuit:
        """Circuit of all spectra."""

    @property
    @abstractmethod
    def estimates(self) -> FloatArray:
        """Parameters (K, p) in their units."""

    @property
    @abstractmethod
    def standard_errors(self) -> FloatArray:
        """Standard errors (K, p) in the parameters' units."""

    @property
    @abstractmethod
    def nobs(self) -> int:
        """Real numbers fitted: two for each point."""

    @property
    @abstractmethod
    def df_resid(self) -> float:
        """Residual degrees of freedom of all spectra together."""

    @property
    @abstractmethod
    def llf(self) -> float:
        """Log-likelihood of normal errors in ohm of all spectra together."""

    @abstractmethod
    def _labels(self) -> pd.Index[Any]:
        """Return a label for each spectrum (K), with the name of what it is."""

    @abstractmethod
    def _ends(self, alpha: float) -> FloatArray:
        """Return the ends of the intervals, shape (K, p, 2)."""

    @abstractmethod
    def _covariance(self) -> FloatArray:
        """Return the covariance of all parameters in their units, shape (K p, K p)."""

    @abstractmethod
    def _curves(self) -> Sequence[FitCurves | None]:
        """Return points and lines of each spectrum (K); None where there is no fit."""

    # -- estimates -----------------------------------------------------------------------

    @property
    def params(self) -> pd.Series[float]:
        """Parameters in their units by (spectrum, parameter)."""
        return self._series(self.estimates, "estimate")

    @property
    def bse(self) -> pd.Series[float]:
        """Standard errors in the parameters' units; NaN at a limit."""
        return self._series(self.standard_errors, "se")

    def cov_params(self) -> pd.DataFrame:
        """Covariance of the parameters of all spectra, in the product of their units."""
        import pandas as pd

        index = self._index()
        return pd.DataFrame(self._covariance(), index=index, columns=index)

    def conf_int(self, alpha: float = 0.05) -> pd.DataFrame:
        """Confidence intervals, columns ``lower`` and ``upper``, in the parameters' units.

        Raises
        ------
        FitError
            If alpha is not above 0 and at most 0.5.
        """
        import pandas as pd

        ends = self._ends(check_alpha(alpha, FitError)).reshape(-1, 2)
        return pd.DataFrame(ends, index=self._index(), columns=["lower", "upper"])

    def to_frame(self, alpha: float = 0.05) -> pd.DataFrame:
        """Columns ``estimate``, ``se``, ``lower``, ``upper`` by (spectrum, parameter)."""
        frame = self.conf_int(alpha)
        frame.insert(0, "estimate", self.params)
        frame.insert(1, "se", self.bse)
        return frame

    # -- how well they fit ---------------------------------------------------------------

    @property
    def _parameter_count(self) -> float:
        """Numbers that the data determine, with one variance of the residuals."""
        return self.nobs - self.df_resid + 1

    @property
    def aic(self) -> float:
        """Akaike information criterion of all spectra together."""
        return criteria.aic(self.llf, self._parameter_count)

    @property
    def bic(self) -> float:
        """Bayesian information criterion of all spectra together."""
        return criteria.bic(self.llf, self.nobs, self._parameter_count)

    @property
    def fittedvalues(self) -> pd.Series[complex]:
        """Impedance of the fits in ohm by (spectrum, frequency in Hz)."""
        return self._points([None if one is None else one.fitted_ohm for one in self._curves()])

    @property
    def resid(self) -> pd.Series[complex]:
        """Measured minus fitted impedance in ohm by (spectrum, frequency in Hz)."""
        return self._points(
            [None if one is None else one.measured_ohm - one.fitted_ohm for one in self._curves()]
        )

    def plot(self) -> Figure:
        """Draw all spectra with their fits as Nyquist plots; returns the figure."""
        from ..drawing.plots import plot_spectra

        labels = self._labels()
        named = [
            (one, f"{labels.name} {label:g}")
            for label, one in zip(labels, self._curves(), strict=True)
            if one is not None
        ]
        return plot_spectra([one for one, _ in named], [label for _, label in named])

    # -- helpers -------------------------------------------------------------------------

    def _index(self) -> pd.MultiIndex:
        import pandas as pd

        labels = self._labels()
        names, rows = list(self.circuit.names), np.arange(len(labels))
        return pd.MultiIndex.from_arrays(
            [*_levels(labels, np.repeat(rows, len(names))), np.tile(names, len(labels))],
            names=[*labels.names, "parameter"],
        )

    def _series(self, values: FloatArray, name: str) -> pd.Series[float]:
        import pandas as pd

        return pd.Series(values.reshape(-1), index=self._index(), name=name)

    def _points(self, parts: Sequence[ComplexArray | None]) -> pd.Series[complex]:
        import pandas as pd

        labels = self._labels()
        kept = [
            (k, curves.frequency_hz, part)
            for k, (curves, part) in enumerate(zip(self._curves(), parts, strict=True))
            if curves is not None and part is not None
        ]
        rows = np.repeat([k for k, _, _ in kept], [f.size for _, f, _ in kept]).astype(np.intp)
        frequency = np.concatenate([np.empty(0), *(f for _, f, _ in kept)])
        index = pd.MultiIndex.from_arrays(
            [*_levels(labels, rows), frequency], names=[*labels.names, "frequency_hz"]
        )
        values = np.concatenate([np.empty(0, complex), *(part for _, _, part in kept)])
        return pd.Series(values, index=index)


def _levels(labels: pd.Index[Any], rows: npt.NDArray[np.intp]) -> list[pd.Index[Any]]:
    """Every level of the labels at rows."""
    taken = labels.take(rows)
    return [taken.get_level_values(k) for k in range(labels.nlevels)]


def ends_on_logs(
    estimates: FloatArray, log_se: FloatArray, is_log: BoolArray, df: float, alpha: float
) -> FloatArray:
    """Estimates plus or minus t standard errors, on the logarithm of positive parameters.

    Parameters
    ----------
    estimates, log_se : ndarray, shape (K, p)
        In their units; standard errors of logarithms and of exponents.
    is_log : ndarray of bool, shape (p,)

    Returns
    -------
    ndarray, shape (K, p, 2)
    """
    half = float(stdtrit(df, 1 - alpha / 2)) * log_se
    with np.errstate(all="ignore"):
        centre = np.where(is_log, np.log(np.where(is_log, estimates, 1.0)), estimates)
        ends = np.stack([centre - half, centre + half], axis=-1)
        return np.where(is_log[:, None], np.exp(np.where(is_log[:, None], ends, 0.0)), ends)


def joint_log_likelihood(separate: Sequence[FittedCircuit], chi2: float) -> float:
    """Log-likelihood of spectra fitted together, one factor of all variances estimated.

    Parameters
    ----------
    separate
        The fits one by one, whose residual variances are the units of each spectrum.
    chi2
        Sum over the spectra in those units.
    """
    nobs = sum(one.nobs for one in separate)
    units = [one.nobs * np.log(max(one.chi2_reduced, 1e-300)) for one in separate]
    log_det = sum(one.log_det for one in separate) + float(sum(units))
    return criteria.log_likelihood(chi2, nobs, log_det)


def curves_at(model: Model, spectra: Sequence[Spectrum], v: FloatArray) -> list[FitCurves]:
    """Points and lines of spectra at coordinates (K, q) of one model."""
    from ..drawing.curves import FitCurves, fine_frequencies

    out = []
    for spectrum, row in zip(spectra, v, strict=True):
        f = spectrum.frequency_hz
        fine = fine_frequencies(f)
        natural = model.natural(row).tolist()
        out.append(
            FitCurves(
                circuit=model.circuit,
                parameters=dict(zip(model.circuit.names, natural, strict=True)),
                frequency_hz=f,
                measured_ohm=spectrum.impedance_ohm,
                fitted_ohm=model.impedance(spectrum.omega, row[None])[0],
                fine_hz=fine,
                line_ohm=model.impedance(2 * np.pi * fine, row[None])[0],
            )
        )
    return out
