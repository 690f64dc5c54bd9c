"""The result of a temperature series: resistances, lines, and every decision on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from ...confidence import check_alpha
from ..circuits.arcs import Arc, find_arcs
from ..circuits.circuit import Circuit
from ..circuits.model import Model
from ..errors import FitError
from ..fits.identifiability import verdicts
from ..fits.result import CircuitFit
from ..fits.several_fits import SeveralFits, curves_at, ends_on_logs, joint_log_likelihood
from ..spectrum import FloatArray
from ..weighting.data import BoolArray
from .alignment import free_arcs, values_at
from .continuity import Discontinuity, discontinuities
from .equality_test import EqualityTest
from .global_least_squares import SeriesMinimum
from .lines import LineTest, SeriesLine
from .out_of_window import OutOfWindow
from .problem import SeriesProblem
from .summary import continuity_lines, identity_words, misfit_lines, window_lines
from .tracking import ArcSeries

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ...summary import Summary
    from ..drawing.curves import FitCurves


@dataclass(frozen=True, eq=False)
class SeriesFit(SeveralFits):
    """Spectra of one cell at several temperatures, fitted together; see ``fit_series``.

    Rows are labelled by temperature; where one is repeated, by temperature and position.

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
    window : tuple of OutOfWindow
        Every arc near the upper edge of the window.
    sharing : tuple of EqualityTest
        Tests of shared parameters.
    melting_c : float or None
        Between lines of their own, and ``melting_words`` says how it was had.
    lines : tuple of SeriesLine
        One for every resistance and side of the melting point.
    line_test : LineTest or None
        Of all lines that hold resistances, together.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> circuit = eis.Circuit("R0-p(R1,C1)")
    >>> noise = np.random.default_rng(1).normal(1, 1e-3, (4, 41))
    >>> temperature_c = [20.0, 40.0, 60.0, 80.0]
    >>> line = eis.Arrhenius(1000.0, 20.0, 0.5, rises=False)
    >>> values = [{"R0": 10.0, "R1": float(line.at(t)), "C1": 1e-6} for t in temperature_c]
    >>> spectra = [
    ...     eis.Spectrum(f, circuit.impedance(f, each) * factor)
    ...     for each, factor in zip(values, noise, strict=True)
    ... ]
    >>> series = eis.fit_series(spectra, temperature_c, circuit)
    >>> len(series.separate), series.tracked is not None
    (4, True)
    """

    temperature_c: FloatArray
    separate: tuple[CircuitFit, ...]
    tracked: ArcSeries | None
    moved: tuple[int, ...]
    window: tuple[OutOfWindow, ...]
    sharing: tuple[EqualityTest, ...]
    melting_c: float | None
    melting_words: str
    lines: tuple[SeriesLine, ...]
    line_test: LineTest | None
    problem: SeriesProblem = field(repr=False)
    solution: SeriesMinimum = field(repr=False)

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
        values = np.array(self._model.natural(self.solution.v))
        return np.where(self._absent, np.nan, values)

    @cached_property
    def log_standard_errors(self) -> FloatArray:
        """Standard errors (K, p) of logarithms and exponents; NaN at a limit and where absent."""
        variance = [
            np.diag(jacobian @ self.solution.block(k) @ jacobian.T)
            for k, jacobian in enumerate(self._jacobians)
        ]
        out = np.sqrt(np.maximum(variance, 0.0))
        matrix = self.solution.parameter_map.matrix
        limited = np.asarray(matrix[:, :, self.solution.at_limit].any(axis=2))
        for k, j in np.argwhere(limited).tolist():
            out[k, self._model.free[j]] = np.nan
        return np.where(self._absent, np.nan, out)

    @property
    def standard_errors(self) -> FloatArray:
        """Standard errors (K, p) in the parameters' units; NaN at a limit and where absent."""
        return self.log_standard_errors * self._scale

    @property
    def nobs(self) -> int:
        """Real numbers fitted: two for each point."""
        return self.problem.data.numbers

    @property
    def df_resid(self) -> int:
        """Real numbers less unknowns."""
        return self.problem.df_resid(self.solution)

    @property
    def chi2(self) -> float:
        """Sum of squares in units of the residual variances of the separate fits."""
        return self.solution.total

    @property
    def llf(self) -> float:
        """Log-likelihood of normal errors in ohm, their variances in the ratio of separate fits.

        Errors of the temperature, where lines have them, are at their estimates.
        """
        return joint_log_likelihood(self.separate, self.chi2)

    @property
    def _scale(self) -> FloatArray:
        """Change of each parameter (K, p) by its logarithm."""
        return np.where(self._model.is_log, self.estimates, 1.0)

    @cached_property
    def _jacobians(self) -> list[FloatArray]:
        return [self._model.log_parameter_jacobian(row) for row in self.solution.v]

    @cached_property
    def _absent(self) -> BoolArray:
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

    def _labels(self) -> pd.Index[Any]:
        import pandas as pd

        at = pd.Index(self.temperature_c, name="temperature_c")
        if at.is_unique:
            return at
        return pd.MultiIndex.from_arrays([at, np.arange(at.size)], names=[at.name, "spectrum"])

    def _ends(self, alpha: float) -> FloatArray:
        """On the logarithm of positive parameters, for the temperature that the cell had."""
        return ends_on_logs(
            self.estimates, self.log_standard_errors, self._model.is_log, self.df_resid, alpha
        )

    def _covariance(self) -> FloatArray:
        slopes = np.concatenate(
            [
                row[:, None] * (jacobian @ matrix)
                for row, jacobian, matrix in zip(
                    self._scale, self._jacobians, self.solution.parameter_map.matrix, strict=True
                )
            ]
        )
        out = np.asarray(slopes @ self.solution.covariance @ slopes.T)
        unknown = np.isnan(self.log_standard_errors).reshape(-1)
        out[unknown] = np.nan
        out[:, unknown] = np.nan
        return out

    def _curves(self) -> list[FitCurves]:
        spectra = [one.spectrum for one in self.separate]
        return curves_at(self._model, spectra, self.solution.v)

    @cached_property
    def discontinuities(self) -> tuple[Discontinuity, ...]:
        """Where an arc does not keep its identity: the criterion of ``continuity`` is not met."""
        model, solution = self._model, self.solution
        blocks = np.array([solution.block(k) for k in range(self.temperature_c.size)])
        arcs = free_arcs(model)
        found = values_at(model, solution.v, blocks, 1 / self.problem.temperatures.kelvin)
        for i, arc in enumerate(arcs):
            unknown = np.isnan(self.log_standard_errors[:, [arc.r, arc.q]]).any(axis=1)
            found.errors[unknown, i] = np.inf
        names = [self.circuit.names[arc.r] for arc in arcs]
        return tuple(discontinuities(found, names, self.temperature_c))

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
            lower, upper = one.line.conf_int(alpha).loc["ea_ev"]
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
        alpha = check_alpha(alpha, FitError)
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

    def resistances(self, alpha: float = 0.05) -> pd.DataFrame:
        """Every resistance of an arc or on a line, one row per spectrum and resistor.

        Columns: temperature_c, resistor, r_ohm, lower, upper, state (an arc, part of another
        resistance), c_f, n, tau_s (of its arc), verdict.
        """
        import pandas as pd

        low, high = np.moveaxis(self._ends(check_alpha(alpha, FitError)), -1, 0)
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
        words = verdicts(self.circuit.names, half, limit)
        for name, absent in zip(self.circuit.names, self._absent[k], strict=True):
            if absent:
                words[name] = "out of the window"
        return words

    def summary(self, alpha: float = 0.05) -> Summary:
        """Text of the series: every decision with its test, energies, resistances.

        Prints itself, in a notebook as HTML.
        """
        from ...summary import Summary, SummaryTable

        level = f"{100 * (1 - alpha):g} %"
        energies = self.activation_energies(alpha).set_index(["resistor", "side"])
        resistances = self.resistances(alpha).set_index(["temperature_c", "resistor"])
        return Summary(
            [*self._head(), "", *self._decisions()],
            [
                SummaryTable(f"Activation energies (eV), {level} intervals", energies),
                SummaryTable(f"Resistances, {level} intervals", resistances, digits=5),
            ],
        )

    def _head(self) -> list[str]:
        T, errors = self.temperature_c, self.problem.temperatures
        return [
            f"Circuit      {self.circuit.text}",
            f"Series       {T.size} spectra, {T.min():g} to {T.max():g} degC; stated within "
            f"{errors.point_k:g} K each and {errors.common_k:g} K together",
            f"Chi-square   {self.chi2:.5g} with {self.df_resid} degrees of freedom"
            + ("" if self.solution.converged else "; NOT CONVERGED"),
        ]

    def _decisions(self) -> list[str]:
        T = self.temperature_c
        lines = [f"Arcs         {identity_words(T, self.tracked, self.moved)}"]
        if self.tracked is not None:
            lines += [f"Continuity   {line}" for line in continuity_lines(self.discontinuities)]
        lines += [f"Misfit       {line}" for line in misfit_lines(T, self.separate)]
        lines += [f"Window       {line}" for line in window_lines(T, self.window)]
        lines += [f"Shared       {test.words}" for test in self.sharing]
        if self.melting_words:
            lines.append(f"Melting      {self.melting_words}")
        lines += [f"Arrhenius    {one.words}" for one in self.lines]
        if self.line_test is not None:
            lines.append(f"             {self.line_test.words}")
        return lines

    def plot(self) -> Figure:
        """Draw resistances over 1/T with their lines, and capacitances; returns the figure."""
        from ..drawing.curves import LineCurve, SeriesPoints
        from ..drawing.plots import plot_series

        table = self.resistances().dropna(subset=["r_ohm"])
        points = [
            SeriesPoints(
                name=str(name),
                temperature_c=rows["temperature_c"].to_numpy(),
                r_ohm=rows["r_ohm"].to_numpy(),
                lower=rows["lower"].to_numpy(),
                upper=rows["upper"].to_numpy(),
                c_f=rows["c_f"].to_numpy(),
                determined=(rows["verdict"] != "not determined").to_numpy(),
            )
            for name, rows in table.groupby("resistor", sort=False)
        ]
        lines = []
        for one in self.lines:
            if one.line is not None:
                celsius = self.temperature_c[one.rows]
                at = np.linspace(celsius.min(), celsius.max(), 60)
                r = np.exp([one.line.log_resistance(float(t))[0] for t in at])
                low, high = one.line.conf_int().loc["ea_ev"]
                place = f"{one.resistor} {one.side}".strip()
                legend = f"{place}: {one.line.ea_ev:.3f} eV ({low:.3f} to {high:.3f})"
                lines.append(LineCurve(one.resistor, at, r, legend, one.constrained))
        return plot_series(points, lines, self.melting_c)
