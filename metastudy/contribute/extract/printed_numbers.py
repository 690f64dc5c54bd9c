"""Numbers with their units in a sentence, as printed: digits, signs and spreads are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from metastudy.corpus.number_spelling import one_number
from metastudy.corpus.study import number as number_of

PERCENT, FACTOR = "%", "factor"
UNREADABLE = "?"  # ohm cm2 whose ohm sign the text has lost
_DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?"
_POWER = (
    r"(?:\s?[×x·]?\s?10(?:[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|\s?\^\s?\(?[-−+]?[0-9]+\)?|[-−–][0-9]{1,2}(?![0-9.])))"
)
_NUMBER = re.compile(
    rf"(?<![A-Za-z0-9_.,⁰¹²³⁴⁵⁶⁷⁸⁹])(?P<sign>[-−](?=[0-9]))?"
    rf"(?P<value>10[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|{_DIGITS}{_POWER}|{_DIGITS}(?!\s?[×x]\s?10[0-9]))"
    rf"(?:\s?(?:±|\(±)\s?(?P<spread>{_DIGITS}{_POWER}?)\)?)?"
    r"(?![0-9])"
)
# "3.2 × 104" and "10 4" may be powers of ten whose raised digits the text has lost.
_LOST_POWER = re.compile(r"(?:[×x·]\s?|(?<![0-9.])10\s)$")
_LOST_OHM = re.compile(r"\s?k?\s?[OVX?\ufffd\ue000-\uf8ff]\s?[·.⋅]?\s?cm[2²](?![0-9])")
_NAMED = re.compile(
    r"(?:Figs?\.?|Figures?|Tables?|Refs?\.?|Eqs?\.?|Sections?|Scheme|ref)\s?$", re.I
)
_JOINED = re.compile(
    r"\s*(?:[,;/&]|,?\s*and|,?\s*or|,?\s*to)?\s*"
    r"(?:(?:up\s+to|about|ca\.?|approximately|around|~|≈|<|>)\s*)?"
)
_DASH = re.compile(r"\s?(?:[-–—−]|to|\.\.\.?|…)\s?")
_CHANGE = re.compile(r"\b(?:decreas|reduc|lower|drop|increas|ris|rose|chang|improv|fall|fell)\w*\b")
_LONGEST_UNIT = 24
_FACTOR_AFTER = re.compile(r"\s?-?\s?(?:fold|times)\b")
_FACTOR_BEFORE = re.compile(r"\bfactors?\s+(?:of\s+)?(?:about\s+|ca\.?\s+|~\s?|≈\s?|up to\s+)?$")
_WORDS = {
    word: value
    for value, names in {
        "2": "two twice",
        "3": "three",
        "4": "four",
        "5": "five",
        "6": "six",
        "7": "seven",
        "8": "eight",
        "9": "nine",
        "10": "ten",
    }.items()
    for word in names.split()
}
_FOLD_WORD = re.compile(rf"\b({'|'.join(_WORDS)})\s?-?\s?(?:fold\b|times\b)", re.I)
_ORDERS = re.compile(
    r"\b(?:(?P<count>an|one|two|three|four|[1-4])\s+)?(?:orders?\s+of\s+magnitude|decades?)\b", re.I
)
_COUNTS = {"an": 1, "one": 1, "two": 2, "three": 3, "four": 4}


@dataclass(frozen=True)
class PrintedNumber:
    """A number as printed, in the spelling of the tables.

    Attributes
    ----------
    start, end
        Place in the sentence, with its unit.
    unit
        The unit as printed, ``%``, ``factor``, or ``?`` for a sign that the text has lost.
    in_words
        The printed words where the number is not in digits.
    """

    start: int
    end: int
    value: str
    unit: str
    upper: str = ""
    spread: str = ""
    in_words: str = ""


def printed_numbers(text: str, is_unit: Callable[[str], bool]) -> list[PrintedNumber]:
    """Return the numbers of a sentence that have a unit, a percent sign or are a factor.

    A number without a unit takes the one of the next number of the same list or range.
    """
    found: list[PrintedNumber] = []
    for match in _NUMBER.finditer(text):
        before = text[: match.start()]
        if _NAMED.search(before) or _LOST_POWER.search(before):
            continue
        value = _spelt(f"{match['sign'] or ''}{match['value']}")
        spread = _spelt(match["spread"]) if match["spread"] else ""
        if value is None or spread is None:
            continue
        unit, end = _unit_at(text, match.end(), is_unit)
        if not unit and _FACTOR_BEFORE.search(before):
            unit = FACTOR
        found.append(PrintedNumber(match.start(), end, value, unit, "", spread))
    listed = _with_lists(text, found)
    return sorted([*listed, *_in_words(text)], key=lambda number: number.start)


def _spelt(printed: str) -> str | None:
    """Write a printed number in the form of the tables; thousands lose their commas."""
    text = re.sub(r"(?<=[0-9]),(?=[0-9]{3})", "", printed)
    text = re.sub(r"10\s?[-−–](?=[0-9]{1,2}$)", "10⁻", text) if re.search("[×x· ]", text) else text
    if "10⁻" in text and text[-1] not in "⁰¹²³⁴⁵⁶⁷⁸⁹":
        head, _, digits = text.rpartition("⁻")
        text = f"{head}⁻{digits.translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}"
    text = re.sub(r"\^\s?\(?([-−+]?[0-9]+)\)?", r"^\1", text)
    return one_number(text)


def _unit_at(text: str, start: int, is_unit: Callable[[str], bool]) -> tuple[str, int]:
    """Return the longest unit that begins behind a number, and where it ends."""
    factor = _FACTOR_AFTER.match(text, start)
    if factor:
        return FACTOR, factor.end()
    lost = _LOST_OHM.match(text, start)
    if lost:
        return UNREADABLE, lost.end()
    begin = start
    while begin < len(text) and text[begin] in " -)\u00a0" and begin < start + 3:
        begin += 1
    if text[begin : begin + 1] == "%":
        return PERCENT, begin + 1
    for end in range(min(len(text), begin + _LONGEST_UNIT), begin, -1):
        unit, after = text[begin:end], text[end : end + 1]
        if unit[-1] in " .·,;(" or after.isalpha() or (after.isdigit() and after.isascii()):
            continue
        if is_unit(unit):
            return unit, end
    return "", start


def _with_lists(text: str, found: Sequence[PrintedNumber]) -> list[PrintedNumber]:
    """Give numbers of lists their unit, and join the two ends of a range."""
    kept: list[PrintedNumber] = []
    for number in reversed(found):
        following = kept[-1] if kept else None
        if following is None or not following.unit or number.unit not in ("", following.unit):
            kept.append(number)
            continue
        between = text[number.end : following.start]
        if not following.upper and _is_range(text, number, between):
            value, upper = number.value, following.value
            if _descends(value, upper):
                kept[-1] = replace(following, unit="")  # "10-3" may be a power of ten
            else:
                kept[-1] = replace(following, start=number.start, value=value, upper=upper)
        elif not number.unit and _JOINED.fullmatch(between):
            kept.append(replace(number, unit=following.unit, end=following.end))
        else:
            kept.append(number)
    return [number for number in kept if number.unit]


def _descends(low: str, high: str) -> bool:
    first, last = number_of(low), number_of(high)
    return first is None or last is None or first >= last


def _is_range(text: str, number: PrintedNumber, between: str) -> bool:
    """Say whether two numbers are the ends of a range: "from 9 to 5" after a change is none."""
    before = text[max(0, number.start - 60) : number.start]
    if between.strip() == "and":
        return re.search(r"\bbetween\s*$", before) is not None
    if not _DASH.fullmatch(between):
        return False
    if "to" not in between:
        return not number.unit
    return not _CHANGE.search(before) or "range" in before or "varie" in before


def _in_words(text: str) -> list[PrintedNumber]:
    found = []
    for match in _FOLD_WORD.finditer(text):
        value = _WORDS[match[1].lower()]
        found.append(PrintedNumber(*match.span(), value, FACTOR, in_words=match[0]))
    for match in _ORDERS.finditer(text):
        if match["count"] is None and not re.search(r"\ba\s$", text[: match.start()]):
            continue  # "several orders of magnitude" is no number
        count = match["count"] or "one"
        power = int(count) if count.isdigit() else _COUNTS[count.lower()]
        found.append(PrintedNumber(*match.span(), f"1{'0' * power}", FACTOR, in_words=match[0]))
    return found
