"""Which resistances of a temperature series lie on Arrhenius lines, and the fit with those lines.

A line is tested twice. Alone: the residuals of ln R in the free fit, with the temperature of each
point in their covariance. Together: the series is fitted anew with all lines that passed, and the
rise of the cost over the free fit is a likelihood ratio with one degree of freedom for each
resistance that is no longer free.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaincc

from ...units import ZERO_CELSIUS_K
from ..circuits.elements import R
from ..circuits.model import Model
from ..errors import FitError
from ..fits.identifiability import UNDETERMINED
from .activation_energy import FORMS, ArrheniusLine, arrhenius_line
from .equality_test import LEVEL
from .global_least_squares import SeriesMinimum
from .parameter_map import LineConstraint, Rows, Shared
from .problem import SeriesProblem, Side

LAWS = ("test", "free", *FORMS)


@dataclass(frozen=True)
class SeriesLine:
    """A resistance over temperature.

    Attributes
    ----------
    resistor, side : str, str
        Which, and at which temperatures ("" for all).
    rows : ndarray of int
        Spectra on it.
    line : ArrheniusLine or None
        None where fewer than three temperatures show the resistance.
    pvalues : mapping of str to float
        Probability of worse residuals where the line is true, for each form of it.
    constrained : bool
        Whether the resistances were held on the line.
    """

    resistor: str
    side: str
    rows: Rows
    line: ArrheniusLine | None
    pvalues: Mapping[str, float]
    constrained: bool
    forced: bool = False

    @property
    def words(self) -> str:
        """One line of the summary."""
        place = f"{self.resistor}{' ' + self.side if self.side else ''}"
        if self.line is None:
            return f"{place}: fewer than three temperatures show it, so there is no line"
        tested = ", ".join(f"ln({f}) p = {p:.2g}" for f, p in self.pvalues.items())
        verdict = f"on a line of ln({self.line.form})"
        if not self.constrained:
            verdict = "free" if self.pvalues[self.line.form] >= LEVEL else "free, the line bends"
        return f"{place}: {verdict} (straight: {tested}; {self.rows.size} spectra)"


@dataclass(frozen=True)
class LineTest:
    """Likelihood ratio of all lines together against free resistances."""

    statistic: float
    df: int
    pvalue: float

    @property
    def words(self) -> str:
        """One line of the summary; the criterion of Akaike is that of the lines less the free."""
        aic = self.statistic - 2 * self.df
        return (
            f"all lines against free resistances: chi-square {self.statistic:.1f} on {self.df}, "
            f"p = {self.pvalue:.2g}, AIC {aic:+.1f}"
        )


def require_laws(model: Model, arrhenius: str | Mapping[str, str]) -> dict[str, str]:
    """Law of each free resistor by name.

    Raises
    ------
    CircuitError, FitError
        If a law or a resistor is not known.
    """
    names = [p.name for p in model.circuit.parameters]
    resistors = [names[i] for i in model.free if _is_resistor(model, i)]
    asked = dict.fromkeys(resistors, arrhenius) if isinstance(arrhenius, str) else dict(arrhenius)
    model.circuit.require(list(asked))
    for name, law in asked.items():
        if law not in LAWS:
            raise FitError(f"arrhenius = {law!r} is not known; use one of {', '.join(LAWS)}")
        if name not in resistors:
            raise FitError(
                f"{name} is no free resistance and has no Arrhenius line; those are "
                f"{', '.join(resistors) or 'none'}"
            )
    return {name: asked.get(name, "test") for name in resistors}


def _is_resistor(model: Model, position: int) -> bool:
    declared = model.circuit.parameters[position].declared
    return declared in R.parameters and model.circuit.names[position] == (
        model.circuit.parameters[position].label
    )


def draw_lines(
    problem: SeriesProblem,
    shared: tuple[Shared, ...],
    free: SeriesMinimum,
    laws: Mapping[str, str],
) -> tuple[list[SeriesLine], SeriesMinimum, LineTest | None]:
    """Test the lines, fit the series with those that pass, and return all of them."""
    common = {group.j for group in shared}
    found = []
    for name, law in laws.items():
        j = problem.model.free.index(problem.model.circuit.names.index(name))
        if j not in common:
            found += [_alone(problem, free, j, side, law) for side in problem.sides]
    while True:
        taken = [k for k, one in enumerate(found) if one.constrained]
        if not taken:
            return found, free, None
        solution, lines = _together(problem, shared, free, [found[k] for k in taken])
        df = sum(found[k].rows.size - 2 for k in taken)
        statistic = max(solution.total - free.total, 0.0)
        test = LineTest(statistic, df, float(gammaincc(df / 2, statistic / 2)))
        loose = [k for k in taken if not found[k].forced]
        if test.pvalue >= LEVEL or not loose:
            for k, line in zip(taken, lines, strict=True):
                found[k] = replace(found[k], line=line)
            return found, solution, test
        worst = min(loose, key=lambda k: max(found[k].pvalues.values()))
        found[worst] = replace(found[worst], constrained=False)


def _alone(problem: SeriesProblem, free: SeriesMinimum, j: int, side: Side, law: str) -> SeriesLine:
    """One resistance on one side, tested by the free fit."""
    rows = problem.present(j, side.rows)
    known = rows[np.diag(free.across(j, rows)) < UNDETERMINED**2]
    T = problem.temperatures
    name, forced = problem.name(j), law in FORMS
    if np.unique(T.kelvin[known]).size < 3:
        if forced:
            raise FitError(
                f"a line needs three temperatures; {name} is determined at "
                f"{np.unique(T.kelvin[known]).size}{' ' + side.words if side.words else ''}"
            )
        return SeriesLine(name, side.words, rows, None, {}, False)
    lines = {
        form: arrhenius_line(
            T.kelvin[known] - ZERO_CELSIUS_K, free.v[known, j], free.across(j, known),
            point_k=T.point_k, common_k=T.common_k, form=form,
        )
        for form in FORMS
    }  # fmt: skip
    pvalues = {form: line.pvalue for form, line in lines.items()}
    # The field's papers use ln R, and within what can be seen both forms are the same line.
    form = next((f for f in FORMS if pvalues[f] >= LEVEL), "R")
    if forced:
        form = law
    straight = pvalues[form] >= LEVEL
    constrained = forced or (law == "test" and straight)
    return SeriesLine(name, side.words, rows, lines[form], pvalues, constrained, forced)


def _together(
    problem: SeriesProblem,
    shared: tuple[Shared, ...],
    free: SeriesMinimum,
    taken: list[SeriesLine],
) -> tuple[SeriesMinimum, list[ArrheniusLine]]:
    """Fit the series with its lines; the rates follow the energies in rounds."""
    energies = [one.line.ea_ev for one in taken if one.line is not None]
    solution = free
    for _ in range(3):
        lines = [
            LineConstraint(_coordinate(problem, one), one.rows, one.line.form, energy)
            for one, energy in zip(taken, energies, strict=True)
            if one.line is not None
        ]
        solution = problem.solve(shared, lines, start=solution)
        before = energies
        energies = [float(solution.u[energy]) for _, energy in solution.parameter_map.line_columns]
        if np.allclose(before, energies, rtol=1e-3, atol=1e-4):
            break
    parameter_map = solution.parameter_map
    drawn = [
        parameter_map.line(k, solution.u, solution.covariance)
        for k in range(len(parameter_map.lines))
    ]
    return solution, drawn


def _coordinate(problem: SeriesProblem, one: SeriesLine) -> int:
    model = problem.model
    return model.free.index(model.circuit.names.index(one.resistor))
