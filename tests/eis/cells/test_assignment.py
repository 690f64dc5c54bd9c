"""Names of arcs: windows by hand, evidence that settles them, simulated spectra of a known cell."""

from dataclasses import replace

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis.cells.assignment import NAMES, assign_arcs
from metastudy.eis.cells.candidates import MeasuredArc
from metastudy.eis.cells.evidence import ElectrodesLeftOut, PartnerChange, PlateAlone, ThicknessPair
from metastudy.eis.cells.layers import Cell, Contact, Layer
from metastudy.eis.errors import CellError

from ..simulated_cells import AREA, BLOCKING, SS, ceramic, polymer, sandwich

PLATE_F = 8.8541878128e-14 * 30 * AREA / 0.015  # bulk of the ceramic, eps_r 30
# Two contacts of 1 uF/cm2 in series; the same arc is 2820 times the plate's bulk capacitance.
FACES = MeasuredArc("R2", 16000.0, 0.5e-6 * AREA, 0.01, 0.05)
LITHIUM = Layer("Li", "electrode")


def one(arc, cell=None, evidence=(), **more):
    return assign_arcs([arc], cell or sandwich(), evidence, **more)[arc.name]


def clue(assignment, rule, name):
    return next(c for c in assignment.evidence if c.rule == rule and c.name == name)


# -- windows ---------------------------------------------------------------------------------


def test_bulk_is_known_by_its_permittivity():
    arc = MeasuredArc("R1", 1000.0, PLATE_F * 2 / 30)
    cell = Cell((SS, ceramic(), SS))
    # eps_r 2 is below the window: no name; eps_r 30 is the plate.
    assert one(arc, cell).name == "cannot be assigned"
    found = one(replace(arc, capacitance_f=PLATE_F), cell)
    assert found.name == "bulk"
    assert clue(found, "permittivity", "bulk SE").value == pytest.approx(30.0)


@pytest.mark.parametrize(("eps", "name"), [(2.9, False), (3.1, True), (99, True), (101, False)])
def test_the_window_of_permittivity_is_3_to_100(eps, name):
    arc = MeasuredArc("R1", 1000.0, PLATE_F * eps / 30)
    found = clue(one(arc, Cell((SS, ceramic(), SS))), "permittivity", "bulk SE")
    assert found.value == pytest.approx(eps)
    assert found.outcome == ("neither" if name else "against")


@pytest.mark.parametrize(
    ("ratio", "inside"), [(9, False), (11, True), (9900, True), (10100, False)]
)
def test_the_window_of_a_grain_boundary_is_10_to_10000_bulk_capacitances(ratio, inside):
    arc = MeasuredArc("R1", 1000.0, PLATE_F * ratio)
    found = clue(one(arc), "boundary ratio", "grain boundary SE")
    assert found.value == pytest.approx(ratio)
    assert found.outcome == ("neither" if inside else "against")


@pytest.mark.parametrize(
    ("uf", "inside"), [(0.049, False), (0.051, True), (19.9, True), (21, False)]
)
def test_the_window_of_a_contact_counts_both_contacts(uf, inside):
    arc = MeasuredArc("R1", 1000.0, uf * 1e-6 * AREA / 2)
    found = clue(one(arc), "contact capacitance", "interface PE|SE")
    assert found.value == pytest.approx(uf * 1e-6)
    assert found.outcome == ("neither" if inside else "against")


def test_a_measured_bulk_capacitance_goes_before_the_expected_one():
    cell = Cell((SS, ceramic(), SS))
    arcs = [MeasuredArc("R1", 100.0, PLATE_F / 2), MeasuredArc("R2", 500.0, PLATE_F * 500)]
    found = assign_arcs(arcs, cell)
    assert found["R1"].name == "bulk"
    assert clue(found["R2"], "boundary ratio", "grain boundary SE").value == pytest.approx(1000)


def test_an_unknown_permittivity_widens_the_boundary_window():
    cell = Cell((SS, replace(ceramic(), permittivity=None), SS))
    # 5 times the bulk at eps_r 30, but 50 times at eps_r 3.
    found = one(MeasuredArc("R1", 500.0, PLATE_F * 5), cell)
    assert clue(found, "boundary ratio", "grain boundary SE").outcome == "neither"
    assert found.name == "grain boundary"


def test_stray_capacitance_may_be_part_of_a_bulk_arc():
    arc = MeasuredArc("R1", 1000.0, PLATE_F * 120 / 30)
    cell = Cell((SS, ceramic(), SS))
    assert clue(one(arc, cell), "permittivity", "bulk SE").outcome == "against"
    found = one(arc, replace(cell, stray_f=PLATE_F * 40 / 30))
    assert clue(found, "permittivity", "bulk SE").outcome == "neither"
    assert "without the stray" in clue(found, "permittivity", "bulk SE").words


def test_a_known_conductivity_tells_polymer_from_ceramic():
    pe, se = polymer(1e-5), ceramic(1e-2)
    cell = sandwich(pe, se)
    arc = MeasuredArc("R1", cell.bulk_ohm("PE", 25.0), cell.bulk_f("PE"))
    assert one(arc, cell).parts == ("PE", "SE")
    found = one(arc, cell, temperature_c=25.0)
    assert (found.name, found.parts) == ("bulk", ("PE",))
    assert clue(found, "expected resistance", "bulk PE").outcome == "for"


def test_a_conductivity_that_does_not_reach_the_temperature_says_nothing():
    cell = sandwich()  # laws of one temperature, 25 degC
    found = one(FACES, cell, temperature_c=60.0)
    assert "expected resistance" not in {c.rule for c in found.evidence}
    assert found.name == "interface+gb"


def test_a_capacitance_that_is_not_determined_names_nothing():
    found = one(replace(FACES, log_c_error=1.5))
    assert found.name == "cannot be assigned"
    assert "known within a factor of 4.48 only" in found.words
    assert "apex of the arc is inside the window" in found.settled_by.what


# -- evidence --------------------------------------------------------------------------------


def test_without_evidence_a_contact_is_interface_and_grain_boundary():
    found = one(FACES)
    assert (found.name, found.parts) == ("interface+gb", ("PE|SE",))
    assert found.settled_by.what.startswith("SE alone between two blocking electrodes")
    assert "To settle it: SE alone" in found.words


def test_the_name_stays_open_where_only_the_window_rules_boundaries_out():
    # 19 uF/cm2 is far more than 10^4 bulk capacitances, but a window is no measurement.
    found = one(replace(FACES, capacitance_f=19e-6 * AREA / 2))
    assert clue(found, "boundary ratio", "grain boundary SE").outcome == "against"
    assert found.name == "interface+gb"


def test_a_glass_has_no_boundaries():
    found = one(FACES, sandwich(se=ceramic(has_boundaries=False)))
    assert found.name == "interface"
    assert found.settled_by is None


@pytest.mark.parametrize(
    ("ratio", "name"), [(1.02, "interface"), (1.97, "grain boundary"), (1.42, "cannot be assigned")]
)
def test_a_thickness_pair_tells_contact_from_boundary(ratio, name):
    pair = ThicknessPair("R2", "SE", 2.0, ratio, 0.02, spread=0.05)
    found = one(FACES, evidence=[pair])
    assert found.name == name
    assert f"the arc was {ratio:.3g} times as large" in found.words


def test_a_thickness_pair_confirms_what_only_a_window_said():
    far = replace(FACES, capacitance_f=19e-6 * AREA / 2)
    assert one(far, evidence=[ThicknessPair("R2", "SE", 2.0, 1.0)]).name == "interface"


def test_a_thickness_pair_too_small_to_decide_decides_nothing():
    found = one(FACES, evidence=[ThicknessPair("R2", "SE", 1.1, 1.05)])
    assert found.name == "interface+gb"


@pytest.mark.parametrize(
    ("plate", "name", "left"),
    [
        (((100.0,), (PLATE_F,)), "interface", None),
        (((100.0, 300.0), (PLATE_F, FACES.capacitance_f)), "interface", None),
        (((100.0, 15500.0), (PLATE_F, FACES.capacitance_f)), "grain boundary", None),
        (((100.0, 6000.0), (PLATE_F, FACES.capacitance_f)), "interface+gb", 10000.0),
    ],
)
def test_the_plate_alone_gives_the_share_of_the_boundaries(plate, name, left):
    found = one(FACES, evidence=[PlateAlone("SE", *plate)])
    assert found.name == name
    assert found.interface_ohm == (None if left is None else pytest.approx(left))


def test_what_is_left_for_the_contact_has_the_errors_of_both_measurements():
    # 16000 ohm within 1 % less 6000 within 10 % (two samples): sqrt(160^2 + 600^2) = 620.97.
    piece = PlateAlone("SE", (6000.0,), (FACES.capacitance_f,))
    found = one(FACES, evidence=[piece])
    assert found.interface_error_ohm == pytest.approx(620.966, abs=0.01)
    words = "Less the plate's share 1e+04 ohm are left for the contact, SE 6.2e+02 ohm."
    assert words in found.words
    # The very plate, measured within 2 %: sqrt(160^2 + 120^2) = 200.
    same = one(FACES, evidence=[replace(piece, relative_error=0.02, spread=0.0)])
    assert same.interface_error_ohm == pytest.approx(200.0)


def test_a_rest_below_three_errors_is_a_bound():
    # The cell is known within 25 %: ln(16/7) = 0.827 is 3.2 errors of the ratio, hypot(.25, .05),
    # so the plate is a part of the arc; but 9000 ohm are 2.24 of their own, hypot(4000, 350).
    wide = replace(FACES, log_r_error=0.25)
    found = one(wide, evidence=[PlateAlone("SE", (7000.0,), (FACES.capacitance_f,), 0.0, 0.05)])
    assert found.interface_ohm == pytest.approx(9000.0)
    error = np.hypot(4000.0, 350.0)
    assert found.interface_error_ohm == pytest.approx(error)
    assert f"so at most {9000 + 1.6449 * error:.4g} ohm (95 %)." in found.words


def test_an_arc_of_the_plate_belongs_to_one_arc_of_the_cell():
    # The plate's boundaries (6000 ohm, half the capacitance) would be a part of the arc, were they
    # not there as an arc of their own.
    plate = PlateAlone("SE", (100.0, 6000.0), (PLATE_F, FACES.capacitance_f / 2))
    boundary = MeasuredArc("R1", 6200.0, FACES.capacitance_f / 2, 0.01, 0.05)
    assert one(FACES, evidence=[plate]).name == "interface+gb"
    both = assign_arcs([boundary, FACES], sandwich(), [plate])
    assert [a.name for a in both] == ["grain boundary", "interface"]


def test_the_same_resistance_at_another_capacitance_decides_nothing():
    plate = PlateAlone("SE", (16000.0,), (FACES.capacitance_f / 5,))
    assert one(FACES, evidence=[plate]).name == "interface+gb"


def test_another_partner_changes_a_contact():
    assert one(FACES, evidence=[PartnerChange("R2", "SE", 3.0)]).name == "interface"
    # An unchanged arc does not rule a contact out: two partners may be alike.
    assert one(FACES, evidence=[PartnerChange("R2", "SE", 1.01)]).name == "interface+gb"


def test_lithium_electrodes_make_the_arc_ambiguous_until_they_are_left_out():
    pe, se = polymer(), ceramic()
    cell = Cell((LITHIUM, pe, se, pe, LITHIUM), (sandwich().interface,))
    plain = one(FACES, cell)
    assert plain.name == "cannot be assigned"
    assert "reference electrodes" in plain.settled_by.what
    pair = ThicknessPair("R2", "SE", 2.0, 1.0)
    both = one(FACES, cell, [pair])
    assert both.name == "interface+electrode"
    assert both.settled_by.what.startswith("Li|PE|SE|PE|Li with reference electrodes")
    inside = ElectrodesLeftOut("R2", remains=True)
    assert one(FACES, cell, [pair, inside]).name == "interface"
    outside = ElectrodesLeftOut("R2", remains=False)
    assert one(FACES, cell, [outside]).name == "electrode"


def test_every_name_given_is_declared():
    assert {one(FACES).name, one(replace(FACES, log_c_error=2.0)).name} <= set(NAMES)
    assert all(meaning for meaning in NAMES.values())


# -- spectra ---------------------------------------------------------------------------------


def test_arcs_of_a_simulated_cell_get_their_names():
    se = ceramic(1e-6, boundary=3e-7)
    pe = polymer(1e-2)
    cell = sandwich(pe, se)
    z_se, gb = cell.bulk_ohm("SE", 25.0), cell.boundary_ohm("SE", 25.0)
    faces = 2 * 1e6 / AREA
    f = np.logspace(np.log10(7e6), -2, 70)
    jw = 2j * np.pi * f
    z = 1 / (1 / z_se + jw * PLATE_F) + 1 / (1 / gb + jw * PLATE_F * 100)
    z = z + faces / (1 + (jw * faces * 0.5e-6 * AREA) ** 0.9) + 1 / (1e-6 * jw**0.9)
    e = np.random.default_rng(63).normal(size=(2, f.size))
    spectrum = eis.Spectrum(f, z * (1 + 0.003 * (e[0] + 1j * e[1])))
    fit = eis.fit(spectrum, "p(R1,C1)-p(R2,CPE2)-p(R3,CPE3)-CPE4")
    alone = assign_arcs(fit, cell, temperature_c=25.0)
    assert alone["R1"].parts == ("SE",)
    assert [a.name for a in alone] == ["bulk", "grain boundary", "interface+gb"]
    plate = PlateAlone("SE", (z_se, gb), (PLATE_F, PLATE_F * 100))
    told = assign_arcs(fit, cell, [plate], temperature_c=25.0)
    assert [a.name for a in told] == ["bulk", "grain boundary", "interface"]
    assert told["R3"].arc.resistance_ohm == pytest.approx(faces, rel=0.05)
    texts = {text.get_text() for text in fit.plot(labels=told.labels()).axes[0].texts}
    assert {"R1\nbulk\nSE", "R2\ngrain boundary\nSE", "R3\ninterface\nPE|SE"} <= texts
    table = told.table()
    assert list(table["name"]) == ["bulk", "grain boundary", "interface"]
    assert table.loc["R3", "parts"] == "PE|SE"


def test_errors_of_capacitances_agree_with_the_scatter_of_many_fits():
    f = np.logspace(5, 0, 40)
    circuit = eis.Circuit("R0-p(R1,CPE1)")
    z = circuit.impedance(f, [100.0, 1000.0, 1e-6, 0.8])
    rng = np.random.default_rng(64)
    from metastudy.eis.cells.candidates import arcs_of_fit

    logs, errors = [], []
    for _ in range(60):
        e = rng.normal(size=(2, f.size))
        fit = eis.fit(eis.Spectrum(f, z * (1 + 0.01 * (e[0] + 1j * e[1]))), circuit)
        arc = arcs_of_fit(fit)[0]
        logs.append(np.log(arc.capacitance_f))
        errors.append(arc.log_c_error)
    # The SD of 60 draws has a standard error of 9 %.
    assert np.mean(errors) == pytest.approx(np.std(logs, ddof=1), rel=0.3)
    by_hand = (1e-6 * 1000.0) ** (1 / 0.8) / 1000.0
    assert np.mean(logs) == pytest.approx(np.log(by_hand), abs=3 * np.std(logs) / np.sqrt(60))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: assign_arcs([], sandwich()), "there is no arc to assign"),
        (
            lambda: one(FACES, evidence=[PartnerChange("R9", "SE", 1.0)]),
            "evidence is about arc 'R9'; the spectrum has R2",
        ),
        (lambda: one(FACES, evidence=[PlateAlone("LE", (), ())]), "has no layer 'LE'"),
        (lambda: PlateAlone("SE", (1.0,), ()), "1 resistances and 0 capacitances"),
        (lambda: ThicknessPair("R1", "SE", 0.0, 1.0), "thickness_ratio = 0 must be positive"),
        (lambda: assign_arcs([FACES], sandwich())["R7"], "there is no arc 'R7'; there are R2"),
    ],
)
def test_evidence_that_fits_nothing_is_refused(call, message):
    with pytest.raises(CellError, match=message):
        call()


def test_an_undescribed_electrode_contact_may_conduct():
    cell = Cell((SS, polymer(), SS))
    assert "electrode SS|PE" in {c.name for c in one(FACES, cell).evidence}
    blocked = Cell((SS, polymer(), SS), (BLOCKING,))
    assert "electrode SS|PE" not in {c.name for c in one(FACES, blocked).evidence}
    assert isinstance(BLOCKING, Contact)
