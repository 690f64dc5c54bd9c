"""Rows that follow from printed ones; every number here is invented."""

import math

import pytest

from metastudy.normalise.budget import by_name
from metastudy.tables.columns import RECORDS
from metastudy.tables.rows import table_rows
from tests.studies import corpus_of, make_study, normalised, reasons, resistance

NAME = "alpha_2020_first"
ARMS = {"coated": {"arm": "treated", "series": ("s",), "treatments": ("coating",)}}
AREA = {
    "interface_class": "SE/SE",
    "preparations": ARMS,
    "samples": {"new": "coated", "old": "plain"},
}


def study(*rows, **given):
    """One SE/SE study at its reference temperature: bare sample ``old``, coated sample ``new``."""
    return make_study(*rows, **{**AREA, **given})


def difference(value, **given):
    words = {"role": "difference", "sample_id": "old", "reference_sample": "new"}
    return resistance(value, 25, **{**words, **given})


def change(value, unit="percent decrease", **given):
    words = {
        "role": "relative",
        "quantity": "relative_resistance",
        "value_covers": "not_applicable",
        "unit_text": unit,
        "sample_id": "new",
        "reference_sample": "old",
    }
    return resistance(value, 25, **{**words, **given})


def bound(value, **given):
    words = {"role": "bound", "component": "interface+electrode"}
    return resistance(value, 25, **{**words, **given})


def derived(*studies, **given):
    """Return the derived rows by the last part of their id."""
    rows = normalised(*studies, **given).rows
    return {row.id.rpartition(".")[2]: row for row in rows if row.derived_from}


def observed(*studies):
    """Return the range (ohm cm2) of each observation by its sample, open sides None."""
    return {
        o.sample.id: tuple(None if end is None else 10.0**end for end in (o.lo, o.hi))
        for o in normalised(*studies).observations
    }


def test_a_difference_and_its_change_in_per_cent_give_both_values():
    """60 ohm cm2 less is 75 % less: 80 before and 20 after."""
    found = study(difference(60), change(75))
    assert observed(found) == {"old": pytest.approx((80, 80)), "new": pytest.approx((20, 20))}
    rows = derived(found)
    assert set(rows) == {"larger", "smaller"}
    assert rows["larger"].derived_from == (f"{NAME}.001", f"{NAME}.002")
    assert rows["larger"].m.basis == "calculated"
    assert rows["larger"].m.notes == f"Computed from {NAME}.001 and {NAME}.002."


def test_a_rise_gives_them_too():
    """30 more is 1.5 times: 60 before and 90 after."""
    found = study(
        difference(30, sample_id="new", reference_sample="old"), change(1.5, "factor increase")
    )
    assert observed(found) == {"new": pytest.approx((90, 90)), "old": pytest.approx((60, 60))}


def test_a_range_of_the_change_is_a_range_of_both():
    """60 less is 50 to 75 % less: 80 to 120 before, 20 to 60 after."""
    found = study(difference(60), change(50, qualifier="between", upper_text="75"))
    assert observed(found) == {"old": pytest.approx((80, 120)), "new": pytest.approx((20, 60))}


def test_errors_are_carried():
    """d = 60 +- 3 and q = 0.25 +- 0.05, through the differentials of d/(1-q) and d q/(1-q).

    As shares of 80 and 20 they give the standard deviations of the logarithms.
    """
    spread = {"unc_kind": "sd", "unc_plus": "3", "unc_minus": "3"}
    points = {**spread, "unc_plus": "5", "unc_minus": "5"}
    found = study(difference(60, **spread), change(25, "percent of reference", **points))
    larger = math.hypot(3 / 0.75, 60 / 0.75**2 * 0.05)
    smaller = math.hypot(3 * 0.25 / 0.75, 60 / 0.75**2 * 0.05)
    terms = {o.sample.id: by_name(o.terms)["derived"] for o in normalised(found).observations}
    expected = {"old": (larger / 80 / math.log(10)) ** 2, "new": (smaller / 20 / math.log(10)) ** 2}
    assert terms == pytest.approx(expected)


def test_a_change_to_the_other_side_is_not_joined_with_the_difference():
    found = study(difference(60), change(1.5, "factor increase"))
    assert set(derived(found)) == {"at_least"}


@pytest.mark.parametrize(
    "other", [{"temperature_text": "60"}, {"cell_id": ""}, {"component": "interphase"}]
)
def test_a_change_of_another_circuit_gives_nothing(other):
    assert set(derived(study(difference(60), {**change(75), **other}))) == {"at_least"}


def test_what_is_printed_is_not_derived():
    found = study(difference(60), change(75), resistance(81, 25, sample_id="old"))
    assert set(derived(found)) == {"smaller"}
    assert observed(found) == {"old": pytest.approx((81, 81)), "new": pytest.approx((20, 20))}


def test_a_difference_alone_is_a_lower_bound_on_the_larger():
    assert observed(study(difference(60))) == {"old": (pytest.approx(60), None)}
    mixed = study(difference(60, component="interface+bulk"))
    assert not derived(mixed)
    assert reasons(normalised(mixed)) == {"001": "difference"}


def test_two_sums_that_differ_in_the_contact_bound_it_and_its_ratio():
    """300 and 60: the larger contact is 240 to 300, the smaller at most 60, a fifth of it."""
    found = study(
        bound(300, sample_id="old", reference_sample="new"),
        bound(60, sample_id="new"),
    )
    assert observed(found) == {"old": pytest.approx((240, 300)), "new": (None, pytest.approx(60))}
    ratio = derived(found)["ratio"]
    assert (ratio.lo, ratio.hi) == (None, pytest.approx(0.2))
    assert (ratio.m.sample_id, ratio.m.reference_sample) == ("new", "old")
    assert ratio.m.role == "relative"


def test_sums_without_a_named_reference_say_nothing_of_each_other():
    assert not derived(study(bound(300, sample_id="old"), bound(60, sample_id="new")))


def layer(value, names, **given):
    words = {"role": "normaliser", "component": "not_applicable", "value_covers": "not_applicable"}
    return resistance(value, 25, reference_record=f"{NAME}.{names}", **{**words, **given})


def test_what_a_sum_leaves_after_its_named_part_is_the_contact():
    found = study(bound(90, component="interface+gb"), layer(30, "001"), layer(7, ""))
    assert observed(found) == {"sample": pytest.approx((60, 60))}
    assert reasons(normalised(found))["001"] == "more_than_contact"


def test_what_a_whole_cell_leaves_is_still_more_than_the_contact():
    found = study(bound(90, component="whole_cell"), layer(30, "001"), layer(20, "001"))
    assert observed(found) == {"sample": (None, pytest.approx(40))}


def test_a_rest_below_three_times_its_error_is_a_bound():
    """90 +- 3 less 82 +- 4 is 8 +- 5: at most 18."""
    errors = [{"unc_kind": "sd", "unc_plus": e, "unc_minus": e} for e in ("3", "4")]
    found = study(bound(90, component="interface+gb", **errors[0]), layer(82, "001", **errors[1]))
    assert observed(found) == {"sample": (None, pytest.approx(18))}


def test_a_value_and_its_growth_give_the_value_of_the_later_state():
    grown = change(
        190,
        "percent of reference",
        sample_id="old",
        reference_sample="old",
        state_id="late",
        reference_state="early",
    )
    found = study(resistance(50, 25, sample_id="old", state_id="early"), grown)
    values = {o.state.id: 10.0**o.y for o in normalised(found).observations}
    assert values == {"early": pytest.approx(50), "late": pytest.approx(95)}


def test_two_growths_of_one_value_are_two_rows():
    grown = [
        change(
            value,
            "percent of reference",
            sample_id="old",
            reference_sample="old",
            state_id=state,
            reference_state="early",
        )
        for state, value in (("late", 190), ("later", 300))
    ]
    found = study(resistance(50, 25, sample_id="old", state_id="early"), *grown)
    values = {o.state.id: 10.0**o.y for o in normalised(found).observations}
    assert values == pytest.approx({"early": 50, "late": 95, "later": 150})


def test_sums_that_name_each_other_give_each_row_once():
    found = study(
        bound(300, sample_id="old", reference_sample="new"),
        bound(60, sample_id="new", reference_sample="old"),
    )
    assert [row.id for row in normalised(found).rows if row.derived_from] == [
        f"{NAME}.001.at_least",
        f"{NAME}.001.ratio",
    ]


def test_withdrawn_and_switched_off_rows_give_nothing():
    secondary = {"basis": "secondary", "via": "review"}
    found = study(difference(60, **secondary), change(75))
    assert set(derived(found)) == {"larger", "smaller"}
    assert not derived(found, leave_out=["secondary"])
    assert not derived(study(difference(60), change(75), source={"status": "retracted"}))


def test_the_table_of_records_names_what_a_row_comes_from():
    corpus = corpus_of(study(difference(60), change(75)))
    result = normalised(*corpus.studies.values())
    rows = {row["record_id"]: row for row in table_rows(corpus, result)["records"]}
    assert "derived_from" in {column.name for column in RECORDS.columns}
    larger = rows[f"{NAME}.001.larger"]
    assert larger["derived_from"] == f"{NAME}.001 {NAME}.002"
    assert (larger["basis"], larger["value_text"], larger["asr_ohm_cm2"]) == (
        "calculated",
        "80",
        pytest.approx(80),
    )
    assert rows[f"{NAME}.001"]["derived_from"] is None
