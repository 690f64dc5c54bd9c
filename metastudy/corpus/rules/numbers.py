"""The number cells of one row fit together."""

from __future__ import annotations

import math
from collections.abc import Iterator

from metastudy.corpus.canonical import HIGHEST_LEVEL, CanonicalRow, canonical, shown
from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.rule import error
from metastudy.corpus.study import number
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.units import CANONICAL, RECIPROCAL, UNITS, dimension_of

UNIT_DIMENSION = error(
    "unit-dimension",
    reason="A resistance in S cm-1 is another quantity or another unit than was printed.",
    good="area_specific_resistance in ohm cm2",
    bad="area_specific_resistance in ohm, or resistance in percent decrease",
)
VALUE_MISSING = error(
    "value-missing",
    reason="A row is one printed number; only what was not detected has none.",
    good="value_text 64 with exact; an empty value_text with not_detected",
    bad="An empty value_text with exact, or 0 with not_detected",
)
NOT_POSITIVE = error(
    "not-positive",
    reason="Resistances, conductances, currents and energies of passive contacts are above zero.",
    good="0.40 ohm cm2",
    bad="-0.40 ohm cm2, or 0 ohm cm2 for a contact that was not seen",
)
OUT_OF_RANGE = error(
    "out-of-range",
    reason="Outside what the quantity can be, the unit or the exponent is wrong.",
    good="activation_energy of 45 kJ mol-1",
    bad="activation_energy of 45 eV",
)
BOUNDS_REVERSED = error(
    "bounds-reversed",
    reason="The lower end of a range is the smaller number.",
    good="between 5 and 20",
    bad="between 20 and 5",
)
BOUNDS_MISSING = error(
    "bounds-missing",
    reason="A range has two ends, and only a range has.",
    good="between, value_text 5, upper_text 20",
    bad="between without upper_text, or upper_text with exact",
)
INTERVAL_LEVEL = error(
    "interval-level",
    reason="The width of a confidence interval means nothing without its level.",
    good="unc_kind ci with unc_level 0.95",
    bad="unc_kind ci without level, or a level with sd",
)
UNCERTAINTY_KIND = error(
    "uncertainty-kind",
    reason="A standard deviation, a standard error and a fit error differ by factors.",
    good="unc_minus 6, unc_plus 6, unc_kind sd",
    bad="unc_minus 6 with not_reported, or sd without numbers",
)
UNCERTAINTY_SIGN = error(
    "uncertainty-sign",
    reason="Uncertainties are distances; the sign is in the column.",
    good="unc_minus 6",
    bad="unc_minus -6",
)
COUNT_OF = error(
    "count-of",
    reason="Three cells and three points of one fit say different things about scatter.",
    good="n 3, n_of samples",
    bad="n 3 with an empty n_of, or n_of samples without n",
)
SPREAD_OF_ONE = error(
    "spread-of-one",
    reason="One sample has no standard deviation; n = 1 with one is a misreading of either.",
    good="unc_kind sd, n 3, n_of samples",
    bad="unc_kind sd, n 1, n_of samples",
)

_SPREADS = frozenset({"sd", "se", "range"})
_POSITIVE = frozenset(
    {
        "area_specific_resistance",
        "resistance",
        "conductance_per_area",
        "exchange_current_density",
        "capacitance",
        "capacitance_per_area",
        "conductivity",
        "activation_energy",
        "thickness",
        "area",
        "frequency",
    }
)


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold the cells of every row against each other."""
    for row in checked.rows:
        if _unit_fits(row, checked.vocabulary):
            yield from _value(row, checked.vocabulary)
        else:
            yield _unit_finding(row, checked.vocabulary)
        yield from _bounds(row)
        yield from _uncertainty(row)


# Units of a change, by their names in the vocabulary.
CHANGES = sorted(name for name in (*UNITS, *RECIPROCAL) if dimension_of(name) == "relative_change")


def _dimensions(row: CanonicalRow, vocabulary: Vocabulary) -> list[str]:
    return vocabulary["quantity"][row.m.quantity]["dimension"].split()


def _unit_fits(row: CanonicalRow, vocabulary: Vocabulary) -> bool:
    return row.dimension in _dimensions(row, vocabulary)


def _unit_finding(row: CanonicalRow, vocabulary: Vocabulary) -> Finding:
    m = row.m
    dimensions = _dimensions(row, vocabulary)
    wanted = " or ".join(CANONICAL[d] for d in dimensions if d in CANONICAL)
    message = f"the unit {m.unit_text!r} does not fit the quantity {m.quantity}."
    hint = f"It is measured in {wanted} and its multiples."
    if "relative_change" in dimensions:
        hint = f"A change has its direction in its unit: {', '.join(CHANGES)}."
    if row.dimension == "relative_change":
        hint += " A change is a relative quantity, such as relative_resistance."
    return UNIT_DIMENSION.of_row(row, "unit_text", message, hint)


def _value(row: CanonicalRow, vocabulary: Vocabulary) -> Iterator[Finding]:
    m = row.m
    if (m.qualifier == "not_detected") == bool(m.value_text):
        if m.value_text:
            message = f"the qualifier is not_detected and value_text is {m.value_text!r}."
            hint = "Leave value_text empty; a printed limit has the qualifier lt or le."
        else:
            message = f"value_text is empty and the qualifier is {m.qualifier}."
            hint = "Type the printed number; what was not seen has the qualifier not_detected."
        yield VALUE_MISSING.of_row(row, "value_text", message, hint)
        return
    for column, text in (("value_text", m.value_text), ("upper_text", m.upper_text)):
        if text:
            yield from _limits(row, column, text, vocabulary)


def _limits(row: CanonicalRow, column: str, text: str, vocabulary: Vocabulary) -> Iterator[Finding]:
    m = row.m
    printed = number(text)
    unit = vocabulary.unit_of(m.unit_text) or ""
    value = canonical(text, unit)
    if m.quantity in _POSITIVE and printed is not None and printed <= 0:
        message = f"{m.quantity} is {text} {m.unit_text}, which is not above zero."
        hint = "Check the sign; what was not seen has the qualifier not_detected and no value."
        yield NOT_POSITIVE.of_row(row, column, message, hint)
        return
    quantity = vocabulary["quantity"][m.quantity]
    lowest = float(quantity["lowest"] or -math.inf)
    highest = float(quantity["highest"] or math.inf)
    if value is None or not lowest <= value <= highest:
        canonical_unit = CANONICAL.get(row.dimension, "")
        read = "not finite" if value is None else f"{shown(value)} {canonical_unit}"
        message = f"{m.quantity} is {text} {m.unit_text}, that is {read}."
        limits = f"It lies between {lowest:g} and {highest:g} {canonical_unit}"
        if highest == math.inf:
            limits = f"It is at least {lowest:g} {canonical_unit}"
        yield OUT_OF_RANGE.of_row(row, column, message, f"{limits}; check unit and exponent.")


def _bounds(row: CanonicalRow) -> Iterator[Finding]:
    m = row.m
    lower, upper = number(m.value_text), number(m.upper_text)
    if m.qualifier == "between":
        if upper is None:
            message = "the qualifier is between and upper_text is empty."
            yield BOUNDS_MISSING.of_row(
                row, "upper_text", message, "Type the upper end of the printed range."
            )
        elif lower is not None and lower >= upper:
            message = f"the range runs from {m.value_text} to {m.upper_text}."
            hint = "value_text is the lower end, upper_text the upper."
            yield BOUNDS_REVERSED.of_row(row, "upper_text", message, hint)
    elif m.upper_text:
        message = f"upper_text is {m.upper_text!r} and the qualifier is {m.qualifier}."
        hint = "Only between has an upper end."
        yield BOUNDS_MISSING.of_row(row, "upper_text", message, hint)


def _uncertainty(row: CanonicalRow) -> Iterator[Finding]:
    m = row.m
    if m.unc_kind == "ci" and not m.unc_level:
        message = "unc_kind is ci and unc_level is empty."
        yield INTERVAL_LEVEL.of_row(row, "unc_level", message, "Type the level, such as 0.95.")
    elif m.unc_level and m.unc_kind != "ci":
        message = f"unc_level is {m.unc_level} and unc_kind is {m.unc_kind}."
        hint = "Only ci has a level."
        yield INTERVAL_LEVEL.of_row(row, "unc_level", message, hint)
    elif m.unc_level and not 0.0 < float(m.unc_level) <= HIGHEST_LEVEL:
        message = f"unc_level is {m.unc_level}."
        hint = f"A level lies between 0 and 1, at most {HIGHEST_LEVEL}, such as 0.95."
        yield INTERVAL_LEVEL.of_row(row, "unc_level", message, hint)
    sides = [("unc_minus", m.unc_minus), ("unc_plus", m.unc_plus)]
    if m.unc_kind == "not_reported":
        given = [(column, text) for column, text in sides if text]
        if given:
            column, text = given[0]
            message = f"{column} is {text} and unc_kind is not_reported."
            hint = "Say what it is: sd, se, ci, range, fit_se or stated_plus_minus."
            yield UNCERTAINTY_KIND.of_row(row, "unc_kind", message, hint)
    else:
        empty = [column for column, text in sides if not text]
        if empty:
            message = f"unc_kind is {m.unc_kind} and {' and '.join(empty)} empty."
            message = message.replace(" empty", " are empty" if len(empty) == 2 else " is empty")
            hint = "Type both sides, or not_reported."
            yield UNCERTAINTY_KIND.of_row(row, empty[0], message, hint)
    for column, text in (*sides, ("reading_error", m.reading_error)):
        size = number(text)
        if size is not None and (size < 0 or not math.isfinite(size)):
            message = f"{column} is {text}."
            yield UNCERTAINTY_SIGN.of_row(row, column, message, "Type it without sign.")
    if bool(m.n) != bool(m.n_of) and (m.n or m.n_of != "unknown"):
        column, other = ("n_of", "n") if m.n else ("n", "n_of")
        message = f"{other} is {getattr(m, other)} and {column} is empty."
        hint = "n says how many, n_of what was counted (unknown, where it is not said)."
        yield COUNT_OF.of_row(row, column, message, hint)
    if m.unc_kind in _SPREADS and number(m.n) == 1:
        message = f"unc_kind is {m.unc_kind} and n is {m.n}."
        hint = "Leave n empty where the paper does not say it; an error of one fit is fit_se."
        yield SPREAD_OF_ONE.of_row(row, "n", message, hint)
