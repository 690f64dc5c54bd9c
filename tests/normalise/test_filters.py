"""Which rows make an observation: parts and totals, repeats, bounds, states and switches."""

import math

import pytest

from metastudy.corpus.decision import Correction
from metastudy.corpus.finding import Place
from metastudy.corpus.study import Condition
from metastudy.normalise.exclusions import NormaliseError
from metastudy.normalise.observations import normalise
from tests.studies import (
    corpus_of,
    energy,
    make_study,
    normalised,
    reasons,
    resistance,
    the_observation,
)


def of(*rows, **given):
    """One SE/SE study at its reference temperature, so that nothing moves."""
    return make_study(*rows, interface_class="SE/SE", **given)


def part(value, component, **given):
    return resistance(value, 25, component=component, **given)


def whole(value, **given):
    return resistance(value, 25, **given)


def test_parts_and_their_total_are_one_observation():
    result = normalised(of(part(30, "interphase"), part(20, "charge_transfer"), whole(50)))
    (o,) = result.observations
    assert 10.0**o.y == pytest.approx(50.0)
    assert o.records == ("alpha_2020_first.003",)
    assert reasons(result) == {"001": "part_of_total", "002": "part_of_total"}


def test_a_part_that_names_its_total_is_not_its_duplicate():
    result = normalised(
        of(whole(50), part(20, "charge_transfer", reference_record="alpha_2020_first.001"))
    )
    assert reasons(result) == {"002": "part_of_total"}


def test_both_parts_add_up():
    errors = [{"basis": "figure_eye", "reading_error": error} for error in ("3", "4")]
    result = normalised(
        of(part(30, "interphase", **errors[0]), part(20, "charge_transfer", **errors[1]))
    )
    (o,) = result.observations
    assert 10.0**o.y == pytest.approx(50.0)
    assert o.component == "total"
    assert set(o.records) == {"alpha_2020_first.001", "alpha_2020_first.002"}
    assert not result.excluded
    # Two reading errors, 3 and 4: 5 of 50.
    assert [t.loading for t in o.terms if t.name == "reading"] == [
        pytest.approx(0.1 / math.log(10.0))
    ]


@pytest.mark.parametrize("component", ["interphase", "charge_transfer"])
def test_a_part_alone_bounds_the_total_from_below(component):
    o = the_observation(of(part(30, component)))
    assert (o.censoring, o.y, o.hi) == ("right", None, None)
    assert 10.0**o.lo == pytest.approx(30.0)


def test_an_upper_bound_on_a_part_says_nothing():
    result = normalised(of(part(30, "interphase", qualifier="lt")))
    assert not result.observations
    assert reasons(result) == {"001": "no_limit"}


def test_a_bounded_part_and_a_known_part_bound_the_total_on_both_sides():
    o = the_observation(of(part(30, "interphase", qualifier="lt"), part(20, "charge_transfer")))
    assert (10.0**o.lo, 10.0**o.hi) == (pytest.approx(20.0), pytest.approx(50.0))


@pytest.mark.parametrize("component", ["interface+gb", "interface+electrode", "whole_cell"])
def test_more_than_the_contact_bounds_it_from_above(component):
    o = the_observation(of(whole(80, component=component, role="bound")))
    assert (o.censoring, o.lo) == ("left", None)
    assert 10.0**o.hi == pytest.approx(80.0)
    nothing = normalised(of(whole(80, component=component, role="bound", qualifier="gt")))
    assert reasons(nothing) == {"001": "no_limit"}


def test_a_bound_beside_the_total_is_not_used():
    result = normalised(of(whole(80, component="whole_cell", role="bound"), whole(50)))
    (o,) = result.observations
    assert 10.0**o.y == pytest.approx(50.0)
    assert reasons(result) == {"001": "more_than_contact"}


def test_two_values_of_one_contact_are_one_observation_and_no_repeat():
    result = normalised(of(whole(50, basis="text"), whole(70, basis="table")))
    (o,) = result.observations
    assert 10.0**o.y == pytest.approx(70.0)
    assert reasons(result) == {"001": "other_value"}


def test_a_repeat_of_a_repeat_is_a_repeat():
    first, second = "alpha_2020_first.001", "alpha_2020_first.002"
    rows = (whole(1565), whole(1500, reference_record=first), whole(750, reference_record=second))
    assert reasons(normalised(of(*rows))) == {"002": "duplicate", "003": "duplicate"}


def test_part_and_whole_cell_enclose_the_total():
    o = the_observation(of(part(30, "interphase"), whole(80, component="whole_cell", role="bound")))
    assert o.censoring == "interval"
    assert (10.0**o.lo, 10.0**o.hi) == (pytest.approx(30.0), pytest.approx(80.0))
    assert len(o.records) == 2


def test_numbers_that_count_contacts_differently_are_not_added():
    result = normalised(
        of(
            part(30, "interphase", value_covers="all"),
            part(20, "charge_transfer", value_covers="one"),
        )
    )
    (o,) = result.observations
    assert o.censoring == "right"
    assert len(o.records) + len(result.excluded) == 2


@pytest.mark.parametrize("value", ["0", "0.0"])
def test_a_resistance_of_zero_is_not_a_number_to_pool(value):
    assert reasons(normalised(of(whole(value)))) == {"001": "no_limit"}
    o = the_observation(of(whole(value, qualifier="between", upper_text="7")))
    assert (o.censoring, o.hi) == ("left", pytest.approx(math.log10(7.0)))


def test_not_detected_counts_only_with_a_limit():
    assert reasons(normalised(of(whole("", qualifier="not_detected")))) == {"001": "no_limit"}
    o = the_observation(of(whole("5", qualifier="not_detected")))
    assert (o.censoring, o.hi) == ("left", pytest.approx(math.log10(5.0)))


@pytest.mark.parametrize("quoted", ["25", "room temperature", "not stated"])
def test_a_quotation_gives_way_to_the_primary_work(quoted):
    """Primary at 21 degC; a quotation without its temperature would be nearer to 25."""
    rows = [resistance(50, 21), resistance(60, quoted, basis="secondary", via="weiss_2020")]
    if quoted == "25":
        rows[1]["reference_record"] = "alpha_2020_first.001"
    result = normalised(of(*rows, energy("0.5")))
    (o,) = result.observations
    assert o.records == ("alpha_2020_first.001",)
    assert reasons(result)["002"] == "superseded_secondary"


def test_a_quotation_alone_is_used():
    o = the_observation(of(whole(50, basis="secondary", via="weiss_2020")))
    assert o.via == "weiss_2020"


def test_table_before_text_before_figure():
    rows = [
        whole(50.2, basis="figure_eye", reading_error="1"),
        whole(50, basis="text"),
        whole(50.1, basis="table"),
    ]
    result = normalised(of(*rows))
    (o,) = result.observations
    assert o.records == ("alpha_2020_first.003",)
    assert reasons(result) == {"001": "superseded_basis", "002": "superseded_basis"}


def test_rows_at_two_temperatures_are_no_repeats():
    rows = [resistance(50, 25), resistance(20, 45, reference_record="alpha_2020_first.001")]
    result = normalised(of(*rows, energy("0.5")))
    (o,) = result.observations
    assert o.records == ("alpha_2020_first.001",)
    assert reasons(result)["002"] == "other_temperature"


def test_every_row_merged_at_another_temperature_keeps_a_reason():
    rows = [
        resistance(50, 25),
        resistance(30, 45, component="interphase"),
        resistance(20, 45, component="charge_transfer"),
    ]
    result = normalised(of(*rows, energy("0.5")))
    assert reasons(result) == {
        "002": "other_temperature",
        "003": "other_temperature",
        "004": "activation_energy",
    }


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"role": "normaliser", "component": "not_applicable"}, "role"),
        ({"role": "characterisation"}, "role"),
        ({"role": "relative", "quantity": "relative_resistance", "unit_text": "ratio"}, "relative"),
        ({"role": "difference"}, "difference"),
        ({"cell_id": ""}, "no_cell"),
        ({"temperature_text": ""}, "no_temperature"),
    ],
)
def test_rows_that_are_no_level(row, reason):
    assert reasons(normalised(of(whole(64) | row))) == {"001": reason}


def test_withdrawn_rows_and_retracted_works():
    study = of(whole(64))
    correction = Correction(
        id="alpha_withdrawn",
        record="alpha_2020_first.001",
        column="value_text",
        expect="64",
        action="withdraw",
        ground="erratum",
        reason="The authors withdrew it.",
        status="stated",
        date="2026-11-25",
        place=Place("data/corrections/alpha_withdrawn.yaml"),
    )
    assert reasons(normalise(corpus_of(study, corrections=[correction]))) == {"001": "withdrawn"}
    retracted = of(whole(64), source={"status": "retracted"})
    assert reasons(normalised(retracted)) == {"001": "withdrawn"}


def literature():
    """Three works that differ in what a switch looks at; all their energies enter one pool."""
    primary = [
        make_study(energy(ea), name=name, interface_class="LE/SE", source=source)
        for ea, name, source in (
            ("0.4", "first_2020_x", {}),
            ("0.5", "second_2020_x", {}),
            ("0.9", "unnamed_2020_x", {"kind": "unidentified"}),
        )
    ]
    quoted = make_study(
        energy("0.8", basis="secondary", via="weiss_2020"),
        name="quoted_2020_x",
        interface_class="LE/SE",
    )
    abstract = make_study(
        energy("0.7", read="abstract"), name="abstract_2020_x", interface_class="LE/SE"
    )
    rows = [
        make_study(resistance(9, 0), name=f"borrower_202{i}_x", interface_class="LE/SE")
        for i in (1, 2)
    ]
    return [*primary, quoted, abstract, *rows]


@pytest.mark.parametrize(
    ("switch", "gone"),
    [
        ("secondary", "quoted_2020_x"),
        ("unidentified", "unnamed_2020_x"),
        ("abstract_only", "abstract_2020_x"),
    ],
)
def test_switches_rebuild_the_pool_and_v(switch, gone):
    """Leaving rows out gives what a literature without them gives."""
    studies = literature()
    switched = normalised(*studies, leave_out=[switch])
    without = normalised(*(study for study in studies if study.id != gone))
    for a, b in zip(switched.observations, without.observations, strict=True):
        assert (a.id, a.y, a.terms) == (b.id, b.y, b.terms)
    assert switched.observations[0].y != normalised(*studies).observations[0].y
    assert [e.reason for e in switched.excluded if e.stage == "switch"] == [switch]


@pytest.mark.parametrize("words", [["secondaries"], "secondary", ["secondary", "all"], None, 5])
def test_unknown_switch_is_refused(words):
    with pytest.raises(NormaliseError, match="any of secondary, unidentified, abstract_only"):
        normalised(of(whole(1)), leave_out=words)


def test_spelling_of_salt_content_and_mixture_makes_no_other_system():
    def system(content, solvents, ratio):
        contact = {
            "salt_content": content,
            "solvents": solvents,
            "solvent_ratio": ratio,
        }
        return the_observation(
            make_study(resistance(1, 25), energy(1), interface_class="LE/SE", contact=contact)
        ).system

    one = system(Condition("0.5", "M"), ("EC", "DMC"), "3:7")
    assert system(Condition("0.50", "mol/L"), ("DMC", "EC"), "70:30") == one
    assert system(Condition("0.5", "M"), ("EC", "DMC"), "1:1") != one
    assert system(Condition("1", "M"), ("EC", "DMC"), "3:7") != one


@pytest.mark.parametrize(
    ("basis", "expected"),
    [("secondary", {"quoting_2020_x": "superseded_secondary"}), ("text", {})],
)
def test_a_quotation_that_names_the_number_of_another_work_gives_way_to_it(basis, expected):
    """A work that prints the same number itself stays: it is another measurement."""
    primary = of(whole(300), name="primary_2020_x")
    row = whole(600, basis=basis, reference_record="primary_2020_x.001")
    result = normalised(primary, of(row, name="quoting_2020_x"))
    assert {e.record_id.partition(".")[0]: e.reason for e in result.excluded} == expected
    assert len(result.observations) == 2 - len(expected)
