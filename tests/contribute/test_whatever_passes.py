"""Whatever passes the check builds, previews and counts: spoilt studies, drawn at random."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metastudy.answers.coverage import coverage
from metastudy.contribute.study_preview import as_text, page, preview
from metastudy.corpus.finding import Severity
from metastudy.corpus.study import COLUMNS
from metastudy.tables.checking import check_data
from metastudy.tables.loading import load
from tests.corpus.seeding import FROZEN, lay_out

STUDIES = ("probe_2020_polymer", "probe_2021_solid", "probe_2022_liquid")
# Cells that are near to right: extremes of every form, and words of other columns.
CELLS = st.sampled_from(
    [
        *("", "0", "1e-300", "1e300", "-1", "0.0", "0.95", "100", "5 10^-7", "unknown"),
        *("not_reported", "not_applicable", "lt", "between", "not_detected", "approx", "all"),
        *("one", "ohm", "ohm cm2", "percent decrease", "factor decrease", "K", "not stated"),
        *("-273.15", "1..2", "aged", "total", "interface", "bound", "relative", "kinetic"),
        *("ci", "sd", "cells", "secondary", "weiss_2020"),
    ]
)
WORDS = st.sampled_from(
    [
        *("not_reported", "not_accessed", "not_applicable", "none", "unknown", "'0'", "'1'"),
        *("[]", "Na", "mole", "'no'"),
        *("{value: '1', unit: K, locator: x}", "{value: '0', unit: cm2, locator: x}"),
    ]
)


def spoil_row(root: Path, study: str, data: Any) -> None:
    path = root / "data" / "studies" / study / "measurements.csv"
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    row = data.draw(st.sampled_from(rows[1:]))
    for column in data.draw(st.lists(st.sampled_from(COLUMNS[1:]), min_size=1, max_size=3)):
        row[COLUMNS.index(column)] = data.draw(CELLS)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")


def spoil_words(root: Path, study: str, data: Any) -> None:
    path = root / "data" / "studies" / study / "study.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    with_value = [i for i, line in enumerate(lines) if ": " in line and "{" not in line]
    index = data.draw(st.sampled_from(with_value))
    lines[index] = f"{lines[index].partition(': ')[0]}: {data.draw(WORDS)}"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_whatever_passes_the_check_is_built_and_shown(data: Any) -> None:
    study = data.draw(st.sampled_from(STUDIES))
    with tempfile.TemporaryDirectory() as folder:
        root = lay_out(Path(folder))
        spoil = data.draw(st.sampled_from((spoil_row, spoil_words)))
        spoil(root, study, data)
        found = check_data(root).findings
        if any(finding.severity is Severity.ERROR for finding in found):
            return
        built = load(root=root)
        assert set(built.studies["study_id"]) == set(STUDIES)
        assert coverage(built).total("printed numbers") == len(built.records)
        shown = preview(study, root)
        assert study in page(shown)
        assert as_text(shown)


def test_the_studies_pass_as_they_are() -> None:
    assert {path.name for path in (FROZEN / "data" / "studies").glob("probe_*")} == set(STUDIES)
