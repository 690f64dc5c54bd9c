"""What the cells of ``data/claims.csv`` say: numbers, records, properties, rows, comparisons.

A term is ``name=source``. A source is a printed number (``~41 um``, ``0.7 +- 0.1 eV``), a record
(``noi_2018_nasicon.005``, ``...:hi`` for one end of a bound), a property
(``solvent.PC.donor_number``) or rows (``{interface_class=LE/SE & ion=Li & family!=NASICON}``). A
comparison is arithmetic on the names with ``<``, ``<=``, ``>``, ``=`` and ``!=``; ``;`` joins
comparisons that must all hold.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from metastudy.errors import MetastudyError
from metastudy.units import UNITS, Unit

# How many numbers each function takes (computed in answers/claims/functions.py); None: any.
FUNCTIONS: Mapping[str, int | None] = {
    **{"ln": 1, "sqrt": 1, "least": None, "largest": None, "thermal_energy": 1},
    **{"two_point_energy": 4, "transfer_resistance": 2, "ohmic_thickness": 3},
    **{"liquid_specific": 1, "liquid_volumetric": 1, "solid_specific": 3, "solid_volumetric": 3},
    **{"thin_foils_specific": 4, "thin_foils_volumetric": 4},
    **{"no_anode_specific": 3, "no_anode_volumetric": 3, "parity_loading": 3},
    **{"break_even_by_mass": 3, "break_even_by_volume": 3, "plated_lithium": 1},
    **{"utilisation": 3, "volume_share": 3, "close_packing": 0},
}
# Of rows, not of numbers: rows alone, or rows and a column.
OF_ROWS: Mapping[str, int] = {"every": 1, "slope": 2, "minimum": 2, "span": 2}
# Of a number printed as "about" the last digit is no promise: the wider of it and this share.
ABOUT = 0.02
# Quantities of rows beside those of printed numbers.
OBSERVED, CONTRAST = "observed_resistance", "treatment_contrast"
# Units that no record of the dataset has; a number in them stays as it is.
OWN_UNITS = (
    *("mg cm-2", "mAh cm-2", "mAh g-1", "Wh kg-1", "Wh L-1"),
    "dex",
)

_DIGITS = r"-?[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?"
_NUMBER = re.compile(
    rf"(?P<about>~?)(?P<digits>{_DIGITS})(?: \+- (?P<sd>{_DIGITS}))?(?: (?P<unit>\S.*))?"
)
_RECORD = re.compile(r"(?P<record>[a-z0-9_]+\.[0-9]{3,})(?::(?P<end>lo|hi))?")
_PROPERTY = re.compile(
    r"(?P<table>[a-z_]+)\.(?P<word>[^.]+)\.(?P<name>[a-z_]+)(?::(?P<scale>\w+))?"
)
_CONDITION = re.compile(r"(?P<column>[a-z0-9_]+)(?P<sign>!=|=|<|>)(?P<words>.+)")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_EQUALS = re.compile(r"(?<![<>=!])=(?!=)")
SIGNS: Mapping[type[ast.cmpop], str] = {
    **{ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "="},
    ast.NotEq: "!=",
}
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)


class TermError(MetastudyError):
    """A cell of a claim that cannot be read."""


@dataclass(frozen=True)
class Printed:
    """A number as a work prints it.

    Attributes
    ----------
    value
        In the canonical unit of its dimension, or in the unit as printed for ``OWN_UNITS``.
    half_width
        How far the print lets it be off, in the same unit: half a unit of the last digit, 2 % of a
        number printed as about, 1.96 printed standard deviations.
    unit
        The printed unit; ``scale`` and ``offset`` lead from it to the canonical one.
    """

    text: str
    value: float
    half_width: float
    unit: str
    scale: float
    offset: float

    def as_printed(self, value: float) -> float:
        """Return a canonical value in the printed unit."""
        return (value - self.offset) / self.scale


@dataclass(frozen=True)
class RecordTerm:
    """A printed number of the dataset, or the printed end of a bound."""

    record: str
    end: str | None


@dataclass(frozen=True)
class PropertyTerm:
    """A property of a word of the vocabulary."""

    table: str
    word: str
    name: str
    scale: str | None


@dataclass(frozen=True)
class Condition:
    """What a row must answer to: one of the words of a column, or a number below or above one."""

    column: str
    sign: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.column}{self.sign}{', '.join(self.words)}"


@dataclass(frozen=True)
class RowsTerm:
    """Rows of the dataset that meet every condition."""

    conditions: tuple[Condition, ...]

    def words(self, column: str) -> tuple[str, ...]:
        """Return the words that a column must have; none where it is free."""
        return next((c.words for c in self.conditions if c.column == column and c.sign == "="), ())

    def names(self, column: str) -> bool:
        """Say whether a condition is on a column."""
        return any(condition.column == column for condition in self.conditions)

    def __str__(self) -> str:
        return f"{{{' & '.join(map(str, self.conditions))}}}"


Term = Printed | RecordTerm | PropertyTerm | RowsTerm


@dataclass(frozen=True)
class Comparison:
    """``left sign right``; the sides are expressions of names."""

    left: ast.expr
    sign: str
    right: ast.expr

    def names(self) -> Iterator[str]:
        """Yield the names of terms on both sides."""
        for side in (self.left, self.right):
            yield from names_in(side)

    def __str__(self) -> str:
        return f"{ast.unparse(self.left)} {self.sign} {ast.unparse(self.right)}"


UnitOf = Callable[[str], str | None]


def names_in(node: ast.expr) -> Iterator[str]:
    """Yield the names of terms in an expression."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        own = 1 if node.func.id in OF_ROWS else len(node.args)  # the rest is a column
        for argument in node.args[:own]:
            yield from names_in(argument)
    else:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield from names_in(child)


def parse_number(text: str, unit_of: UnitOf, exact: bool = False) -> Printed:
    """Read a printed number.

    Raises
    ------
    TermError
        Where it is no number, or its unit is not known.
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise TermError(f"{text!r} is no number; write 41 um, ~41 um or 0.7 +- 0.1 eV")
    written = match["unit"] or "1"
    name = written if written in (*UNITS, *OWN_UNITS) else unit_of(written)
    if name is None:
        raise TermError(f"{written!r} is no unit; write one of data/vocabulary/unit.csv")
    unit = UNITS.get(name, Unit("own", 1.0))
    value = float(match["digits"])
    half = half_digit(match["digits"])
    if match["about"]:
        half = max(half, ABOUT * abs(value))
    if match["sd"]:
        half = 1.96 * float(match["sd"])
    half = 0.0 if exact else half
    canonical = value * unit.factor + unit.offset
    return Printed(text, canonical, half * abs(unit.factor), written, unit.factor, unit.offset)


def half_digit(digits: str) -> float:
    """Return half a unit of the last digit of a number such as 2.60 or 1.3e-5."""
    mantissa, _, exponent = digits.partition("e")
    return float(0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2])))


def parse_terms(text: str, unit_of: UnitOf, exact: bool = False) -> dict[str, Term]:
    """Read ``name=source; name=source``; of exact terms the digits are taken as they stand.

    Raises
    ------
    TermError
        Where a part is no term, or a name is there twice.
    """
    terms: dict[str, Term] = {}
    for part in _parts(text):
        name, separator, source = part.partition("=")
        if not separator or not source or _NAME.fullmatch(name) is None:
            raise TermError(f"{part!r} is no name=source; write a=41 um; b=noi_2018_nasicon.005")
        if name in terms or name in FUNCTIONS or name in OF_ROWS:
            raise TermError(f"the name {name!r} is taken; give each term its own")
        terms[name] = _term(source, unit_of, exact)
    return terms


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _term(source: str, unit_of: UnitOf, exact: bool) -> Term:
    if source.startswith("{"):
        return _rows(source)
    record = _RECORD.fullmatch(source)
    if record and not source[0].isdigit():
        return RecordTerm(record["record"], record["end"])
    found = _PROPERTY.fullmatch(source)
    if found and not source[0].isdigit():
        return PropertyTerm(found["table"], found["word"], found["name"], found["scale"])
    return parse_number(source, unit_of, exact)


def _rows(source: str) -> RowsTerm:
    conditions = []
    if not source.endswith("}"):
        raise TermError(f"{source!r} is not closed; write {{column=word & column=word}}")
    for part in source[1:-1].split(" & "):
        match = _CONDITION.fullmatch(part.strip())
        if match is None:
            raise TermError(f"{part!r} is no condition; write column=word, != , < or >")
        words = tuple(word.strip() for word in match["words"].split(","))
        if match["sign"] in "<>" and not (len(words) == 1 and _is_number(words[0])):
            raise TermError(f"{part!r} compares with no number")
        conditions.append(Condition(match["column"], match["sign"], words))
    return RowsTerm(tuple(conditions))


def _is_number(text: str) -> bool:
    return re.fullmatch(_DIGITS, text) is not None


def parse_comparisons(text: str, terms: Mapping[str, Term]) -> tuple[Comparison, ...]:
    """Read comparisons and hold every name against the terms.

    Raises
    ------
    TermError
        Where a comparison is none, calls no known function or names no term.
    """
    found = []
    for part in _parts(text):
        try:
            node = ast.parse(_EQUALS.sub("==", part), mode="eval").body
        except (SyntaxError, ValueError):
            raise TermError(f"{part!r} is no comparison; write a < b, or a/b = c") from None
        if not isinstance(node, ast.Compare) or any(type(op) not in SIGNS for op in node.ops):
            raise TermError(f"{part!r} is no comparison; write a < b, or a/b = c")
        sides = [node.left, *node.comparators]
        for side in sides:
            _admit(side, terms, top=True)
        signs = [SIGNS[type(op)] for op in node.ops]
        found += [Comparison(*pair) for pair in zip(sides, signs, sides[1:], strict=False)]
    return tuple(found)


def _admit(node: ast.expr, terms: Mapping[str, Term], top: bool = False) -> None:
    """Let through arithmetic on terms; rows stand alone or in a function of rows."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return
    if isinstance(node, ast.Name):
        _admit_name(node.id, terms, top)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        _admit(node.operand, terms)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, _OPERATORS):
        _admit(node.left, terms)
        _admit(node.right, terms)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        _admit_call(node.func.id, node.args, terms, top)
    else:
        raise TermError(f"{ast.unparse(node)!r} is no arithmetic on the terms")


def _admit_name(name: str, terms: Mapping[str, Term], top: bool) -> None:
    if name not in terms:
        raise TermError(f"no term is named {name!r}; the terms are {', '.join(terms) or 'none'}")
    if isinstance(terms[name], RowsTerm) and not top:
        raise TermError(f"{name!r} are rows; compare them whole, or by {', '.join(OF_ROWS)}")


def _admit_call(name: str, given: list[ast.expr], terms: Mapping[str, Term], top: bool) -> None:
    if name in OF_ROWS:
        rows = given[0] if given else None
        whole = isinstance(rows, ast.Name) and isinstance(terms.get(rows.id), RowsTerm)
        column = OF_ROWS[name] == 1 or (len(given) == 2 and isinstance(given[1], ast.Name))
        if not (top and whole and column and len(given) == OF_ROWS[name]):
            raise TermError(f"{name} takes rows{', and a column' * (OF_ROWS[name] - 1)}")
    elif name in FUNCTIONS:
        if FUNCTIONS[name] not in (None, len(given)):
            raise TermError(f"{name} takes {FUNCTIONS[name]} numbers, not {len(given)}")
        for argument in given:
            _admit(argument, terms)
    else:
        known = ", ".join(sorted([*FUNCTIONS, *OF_ROWS]))
        raise TermError(f"{name!r} is no function; the functions are {known}")
