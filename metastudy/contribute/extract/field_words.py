"""Words that say what a number is: of a contact, of which quantity, which way it changed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

CONTACT = re.compile(
    r"interfac|interphase|\bcontact|heterojunction|phase boundar|charge[- ]transfer"
    r"|transfer resist"
    r"|\bR_?\s?(?:ion|int|i|if|ct|slei|spei|se\W|le|pe)"
    r"|\bS[LP]?EI\b|\bASR\b|ASI\b|area[- ]specific",
    re.I,
)
RESISTANCE = re.compile(r"resist|impedance|\bASRs?\b|\bR_?\s?[a-z]{1,5}\b|\bASI\b", re.I)
ACTIVATION = re.compile(r"activation|\bE_?\s?a\b|\bE_A\b|\bbarrier", re.I)
BINDING = re.compile(r"binding|core level|photoelectron|band ?gap|\bXPS\b|spectr", re.I)
EXCHANGE = re.compile(r"exchange[- ]current", re.I)
CAPACITANCE = re.compile(r"capacit|\bC_?\s?(?:ion|int|dl)\b", re.I)
# What a change is of, in the order in which the nearest is chosen.
CHANGED: Mapping[str, re.Pattern[str]] = {
    "relative_resistance": RESISTANCE,
    "relative_capacitance": CAPACITANCE,
    "relative_kinetic_constant": re.compile(r"kinetic (?:rate )?constant|rate constant", re.I),
    "relative_activation_energy": ACTIVATION,
    "relative_conductivity": re.compile(r"conductiv", re.I),
}
DECREASE = re.compile(
    r"decreas|lower|reduc|drop|declin|diminish|small|\bf[ae]ll|\bless|mitigat|suppress|minimi[sz]",
    re.I,
)
INCREASE = re.compile(
    r"increas|\bris(?:e|es|ing)|\brose|higher|larger|grow|grew|rais|enhanc|greater", re.I
)
# What stands right before a number, with the word for it; the longest that fits is taken.
_BEFORE: Sequence[tuple[str, str]] = (
    (r"(?:up to|at most|no more than|not more than|maximum of|≤)", "le"),
    (r"(?:below|less than|lower than|smaller than|under|<)", "lt"),
    (r"(?:at least|no less than|not less than|minimum of|≥)", "ge"),
    (r"(?:more than|above|over|exceed(?:s|ed|ing)?|larger than|higher than|greater than|>)", "gt"),
    (
        r"(?:about|approximately|around|circa|ca\.?|~|∼|≈|nearly|close to|roughly|almost|"
        r"(?:in|on|of) the order of|approx\.?)",
        "approx",
    ),
)
_FILLER = r"\s*(?:an?\s+)?(?:factor(?:\s+of)?\s*)?(?:value\s+of\s+|average\s+of\s+)?$"
_QUALIFIERS = tuple((re.compile(rf"{sign}{_FILLER}", re.I), word) for sign, word in _BEFORE)


class Near(NamedTuple):
    """A word near a number, and its distance in characters."""

    word: str
    distance: int


def qualifier_before(text: str, start: int) -> str:
    """Return the qualifier by the words right before a number; exact where there are none."""
    before = text[max(0, start - 60) : start]
    for pattern, word in _QUALIFIERS:
        if pattern.search(before):
            return word
    return "exact"


def nearest(
    patterns: Mapping[str, re.Pattern[str]], text: str, start: int, end: int
) -> Near | None:
    """Return the name of the pattern that stands nearest to a number in its sentence.

    What stands behind a number is as if twice as far: the subject of a change goes before it.
    """
    near = []
    for name, pattern in patterns.items():
        for match in pattern.finditer(text):
            gap = start - match.end() if match.end() <= start else 2 * (match.start() - end)
            near.append(Near(name, max(gap, 0)))
    return min(near, key=lambda found: found.distance, default=None)


def direction(text: str, start: int, end: int) -> str:
    """Return decrease or increase by the nearest word, or nothing where there is none."""
    found = nearest({"decrease": DECREASE, "increase": INCREASE}, text, start, end)
    return "" if found is None else found.word
