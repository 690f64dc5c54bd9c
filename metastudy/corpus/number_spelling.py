"""Spellings of a number that have one meaning, and which column takes what stands beside it.

A number never passes through NFKC: a superscript is an exponent, not a digit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

PLAIN = r"[+-]?[0-9]+(?:\.[0-9]+)?(?:(?:[eE]|[ ]?[x×·]?[ ]?10\^)[+-]?[0-9]+)?"
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_POWER = re.compile(r"10([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)$")
_DASHES = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2212", "------")
# A qualifier by the signs that stand before a number.
SIGNS = {"<": "lt", "≤": "le", "<=": "le", "⩽": "le", ">": "gt", "≥": "ge", ">=": "ge", "⩾": "ge"}
SIGNS |= dict.fromkeys(("~", "≈", "∼", "ca.", "ca", "about", "approx."), "approx")
_SIGNED = re.compile(rf"({'|'.join(map(re.escape, sorted(SIGNS, key=len, reverse=True)))}) ?(.+)")
_RANGE = re.compile(rf"({PLAIN}) ?(?:-|\.\.\.?|…|to) ?({PLAIN})")
_PLUS_MINUS = re.compile(rf"({PLAIN}) ?(?:±|\+/?-) ?({PLAIN})")
_WITH_UNIT = re.compile(rf"({PLAIN}) ?([^\W\d_%°].*|[%°Ω].*)")
_RATIO = re.compile(rf"({PLAIN}) ?[:/] ?({PLAIN})")
_TEMPERATURE = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?) ?(K|°C|℃|º ?C|oC|degC|C)")
# The same parts have other names in a condition of study.yaml and in measurements.csv.
_IN_YAML = {"value": ("value", "upper", "minus", "plus", "unit")}
_IN_TABLE = ("value_text", "upper_text", "unc_minus", "unc_plus", "unit_text")


def one_number(text: str) -> str | None:
    """Rewrite a number that has one meaning to the form of the tables, or None.

    Dashes before it become a minus, superscripts an exponent, blanks inside thousands go.

    >>> one_number("1.5×10⁻⁷"), one_number("10³"), one_number("1 200")
    ('1.5×10^-7', '1e3', '1200')
    """
    bare = " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())
    bare = bare.translate(_DASHES)
    power = _POWER.search(bare)
    if power:
        exponent = power[1].translate(_SUPERSCRIPT)
        before = bare[: power.start()]
        bare = f"{before}10^{exponent}" if before.strip("+-") else f"{before}1e{exponent}"
    bare = re.sub(r" ?[⋅∙•*✕] ?(?=10\^)", "×", bare)
    bare = re.sub(r"^([+-]?)10\^(?=[+-]?[0-9]+$)", r"\g<1>1e", bare)
    bare = re.sub(r"^([+-]?)\.(?=[0-9])", r"\g<1>0.", bare)
    if re.fullmatch(r"[+-]?[1-9][0-9]{0,2}( [0-9]{3})+(\.[0-9]+)?", bare):
        bare = bare.replace(" ", "")
    return bare if re.fullmatch(PLAIN, bare) else None


class Parts(NamedTuple):
    """A number with the qualifier that stood before it, or the two ends of a range."""

    value: str
    upper: str
    qualifier: str


def parts_of(text: str) -> Parts | None:
    """Take a printed ``<20``, ``~300`` or ``5–10`` apart; None where it is none of them."""
    plain = text.translate(_DASHES).strip()
    signed = _SIGNED.fullmatch(plain)
    if signed:
        value = one_number(signed[2])
        return None if value is None else Parts(value, "", SIGNS[signed[1]])
    ends = _RANGE.fullmatch(plain)
    return Parts(ends[1], ends[2], "between") if ends else None


class Printed(NamedTuple):
    """A printed quantity in parts; each is text as printed, empty where it is not there."""

    value: str
    upper: str
    qualifier: str
    plus_minus: str
    unit: str


def printed_quantity(text: str, is_unit: Callable[[str], bool]) -> Printed | None:
    """Take ``<20 ohm``, ``64 ± 6 ohm cm2`` or ``5–10`` apart; None where it is none of them.

    >>> printed_quantity("64 ± 6 eV", lambda unit: unit == "eV")
    Printed(value='64', upper='', qualifier='exact', plus_minus='6', unit='eV')
    """
    whole = " ".join(text.split())
    for end in range(len(whole), 0, -1):
        number, unit = whole[:end].rstrip(), whole[end:].strip()
        if unit and not is_unit(unit):
            continue
        spread = _PLUS_MINUS.fullmatch(number.translate(_DASHES))
        if spread:
            return Printed(spread[1], "", "exact", spread[2], unit)
        parts = parts_of(number)
        if parts is not None:
            return Printed(parts.value, parts.upper, parts.qualifier, "", unit)
        alone = one_number(number)
        if alone is not None:
            return Printed(alone, "", "exact", "", unit)
    return None


def celsius(text: str) -> str | None:
    """Return a temperature with its unit as a number in degC, or None.

    >>> celsius("298 K"), celsius("25 °C")
    ('24.85', '25')
    """
    match = _TEMPERATURE.fullmatch(text.translate(_DASHES).strip())
    if match is None:
        return None
    if match[2] != "K":
        return match[1]
    return str(Decimal(match[1]) - Decimal("273.15"))


def temperature_hint(text: str) -> str:
    """Say what to type for a temperature that is no number in degC, or nothing."""
    number = celsius(text) or one_number(text)
    if number is not None:
        return f"Type {number}; metastudy tidy does it."
    ends = _RANGE.fullmatch(text.translate(_DASHES).strip())
    if ends:
        middle = (Decimal(ends[1]) + Decimal(ends[2])) / 2
        return f"Type the middle, {middle}, and the range in notes; a fitted range has range_text."
    if text.strip().casefold() in ("rt", "r.t.", "ambient", "room temp", "room temp."):
        return "Type room temperature."
    return ""


def number_hint(name: str, text: str) -> str:
    """Say which columns take what is typed in one, or nothing where that is not clear."""
    number = one_number(text)
    if number is not None:
        return f"Write {number}; metastudy tidy does it."
    value, upper, minus, plus, unit = _IN_YAML.get(name, _IN_TABLE)
    plain = text.translate(_DASHES).strip()
    parts = parts_of(text)
    if parts is not None and not parts.upper:
        return f"Type {parts.value} in {value} and {parts.qualifier} in qualifier."
    if parts is not None:
        return f"Type {parts.value} in {value}, {parts.upper} in {upper} and between in qualifier."
    spread = _PLUS_MINUS.fullmatch(plain)
    if spread:
        kind = "" if name in _IN_YAML else ", and what it is in unc_kind"
        return f"Type {spread[1]} in {value}, {spread[2]} in {minus} and in {plus}{kind}."
    ratio = _RATIO.fullmatch(plain)
    if ratio:
        first = ratio[1] if ratio[2] == "1" else "the number of EO for one Li"
        return (
            f"A ratio is one number: for EO to Li type {first} in {value} and EO:Li in {unit}. "
            "A ratio of solvents goes into solvent_ratio of study.yaml as printed."
        )
    with_unit = _WITH_UNIT.fullmatch(plain)
    if with_unit:
        return f"Type {with_unit[1]} in {value} and {with_unit[2]} in {unit}."
    return ""
