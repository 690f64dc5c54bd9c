"""Columns that hold another form of the spectrum than its impedance: read as ohm they mislead."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .columns import symbol_of

_WORDS = {
    "an admittance": "y' y'' yre yim yreal yimag admittance conductance susceptance",
    "a complex capacitance": "c' c'' capacitance",
    "an electric modulus": "m' m'' electricmodulus",
    "a permittivity": "ε' ε'' eps' eps'' permittivity",
    "a resistivity": "ρ' ρ'' rho' rho'' resistivity",
    "a conductivity": "σ' σ'' sigma' sigma'' conductivity",
}
_LETTERS = {"y": "an admittance", "c": "a complex capacitance", "m": "an electric modulus"}
_NAMED = {word: kind for kind, words in _WORDS.items() for word in words.split()}
# Re(Y), |Permittivity|, phase(C) and their like: one part of a quantity.
_PART = re.compile(r"(?:re|im|real|imag|mod|abs|arg|phase)[(\[{](.+)[)\]}]|\|(.+)\|")
_UNITS = {
    "a conductivity": re.compile(r"[numkµμ]?(?:S|mho)\s*[/·*. ]\s*[cm]?m"),
    "an admittance": re.compile(
        r"[numkµμ]?(?:S|mhos?|[sS]iemens)|(?:[oO]hms?|[Ω\u2126])\s*(?:\^?\s*\(?[-−]1\)?|⁻¹)"
        r"|1\s*/\s*(?:[oO]hms?|[Ω\u2126])"
    ),
    "a capacitance": re.compile(r"[pnumµμ]?(?:F|[fF]arad)"),
}
_AN_IMPEDANCE = re.compile(r"[(|]Z", re.IGNORECASE)
_UNIT = re.compile(r"(?P<symbol>.*?)\s*(?:\[(?P<a>[^\[\]]*)\]|/\s*(?P<b>.*)|\((?P<c>[^()]*)\))")

INSTEAD = (
    "expected an impedance of the whole cell in ohm; convert it, as in "
    "eis.Spectrum(frequency_hz, 1 / admittance), or export Re Z and Im Z"
)


def other_quantity(names: Iterable[str]) -> str | None:
    """Say what the first of the names, if any, holds in place of an impedance, by word or unit.

    None also where another impedance is among them, such as Re(Zce): the caller may want that.
    """
    names = list(names)
    if any(_AN_IMPEDANCE.search(name) for name in names):
        return None
    for name in names:
        kind = _of_one(name.strip().strip('\ufeff"')[:80])
        if kind is not None:
            return kind
    return None


def _of_one(name: str) -> str | None:
    with_unit = _UNIT.fullmatch(name)
    if with_unit:
        unit = (with_unit["a"] or with_unit["b"] or with_unit["c"] or "").strip()
        by_unit = (kind for kind, pattern in _UNITS.items() if pattern.fullmatch(unit))
        if (named := next(by_unit, None)) is not None:
            return named
    for text in (name, with_unit["symbol"] if with_unit else ""):
        word = symbol_of(text)
        part = _PART.fullmatch(word)
        inner = (part[1] or part[2] or "") if part else word
        kind = _NAMED.get(inner) or (_LETTERS.get(inner) if part else None)
        if kind is not None:
            return kind
    return None
