"""The result of a circuit fit as users get it: series, frames, intervals, verdicts, pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ...confidence import check_alpha
from ..circuits.arcs import find_arcs
from ..circuits.capacitance import brug, hsu_mansfeld
from ..circuits.elements import R
from ..circuits.notation import Leaf
from ..errors import FitError
from ..spectrum import FloatArray
from .adequacy import Adequacy
from .fitted_circuit import FittedCircuit
from .identifiability import parameter_verdicts, verdict_sentence
from .intervals import bootstrapped, profiled, wald

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ...summary import Summary
    from ..drawing.curves import FitCurves

INTERVALS = ("profile", "wald", "wald_log", "bootstrap")


@dataclass(frozen=True, eq=False, kw_only=True)
class CircuitFit(FittedCircuit):
    """A circuit fitted to a spectrum, with the names of statsmodels.

    Attributes are those of ``FittedCircuit``: ``spectrum``, ``weights`` (2n,) in 1/ohm, ``search``,
    ``structure``, ``proposal`` and the others.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> z = eis.Circuit("R0-p(R1,C1)").impedance(f, {"R0": 10.0, "R1": 100.0, "C1": 1e-6})
    >>> spectrum = eis.Spectrum(f, z)
    >>> fit = eis.fit(spectrum, "R0-p(R1,C1)")
    >>> fit.params.round(3).to_dict()["R1"], fit.nobs, fit.df_resid
    (100.0, 82, 79)
    >>> round(float(fit.capacitances()["hsu_mansfeld_f"].iloc[0]), 9)
    1e-06
    """

    # -- estimates -----------------------------------------------------------------------

    @property
    def params(self) -> pd.Series[float]:
        """Parameters by name, in their units."""
        return self._series(self.estimates, "estimate")

    @property
    def bse(self) -> pd.Series[float]:
        """Standard errors by name, in the parameters' units; 0 if fixed, NaN at a limit."""
        return self._series(self.standard_errors, "se")

    def cov_params(self) -> pd.DataFrame:
        """Covariance of the parameters, in the product of their units."""
        return self._frame(self.covariance)

    def correlations(self) -> pd.DataFrame:
        """Correlations of the logarithms of positive parameters and of the exponents."""
        return self._frame(self.correlation)

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
            Share outside the interval, 0.05 for 95 %.
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
            If the method is unknown, alpha is not above 0 and at most 0.5, or nothing is left to
            estimate the error from.
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
        alpha = check_alpha(alpha, FitError)
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

    def to_frame(self, alpha: float = 0.05) -> pd.DataFrame:
        """Columns ``estimate``, ``se``, ``lower``, ``upper`` (profiles), by parameter.

        Without degrees of freedom the intervals are NaN.
        """
        import pandas as pd

        alpha = check_alpha(alpha, FitError)
        names = list(self.circuit.names)
        ends = np.full((len(names), 2), np.nan)
        if self.df_resid > 0:
            ends = self.intervals(names, alpha)
        return pd.DataFrame(
            {
                "estimate": self.estimates,
                "se": self.standard_errors,
                "lower": ends[:, 0],
                "upper": ends[:, 1],
            },
            index=names,
        )

    # -- verdicts ------------------------------------------------------------------------

    @cached_property
    def identifiability(self) -> dict[str, str]:
        """Each parameter with what the spectrum determines of it, in words."""
        return parameter_verdicts(self)

    @property
    def identifiable(self) -> bool:
        """Whether every free parameter is determined within 10 %."""
        return set(self.identifiability.values()) <= {"determined", "fixed"}

    @property
    def verdict(self) -> str:
        """One sentence: whether the circuit has the shape of the data, and what they determine.

        A misfit in waves that exceeds the noise, a prior far from the data and turned signs come
        first.
        """
        known = verdict_sentence(self.identifiability, self.correlation)
        return "; ".join([*Adequacy(self).remarks, known])

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

    # -- text and pictures ---------------------------------------------------------------

    def summary(self, alpha: float = 0.05) -> Summary:
        """Text of the fit with profile intervals; prints itself, in a notebook as HTML."""
        from ...summary import Summary, SummaryTable
        from .summary import head_lines, note_lines

        table = self.to_frame(alpha)
        table["unit"] = self.circuit.units
        table["verdict"] = [self.identifiability[name] for name in table.index]
        title = f"{100 * (1 - alpha):g} % profile-likelihood intervals"
        return Summary(
            head_lines(self),
            [SummaryTable(title, table, digits=5)],
            note_lines(self, self.verdict, self.capacitances()),
        )

    def plot(self, kind: str = "nyquist", labels: Mapping[str, str] | None = None) -> Figure:
        """Draw the fit and return the figure.

        Parameters
        ----------
        kind : {"nyquist", "bode", "residuals", "all"}
        labels : mapping of str to str, optional
            Text for each arc by its resistor, such as ``Assignments.labels()``.

        Raises
        ------
        FitError
            If the kind is not one of these.
        """
        from ..drawing.plots import plot_fit

        return plot_fit(self.curves(), kind, labels)

    def curves(self) -> FitCurves:
        """Measured points and fitted lines, as the functions of ``drawing`` take them."""
        from ..drawing.curves import FitCurves, fine_frequencies

        fine = fine_frequencies(self.spectrum.frequency_hz)
        return FitCurves(
            circuit=self.circuit,
            parameters=dict(zip(self.circuit.names, self.estimates.tolist(), strict=True)),
            frequency_hz=self.spectrum.frequency_hz,
            measured_ohm=self.spectrum.impedance_ohm,
            fitted_ohm=self.fittedvalues,
            fine_hz=fine,
            line_ohm=self.impedance(fine),
            outliers=self.outliers.tolist(),
            residual_words=self.runs_test.words,
        )

    # -- helpers -------------------------------------------------------------------------

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
