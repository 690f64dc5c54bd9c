"""Which parameters of a temperature series are equal at all temperatures.

Exponents, and the inductance of the leads, are shared where an F test against separate ones does
not refuse it: everywhere, else on each side of the melting point, else those that pass the test
alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..circuits.elements import L
from ..circuits.model import Model
from ..errors import FitError
from .equality_test import EqualityTest, compare_costs
from .global_least_squares import SeriesMinimum
from .parameter_map import Shared
from .problem import SeriesProblem, Side


def candidates(problem: SeriesProblem) -> list[str]:
    """Exponents and the inductances of the leads, by name: what temperature should not move."""
    model = problem.model
    return [
        model.circuit.names[i]
        for i in model.free
        if not model.is_log[i] or model.circuit.parameters[i].declared in L.parameters
    ]


def choose_shared(
    problem: SeriesProblem, shared: str | Sequence[str]
) -> tuple[list[EqualityTest], tuple[Shared, ...]]:
    """Test what is asked for, and return the tests and what is shared."""
    if shared == "none":
        return [], ()
    free = problem.solve()
    if not isinstance(shared, str):
        return _as_asked(problem, free, list(shared))
    names = candidates(problem)
    tests: list[EqualityTest] = []
    for sides in _ladder(problem):
        groups = _groups(problem, names, sides)
        if not groups:
            return [], ()
        tests.append(_test(problem, free, names, groups, sides))
        if tests[-1].taken:
            return tests, groups
    return _one_by_one(problem, free, names, tests)


def _as_asked(
    problem: SeriesProblem, free: SeriesMinimum, names: list[str]
) -> tuple[list[EqualityTest], tuple[Shared, ...]]:
    """Share what the caller asks for, whatever the p-value."""
    own = set(candidates(problem))
    bent = _groups(problem, [n for n in names if n in own], problem.sides)
    whole = _groups(problem, [n for n in names if n not in own], (_all(problem),))
    groups = (*bent, *whole)
    if not groups:
        return [], ()
    test = _test(problem, free, names, groups, problem.sides if bent else (_all(problem),))
    return [replace(test, taken=True)], groups


def _one_by_one(
    problem: SeriesProblem, free: SeriesMinimum, names: list[str], tests: list[EqualityTest]
) -> tuple[list[EqualityTest], tuple[Shared, ...]]:
    """Exponents that pass the test alone, and then together."""
    sides = problem.sides
    single = []
    for name in names:
        groups = _groups(problem, [name], sides)
        if groups:
            single.append(_test(problem, free, [name], groups, sides))
    kept = [test for test in single if test.taken]
    tests = tests + [test for test in single if not test.taken]
    while kept:
        together = [name for test in kept for name in test.names]
        groups = _groups(problem, together, sides)
        tests.append(_test(problem, free, together, groups, sides))
        if tests[-1].taken:
            return tests, groups
        kept.remove(min(kept, key=lambda test: test.pvalue))
    return tests, ()


def _ladder(problem: SeriesProblem) -> list[tuple[Side, ...]]:
    one = (_all(problem),)
    return [one] if len(problem.sides) == 1 else [one, problem.sides]


def _all(problem: SeriesProblem) -> Side:
    return Side("", problem.everywhere)


def _groups(
    problem: SeriesProblem, names: Sequence[str], sides: Sequence[Side]
) -> tuple[Shared, ...]:
    """Parameters in common, those left out where fewer than two spectra show them."""
    out = []
    for name in names:
        j = problem.model.free.index(problem.model.circuit.names.index(name))
        for side in sides:
            rows = problem.present(j, side.rows)
            if rows.size > 1:
                out.append(Shared(j, rows))
    return tuple(out)


def _test(
    problem: SeriesProblem,
    free: SeriesMinimum,
    names: Sequence[str],
    groups: tuple[Shared, ...],
    sides: Sequence[Side],
) -> EqualityTest:
    constrained = problem.solve(groups, start=free)
    df = sum(group.rows.size - 1 for group in groups), problem.df_resid(free)
    where = "at all temperatures"
    if len(sides) > 1:
        where = f"{' and '.join(side.words for side in sides)}, each by itself"
    return compare_costs(tuple(names), where, (constrained.total, free.total), df)


def require_shareable(model: Model, shared: str | Sequence[str]) -> None:
    """Refuse names that cannot be shared in a series.

    Raises
    ------
    CircuitError, FitError
        If a name is unknown, fixed, tied, or the Q or C of an arc, which has a time constant of
        its own at every temperature.
    """
    if isinstance(shared, str):
        if shared not in ("test", "none"):
            raise FitError(
                f"shared = {shared!r} is not known; use 'test', 'none' or a list of parameters"
            )
        return
    model.circuit.require(list(shared))
    in_arc = {model.circuit.names[arc.q] for arc in model.arcs}
    for name in shared:
        if model.circuit.names.index(name) not in model.free:
            raise FitError(f"{name} is fixed or tied and cannot be shared; free it first")
        if name in in_arc:
            raise FitError(
                f"{name} belongs to an arc, whose time constant moves with temperature; share its "
                "exponent"
            )
