"""Every number of the page is that of the dataset, at each reference temperature."""

import functools
import math
import shlex

import numpy as np
import pytest
from typer.testing import CliRunner

import metastudy
from metastudy.cli.application import app
from tests.pages.explorer.browser.reading import copied, exported_rows, shown_ids

pytestmark = pytest.mark.browser
CLASSES = ("LE/SE", "PE/SE", "SE/SE")
EXACT = ("records", "left_out", "headline", "ea_source", "phase", "reference_phase", "censoring")
NUMBERS = ("y", "lo", "hi", "asr_ohm_cm2", "v", "v_temperature", "v_interfaces", "reference_c")


@pytest.mark.parametrize("celsius", [None, 5, 25, 30, 40, 60, 80])
def test_every_observation_is_that_of_load(visit, explorer_file, frozen_root, celsius):
    page = visit(explorer_file, "" if celsius is None else f"#t={celsius}")
    found = exported_rows(page)
    reference_c = None if celsius is None else dict.fromkeys(CLASSES, celsius)
    rows = metastudy.load(root=frozen_root, reference_c=reference_c).observations
    assert list(found) == list(rows.observation_id)
    for _, row in rows.iterrows():
        own = found[row["observation_id"]]
        for name in EXACT:
            expected = None if row[name] is None or row[name] != row[name] else row[name]
            assert own[name] == expected, (row["observation_id"], name)
        for name in NUMBERS:
            expected, value = row[name], own[name]
            if expected != expected:
                assert value is None, (row["observation_id"], name)
            else:
                assert value == pytest.approx(expected, rel=1e-9, abs=1e-9), (own, name)


@pytest.mark.parametrize("celsius", [None, 30])
def test_table_and_card_show_the_numbers_of_the_dataset(visit, explorer_file, frozen_root, celsius):
    page = visit(explorer_file, "" if celsius is None else f"#t={celsius}")
    reference_c = None if celsius is None else dict.fromkeys(CLASSES, celsius)
    rows = metastudy.load(root=frozen_root, reference_c=reference_c).observations
    expected = rows.set_index("observation_id").asr_ohm_cm2.dropna()
    shown = page.eval_on_selector_all(
        "tr[data-id] data", "cells => cells.map(c => [c.closest('tr').dataset.id, Number(c.value)])"
    )
    assert {name for name, _ in shown} == set(expected.index)
    for name, value in shown:
        assert math.isclose(value, expected[name], rel_tol=1e-9)
    for name in shown_ids(page):
        if name not in expected:
            continue
        page.locator(f"tr[data-id='{name}'] [data-open]").click()
        said = page.locator("section.card strong.value").inner_text()
        number = said.split(" ohm")[0].replace("\u202f", "")
        if "×" not in number:
            assert float(number) == pytest.approx(expected[name], rel=0.005)


VIEWS = [
    "#q=LLZO+|+PEO",
    "#f.salt=LiTFSI&tr=0",
    "#b=0&t=40",
    "#f.left_out=treated",
    "#f.row_state=used&f.interface_class=LE/SE",
    "#q=simulated+2005",
    "#u=0&s=0",
    "#f.treatments=",
]


@pytest.mark.parametrize("view", VIEWS)
def test_the_lines_of_a_view_give_its_rows(visit, explorer_file, frozen_root, monkeypatch, view):
    page = visit(explorer_file, view)
    csv = copied(page, "CSV")
    wanted = sorted(line.split(",")[0] for line in csv.splitlines()[1:])
    assert wanted == sorted(shown_ids(page))
    monkeypatch.setattr(metastudy, "load", functools.partial(metastudy.load, root=frozen_root))
    found = {}
    exec(page.locator("#python").inner_text(), found)
    assert sorted(found["rows"].observation_id) == wanted
    _, *words = shlex.split(page.locator("#shell").inner_text())
    done = CliRunner().invoke(app, [*words, "--root", str(frozen_root)])
    assert done.exit_code == 0, done.output
    assert_same_table(done.output, csv)


def assert_same_table(one, other):
    """Cell by cell; numbers are written to 12 digits, and moved ones were rounded before."""
    for line, own in zip(one.splitlines(), other.splitlines(), strict=True):
        for cell, found in zip(line.split(","), own.split(","), strict=True):
            assert cell == found or float(cell) == pytest.approx(float(found), rel=1e-9, abs=1e-9)


def test_a_view_without_rows_has_lines_without_rows(visit, explorer_file, frozen_root):
    page = visit(explorer_file, "#q=xyzzy")
    assert len(copied(page, "CSV").splitlines()) == 1
    assert page.locator("#shell").inner_text().startswith("#")
    found = {}
    exec(page.locator("#python").inner_text(), found)
    assert len(found["rows"]) == 0


def test_the_picture_has_every_row_with_a_number(visit, explorer_file, frozen):
    page = visit(explorer_file)
    label = page.locator("[role=application]").get_attribute("aria-label")
    assert f"of {len(frozen.observations)} rows" in label
    xs = page.eval_on_selector_all("g[aria-label=dot]:not(.legend) > *", "marks => marks.length")
    assert xs == int(np.isfinite(frozen.observations.y).sum())
