"""Contents by hand, there and back, and at their limits."""

import numpy as np
import pytest

from metastudy.physics import (
    PhysicsError,
    concentration,
    mass_fraction,
    molar_mass,
    salt_mass_fraction,
    units_per_salt,
    units_per_salt_by_mass,
    volume_fraction,
)
from tests.contribute.command import metastudy


@pytest.mark.parametrize(
    ("formula", "mass"),
    [
        ("PEO", 44.05),
        ("LiTFSI", 287.09),  # as suppliers print it, with the older weight of lithium
        ("LiClO4", 106.39),
        ("LiPF6", 151.90),
        ("LiTf", 156.01),
        ("NaTf", 172.06),
        ("LiN(SO2CF3)2", 287.09),
        ("Li1.5Al0.5Ti1.5(PO4)3", 380.6),
    ],
)
def test_molar_masses(formula, mass):
    assert molar_mass(formula) == pytest.approx(mass, abs=0.06)


def test_formula_in_brackets_is_the_formula_without():
    assert molar_mass("LiN(SO2CF3)2") == pytest.approx(molar_mass("LiNS2O4C2F6"))
    assert molar_mass("Ca((OH)2)1") == pytest.approx(molar_mass("CaO2H2"))


@pytest.mark.parametrize("formula", ["", "lithium", "Li(", "Li)", "Xx2", "2Li", "Li()"])
def test_what_is_no_formula(formula):
    with pytest.raises(PhysicsError, match="is neither one of LiTFSI"):
        molar_mass(formula)


def test_15_to_1_of_litfsi_is_1_27_mol_per_litre():
    # Weiss 2020 section 3 has 15:1; 1200/(15 x 44.05 + 287.09), at an assumed 1.2 g/cm3
    assert concentration(15, 1.2, "LiTFSI") == pytest.approx(1.27, abs=0.005)


def test_0_1_to_1_mol_per_litre_of_liclo4():
    # Weiss 2020 section 3; about 250:1 to 23:1 at an assumed 1.13 g/cm3
    ends = units_per_salt([0.1, 1.0], 1.13, "LiClO4")
    assert ends == pytest.approx([254, 23.2], rel=5e-3)


@pytest.mark.parametrize("n", [3.0, 15.0, 250.0])
def test_contents_there_and_back(n):
    c = concentration(n, 1.2, "LiTf")
    assert units_per_salt(c, 1.2, "LiTf") == pytest.approx(n)
    share = salt_mass_fraction(n, "LiTf")
    assert units_per_salt_by_mass(share, "LiTf") == pytest.approx(n)
    # mol/L = density x mass fraction/molar mass, without n
    assert c == pytest.approx(1200 * share / molar_mass("LiTf"))


def test_much_polymer_leaves_no_salt():
    assert salt_mass_fraction(1e9, "LiTFSI") == pytest.approx(0.0, abs=1e-8)
    assert concentration(1e9, 1.2, "LiTFSI") == pytest.approx(0.0, abs=1e-7)


def test_more_salt_than_electrolyte_is_refused():
    with pytest.raises(PhysicsError, match="so much LiTFSI leaves no mass for PEO"):
        units_per_salt(5.0, 1.2, "LiTFSI")
    with pytest.raises(PhysicsError, match="so much LiTFSI"):
        units_per_salt_by_mass(1.0, "LiTFSI")


def test_50_wt_percent_of_garnet_is_20_vol_percent():
    # Sang section 1: 50 wt% (20 vol%) of LLZO; 5.1 and 1.275 g/cm3
    assert volume_fraction(0.5, 5.1, 1.275) == pytest.approx(0.20)


def test_volume_and_mass_at_their_limits_and_back():
    w = np.array([0.0, 0.2, 0.8, 1.0])
    v = volume_fraction(w, 5.1, 1.2)
    assert v[0] == 0.0
    assert v[-1] == 1.0
    np.testing.assert_allclose(mass_fraction(v, 5.1, 1.2), w)
    np.testing.assert_allclose(volume_fraction(w, 2.0, 2.0), w)


def test_convert_a_salt_ratio():
    done = metastudy("convert", "--eo-li", "20", "--density", "1.2", "--salt", "LiTFSI")
    # 1200/(20 x 44.053 + 287.07) mol/L and 287.07/1168.13
    assert done.status == 0
    assert done.out.splitlines() == [
        "LiTFSI (287.07 g/mol) in PEO (44.05 g/mol a unit)",
        "  20:1 units to salt",
        "  24.58 wt% salt",
        "  1.027 mol/L at 1.2 g/cm3",
    ]


@pytest.mark.parametrize(
    ("call", "line"),
    [
        ("--mol-l 1.0273 --density 1.2", "  20:1 units to salt"),
        ("--wt 24.576", "  20:1 units to salt"),
        ("--wt 24.576", "  mol/L needs --density of the electrolyte"),
        ("--wt 50 --filler-density 5.1 --density 1.275", "  20 vol%"),
        ("--vol 20 --filler-density 5.1 --density 1.275", "  50 wt%"),
    ],
)
def test_convert_the_other_contents(call, line):
    done = metastudy("convert", *call.split())
    assert done.status == 0
    assert line in done.out.splitlines()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("", "give one of --eo-li, --mol-l, --wt, --vol; given: none"),
        ("--eo-li 20 --mol-l 1", "given: --eo-li and --mol-l"),
        ("--mol-l 1", "--mol-l needs --density of the electrolyte, in g/cm3"),
        ("--eo-li -3", "units_per_salt = -3 must be positive"),
        ("--eo-li 20 --salt Foo", "'Foo' is neither one of LiTFSI"),
        ("--eo-li 20 --salt Foo", "no atomic weight of 'Fo'"),
        ("--wt 120", "--wt 120 must be in per cent, from 0 to 100"),
        ("--mol-l 9 --density 1.2", "so much LiTFSI leaves no mass for PEO"),
        ("--eo-li 5 --filler-density 3", "--eo-li is a content of salt, not of a filler"),
        ("--vol 20 --density 1", "a filler needs --filler-density and --density"),
        ("--eo-li 20 --density 0", "density_g_cm3 = 0 must be positive"),
    ],
)
def test_convert_refuses(call, message):
    done = metastudy("convert", *call.split())
    assert done.status == 1
    assert done.out == ""
    assert message in done.err
    assert "Traceback" not in done.err
