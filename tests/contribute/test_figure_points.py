"""Digitised figures: values come back from positions that a known drawing gives."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import tarfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from metastudy.cli import app
from metastudy.contribute.open_study import AddError
from metastudy.corpus.corpus import read_corpus
from metastudy.corpus.figure import rounded
from metastudy.corpus.study import number
from metastudy.tables.checking import check_data
from tests.contribute.command import Done, metastudy
from tests.corpus.seeding import lay_out

STUDY = "probe_2020_polymer"
# An Arrhenius line of 0.70 eV through 64 ohm cm2 at 70 degC, as the made-up study has it.
K_EV = 8.617333262e-5
TEMPERATURES = (60.0, 75.0, 90.0)
ROW = "\n\ntotal\nplain_disc\nsymmetric\naged\none\njoint_fit\n"


def resistance(celsius: float) -> float:
    return 64.0 * math.exp(0.70 / K_EV * (1 / (celsius + 273.15) - 1 / 343.15))


def drawn(x: float, y: float, turn: float = 0.0) -> tuple[float, float]:
    """Put 1000/T (2.6 to 3.2) and log10 R (0 to 3) on a picture that may be turned."""
    px, py = 100 + 400 * (x - 2.6) / 0.6, 500 - 300 * y / 3.0
    cos, sin = math.cos(turn), math.sin(turn)
    return 20 + cos * px - sin * py, 30 + sin * px + cos * py


def project(turn: float = 0.0, **axis: Any) -> dict[str, Any]:
    known = [
        ((2.6, 0), "2.6", "1"),
        ((3.2, 0), "3.2", "1"),
        ((2.6, 0), "2.6", "1"),
        ((2.6, 3), "2.6", "1000"),
    ]
    calibration = [
        {"px": drawn(*at, turn)[0], "py": drawn(*at, turn)[1], "dx": dx, "dy": dy}
        for at, dx, dy in known
    ]
    points = [drawn(1000 / (t + 273.15), math.log10(resistance(t)), turn) for t in TEMPERATURES]
    data = [{"x": x, "y": y, "value": [0, 0]} for x, y in points]
    axes = {"name": "XY", "type": "XYAxes", "isLogX": False, "isLogY": True, "noRotation": False}
    axes |= {"calibrationPoints": calibration} | axis
    sets = [
        {"name": "Pristine", "axesName": "XY", "data": data},
        {"name": "Empty", "axesName": "XY", "data": []},
    ]
    return {"version": [4, 7], "axesColl": [axes], "datasetColl": sets, "measurementColl": []}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "root")


def add(root: Path, file: Path, typed: str, *options: str) -> Result:
    call = ["add", STUDY, str(file), "--figure", "--root", str(root), *options]
    return CliRunner().invoke(app, call, input=typed)


def rows(root: Path) -> list[dict[str, str]]:
    path = root / "data" / "studies" / STUDY / "measurements.csv"
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def figures(root: Path) -> Path:
    return root / "data" / "studies" / STUDY / "figures"


def as_json(tmp_path: Path, value: Any) -> Path:
    path = tmp_path / "wpd.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def as_tar(tmp_path: Path, value: Any) -> Path:
    path = tmp_path / "figure.tar"
    with tarfile.open(path, "w") as archive:
        for name, data in (
            ("fig/info.json", b"{}"),
            ("fig/wpd.json", json.dumps(value).encode()),
            ("fig/image.png", b"a picture"),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


PROJECT = "Figure 2a\n1000/K\nvalue\n1\nΩ cm²" + ROW


@pytest.mark.parametrize("turn", [0.0, 0.05, -0.3])
@pytest.mark.parametrize("write", [as_json, as_tar])
def test_a_project_gives_its_points_with_their_temperatures_and_errors(
    root: Path, tmp_path: Path, write: Any, turn: float
) -> None:
    before = len(rows(root))
    done = add(root, write(tmp_path, project(turn)), PROJECT)
    assert done.exit_code == 0, done.output
    new = rows(root)[before:]
    assert [float(row["temperature_text"]) for row in new] == pytest.approx(TEMPERATURES, abs=0.05)
    for row, celsius in zip(new, TEMPERATURES, strict=True):
        error = number(row["reading_error"])
        # One pixel of 300 for three decades: a relative error of ln(10) 3/300.
        assert error == pytest.approx(resistance(celsius) * math.log(10) * 3 / 300, rel=0.05)
        assert number(row["value_text"]) == pytest.approx(resistance(celsius), abs=error / 10)
        assert row["basis"] == "figure_digitised"
        assert row["locator"] == "Figure 2a"
    assert check_data(root).findings == ()
    kept = figures(root) / "figure_2a.json"
    assert sorted(p.name for p in figures(root).iterdir()) == ["figure_2a.json", "figure_2a.yaml"]
    assert json.loads(kept.read_text()) == project(turn)
    stored = read_corpus(root).studies[STUDY].figures["figure_2a"]
    assert stored.sha256 == hashlib.sha256(kept.read_bytes()).hexdigest()


def test_axes_without_rotation_take_one_coordinate_each(root: Path, tmp_path: Path) -> None:
    value = project(noRotation=True)
    value["axesColl"][0]["calibrationPoints"][1]["py"] += 40  # a slip that this axis does not see
    value["axesColl"][0]["calibrationPoints"][3]["px"] -= 40
    done = add(root, as_json(tmp_path, value), PROJECT)
    assert done.exit_code == 0, done.output
    assert number(rows(root)[-1]["value_text"]) == pytest.approx(resistance(90), rel=0.01)


def test_a_project_of_version_3_is_read(root: Path, tmp_path: Path) -> None:
    new = project()
    axis = new["axesColl"][0]
    old = {
        "version": [3, 8],
        "axesType": "XYAxes",
        "axesParameters": {"isLogX": False, "isLogY": True},
        "calibration": axis["calibrationPoints"],
        "dataSeries": [{"name": "Pristine", "data": new["datasetColl"][0]["data"]}],
    }
    done = add(root, as_json(tmp_path, {"wpd": old}), PROJECT)
    assert done.exit_code == 0, done.output
    assert number(rows(root)[-1]["value_text"]) == pytest.approx(resistance(90), rel=0.01)


def test_a_csv_of_pixels_takes_its_axes_from_two_points_each(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    cells = [
        (100 + 400 * (t - 50) / 50, 500 - 300 * math.log10(resistance(t)) / 3) for t in TEMPERATURES
    ]
    path.write_text("x,y\n" + "".join(f"{x:.3f},{y:.3f}\n" for x, y in cells), encoding="utf-8")
    typed = f"Figure 3\nlinear 100=50 500=100\nlog 500=1 200=1000\ndegC\n\n\nΩ cm²{ROW}"
    done = add(root, path, typed)
    assert done.exit_code == 0, done.output
    new = rows(root)[-3:]
    assert [row["temperature_text"] for row in new] == ["60", "75", "90"]
    for row, celsius in zip(new, TEMPERATURES, strict=True):
        assert number(row["value_text"]) == pytest.approx(resistance(celsius), rel=0.005)
    assert check_data(root).findings == ()


def test_a_csv_of_values_has_its_error_in_per_cent_of_the_axis(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    text = "".join(f"{t},{math.log10(resistance(t)):.5f}\n" for t in TEMPERATURES)
    path.write_text("T,log R\n" + text, encoding="utf-8")
    axes = ["--x-axis", "values linear 50..100", "--y-axis", "values linear 0..3"]
    done = add(root, path, f"Figure 3\ndegC\nlog10\n0.5\nΩ cm²{ROW}", *axes)
    assert done.exit_code == 0, done.output
    for row, celsius in zip(rows(root)[-3:], TEMPERATURES, strict=True):
        value, error = number(row["value_text"]), number(row["reading_error"])
        # Half a per cent of three decades, as a relative error to first order.
        assert error == pytest.approx(resistance(celsius) * math.log(10) * 0.015, rel=0.05)
        assert value == pytest.approx(resistance(celsius), abs=error / 10)
    assert check_data(root).findings == ()


def test_of_several_series_one_is_asked_for_and_the_figure_is_kept_once(
    root: Path, tmp_path: Path
) -> None:
    value = project()
    other = json.loads(json.dumps(value["datasetColl"][0])) | {"name": "Heated"}
    value["datasetColl"].append(other)
    path = as_json(tmp_path, value)
    first = PROJECT.replace("1\nΩ", "1\nPristine\nΩ")
    assert add(root, path, first).exit_code == 0
    again = first.replace("Pristine", "Heated").replace("plain_disc", "heated_disc")
    done = add(root, path, again)
    assert done.exit_code == 0, done.output
    assert "Point 1 of Heated in figures/figure_2a.yaml." in rows(root)[-3]["notes"]
    assert len(list(figures(root).iterdir())) == 2


def test_another_figure_of_the_same_name_is_refused(root: Path, tmp_path: Path) -> None:
    assert add(root, as_json(tmp_path, project()), PROJECT).exit_code == 0
    done = refused(root, as_json(tmp_path, project(0.1)), PROJECT)
    assert "another figure has this name; give it another --set" in done.err


@pytest.mark.parametrize("fault", [AddError("no space"), KeyboardInterrupt()])
def test_where_no_row_is_written_no_figure_is_left_behind(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    def failing(*arguments: Any) -> list[str]:
        assert figures(root).is_dir()
        raise fault

    monkeypatch.setattr("metastudy.contribute.study_rows.append_rows", failing)
    before = rows(root)
    done = refused(root, as_json(tmp_path, project()), PROJECT)
    assert done.status == (130 if isinstance(fault, KeyboardInterrupt) else 1)
    assert not figures(root).exists()
    assert rows(root) == before


def refused(root: Path, file: Path, typed: str, *options: str) -> Done:
    call = ["add", STUDY, file, "--figure", "--root", root, *options]
    return metastudy(*call, typed=typed)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": [5, 2]}, "is of version 5.2; export its points as CSV"),
        ({"axesColl": []}, "is no project of WebPlotDigitizer 3 or 4"),
        ({"datasetColl": []}, "the project has no points"),
    ],
)
def test_a_project_that_does_not_do_is_one_message(
    root: Path, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    path = as_json(tmp_path, project() | change)
    done = refused(root, path, PROJECT)
    assert (done.status, message in done.err) == (1, True)


@pytest.mark.parametrize(
    ("axis", "message"),
    [
        ({"type": "PolarAxes"}, "the axes XY are PolarAxes, not XY"),
        ({"isLogX": True, "calibrationPoints": None}, "is no project"),
    ],
)
def test_axes_that_do_not_do_are_one_message(
    root: Path, tmp_path: Path, axis: dict[str, Any], message: str
) -> None:
    done = refused(root, as_json(tmp_path, project(**axis)), PROJECT)
    assert message in done.err
    assert not figures(root).exists()


@pytest.mark.parametrize(
    ("text", "axes", "message"),
    [
        ("1,2\n3,4\n", ("linear 0=0 1=1", "linear 0=0 1=1"), "its first row is a point; put x,y"),
        ("x,y\n1,a\n", ("linear 0=0 1=1", "linear 0=0 1=1"), "row 2: '1, a' is not two numbers"),
        (
            "x,y\n1,2\n",
            ("linear 0=0 0=1", "linear 0=0 1=1"),
            "both points are at the same position",
        ),
        ("x,y\n1,2\n", ("linear 0=0 1=1", "log 0=0 1=1"), "no value at or below zero"),
        (
            "x,y\n1,-2\n",
            ("linear 0=0 1=1", "values log 1..10"),
            "-2 is not on the logarithmic axis",
        ),
        ("x,y\n1,2\n", ("lin 0=0 1=1", "linear 0=0 1=1"), "the axis x is 'lin 0=0 1=1'; write"),
    ],
)
def test_a_csv_that_does_not_do_is_one_message(
    root: Path, tmp_path: Path, text: str, axes: tuple[str, str], message: str
) -> None:
    path = tmp_path / "points.csv"
    path.write_text(text, encoding="utf-8")
    options = ["--x-axis", axes[0], "--y-axis", axes[1]]
    done = refused(root, path, "Figure 2a\n\n\n\n", *options)
    assert done.status == 1
    assert message in done.err
    assert not figures(root).exists()


def test_digits_beyond_the_error_are_not_written() -> None:
    assert rounded(123.456, 2.345) == ("123.5", "2.3")
    assert rounded(0.0123456, 0.0004) == ("0.01235", "0.00040")
    assert rounded(5.4321e-7, 1.2e-9) == ("5.432e-7", "0.012e-7")
    assert rounded(-1234567.0, 4e3) == ("-1.2346e6", "0.0040e6")
