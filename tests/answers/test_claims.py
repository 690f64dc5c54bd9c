"""Verdicts against hand arithmetic from the printed numbers, and against sums from Wu's Table 1."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from metastudy.answers.claims.claim import ClaimError, read_claims
from metastudy.answers.claims.judging import as_frame, judge, judge_one, sentence
from metastudy.answers.claims.verdict import Evidence, Verdict, resistance_contrast
from tests.answers.printed_records import with_printed_records, without_secondary

# Worked out by hand from the printed numbers; the note says how.
BY_HAND = {
    # 3.4 / 2.6 and 3.4 / 1.2 kohm cm2
    "within_earlier_range": ("does not hold", [1.307692, 2.833333]),
    # ln 7 / ln 1.15 = 1.945910 / 0.139762
    "preparation_beats_repeats": ("holds", [13.92303]),
    # energies 0.7, 0.8, 0.6 with 0.1 each; 1.959964 x 0.1 x root 2
    "energy_constant": ("holds", [0.7, 2.0, 0.277181]),
    # 8.617333e-5 x 343.15 x ln 6, against the printed 0.1 eV
    "prefactor_only": ("cannot be told", [0.0529833, 0.1]),
    # (0.86 - 0.5) / 0.5 taken back
    "water_undoes": ("holds", [0.5, 0.86, 0.72]),
    "heat_twice": ("reproduced", [6.25]),
    # 64 / 27, 64 / 14, 64 / 5
    "more_than_a_decade": ("does not hold", [2.370370, 4.571429, 12.8]),
    # ln(3400 / 64) / 4.462164 per eV, then (0.890296 - 0.7) / 0.1
    "one_energy": ("cannot be told", [0.890296, 1.902962]),
    "plateau_range": ("does not hold", [27.0, 14.0, 5.0]),
    "heated_plateau": ("does not hold", [2.0]),
    # (27/64)/0.75 is the largest of 0.5625, 0.4375, 0.488; 1.9 the smallest of 1.9, 2.80, 2.38
    "ageing_sign": ("holds", [0.5625, 1.9]),
    # ln 1.4 / ln(1/6), ln 3 / ln 0.16
    "capacitance_rises": ("holds", [-0.187789, -0.599489]),
    "carbon_titanium": ("holds", [1.0]),
    "oxygen_no_order": ("cannot be told", [-0.4, -0.8]),
    # 8.8/91.2, 11.8/88.2, 12.4/87.6, 9.1/90.9
    "titanium_ratio": ("reproduced", [0.0964912, 0.1337868, 0.1415525, 0.1001100]),
    # 19.2/80.8, 15.6/84.5
    "titanium_after_contact": ("reproduced", [0.2376238, 0.1846154]),
    "titanium_sums": ("does not hold", [100.0, 100.1]),
    # 7.3/2.9, 0.4/0.2
    "residual_film": ("reproduced", [2.517241, 2.0]),
    "silicon_rises": ("does not hold", [1 / 3]),
    # 182/3.65, 16.3/2.69, 17.3/3.41, 15/4.9
    "dmf_leaches_more": ("holds", [49.86301, 6.059480, 5.073314, 3.061224]),
    # 15 ppm over root 18
    "water_content_not_cause": ("holds", [3.535534]),
    # 0 eV for 29.8 - 15.1; (50 - 32) / 96.48533 eV for 16.4 - 17.2
    "donor_number": ("cannot be told", [0.0, 14.7, 0.186557, -0.8]),
    "sodium_lithium_one_work": ("holds", [-0.27]),
    # 260/68, 539/260
    "interphase_order": ("holds", [3.823529, 2.073077]),
    # 8.314463 x 296.15 / 96485.33 V over 53.1 uA cm-2, beside 300 ohm cm2
    "sum_of_two": ("holds", [480.610, 0.615682]),
    # (70 - 30) / 96.48533
    "polymer_energy_higher": ("holds", [0.414571]),
    # 93.1 / 8.9
    "carbonate_removal": ("holds", [10.46067]),
    # 0.3 + 2.1; 8.314463 x 353.15 / 96485.33 / 2.1
    "argyrodite_parts": ("reproduced", [2.4, 2.4, 14.4914]),
    # 45 / 96.48533
    "ceramic_pair_value": ("reproduced", [15.8, 0.466392]),
    "ohmic_limit": ("reproduced", [16.66667]),
    # layer by layer: 10.8 mWh over 40.978 mg and 169.08 um
    "liquid_reference": ("reproduced", [263.56, 638.74]),
    # 24.17 mg cm-2 / (0.1 rho) - 7.31 um
    "break_even_specific": ("reproduced", [41.0, 73.2, 113.5]),
    # (7200/264 - 12.5 - 7.18 - 0.621601) / 0.5 and (36000/264 - 62.5 - 7.18 - 3.108003) / 0.5
    "break_even_over_loading": ("does not hold", [13.9423, 127.1513]),
    "loading_for_volume": ("reproduced", [16.7]),
    "collectors_specific": ("does not hold", [46.0, 7.6]),
    "collectors_volumetric": ("reproduced", [34.0, 4.1]),
    "lithium_specific": ("holds", [2.9]),
    "lithium_volumetric": ("does not hold", [26.0]),
    # 45.94/1.67 over 32.06/2.03
    "sulfur_expansion": ("does not hold", [74.18]),
    # 2 x 96485.33 / 3.6 / 32.06 = 1671.97 mAh/g
    "sulfur_utilisation": ("reproduced", [72.73]),
    # 1 mAh / (3861 mAh/g x 0.54 g/cm3) = 4.79630 um
    "lithium_deposit": ("does not hold", [4.79630, 14.38890]),
    # 24/7.2; (1 - 0.3) / (1 - 8.9/93.1)
    "composite_follows_contact": ("holds", [10.46067, 3.333333, 0.773990]),
    # pi / root 18 = 0.740480
    "packing": ("reproduced", [74.0480, 25.9520]),
    "amorphous_ten_times": ("does not hold", [12.75]),
    "annealing_lowers": ("holds", [6.6]),
}
# Of numbers that systems of layers give, the hand sums keep the digits that are shown.
LOOSE = {
    "liquid_reference": 0.01,
    "break_even_specific": 0.1,
    "break_even_over_loading": 1e-4,
    "loading_for_volume": 0.05,
    "collectors_specific": 0.05,
    "collectors_volumetric": 0.05,
    "lithium_specific": 0.05,
    "lithium_volumetric": 0.15,
    "sulfur_expansion": 0.01,
    "sulfur_utilisation": 0.01,
    "sum_of_two": 0.002,
}


@pytest.fixture(scope="module")
def data(frozen):
    return with_printed_records(frozen)


@pytest.fixture(scope="module")
def judged(data):
    return {j.claim.id: j for j in judge(data)}


@pytest.mark.parametrize("name", BY_HAND)
def test_as_by_hand(judged, name):
    verdict, numbers = BY_HAND[name]
    outcome = judged[name].outcome
    assert outcome.verdict == verdict
    found = list(outcome.values.values())[: len(numbers)]
    assert found == pytest.approx(numbers, rel=2e-5, abs=LOOSE.get(name, 1e-6))


def test_what_cannot_be_told_says_what_is_missing(judged):
    untold = [j for j in judged.values() if j.outcome.verdict is Verdict.CANNOT_BE_TOLD]
    assert untold
    assert all(j.outcome.note for j in untold)


def test_no_interval_below_four_degrees_of_freedom(judged):
    for j in judged.values():
        if "lower" in j.outcome.values:
            assert j.outcome.df >= 4, j.claim.id


def test_claims_on_the_dataset_name_their_records(judged):
    for j in judged.values():
        if j.claim.records:
            assert set(j.claim.records.values()) <= set(j.records), j.claim.id
            assert j.works >= 1


def test_a_record_that_is_left_out_leaves_the_claim_untold(data):
    tables = dict(data.tables)
    records = data.records
    tables["records"] = records[records["record_id"] != "mangani_2024_tuning.021"]
    (found,) = judge(replace(data, tables=tables), ["heat_twice"])
    assert found.outcome.verdict is Verdict.CANNOT_BE_TOLD
    assert (
        found.outcome.note == "record mangani_2024_tuning.021 is not in this dataset, or left out"
    )


def test_a_record_that_a_switch_took_leaves_the_claim_untold(data):
    kept = without_secondary(data)
    (ratio, energies) = judge(kept, ["carbonate_removal", "one_ev"])
    assert ratio.outcome.note == "record huo_2020_llzto.001 is not in this dataset, or left out"
    secondary = set(data.records.loc[data.records["basis"] == "secondary", "record_id"])
    assert energies.records
    assert not set(energies.records) & secondary
    (whole,) = judge(data, ["one_ev"])
    assert set(whole.records) & secondary


def test_a_dataset_of_one_work_gives_verdicts_and_no_faults(frozen):
    tables = {
        name: table[table["study_id"] == "simulated_2004_liquids"] if "study_id" in table else table
        for name, table in frozen.tables.items()
    }
    found = {j.claim.id: j.outcome for j in judge(replace(frozen, tables=tables))}
    assert found["ohmic_limit"].verdict is Verdict.REPRODUCED  # needs no record
    assert found["nasicon_lowest"].verdict is Verdict.CANNOT_BE_TOLD
    assert found["one_ev"].note.startswith("the rows carry no fit: ")
    assert found["heat_twice"].note.startswith("record mangani_2024_tuning.021 is not in")


def test_a_wrong_print_is_not_reproduced(data):
    claim = next(c for c in read_claims() if c.id == "ohmic_limit")
    wrong = {"thickness": replace(claim.printed["thickness"], value=16.5)}
    found = judge_one(replace(claim, printed=wrong), data)
    assert found.outcome.verdict is Verdict.DOES_NOT_HOLD


def test_unknown_ids_offer_near_ones(data):
    with pytest.raises(ClaimError, match="no claim is named 'heat_twise'; did you mean heat_twice"):
        judge(data, ["heat_twise"])
    with pytest.raises(ClaimError, match="no claim is named 'zzz'; metastudy claims lists them"):
        judge(data, ["zzz"])


def test_table_and_sentence_count_the_same(judged):
    frame = as_frame(tuple(judged.values()))
    said = sentence(tuple(judged.values()))
    counts = frame["verdict"].value_counts()
    tested = len(frame) - counts["not tested"]
    assert said.startswith(f"Of {len(frame)} claims {tested} are tested: ")
    for word in ("reproduced", "holds", "does not hold", "cannot be told"):
        assert f"{counts[word]} {word}" in said


class Simulated:
    """A dataset of observations alone, with independent errors."""

    def __init__(self, observations):
        self.observations = observations
        self.records = pd.DataFrame({"record_id": [], "excluded": []})

    def V_of(self, ids):  # noqa: N802
        return 0.01 * np.eye(len(ids))


def simulated(shift, works, seed):
    rng = np.random.default_rng(seed)
    rows = []
    for work in range(works):
        level = rng.normal(0, 0.2) + (shift if work % 2 else 0.0)
        for repeat in range(3):
            y = level + rng.normal(0, 0.2)
            rows.append((f"w{work}", f"w{work}.{repeat}", y, y, y, "exact", work % 2 == 1))
    columns = ["study_id", "observation_id", "y", "lo", "hi", "censoring", "marked"]
    return pd.DataFrame(rows, columns=columns)


@pytest.mark.parametrize(
    ("shift", "sign", "verdict"),
    [(2.0, 1, "holds"), (2.0, -1, "does not hold"), (0.0, 1, "cannot be told")],
)
def test_a_planted_difference_is_judged_by_its_sign(shift, sign, verdict):
    rows = simulated(shift, 12, seed=5)
    seen = Evidence(Simulated(rows), read_claims()[0])
    found = resistance_contrast(seen, rows, rows["marked"], sign, "marked and others")
    assert found.verdict == verdict
    assert found.values["difference"] == pytest.approx(shift, abs=0.4)


def test_one_value_on_a_side_is_no_comparison():
    rows = simulated(2.0, 12, seed=5)
    marked = pd.Series([True] + [False] * (len(rows) - 1))
    seen = Evidence(Simulated(rows), read_claims()[0])
    found = resistance_contrast(seen, rows, marked, 1, "one and others")
    assert found.verdict is Verdict.CANNOT_BE_TOLD
    assert "no two values on each side" in found.note
