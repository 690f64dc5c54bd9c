"""Formulas: the fixed part goes to formulaic, the random terms in brackets are read here.

``y ~ 1 + x + (1 | work/preparation) + (x | lab) + cs(outcome | trial)``

- ``(1 | g)`` random intercept; ``(1 | a/b)`` is ``(1 | a) + (1 | a:b)``;
- ``(x | g)`` intercept and slope with free covariance; ``(0 + x | g)`` slope alone;
  ``(x || g)`` intercept and slope without covariance;
- ``(1 | mm(a, b, weights=(1, -1)))`` a level of each column with its weight, such as a contrast;
- ``name(f | g)`` with name one of id, diag, cs, hcs, un, ar, har, car: one effect for each level of
  the factor (or each time) ``f`` within ``g``, with that covariance structure;
- a column whose name is no word, such as ``cell no. 2``, stands in backticks everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from ..errors import FormulaError
from .memberships import Members, parse_members

STRUCTURE_NAMES = ("id", "diag", "cs", "hcs", "un", "ar", "har", "car")


@dataclass(frozen=True)
class RandomPart:
    """One bracket of the formula, after ``/`` has been expanded.

    Attributes
    ----------
    effects
        Text left of the bar, such as ``"1"`` or ``"0 + x"``.
    grouping
        Columns whose combination names one level; more than one means their interaction.
    structure
        ``"un"`` for plain brackets, ``"diag"`` for a double bar, otherwise the named structure.
    inner
        True where ``effects`` is one factor (or time) whose levels each have an effect.
    members
        Columns and weights of a multiple membership, which has no grouping; None otherwise.
    """

    effects: str
    grouping: tuple[str, ...]
    structure: str
    inner: bool
    members: Members | None = None

    @property
    def name(self) -> str:
        """Name of the grouping, such as ``"work:preparation"``."""
        return ":".join(self.grouping) if self.members is None else self.members.name


@dataclass(frozen=True)
class ModelFormula:
    """A formula taken apart.

    Attributes
    ----------
    text
        As it was given.
    response
        The column's name, or an expression in formulaic's language.
    fixed
        The fixed part in formulaic's language.
    random
        The random parts.
    column_response
        Whether the response is a column and not an expression.
    """

    text: str
    response: str
    fixed: str
    random: tuple[RandomPart, ...]
    column_response: bool = True


def parse(formula: str) -> ModelFormula:
    """Read a formula.

    Raises
    ------
    FormulaError
        If there is no single ``~``, a bracket is not closed, or a random term cannot be read.
    """
    if not isinstance(formula, str):
        raise FormulaError(f"formula {formula!r} is no text; write it as in 'y ~ 1 + (1 | g)'")
    return _parse(formula)


@lru_cache(maxsize=256)
def _parse(formula: str) -> ModelFormula:
    if "`" not in formula:
        return _parse_words(formula)
    words, quoted = _without_quotes(formula)
    try:
        return _with_quotes(_parse_words(words), quoted, formula)
    except FormulaError as error:
        raise FormulaError(_restored(str(error), quoted)) from None


def _without_quotes(formula: str) -> tuple[str, dict[str, str]]:
    """Put a word in the place of each quoted name; return the words with the names."""
    pieces = formula.split("`")
    if len(pieces) % 2 == 0:
        raise FormulaError(f"formula {formula!r} has a backtick without its partner")
    stem = "quoted"
    while stem in formula:
        stem += "_"
    quoted = {f"{stem}{k}_": name for k, name in enumerate(dict.fromkeys(pieces[1::2]))}
    words = {name: word for word, name in quoted.items()}
    pieces[1::2] = [words[name] for name in pieces[1::2]]
    return "".join(pieces), quoted


def _restored(text: str, quoted: Mapping[str, str], mark: str = "`") -> str:
    for word, name in quoted.items():
        text = text.replace(word, f"{mark}{name}{mark}")
    return text


def _with_quotes(model: ModelFormula, quoted: Mapping[str, str], text: str) -> ModelFormula:
    """Put the quoted names back: bare where a column is named, else for formulaic to read."""
    mark = "" if model.column_response else "`"
    return ModelFormula(
        text,
        _restored(model.response, quoted, mark),
        _restored(model.fixed, quoted),
        tuple(_part_with_quotes(part, quoted) for part in model.random),
        model.column_response,
    )


def _part_with_quotes(part: RandomPart, quoted: Mapping[str, str]) -> RandomPart:
    def bare(name: str) -> str:
        return quoted.get(name, name)

    members = part.members
    if members is not None:
        weights = tuple(bare(w) if isinstance(w, str) else w for w in members.weights)
        members = replace(members, columns=tuple(map(bare, members.columns)), weights=weights)
    return replace(
        part,
        effects=_restored(part.effects, quoted, "" if part.inner else "`"),
        grouping=tuple(map(bare, part.grouping)),
        members=members,
    )


def _parse_words(formula: str) -> ModelFormula:
    """Read a formula without quoted names."""
    if formula.count("~") != 1:
        raise FormulaError(
            f"formula {formula!r} needs one '~' between response and model, as in 'y ~ 1 + (1 | g)'"
        )
    response, right = (part.strip() for part in formula.split("~"))
    if not response:
        raise FormulaError(f"formula {formula!r} has no response left of '~'")
    random: list[RandomPart] = []
    fixed: list[str] = []
    for sign, term in _split_terms(right, formula):
        match = re.fullmatch(r"([A-Za-z_]\w*)?\s*\((.*)\)", term, flags=re.DOTALL)
        if match and _has_bar(match.group(2)):
            if sign == "-":
                raise FormulaError(f"random term {term!r} cannot be taken away; leave it out")
            random.extend(_random_parts(match.group(1), match.group(2), term))
        else:
            fixed.append(f"{sign} {term}" if fixed or sign == "-" else term)
    names = [(part.name, part.effects) for part in random]
    for name in names:
        if names.count(name) > 1:
            raise FormulaError(f"random term ({name[1]} | {name[0]}) occurs twice in {formula!r}")
    fixed_part = " ".join(fixed) or "1"
    return ModelFormula(formula, response, fixed_part, tuple(random), response.isidentifier())


def updated(old: str, new: str) -> str:
    """Change a formula: a dot in ``new`` means that side of ``old``, as in ``". ~ . + x"``.

    ``- x`` takes a fixed term away, ``- (1 | g)`` a random one.

    Raises
    ------
    FormulaError
        If a side or a random term that is taken away is not there.
    """
    if not isinstance(new, str) or new.count("~") != 1:
        raise FormulaError(f"formula {new!r} needs one '~', as in '. ~ . + x'")
    sides, before = ([x.strip() for x in text.split("~")] for text in (new, old))
    left = before[0] if sides[0] == "." else sides[0]
    terms: list[tuple[str, str]] = []
    for sign, term in _split_terms(sides[1], new):
        if term == "." and sign == "+":
            terms += _split_terms(before[1], old)
        elif sign == "-" and term.endswith(")") and _has_bar(term[term.index("(") + 1 : -1]):
            same = [t for t in terms if "".join(t[1].split()) == "".join(term.split())]
            if not same:
                raise FormulaError(f"formula {old!r} has no random term {term!r} to take away")
            terms.remove(same[0])
        else:
            terms.append((sign, term))
    right = " ".join(f"{sign} {term}" for sign, term in terms) or "1"
    return f"{left} ~ {right.removeprefix('+ ')}"


def _split_terms(right: str, formula: str) -> list[tuple[str, str]]:
    """Split at the plus and minus signs outside of brackets."""
    terms: list[tuple[str, str]] = []
    depth, sign, current = 0, "+", ""
    for letter in right:
        depth += letter in "([{"
        depth -= letter in ")]}"
        if depth < 0:
            break
        if depth == 0 and letter in "+-" and not current.rstrip().endswith(("*", ":", "/", "^")):
            if current.strip():
                terms.append((sign, current.strip()))
            sign, current = letter, ""
        else:
            current += letter
    if depth != 0:
        raise FormulaError(f"formula {formula!r} has a bracket without its partner")
    if current.strip():
        terms.append((sign, current.strip()))
    return terms


def _has_bar(text: str) -> bool:
    depth = 0
    for letter in text:
        depth += letter in "([{"
        depth -= letter in ")]}"
        if letter == "|" and depth == 0:
            return True
    return False


def _random_parts(function: str | None, inside: str, term: str) -> list[RandomPart]:
    pieces = re.split(r"\|\|?", inside)
    if len(pieces) != 2:
        raise FormulaError(f"random term {term!r} needs one bar, as in '(1 | g)'")
    effects, groups = (piece.strip() for piece in pieces)
    double = "||" in inside
    if not effects or not groups:
        raise FormulaError(f"random term {term!r} needs text on both sides of the bar")
    if function is not None and function.lower() not in STRUCTURE_NAMES:
        raise FormulaError(
            f"random term {term!r}: {function!r} is not a structure; "
            f"use one of {', '.join(STRUCTURE_NAMES)}"
        )
    if function is not None and (double or not re.fullmatch(r"\w+", effects)):
        raise FormulaError(
            f"random term {term!r}: a named structure takes one column left of one bar, "
            f"as in '{function}(outcome | trial)'"
        )
    members = parse_members(groups, term)
    if members is not None:
        if effects != "1" or function is not None or double:
            raise FormulaError(
                f"random term {term!r}: a multiple membership has an intercept alone, (1 | mm(...))"
            )
        return [RandomPart("1", (), "id", False, members)]
    structure = function.lower() if function else ("diag" if double else "un")
    return [
        RandomPart(" ".join(effects.split()), grouping, structure, function is not None)
        for grouping in _groupings(groups, term)
    ]


def _groupings(groups: str, term: str) -> list[tuple[str, ...]]:
    chain = [piece.strip() for piece in groups.split("/")]
    links = [tuple(name.strip() for name in piece.split(":")) for piece in chain]
    for link in links:
        for name in link:
            if not re.fullmatch(r"[^\W\d]\w*", name):
                raise FormulaError(
                    f"random term {term!r}: {name!r} is not a column name; "
                    "groupings are columns joined by ':' or nested by '/', and a name that is no "
                    "word stands in backticks"
                )
    return [sum(links[: i + 1], ()) for i in range(len(links))]
