"""Coded conditions and circumstances of the built tables against the files they come from."""

import csv
import math

import pytest
import yaml

import metastudy
from metastudy.corpus.corpus import CorpusError
from metastudy.tables.columns import FORMS, PREPARATIONS, SURFACE_STEPS
from tests.corpus.seeding import lay_out

TREATED = "simulated_2001_treatments"


@pytest.fixture(scope="module")
def data(frozen):
    return frozen


@pytest.fixture(scope="module")
def typed(frozen_root):
    """Every axis as typed, read by another YAML reader: (preparation, axis) -> value."""
    found = {}
    for path in sorted((frozen_root / "data" / "studies").glob("*/study.yaml")):
        study = yaml.safe_load(path.read_text(encoding="utf-8"))
        for preparation in study["preparations"]:
            for axis, value in preparation["axes"].items():
                found[f"{study['study_id']}/{preparation['id']}", axis] = value
    return found


def code(data, preparation, axis):
    rows = data.preparations
    found = rows[(rows["preparation_id"] == preparation) & (rows["axis"] == axis)]
    assert len(found) == 1
    return found.iloc[0]


def test_every_typed_axis_is_one_row(data, typed):
    keys = zip(data.preparations["preparation_id"], data.preparations["axis"], strict=True)
    assert sorted(keys) == sorted(typed)


def test_a_row_is_a_number_a_word_or_a_missing_word(data, typed):
    for row in data.preparations.to_dict("records"):
        value = typed[row["preparation_id"], row["axis"]]
        if isinstance(value, dict):
            assert row["value_text"] == value["value"]
            assert row["unit_text"] == value["unit"]
            assert math.isfinite(row["value"])
        else:
            assert value in (row["word"], row["missing"])
        assert sum(isinstance(row[k], str) for k in ("value_text", "word", "missing")) == 1


def test_numbers_are_canonical_and_keep_their_print(data):
    dried = code(data, f"{TREATED}/dip_dmf", "surface_time_since")
    assert (dried["value_text"], dried["unit_text"], dried["qualifier"]) == ("3", "days", "ge")
    assert (dried["value"], dried["unit"]) == (3 * 86400, "s")
    residual = code(data, f"{TREATED}/dmf_22", "residual_content")
    assert residual["value"] == pytest.approx(0.022)


def test_missing_words_are_kept_apart(data):
    preparation = "probe_2020_polymer/plain"
    assert code(data, preparation, "stack_pressure")["missing"] == "not_reported"
    assert code(data, preparation, "residual_content")["missing"] == "not_applicable"
    assert code(data, preparation, "film_process")["word"] == "solvent_free"


def test_required_axes_are_those_of_the_class(data):
    rows = data.preparations.set_index("axis")
    assert not rows[rows["interface_class"].isna()]["required"].any()
    water = rows.loc["water_content"]
    assert (water["required"] == (water["interface_class"] == "LE/SE")).all()


def test_records_carry_area_age_and_circuit(data):
    row = data.records.set_index("record_id").loc[f"{TREATED}.002"]
    assert row["area_text"] == "4 mm"
    assert row["area_cm2"] == pytest.approx(math.pi * 0.2**2)
    assert (row["age_text"], row["age_h"]) == ("2 weeks", 2 * 7 * 24)
    assert (row["electrodes"], row["n_in_circuit"]) == ("two_point", 2)
    assert row["family"] == "PE/SE | Li | NASICON | polymer"


def test_an_age_that_is_missing_says_why(data):
    row = data.records.set_index("record_id").loc["probe_2021_solid.001"]
    assert row["age_text"] == "not_reported"
    assert math.isnan(row["age_h"])


def test_every_typed_step_is_one_row_in_its_order(data, frozen_root):
    expected = []
    for path in sorted((frozen_root / "data" / "studies").glob("*/study.yaml")):
        study = yaml.safe_load(path.read_text(encoding="utf-8"))
        for preparation in study["preparations"]:
            name = f"{study['study_id']}/{preparation['id']}"
            steps = preparation.get("steps", [])
            expected += [(name, n, step["step"]) for n, step in enumerate(steps, start=1)]
    rows = data.surface_steps
    built = zip(rows["preparation_id"], rows["position"], rows["step"], strict=True)
    assert list(built) == expected


def test_a_step_keeps_its_print_beside_the_canonical_number(data):
    rows = data.surface_steps
    timed = rows[rows["duration_text"].str.fullmatch(r"[0-9.]+ min", na=False)]
    assert len(timed) > 0
    minutes = timed["duration_text"].str.removesuffix(" min").astype(float)
    assert list(timed["duration_s"]) == pytest.approx(list(60 * minutes))
    assert rows.loc[rows["duration_text"].isna(), "duration_s"].isna().all()
    dip = rows[rows["preparation_id"] == f"{TREATED}/dip_dmf"].iloc[1]
    assert (dip["step"], dip["duration_text"], dip["duration_qualifier"]) == ("dry", "3 days", "ge")


def test_the_tables_are_declared():
    assert {PREPARATIONS, SURFACE_STEPS} <= set(FORMS)


def test_properties_are_the_file_in_canonical_units(data, frozen_root):
    with (frozen_root / "data" / "properties.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert list(data.properties["value_text"]) == [line["value_text"] for line in lines]
    assert data.properties["value"].notna().all()
    dme = data.properties.query("word == 'DME' and property == 'viscosity'").iloc[0]
    assert (dme["value_text"], dme["unit_text"], dme["unit"]) == ("0.43", "cP", "Pa s")
    assert dme["value"] == pytest.approx(0.43e-3)


def test_properties_with_a_fault_are_not_built(tmp_path):
    root = lay_out(tmp_path / "root")
    path = root / "data" / "properties.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",sbcl5,", ",sbcl6,", 1), "utf-8")
    with pytest.raises(CorpusError, match=r"properties\.csv:2:.*sbcl6"):
        metastudy.load(root=root)
