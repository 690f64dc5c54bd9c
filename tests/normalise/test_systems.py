"""What counts as nominally the same."""

from dataclasses import replace

import pytest

from metastudy.corpus.study import Condition
from metastudy.normalise.systems import SystemKeys, partner_key
from tests.studies import LE_SE, PE_SE, VOCABULARY, make_study

ALPHA, BETA, GAMMA = "alpha_2020_first", "beta_2021_second", "gamma_2022_third"


def works(**contacts):
    """Works of one contact each, or of several where a list is given."""
    studies = []
    for name, given in contacts.items():
        listed = given if isinstance(given, list) else [given]
        named = {f"c{n}": replace(contact, id=f"c{n}") for n, contact in enumerate(listed)}
        studies.append(replace(make_study(name=name), contacts=named))
    return SystemKeys(studies, VOCABULARY)


def key(contact, study=ALPHA):
    return works(**{study: contact}).system(study, contact)


MISSING = Condition(missing="not_reported")
MOLAR = Condition("1", "M")
MIXTURE = replace(LE_SE, solvents=("EC", "DMC"), solvent_ratio="1:1", salt_content=MOLAR)


def test_half_a_mole_is_one_content_however_it_is_printed():
    spellings = [Condition("0.5", "M"), Condition("0.50", "mol/L"), Condition("5e-1", "mol L-1")]
    assert len({key(replace(PE_SE, salt_content=c)) for c in spellings}) == 1


@pytest.mark.parametrize("word", ["not_reported", "not_accessed", "illegible"])
def test_an_unknown_content_is_equal_to_that_of_no_other_work(word):
    unknown = replace(PE_SE, salt_content=Condition(missing=word))
    assert key(unknown) == key(unknown)
    assert key(unknown) != key(unknown, BETA)


def test_an_unknown_salt_is_equal_to_that_of_no_other_work():
    unknown = replace(PE_SE, salt="not_reported")
    assert key(unknown) != key(unknown, BETA)


def test_what_needs_no_salt_is_the_same_in_every_work():
    solid = replace(PE_SE, salt="none", salt_content=Condition(missing="not_applicable"))
    assert key(solid) == key(solid, BETA)


def test_a_mixture_is_one_in_either_order():
    one = replace(LE_SE, solvents=("EC", "DMC"), solvent_ratio="3:7")
    other = replace(LE_SE, solvents=("DMC", "EC"), solvent_ratio="70:30")
    assert partner_key(one) == partner_key(other)
    assert partner_key(one) != partner_key(replace(one, solvent_ratio="1:1"))


def test_an_unknown_content_joins_the_one_known_content_of_its_material_and_salt():
    unknown, known = replace(PE_SE, salt_content=MISSING), PE_SE
    keys = works(**{ALPHA: unknown, BETA: known})
    assert keys.system(ALPHA, unknown) == keys.system(BETA, known)
    other_salt = works(**{ALPHA: unknown, BETA: replace(known, salt="LiTf")})
    assert ALPHA in other_salt.system(ALPHA, unknown)


def test_two_known_contents_leave_an_unknown_one_alone():
    unknown = replace(PE_SE, salt_content=MISSING)
    two = {BETA: PE_SE, GAMMA: replace(PE_SE, salt_content=Condition("10", "EO:Li"))}
    assert ALPHA in works(**{ALPHA: unknown, **two}).system(ALPHA, unknown)


def test_the_one_known_content_of_its_own_work_comes_before_those_of_others():
    unknown = replace(PE_SE, salt_content=MISSING)
    ten = replace(PE_SE, salt_content=Condition("10", "EO:Li"))
    keys = works(**{ALPHA: [unknown, ten], BETA: PE_SE})
    assert keys.system(ALPHA, unknown) == keys.system(ALPHA, ten) != keys.system(BETA, PE_SE)


def test_an_unknown_salt_joins_the_one_known_system_of_its_material():
    unknown = replace(PE_SE, salt="not_reported", salt_content=MISSING)
    keys = works(**{ALPHA: unknown, BETA: PE_SE})
    assert keys.system(ALPHA, unknown) == keys.system(BETA, PE_SE)
    two = works(**{ALPHA: unknown, BETA: PE_SE, GAMMA: replace(PE_SE, salt="LiTf")})
    assert ALPHA in two.system(ALPHA, unknown)


def test_an_unknown_ratio_joins_the_one_known_ratio_of_its_solvents():
    unknown = replace(MIXTURE, solvents=("DMC", "EC"), solvent_ratio="not_accessed")
    keys = works(**{ALPHA: unknown, BETA: MIXTURE})
    assert keys.material(ALPHA, unknown) == keys.material(BETA, MIXTURE)
    assert keys.system(ALPHA, unknown) == keys.system(BETA, MIXTURE)
    third = replace(MIXTURE, solvent_ratio="3:7")
    split = works(**{ALPHA: unknown, BETA: MIXTURE, GAMMA: third})
    assert split.material(ALPHA, unknown) not in {
        split.material(BETA, MIXTURE),
        split.material(GAMMA, third),
    }


def test_two_unknown_works_that_join_one_known_are_the_same_too():
    unknown = replace(PE_SE, salt_content=MISSING)
    keys = works(**{ALPHA: unknown, BETA: PE_SE, GAMMA: unknown})
    assert len({keys.system(name, unknown) for name in (ALPHA, GAMMA)}) == 1
