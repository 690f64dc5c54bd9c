"""Selections on the frozen dataset: which rows answer, and what they carry."""

import numpy as np
import pytest

from metastudy.answers.claims.judging import Evidence
from metastudy.answers.claims.rows import RowTables, select
from metastudy.tables.claim_terms import parse_terms


@pytest.fixture(scope="module")
def tables(frozen):
    return RowTables(frozen)


def rows(tables, selection, work=""):
    (term,) = parse_terms(f"x={selection}", lambda spelling: None).values()
    quantity = (term.words("quantity") or ("observed_resistance",))[0]
    return select(tables.frame(quantity), term, work)


def test_resistances_are_the_headline_set_unless_a_selection_says_more(tables, frozen):
    of_class = frozen.observations[frozen.observations["interface_class"] == "PE/SE"]
    headline = rows(tables, "{interface_class=PE/SE}").frame
    treated = rows(tables, "{interface_class=PE/SE & arm=treated}").frame
    assert set(headline["observation_id"]) == set(
        of_class.loc[of_class["headline"], "observation_id"]
    )
    assert set(treated["observation_id"]) == set(
        of_class.loc[of_class["arm"] == "treated", "observation_id"]
    )
    assert len(treated)


def test_a_family_is_named_by_a_part_and_left_out_by_one(tables):
    garnets = rows(tables, "{interface_class=LE/SE & family=garnet}").frame
    others = rows(tables, "{interface_class=LE/SE & family!=garnet}").frame
    assert set(garnets["family"]) == {"LE/SE | Li | garnet | liquid"}
    assert set(others["family"]) == {"LE/SE | Li | NASICON | aqueous"}


def test_one_of_several_words_and_numbers_on_either_side(tables):
    two = rows(tables, "{interface_class=LE/SE, SE/SE}").frame
    assert set(two["interface_class"]) == {"LE/SE", "SE/SE"}
    energies = "quantity=activation_energy & interface_class=LE/SE"
    weak = rows(tables, f"{{{energies} & donor_number<16}}").frame
    strong = rows(tables, f"{{{energies} & donor_number>16}}").frame
    assert set(weak["partner"]) == {"PC"}
    assert set(strong["partner"]) == {"DMSO", "DMC", "DMC:EC 50:50"}


def test_conditions_of_the_preparation_are_columns(tables):
    pressed = rows(tables, "{interface_class=PE/SE & joining_method=hot_pressed}").frame
    known = {"simulated_2006_membranes", "simulated_2007_membranes", "probe_2020_polymer"}
    assert len(pressed)
    assert set(pressed["study_id"]) <= known
    # What is not known is not something else.
    assert rows(tables, "{interface_class=LE/SE & joining_method!=hot_pressed}").works == 0


def test_derived_columns(tables):
    frame = rows(tables, "{quantity=activation_energy}").frame.set_index("record_id")
    assert frame.loc[
        "simulated_2002_sodium.001", ["donor_number", "salt_mol_l", "year"]
    ].tolist() == [
        29.8,
        0.05,
        2002,
    ]
    mixture = frame.loc["simulated_2003_solvents.001"]
    assert mixture["donor_number"] == pytest.approx((17.2 + 16.4) / 2)  # DMC and EC
    membrane = frame.loc["simulated_2006_membranes.013"]
    assert (membrane["salt_eo"], np.isnan(membrane["salt_mol_l"])) == (20.0, True)


def test_energies_are_of_contacts_and_untreated_unless_said(tables):
    frame = rows(tables, "{quantity=activation_energy}").frame
    assert set(frame["role"]) == {"interface"}
    assert set(frame["arm"]) == {"reference"}
    parts = rows(tables, "{quantity=activation_energy & role=normaliser}").frame
    assert set(parts["role"]) == {"normaliser"}


def test_energies_stay_linear_and_other_quantities_are_logarithms(tables):
    energies = rows(tables, "{quantity=activation_energy}")
    resistances = rows(tables, "{quantity=area_specific_resistance & role=interface}")
    assert (energies.unit, resistances.unit) == ("eV", "dex")
    exact = resistances.frame[resistances.exact]
    assert exact["y"].to_numpy() == pytest.approx(np.log10(exact["value"].astype(float)))


def test_what_was_read_in_the_claiming_work_is_counted_and_left_out(tables):
    selection = "{quantity=activation_energy & solid=LLZO_Ta}"
    assert rows(tables, selection).works == 1
    circular = rows(tables, selection, work="li_2020")
    assert (circular.works, circular.circular) == (0, 1)


def test_contrasts_are_selected_by_their_treatment(tables):
    cleaned = rows(tables, "{quantity=treatment_contrast & treatments=carbonate_removal}")
    assert cleaned.frame["y"].tolist() == pytest.approx([-1.0])
    watered = rows(tables, "{quantity=treatment_contrast & treatments=water_dip}")
    assert watered.records == ("simulated_2001_treatments.019",)


def test_a_named_work_is_one_work(tables):
    own = rows(
        tables,
        "{quantity=relative_resistance & study_id=simulated_2001_treatments & treatments=heat}",
    )
    assert own.one_work
    assert own.works == 1


def test_tables_at_another_temperature_are_made_once(frozen):
    asked = []

    def at(reference_c):
        asked.append(dict(reference_c))
        return frozen

    evidence = Evidence(frozen, at)
    assert evidence.tables(25.0) is evidence.tables(25.0)
    assert asked == [{"LE/SE": 25.0, "PE/SE": 25.0, "SE/SE": 25.0}]
    assert evidence.tables(None) is not evidence.tables(25.0)
