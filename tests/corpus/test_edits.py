"""Whatever somebody types into a study, the check answers with findings, never a traceback."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metastudy.corpus.rules.registry import RULES
from metastudy.corpus.study import COLUMNS
from metastudy.tables.checking import check_data
from metastudy.tables.findings import FORMATS
from tests.corpus.seeding import FROZEN, REPOSITORY, lay_out

STUDIES = sorted((FROZEN / "data" / "studies").glob("simulated_*/study.yaml"))

# Every word of every vocabulary, so that edits reach the rules behind the shape.
WORDS = sorted(
    {
        row[0]
        for path in (REPOSITORY / "data" / "vocabulary").glob("*.csv")
        for row in csv.reader(path.read_text(encoding="utf-8").splitlines()[1:])
    }
)
NUMBERS = ["0", "-0", "1", "-1", "1e999", "1e-999", "9" * 400, "1.5 10^-7", "1.5 × 10^400", "0.0"]
OTHERS = ["", "..", "1..2", "90..30", "-300..-280", "nan", "1,5", "=1", "\x00", "\ud7ff", "a\nb"]
CELLS = st.sampled_from([*NUMBERS, *OTHERS, *WORDS]) | st.text(max_size=8)
CALM = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(tmp_path_factory.mktemp("edits"))


@contextmanager
def one_of_the_studies(root: Path, data: st.DataObject) -> Iterator[Path]:
    """Put one more study into the root."""
    source = data.draw(st.sampled_from(STUDIES)).parent
    target = root / "data" / "studies" / source.name
    target.mkdir()
    for name in ("study.yaml", "measurements.csv"):
        (target / name).write_bytes((source / name).read_bytes())
    try:
        yield target
    finally:
        shutil.rmtree(target)


def hold(root: Path) -> None:
    """Check, write every format, and hold that every rule is registered."""
    result = check_data(root)
    assert {finding.rule for finding in result.findings} <= set(RULES)
    for write in FORMATS.values():
        write(result).encode("utf-8")
    for finding in result.findings:
        assert finding.message.endswith((".", "?")), finding
        assert finding.hint, finding


@CALM
@given(data=st.data())
def test_edits_of_cells(root: Path, data: st.DataObject) -> None:
    with one_of_the_studies(root, data) as folder:
        path = folder / "measurements.csv"
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        for _ in range(data.draw(st.integers(1, 4))):
            line = data.draw(st.integers(1, len(rows) - 1))
            rows[line][data.draw(st.integers(0, len(COLUMNS) - 1))] = data.draw(CELLS)
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        write_text(path, out.getvalue())
        hold(root)


@CALM
@given(data=st.data())
def test_edits_of_yaml_lines(root: Path, data: st.DataObject) -> None:
    with one_of_the_studies(root, data) as folder:
        path = folder / "study.yaml"
        lines = path.read_text(encoding="utf-8").split("\n")
        for _ in range(data.draw(st.integers(1, 3))):
            edit_line(lines, data)
        write_text(path, "\n".join(lines))
        hold(root)


def edit_line(lines: list[str], data: st.DataObject) -> None:
    """Drop, repeat, indent or replace a line, or the value behind its key."""
    index = data.draw(st.integers(0, len(lines) - 1))
    act = data.draw(st.sampled_from(["drop", "repeat", "value", "indent", "text"]))
    key, colon, _ = lines[index].partition(": ")
    if act == "drop":
        lines[index : index + 1] = []
    elif act == "repeat":
        lines.insert(index, lines[index])
    elif act == "value" and colon:
        lines[index] = f"{key}: {data.draw(CELLS)}"
    elif act == "indent":
        lines[index] = f"  {lines[index]}"
    else:
        lines[index] = data.draw(st.text(max_size=12))
    if not lines:
        lines.append("")


@CALM
@given(data=st.data())
def test_cut_and_spliced_bytes(root: Path, data: st.DataObject) -> None:
    with one_of_the_studies(root, data) as folder:
        path = folder / data.draw(st.sampled_from(["study.yaml", "measurements.csv"]))
        whole = path.read_bytes()
        cut, skip = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 20))
        path.write_bytes(whole[:cut] + data.draw(st.binary(max_size=4)) + whole[cut + skip :])
        hold(root)


def write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")


@CALM
@given(data=st.data())
def test_corrections_of_any_row(root: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted((root / "data" / "studies").glob("*/*.csv"))))
    row = data.draw(st.sampled_from(list(csv.DictReader(path.read_text().splitlines()))))
    column = data.draw(
        st.sampled_from(["value_text", "unit_text", "upper_text", "unc_minus", "temperature_text"])
    )
    correction = {
        "id": "probe_any",
        "record": row["record_id"],
        "column": column,
        "expect": row[column] or "none",
        "action": data.draw(st.sampled_from(["override", "withdraw"])),
        "value": data.draw(CELLS),
        "ground": "erratum",
        "reason": "Invented.",
        "status": "open",
        "date": "2026-11-25",
    }
    folder = root / "data" / "corrections"
    folder.mkdir(exist_ok=True)
    write_text(folder / "probe_any.yaml", yaml.safe_dump(correction))
    try:
        hold(root)
    finally:
        shutil.rmtree(folder)
