"""Pooled treatments on made-up contrasts: shifts against dense algebra, families, ageing."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from metastudy.answers import pooled_treatments as pooled
from metastudy.answers.pooled_treatments import ageing, family_of, pooled_treatments
from metastudy.pages.sections import treatments as section

FAMILIES = {"heat": "cleaning", "plasma": "cleaning", "coating": "interlayer"}
VOCABULARY = pd.DataFrame(
    {
        "vocabulary": "treatment",
        "word": list(FAMILIES),
        "properties": [json.dumps({"family": family}) for family in FAMILIES.values()],
    }
)


def record(work, preparation, value, *, arm="treated", treatment="heat", state="fresh"):
    """One absolute value of a made-up work."""
    return {
        "study_id": work,
        "record_id": f"{work}.{preparation}.{state}",
        "preparation_id": f"{work}/{preparation}",
        "arm": arm,
        "series": "one",
        "treatments": treatment if arm == "treated" else "",
        "system": "PE/SE | Li | CERAMIC | POLYMER | SALT",
        "cell_id": "cell",
        "quantity": "area_specific_resistance",
        "unit": "ohm cm2",
        "state_kind": state,
        "role": "interface",
        "component": "total",
        "qualifier": "exact",
        "basis": "table",
        "excluded": "",
        "value": value,
        "lo": value,
        "hi": value,
        "temperature_c": 60.0,
        "reference_preparation_id": None,
        "reference_record": None,
    }


def work(name, ratios, **kind):
    """A reference of 100 ohm cm2 and treated arms at ratios of it."""
    rows = [record(name, "plain", 100.0, arm="reference")]
    rows += [record(name, f"t{k}", 100.0 * ratio, **kind) for k, ratio in enumerate(ratios)]
    return rows


@pytest.fixture(scope="module")
def found():
    rows = [
        *work("made_2001_a", [0.5, 0.2]),
        *work("made_2002_b", [0.3]),
        *work("made_2003_c", [0.8, 0.4], treatment="plasma"),
        *work("made_2004_d", [0.1], treatment="coating"),
    ]
    return pooled_treatments(pd.DataFrame(rows), VOCABULARY)


def test_the_mean_shift_is_that_of_generalised_least_squares(found):
    rows = found.contrasts
    same = rows["study_id"].to_numpy()[:, None] == rows["study_id"].to_numpy()
    K = np.eye(len(rows)) + same  # each contrast has its own arm, and shares the reference's
    fit = pooled.fit_contrasts(rows, pooled.SHIFTED)
    W = np.linalg.inv((float(fit.sigma2.iloc[0]) + (0.15 / math.log(10)) ** 2) * K)
    ones, y = np.ones(len(rows)), rows["lo"].to_numpy(float)
    first = found.shifts.iloc[0]
    assert first["family"] == "all"
    assert first["shift"] == pytest.approx(ones @ W @ y / (ones @ W @ ones), abs=1e-6)
    assert first["predicted_lower"] < first["lower"] < first["shift"] < first["upper"]


def test_families_below_the_floor_say_what_is_missing(found):
    table = found.shifts.set_index("family")
    assert table.loc["cleaning", "works"] == 3
    assert table.loc["cleaning", "missing"] == ""
    assert math.isnan(table.loc["interlayer", "shift"])
    assert table.loc["interlayer", "missing"].startswith("1 contrasts known on both sides in 1")
    assert table.loc["interlayer", "lowest"] == pytest.approx(-1.0)


def test_a_treatment_of_two_families_belongs_to_none_of_them():
    assert family_of("heat plasma", FAMILIES) == "cleaning"
    assert family_of("heat coating", FAMILIES) == "several families"
    assert family_of("new_word", FAMILIES) == "no family"


def test_ageing_compares_one_treatment_at_two_ages():
    rows = [
        *work("made_2001_a", [0.5]),
        record("made_2001_a", "plain", 50.0, arm="reference", state="aged"),
        record("made_2001_a", "t0", 5.0, state="aged"),
    ]
    table = ageing(pd.DataFrame(rows))
    assert table[["fresh", "aged", "difference"]].to_numpy() == pytest.approx(
        np.array([[math.log10(0.5), -1.0, -1.0 - math.log10(0.5)]])
    )


def test_nothing_gives_a_sentence_and_no_picture(tmp_path):
    nothing = pooled_treatments(pd.DataFrame(work("made_2001_a", [])), VOCABULARY)
    assert section.sentence(nothing).startswith("The mean effect of treatments cannot be said")
    with pytest.raises(section.PictureError, match="no treatment with a limit"):
        section.write_picture(nothing, tmp_path)


def test_the_section_shows_every_family_and_the_forest(found):
    shown = section.treatments_section(found)
    kinds = [block.kind for block in shown.blocks]
    assert kinds == ["text", "table", "figure", "fold"]
    assert "of the resistance on average" in shown.blocks[0].text
    assert "Made 2004, t0" in shown.blocks[2].svg
