"""Rows that a paper's text may hold: a number of a contact, with its sentence and its page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from metastudy.contribute.extract import field_words as words
from metastudy.contribute.extract.conditions import CONDITIONS, EO_LI, UNCERTAINTY
from metastudy.contribute.extract.paper_text import Sentence
from metastudy.contribute.extract.printed_numbers import (
    FACTOR,
    PERCENT,
    UNREADABLE,
    PrintedNumber,
    printed_numbers,
)
from metastudy.corpus.number_spelling import celsius
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.units import dimension_of

REACH = 110  # characters between a change and what it is of
_MAY_BE_POWER = re.compile(r"10[2-9]")
_TEMPERATURE = re.compile(r"(?<![0-9.])(-?[0-9]+(?:\.[0-9]+)?)\s?(°\s?C|℃|º\s?C|K\b|degC)")
# A temperature of the preparation, not of the measurement
_TREATED = re.compile(
    r"(?:heat|heated|anneal|sinter|dri|treat|melt|calcin|fir)[a-z]*\s(?:\w+\s){0,2}$", re.I
)
_ROOM = re.compile(r"\b(?:room|ambient)[- ]temperature\b|\bRT\b", re.I)
_QUANTITIES = {
    "resistance_area": "area_specific_resistance",
    "resistance": "resistance",
    "conductance_per_area": "conductance_per_area",
    "energy": "activation_energy",
    "current_density": "exchange_current_density",
    "capacitance": "capacitance",
    "capacitance_per_area": "capacitance_per_area",
}


@dataclass(frozen=True)
class Proposal:
    """Cells of a row that a text gives, its sentence, its page (0: none), and the printed part."""

    cells: dict[str, str]
    sentence: str
    page: int
    printed: str

    @property
    def locator(self) -> str:
        """The page, as a locator begins; empty where the text has no pages."""
        return f"p. {self.page}" if self.page else ""

    def excerpt(self, reach: int = 200) -> str:
        """Return the sentence around the number, which stands in brackets."""
        start = self.sentence.find(self.printed)
        before, after = self.sentence[:start], self.sentence[start + len(self.printed) :]
        head = f"...{before[-reach:]}" if len(before) > reach else before
        tail = f"{after[:reach]}..." if len(after) > reach else after
        return f"{head}[{self.printed}]{tail}"


def proposals(sentences: Sequence[Sentence], vocabulary: Vocabulary) -> list[Proposal]:
    """Return the rows that a text may hold: numbers of contacts, then conditions, in its order.

    A number of a contact is proposed once a sentence, a condition once a text.
    """
    contacts: list[Proposal] = []
    conditions: dict[tuple[str, ...], Proposal] = {}
    for index, sentence in enumerate(sentences):
        before = sentences[index - 1].text if index else ""
        found = list(_of_sentence(sentence, before, vocabulary))
        of_contact = {_key(p.cells): p for p, is_contact in found if is_contact}
        contacts += of_contact.values()
        taken = {p.cells.get("temperature_text") for p in of_contact.values()}
        for proposal, is_contact in found:
            if not is_contact and proposal.cells["value_text"] not in taken:
                conditions.setdefault(_number_of(proposal.cells, vocabulary), proposal)
    return [*contacts, *conditions.values()]


def _of_sentence(
    sentence: Sentence, before: str, vocabulary: Vocabulary
) -> Iterator[tuple[Proposal, bool]]:
    """Yield the proposals of a sentence, each with whether it is of a contact."""
    text = sentence.text
    for number in printed_numbers(text, lambda unit: bool(_dimension(unit, vocabulary))):
        meant = _of_contact(number, text, before, vocabulary)
        of_contact = meant is not None
        meant = meant or _condition(number, text, vocabulary)
        if meant is None:
            continue
        cells = (
            _cells(number, text, of_contact and meant["quantity"] != "activation_energy") | meant
        )
        printed = text[number.start : number.end].strip()
        yield Proposal(cells, text, sentence.page, printed), of_contact
    for match in EO_LI.finditer(text):
        cells = {"value_text": match[1], "qualifier": "exact", "unit_text": "EO:Li"}
        cells["quantity"] = "concentration"
        yield Proposal(cells, text, sentence.page, match[0]), False


def _of_contact(
    number: PrintedNumber, text: str, before: str, vocabulary: Vocabulary
) -> dict[str, str] | None:
    """Return quantity and unit where the words near the number say that it is of a contact."""
    if number.value.startswith("-"):
        return None  # none of these is below zero
    if number.unit in (PERCENT, FACTOR):
        return _change(number, text)
    if number.unit == UNREADABLE:
        return {"unit_text": "", "quantity": "area_specific_resistance"}
    dimension = _dimension(number.unit, vocabulary)
    around = f"{before} {text}"
    fits = {
        "resistance_area": True,
        "resistance": bool(words.RESISTANCE.search(around)),
        "conductance_per_area": bool(words.CONTACT.search(around)),
        "energy": bool(words.ACTIVATION.search(around) and not words.BINDING.search(text)),
        "current_density": bool(words.EXCHANGE.search(around)),
        "capacitance": bool(words.CAPACITANCE.search(text)),
        "capacitance_per_area": bool(words.CAPACITANCE.search(text)),
    }
    if not fits.get(dimension, False):
        return None
    return {"unit_text": number.unit, "quantity": _QUANTITIES[dimension]}


def _condition(number: PrintedNumber, text: str, vocabulary: Vocabulary) -> dict[str, str] | None:
    """Return quantity and unit of a number of material, preparation or protocol."""
    if number.unit == PERCENT and UNCERTAINTY.search(text):
        return {"unit_text": PERCENT, "quantity": "relative_uncertainty"}
    condition = CONDITIONS.get(_dimension(number.unit, vocabulary))
    if condition is None or not condition.words.search(text):
        return None
    return {"unit_text": number.unit, "quantity": condition.quantity}


def _key(cells: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(cells.items()))


def _number_of(cells: Mapping[str, str], vocabulary: Vocabulary) -> tuple[str, ...]:
    unit = vocabulary.unit_of(cells["unit_text"]) or cells["unit_text"]
    return (cells["quantity"], cells["value_text"], cells.get("upper_text", ""), unit)


def _change(number: PrintedNumber, text: str) -> dict[str, str] | None:
    """Return what changed and which way; None where no quantity stands near.

    A percentage without a direction is a share, not a change; a factor has its unit left open.
    """
    of = words.nearest(words.CHANGED, text, number.start, number.end)
    if of is None or of.distance > REACH or of.word == "relative_conductivity":
        return None
    way = words.direction(text, number.start, number.end)
    if number.unit == FACTOR and not way:
        return {"unit_text": "", "quantity": of.word}
    kind = "percent" if number.unit == PERCENT else "factor"
    return {"unit_text": f"{kind} {way}", "quantity": of.word} if way else None


def _cells(number: PrintedNumber, text: str, measured: bool) -> dict[str, str]:
    """Return the cells of the number; ``measured`` takes a temperature of its sentence too."""
    cells = {"value_text": number.value, "qualifier": words.qualifier_before(text, number.start)}
    if number.upper:
        cells |= {"upper_text": number.upper, "qualifier": "between"}
    if number.spread:
        cells |= {"unc_minus": number.spread, "unc_plus": number.spread}
    temperature = _temperature(number, text) if measured else ""
    if temperature:
        cells["temperature_text"] = temperature
    if number.in_words:
        cells["notes"] = f"Printed in words: {number.in_words}."
    if _MAY_BE_POWER.fullmatch(number.value):
        cells["notes"] = "May be a power of ten whose raised digit the text has lost."
    return cells


def _temperature(number: PrintedNumber, text: str) -> str:
    """Return the temperature (degC) that stands nearest to a number in its sentence."""
    near = []
    for match in _TEMPERATURE.finditer(text):
        if _TREATED.search(text[: match.start()]):
            continue
        gap = max(number.start - match.end(), match.start() - number.end)
        degrees = celsius(f"{match[1]} {'K' if match[2] == 'K' else '°C'}")
        near.append((gap, degrees or ""))
    for match in _ROOM.finditer(text):
        near.append(
            (max(number.start - match.end(), match.start() - number.end), "room temperature")
        )
    return min(near, default=(0, ""))[1]


def _dimension(unit: str, vocabulary: Vocabulary) -> str:
    known = vocabulary.unit_of(unit)
    return "" if known is None else dimension_of(known)
