"""The command for a planned cell: table, files, picture, and one message for a bad file."""

import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from metastudy.bridge.refits.cell_quantities import CellFileError
from metastudy.cli import main
from metastudy.pages.cell_page import conclusion, plan
from metastudy.pages.rendering.digits import percent, significant
from tests.bridge.refits.test_cell_yaml import TEXT, write


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["metastudy", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def test_the_table_says_what_each_temperature_promises(tmp_path, monkeypatch, capsys):
    path = write(tmp_path)
    assert run(monkeypatch, "cell", path) == 0
    text = capsys.readouterr().out
    found = plan(path)
    for point in found.points:
        line = next(x for x in text.splitlines() if x.split()[:1] == [f"{point.temperature_c:g}"])
        assert significant(point.asr_ohm_cm2) in line
        assert percent(point.relative_error) in line
        assert point.verdict in line
    assert "exceeds three standard errors" in text
    assert conclusion(found) in text


def test_files_hold_what_the_engine_found(tmp_path, monkeypatch, capsys):
    path, out = write(tmp_path), tmp_path / "out"
    assert run(monkeypatch, "cell", path, "--out", out) == 0
    assert str(out / "cell.svg") in capsys.readouterr().out
    found = plan(path)
    table = pd.read_csv(out / "prospects.csv")
    for name in ("asr_ohm_cm2", "relative_error", "smallest_ohm_cm2"):
        assert table[name].to_numpy() == pytest.approx(found.table()[name].to_numpy(), rel=1e-5)
    others = pd.read_csv(out / "alternatives.csv")
    assert list(others["change"]) == [other.words for other in found.alternatives]
    assert others["gain"].is_monotonic_decreasing
    svg = (out / "cell.svg").read_text(encoding="utf-8")
    assert svg.lstrip().startswith("<?xml")


def test_the_picture_shows_every_layer_temperature_and_other_cell(tmp_path):
    from metastudy.pages.figures.cell import draw_plan

    found = plan(write(tmp_path))
    figure = draw_plan(found)
    axes: dict[str, Axes] = {a.get_label(): a for a in figure.axes}
    words = [t.get_text().split("\n")[0] for t in axes["stack"].texts]
    assert words == ["SS", "PE", "SE", "PE", "SS"]
    line = next(x for x in axes["range"].lines if x.get_label() == "expected")
    assert list(line.get_ydata()) == [p.asr_ohm_cm2 for p in found.points]
    labels = [t.get_text() for t in axes["others"].get_yticklabels()]
    assert labels[::-1] == [other.words for other in found.alternatives]


def test_a_bad_file_is_one_message_and_status_1(tmp_path, monkeypatch, capsys):
    path = write(tmp_path, ("thickness: 0.15 mm", "thickness: 0.15 Pa"))
    assert run(monkeypatch, "cell", path) == 1
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err == (f"metastudy: {path}:17:16 thickness is in Pa, which is no length; use cm\n")


def test_a_folder_that_is_a_file_is_said(tmp_path, monkeypatch, capsys):
    path = write(tmp_path)
    assert run(monkeypatch, "cell", path, "--out", path) == 1
    assert capsys.readouterr().err == (
        f"metastudy: {path}: cannot be written (File exists); name a folder for --out\n"
    )


def test_without_out_nothing_is_drawn(tmp_path):
    code = (
        "import sys; from pathlib import Path; from metastudy.pages.cell_page import plan;"
        f"plan(Path({str(write(tmp_path))!r})); print('matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_spoilt_file_is_planned_or_refused_with_its_place(tmp_path):
    rng = np.random.default_rng(66)
    path = tmp_path / "cell.yaml"
    strange = ["0", "-1", "1e400", "nan", "1e300", "[]", "{}", '""', "5 K", "none", "x", "\x01"]
    refused = []
    for _ in range(120):
        lines = TEXT.splitlines()
        k = int(rng.integers(len(lines)))
        if rng.random() < 0.3:
            del lines[k]
        else:
            value = strange[int(rng.integers(len(strange)))]
            lines[k] = lines[k].split(":")[0] + ": " + value
        path.write_text("\n".join(lines), encoding="utf-8")
        try:
            plan(path)
        except CellFileError as error:
            refused.append(str(error))
    assert len(refused) > 60
    assert all(re.match(rf"{re.escape(str(path))}:\d+:\d+ .", words) for words in refused)
