"""The headline takes one state of each sample; every other observation keeps all its reasons."""

from dataclasses import replace

import pytest

from metastudy.corpus.study import Condition
from tests.studies import make_study, normalised, resistance

TREATED = {"heated": {"arm": "treated", "treatments": ("heat",)}}


def left_out(study):
    """Return the reasons by the rest of the observation's id."""
    prefix = f"{study.id}."
    return {o.id.removeprefix(prefix): o.left_out for o in normalised(study).observations}


def aged(study, kinds=None, **ages):
    """Give states an age and a kind."""
    states = {
        name: replace(state, kind=(kinds or {}).get(name, state.kind), age=ages[name])
        for name, state in study.states.items()
    }
    return replace(study, states=states)


def liquid(*states):
    rows = (resistance(50 + n, 25, state_id=state) for n, state in enumerate(states))
    return make_study(*rows, interface_class="LE/SE")


def test_other_classes_take_the_reference_arm_and_the_first_state():
    study = make_study(
        resistance(64, 25, sample_id="plain", state_id="fresh"),
        resistance(40, 25, sample_id="plain", state_id="later"),
        resistance(5, 25, sample_id="hot", state_id="fresh"),
        interface_class="SE/SE",
        preparations=TREATED,
        samples={"hot": "heated"},
    )
    study = aged(study, fresh=Condition("1", "h"), later=Condition("99", "h"))
    assert left_out(study) == {
        "plain.fresh": (),
        "plain.later": ("other_state",),
        "hot.fresh": ("treated",),
    }


@pytest.mark.parametrize(
    ("ages", "taken"),
    [
        ({"a": Condition("24", "h"), "b": Condition("144", "h")}, "b"),
        ({"a": Condition("2", "h"), "b": Condition("3", "weeks")}, "a"),
        ({"a": Condition("4", "days"), "b": Condition("105", "h")}, "a"),
        ({"a": Condition("80", "h", upper="140"), "b": Condition("111", "h")}, "a"),
        ({"a": Condition(missing="not_reported"), "b": Condition("1", "h")}, "b"),
        ({"a": Condition(missing="not_reported"), "b": Condition(missing="not_reported")}, "a"),
    ],
)
def test_a_liquid_contact_takes_the_state_nearest_100_h(ages, taken):
    found = left_out(aged(liquid("a", "b"), **ages))
    assert {name for name, words in found.items() if not words} == {f"sample.{taken}"}
    assert {word for words in found.values() for word in words} == {"other_state"}


def test_a_state_in_which_current_was_passed_comes_after_one_that_waited():
    study = aged(
        liquid("rested", "cycled"),
        kinds={"cycled": "cycled"},
        rested=Condition("2", "h"),
        cycled=Condition("100", "h"),
    )
    assert left_out(study) == {"sample.rested": (), "sample.cycled": ("other_state",)}


def test_every_reason_is_kept_in_the_fixed_order():
    """Treated, and measured 30 K below the melting point of 60 degC with 0.7 eV of the work."""
    study = make_study(
        resistance(500, 30, sample_id="hot", state_id="fresh"),
        resistance(5, 70, sample_id="hot", state_id="later"),
        resistance(900, 20, sample_id="plain", state_id="fresh"),
        {**resistance(0.7), "quantity": "activation_energy", "unit_text": "eV", "ea_form": "ln_r"},
        preparations=TREATED,
        samples={"hot": "heated"},
    )
    found = left_out(study)
    assert found["hot.later"] == ("treated",)
    assert found["hot.fresh"] == ("treated", "other_phase", "other_state")
    assert found["plain.fresh"][0] == "other_phase"
    assert "other_state" not in found["plain.fresh"]
