"""Donor numbers of a liquid partner; every number here is invented."""

from dataclasses import replace

import pytest

from metastudy.corpus.properties import Properties, Property
from metastudy.normalise.donor_numbers import DonorNumbers, donor_numbers
from metastudy.tables.rows import table_rows
from tests.studies import LE_SE, PE_SE, VOCABULARY, corpus_of, make_study, normalised, resistance


def row(solvent, value, name="donor_number", unit="kcal/mol", scale="sbcl5", source="a"):
    return Property("solvent", solvent, name, str(value), unit, scale, "", source, "", "", "")


def properties(*rows):
    return Properties(rows, (), VOCABULARY)


KNOWN = properties(row("EC", 10), row("DMC", 20, source="b"), row("EC", 99, scale="sbcl5_bulk"))
MIXTURE = replace(LE_SE, solvents=("EC", "DMC"), solvent_ratio="3:1", solvent_ratio_basis="mole")


def test_one_solvent_has_its_own():
    found = donor_numbers(replace(LE_SE, solvents=("DMC",)), KNOWN)
    assert found == DonorNumbers(pytest.approx(20), "DMC", pytest.approx(20), "sbcl5", "b")


def test_a_ratio_by_mole_gives_the_mean():
    """(3 x 10 + 1 x 20) / 4"""
    found = donor_numbers(MIXTURE, KNOWN)
    assert (found.mean, found.strongest_solvent) == (pytest.approx(12.5), "DMC")
    assert (found.strongest, found.source) == (pytest.approx(20), "a; b")


@pytest.mark.parametrize("basis", ["volume", "mass", "not_reported", ""])
def test_another_ratio_gives_the_strongest_alone(basis):
    found = donor_numbers(replace(MIXTURE, solvent_ratio_basis=basis), KNOWN)
    assert (found.mean, found.strongest_solvent) == (None, "DMC")


def test_a_solvent_without_a_number_leaves_the_mixture_open():
    found = donor_numbers(replace(MIXTURE, solvents=("EC", "PC")), KNOWN)
    assert (found.mean, found.strongest_solvent, found.source) == (None, None, None)


def test_a_solvation_energy_of_all_comes_before_the_donor_number():
    energy = {"name": "solvation_free_energy_li", "scale": "calculated", "source": "c"}
    both = (row("EC", -90, **energy), row("DMC", -80, **energy))
    assert donor_numbers(MIXTURE, properties(*KNOWN.rows, *both)).strongest_solvent == "EC"
    one = properties(*KNOWN.rows, both[0])
    assert donor_numbers(MIXTURE, one).strongest_solvent == "DMC"
    sodium = replace(MIXTURE, ion="Na")
    assert donor_numbers(sodium, properties(*KNOWN.rows, *both)).strongest_solvent == "DMC"


@pytest.mark.parametrize("contact", [PE_SE, replace(LE_SE, solvents=("not_accessed",))])
def test_other_classes_and_unknown_liquids_have_none(contact):
    assert donor_numbers(contact, KNOWN) == DonorNumbers()


def test_what_may_move_a_resistance_stands_beside_every_observation():
    prepared = {"axes": {"surface_state": "polished", "joining_method": "wetted"}}
    study = make_study(
        resistance(50, 25, sample_id="a", evaluation="drt"),
        interface_class="LE/SE",
        cell={"electrodes": "four_point"},
        preparations={"plain": prepared},
    )
    corpus = corpus_of(study)
    corpus.__dict__["properties"] = properties(row("EC", 10))
    (found,) = table_rows(corpus, normalised(study))["observations"]
    assert {name: found[name] for name in ("electrodes", "evaluation", "surface_state")} == {
        "electrodes": "four_point",
        "evaluation": "drt",
        "surface_state": "polished",
    }
    assert (found["joining_method"], found["film_process"], found["age_h"]) == (
        "wetted",
        None,
        None,
    )
    assert found["donor_number_mean"] == pytest.approx(10)
