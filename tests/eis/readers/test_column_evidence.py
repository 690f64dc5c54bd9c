"""What a file leaves open is settled by its numbers and said, or asked for by name."""

from __future__ import annotations

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis.readers import column_evidence as evidence
from metastudy.eis.readers.hints import Hints
from metastudy.eis.readers.nameless import _candidates

F = np.logspace(6, -1, 36)
JW = 2j * np.pi * F


def two_arcs(scale: float = 1.0) -> np.ndarray:
    return scale * (100 + 500 / (1 + JW * 500 * 1e-8) + 900 / (1 + JW * 900 * 1e-5))


def text(header: str, *columns: np.ndarray, separator: str = ",") -> str:
    body = [separator.join(f"{v:.9g}" for v in row) for row in np.column_stack(columns)]
    return "\n".join([*([header] if header else []), *body, ""])


def close(spectrum: eis.Spectrum, impedance: np.ndarray) -> bool:
    return bool(np.allclose(spectrum.impedance_ohm, impedance, rtol=1e-7))


def notes(spectrum: eis.Spectrum) -> str:
    return "\n".join(spectrum.metadata["notes"])


# The silent wrong answers of other readers, each impossible here.


def test_decimal_commas_are_no_thousands(make):
    """Elsewhere a decimal-comma .mpt is read as 1e13 Hz."""
    for spectrum in eis.read_all(make("mpt_comma")):
        assert spectrum.frequency_hz.max() == pytest.approx(1e5)


def test_the_time_column_is_not_the_frequency(make):
    """Elsewhere the first column of a BioLogic CSV, the time, becomes the frequency."""
    z = two_arcs()
    header = "time/s,freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm"
    time = np.linspace(1.0, 90.0, F.size)
    spectrum = eis.read(make(text(header, time, F, z.real, -z.imag)))
    np.testing.assert_allclose(spectrum.frequency_hz, F, rtol=1e-8)
    assert close(spectrum, z)


@pytest.mark.parametrize("name", ["mpt_cycles", "looped_csv", "labone", "blocks"])
def test_cycles_are_neither_joined_nor_dropped(make, name):
    """Elsewhere all cycles become one spectrum, or only the first is kept."""
    spectra = eis.read_all(make(name))
    assert [len(spectrum) for spectrum in spectra] == [16, 16, 16]
    with pytest.raises(eis.SeveralSpectraError, match="3 spectra of 16 points each"):
        eis.read(make(name))


def test_modulus_and_phase_are_not_real_and_imaginary_part(make):
    """Elsewhere |Z| or the phase is taken for Im Z, with names and without."""
    z = two_arcs()
    phase = np.degrees(np.angle(z))
    assert close(eis.read(make(text("freq/Hz,|Z|/Ohm,Phase(Z)/deg", F, abs(z), phase))), z)
    bare = eis.read(make(text("", F, abs(z), phase)))
    assert close(bare, z)
    assert "|Z| and phase in deg" in notes(bare)


def test_the_first_row_of_a_table_without_names_is_kept(make):
    """Elsewhere it is lost as a header."""
    z = two_arcs()
    spectrum = eis.read(make(text("", F, z.real, z.imag)))
    assert spectrum.frequency_hz[0] == pytest.approx(1e6)
    assert len(spectrum) == F.size


def test_a_missing_frequency_column_is_an_error_not_a_shift(make):
    """Elsewhere the first column, Re Z, may pass for the frequency."""
    from_table = text("Re(Z)/Ohm,-Im(Z)/Ohm,|Z|/Ohm", F, F, F)
    with pytest.raises(eis.ReadError, match=r"file\.csv:1: the names 'Re\(Z\)/Ohm'.*no frequency"):
        eis.read(make(from_table))
    content = make("mpt").read_text("cp1252").replace("freq/Hz\t", "")
    with pytest.raises(
        eis.ReadError, match=r"file\.mpt:12: no column freq/Hz in this export of Pot"
    ):
        eis.read(make(content, ".mpt", "cp1252"))


def test_no_simulated_spectrum_is_read_wrongly_without_names():
    """Seeded: 150 cells in four representations; most are settled, none wrongly."""
    rng = np.random.default_rng(2024)
    outcomes = {"right": 0, "asked": 0, "wrong": 0}
    for _ in range(150):
        f = np.logspace(rng.uniform(3, 7), rng.uniform(-2.5, 1), rng.integers(15, 80))
        jw = 2j * np.pi * f
        z = 10 ** rng.uniform(-2, 0) + jw * 10 ** rng.uniform(-9, -6) * rng.integers(0, 2)
        for _ in range(rng.integers(1, 4)):
            z = z + 10 ** rng.uniform(-2, 0.5) / (
                1 + (jw * 10 ** rng.uniform(-7, 2)) ** rng.uniform(0.6, 1)
            )
        z = z * 10 ** rng.uniform(-2, 6)
        noise = 10 ** rng.uniform(-4, -1.5)
        z = z * (1 + noise * (rng.normal(size=f.size) + 1j * rng.normal(size=f.size)))
        for name, second, third in (
            ("Re Z and Im Z", z.real, z.imag),
            ("Re Z and -Im Z", z.real, -z.imag),
            ("|Z| and phase in deg", abs(z), np.degrees(np.angle(z))),
            ("|Z| and phase in rad", abs(z), np.angle(z)),
        ):
            candidates = _candidates(second, third, Hints())
            best = evidence.clear_winner(
                {key: evidence.misfit(f, value) for key, value in candidates.items()}
            )
            outcomes["asked" if best is None else "right" if best == name else "wrong"] += 1
    assert outcomes["wrong"] == 0
    assert outcomes["right"] > 0.7 * 600


# Sign.


@pytest.mark.parametrize("name", ["Z''", "Im(Z)", "Zimag", "Z_im"])
def test_a_plain_imaginary_column_that_holds_the_negative_is_turned_and_noted(make, name):
    z = two_arcs()
    spectrum = eis.read(make(text(f"f/Hz,Z',{name}", F, z.real, -z.imag)))
    assert close(spectrum, z)
    assert f"sign: {name!r} holds the negative" in notes(spectrum)


def test_a_column_named_as_the_negative_that_is_not_is_asked_about(make):
    z = two_arcs()
    path = make(text("f/Hz,Re(Z)/Ohm,-Im(Z)/Ohm", F, z.real, z.imag))
    with pytest.raises(
        eis.ReadError, match=r"'-Im\(Z\)/Ohm' is named as the negative .*imaginary="
    ):
        eis.read(path)
    assert close(eis.read(path, imaginary="Im"), z)


def test_a_negative_real_part_is_turned_by_its_name(make):
    z = two_arcs()
    assert close(eis.read(make(text("f,-Z',-Z''", F, -z.real, -z.imag))), z)


def test_inductive_cells_keep_their_sign(make):
    z = 5e-4 + JW * 2e-8  # a shunt: Im Z > 0 throughout
    assert close(eis.read(make(text("f/Hz,Z',Z''", F, z.real, z.imag))), z)
    assert close(eis.read(make(text("", F, z.real, z.imag))), z)


def test_noise_about_a_resistor_leaves_the_sign_to_the_name(make):
    rng = np.random.default_rng(5)
    z = 57 + rng.normal(0, 0.05, F.size) + 1j * rng.normal(0, 0.05, F.size)
    assert close(eis.read(make(text("f/Hz,Z'/ohm,-Z''/ohm", F, z.real, -z.imag))), z)


def test_the_sign_of_a_vendor_format_is_kept_even_if_it_looks_wrong(make):
    content = make("zplot2").read_text()
    rows = content.split("End Comments\n")[1].splitlines()
    turned = []
    for row in rows:
        cells = row.split("\t")
        cells[5] = f"{-float(cells[5]):.8E}"
        turned.append("\t".join(cells))
    path = make(
        content.split("End Comments\n")[0] + "End Comments\n" + "\n".join([*turned, ""]), ".z"
    )
    spectrum = eis.read(path)
    assert "as the format defines it, although" in notes(spectrum)
    assert spectrum.impedance_ohm.imag[-1] > 0


def test_phase_and_imaginary_column_of_opposite_signs_are_asked_about(make):
    z = two_arcs()
    columns = (F, z.real, -z.imag, abs(z), np.degrees(np.angle(z)))
    path = make(text("f/Hz,Re(Z),Im(Z),|Z|,phase/deg", *columns))
    with pytest.raises(eis.ReadError, match=r"'Im.Z.' and 'phase/deg' have opposite signs"):
        eis.read(path)
    assert close(eis.read(path, imaginary="-Im"), z)


# Units.


def test_angular_frequency_is_divided_by_two_pi_and_noted(make):
    z = two_arcs()
    for header in ("omega,Z',Z''", "Frequency (rad/s),Z',Z''", "ω [rad s-1],Z',Z''"):
        spectrum = eis.read(make(text(header, 2 * np.pi * F, z.real, z.imag)))
        np.testing.assert_allclose(spectrum.frequency_hz, F, rtol=1e-8)
        assert "divided by 2 pi" in notes(spectrum)


def test_omega_in_hertz_is_asked_about(make):
    z = two_arcs()
    path = make(text("omega/Hz,Z',Z''", F, z.real, z.imag))
    with pytest.raises(
        eis.ReadError, match=r"called an angular frequency but its unit is Hz; .*freq"
    ):
        eis.read(path)
    np.testing.assert_allclose(eis.read(path, frequency_unit="Hz").frequency_hz, F, rtol=1e-8)


def test_an_unnamed_unit_is_said_to_be_assumed(make):
    z = two_arcs()
    said = notes(eis.read(make(text("freq,Zreal,Zimag", F, z.real, z.imag))))
    assert "'freq' names no unit, read as Hz" in said
    assert "no unit is named, read as ohm" in said


@pytest.mark.parametrize(("unit", "factor"), [("kohm", 1e3), ("mohm", 1e-3), ("Mohm", 1e6)])
def test_the_unit_of_the_caller_holds(make, unit, factor):
    z = two_arcs()
    for header in ("freq,Zreal,Zimag", ""):
        path = make(text(header, F, z.real, z.imag))
        assert close(eis.read(path, impedance_unit=unit), z * factor)


@pytest.mark.parametrize(
    ("unit", "factor"), [("mΩ", 1e-3), ("MΩ", 1e6), ("kOhm", 1e3), ("µΩ", 1e-6), ("Ohms", 1.0)]
)
def test_prefixes_are_read_by_case(make, unit, factor):
    z = two_arcs()
    assert close(
        eis.read(make(text(f"f/Hz,Z' [{unit}],Z'' [{unit}]", F, z.real, z.imag))), z * factor
    )


def test_an_impedance_per_area_is_refused(make):
    z = two_arcs()
    for unit in ("Ohm cm2", "Ω·cm²", "ohm*cm^2"):
        with pytest.raises(eis.ReadError, match=r"is an impedance times an area; .*divide by"):
            eis.read(make(text(f"f/Hz,Z' [{unit}],Z'' [{unit}]", F, z.real, z.imag)))


def test_degrees_and_radians_without_a_unit_are_told_apart(make):
    z = two_arcs()
    for phase, word in ((np.angle(z), "rad"), (np.degrees(np.angle(z)), "deg")):
        spectrum = eis.read(make(text("f/Hz,|Z|/ohm,phase", F, abs(z), phase)))
        assert close(spectrum, z)
        assert word in notes(spectrum)


def test_an_angle_that_could_be_either_is_asked_about(make):
    rng = np.random.default_rng(3)
    modulus = 50 + rng.normal(0, 0.01, F.size)  # a resistor: no slope, no phase
    path = make(text("f/Hz,|Z|/ohm,phase", F, modulus, rng.normal(0, 1, F.size)))
    with pytest.raises(eis.ReadError, match=r"'phase' names no unit and could be .*phase_unit="):
        eis.read(path)
    in_degrees = eis.read(path, phase_unit="deg")
    assert np.abs(np.angle(in_degrees.impedance_ohm, deg=True)).max() < 5


# Columns without names.


def test_three_columns_that_could_be_two_things_are_asked_about(make):
    """At 57 ohm, 180/pi, the reactance in ohm is about the phase in degrees."""
    z = 57.3 + 3 / (1 + JW * 3 * 1e-4)
    path = make(text("", F, z.real, z.imag))
    with pytest.raises(
        eis.ReadError, match=r"could be .*Re Z and Im Z.*\|Z\| and phase in deg|could"
    ):
        eis.read(path)
    assert close(eis.read(path, columns={"frequency": 1, "re": 2, "im": 3}, imaginary="Im"), z)


@pytest.mark.parametrize("sign", [1, -1])
def test_reactance_sign_without_names(make, sign):
    z = two_arcs()
    spectrum = eis.read(make(text("", F, z.real, sign * z.imag, separator=";")))
    assert close(spectrum, z)
    assert ("-Im Z" in notes(spectrum)) == (sign < 0)


def test_more_columns_without_names_are_asked_about(make):
    z = two_arcs()
    path = make(text("", np.arange(F.size), F, z.real, z.imag))
    with pytest.raises(eis.ReadError, match=r"4 columns without names; .*columns=\{'frequency': 1"):
        eis.read(path)
    assert close(eis.read(path, columns={"frequency": 2, "re": 3, "im": 4}), z)


def test_an_evenly_stepped_first_column_is_no_frequency(make):
    z = two_arcs()
    with pytest.raises(eis.ReadError, match="evenly stepped, like a time or a number"):
        eis.read(make(text("", np.arange(1.0, F.size + 1), z.real, z.imag)))


def test_names_that_say_nothing_are_asked_about(make):
    z = two_arcs()
    path = make(text("a,b,c", F, z.real, z.imag))
    with pytest.raises(
        eis.ReadError, match=r"file\.csv:1: the names 'a', 'b', 'c' say no frequency"
    ):
        eis.read(path)
    assert close(eis.read(path, columns={"frequency": "a", "re": "b", "im": "c"}), z)


def test_two_columns_of_one_quantity_are_asked_about(make):
    z = two_arcs()
    path = make(text("f/Hz,Z',Z'',Re(Z)", F, z.real, z.imag, z.real + 1))
    with pytest.raises(eis.ReadError, match=r"'Re.Z.' both hold re; say which one"):
        eis.read(path)
    assert close(eis.read(path, columns={"frequency": 1, "re": 2, "im": 3}), z)


def test_the_counter_electrode_can_be_chosen_and_keeps_its_sign(make):
    z = two_arcs()
    header = "freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm,Re(Zce)/Ohm,-Im(Zce)/Ohm"
    path = make(text(header, F, z.real, -z.imag, 2 * z.real, -2 * z.imag))
    whole = eis.read(path)
    assert close(whole, z)
    assert "Re(Zce)/Ohm, -Im(Zce)/Ohm are there too and are not read" in notes(whole)
    chosen = {"re": "Re(Zce)/Ohm", "im": "-Im(Zce)/Ohm"}
    assert close(eis.read(path, columns=chosen), 2 * z)


def test_a_chosen_column_with_the_unit_of_another_quantity_is_refused(make):
    z = two_arcs()
    path = make(text("freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm,time/deg", F, z.real, -z.imag, F))
    with pytest.raises(eis.ReadError, match="'time/deg' cannot hold re, by its unit"):
        eis.read(path, columns={"re": "time/deg", "im": "-Im(Z)/Ohm"})


def test_a_spreadsheet_that_ate_the_imaginary_name(make):
    z = two_arcs()
    phase = np.degrees(np.angle(z))
    path = make(
        text("freq/Hz,Re(Z)/Ohm,#NAME?,|Z|/Ohm,Phase(Z)/deg", F, z.real, -z.imag, abs(z), phase)
    )
    spectrum = eis.read(path)
    assert close(spectrum, z)
    assert "no column is named as Im Z; taken from |Z| and phase" in notes(spectrum)


# Agreement of the columns, decimal signs, sweeps.


def test_a_row_whose_columns_contradict_each_other_is_named(make):
    lines = make("mpt").read_text("cp1252").split("\n")
    cells = lines[20].split("\t")
    cells[1] = f"{float(cells[1]) * 1.5:.9E}"
    lines[20] = "\t".join(cells)
    with pytest.raises(eis.ReadError, match=r"file\.mpt:21: .*contradicts the other impedance col"):
        eis.read(make("\n".join(lines), ".mpt", "cp1252"))


def test_commas_in_threes_are_asked_about(make):
    """100,000 is a hundred or a hundred thousand."""
    rows = [f"{100 - i**2},000;{i + 1},500;-{i},250" for i in range(9)]
    path = make("\n".join(["f/Hz;Z'/ohm;Z''/ohm", *rows, ""]))
    with pytest.raises(eis.ReadError, match=r"'100,000' could be a decimal comma or a thousands"):
        eis.read(path)
    assert eis.read(path, decimal=",").frequency_hz[0] == 100.0
    path.write_text(path.read_text().replace("1,500", "1,5"))  # one other form settles it
    assert eis.read(path).frequency_hz[0] == 100.0


def test_up_and_down_sweeps_stay_one_spectrum_and_repeats_become_two(make):
    z = two_arcs()
    both = np.concatenate([F, F[::-1][1:]])
    turned = np.concatenate([z, z[::-1][1:]])
    assert len(eis.read(make(text("f/Hz,Z',Z''", both, turned.real, turned.imag)))) == 71
    twice, again = np.concatenate([F, F]), np.concatenate([z, 2 * z])
    first, second = eis.read_all(make(text("f/Hz,Z',Z''", twice, again.real, again.imag)))
    assert close(first, z)
    assert close(second, 2 * z)
    assert "a new one where the frequency starts again" in notes(first)


def test_a_repeated_point_at_the_end_stays_with_its_spectrum(make):
    z = two_arcs()
    f, y = np.append(F, F[0]), np.append(z, z[0])
    assert len(eis.read(make(text("f/Hz,Z',Z''", f, y.real, y.imag)))) == 37


def test_a_short_last_cycle_is_left_out_and_said(make):
    z = two_arcs()
    f, y = np.concatenate([F, F, F[:3]]), np.concatenate([z, z, z[:3]])
    cycle = np.repeat([1, 2, 3], [36, 36, 3])
    spectra = eis.read_all(make(text("f/Hz,Z',Z'',cycle", f, y.real, y.imag, cycle)))
    assert [len(s) for s in spectra] == [36, 36]
    assert "spectra: 3 points make none and are left out (lines 74-76)" in notes(spectra[0])


def test_a_cycle_column_that_counts_rows_splits_nothing(make):
    z = two_arcs()
    number = np.arange(F.size)
    assert len(eis.read(make(text("f/Hz,Z',Z'',cycle", F, z.real, z.imag, number)))) == 36


def test_one_frequency_over_time_is_no_spectrum(make):
    with pytest.raises(eis.ReadError, match="points at 1 frequency make no spectrum"):
        eis.read(make(text("f/Hz,Z',Z''", np.full(40, 1e3), np.full(40, 5.0), np.full(40, -1.0))))
