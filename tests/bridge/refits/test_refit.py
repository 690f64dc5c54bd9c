"""Spectra to rows: against formulas, and against what happens on the way."""

import csv
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from metastudy.bridge.refits.cell_yaml import CellFileError
from metastudy.bridge.refits.evaluation_options import EvaluationOptions
from metastudy.bridge.refits.file_batch import refit_files
from metastudy.bridge.refits.multiverse import multiverse_of
from metastudy.bridge.refits.refits_csv import RefitError, read_refits, write_refits
from metastudy.bridge.refits.temperature import temperature_of
from metastudy.bridge.refits.window import window_of
from metastudy.cli import app
from metastudy.corpus.refits import NOISE, REFIT_COLUMNS, Refit, parse_parameters
from metastudy.corpus.schema import Schemas
from metastudy.corpus.vocabulary import read_vocabulary
from metastudy.eis import Spectrum
from metastudy.eis.weighting.weights import error_structure
from tests.corpus.seeding import REPOSITORY

CIRCUIT = "R0-p(R1,CPE1)-CPE2"
TRUTH = {"R0": 300.0, "R1": 1000.0, "Q": 1e-7, "n": 0.9, "Qt": 2e-5, "nt": 0.92}
STRUCTURE = {"weight": "structure"}
CELL = """\
id: sandwich
stack: SS|PE|SE|PE|SS
diameter: 4 mm
layers:
  - {name: PE, thickness: 100 um}
  - {name: SE, thickness: 150 um, grain_boundary: none}
contacts:
  - {between: PE|SE}
  - {between: SS|PE, resistance: blocking}
"""


def impedance(frequency: np.ndarray, **other: float) -> np.ndarray:
    """R0 + R1/(1 + R1 Q (jw)^n) + 1/(Qt (jw)^nt), written out."""
    t = TRUTH | other
    jw = 2j * np.pi * frequency
    arc = t["R1"] / (1 + t["R1"] * t["Q"] * jw ** t["n"])
    return t["R0"] + arc + 1 / (t["Qt"] * jw ** t["nt"])


def write(
    path: Path, seed: int = 0, noise: float = 0.003, top: float = 1e6, **other: float
) -> Path:
    frequency = np.geomspace(top, 0.1, 50)
    z = impedance(frequency, **other)
    rng = np.random.default_rng(seed)
    z = z * (1 + noise * (rng.standard_normal(50) + 1j * rng.standard_normal(50)))
    rows = zip(frequency.tolist(), z.tolist(), strict=True)
    lines = [f"{f!r},{x.real!r},{x.imag!r}" for f, x in rows]
    path.write_text("freq/Hz,Re(Z)/ohm,Im(Z)/ohm\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def options(**given: object) -> EvaluationOptions:
    return replace(EvaluationOptions(CIRCUIT), **given)


def test_a_row_holds_what_the_spectrum_was_made_of(tmp_path: Path) -> None:
    path = write(tmp_path / "cell_70C.csv", noise=0.0)
    (row,) = refit_files([path], options(temperature="_([0-9]+)C")).rows
    found = parse_parameters(row.parameters)
    wanted = [TRUTH[name] for name in ("R0", "R1", "Q", "n", "Qt", "nt")]
    assert list(found.values()) == pytest.approx(wanted, rel=1e-6)
    assert float(row.resistance_ohm) == found["R1"]
    assert (row.arc, row.arc_by, row.temperature_text) == ("R1", "only_arc", "70")
    assert row.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert row.file == "cell_70C.csv"
    assert float(row.objective) < 1e-15


def spoil(path: Path, line: int, factor: float) -> float:
    """Multiply the impedance in one line of a file; return the frequency (Hz) there."""
    lines = path.read_text(encoding="utf-8").splitlines()
    f, x, y = map(float, lines[line].split(","))
    lines[line] = f"{f!r},{factor * x!r},{factor * y!r}"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return f


def test_a_point_that_stands_out_is_named_in_the_notes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv")
    f = spoil(path, line=21, factor=1.3)
    (row,) = refit_files([path], options()).rows
    assert row.notes.startswith(f"outlying points, kept in the fit: {f:.4g} Hz")
    assert "stand out" not in refit_files([write(tmp_path / "b.csv")], options()).rows[0].notes


def test_a_loss_keeps_a_point_from_pulling_and_stands_in_the_row(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv")
    spoil(path, line=28, factor=3.0)
    (squares,) = refit_files([path], options()).rows
    robust_options = options(loss="huber")
    (robust,) = refit_files([path], robust_options).rows
    assert (squares.loss, robust.loss) == ("linear", "huber")
    off = [abs(float(row.resistance_ohm) / TRUTH["R1"] - 1) for row in (squares, robust)]
    assert off[1] < 0.005 < off[0]
    assert robust_options.match(robust)
    assert not robust_options.match(squares)
    assert not options().match(robust)
    # Squares at the robust parameters are more than at those that squares chose.
    assert float(robust.objective) > float(squares.objective)


def test_the_resistance_is_that_of_the_circuit_whatever_the_cell_is(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv")
    yaml = tmp_path / "cell.yaml"
    for text in (CELL, CELL.replace("4 mm", "8 mm")):
        yaml.write_text(text, encoding="utf-8")
        chosen = options().with_cell(yaml)
        (row,) = refit_files([path], chosen).rows
        assert float(row.resistance_ohm) == pytest.approx(1000, rel=0.02)
        assert row.cell_id == "sandwich"


def test_objective_and_window(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", seed=1)
    (row,) = refit_files([path], options(window_hz=(1.0, 1e5))).rows
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    inside = (table[:, 0] >= 1) & (table[:, 0] <= 1e5)
    f, z = table[inside, 0], table[inside, 1] + 1j * table[inside, 2]
    p = list(parse_parameters(row.parameters).values())
    model = impedance(f, **dict(zip(("R0", "R1", "Q", "n", "Qt", "nt"), p, strict=True)))
    assert float(row.objective) == pytest.approx(np.sum(np.abs((z - model) / z) ** 2), rel=1e-9)
    assert row.window_hz == "1.0..100000.0"


def dense_objective(path: Path, row: Refit) -> float:
    """r' V^-1 r of a row with an error structure, V written out from file and row alone.

    V holds the law's deviations, and the instrument's error e in Z (1 + e): a complex Gaussian
    process, alike over a decade, whose standard deviation rises from 1 MHz to that stated at 7 MHz.
    """
    f, re, im = np.loadtxt(path, delimiter=",", skiprows=1).T
    p = list(parse_parameters(row.parameters).values())
    z = impedance(f, **dict(zip(("R0", "R1", "Q", "n", "Qt", "nt"), p, strict=True)))
    law, above = parse_parameters(row.noise), np.maximum(f / 1e6, 1.0)
    bent = np.exp(law["bend"] * np.log(np.abs(z) / law["centre"]) ** 2)
    sd = law["scale"] * np.abs(z) ** law["exponent"] * above ** law["rise"] * bent
    size = float(row.high_frequency_error) * (above - 1) / 6
    alike = np.exp(-(np.subtract.outer(np.log(f), np.log(f)) ** 2) / (2 * np.log(10) ** 2))
    e = np.outer(size, size) * alike
    # Z (e1 + j e2): Re is x e1 - y e2 and Im is y e1 + x e2.
    x, y = z.real, z.imag
    same = np.outer(x, x) * e + np.outer(y, y) * e
    across = np.outer(x, y) * e - np.outer(y, x) * e
    covariance = np.block([[same, across], [across.T, same]]) + np.diag(np.tile(sd**2, 2))
    r = np.concatenate([re - x, im - y])
    return float(r @ np.linalg.solve(covariance, r))


@pytest.mark.parametrize("stated", [0.0, 0.02])
def test_the_law_of_a_row_gives_its_objective_again(tmp_path: Path, stated: float) -> None:
    path = write(tmp_path / "a.csv", seed=4, top=7e6)
    chosen = options(high_frequency_error=stated, **STRUCTURE)
    ((row,), out) = (refit_files([path], chosen).rows, tmp_path / "refits.csv")
    assert (row.weight, row.high_frequency_error) == ("structure", repr(stated))
    assert float(row.objective) == pytest.approx(dense_objective(path, row), rel=1e-6)
    # Two parts of a point have what the law says of them: as many squares as freedom, about.
    assert float(row.objective) == pytest.approx(2 * 50 - 6, rel=0.3)
    assert float(row.resistance_ohm) == pytest.approx(1000, rel=0.02)
    write_refits(out, [row])
    assert read_refits(out) == (row,)


def test_a_law_that_was_read_off_is_kept_under_its_choices_alone(tmp_path: Path) -> None:
    path, out = write(tmp_path / "a.csv", seed=4, top=7e6), tmp_path / "refits.csv"
    for chosen in (
        options(**STRUCTURE),
        options(high_frequency_error=0.02, **STRUCTURE),
        options(high_frequency_error=0.01, **STRUCTURE),
        options(),
    ):
        assert refit_files([path], chosen, out).fitted == 1
        assert refit_files([path], chosen, out).kept == 1
    (row,) = read_refits(out)
    assert (row.high_frequency_error, row.noise) == ("", "")


def test_a_law_that_is_read_off_lies_within_the_limits_of_the_check() -> None:
    """Residuals that rise and bend beyond any law: each number stops at its limit."""
    f, z = np.geomspace(1e6, 1.0, 60), np.geomspace(1.0, 1e4, 60) + 0j
    assert error_structure(f, z, np.abs(z) ** 2 + 0j).exponent == NOISE["exponent"][1]
    assert error_structure(f, z, np.abs(z) ** -0.3 + 0j).exponent == NOISE["exponent"][0]
    bent = np.exp(0.7 * np.log(np.abs(z) / 100.0) ** 2) + 0j
    assert error_structure(f, z, bent).bend == NOISE["bend"][1]
    high = np.geomspace(1e8, 1e4, 60)
    rising = np.maximum(high / 1e6, 1.0) ** 3 + 0j
    assert error_structure(high, np.full(60, 10.0 + 0j), rising).rise == NOISE["rise"][1]


def test_the_variance_promises_no_more_than_the_interval(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", seed=2, noise=0.02)
    (row,) = refit_files([path], options()).rows
    half = (np.log(float(row.upper_ohm)) - np.log(float(row.lower_ohm))) / 2
    df = 2 * 50 - 6
    assert df > 60  # so that Student's t is 1.96 to 2.00
    assert 1.96 * float(row.log_variance) ** 0.5 >= half * 0.98


def test_every_row_has_the_form_of_the_schema(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"a_{t}C.csv", seed=t) for t in (60, 70)]
    out = tmp_path / "refits.csv"
    refit_files(paths, options(temperature="_([0-9]+)C"), out)
    other = write(tmp_path / "b_80C.csv")
    refit_files([other], options(temperature="80", high_frequency_error=0.02, **STRUCTURE), out)
    columns = Schemas(
        REPOSITORY / "schemas", read_vocabulary(REPOSITORY / "data" / "vocabulary")
    ).columns("refit", REFIT_COLUMNS)
    assert tuple(columns) == REFIT_COLUMNS
    with out.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            for name, cell in line.items():
                assert columns[name][1].is_valid(cell), (name, cell)


def test_a_second_run_keeps_rows_and_a_changed_file_or_choice_is_fitted(tmp_path: Path) -> None:
    a, b = write(tmp_path / "a.csv", 1), write(tmp_path / "b.csv", 2)
    out = tmp_path / "refits.csv"
    first = refit_files([a, b], options(), out)
    assert (first.fitted, first.kept) == (2, 0)
    bytes_before = out.read_bytes()
    second = refit_files([a, b], options(), out)
    assert (second.fitted, second.kept) == (0, 2)
    assert out.read_bytes() == bytes_before
    write(tmp_path / "a.csv", 3)
    third = refit_files([a, b], options(), out)
    assert (third.fitted, third.kept) == (1, 1)
    assert [row.refit_id for row in read_refits(out)] == ["r001", "r002"]
    assert read_refits(out)[0].sha256 == hashlib.sha256(a.read_bytes()).hexdigest()
    for other in (
        options(weight="proportional"),
        options(window_hz=(1.0, 1e6)),
        options(sample_id="disc"),
        options(temperature="30"),
    ):
        assert refit_files([a, b], other, out).fitted == 2
        assert refit_files([a, b], other, out).kept == 2
        assert len(read_refits(out)) == 2


def test_one_bad_file_never_stops_the_rest(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("hello\n", encoding="utf-8")
    files = [tmp_path / "none.csv", bad, write(tmp_path / "a.csv")]
    out = tmp_path / "refits.csv"
    seen: list[tuple[str, str]] = []
    batch = refit_files(files, options(), out, lambda path, word: seen.append((path.name, word)))
    assert [Path(name).name for name, _ in batch.failed] == ["none.csv", "bad.csv"]
    assert "no table of numbers" in batch.failed[1][1]
    assert seen == [("none.csv", "failed"), ("bad.csv", "failed"), ("a.csv", "fitted")]
    assert [row.file for row in read_refits(out)] == ["a.csv"]


def test_an_interruption_leaves_the_file_whole(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{name}.csv", k) for k, name in enumerate("abc")]
    out = tmp_path / "refits.csv"

    def stop(path: Path, outcome: str) -> None:
        if path.name == "b.csv":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refit_files(files, options(), out, stop)
    assert [row.file for row in read_refits(out)] == ["a.csv", "b.csv"]
    assert not list(tmp_path.glob(".refits*"))
    rest = refit_files(files, options(), out)
    assert (rest.fitted, rest.kept) == (1, 2)


def test_two_contents_under_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    files = [write(tmp_path / "a.csv", 1), write(tmp_path / "x" / "a.csv", 2)]
    batch = refit_files(files, options())
    assert len(batch.rows) == 1
    assert "another file of this name was given" in batch.failed[0][1]


def test_which_arc_is_asked_for_where_it_is_open(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv")
    batch = refit_files([path], EvaluationOptions("R0-p(R1,CPE1)-p(R2,CPE2)-CPE3"))
    assert "has 2 arcs, and which is the contact was not said" in batch.failed[0][1]
    assert "no parameter 'R9'" in refit_files([path], options(arc="R9")).failed[0][1]


def test_temperatures() -> None:
    bare = Spectrum(np.array([1.0]), np.array([1.0 + 0j]))
    own = Spectrum(np.array([1.0]), np.array([1.0 + 0j]), {"temperature_c": 25.0})
    assert temperature_of(bare, "a.csv", "") == ""
    assert temperature_of(own, "a.csv", "") == "25"
    assert temperature_of(own, "a.csv", "70") == "70"
    assert temperature_of(own, "a_-20.5C.csv", r"_(-?[0-9.]+)C") == "-20.5"
    with pytest.raises(RefitError, match="finds no temperature in the file name"):
        temperature_of(own, "a.csv", r"_([0-9]+)C")
    with pytest.raises(RefitError, match="neither degC nor an expression"):
        temperature_of(own, "a.csv", "(")
    with pytest.raises(RefitError, match="not degC above absolute zero"):
        temperature_of(own, "a.csv", "nan")


def test_choices_and_windows_say_what_is_wrong() -> None:
    with pytest.raises(RefitError, match=r"'sigma' is no law of a stored refit.*unit, structure"):
        options(weight="sigma")
    with pytest.raises(RefitError, match="error 1 is no relative error below 1"):
        options(high_frequency_error=1.0, **STRUCTURE)
    with pytest.raises(RefitError, match="goes with the weight structure, not with modulus"):
        options(high_frequency_error=0.02)
    with pytest.raises(RefitError, match="loss 'l1' is not known; use one of linear, huber"):
        options(loss="l1")
    with pytest.raises(RefitError, match="covers 'two' is not known; use one of one, all, unknown"):
        options(value_covers="two")
    with pytest.raises(RefitError, match=r"window 10\.\.1 Hz does not rise"):
        options(window_hz=(10.0, 1.0))
    assert window_of("all") is None
    assert window_of("0.5..1e6") == (0.5, 1e6)
    with pytest.raises(RefitError, match="neither all nor lowest"):
        window_of("1-5")


def test_a_foreign_table_is_never_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "refits.csv"
    out.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(RefitError, match=r"refits\.csv:1 is no refits\.csv"):
        refit_files([write(tmp_path / "a.csv")], options(), out)
    assert out.read_text(encoding="utf-8") == "a,b\n1,2\n"
    with pytest.raises(RefitError, match="cannot be written"):
        write_refits(tmp_path / "none" / "refits.csv", [])


def test_cell_faults_are_said_with_their_place(tmp_path: Path) -> None:
    yaml = tmp_path / "cell.yaml"
    yaml.write_text(CELL.replace("SS|PE|SE", "SS|PX|SE"), encoding="utf-8")
    with pytest.raises(CellFileError, match=r"cell\.yaml:2"):
        options().with_cell(yaml)


def test_multiverse_of_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 5)
    ((name, found),) = multiverse_of(path, options(arc="R1"), 300.0)
    assert name == "a.csv"
    assert found.median_ohm == pytest.approx(1000, rel=0.05)


def test_multiverse_of_a_file_lists_the_law_that_was_read_off(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 5, top=7e6)
    call = ["multiverse", "--circuit", CIRCUIT, "--weight", "structure", str(path)]
    run = CliRunner().invoke(app, [*call, "--high-frequency-error", "0.02"])
    assert run.exit_code == 0, run.output
    words = run.output.split()
    laws = ("modulus", "proportional", "unit", "structure")
    # Circuits: as given, exponent 1, split, slower part; three windows. The arc alone: two.
    assert [words.count(law) for law in laws] == [4 * 3 + 2] * 4


def test_the_command_stores_a_law_that_was_read_off(tmp_path: Path) -> None:
    path, out = write(tmp_path / "a.csv", 5, top=7e6), tmp_path / "refits.csv"
    call = ["refit", "--circuit", CIRCUIT, "--high-frequency-error", "0.02", str(path)]
    assert CliRunner().invoke(app, call).exit_code == 1
    run = CliRunner().invoke(app, [*call, "--weight", "structure", "--out", str(out)])
    assert run.exit_code == 0, run.output
    (row,) = read_refits(out)
    assert (row.weight, row.loss, row.high_frequency_error) == ("structure", "linear", "0.02")
    assert row.noise.startswith("scale=")


def test_command(tmp_path: Path) -> None:
    good = write(tmp_path / "cell_70C.csv")
    bad = tmp_path / "bad.csv"
    bad.write_text("hello\n", encoding="utf-8")
    out = tmp_path / "refits.csv"
    arguments = ["refit", "--circuit", CIRCUIT, "--out", str(out), "--temperature", "_([0-9]+)C"]
    run = CliRunner().invoke(app, [*arguments, str(good)])
    assert run.exit_code == 0, run.output
    assert "r001  cell_70C.csv at 70 degC: R1 (total) = " in run.output
    assert "neither times an area nor divided by contacts" in run.output
    again = CliRunner().invoke(app, [*arguments, str(good), str(bad)])
    assert again.exit_code == 1
    assert "0 fitted, 1 kept, 1 failed" in again.output
    assert "no table of numbers" in again.output
    assert CliRunner().invoke(app, ["refit"]).exit_code == 2
    several = CliRunner().invoke(app, ["multiverse", "--circuit", CIRCUIT, str(good)])
    assert several.exit_code == 0
    assert "no share of the scatter in the literature" in several.output


def test_the_command_says_that_it_was_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from metastudy.bridge.refits import file_batch

    files = [write(tmp_path / f"{name}.csv", k) for k, name in enumerate("ab")]
    out, fit_one = tmp_path / "refits.csv", file_batch.refit_spectrum

    def interrupted(spectrum: Spectrum, *given: object) -> object:
        if spectrum.metadata["source"] == "b.csv":
            raise KeyboardInterrupt
        return fit_one(spectrum, *given)

    monkeypatch.setattr(file_batch, "refit_spectrum", interrupted)
    arguments = ["refit", "--circuit", CIRCUIT, "--out", str(out), *map(str, files)]
    run = CliRunner().invoke(app, arguments)
    assert run.exit_code == 130
    assert "interrupted; run it again to go on" in run.output
    assert [row.file for row in read_refits(out)] == ["a.csv"]


def test_a_component_is_a_word_of_the_vocabulary():
    assert options(component="interface+gb").component == "interface+gb"
    with pytest.raises(RefitError, match=r"component 'interfase' is not a word.*interface"):
        options(component="interfase")
