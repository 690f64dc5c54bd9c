"""Treatment contrasts on small hand-made tables, and four arms of one work by arithmetic."""

import math

import numpy as np
import pandas as pd
import pytest

from metastudy.answers.treatments import treatments

BLANK = {
    "study_id": "a",
    "sample_id": "s",
    "system": "x",
    "cell_id": "c",
    "unit": "ohm cm2",
    "quantity": "area_specific_resistance",
    "role": "interface",
    "component": "total",
    "qualifier": "exact",
    "basis": "text",
    "state_kind": "fresh",
    "series": "dip",
    "treatments": "",
    "temperature_c": 25.0,
    "reference_preparation_id": None,
    "reference_record": None,
    "excluded": None,
    "lo": np.nan,
    "hi": np.nan,
}


def table(*rows):
    made = []
    for number, row in enumerate(rows):
        full = {**BLANK, "record_id": f"a.{number + 1:03d}", **row}
        full["preparation_id"] = full.get("preparation_id", f"a/{full['arm']}")
        made.append(full)
    return pd.DataFrame(made)


REFERENCE = {"arm": "reference", "value": 80.0, "sample_id": "r"}
TREATED = {"arm": "treated", "value": 20.0, "sample_id": "t"}


def test_rows_that_a_switch_took_make_no_contrast():
    assert len(treatments(table(REFERENCE, TREATED)).contrasts) == 1
    for word in ("secondary", "unidentified", "abstract_only"):
        assert treatments(table(REFERENCE, TREATED | {"excluded": word})).contrasts.empty


def test_two_absolute_values_give_their_log_ratio():
    found = treatments(table(REFERENCE, TREATED))
    assert found.contrasts["log_ratio"].tolist() == [pytest.approx(math.log10(0.25))]
    assert found.contrasts["kind"].tolist() == ["absolute"]


def test_ohm_without_area_serves_as_a_ratio():
    ohm = {"quantity": "resistance", "unit": "ohm"}
    found = treatments(table({**REFERENCE, **ohm}, {**TREATED, **ohm}))
    assert found.contrasts["log_ratio"].tolist() == [pytest.approx(math.log10(0.25))]


@pytest.mark.parametrize(
    "other",
    [
        {"temperature_c": 60.0},
        {"state_kind": "aged"},
        {"cell_id": "other"},
        {"system": "y"},
        {"series": "heat"},
        {"component": "interphase"},
        {"role": "bound"},
    ],
)
def test_rows_that_differ_in_more_than_the_treatment_are_no_contrast(other):
    assert treatments(table(REFERENCE, {**TREATED, **other})).contrasts.empty


def test_a_printed_change_repeats_the_absolute_pair_and_is_not_counted_twice():
    change = {
        **TREATED,
        "quantity": "relative_resistance",
        "role": "relative",
        "reference_preparation_id": "a/reference",
        "value": 0.25,
        "lo": 0.25,
        "hi": 0.25,
    }
    found = treatments(table(REFERENCE, TREATED, change))
    assert found.contrasts["used"].tolist() == [True, False]
    assert found.contrasts["note"].tolist() == ["", "the same change as a.002 a.001"]


def test_a_bound_on_a_change_is_kept_as_a_bound():
    change = {
        **TREATED,
        "quantity": "relative_resistance",
        "role": "relative",
        "reference_preparation_id": "a/reference",
        "qualifier": "le",
        "lo": 0.35,
    }
    found = treatments(table(REFERENCE | {"quantity": "thickness"}, change))
    row = found.contrasts.iloc[0]
    assert row["lo"] == pytest.approx(math.log10(0.35))
    assert pd.isna(row["hi"])
    assert pd.isna(row["log_ratio"])


def test_what_another_work_repeats_is_not_counted_again():
    change = {
        **TREATED,
        "quantity": "relative_resistance",
        "role": "relative",
        "reference_preparation_id": "a/reference",
        "value": 0.3,
        "lo": 0.3,
        "hi": 0.3,
    }
    repeat = {**change, "basis": "secondary", "reference_record": "a.001", "preparation_id": "a/x"}
    assert len(treatments(table(change, repeat)).contrasts) == 1
    new = {**repeat, "reference_record": None}
    assert len(treatments(table(change, new)).contrasts) == 2


def test_arms_of_one_work_stand_in_the_treatment_span(frozen):
    rows = treatments(frozen.records).contrasts
    aged = rows[
        (rows["study_id"] == "simulated_2001_treatments")
        & (rows["state_kind"] == "aged")
        & rows["used"].astype(bool)
    ]
    ratios = sorted(10 ** aged["log_ratio"])
    assert ratios == pytest.approx([5 / 80, 16 / 80, 40 / 80])


def test_treated_arms_do_not_stand_in_the_scatter(frozen):
    study = "simulated_2001_treatments"
    headline = frozen.headline[frozen.headline["study_id"] == study]
    assert headline["observation_id"].tolist() == [f"{study}.plateau_pristine.plateau"]
    out = frozen.left_out.set_index("observation_id")["reason"]
    treated = [i for i in out.index if i.startswith(study) and out[i] == "treated"]
    assert len(treated) == 3  # the three dipped or heated plates with a value
