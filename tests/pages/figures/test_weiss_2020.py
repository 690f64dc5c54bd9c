"""Figures 3 and 4 of Weiss 2020 on made-up contacts, whose numbers follow from the rows."""

import math
from dataclasses import replace

import numpy as np
import pytest

from metastudy.pages.figures import weiss_2020
from metastudy.pages.figures.reproduction import NothingToDrawError

from .drawing import assert_shows, words

KJ_PER_EV = 96.48533
K_EV = 8.617333262e-5


def rows(made):
    return made.numbers.set_index("source")


def test_a_value_at_the_reference_temperature_is_drawn_as_printed(frozen):
    made = weiss_2020.figure_3a(frozen)
    printed = frozen.records.set_index("record_id")["value"]
    for number in (1, 2, 3):
        row = rows(made).loc[f"simulated_2004_liquids.plate_{number}.fresh"]
        value = printed[f"simulated_2004_liquids.00{number}"]
        assert row["value"] == pytest.approx(value)
        assert row["kind"] == weiss_2020.MEASURED
        assert_shows(made.picture, [value])
        # printed: sd of three repeats 2 ohm cm2, and an area of 0.8 with 0.05 cm2; 2.3 is ln 10
        least = math.hypot(2 / math.sqrt(3) / value, 0.05 / math.sqrt(3) / 0.8) / math.log(10)
        assert math.log10(row["hi"] / row["value"]) >= 2 * least * 0.99
        assert row["hi"] / row["value"] == pytest.approx(row["value"] / row["lo"])


def test_a_bound_is_an_arrow_from_its_end(frozen):
    made = weiss_2020.figure_3a(frozen)
    bound = rows(made).loc["simulated_2004_liquids.plate_5.fresh"]
    assert (bound["kind"], bound["hi"]) == (weiss_2020.BOUND, pytest.approx(500))
    assert math.isnan(bound["value"])
    (axes,) = made.picture.axes
    arrows = [a for a in axes.texts if getattr(a, "arrow_patch", None) is not None]
    ends = [arrow.xy[1] for arrow in arrows]
    assert len(arrows) == made.counts[weiss_2020.BOUND]
    assert np.isclose(ends, 500).any()


def test_a_value_moved_by_its_own_energy(frozen):
    """0.7 eV are printed beside the resistance of the probe."""
    made = weiss_2020.figure_4a(frozen)
    row = rows(made).loc["probe_2020_polymer.plain_disc.fresh"]
    record = frozen.records[frozen.records["observation_id"] == row.name].iloc[0]
    warm = record["temperature_c"] + 273.15
    assert row["value"] == pytest.approx(
        record["asr_ohm_cm2"] * math.exp(0.7 / K_EV * (1 / 333.15 - 1 / warm)), rel=1e-6
    )
    assert row["kind"] == weiss_2020.MOVED
    assert row["label"] == "20:1*"


def test_refused_values_stay_at_their_printed_level_with_the_reason(frozen):
    made = weiss_2020.figure_4a(frozen)
    row = rows(made).loc["probe_2020_polymer.002"]
    record = frozen.records.set_index("record_id").loc["probe_2020_polymer.002"]
    assert (row["kind"], row["reason"]) == (weiss_2020.REFUSED, record["excluded"])
    assert row["value"] == pytest.approx(record["hi"])
    assert_shows(made.picture, [row["value"]])
    cold = rows(made).loc["simulated_2001_treatments.fresh_pristine.fresh"]
    assert (cold["kind"], cold["reason"]) == (weiss_2020.REFUSED, "other_phase")


def test_counts_are_those_of_the_rows_and_stand_in_the_caption(frozen):
    for make in (weiss_2020.figure_3a, weiss_2020.figure_4a):
        made = make(frozen)
        assert sum(made.counts.values()) == len(made.numbers)
        assert f"bound: {made.counts[weiss_2020.BOUND]}" in made.caption()


def test_every_observation_of_the_class_is_drawn(frozen):
    for make, word in ((weiss_2020.figure_3a, "LE/SE"), (weiss_2020.figure_4a, "PE/SE")):
        observed = frozen.observations[frozen.observations["interface_class"] == word]
        assert set(observed["observation_id"]) <= set(make(frozen).numbers["source"])


def test_energies_are_drawn_in_ev_with_error_range_and_phase(frozen):
    liquid = weiss_2020.figure_3b(frozen)
    assert rows(liquid).loc["simulated_2002_sodium.003", "value"] == pytest.approx(
        36 / KJ_PER_EV, rel=1e-5
    )
    assert_shows(liquid.picture, [36 / 96.48533212, 0.45])
    polymer = rows(weiss_2020.figure_4b(frozen))
    printed = polymer.loc["simulated_2001_treatments.009"]
    assert (printed["lo"], printed["hi"]) == (pytest.approx(0.7), pytest.approx(0.9))
    between = polymer.loc["simulated_2002_sodium.005"]
    assert between["lo"] == pytest.approx(70 / KJ_PER_EV, rel=1e-5)
    assert between["hi"] == pytest.approx(72 / KJ_PER_EV, rel=1e-5)
    # read from 60 to 90 degC, above the melting point of PEO at 60 degC
    assert polymer.loc["simulated_2006_membranes.013", "label"] == "l"


@pytest.mark.parametrize(
    ("text", "melting", "phases"),
    [("20..50", 60, "s"), ("60..90", 60, "l"), ("30..90", 60, "s, l"), (None, 60, "")],
)
def test_phases(text, melting, phases):
    assert weiss_2020._phases(text, melting) == phases
    assert weiss_2020._phases(text, None) == ""


@pytest.mark.parametrize(
    ("text", "label"),
    [("1 M", ""), ("0.5 M", "0.5 M"), ("20 EO:Li", "20:1"), ("not_reported", ""), (None, "")],
)
def test_salt_contents_as_labels(text, label):
    assert weiss_2020._content(text) == label


def test_works_of_the_original_count_as_reached_by_their_doi(frozen):
    assert weiss_2020.figure_3a(frozen).missing.startswith("10 of the 10 works")
    studies = frozen.studies.assign(
        doi=frozen.studies["doi"].where(
            frozen.studies["study_id"] != "simulated_2004_liquids", "10.1039/C7CP05213H"
        )
    )
    given = replace(frozen, tables={**frozen.tables, "studies": studies})
    missing = weiss_2020.figure_3a(given).missing
    assert missing.startswith("9 of the 10 works")
    assert "Schleutker" not in missing


def test_legend_and_families_are_those_of_the_rows(frozen):
    made = weiss_2020.figure_3b(frozen)
    assert {"NASICON", "garnet", "perovskite", "beta alumina"} <= set(words(made.picture))
    assert {"DMSO", "PC", "DMC", "DMC:EC 50:50", "NaTf", "LiClO4"} <= set(words(made.picture))


def test_data_without_a_contact_of_the_class(frozen):
    none = frozen.observations.iloc[:0]
    empty = replace(
        frozen, tables={**frozen.tables, "observations": none, "records": frozen.records.iloc[:0]}
    )
    with pytest.raises(NothingToDrawError, match="no contact of this class"):
        weiss_2020.figure_4a(empty)


@pytest.mark.parametrize(
    ("left_out", "reasons"),
    [
        (None, ""),
        ("treated", ""),
        ("other_state", ""),
        ("treated other_phase temperature_uncertain", "other_phase temperature_uncertain"),
    ],
)
def test_another_arm_or_age_is_no_refusal(left_out, reasons):
    assert weiss_2020._refusals(left_out) == reasons
