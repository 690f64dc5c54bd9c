"""Parts of the dataset chosen by words, with everything that belongs to them."""

import numpy as np
import pytest

from metastudy.corpus.study import Condition
from metastudy.tables.building import build_tables
from metastudy.tables.filters import FilterError
from metastudy.tables.loading import Dataset, data_frames
from tests.studies import corpus_of, energy, make_study, resistance

LICGC, DOPED = {"solid_electrolyte": "LICGC"}, {"solid_electrolyte": "LLZO_Ta"}
MIXED = {"solvents": ("DME", "DOL")}


@pytest.fixture(scope="module")
def data() -> Dataset:
    """Five works: two garnets and a glass on PEO, a garnet on a liquid, a garnet on a solid."""
    studies = (
        make_study(
            resistance(100, 80, state_id="first"),
            resistance(150, 80, state_id="second"),
            resistance("50", 60, unit_text="ohm", quantity="resistance"),
            energy(0.5),
            name="a_2020_plain",
        ),
        make_study(resistance(200, 60), contact=DOPED, name="b_2020_doped"),
        make_study(resistance(300, 60), contact=LICGC | {"salt": "LiFSI"}, name="c_2020_glass"),
        make_study(
            resistance(400, 25), interface_class="LE/SE", contact=MIXED, name="d_2020_liquid"
        ),
        make_study(resistance(500, 25), interface_class="SE/SE", name="e_2020_solid"),
    )
    return data_frames(build_tables(corpus_of(*studies)))


def works(part: Dataset) -> str:
    return "".join(sorted({name[0] for name in part.observations["study_id"]}))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"pair": "LLZO | PEO"}, "a"),
        ({"pair": "peo/llzo"}, "a"),
        ({"pair": "PEO|LLZTO"}, "b"),  # a synonym of LLZO_Ta
        ({"pair": "polyethylene oxide | LLZO"}, "a"),
        ({"pair": "garnet | PEO"}, "ab"),
        ({"pair": "polymer | garnet"}, "ab"),
        ({"pair": ["LLZO | PEO", "LICGC | PEO"]}, "ac"),
        ({"pair": "DOL | LLZO"}, "d"),  # one solvent of two
        ({"pair": "Na3PS4 | LLZO"}, "e"),
        ({"pair": "LLZO | LLZO"}, ""),
        ({"salt": "lithium bistriflimide"}, "abd"),
        ({"salt": ["LiFSI", "LiPF6"]}, "c"),
        ({"interface_class": "pe/se", "solid_electrolyte": ("LLZO", "LICGC")}, "ac"),
        ({"class": "SE/SE"}, "e"),
        ({"system": "LICGC"}, "c"),
        ({"partner_class": "solid"}, "e"),
        ({"study": "b_2020_doped"}, "b"),
        ({"headline": False}, "a"),  # a second state of one sample
        ({}, "abcde"),
    ],
)
def test_words_choose_works(data, words, expected):
    assert works(data.subset(**words)) == expected


def test_a_salt_that_a_work_does_not_tell_is_that_of_its_system():
    known = make_study(resistance(100, 60), name="a_2020_known")
    silent = {"salt": "not_accessed", "salt_content": Condition(missing="not_accessed")}
    untold = make_study(resistance(200, 60), contact=silent, name="b_2020_silent")
    data = data_frames(build_tables(corpus_of(known, untold)))
    assert works(data.subset(pair="garnet | PEO", salt="lithium bistriflimide")) == "ab"
    assert works(data.subset(salt="not_accessed")) == "b"


def test_every_table_belongs_to_the_rows_that_are_kept(data):
    part = data.subset(pair="LLZO | PEO")
    ids = set(part.observations["observation_id"])
    assert set(part.studies["study_id"]) == {"a_2020_plain"}
    assert set(part.records["study_id"]) == {"a_2020_plain"}
    for name in ("budget", "headline", "left_out"):
        assert set(part.tables[name]["observation_id"]) <= ids, name
    shared = part.covariance
    assert set(shared["observation_i"]) | set(shared["observation_j"]) <= ids
    assert set(part.excluded["record_id"]) <= set(part.records["record_id"])
    assert part.vocabulary.equals(data.vocabulary)
    assert part.units == data.units


def test_counts_of_works_are_those_of_the_part(data):
    (row,) = data.subset(state_id="second").studies.to_dict("records")
    # The other state goes; the resistance without an area and the energy went into no observation.
    assert (row["study_id"], row["observations"]) == ("a_2020_plain", 1)
    (whole,) = data.subset(study="a_2020_plain").studies.to_dict("records")
    assert (whole["observations"], whole["records"]) == (2, 4)


def test_the_covariance_is_the_block_of_the_rows_that_are_kept(data):
    part = data.subset(solid_electrolyte=["LLZO", "LICGC"], interface_class="PE/SE")
    place = data.observations["observation_id"].isin(part.observations["observation_id"])
    np.testing.assert_array_equal(part.V, data.V[np.ix_(place, place)])
    assert part.V[0, 1] != 0.0  # two states of one sample share what they share


def test_no_row_is_a_dataset_too(data):
    part = data.subset(salt="LiPF6")
    assert len(part.observations) == len(part.studies) == 0
    assert part.V.shape == (0, 0)


def test_preparations_go_with_their_works(frozen):
    part = frozen.subset(interface_class="SE/SE")
    works = set(part.studies["study_id"])
    for name in ("preparations", "surface_steps"):
        kept = part.tables[name]
        prepared = {*part.observations["preparation_id"], *part.records["preparation_id"]}
        expected = frozen.tables[name]
        expected = expected[expected["preparation_id"].isin(prepared)]
        assert kept["preparation_id"].to_list() == expected["preparation_id"].to_list()
        assert set(kept["study_id"]) <= works
    assert len(part.preparations)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"pair": "LLZO"}, "'LLZO' is no pair; write two conductors as in 'LLZO | PEO'"),
        ({"pair": "LITP | PEO"}, "no material is named 'LITP'; did you mean LATP"),
        ({"salt": "LiTSFI"}, "no salt is named 'LiTSFI'; did you mean LiTFSI"),
        ({"sallt": "LiTFSI"}, "no filter is named 'sallt'; did you mean salt"),
        ({"y": "2"}, "y holds numbers and is no filter"),
        ({"salt": []}, "filter salt: no word is given"),
        ({"salt": 3}, "filter salt: 3 is no word; give a text"),
    ],
)
def test_mistakes_say_what_would_be_right(data, words, message):
    with pytest.raises(FilterError, match=message):
        data.subset(**words)
