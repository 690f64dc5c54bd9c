"""What the name of a column means: quantity, sign and unit, by one table of words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import normalize

# Every spelling is written as `_symbol` leaves it: lower case, no spaces, dots or underscores,
# primes as apostrophes. "weak" words count only where no clear word does.
_SYMBOLS: dict[str, str] = {
    "frequency": "f freq frequency frequenz fréquence frecuencia frequenza 频率 周波数 "
    "frequencyhz freqhz fhz",
    "angular": "w omega ω angularfrequency angularfreq",
    "re": (
        "re re(z) rez re{z} z' zs' z're zre zreal zr realz realz' real(z) real zprime zs'(a) z'(a) "
        "realpart impedancereal realimpedance realpartofimpedance zrealohm zreohm z(re) z(real) "
        "re[z] z-real realteil"
    ),
    "im": (
        "im im(z) imz im{z} z'' zs'' zim zimag zimg zi imz imagz imag(z) imag imaginary "
        "zdoubleprime z''(b) imagpart imaginarypart impedanceimag imaginaryimpedance "
        "imaginarypartofimpedance zimaginary zimagohm zimohm z(im) z(imag) im[z] z-imag "
        "impedanceimaginary imaginärteil"
    ),
    "modulus": (
        "|z| |zs| zmod absz abs(z) modz mod(z) zmag zmodulus magz impedancemagnitude |impedance|"
    ),
    "weak re": "r resistance",
    "weak im": "x reactance",
    "weak modulus": "z impedance modulus magnitude abs betrag",
    "phase": (
        "phase phase(z) zphz zphase phasez theta thetaz theta(z) theta-z arg(z) argz phi φ θ "
        "phaseangle zphi impedancephase"
    ),
    "parallel re": "zp'",
    "parallel im": "zp''",
    "cycle": "cycle cyclenumber loop loopindex loopnumber chunk sweepnumber scan scannumber repeat",
    "temperature": "temp temperature t mtemp",
}
_MINUS = re.compile(r"[-–−]\s*|(?:negative|neg\.?|minus)[ _]+")
# Programs that fit print what they measured and what they fitted side by side.
_PREFIX_OF_NAME = re.compile(r"(?P<prefix>[\w. -]{1,30}):\s+(?P<name>\S.*)")
_NOT_MEASURED = re.compile(
    r"\b(?:fit|fitted|model|sim|simulated|simulation|calc|calculated|theory|kk|kramers-kronig|"
    r"zhit|z-hit|drt|res|residual|residuals|err|error|std|sd|diff|difference|start|guess)\b",
    re.IGNORECASE,
)
_QUANTITY = {word: name for name, words in _SYMBOLS.items() for word in words.split()}

_MAYBE_FREQUENCY = re.compile(
    "|".join(
        re.escape(word)
        for quantity in ("frequency", "angular")
        for word in _SYMBOLS[quantity].split()
        if len(word) > 1 or not word.isascii()
    )
    + r"|(?:^|[\W_])[fw](?:$|[\W_])",
    re.IGNORECASE,
)

_PREFIX = {"": 1.0, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
_OHM = re.compile(r"([numkKMGµμ]?)(?:[oO]hms?|OHMS?|Ω)")
_HERTZ = re.compile(r"([numkKMGµμ]?)(?:[hH][zZ])")
_RADIAN_PER_SECOND = re.compile(r"rad(?:ian)?s?\s*[/·*. ]?\s*s(?:ec)?(?:\s*\^?-1|⁻¹)?")
_DEGREE = re.compile(r"[dD]eg(?:rees?|\.)?|DEG|[°˚º]|Grad")
_RADIAN = re.compile(r"[rR]ad(?:ians?|\.)?|RAD")
_CELSIUS = re.compile(r"[°˚º]?\s?C|deg\.?\s?C|degC|[cC]elsius")
_PER_AREA = re.compile(r"(?=.*(?:Ω|[oO]hm))(?=.*(?:cm|m\^?2|m²|[aA]rea))", re.DOTALL)

# The unit is in brackets, after a slash, or after a comma: "f [Hz]", "f/Hz", "Z' (ohm)-data".
_WITH_UNIT = (
    re.compile(r"(?P<symbol>.*?)\s*\[(?P<unit>[^\[\]]*)\](?:-data)?"),
    re.compile(r"(?P<symbol>.*?)\s*[/,]\s*\(?(?P<unit>[^()]*?)\)?"),
    re.compile(r"(?P<symbol>.*?)\s*\((?P<unit>[^()]*)\)(?:-data)?"),
    re.compile(r"(?P<symbol>.*?)[_ ]+(?P<unit>\S+)"),
)


@dataclass(frozen=True)
class ColumnUnit:
    """A unit as printed: what it measures and its factor to Hz, ohm, rad or degC."""

    kind: str
    factor: float
    printed: str


@dataclass(frozen=True)
class Meaning:
    """What a column holds; ``sign`` is -1 where the name says that the negative is printed."""

    quantity: str
    sign: int
    unit: ColumnUnit | None


def unit_of(text: str) -> ColumnUnit | None:
    """Read one unit word, or ``None`` if it is not a unit of a column read here."""
    text = _composed(text.strip())
    for kind, pattern in (("impedance", _OHM), ("frequency", _HERTZ)):
        found = pattern.fullmatch(text)
        if found:
            prefix = found.group(1).replace("µ", "u").replace("μ", "u")
            return ColumnUnit(kind, _PREFIX[prefix], text)
    if _RADIAN_PER_SECOND.fullmatch(text):
        return ColumnUnit("angular", 1.0, text)
    if _DEGREE.fullmatch(text):
        return ColumnUnit("deg", 1.0, text)
    if _RADIAN.fullmatch(text):
        return ColumnUnit("rad", 1.0, text)
    if _CELSIUS.fullmatch(text):
        return ColumnUnit("celsius", 1.0, text)
    if text in {"K", "Kelvin", "kelvin"}:
        return ColumnUnit("kelvin", 1.0, text)
    if _PER_AREA.match(text):
        return ColumnUnit("per area", 1.0, text)
    return None


# quantity -> kinds of unit that fit it
_FITTING = {
    "frequency": {"frequency", "angular"},
    "angular": {"angular", "frequency"},
    "phase": {"deg", "rad"},
    "temperature": {"celsius", "kelvin"},
    "cycle": set[str](),
}
_IMPEDANCE = {"impedance", "per area"}


def meaning_as(name: str, quantity: str) -> Meaning | None:
    """Read the sign and unit in the name of a column that the caller says holds ``quantity``.

    ``None`` if its unit belongs to something else.
    """
    known = meaning_of(name)
    if known is not None and known.quantity.removeprefix("weak ") == quantity:
        return known
    unit = None
    for pattern in _WITH_UNIT[:3]:
        found = pattern.fullmatch(name.strip()[:80])
        unit = unit or (unit_of(found["unit"]) if found else None)
    if unit is not None and unit.kind not in _FITTING.get(quantity, _IMPEDANCE):
        return None
    return Meaning(quantity, _symbol(name)[1], unit)


def symbol_of(text: str) -> str:
    """Bring the name of a quantity to the one spelling of the tables here, without its sign."""
    return _symbol(text)[0]


def may_name_a_frequency(line: str) -> bool:
    """Whether a line may hold the name of a frequency: a quick test before it is split."""
    return bool(_MAYBE_FREQUENCY.search(_composed(line)))


def _composed(text: str) -> str:
    """Write letters one way: the ohm sign U+2126 is an omega, an accent is part of its letter."""
    return text if text.isascii() else normalize("NFC", text)


def _symbol(text: str) -> tuple[str, int]:
    """Bring a name to one spelling; the sign says whether it began with a minus."""
    text = _composed(text.strip()).casefold()
    text = re.sub("[′‘’´`ʹ]", "'", text)
    text = re.sub('["″“”ʺ]', "''", text)
    minus = _MINUS.match(text)
    sign = -1 if minus else 1
    text = text[minus.end() :] if minus else text
    return re.sub(r"[\s._]", "", text).rstrip(":"), sign


def meaning_of(name: str) -> Meaning | None:
    """Say what a column called ``name`` holds, or ``None`` for a name not known here.

    A prefix, as in ``Data: Z'``, is passed over unless it says that nothing was measured.
    """
    name = name.partition(" ;")[0].strip().strip("\ufeff")  # some programs add "; Name: ..."
    if len(name) > 80:
        return None
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1]
    meaning = _plain_meaning(name)
    prefixed = _PREFIX_OF_NAME.fullmatch(name) if meaning is None else None
    if prefixed is None or _NOT_MEASURED.search(prefixed["prefix"]):
        return meaning
    return _plain_meaning(prefixed["name"])


def is_not_measured(name: str) -> bool:
    """Whether a column holds a quantity known here that was fitted or computed, not measured."""
    prefixed = _PREFIX_OF_NAME.fullmatch(name.strip()[:80])
    return bool(
        prefixed and _NOT_MEASURED.search(prefixed["prefix"]) and _plain_meaning(prefixed["name"])
    )


def _plain_meaning(name: str) -> Meaning | None:
    symbol, sign = _symbol(name)
    if symbol in _QUANTITY and _QUANTITY[symbol] != "temperature":  # a bare t may be the time
        return Meaning(_QUANTITY[symbol], sign, None)
    for pattern in _WITH_UNIT:
        found = pattern.fullmatch(name)
        if not found:
            continue
        unit = unit_of(found["unit"])
        symbol, sign = _symbol(found["symbol"])
        quantity = _QUANTITY.get(symbol)
        if unit is None or quantity is None:
            continue
        if unit.kind in _FITTING.get(quantity, _IMPEDANCE):
            return Meaning(quantity, sign, unit)
    return None
