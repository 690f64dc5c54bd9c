"""Figures and tables of Mangani 2024 on a made-up work of the same shape, by hand arithmetic."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from metastudy.pages.figures import mangani_2024, mangani_2024_tables
from metastudy.pages.figures.mangani_2024 import BOUNDED, LENT, MEASURED, RATIO
from metastudy.pages.figures.reproduction import NothingToDrawError

from .drawing import assert_shows, words

STUDY = "simulated_2001_treatments"
# The made-up work: 4000 ohm cm2 at 30 degC, 0.5 +- 0.1 eV; 80, 40, 16, 5 ohm cm2 at 70 degC, aged.
PER_EV = (1 / 303.15 - 1 / 343.15) / 8.617333262e-5
HOT = 4000 * math.exp(-0.5 * PER_EV)
ENDS = [4000 * math.exp(-ea * PER_EV) for ea in (0.6, 0.4)]


def added(frozen, *rows):
    """The data with more rows of the work; each names what differs from its first row."""
    plain = frozen.records[frozen.records["study_id"] == STUDY].iloc[0].to_dict()
    clear = dict.fromkeys(("value", "lo", "hi", "sd", "correction"), None)
    frame = pd.DataFrame([{**plain, **clear, **row} for row in rows])
    records = pd.concat([frozen.records, frame.astype({"value": float, "sd": float})])
    return replace(frozen, tables={**frozen.tables, "records": records})


def test_arrhenius_lines_pass_through_their_points(frozen):
    made = mangani_2024.figure_1a(frozen, STUDY)
    at = made.numbers.set_index(["kind", "dmf_wt", "temperature_c"]).sort_index()
    assert at.loc[("line", 0.0, 30.0), "asr_ohm_cm2"] == pytest.approx(4000)
    hot = at.loc[("line", 0.0, 70.0)]
    assert hot["asr_ohm_cm2"] == pytest.approx(HOT)
    assert [hot["lo"], hot["hi"]] == pytest.approx(ENDS)
    # 2.2 wt% DMF: a fifth at 70 degC, and 0.5 eV from there
    assert at.loc[("line", 2.2, 70.0), "asr_ohm_cm2"] == pytest.approx(HOT / 5)
    assert at.loc[("line", 2.2, 30.0), "asr_ohm_cm2"] == pytest.approx(4000 / 5)
    assert_shows(made.picture, [4000, 80, HOT, HOT / 5])
    assert made.counts[MEASURED] == 2
    (energy,) = made.comparisons
    assert energy.here == pytest.approx(math.log(4000 / 80) / PER_EV)
    assert energy.printed.value == 0.5
    assert not energy.reached


def test_inverse_resistance_over_the_content_of_solvent(frozen):
    made = mangani_2024.figure_1b(frozen, STUDY)
    rows = made.numbers.set_index("dmf_wt")
    assert list(rows.index) == pytest.approx([0, 2.2])
    assert rows.loc[0.0, "inverse_ms_cm2"] == pytest.approx(1e3 / HOT)
    assert [rows.loc[0.0, "lo"], rows.loc[0.0, "hi"]] == pytest.approx(
        [1e3 / e for e in ENDS[::-1]]
    )
    assert rows["inverse_ms_cm2"].iloc[1] == pytest.approx(5e3 / HOT)
    assert_shows(made.picture, rows["inverse_ms_cm2"])
    assert made.counts == {LENT: 1, RATIO: 1}


def test_a_content_without_a_resistance_is_marked_as_not_printed(frozen):
    third = {"quantity": "mass_fraction", "value": 0.006, "notes": "Third DMF content."}
    made = mangani_2024.figure_1b(added(frozen, {**third, "value_text": "0.6"}), STUDY)
    assert "resistances of 0.6 wt%" in made.missing
    assert words(made.picture).count(" not printed") == 1


def test_resistance_over_time(frozen):
    made = mangani_2024.figure_2(frozen, STUDY)
    rows = made.numbers.assign(arm=made.numbers["preparation_id"].str.removeprefix(f"{STUDY}/"))
    fresh = rows[rows["age_d"] == 0].set_index("arm")
    shares = {"pristine": 1, "dip_dmf": 0.8, "dip_acn": 0.4, "dip_acn_water": 0.9}
    shares |= {"heat_1d": 0.5, "heat_3d": 0.2, "dmf_22": 1 / 5}
    for arm, share in shares.items():
        assert fresh.loc[arm, "asr_ohm_cm2"] == pytest.approx(HOT * share), arm
        assert [fresh.loc[arm, "lo"], fresh.loc[arm, "hi"]] == pytest.approx(
            [end * share for end in ENDS]
        )
    assert math.isnan(fresh.loc["dip_dmc", "asr_ohm_cm2"])
    # at most 70 % lower, with the lower end of the untreated contact
    assert fresh.loc["dip_dmc", "lo"] == pytest.approx(ENDS[0] * 0.3)
    aged = rows[rows["age_d"] > 0].set_index("arm")
    assert dict(aged["asr_ohm_cm2"]) == {"pristine": 80, "dip_dmf": 40, "dip_acn": 16, "heat_3d": 5}
    assert set(aged["age_d"]) == {14}  # two weeks
    assert_shows(made.picture, [*(HOT * share for share in shares.values()), 80, 40, 16, 5])
    assert made.counts == {MEASURED: 4, LENT: 1, RATIO: 6, BOUNDED: 1}
    (untreated,) = made.comparisons
    assert (untreated.printed.value, untreated.here) == (80, pytest.approx(HOT))


def test_printed_ranges_are_held_against_the_plateaus(frozen):
    between = {"quantity": "area_specific_resistance", "role": "constant", "preparation_id": None}
    data = added(frozen, {**between, "lo": 5.0, "hi": 30.0, "arm": None})
    found = {c.printed.what: c for c in mangani_2024.figure_2(data, STUDY).comparisons}
    assert found["lowest plateau of treated contacts"].reached
    highest = found["highest plateau of treated contacts"]
    assert (highest.printed.value, highest.here, highest.reached) == (30, 40, False)


def leached(element, solvent, value, sd, **more):
    row = {"quantity": "leached_mass_fraction", "role": "characterisation", "value": value}
    names = {"preparation_id": f"{STUDY}/leach_{solvent}", "notes": f"{element}. Per mass."}
    return {**row, **names, "sd": sd, **more}


def test_leached_elements(frozen):
    limit = {"quantity": "leached_mass_fraction", "role": "constant", "value": 1e-7, "notes": "."}
    data = added(
        frozen,
        leached("Li", "acn", 3e-7, 2e-8),
        leached("Ti", "acn", 4e-8, None),
        leached("Li", "water", 6e-6, 1e-7, correction="sign"),
        limit,
    )
    own = frozen.records["quantity"] != "leached_mass_fraction"
    data = replace(
        data, tables={**data.tables, "records": data.records[own.reindex(data.records.index)]}
    )
    made = mangani_2024_tables.table_1(data, STUDY)
    heads = [head.text for head in made.shown.heads]
    assert heads == ["solvent", "Li", "Ti"]
    assert made.shown.rows == (
        ("ACN", "3e-07 ± 2e-08", "4e-08, trace"),
        ("WATER", "6e-06 ± 1e-07", "–"),
    )
    assert list(made.counts.values()) == [3, 1, 1, 1]
    assert list(made.numbers["value"]) == [3e-7, 4e-8, 6e-6]


def test_plates_are_ordered_by_their_resistance(frozen):
    made = mangani_2024_tables.table_2(frozen, STUDY)
    table = made.numbers.set_index("number")
    assert list(table.loc["R"]) == [80, 40, 16, 5]
    assert list(table.loc["C/Ti"]) == [30, 25, 20, 10]
    assert list(table.loc["Ti(IV)"]) == pytest.approx([0.90, 0.84, 0.76, 0.88])
    assert made.counts["cells with a number"] == 8 * 4
    computed = [c.here for c in made.comparisons]
    assert computed == pytest.approx([10 / 90, 16 / 84, 24 / 76, 12 / 88])
    assert [c.printed.value for c in made.comparisons] == [0.10, 0.20, 0.30, 0.10]
    # 0.111 rounds to 0.11, 0.190 to 0.19, 0.316 to 0.32, 0.136 to 0.14
    assert [c.reached for c in made.comparisons] == [False] * 4


# Of the 24 orders of four ranks, how many have a sum of squared rank differences D.
ORDERS = dict(zip(range(0, 21, 2), (1, 3, 1, 4, 2, 2, 2, 4, 1, 3, 1), strict=True))


def by_ranks(d):
    at_most = sum(n for other, n in ORDERS.items() if other <= d)
    return {"spearman": 1 - 6 * d / 60, "p_one_sided": at_most / 24}


def test_order_of_surface_and_resistance(frozen):
    made = mangani_2024_tables.table_2_order(frozen, STUDY)
    found = made.numbers.set_index("ratio")
    resistance = [80, 40, 16, 5]  # ranks 4, 3, 2, 1
    plates = {
        "C/Ti": ([30, 25, 20, 10], 0),  # ranks 4, 3, 2, 1
        "C/P": ([2.0, 1.8, 1.2, 1.4], 1 + 1),  # ranks 4, 3, 1, 2
        "O default/O structure": ([0.30, 0.35, 0.40, 0.45], 9 + 1 + 1 + 9),  # ranks 1, 2, 3, 4
        "O/Ti": ([35, 41, 39, 43], 9 + 9),  # ranks 1, 3, 2, 4
    }
    assert set(found.index) == plates.keys() | {"Ti(III)/Ti(IV)"}
    for name, (values, d) in plates.items():
        pearson = np.corrcoef(values, resistance)[0, 1]
        expected = {"n": 4, "pearson": pearson, **by_ranks(d)}
        assert found.loc[name].to_dict() == pytest.approx(expected), name
        assert_shows(made.picture, values)
    # 0.10, 0.20, 0.30, 0.10: ranks 1.5, 3, 4, 1.5. Of the 12 places of the two untied plates 7 give
    # at least this coefficient.
    tied = found.loc["Ti(III)/Ti(IV)"]
    assert tied["spearman"] == pytest.approx(-0.5 / math.sqrt(5 * 4.5))
    assert tied["p_one_sided"] == pytest.approx(7 / 12)


def test_the_ceramic_after_contact(frozen):
    def cell(sample, species, value, text, quantity="atomic_ratio"):
        row = {"locator": "Table 3", "sample_id": sample, "notes": species, "value": value}
        return {**row, "quantity": quantity, "value_text": text}

    share = "atomic_fraction"
    data = added(
        frozen,
        cell("dipped", "Ti(III)", 0.20, "20", share),
        cell("dipped", "Ti(IV)", 0.80, "80", share),
        cell("dipped", "Ti(III)/Ti(IV)", 0.25, "0.25"),
        cell("dipped", "P/S(TFSI)", 6.0, "6"),
        cell("dipped", "P/C(C-O)", 0.9, "0.9"),
        cell("heated", "Ti(III)", 0.10, "10", share),
        cell("heated", "Ti(IV)", 0.90, "90", share),
        cell("heated", "Ti(III)/Ti(IV)", 0.15, "0.15"),
        cell("heated", "P/S(TFSI)", 2.0, "2"),
        cell("heated", "P/C(C-O)", 0.5, "0.5"),
        cell("heated", "P/S(TFSI).", 1 / 3, "3", "relative_amount"),
    )
    made = mangani_2024_tables.table_3(data, STUDY)
    assert made.counts == {"cells with a number": 10}
    assert [(c.printed.value, c.here, c.reached) for c in made.comparisons] == [
        (0.25, pytest.approx(20 / 80), True),
        (0.15, pytest.approx(10 / 90), False),
        (3, pytest.approx(6 / 2), True),
        (2, pytest.approx(0.9 / 0.5), True),  # 1.8 rounds to the 2 of the paper
    ]


def test_a_work_that_is_not_there(frozen):
    with pytest.raises(NothingToDrawError, match="no numbers of nobody_2020_nothing"):
        mangani_2024.figure_1a(frozen, "nobody_2020_nothing")


@pytest.mark.data
def test_the_real_tables_hold_what_the_paper_prints(todays_data):
    """Typed from the paper apart from the dataset."""
    table = mangani_2024_tables.table_2(todays_data).numbers.set_index("number")
    assert table.loc["R"].to_list() == [64, 27, 14, 5]
    assert table.loc["C/Ti"].to_list() == [29.5, 23.0, 20.0, 18.5]
    assert table.loc["C/P"].to_list() == [2.1, 1.5, 1.4, 1.2]
    assert table.loc["O/Ti"].to_list() == [35, 41, 39, 43]
    assert table.loc["O default/O structure"].to_list() == [0.33, 0.35, 0.3, 0.43]
    assert table.loc["Ti(III)"].to_list() == pytest.approx([0.088, 0.118, 0.124, 0.091])
    assert table.loc["Si/O"].to_list() == [0.03, 0.03, 0.03, 0.01]
    leaching = mangani_2024_tables.table_1(todays_data).numbers
    li = leaching[leaching["element"] == "Li"].set_index("solvent")["value"]
    assert li.to_dict() == pytest.approx({"ACN": 3.65e-7, "DMF": 1.82e-5, "WATER": 6.4e-6})
    after = mangani_2024_tables.table_3(todays_data)
    assert after.numbers["P/S(TFSI)"].to_list() == [7.3, 2.9]
    assert all(c.reached for c in after.comparisons)
    order = mangani_2024_tables.table_2_order(todays_data).numbers.set_index("ratio")
    assert (
        order.loc["C/Ti", "p_one_sided"] == order.loc["C/P", "p_one_sided"] == pytest.approx(1 / 24)
    )
    assert_shows(mangani_2024.figure_2(todays_data).picture, [64, 27, 14, 5])
    assert_shows(mangani_2024.figure_1a(todays_data).picture, [3400, 64])
    solvent = mangani_2024.figure_1b(todays_data).numbers["inverse_ms_cm2"]
    assert solvent.max() / solvent.min() == pytest.approx(6)
