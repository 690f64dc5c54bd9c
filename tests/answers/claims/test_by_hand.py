"""Verdicts against hand arithmetic from the printed numbers, and against sums from Wu's Table 1.

``by_hand.csv`` holds claims as they were when the sums were made: a test of code must not move when
a claim does.
"""

from pathlib import Path

import pandas as pd
import pytest

from metastudy.answers.claims.judging import as_frame, content, judge, sentence
from metastudy.answers.claims.verdict import Verdict
from tests.answers.claims.planted import claims_of
from tests.answers.printed_records import with_printed_records, without_secondary

TABLE = Path(__file__).with_name("by_hand.csv")
# Worked out by hand from the printed numbers; the note says how.
BY_HAND = {
    "within_earlier_range": ("does not hold", [1200.0, 3400.0, 2600.0]),
    # ln 1.15 = 0.139762 against ln 7 = 1.945910
    "preparation_beats_repeats": ("holds", [0.139762, 1.945910]),
    # 8.617333e-5 x 343.15 x ln 6 = 0.0529833 eV; the printed errors are 0.1 eV
    "prefactor_only": ("cannot be told", [-0.1, 0.0529833]),
    # 0.86 is 1.72 times 0.50
    "water_undoes": ("does not hold", [0.86, 0.5]),
    "heat_twice": ("reproduced", [6.25, 6.0]),
    # 64 / 27, 64 / 14, 64 / 5
    "more_than_a_decade": ("does not hold", [2.370370, 4.571429, 12.8]),
    # ln(3400 / 64) over 1/(k 303.15 K) - 1/(k 343.15 K) = 4.462164 per eV
    "one_energy": ("cannot be told", [0.890296, 0.7]),
    "plateau_range": ("does not hold", [5.0, 27.0, 20.0, 14.0]),
    "heated_plateau": ("does not hold", [10.0, 5.0]),
    # 8.8/91.2, 11.8/88.2
    "titanium_ratio": ("reproduced", [0.0964912, 0.10, 0.1337868, 0.13]),
    # 19.2/80.8, 15.6/84.5
    "titanium_after_contact": ("reproduced", [0.2376238, 0.24, 0.1846154, 0.18]),
    # 100.1 % within two last digits
    "titanium_sums": ("reproduced", [1.0, 1.001]),
    # 7.3/2.9, 0.4/0.2
    "residual_film": ("reproduced", [2.517241, 2.5, 2.0, 2.0]),
    "silicon_rises": ("does not hold", [0.03, 0.01]),
    # 25 +- 6 ppm against 40 +- 6 ppm
    "water_content_not_cause": ("holds", [25e-6, 40e-6]),
    "interphase_order": ("holds", [68.0, 260.0, 539.0]),
    # 8.314463 x 296.15 / 96485.33 V over 53.1 uA cm-2 = 480.610, beside 300 ohm cm2
    "sum_of_two": ("holds", [0.615682]),
    # 0.3 + 2.1
    "argyrodite_parts": ("reproduced", [2.4, 2.4]),
    # 45 / 96.48533
    "ceramic_pair_value": ("reproduced", [15.8, 16.0, 0.466392, 0.47]),
    "ohmic_limit": ("reproduced", [16.66667, 16.7]),
    # layer by layer: 10.8 mWh over 40.978 mg and 169.08 um
    "liquid_reference": ("reproduced", [263.56, 264.0, 638.74, 640.0]),
    # 24.17 mg cm-2 / (0.1 rho) - 7.31 um
    "break_even_specific": ("reproduced", [41.0, 41.0, 73.2, 74.0, 113.5, 115.0]),
    # 14040/(1.5 x 263.56) = 35.514 mg cm-2, less 32.767 of the bare cell: over 0.5 and 0.2 mg
    "half_more_energy": ("does not hold", [5.494, 5.0, 24.70, 24.0]),
    # (7200/263.56 - 12.5 - 7.18 - 0.621601) / 0.5, (36000/263.56 - 62.5 - 7.18 - 3.108003) / 0.5
    "break_even_over_loading": ("does not hold", [14.034, 16.0, 127.61, 135.0]),
    "loading_for_volume": ("reproduced", [16.7, 17.0]),
    "collectors_specific": ("does not hold", [46.0, 46.0, 7.6, 7.0]),
    "collectors_volumetric": ("reproduced", [34.0, 34.0, 4.1, 4.0]),
    "lithium_specific": ("holds", [2.9, 5.0]),
    "lithium_volumetric": ("does not hold", [26.0, 5.0]),
    # 69/12, 34/6, 80/14, each within its digits
    "table_two_ratio": ("reproduced", [5.75, 5.666667, 5.714286]),
    # 45.94/1.67 over 32.06/2.03
    "sulfur_expansion": ("does not hold", [74.18, 80.0]),
    # 2 x 96485.33 / 3.6 / 32.06 = 1671.97 mAh/g
    "sulfur_utilisation": ("reproduced", [72.73, 73.0]),
    # 1 mAh / (3861 mAh/g x 0.54 g/cm3) = 4.79630 um
    "lithium_deposit": ("does not hold", [4.79630, 10.0, 14.38890, 20.0]),
    # pi / root 18 = 0.740480
    "packing": ("reproduced", [74.0480, 74.0, 25.9520, 26.0]),
    "amorphous_ten_times": ("does not hold", [12.75, 10.0]),
    "annealing_lowers": ("holds", [5e-5, 3.3e-4]),
    # (0.5/5.1) / (0.5/5.1 + 0.5/1.2)
    "weight_and_volume": ("reproduced", [19.0476, 20.0]),
}
# Of numbers that systems of layers give, the hand sums keep the digits that are shown.
LOOSE = {
    "liquid_reference": 0.01,
    "break_even_specific": 0.1,
    "half_more_energy": 0.01,
    "break_even_over_loading": 0.05,
    "loading_for_volume": 0.05,
    "collectors_specific": 0.05,
    "collectors_volumetric": 0.05,
    "lithium_specific": 0.05,
    "lithium_volumetric": 0.16,
    "sulfur_expansion": 0.01,
    "sulfur_utilisation": 0.01,
    "sum_of_two": 0.002,
}
# One printed number for two, or a source that is the claiming work.
CIRCULAR = (
    *("plasticiser_drop", "sodium_lithium_one_work", "composite_follows_contact"),
    *("donor_number_sodium", "mixing_ratio", "sodium_same_on_two_ceramics"),
)


@pytest.fixture(scope="module")
def claims(tmp_path_factory):
    rows = pd.read_csv(TABLE, dtype=str, keep_default_na=False)
    return claims_of(tmp_path_factory.mktemp("by_hand"), *rows.to_dict("records"))


@pytest.fixture(scope="module")
def data(frozen):
    return with_printed_records(frozen)


@pytest.fixture(scope="module")
def judged(data, claims):
    return {j.claim.id: j for j in judge(data, claims)}


def test_the_table_holds_what_is_worked_out(judged):
    assert set(judged) == {*BY_HAND, *CIRCULAR}


@pytest.mark.parametrize("name", BY_HAND)
def test_as_by_hand(judged, name):
    verdict, numbers = BY_HAND[name]
    outcome = judged[name].outcome
    assert outcome.verdict == verdict
    found = list(outcome.values.values())[: len(numbers)]
    assert found == pytest.approx(numbers, rel=2e-5, abs=LOOSE.get(name, 1e-6))


@pytest.mark.parametrize("name", CIRCULAR)
def test_what_is_circular_cannot_be_told(judged, name):
    outcome = judged[name].outcome
    assert outcome.verdict is Verdict.CANNOT_BE_TOLD
    assert "circular" in outcome.note or "one printed number" in outcome.note


def test_claims_on_records_name_them(judged):
    assert judged["heat_twice"].records == ("mangani_2024_tuning.021", "mangani_2024_tuning.022")
    assert judged["heat_twice"].works == 1
    assert judged["packing"].records == ()


def test_a_record_that_a_switch_took_leaves_the_claim_untold(data, claims):
    (claim,) = (c for c in claims if c.id == "argyrodite_parts")
    (whole,), (fewer,) = judge(data, [claim]), judge(without_secondary(data), [claim])
    assert whole.outcome.verdict is Verdict.REPRODUCED
    assert fewer.outcome.missing.startswith("record simon_2019_lpscl.002, which is not in")


def test_frame_json_and_sentence_count_the_same(judged):
    judgements = tuple(judged.values())
    frame, said = as_frame(judgements), sentence(judgements)
    counts = frame["verdict"].value_counts()
    assert said.startswith(f"Of {len(frame)} claims {len(frame)} are compared: ")
    for word in ("reproduced", "does not hold", "cannot be told"):
        assert f"{counts[word]} {word}" in said
        assert [row["verdict"] for row in content(judgements)].count(word) == counts[word]
