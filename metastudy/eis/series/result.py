"""The result of a temperature series: resistances, lines, and every decision on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from ..circuits.arcs import Arc, find_arcs
from ..circuits.circuit import Circuit
from ..circuits.model import Model
from ..errors import FitError
from ..fits.result import CircuitFit
from ..spectrum import FloatArray
from ..weighting.residual_tests import judge
from .global_least_squares import Pooled
from .lines import LineTest, SeriesLine
from .out_of_window import Leaving
from .problem import SeriesProblem
from .sharing import Sharing
from .tracking import ArcSeries

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ..fits.summary import Summary


@dataclass(frozen=True, eq=False)
class SeriesFit:
    """Spectra of one cell at several temperatures, fitted together; see ``fit_series``.

    Attributes
    ----------
    temperature_c : ndarray, shape (K,)
        As stated, in the order given.
    separate : tuple of CircuitFit
        The fits one by one.
    tracked : ArcSeries or None
        Identity of the arcs; None for a circuit without arcs.
    moved : tuple of int
        Spectra that were taken from the minimum of their own fit to that of the series.
    window : tuple of Leaving
        Every arc that was judged near the upper edge of the window.
    sharing : tuple of Sharing
        Tests of shared parameters.
    melting_c : float or None
        Between lines of their own, and ``melting_words`` says how it was had.
    lines : tuple of SeriesLine
        One for every resistance and side of the melting point.
    line_test : LineTest or None
        Of all lines that hold resistances, together.
    """

    temperature_c: FloatArray
    separate: tuple[CircuitFit, ...]
    tracked: ArcSeries | None
    moved: tuple[int, ...]
    window: tuple[Leaving, ...]
    sharing: tuple[Sharing, ...]
    melting_c: float | None
    melting_words: str
    lines: tuple[SeriesLine, ...]
    line_test: LineTest | None
    problem: SeriesProblem = field(repr=False)
    pooled: Pooled = field(repr=False)

    # -- estimates -----------------------------------------------------------------------

    @property
    def circuit(self) -> Circuit:
        """Circuit of all spectra."""
        return self.problem.model.circuit

    @property
    def _model(self) -> Model:
        return self.problem.model

    @cached_property
    def estimates(self) -> FloatArray:
        """Parameters (K, p) in their units, NaN where an arc left the window."""
        values = np.array(self._model.natural(self.pooled.v))
        return np.where(self._absent, np.nan, values)

    @cached_property
    def log_standard_errors(self) -> FloatArray:
        """Standard errors (K, p) of logarithms and exponents; NaN at a limit and where absent."""
        out = np.empty((len(self.temperature_c), len(self.circuit.names)))
        loose = np.asarray(self.pooled.layout.matrix[:, :, self.pooled.at_limit].any(axis=2))
        for k, row in enumerate(self.pooled.v):
            jacobian = self._model.log_parameter_jacobian(row)
            out[k] = np.sqrt(np.maximum(np.diag(jacobian @ self.pooled.block(k) @ jacobian.T), 0.0))
            limited = [self._model.free[j] for j in np.flatnonzero(loose[k])]
            out[k, limited] = np.nan
        return np.where(self._absent, np.nan, out)

    @cached_property
    def _absent(self) -> np.ndarray:
        """Parameters (K, p) of arcs that left the window."""
        out = np.zeros((len(self.temperature_c), len(self.circuit.names)), dtype=bool)
        held = ~np.isnan(self.problem.held)
        out[:, list(self._model.free)] = held
        for arc in find_arcs(self.circuit):
            if arc.q in self._model.free:
                gone = held[:, self._model.free.index(arc.q)]
                for i in (arc.q, arc.n):
                    if i is not None:
                        out[gone, i] = True
        return out

    @property
    def df_resid(self) -> int:
        """Real numbers less unknowns."""
        return self.problem.df_resid(self.pooled)

    @property
    def chi2(self) -> float:
        """Sum of squares in units of the residual variances of the separate fits."""
        return self.pooled.total

    @property
    def params(self) -> pd.DataFrame:
        """Estimates, one row per spectrum, indexed by temperature (degC)."""
        return self._frame(self.estimates)

    @property
    def bse(self) -> pd.DataFrame:
        """Standard errors in the parameters' units."""
        scale = np.where(self._model.is_log, self.estimates, 1.0)
        return self._frame(self.log_standard_errors * scale)

    def conf_int(self, alpha: float = 0.05) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Lower and upper ends, on the logarithm of positive parameters.

        They are for the temperature that the cell had, not the stated one.
        """
        low, high = self._ends(alpha)
        return self._frame(low), self._frame(high)

    def _ends(self, alpha: float) -> tuple[FloatArray, FloatArray]:
        if not 0 < alpha < 1:
            raise FitError(f"alpha = {alpha!r} is not between 0 and 1; 0.05 gives 95 % intervals")
        half = float(stdtrit(self.df_resid, 1 - alpha / 2)) * self.log_standard_errors
        is_log = self._model.is_log
        with np.errstate(all="ignore"):
            logs = np.where(is_log, np.log(self.estimates), self.estimates)
            low, high = logs - half, logs + half
            return np.where(is_log, np.exp(low), low), np.where(is_log, np.exp(high), high)

    # -- lines ---------------------------------------------------------------------------

    def activation_energies(self, alpha: float = 0.05) -> pd.DataFrame:
        """Every line with its energy (eV) and interval, the errors of the temperature included.

        Columns: resistor, side, form, ea_ev, se_ev, lower, upper, spectra, pvalue (of a straight
        line), constrained.
        """
        import pandas as pd

        rows = []
        for one in self.lines:
            if one.line is None:
                continue
            lower, upper = one.line.conf_int(alpha)
            rows.append(
                {
                    "resistor": one.resistor, "side": one.side, "form": one.line.form,
                    "ea_ev": one.line.ea_ev, "se_ev": one.line.standard_error,
                    "lower": lower, "upper": upper, "spectra": one.rows.size,
                    "pvalue": one.pvalues[one.line.form], "constrained": one.constrained,
                }
            )  # fmt: skip
        columns = [
            "resistor", "side", "form", "ea_ev", "se_ev", "lower", "upper", "spectra", "pvalue",
            "constrained",
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    def resistance(
        self, resistor: str, temperature_c: float, alpha: float = 0.05
    ) -> tuple[float, float, float]:
        """Resistance (ohm) on its line at a temperature (degC), and its interval.

        The interval holds the errors of the temperature.

        Raises
        ------
        FitError
            If there is no line of that resistor at that temperature.
        """
        from scipy.special import ndtri

        cold = self.melting_c is not None and temperature_c < self.melting_c
        for one in self.lines:
            if one.resistor == resistor and one.side.startswith("below") in (cold, one.side == ""):
                if one.line is None:
                    break
                value, error = one.line.log_resistance(temperature_c)
                half = float(ndtri(1 - alpha / 2)) * error
                best, low, high = np.exp(value + half * np.array([0.0, -1.0, 1.0]))
                return float(best), float(low), float(high)
        names = sorted({one.resistor for one in self.lines if one.line is not None})
        raise FitError(
            f"{resistor} has no line at {temperature_c:g} degC; there are lines of "
            f"{', '.join(names) or 'nothing'}"
        )

    # -- tables and pictures -------------------------------------------------------------

    def to_frame(self, alpha: float = 0.05) -> pd.DataFrame:
        """One row per spectrum and resistance.

        Columns: temperature_c, resistor, r_ohm, lower, upper, state, c_f (Hsu and Mansfeld), n,
        tau_s, verdict. ``state`` is "arc", "series" (a resistor without a capacitance), "plain
        resistance" (an arc above the window) or "part of R0", where r_ohm is NaN.
        """
        import pandas as pd

        low, high = self._ends(alpha)
        arcs = {arc.r: arc for arc in find_arcs(self.circuit)}
        gone = {(w.spectrum, w.resistor): w for w in self.window if w.left}
        names, rows = self.circuit.names, []
        positions = sorted({*arcs, *(names.index(one.resistor) for one in self.lines)})
        for k, celsius in enumerate(self.temperature_c):
            words = self._verdicts(k)
            for i in positions:
                left = gone.get((k, names[i]))
                state = "arc" if i in arcs else "series"
                if left is not None:
                    state = "plain resistance" if left.into == names[i] else f"part of {left.into}"
                rows.append(
                    {
                        "temperature_c": celsius, "resistor": names[i],
                        "r_ohm": self.estimates[k, i], "lower": low[k, i], "upper": high[k, i],
                        "state": state, **self._arc_values(k, i, arcs),
                        "verdict": words[names[i]],
                    }
                )  # fmt: skip
        return pd.DataFrame(rows)

    def _arc_values(self, k: int, i: int, arcs: dict[int, Arc]) -> dict[str, float]:
        if i not in arcs:
            return dict.fromkeys(("c_f", "n", "tau_s"), np.nan)
        r, q = self.estimates[k, i], self.estimates[k, arcs[i].q]
        n = 1.0 if arcs[i].n is None else self.estimates[k, arcs[i].n]
        tau = (r * q) ** (1 / n)
        return {"c_f": tau / r, "n": n, "tau_s": tau}

    def _verdicts(self, k: int) -> dict[str, str]:
        """Say what spectrum ``k`` and its series determine of each parameter."""
        errors = self.log_standard_errors[k]
        half = 1.96 * np.where(np.isnan(errors), np.inf, errors)
        limit = np.isnan(errors) & ~self._absent[k]
        words = judge(self.circuit.names, half, limit)
        for name, absent in zip(self.circuit.names, self._absent[k], strict=True):
            if absent:
                words[name] = "out of the window"
        return words

    def summary(self) -> Summary:
        """Table of the series that prints itself."""
        from .summary import summarise

        return summarise(self)

    def plot(self) -> Figure:
        """Draw resistances over 1/T with their lines, and capacitances; returns the figure."""
        from ..drawing.plots import plot_series

        return plot_series(self)

    def _frame(self, values: FloatArray) -> pd.DataFrame:
        import pandas as pd

        index = pd.Index(self.temperature_c, name="temperature_c")
        return pd.DataFrame(values, columns=list(self.circuit.names), index=index)


def spoken(numbers: Iterable[float]) -> str:
    """Temperatures as they are written in a sentence."""
    return f"{', '.join(f'{t:g}' for t in numbers)} degC"
