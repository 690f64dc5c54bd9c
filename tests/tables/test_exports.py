"""Observations as CSV, JSON and XLSX, and the options of the command that writes them."""

import csv
import io
import json

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from metastudy._version import __version__
from metastudy.cli import app
from metastudy.errors import MetastudyError
from metastudy.tables.building import build_tables
from metastudy.tables.exports import ExportError, as_csv, content, ordered, with_dois, write
from metastudy.tables.loading import Dataset, data_frames
from tests.studies import corpus_of, make_study, resistance


@pytest.fixture(scope="module")
def data() -> Dataset:
    """A value of 100, a bound below 10, a value of 1000, each of its own work."""
    second = {"read": "secondary", "via": "weiss_2020"}
    return data_frames(
        build_tables(
            corpus_of(
                make_study(resistance(100, 60), name="a_2020", source={"doi": "10.1/a"}),
                make_study(resistance(10, 60, qualifier="lt", **second), name="b_2020"),
                make_study(resistance(1000, 60), name="c_2020", contact={"salt": "LiFSI"}),
            )
        )
    )


@pytest.fixture(scope="module")
def rows(data):
    return with_dois(data.observations, data)


def as_json(rows):
    return json.dumps(content(rows))


@pytest.fixture
def run(frozen_root):
    def call(*arguments):
        return CliRunner().invoke(app, [*map(str, arguments), "--root", str(frozen_root)])

    return call


def works(rows):
    return "".join(name[0] for name in rows["study_id"])


def test_a_row_names_the_doi_of_its_work_and_of_the_work_it_was_read_in(rows):
    table = list(csv.DictReader(io.StringIO(as_csv(rows))))
    assert [row["doi"] for row in table] == ["10.1/a", "", ""]
    assert [row["via_doi"] for row in table] == ["", "10.1007/s41918-020-00062-7", ""]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([], "abc"),
        (["y"], "bac"),  # a bound has the place of its known end
        (["y:desc"], "cab"),
        (["salt", "y:desc"], "cab"),
        (["salt:desc", "asr_ohm_cm2"], "bac"),
        (["via"], "bac"),  # missing values come last, and keep their order
    ],
)
def test_rows_are_ordered_by_columns(rows, columns, expected):
    assert works(ordered(rows, columns)) == expected


@pytest.mark.parametrize("column", ["nosuch", "y:up"])
def test_an_unknown_order_lists_the_columns(rows, column):
    with pytest.raises(ExportError, match=f"cannot sort by '{column}'; .* observation_id, study"):
        ordered(rows, [column])


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-20 EO:Li", "'-20 EO:Li"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1", "' =1"),
        ("\tx", "'\tx"),
        ("1 = 1", "1 = 1"),
        ("'x", "'x"),
    ],
)
def test_csv_holds_no_formula_and_json_every_text(rows, text, written):
    rows = rows.assign(salt_content=text)
    (first, *_) = csv.DictReader(io.StringIO(as_csv(rows)))
    assert first["salt_content"] == written
    assert content(rows)["observations"][0]["salt_content"] == text


def test_a_negative_number_stays_a_number(rows):
    (first, *_) = csv.DictReader(io.StringIO(as_csv(rows.assign(y=-0.5))))
    assert first["y"] == "-0.5"


def test_xlsx_has_units_meanings_and_no_formula(rows, tmp_path):
    write(
        rows.assign(salt_content="=1+1", partner="a\x07b"), tmp_path / "new" / "rows.xlsx", as_json
    )
    book = load_workbook(tmp_path / "new" / "rows.xlsx")
    names, units, *body = book["observations"].iter_rows()
    place = {cell.value: number for number, cell in enumerate(names)}
    assert units[place["y"]].value == "log10(ohm cm2)"
    assert [row[place["asr_ohm_cm2"]].value for row in body] == [
        pytest.approx(100.0),
        None,
        pytest.approx(1000.0),
    ]
    assert body[0][place["headline"]].value is True
    assert {
        (row[place["salt_content"]].value, row[place["salt_content"]].data_type) for row in body
    } == {("=1+1", "s")}
    assert body[0][place["partner"]].value == "ab"
    meanings = {row[0]: row[1:] for row in book["columns"].iter_rows(values_only=True)}
    assert meanings["doi"] == (None, "DOI of the work.")
    assert set(meanings) == {"column", *place}
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["rows.xlsx"]


def test_xlsx_says_of_which_versions_its_rows_are(run, tmp_path):
    assert run("table", "--out", tmp_path / "rows.xlsx").exit_code == 0
    book = load_workbook(tmp_path / "rows.xlsx")
    assert book.properties.description == f"metastudy {__version__}, data without version"


@pytest.mark.parametrize(("ending", "text"), [("csv", as_csv), ("JSON", as_json)])
def test_a_file_holds_what_is_printed(rows, tmp_path, ending, text):
    write(rows, tmp_path / f"rows.{ending}", as_json)
    assert (tmp_path / f"rows.{ending}").read_text(encoding="utf-8") == text(rows)


def test_another_ending_is_refused(rows, tmp_path):
    with pytest.raises(
        ExportError, match=r"rows\.ods: give a name that ends in \.csv, \.json, \.x"
    ):
        write(rows, tmp_path / "rows.ods", as_json)
    assert not any(tmp_path.iterdir())


def test_no_row_is_a_table_too(rows, tmp_path):
    write(rows.head(0), tmp_path / "rows.xlsx", as_json)
    sheet = load_workbook(tmp_path / "rows.xlsx")["observations"]
    assert sheet.max_row == 2
    assert as_csv(rows.head(0)).count("\n") == 1


def test_the_command_moves_the_reference_of_every_class_or_of_one(run):
    def references(*given):
        done = run("table", "--format", "json", *given)
        assert done.exit_code == 0, done.exception
        rows = json.loads(done.stdout)["result"]["observations"]
        return {(r["interface_class"], r["reference_c"]) for r in rows}

    one = references("--at", "PE/SE=70", "--class", "PE/SE", "--where", "reference_phase=melt")
    assert ("PE/SE", 70.0) in one
    every = references("--at", "30", "--class", "LE/SE")
    assert every == {("LE/SE", 30.0)}


def test_the_command_writes_a_file_and_says_so(run, frozen, tmp_path):
    done = run("table", "--class", "SE/SE", "--out", tmp_path / "rows.json")
    assert done.exit_code == 0, done.exception
    rows = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))["result"][
        "observations"
    ]
    assert len(rows) == sum(frozen.observations["interface_class"] == "SE/SE")
    assert done.stdout == f"{tmp_path / 'rows.json'}: {len(rows)} observations\n"


def test_the_command_cites_the_works_of_a_selection(run, frozen, tmp_path):
    part = frozen.subset(interface_class="SE/SE", arm="reference")
    done = run("cite", "--class", "SE/SE", "--where", "arm=reference")
    assert done.stdout == part.cite()
    done = run(
        "cite",
        "--class",
        "SE/SE",
        "--where",
        "arm=reference",
        "--format",
        "csl",
        "--out",
        tmp_path / "works.json",
    )
    assert (tmp_path / "works.json").read_text(encoding="utf-8") == part.cite("csl")
    assert done.stdout == f"{tmp_path / 'works.json'}: {len(part.studies)} works\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--at", "warm"], "--at 'warm': write degrees Celsius as in 60, or PE/SE=60"),
        (["--at", "nan"], "--at 'nan': write degrees Celsius as in 60, or PE/SE=60"),
        (["--at", "PE=60"], "'PE' is no class of contacts"),
        (["--where", "phase"], "--where 'phase': write COLUMN=WORD, such as phase=melt"),
        (["--where", "y=2"], "y holds numbers and is no filter"),
        (["--pair", "LLZO"], "'LLZO' is no pair"),
        (["--sort", "colour"], "cannot sort by 'colour'"),
        (["--out", "rows.csv", "--format", "json"], "give --format or --out, not both"),
        (["--out", "rows.ods"], "give a name that ends in .csv, .json, .xlsx"),
    ],
)
def test_mistakes_are_one_message(run, arguments, message):
    done = run("table", *arguments)
    assert done.exit_code == 1
    assert isinstance(done.exception, MetastudyError)
    assert message in str(done.exception)
