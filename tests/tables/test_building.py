"""Building: the same content in every format, the same bytes twice, and never half a folder."""

import csv
import hashlib
import io
import json
import math
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from metastudy.corpus.corpus import CorpusError
from metastudy.normalise.observations import normalise
from metastudy.tables import building
from metastudy.tables.building import BuildError, build
from metastudy.tables.columns import BUDGET, FORMS
from metastudy.tables.csv_cells import without_formula
from metastudy.tables.loading import LoadError, load
from metastudy.tables.rows import table_rows
from tests.corpus.seeding import lay_out

ROOT = Path(__file__).resolve().parents[2]
NAMES = [form.name for form in FORMS]
OTHER = "simulated_2003_solvents"  # the study that the other root lacks; no decision names it


@pytest.fixture(scope="module")
def built(frozen_root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("built") / "tables"
    build(folder, frozen_root)
    return folder


@pytest.fixture(scope="module")
def rows(frozen_corpus):
    found = table_rows(frozen_corpus, normalise(frozen_corpus))
    return {name: list(of_table) for name, of_table in found.items()}


@pytest.mark.parametrize("name", [name for name in NAMES if name != "covariance"])
def test_declared_columns_are_those_of_the_rows(name, rows):
    (form,) = (form for form in FORMS if form.name == name)
    for row in rows[form.name]:
        assert set(row) == {column.name for column in form.columns}
    keys = [tuple(row[name] for name in form.key) for row in rows[form.name]]
    assert len(keys) == len(set(keys)), "the key of a row is there twice"


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_declaration_is_whole(form):
    names = [column.name for column in form.columns]
    assert len(names) == len(set(names))
    assert set(form.key) <= set(names)
    for column in form.columns:
        assert column.kind in ("text", "number", "integer", "flag")
        assert column.meaning.endswith(".")
        assert (column.unit != "") == (column.kind in ("number", "integer"))


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_parquet_fields_carry_unit_and_meaning(form, built):
    schema = pq.read_schema(built / f"{form.name}.parquet")
    assert schema.names == [column.name for column in form.columns]
    for column in form.columns:
        metadata = schema.field(column.name).metadata
        assert metadata[b"unit"].decode() == column.unit
        assert metadata[b"meaning"].decode() == column.meaning


def _cells(form, built):
    """The CSV, read by the standard library alone."""
    with (built / f"{form.name}.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_csv_parquet_and_sqlite_agree(form, built):
    header, text_rows = _cells(form, built)
    stored = pq.read_table(built / f"{form.name}.parquet").to_pylist()
    with sqlite3.connect(built / "metastudy.sqlite") as connection:
        cursor = connection.execute(f'SELECT * FROM "{form.name}" ORDER BY rowid')
        lite = cursor.fetchall()
        assert [field[0] for field in cursor.description] == header
    connection.close()
    assert len(text_rows) == len(stored) == len(lite)
    for cells, row, record in zip(text_rows, stored, lite, strict=True):
        for column, cell, value in zip(form.columns, cells, record, strict=True):
            expected = row[column.name]
            assert value == expected
            if expected is None:
                assert cell == ""
            elif column.kind == "number":
                assert float(cell) == pytest.approx(expected, rel=1e-11)
            elif column.kind == "flag":
                assert cell == ("true" if expected else "false")
            else:
                assert cell == str(expected)


def test_datapackage_describes_the_csv_files(built):
    package = json.loads((built / "datapackage.json").read_text(encoding="utf-8"))
    assert [resource["path"] for resource in package["resources"]] == [f"{n}.csv" for n in NAMES]
    for form, resource in zip(FORMS, package["resources"], strict=True):
        fields = resource["schema"]["fields"]
        assert [field["name"] for field in fields] == _cells(form, built)[0]
        assert all(field["description"] for field in fields)
        assert resource["schema"]["primaryKey"] == list(form.key)


def test_checksums_name_every_file(built):
    lines = (built / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = dict(reversed(line.split("  ")) for line in lines)
    assert set(sums) == {path.name for path in built.iterdir()} - {"SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((built / name).read_bytes()).hexdigest() == digest


def test_building_twice_gives_the_same_bytes(built, frozen_root, tmp_path):
    again = tmp_path / "again"
    for _ in range(2):  # into a new folder, then over it
        files = build(again, frozen_root)
        assert [path.name for path in files] == sorted(path.name for path in built.iterdir())
        for path in files:
            assert path.read_bytes() == (built / path.name).read_bytes(), path.name
    assert [path.name for path in tmp_path.iterdir()] == ["again"]


@pytest.mark.parametrize("few", [3, 6])
def test_blocks_do_not_change_what_is_written(built, frozen_root, tmp_path, monkeypatch, few):
    """Six rows a block, at once or in parts; the tables have less, just as many, or more."""
    monkeypatch.setattr(building, "FEW_ROWS", few)
    monkeypatch.setattr(building, "BLOCK_ROWS", 6)
    build(tmp_path / "blocks", frozen_root)
    for form in FORMS:
        parquet = pq.ParquetFile(tmp_path / "blocks" / f"{form.name}.parquet")
        whole = pq.read_table(built / f"{form.name}.parquet")
        assert parquet.num_row_groups == max(1, -(-whole.num_rows // 6))
        assert parquet.read().equals(whole)
        name = f"{form.name}.csv"
        assert (tmp_path / "blocks" / name).read_bytes() == (built / name).read_bytes()
    dumps = []
    for folder in (built, tmp_path / "blocks"):
        with sqlite3.connect(folder / "metastudy.sqlite") as connection:
            dumps.append(list(connection.iterdump()))
        connection.close()
    assert dumps[0] == dumps[1]


def test_folder_loads_as_the_root_does(built, frozen):
    there, here = load(built), frozen
    for name in NAMES:
        pd.testing.assert_frame_equal(there.tables[name], here.tables[name], check_exact=True)
    np.testing.assert_array_equal(there.V, here.V)
    kinds = {"text": "str", "number": "float64", "integer": "Int64", "flag": "bool"}
    for form in FORMS:
        for column in form.columns:
            assert str(here.tables[form.name][column.name].dtype) == kinds[column.kind]


def test_v_is_the_sum_of_the_covariance_table(built):
    data = load(built)
    order = {name: i for i, name in enumerate(data.observations["observation_id"])}
    V = np.zeros((len(order), len(order)))
    for i, j, value in data.covariance[["observation_i", "observation_j", "value"]].itertuples(
        index=False
    ):
        V[order[i], order[j]] += value
        if i != j:
            V[order[j], order[i]] += value
    np.testing.assert_allclose(data.V, V, rtol=1e-12, atol=1e-18)
    np.testing.assert_allclose(np.diag(data.V), data.observations["v"], rtol=1e-12)
    chosen = data.observations["observation_id"].to_list()[::-3]
    rows = [order[name] for name in chosen]
    np.testing.assert_allclose(data.V_of(chosen), V[np.ix_(rows, rows)], rtol=1e-12, atol=1e-18)
    with pytest.raises(LoadError, match=r"no observation is named nobody\.at_all"):
        data.V_of(["nobody.at_all"])


def test_records_show_the_printed_text_where_a_correction_replaces_it(frozen):
    row = frozen.records.set_index("record_id").loc["simulated_2001_treatments.035"]
    assert row["value_text"] == "1.5 10^7"
    assert row["value"] == pytest.approx(1.5e-7)
    assert row["correction"] == "simulated_2001_exponent"


def test_parts_of_v_add_up(frozen):
    data = frozen.observations
    parts = data["v_temperature"] + data["v_interfaces"] + data["v_other"]
    np.testing.assert_allclose(parts, data["v"], rtol=1e-12)
    exact = data[data["censoring"] == "exact"]
    np.testing.assert_allclose(exact["asr_ohm_cm2"], 10.0 ** exact["y"])


def test_foreign_folder_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work", encoding="utf-8")
    with pytest.raises(BuildError, match=r"holds other files \(thesis\.tex\)"):
        build(tmp_path)
    assert (tmp_path / "thesis.tex").read_text(encoding="utf-8") == "years of work"


def test_own_file_among_built_tables_is_not_deleted(built, tmp_path):
    folder = tmp_path / "tables"
    shutil.copytree(built, folder)
    (folder / "notes.md").write_text("mine", encoding="utf-8")
    with pytest.raises(BuildError, match=r"holds other files \(notes\.md\)"):
        build(folder)
    assert (folder / "notes.md").exists()


@pytest.mark.parametrize("kind", ["file", "link"])
def test_target_that_is_no_folder_is_refused(kind, tmp_path):
    target = tmp_path / "target"
    if kind == "file":
        target.write_text("", encoding="utf-8")
    else:
        target.symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(BuildError, match="is no folder; give --out a folder"):
        build(target)


def test_unwritable_target_is_one_message(tmp_path, frozen_root):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(BuildError, match=r"tables: cannot be written"):
        build(tmp_path / "file" / "tables", frozen_root)


@pytest.fixture
def faulty(tmp_path):
    """A data root with one fault."""
    root = lay_out(tmp_path / "root")
    table = root / "data" / "studies" / "probe_2021_solid" / "measurements.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace(",film_cell,", ",film_sell,", 1), encoding="utf-8")
    return root


def test_data_with_an_error_builds_nothing(faulty, built, tmp_path):
    folder = tmp_path / "tables"
    shutil.copytree(built, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(CorpusError, match=r"probe_2021_solid/measurements\.csv:2:\d+ .*film_sell"):
        build(folder, faulty)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    with pytest.raises(CorpusError, match="film_sell"):
        build(tmp_path / "other", faulty)
    assert not (tmp_path / "other").exists()
    with pytest.raises(CorpusError, match="film_sell"):
        load(root=faulty)


# --- loading what is not whole -------------------------------------------------------------------


def test_changed_table_is_refused(built, tmp_path):
    folder = tmp_path / "tables"
    shutil.copytree(built, folder)
    path = folder / "observations.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(LoadError, match=r"observations\.parquet: does not match SHA256SUMS; run"):
        load(folder)


@pytest.mark.parametrize("name", ["covariance.parquet", "SHA256SUMS"])
def test_folder_without_a_table_is_refused(name, built, tmp_path):
    folder = tmp_path / "tables"
    shutil.copytree(built, folder)
    (folder / name).unlink()
    with pytest.raises(LoadError, match=r"run metastudy build --out .*tables"):
        load(folder)


def test_no_folder_is_one_message(tmp_path):
    with pytest.raises(LoadError, match=r"nowhere: holds no whole build of the tables"):
        load(tmp_path / "nowhere")


def test_folder_and_switches_do_not_go_together(built):
    with pytest.raises(LoadError, match="read as it is"):
        load(built, leave_out=["secondary"])


# --- killed ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def other_root(tmp_path_factory):
    """A data root without one study, so that its tables differ from those of the whole."""
    root = lay_out(tmp_path_factory.mktemp("other"), studies="")
    shutil.rmtree(root / "data" / "studies" / OTHER)
    return root


def _state(folder):
    """Which build a folder gives, by its studies; and that its tables belong together."""
    data = load(folder)
    studies = set(data.studies["study_id"])
    assert set(data.records["study_id"]) <= studies
    assert set(data.observations["study_id"]) <= studies
    assert len(data.V) == len(data.observations)
    assert set(data.budget["observation_id"]) == set(data.observations["observation_id"])
    return "new" if OTHER in studies else "old"


# Reads both data roots once, then on every line of input forks a child that builds the one and the
# other in turn until it is killed.
BUILDERS = """
import os, sys
from pathlib import Path
from metastudy.tables import building
target, whole, other = map(Path, sys.argv[1:])
tables = {}
for root in (whole, other):
    corpus = building.checked_corpus(root)
    whole_tables = building.build_tables(corpus)
    tables[root] = (corpus, {name: [table] for name, table in whole_tables.items()})
building.checked_corpus = lambda root: tables[root][0]
building.table_blocks = lambda corpus: next(t for c, t in tables.values() if c is corpus)
for line in sys.stdin:
    child = os.fork()
    while not child:
        for root in tables:
            building.build(target, root)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("dead", flush=True)
"""


@pytest.fixture
def builders(frozen_root, other_root, tmp_path):
    """A process that starts builders of ``tmp_path/tables``, which first holds the old build."""
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    build(tmp_path / "tables", other_root)
    process = subprocess.Popen(
        [sys.executable, "-c", BUILDERS, tmp_path / "tables", frozen_root, other_root],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.stdin.close()


def _start(builders):
    builders.stdin.write("build\n")
    builders.stdin.flush()
    return int(builders.stdout.readline())


def _kill(builders, builder):
    os.kill(builder, signal.SIGKILL)
    assert builders.stdout.readline() == "dead\n"


def test_killed_at_twenty_moments_it_is_the_old_or_the_new(builders, frozen_root, tmp_path):
    target = tmp_path / "tables"
    start = time.perf_counter()
    build(tmp_path / "another", frozen_root)
    one_build = time.perf_counter() - start  # on a busy machine the moments lie further apart
    shutil.rmtree(tmp_path / "another")
    rng = np.random.default_rng(20)
    seen = set()
    for delay in rng.uniform(0.0, 3 * one_build, 20):
        builder = _start(builders)
        time.sleep(delay)
        _kill(builders, builder)
        seen.add(_state(target))
    assert seen == {"old", "new"}
    build(target, frozen_root)
    assert [path.name for path in tmp_path.iterdir()] == ["tables"], "killed builds are swept up"


def test_reader_never_sees_a_mixture_while_builds_go_on(builders, tmp_path):
    builder = _start(builders)
    try:
        seen = {_state(tmp_path / "tables") for _ in range(15)}
    finally:
        _kill(builders, builder)
    assert seen <= {"old", "new"}


class _KilledError(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("moment", ["before the first", "between the two", "after both"])
def test_stopped_around_the_renames(moment, frozen_root, other_root, tmp_path, monkeypatch):
    """A process that dies cannot clean up: whatever would run after the stop is cut off too."""
    target = tmp_path / "tables"
    build(target, other_root)
    real = Path.rename
    count = {"before the first": 0, "between the two": 1, "after both": 2}[moment]
    calls = []

    def rename(self, goal):
        if len(calls) == count:
            raise _KilledError
        calls.append(goal)
        result = real(self, goal)
        if len(calls) == 2 == count:
            raise _KilledError
        return result

    def dead(*args, **given):
        raise _KilledError

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        patch.setattr(building, "recover", lambda target: dead() if calls else None)
        with pytest.raises(_KilledError):
            build(target, frozen_root)
    assert _state(target) == ("new" if moment == "after both" else "old")
    build(target, frozen_root)
    assert _state(target) == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]


def test_interrupted_between_the_renames_the_old_tables_stand_again(
    frozen_root, other_root, tmp_path, monkeypatch
):
    target = tmp_path / "tables"
    build(target, other_root)
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    real = Path.rename

    def rename(self, goal):
        if self.name.startswith(".tables.new-"):
            raise KeyboardInterrupt
        return real(self, goal)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        with pytest.raises(KeyboardInterrupt):
            build(target, frozen_root)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]


def test_numbers_in_csv_keep_twelve_digits(built):
    form = BUDGET
    table = pq.read_table(built / "budget.parquet").slice(0, 2)
    at = table.schema.get_field_index("loading")
    table = table.set_column(at, table.schema.field(at), pa.array([math.pi, 1e-20]))
    rows = csv.DictReader(io.StringIO(building.csv_text(form, table)))
    printed = [row["loading"] for row in rows]
    assert float(printed[0]) == pytest.approx(math.pi, rel=5e-12)
    assert printed[1] == "1e-20"


def test_csv_quotes_as_the_csv_module_does(built):
    texts = ['a,"b"', "two\nlines", "=1+1", "-3", " blank ", "", "\u00e9 \u03a9"]
    table = pq.read_table(built / "budget.parquet").slice(0, len(texts))
    at = table.schema.get_field_index("key")
    table = table.set_column(at, table.schema.field(at), pa.array(texts))
    written = building.csv_text(BUDGET, table)
    rows = list(csv.reader(io.StringIO(written, newline="")))
    assert [row[at] for row in rows[1:]] == [without_formula(text) for text in texts]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    assert written == out.getvalue()
