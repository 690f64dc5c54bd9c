"""Activation energies on small hand-made tables, a seeded simulation, and frozen data by hand."""

import numpy as np
import pandas as pd
import pytest

from metastudy.answers.activation import (
    activation_energies,
    contact_energies,
    contact_pairs,
    donor_number,
    homogeneity,
    pool,
    reference_values,
)

BLANK = {
    "study_id": "a",
    "quantity": "activation_energy",
    "role": "interface",
    "basis": "text",
    "arm": "reference",
    "state_kind": "unknown",
    "sd": np.nan,
    "reference_record": None,
    "notes": "",
    "range_text": None,
    "excluded": None,
}


def records(*rows):
    made = []
    for number, (system, lo, hi, more) in enumerate(rows):
        row = {**BLANK, "record_id": f"a.{number + 1:03d}", "system": system, "lo": lo, "hi": hi}
        row["value"] = lo if lo == hi else np.nan
        made.append({"preparation_id": "a/one", **row, **more})
    return pd.DataFrame(made)


def system(cls="LE/SE", ion="Li", solid="LLZO", partner="PC"):
    return f"{cls} | {ion} | {solid} | {partner} | LiTFSI | 1 mol L-1"


def test_a_range_is_taken_at_its_middle():
    (row,) = contact_energies(records((system(), 0.7, 0.8, {}))).to_dict("records")
    assert row["ea_ev"] == pytest.approx(0.75)
    assert row["partner"] == "PC"
    assert not row["sd_printed"]


def test_a_repeat_of_the_same_contact_counts_once():
    again = {"reference_record": "a.001"}
    other = {"reference_record": "a.001", "preparation_id": "a/two"}
    found = contact_energies(
        records(
            (system(), 0.7, 0.7, {}), (system(), 0.72, 0.72, again), (system(), 0.7, 0.7, other)
        )
    )
    assert found["record_id"].tolist() == ["a.001", "a.003"]


def test_other_roles_and_bounds_stay_out():
    found = contact_energies(
        records((system(), 0.5, 0.5, {"role": "normaliser"}), (system(), np.nan, 0.5, {}))
    )
    assert found.empty


def test_what_a_switch_took_stays_out():
    left = {"excluded": "secondary"}
    found = contact_energies(records((system(), 0.5, 0.5, left), (system(), 0.6, 0.6, {})))
    assert found["ea_ev"].tolist() == [0.6]


def test_homogeneity_is_cochrans_q():
    # weights 1 and 4: mean (0.7 + 4 x 0.8) / 5, Q = 1 x 0.08^2/0.01 + 4 x 0.02^2/0.01
    energies = contact_energies(
        records((system(), 0.7, 0.7, {"sd": 0.1}), (system(), 0.8, 0.8, {"sd": 0.05}))
    )
    found = homogeneity(energies)
    assert found.mean_ev == pytest.approx(0.78)
    assert found.q == pytest.approx(0.8)
    assert (found.n, found.df) == (2, 1)


def values(groups, works, seed, tau=0.1):
    rng = np.random.default_rng(seed)
    rows = [
        (f"{group}{work}", group, mean + rng.normal(0, tau), 0.02)
        for group, mean in groups.items()
        for work in range(works)
    ]
    frame = pd.DataFrame(rows, columns=["study_id", "group", "ea_ev", "sd_ev"])
    return frame.assign(record_id=frame["study_id"])


def test_planted_means_and_spread_come_back():
    groups, tau = pool(values({"x": 0.4, "y": 1.0}, 40, seed=3))
    assert groups["mean_ev"].to_numpy() == pytest.approx([0.4, 1.0], abs=0.05)
    assert (groups["lower"] < [0.4, 1.0]).all()
    assert (groups["upper"] > [0.4, 1.0]).all()
    assert tau == pytest.approx(0.1, abs=0.03)


def test_one_work_has_its_plain_mean_and_no_interval():
    frame = values({"x": 0.4, "y": 1.0}, 6, seed=3)
    alone = pd.concat([frame[frame["group"] == "x"], frame[frame["group"] == "y"].head(1)])
    groups, _ = pool(alone.reset_index(drop=True))
    lonely = groups.set_index("group").loc["y"]
    assert pd.isna(lonely["lower"])
    assert lonely["mean_ev"] == alone["ea_ev"].iloc[-1]


def test_equal_errors_give_the_plain_mean_and_its_t_interval():
    frame = values({"x": 0.4}, 8, seed=4)
    (row,) = pool(frame)[0].to_dict("records")
    se = frame["ea_ev"].std() / np.sqrt(8)
    assert row["mean_ev"] == pytest.approx(frame["ea_ev"].mean())
    assert row["se_ev"] == pytest.approx(se)  # CR2 of equal rows is the textbook standard error
    assert row["upper"] - row["mean_ev"] == pytest.approx(2.364624 * se, rel=1e-5)


KJ_PER_EV = 96.48533


@pytest.fixture(scope="module")
def found(frozen):
    return activation_energies(frozen)


def test_groups_of_single_works_by_hand(found):
    groups = found.groups.set_index("group")
    assert groups.loc["LE/SE Na", "mean_ev"] == pytest.approx((31 + 28 + 36) / 3 / KJ_PER_EV)
    assert groups.loc["SE/SE Na", "mean_ev"] == pytest.approx(45 / KJ_PER_EV)
    # 70 to 72 kJ/mol on each of two ceramics
    assert groups.loc["PE/SE Na", "mean_ev"] == pytest.approx(71 / KJ_PER_EV)
    assert groups.loc["PE/SE Li", ["works", "records"]].tolist() == [6, 6]
    # one group has the works and degrees of freedom
    assert groups.index[groups["lower"].notna()].tolist() == ["PE/SE Li"]


def test_pairs_of_one_work_by_hand(found):
    pairs = found.pairs.set_index("records")["difference_ev"]
    sodium = "simulated_2002_sodium"
    assert pairs[f"{sodium}.001 {sodium}.002"] == pytest.approx((28 - 31) / KJ_PER_EV)
    solvents = "simulated_2003_solvents"
    assert pairs[f"{solvents}.001 {solvents}.002"] == pytest.approx((34 - 50) / KJ_PER_EV)
    polymer = found.pairs[found.pairs["kind"] == "liquid to polymer"].iloc[0]
    ends = [(70 - 31) / KJ_PER_EV, (72 - 31) / KJ_PER_EV]
    assert [polymer["lo"], polymer["hi"]] == pytest.approx(ends)
    bulk = found.pairs[found.pairs["kind"] == "contact less bulk"].set_index("records")
    less = bulk.loc["probe_2020_polymer.006 probe_2020_polymer.003", "difference_ev"]
    assert less == pytest.approx(0.70 - 0.36)


def test_treatments_pair_with_the_untreated_contact_of_the_same_state(found):
    treated = found.pairs[found.pairs["kind"] == "treatment"]
    # 0.8, 0.5, 0.6 and 0.4 eV against 0.5 eV
    assert treated["difference_ev"].to_numpy() == pytest.approx([0.3, 0.0, 0.1, -0.1])


def test_another_salt_content_is_no_contrast_of_the_solvent():
    other = system(partner="DMSO").replace("1 mol", "2 mol")
    energies = contact_energies(
        records(
            (system(), 0.5, 0.5, {}), (system(partner="DMSO"), 0.6, 0.6, {}), (other, 0.9, 0.9, {})
        )
    )
    pairs = contact_pairs(energies)
    assert [pair["records"] for pair in pairs] == ["a.001 a.002"]
    assert pairs[0]["kind"] == "partner"


def test_every_pair_is_of_one_work(found):
    for row in found.pairs.to_dict("records"):
        works = {record.partition(".")[0] for record in row["records"].split()}
        assert works == {row["study_id"]}


def test_groups_of_single_works_have_plain_means():
    frame = values({"x": 0.4, "y": 1.0}, 1, seed=3)
    groups, tau = pool(frame)
    assert tau is None
    assert groups["mean_ev"].tolist() == frame["ea_ev"].tolist()
    assert groups["lower"].isna().all()


def test_phases_are_not_told_apart_and_it_is_said(found):
    # 1 + 5 + 1 + 1 + 1 + 1 of six works on lithium, 2 of the one on sodium
    assert found.phases.startswith("Of 12 energies of polymer contacts 4 print the temperatures")
    assert "50 to 90 °C" in found.phases


def test_sentence_counts_what_it_names(found):
    works = found.energies["study_id"].nunique()
    assert found.sentence.startswith(f"{len(found.energies)} activation energies of contacts in ")
    assert f"in {works} works" in found.sentence
    assert "PE/SE Li" in found.sentence
    assert "LE/SE Na" not in found.sentence


def test_reference_values_take_one_of_a_work_and_partner(found):
    rows = reference_values(found.energies)
    assert (rows["arm"] == "reference").all()
    assert not rows.duplicated(["study_id", "solid", "partner"]).any()


def test_donor_numbers_name_their_scale(frozen):
    assert donor_number(frozen, "DMSO") == 29.8
    assert donor_number(frozen, "water", "sbcl5_bulk") == 33.0
    assert donor_number(frozen, "benzene") is None
