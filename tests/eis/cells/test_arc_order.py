"""What a stated order of arcs and stated capacitances of a contact say, by hand arithmetic.

Bulk of the plate 22 pF, so boundaries have 0.22 nF to 0.22 uF; a contact, twice on 0.126 cm2, 3.1
nF to 1.3 uF. The arcs below lie in both windows: only other knowledge can tell them apart.
"""

from dataclasses import replace

import pytest

from metastudy.eis.cells.arc_order import relaxation_s
from metastudy.eis.cells.assignment import assign_arcs
from metastudy.eis.cells.candidates import MeasuredArc
from metastudy.eis.cells.evidence import ArcOrder
from metastudy.eis.cells.layers import Cell, Contact, Layer
from metastudy.eis.errors import CellError

from ..simulated_cells import AREA, BLOCKING, SS, ceramic, contact, polymer, sandwich

FAST = MeasuredArc("R1", 400.0, 1e-8)  # 4 us
SLOW = MeasuredArc("R2", 600.0, 5e-8)  # 30 us
SLOWEST = MeasuredArc("R3", 900.0, 2e-7)  # 180 us
BOUNDARY, FACES = "grain boundary SE", "interface PE|SE"


def names(arcs, order, cell=None):
    found = assign_arcs(arcs, cell or sandwich(), [ArcOrder(order)])
    return [one.name for one in found]


def test_the_relaxation_time_is_resistance_times_capacitance():
    assert relaxation_s(FAST) == pytest.approx(4e-6)


def test_without_the_order_both_arcs_keep_the_joint_name():
    assert [a.name for a in assign_arcs([FAST, SLOW], sandwich())] == ["interface+gb"] * 2


@pytest.mark.parametrize("arcs", [(FAST, SLOW), (SLOW, FAST)])
@pytest.mark.parametrize(
    ("order", "fast", "slow"),
    [
        ((BOUNDARY, FACES), "grain boundary", "interface"),
        ((FACES, BOUNDARY), "interface", "grain boundary"),
    ],
)
def test_two_arcs_get_their_names_by_the_stated_order(arcs, order, fast, slow):
    found = assign_arcs(arcs, sandwich(), [ArcOrder(order)])
    assert (found["R1"].name, found["R2"].name) == (fast, slow)
    said = (
        f"By the stated order {order[0]} before {order[1]}, with 3e-05 s among 4e-06 to 3e-05 s, "
        f"{order[1]}: agrees."
    )
    assert said in found["R2"].words


def test_a_pair_may_be_written_in_either_order():
    assert names([FAST, SLOW], (BOUNDARY, "interface SE|PE")) == ["grain boundary", "interface"]


def test_of_three_arcs_the_middle_one_stays_open():
    found = names([FAST, SLOW, SLOWEST], (BOUNDARY, FACES))
    assert found == ["grain boundary", "interface+gb", "interface"]


def test_an_order_has_no_arc_left_for_an_electrode():
    lithium = Layer("Li", "electrode")
    cell = Cell((lithium, polymer(), ceramic(), polymer(), lithium), (contact(),))
    assert names([FAST, SLOW], (BOUNDARY, FACES), cell) == ["grain boundary", "interface"]
    # With a third arc and an unstated electrode, the slowest may be either.
    found = assign_arcs([FAST, SLOW, SLOWEST], cell, [ArcOrder((BOUNDARY, FACES))])
    assert found["R3"].name == "interface+electrode"


def test_an_order_without_the_boundaries_does_not_rule_them_out():
    bulk = MeasuredArc("R0", 1000.0, 2.2e-11)
    order = ("bulk SE", FACES)
    assert names([bulk, FAST], order) == ["bulk", "interface+gb"]
    # Nor where their window had: 0.3 uF is above that of boundaries.
    beyond = MeasuredArc("R1", 400.0, 3e-7)
    assert names([bulk, beyond], order) == ["bulk", "interface+gb"]


def test_an_order_that_no_arcs_fit_names_nothing_and_says_so():
    bulk = MeasuredArc("R0", 1000.0, 2.2e-11)
    found = assign_arcs([bulk, FAST], sandwich(), [ArcOrder((BOUNDARY, FACES))])
    assert found["R1"].name == "cannot be assigned"
    assert (
        "No arcs fit the stated order grain boundary SE before interface PE|SE; relaxation times: "
        "R0 2.2e-08 s, R1 4e-06 s." in found["R1"].words
    )
    assert found["R0"].name == "bulk"


def test_an_arc_of_unknown_capacitance_has_no_place_in_the_order():
    unknown = replace(SLOWEST, log_c_error=1.5)
    assert names([FAST, SLOW, unknown], (BOUNDARY, FACES)) == [
        "grain boundary",
        "interface",
        "cannot be assigned",
    ]


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ((BOUNDARY,), "the order grain boundary SE must name two or more parts, each once"),
        ((FACES, FACES), "interface PE|SE before interface PE|SE must name two or more"),
        ((), "the order of nothing must name two or more parts"),
        ((BOUNDARY, "interface LE|SE"), "the order of arcs names 'interface LE|SE'; this cell"),
    ],
)
def test_an_order_that_is_none_is_refused(order, message):
    with pytest.raises(CellError) as caught:
        assign_arcs([FAST, SLOW], sandwich(), [ArcOrder(order)])
    assert message in str(caught.value)


# -- capacitances stated for a contact -------------------------------------------------------


def ranged(low, high):
    return sandwich(interface=replace(contact(), capacitance_range_f_cm2=(low, high)))


@pytest.mark.parametrize(
    ("uf", "name"), [(0.49, "grain boundary"), (0.51, "interface+gb"), (2.9, "interface+gb")]
)
def test_a_stated_capacitance_rules_the_contact_out_or_leaves_it(uf, name):
    arc = MeasuredArc("R1", 1000.0, uf * 1e-6 * AREA / 2)
    (found,) = assign_arcs([arc], ranged(0.5e-6, 5e-6))
    assert found.name == name
    assert f"it would have {uf:.3g} uF/cm2 (stated for this contact: 0.5 to 5)" in found.words


def test_a_stated_capacitance_may_leave_no_name_at_all():
    glass = ceramic(has_boundaries=False)
    cell = Cell(
        (SS, polymer(), glass, polymer(), SS),
        (replace(contact(), capacitance_range_f_cm2=(0.5e-6, 5e-6)), BLOCKING),
    )
    (found,) = assign_arcs([FAST], cell)  # 0.16 uF/cm2
    assert found.name == "cannot be assigned"


def test_a_stated_capacitance_may_be_wider_than_that_of_contacts_in_general():
    arc = MeasuredArc("R1", 1000.0, 0.02e-6 * AREA / 2)
    assert [a.name for a in assign_arcs([arc], ranged(0.01e-6, 5e-6))] == ["interface+gb"]
    assert [a.name for a in assign_arcs([arc], sandwich())] == ["grain boundary"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"capacitance_range_f_cm2": (5e-6, 1e-6)}, "5e-06 to 1e-06 F/cm2 does not rise"),
        ({"capacitance_range_f_cm2": (0.0, 1e-6)}, "0 to 1e-06 F/cm2 does not rise from above 0"),
        ({"capacitance_range_f_cm2": (2e-6, 5e-6)}, "capacitance 1e-06 F/cm2 is outside its range"),
        ({"capacitance_range_f_cm2": (1e-7, 5e-6), "blocking": True}, "no arc is its"),
    ],
)
def test_a_range_that_is_none_is_refused(more, message):
    with pytest.raises(CellError) as caught:
        Contact(("PE", "SE"), AREA, capacitance_f_cm2=1e-6, **more)
    assert message in str(caught.value)
