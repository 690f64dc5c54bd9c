"""Proposals from made-up sentences: every digit, sign and unit is the printed one."""

from __future__ import annotations

import random
import unicodedata

import pytest

from metastudy.contribute.extract.markup import plain
from metastudy.contribute.extract.paper_text import Sentence
from metastudy.contribute.extract.proposals import Proposal, proposals
from metastudy.corpus.study import number
from tests.studies import VOCABULARY


def proposed(*sentences: str) -> list[Proposal]:
    return proposals([Sentence(plain(text)) for text in sentences], VOCABULARY)


def cells(sentence: str) -> list[dict[str, str]]:
    return [proposal.cells for proposal in proposed(sentence)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "At 70 °C the interfacial resistance is about 64 ± 6 Ω·cm².",
            {"value_text": "64", "unc_plus": "6", "qualifier": "approx", "temperature_text": "70"},
        ),
        (
            r"It reaches $3.4~\text{k}\Omega\cdot\text{cm}^2$ at room temperature.",
            {"value_text": "3.4", "unit_text": "kΩ·cm²", "temperature_text": "room temperature"},
        ),
        (
            "After heating at 250 °C it is 12 Ω cm2 at 343.15 K.",
            {"value_text": "12", "unit_text": "Ω cm2", "temperature_text": "70.00"},
        ),
        (
            r"Values range from 5 to 20 $\Omega$ cm$^{2}$.",
            {"value_text": "5", "upper_text": "20", "qualifier": "between"},
        ),
        (
            "The activation energy of the contact is $0.70 +/- 0.05$ eV.",
            {"quantity": "activation_energy", "value_text": "0.70", "unc_minus": "0.05"},
        ),
        (
            "The barrier is below 38 kJ mol–1 in the melt.",
            {"quantity": "activation_energy", "qualifier": "lt", "unit_text": "kJ mol–1"},
        ),
        (
            r"An exchange current density of $1.2 \times 10^{-4}$ A cm$^{-2}$ was fitted.",
            {"quantity": "exchange_current_density", "value_text": "1.2 × 10^-4"},
        ),
        (
            "Dipping lowers R_int by up to 65% against the reference.",
            {
                "quantity": "relative_resistance",
                "value_text": "65",
                "unit_text": "percent decrease",
            },
        ),
        (
            "The interfacial resistance grows by a factor of 4.",
            {"value_text": "4", "unit_text": "factor increase", "qualifier": "exact"},
        ),
        (
            "The interfacial resistance drops by more than two orders of magnitude.",
            {"value_text": "100", "unit_text": "factor decrease", "qualifier": "gt"},
        ),
        (
            "A six-fold increase of the interfacial capacitance was seen.",
            {"quantity": "relative_capacitance", "value_text": "6", "unit_text": "factor increase"},
        ),
        (
            "The interface has 5466 O cm2 after a week.",
            {"quantity": "area_specific_resistance", "value_text": "5466", "unit_text": ""},
        ),
        (
            "PEO-LiTFSI with EO:Li = 20:1 was cast.",
            {"quantity": "concentration", "value_text": "20", "unit_text": "EO:Li"},
        ),
        (
            "The measured uncertainty stays below 15%.",
            {"quantity": "relative_uncertainty", "value_text": "15", "qualifier": "lt"},
        ),
    ],
)
def test_a_sentence_gives_its_row(sentence: str, expected: dict[str, str]) -> None:
    assert any(found.items() >= expected.items() for found in cells(sentence)), cells(sentence)


def test_numbers_of_a_list_share_the_unit_and_keep_their_order() -> None:
    found = cells("The interfacial resistance falls by 25%, 50% and up to 65 % for the three.")
    assert [(c["value_text"], c["qualifier"]) for c in found] == [
        ("25", "exact"),
        ("50", "exact"),
        ("65", "le"),
    ]
    shared = cells("The interfacial resistances are 64, 27 and 14 Ω cm².")
    assert [(c["value_text"], c["unit_text"]) for c in shared] == [
        (value, "Ω cm²") for value in ("64", "27", "14")
    ]


def test_from_one_value_to_another_is_a_change_not_a_range() -> None:
    found = cells("The interfacial resistance decreased from 64 to 27 Ω cm².")
    assert [c["value_text"] for c in found] == ["64", "27"]


@pytest.mark.parametrize(
    "sentence",
    [
        "See Figure 3 and Table 2 of ref. 12 for the interface.",
        "The interfacial resistance fell from 3.2 × 104 of old.",  # a raised digit is lost
        "The interface has 10-3 Ω cm2 in a text without raised digits.",
        "Spectra were calibrated at 284.8 m for the interface.",
        "Several orders of magnitude lie between the interfacial resistances.",
        "Li7La3Zr2O12 and PEO0.5M form the interface.",
        "The interfacial resistance is 1,5 Ω cm2.",  # a decimal comma has two meanings
    ],
)
def test_what_is_no_number_of_a_contact_is_not_proposed(sentence: str) -> None:
    assert cells(sentence) == []


def test_a_value_that_may_have_lost_its_raised_digit_says_so() -> None:
    (found,) = cells("The interfacial resistance is 105 Ω cm2.")
    assert found["notes"] == "May be a power of ten whose raised digit the text has lost."


def test_a_mark_of_a_citation_is_no_digit_of_the_unit() -> None:
    (found,) = cells(r"The interface has 64 $\Omega$ cm$^2$$^{29}$ in that work.")
    assert (found["value_text"], found["unit_text"]) == ("64", "Ω cm²")


UNITS = ("Ω cm²", "kΩ·cm2", "Ω.cm²", "Ωcm2", "ohm cm2", "Ω m2", "kΩ", "Ω", "eV", "meV", "kJ/mol")
FORMS = (
    "The interfacial resistance and activation energy of the contact is {} at 60 °C.",
    "(activation, R_int {})",
    "We fitted an activation barrier and resistance of {}, as others did.³⁴",
    "Resistance, activation: {}",
)


def test_no_digit_sign_or_unit_changes_in_a_thousand_seeded_sentences() -> None:
    rng = random.Random(20261130)
    for _ in range(1000):
        mantissa = f"{rng.choice([rng.uniform(0, 1), rng.uniform(1, 5000)]):.{rng.randrange(4)}f}"
        power = rng.choice(["", "", " × 10⁻³", "×10⁴", " 10^-7"])
        spread = rng.choice(["", "", " ± 0.3", "±12"]) if not power else ""
        unit = rng.choice(UNITS)
        sentence = rng.choice(FORMS).format(f"{mantissa}{power}{spread} {unit}")
        found = [p for p in proposed(sentence) if p.cells["unit_text"] == unit]
        assert len(found) == 1, sentence
        given = found[0].cells
        printed = unicodedata.normalize("NFKC", f"{mantissa}{power}").replace("−", "-")
        for sign in ("×", "^", " "):
            printed = printed.replace(sign, "")
        typed = given["value_text"]
        for sign in ("×", "^", " "):
            typed = typed.replace(sign, "")
        assert typed == printed, sentence
        assert given.get("unc_plus", "") == spread.strip("± ")
        exponent = {"": 0, " × 10⁻³": -3, "×10⁴": 4, " 10^-7": -7}[power]
        assert number(given["value_text"]) == pytest.approx(float(mantissa) * 10.0**exponent)
