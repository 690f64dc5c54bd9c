"""Refits in a data root: checked, built into the tables, and fitted again."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from metastudy.bridge.refits.evaluation_options import EvaluationOptions
from metastudy.bridge.refits.file_batch import refit_files
from metastudy.bridge.refits.refits_csv import read_refits, write_refits
from metastudy.corpus.corpus import CorpusError, read_corpus
from metastudy.corpus.refits import parse_parameters, write_parameters
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.eis.readers.hints import Hints
from metastudy.normalise.observations import normalise
from metastudy.tables.building import build_tables, checked_corpus
from metastudy.tables.checking import check_data
from metastudy.tables.recomputing import verify_study
from tests.corpus.seeding import lay_out

STUDY = "probe_2020_polymer"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The valid root with one refitted spectrum of R = 900 ohm, tau = 1 ms."""
    root = lay_out(tmp_path)
    spectra = root / "data" / "studies" / STUDY / "spectra"
    spectra.mkdir()
    rng = np.random.default_rng(7)
    f = np.geomspace(1e5, 1, 40)
    z = 50 + 900 / (1 + 2j * np.pi * f * 1e-3)
    z = z * (1 + 0.005 * (rng.standard_normal(40) + 1j * rng.standard_normal(40)))
    rows = [f"{a:.8g},{b.real:.8g},{b.imag:.8g}" for a, b in zip(f, z, strict=True)]
    path = spectra / "disc.csv"
    path.write_text("freq/Hz,Re(Z)/ohm,Im(Z)/ohm\n" + "\n".join(rows) + "\n", encoding="utf-8")
    names = {"sample_id": "heated_disc", "cell_id": "symmetric", "state_id": "fresh"}
    chosen = EvaluationOptions(circuit="R0-p(R1,C1)", temperature="90", **names)
    batch = refit_files([path], chosen, spectra.parent / "refits.csv")
    assert batch.failed == ()
    return root


def edit(root: Path, **cells: str) -> None:
    path = root / "data" / "studies" / STUDY / "refits.csv"
    (row,) = read_refits(path)
    write_refits(path, [replace(row, **cells)])


def test_what_refit_writes_passes_the_check(root: Path) -> None:
    result = check_data(root)
    assert [str(f) for f in result.findings] == []
    assert result.records == 19


def test_it_enters_the_tables_like_a_printed_number(root: Path) -> None:
    corpus = checked_corpus(root)
    tables = build_tables(corpus)
    record = next(r for r in tables["records"].to_pylist() if r["record_id"] == f"{STUDY}.r001")
    assert record["basis"] == "refit"
    assert record["unit"] == "ohm"
    assert record["value"] == pytest.approx(900, rel=0.02)
    assert record["asr_ohm_cm2"] == pytest.approx(record["value"] * 0.5)  # the contact's area
    assert record["locator"] == "spectra/disc.csv, spectrum 1"
    seen = {r for o in normalise(corpus).observations for r in o.records}
    excluded = {e.record_id for e in normalise(corpus).excluded}
    assert f"{STUDY}.r001" in seen | excluded


def test_a_stored_fit_comes_out_again(root: Path) -> None:
    (again,) = verify_study(read_corpus(root), STUDY)
    assert again.agrees
    assert again.again_ohm == pytest.approx(again.stored_ohm, rel=1e-6)


def test_a_minimum_that_is_none_is_found_out(root: Path) -> None:
    """An objective that belongs to its parameters passes the check, but not the full refit."""
    (row,) = read_refits(root / "data" / "studies" / STUDY / "refits.csv")
    p = parse_parameters(row.parameters)
    p["R0"] *= 1.1
    path = root / "data" / "studies" / STUDY / "spectra" / "disc.csv"
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    z = table[:, 1] + 1j * table[:, 2]
    model = p["R0"] + p["R1"] / (1 + 2j * np.pi * table[:, 0] * p["R1"] * p["C1"])
    value = math.fsum(np.abs((z - model) / z) ** 2)
    edit(root, parameters=write_parameters(p), objective=repr(value))
    assert check_data(root).status == 0
    (again,) = verify_study(read_corpus(root), STUDY)
    assert again.verdict == "a lower minimum was found"
    assert not again.agrees


def test_the_objective_is_held_to_a_millionth(root: Path) -> None:
    (row,) = read_refits(root / "data" / "studies" / STUDY / "refits.csv")
    for factor, rules in ((1 + 5e-7, []), (1 + 2e-6, ["refit-objective"])):
        edit(root, objective=repr(float(row.objective) * factor))
        assert [f.rule for f in check_data(root).findings] == rules


@pytest.fixture
def read_off(root: Path) -> Path:
    """The same root with the weights of the refit read off its residuals."""
    folder = root / "data" / "studies" / STUDY
    names = {"sample_id": "heated_disc", "cell_id": "symmetric", "state_id": "fresh"}
    chosen = EvaluationOptions(circuit="R0-p(R1,C1)", temperature="90", weight="structure", **names)
    batch = refit_files([folder / "spectra" / "disc.csv"], chosen, folder / "refits.csv")
    assert batch.failed == ()
    return root


def under_its_law(root: Path, **changed: float) -> str:
    """Sum of squares of the stored fit, up to 1 MHz, with some parameters or law changed."""
    (row,) = read_refits(root / "data" / "studies" / STUDY / "refits.csv")
    p = parse_parameters(row.parameters) | changed
    law = parse_parameters(row.noise) | changed
    path = root / "data" / "studies" / STUDY / "spectra" / "disc.csv"
    f, re, im = np.loadtxt(path, delimiter=",", skiprows=1).T
    model = p["R0"] + p["R1"] / (1 + 2j * np.pi * f * p["R1"] * p["C1"])
    bent = np.exp(law["bend"] * np.log(np.abs(model) / law["centre"]) ** 2)
    sd = law["scale"] * np.abs(model) ** law["exponent"] * bent
    return repr(math.fsum(np.abs((re + 1j * im - model) / sd) ** 2))


def test_weights_that_were_read_off_come_out_again(read_off: Path) -> None:
    assert check_data(read_off).status == 0
    (row,) = read_refits(read_off / "data" / "studies" / STUDY / "refits.csv")
    assert float(row.objective) == pytest.approx(float(under_its_law(read_off)), rel=1e-9)
    (again,) = verify_study(read_corpus(read_off), STUDY)
    assert again.agrees
    assert again.again_ohm == pytest.approx(again.stored_ohm, rel=1e-6)
    assert again.again_objective == pytest.approx(again.stored_objective, rel=1e-6)


def test_a_law_that_was_not_read_off_is_found_out(read_off: Path) -> None:
    (row,) = read_refits(read_off / "data" / "studies" / STUDY / "refits.csv")
    law = parse_parameters(row.noise)
    half = {"scale": law["scale"] / 2}
    edit(read_off, noise=write_parameters(law | half))
    assert [f.rule for f in check_data(read_off).findings] == ["refit-objective"]
    edit(read_off, objective=under_its_law(read_off))
    assert check_data(read_off).status == 0
    (again,) = verify_study(read_corpus(read_off), STUDY)
    assert again.verdict == "another law of the errors was read off"


def test_a_law_that_is_missing_is_said_where_it_is_fitted_again(read_off: Path) -> None:
    edit(read_off, noise="")
    assert [f.rule for f in check_data(read_off).findings] == ["refit-noise"]
    (again,) = verify_study(read_corpus(read_off), STUDY)
    assert again.verdict == "the row does not hold the law of its errors; metastudy check says more"


def test_a_minimum_that_is_none_is_found_out_under_its_law_too(read_off: Path) -> None:
    (row,) = read_refits(read_off / "data" / "studies" / STUDY / "refits.csv")
    moved = parse_parameters(row.parameters)
    moved["R0"] *= 1.02
    objective = under_its_law(read_off, R0=moved["R0"])
    edit(read_off, parameters=write_parameters(moved), objective=objective)
    assert check_data(read_off).status == 0
    (again,) = verify_study(read_corpus(read_off), STUDY)
    assert again.verdict == "a lower minimum was found"


def test_a_build_refuses_a_refit_of_another_spectrum(root: Path) -> None:
    path = root / "data" / "studies" / STUDY / "spectra" / "disc.csv"
    path.write_text(path.read_text(encoding="utf-8") + "0.5,950,-1\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="refit-checksum"):
        checked_corpus(root)


def test_a_study_that_cannot_be_read_is_said(root: Path) -> None:
    (root / "data" / "studies" / STUDY / "study.yaml").unlink()
    with pytest.raises(CorpusError, match=r"study\.yaml is missing"):
        verify_study(read_corpus(root), STUDY)


def test_rules_for_any_resistance_hold_for_refits_and_decisions_answer_them(root: Path) -> None:
    """The same spectrum twice as large is a slip by a factor of 2, and a decision may name it."""
    folder = root / "data" / "studies" / STUDY
    lines = (folder / "spectra" / "disc.csv").read_text(encoding="utf-8").splitlines()
    points = [line.split(",") for line in lines[1:]]
    twice = [f"{f},{2 * float(a):.8g},{2 * float(b):.8g}" for f, a, b in points]
    text = "\n".join([lines[0], *twice]) + "\n"
    (folder / "spectra" / "twice.csv").write_text(text, encoding="utf-8")
    names = {"sample_id": "heated_disc", "cell_id": "symmetric", "state_id": "fresh"}
    chosen = EvaluationOptions(circuit="R0-p(R1,C1)", temperature="90", **names)
    refit_files([folder / "spectra" / "twice.csv"], chosen, folder / "refits.csv")
    (slip,) = check_data(root).findings
    assert (slip.rule, slip.records) == ("factor-slip", (f"{STUDY}.r001", f"{STUDY}.r002"))
    assert slip.place.file == f"data/studies/{STUDY}/refits.csv"
    assert slip.place.line == 3
    assert "is 2 times the" in slip.message
    numbers = "\n".join(f"  {name}: '{value}'" for name, value in slip.numbers.items())
    decision = (
        f"id: probe_2020_refits\nrule: factor-slip\nrecords: [{', '.join(slip.records)}]\n"
        f"numbers:\n{numbers}\ndecision: Both stand.\nreason: Two discs in series.\n"
        "would_settle: A disc alone.\ndate: '2026-11-25'\n"
    )
    path = root / "data" / "decisions" / "probe_2020_refits.yaml"
    path.write_text(decision, encoding="utf-8")
    settled = check_data(root)
    assert [str(finding) for finding in settled.findings] == []
    path.write_text(decision.replace(".r002", ".r009"), encoding="utf-8")
    assert "decision-record" in {finding.rule for finding in check_data(root).findings}


def test_a_refit_that_is_not_determined_is_compared_with_nothing(root: Path) -> None:
    folder = root / "data" / "studies" / STUDY
    (row,) = read_refits(folder / "refits.csv")
    spectrum = (folder / "spectra" / "disc.csv").read_bytes()
    (folder / "spectra" / "again.csv").write_bytes(spectrum)
    wild = {"refit_id": "r002", "file": "again.csv", "identifiability": "not_determined"}
    write_refits(folder / "refits.csv", [row, replace(row, **wild)])
    sound = CheckedRows.of(read_corpus(root)).sound([])
    assert f"{STUDY}.r001" in sound.by_record
    assert f"{STUDY}.r002" not in sound.by_record


def test_a_file_with_questions_is_read_again_as_the_row_says(root: Path) -> None:
    """Every number of the file could be one with a decimal comma or with thousands."""
    study = root / "data" / "studies" / STUDY
    f = np.geomspace(900, 1, 40)
    z = 0.05 + 0.9 / (1 + 2j * np.pi * f * 1e-2)
    rows = [f"{a:.3f};{b.real:.3f};{b.imag:.3f}" for a, b in zip(f, z, strict=True)]
    text = "\n".join(["freq/Hz;Re(Z)/kohm;Im(Z)/kohm", *rows, ""]).replace(".", ",")
    (study / "spectra" / "disc.csv").write_text(text, encoding="utf-8")
    (study / "refits.csv").unlink()
    options = EvaluationOptions(
        circuit="R0-p(R1,C1)",
        temperature="90",
        sample_id="heated_disc",
        cell_id="symmetric",
        state_id="fresh",
        reading=Hints(decimal=","),
    )
    batch = refit_files([study / "spectra" / "disc.csv"], options, study / "refits.csv")
    assert batch.failed == ()
    assert float(batch.rows[0].resistance_ohm) == pytest.approx(900, rel=0.01)
    assert [f.rule for f in check_data(root).findings] == []
    assert [row.verdict for row in verify_study(read_corpus(root), STUDY)] == ["agrees"]
    edit(root, reading="{}x")
    assert [f.rule for f in check_data(root).findings] == ["cell-pattern"]
    edit(root, reading='{"decimal": "?"}')
    (finding,) = check_data(root).findings
    assert "the objective cannot be computed: decimal='?' is not known" in finding.message
