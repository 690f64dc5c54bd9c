"""How a unit may be spelt in print: symbols, signs of product and quotient, powers.

A spelling is folded by NFKC (the sign U+2126 is an omega, a superscript two is a two, a no-break
space is a space) and taken apart into symbols with exponents; the unit that has the same ones is
meant. Words that follow no such grammar stand in ``data/vocabulary/unit.csv``. Numbers never pass
through here: NFKC would make 103 of ten to the third.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from metastudy.units import UNITS

Factors = frozenset[tuple[str, int]]

_MINUS = str.maketrans({"\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2013": "-"})
_OHM = re.compile(r"(?<![A-Za-z])([kMm]?)(?:Ω|[oO]hms?(?![abd-ln-z]))")
_SYMBOL = re.compile(
    r"(?P<symbol>[A-Za-z°]+)"
    r"(?:(?:\^|\*\*)?(?P<exponent>-?[0-9])|\^\((?P<inner>-?[0-9])\))?"
)
_PRODUCT = re.compile(r" ?[·⋅∙•*.×] ?| |-(?=[A-Za-z])")
_QUOTIENT = re.compile(r" ?/ ?| per ")
_SAME: Mapping[str, str] = {"°C": "degC", "l": "L", "sec": "s", "hr": "h"}


def folded(spelling: str) -> str:
    """Return a spelling with compatible characters made equal and blanks made single."""
    text = unicodedata.normalize("NFKC", spelling).translate(_MINUS).replace("μ", "u")
    return " ".join(text.split())


def parse_unit(spelling: str) -> str | None:
    """Return the name in ``units.UNITS`` that a spelling means, or None.

    >>> parse_unit("kΩ·cm²")
    'kohm cm2'
    >>> parse_unit("S/cm")
    'S cm-1'
    """
    factors = _factors(folded(spelling))
    return None if factors is None else _by_factors().get(factors)


@cache
def _by_factors() -> Mapping[Factors, str]:
    """Units by their symbols; words such as ``percent decrease`` have a spelling, no grammar."""
    known: dict[Factors, str] = {}
    for name, unit in UNITS.items():
        factors = _factors(name)
        if factors is not None and unit.dimension not in ("relative_change", "salt_ratio"):
            known.setdefault(factors, name)
    return known


@cache
def _factors(text: str) -> Factors | None:
    """Take a folded spelling apart; None where it follows no grammar or can be read in two ways."""
    text = _OHM.sub(r" \1ohm ", text).strip()
    text = re.sub(r"ohm +(?=[\^0-9/.·⋅∙•*×-])", "ohm", text)
    text = re.sub(r"(?<=[/.·⋅∙•*×-]) +(?=[kMm]?ohm)", "", text)
    text = " ".join(text.split())
    exponents: dict[str, int] = {}
    position, sign, divided = 0, 1, False
    while True:
        match = _SYMBOL.match(text, position)
        if match is None:
            return None
        symbol = _SAME.get(match["symbol"], match["symbol"])
        exponent = sign * int(match["exponent"] or match["inner"] or 1)
        exponents[symbol] = exponents.get(symbol, 0) + exponent
        position = match.end()
        if position == len(text):
            return frozenset(exponents.items())
        joint = _QUOTIENT.match(text, position)
        if joint is not None:
            sign, divided = -1, True
        else:
            joint = _PRODUCT.match(text, position)
            if joint is None or divided:  # in a/b c nobody knows where c belongs
                return None
        position = joint.end()
