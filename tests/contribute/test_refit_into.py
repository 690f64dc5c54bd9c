"""Spectra fitted into a study: what gives a row is kept, what does not leaves nothing behind."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from metastudy.bridge.refits.refits_csv import read_refits
from metastudy.tables.checking import check_data
from tests.contribute.command import Done, metastudy
from tests.corpus.seeding import lay_out

STUDY = "probe_2020_polymer"
R0, R1, C1 = 10.0, 100.0, 1e-6
NAMES = ("--sample", "heated_disc", "--cell-id", "symmetric", "--state", "aged")
CIRCUIT = ("--circuit", "R0-p(R1,C1)", "--temperature", "70")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "root")


def spectrum(path: Path) -> Path:
    """Write the impedance of R0-p(R1,C1) by its formula."""
    lines = ["freq/Hz,Re(Z)/ohm,Im(Z)/ohm"]
    for step in range(41):
        f = 10 ** (5 - step / 10)
        z = R0 + R1 / (1 + 2j * math.pi * f * R1 * C1)
        lines.append(f"{f!r},{z.real:.6g},{z.imag:.6g}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def folder(root: Path) -> Path:
    return root / "data" / "studies" / STUDY


def refit(root: Path, *arguments: str | Path) -> Done:
    return metastudy("refit", *arguments, "--into", STUDY, "--root", root)


def contents(root: Path) -> dict[str, bytes]:
    found = folder(root).rglob("*")
    return {str(path): path.read_bytes() for path in found if path.is_file()}


def test_a_spectrum_goes_to_the_study_with_its_row_and_passes_the_check(
    root: Path, tmp_path: Path
) -> None:
    file = spectrum(tmp_path / "cell_70C.csv")
    done = refit(root, file, *CIRCUIT, *NAMES)
    assert done.status == 0, done.err
    assert f"next: metastudy check {STUDY}" in done.out
    (row,) = read_refits(folder(root) / "refits.csv")
    assert float(row.resistance_ohm) == pytest.approx(R1, rel=1e-3)
    assert (row.sample_id, row.cell_id, row.state_id) == ("heated_disc", "symmetric", "aged")
    assert (folder(root) / "spectra" / file.name).read_bytes() == file.read_bytes()
    assert check_data(root).findings == ()


def test_a_file_that_gives_no_row_is_not_kept(root: Path, tmp_path: Path) -> None:
    before = contents(root)
    bad = tmp_path / "bad.csv"
    bad.write_text("no spectrum\n", encoding="utf-8")
    done = refit(root, bad, *CIRCUIT, *NAMES)
    assert done.status == 1
    assert contents(root) == before
    assert not (folder(root) / "spectra").exists()


def test_of_two_files_the_good_one_is_kept(root: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("no spectrum\n", encoding="utf-8")
    done = refit(root, bad, spectrum(tmp_path / "good.csv"), *CIRCUIT, *NAMES)
    assert done.status == 1
    assert [path.name for path in (folder(root) / "spectra").iterdir()] == ["good.csv"]
    assert check_data(root).findings == ()


def test_an_interruption_leaves_nothing_half_written(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(root)

    def interrupted(*arguments: object) -> None:
        assert (folder(root) / "spectra" / "cell.csv").exists()
        raise KeyboardInterrupt

    monkeypatch.setattr("metastudy.contribute.refit_into.refit_files", interrupted)
    done = refit(root, spectrum(tmp_path / "cell.csv"), *CIRCUIT, *NAMES)
    assert done.status == 130
    assert contents(root) == before


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (
            "cell.csv",
            (),
            "has the samples plain_disc, heated_disc, bare_plate; name one by --sample",
        ),
        ("cell.csv", (*NAMES[:-1], "old"), "state_id is 'old', which states of study.yaml"),
        ("cell.docx", NAMES, "spectra/ holds files of the types"),
        ("=cell.csv", NAMES, "use letters, digits, -, _ and dots in the name"),
    ],
)
def test_what_cannot_be_placed_is_one_message(
    root: Path, tmp_path: Path, name: str, options: tuple[str, ...], message: str
) -> None:
    before = contents(root)
    done = refit(root, spectrum(tmp_path / name), *CIRCUIT, *options)
    assert (done.status, message in done.err) == (1, True), done.err
    assert contents(root) == before


def test_another_file_of_the_same_name_is_refused(root: Path, tmp_path: Path) -> None:
    file = spectrum(tmp_path / "cell.csv")
    assert refit(root, file, *CIRCUIT, *NAMES).status == 0
    file.write_text(file.read_text(encoding="utf-8").replace("110", "111"), encoding="utf-8")
    file.write_text(file.read_text(encoding="utf-8") + "1,110,-0.1\n", encoding="utf-8")
    done = refit(root, file, *CIRCUIT, *NAMES)
    assert "another file of this name is there" in done.err


def test_a_study_of_spectra_alone_loses_its_unfilled_row(root: Path, tmp_path: Path) -> None:
    metastudy("new", "santos_2023_probe", "--root", root)
    file = spectrum(tmp_path / "cell.csv")
    done = metastudy("refit", file, *CIRCUIT, "--into", "santos_2023_probe", "--root", root)
    assert done.status == 0, done.err
    text = (root / "data/studies/santos_2023_probe/measurements.csv").read_text("utf-8")
    assert text.count("\n") == 1
