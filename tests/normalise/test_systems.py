"""What counts as nominally the same."""

from dataclasses import replace

import pytest

from metastudy.corpus.study import Condition
from metastudy.normalise.systems import partner_key, system_key
from tests.studies import LE_SE, PE_SE, VOCABULARY


def key(contact, study="alpha_2020_first"):
    return system_key(contact, VOCABULARY, study)


def test_half_a_mole_is_one_content_however_it_is_printed():
    spellings = [Condition("0.5", "M"), Condition("0.50", "mol/L"), Condition("5e-1", "mol L-1")]
    assert len({key(replace(PE_SE, salt_content=c)) for c in spellings}) == 1


@pytest.mark.parametrize("word", ["not_reported", "not_accessed", "illegible"])
def test_an_unknown_content_is_equal_to_that_of_no_other_work(word):
    unknown = replace(PE_SE, salt_content=Condition(missing=word))
    assert key(unknown) == key(unknown)
    assert key(unknown) != key(unknown, "beta_2021_second")


def test_an_unknown_salt_is_equal_to_that_of_no_other_work():
    unknown = replace(PE_SE, salt="not_reported")
    assert key(unknown) != key(unknown, "beta_2021_second")


def test_what_needs_no_salt_is_the_same_in_every_work():
    solid = replace(PE_SE, salt="none", salt_content=Condition(missing="not_applicable"))
    assert key(solid) == key(solid, "beta_2021_second")


def test_a_mixture_is_one_in_either_order():
    one = replace(LE_SE, solvents=("EC", "DMC"), solvent_ratio="3:7")
    other = replace(LE_SE, solvents=("DMC", "EC"), solvent_ratio="70:30")
    assert partner_key(one) == partner_key(other)
    assert partner_key(one) != partner_key(replace(one, solvent_ratio="1:1"))
