"""Rows by questions and from tables: what is written passes the check, or nothing is written."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from unittest import mock

import pytest
import yaml
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner, Result

from metastudy.cli import app
from metastudy.corpus.study import COLUMNS
from metastudy.tables.checking import check_data
from tests.contribute.command import Done, metastudy
from tests.corpus.seeding import lay_out

STUDY = "probe_2020_polymer"
LAST = 11  # rows that the made-up study has
PLAIN = {
    "component": "total",
    "sample_id": "plain_disc",
    "cell_id": "symmetric",
    "state_id": "aged",
    "value_covers": "one",
    "evaluation": "joint_fit",
    "basis": "table",
    "locator": "Table 2",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "root")


def folder(root: Path) -> Path:
    return root / "data" / "studies" / STUDY


def rows(root: Path) -> list[dict[str, str]]:
    text = (folder(root) / "measurements.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def answers(root: Path, typed: str, *options: str) -> Result:
    return CliRunner().invoke(app, ["add", STUDY, "--root", str(root), *options], input=typed)


def from_table(root: Path, path: Path, *options: str | Path) -> Done:
    return metastudy("add", STUDY, path, "--root", root, *options)


def sets(**cells: str) -> list[str]:
    return [part for name, text in cells.items() for part in ("--set", f"{name}={text}")]


FIRST = (
    "46 ± 3 Ω cm²\n\ntotal\nplain_disc\nsymmetric\naged\none\nsd\n4\nsamples\n348.15 K\n"
    "joint_fit\ntable\nTable 2\n\n"
)


def test_a_row_by_questions_passes_the_check_and_its_words_are_offered_again(root: Path) -> None:
    second = "17\n\n\n\n\n\n\n\n90\n\n\n\nA repeat.\n"
    done = answers(root, f"{FIRST}{second}\n")
    assert done.exit_code == 0, done.output
    assert f"2 rows: {STUDY}.012 to 013" in done.output
    one, two = rows(root)[LAST:]
    shared = {**PLAIN, "quantity": "area_specific_resistance", "unit_text": "Ω cm²"}
    shared |= {"role": "interface", "read": "full_text", "qualifier": "exact"}
    expected = shared | {"value_text": "46", "unc_minus": "3", "unc_plus": "3", "unc_kind": "sd"}
    assert (
        one.items()
        >= (expected | {"n": "4", "n_of": "samples", "temperature_text": "75.00"}).items()
    )
    assert two.items() >= (shared | {"value_text": "17", "unc_kind": "not_reported"}).items()
    assert (two["temperature_text"], two["notes"]) == ("90", "A repeat.")
    assert check_data(root).findings == ()


def test_an_answer_that_does_not_fit_is_explained_and_asked_again(root: Path) -> None:
    typed = FIRST.replace("\n348.15 K\n", "\nwarm\n348.15 K\n")
    typed = typed.replace("\ntotal\n", "\ntotl\n?phase\ntotal\n").replace(
        "\nsamples\n", "\n-\nsamples\n"
    )
    done = answers(root, f"{typed}\n")
    assert "component is 'totl', which is not a word for it. Did you mean total?" in done.output
    assert "interphase: The film between the conductors alone" in done.output
    assert "n_of is needed here" in done.output
    assert "temperature_text is 'warm', neither a number in degC nor a word." in done.output
    assert rows(root)[-1]["component"] == "total"


def test_a_row_that_is_not_finished_is_not_written(root: Path) -> None:
    before = (folder(root) / "measurements.csv").read_bytes()
    done = answers(root, FIRST[:60])
    assert done.exit_code == 1
    assert "the input ended before the last question; nothing was written" in done.stderr
    assert (folder(root) / "measurements.csv").read_bytes() == before


def test_an_interruption_keeps_the_rows_that_were_whole(root: Path) -> None:
    typed = iter([*FIRST.splitlines(), "17"])

    def ask(prompt: str) -> str:
        try:
            return next(typed)
        except StopIteration:
            raise KeyboardInterrupt from None

    with mock.patch("builtins.input", ask):
        done = metastudy("add", STUDY, "--root", root)
    assert done.status == 130
    assert f"interrupted; written: {STUDY}.012" in done.err
    assert len(rows(root)) == LAST + 1
    assert sorted(p.name for p in folder(root).iterdir()) == ["measurements.csv", "study.yaml"]


def test_columns_that_are_set_are_not_asked(root: Path) -> None:
    done = answers(root, "12 ohm cm2\n\n30\n\n\n", *sets(**PLAIN))
    assert done.exit_code == 0, done.output
    assert rows(root)[-1].items() >= (PLAIN | {"value_text": "12"}).items()


TABLE = "T (°C);R / Ω cm²;who\n70;12,5;plain_disc\n353.15 K;<9;heated_disc\n"
MAPPING = (
    "2\n\n\ntotal\n3\nsymmetric\naged\none\n1\njoint_fit\ntable\nTable 2\n"  # one answer a column
)


def test_a_table_is_mapped_by_questions_once_and_by_the_file_again(
    root: Path, tmp_path: Path
) -> None:
    table, mapping = tmp_path / "rows.csv", tmp_path / "mapping.yaml"
    table.write_text(TABLE, encoding="utf-8")
    call = ["add", STUDY, str(table), "--mapping", str(mapping), "--root", str(root)]
    done = CliRunner().invoke(app, call, input=MAPPING)
    assert done.exit_code == 0, done.output
    kept = yaml.safe_load(mapping.read_text(encoding="utf-8"))
    assert kept["columns"] == {
        "value_text": "R / Ω cm²",
        "sample_id": "who",
        "temperature_text": "T (°C)",
    }
    assert kept["values"]["unit_text"] == "Ω cm²"
    found = [
        (r["value_text"], r["qualifier"], r["sample_id"], r["temperature_text"])
        for r in rows(root)[LAST:]
    ]
    expected = [("12.5", "exact", "plain_disc", "70"), ("9", "lt", "heated_disc", "80.00")]
    assert found == expected
    again = from_table(root, table, "--mapping", mapping)
    assert again.status == 0, again.err
    assert [r["value_text"] for r in rows(root)[LAST + 2 :]] == ["12.5", "9"]


@pytest.mark.parametrize("named", [True, False])
def test_the_answers_for_a_table_that_is_refused_are_kept(
    root: Path, tmp_path: Path, named: bool
) -> None:
    table = tmp_path / "rows.csv"
    table.write_text(TABLE.replace("12,5", "twelve"), encoding="utf-8")
    mapping = tmp_path / ("mine.yaml" if named else "rows.mapping.yaml")
    option = ["--mapping", str(mapping)] if named else []
    call = ["add", STUDY, str(table), *option, "--root", str(root)]
    refused = CliRunner().invoke(app, call, input=MAPPING)
    assert refused.exit_code == 1
    assert f"{mapping}: your answers, for --mapping" in refused.output
    assert len(rows(root)) == LAST
    table.write_text(TABLE, encoding="utf-8")
    done = from_table(root, table, "--mapping", mapping)
    assert done.status == 0, done.err
    assert [r["value_text"] for r in rows(root)[LAST:]] == ["12.5", "9"]


def test_a_dash_leaves_a_column_of_a_mapping_empty(root: Path, tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    table.write_text(TABLE, encoding="utf-8")
    typed = MAPPING.replace("symmetric", "-").replace("total", "-\ntotal")
    call = ["add", STUDY, str(table), "--mapping", str(tmp_path / "m.yaml"), "--root", str(root)]
    done = CliRunner().invoke(app, call, input=typed)
    assert done.exit_code == 0, done.output
    assert "- leaves it empty" in done.output
    assert "component is needed." in done.output
    assert [r["cell_id"] for r in rows(root)[LAST:]] == ["", ""]


def test_a_text_for_all_rows_stays_out_of_rows_that_do_not_take_it(
    root: Path, tmp_path: Path
) -> None:
    table = tmp_path / "rows.csv"
    table.write_text(
        "value_text,unit_text,quantity,temperature_text\n"
        "12.5,ohm cm2,area_specific_resistance,70\n"
        "0.61,eV,activation_energy,\n",
        encoding="utf-8",
    )
    given = {**PLAIN, "ea_form": "unknown", "reference_state": "aged", "range_text": "40..80"}
    done = from_table(root, table, *sets(role="interface", **given))
    assert done.status == 0, done.err
    resistance, energy = rows(root)[LAST:]
    assert (resistance["ea_form"], energy["ea_form"]) == ("", "unknown")
    assert resistance["reference_state"] == energy["reference_state"] == ""
    assert energy["value_covers"] == "not_applicable"
    assert energy["range_text"] == "40..80"


def test_every_fault_of_a_table_is_named_with_its_row_and_nothing_is_written(
    root: Path, tmp_path: Path
) -> None:
    table = tmp_path / "rows.csv"
    table.write_text(
        "value_text,unit_text,sample_id,locator,comment\n"
        "12,ohm cm2,plain_disk,Table 2,\n"
        "about,ohm cm2,plain_disc,Table 2,x\n"
        "12,parsec,plain_disc,,\n",
        encoding="utf-8",
    )
    before = (folder(root) / "measurements.csv").read_bytes()
    words = {name: text for name, text in PLAIN.items() if name not in ("sample_id", "locator")}
    done = from_table(root, table, *sets(**words))
    assert done.status == 1
    assert f"{table}, row 2: sample_id is 'plain_disk', which samples of study.yaml" in done.err
    assert f"{table}, row 3: value_text is 'about', which is not a number." in done.err
    assert f"{table}, row 4: locator is missing" in done.err
    assert f"{table}, row 4: unit_text is 'parsec'" in done.err
    assert (folder(root) / "measurements.csv").read_bytes() == before


def test_the_template_of_a_workbook_offers_the_words_and_is_read_again(
    root: Path, tmp_path: Path
) -> None:
    template = tmp_path / "rows.xlsx"
    assert metastudy("add", STUDY, "--template", template, "--root", root).status == 0
    book = load_workbook(template)
    sheet = book["rows"]
    assert tuple(cell.value for cell in sheet[1]) == COLUMNS[1:]
    choices = {
        choice.formula1.split("!")[1].split("$")[1]
        for choice in sheet.data_validations.dataValidation
    }
    letter = sheet.cell(1, COLUMNS.index("sample_id")).column_letter
    assert letter in choices
    assert [book["words"][f"{letter}{line}"].value for line in (2, 3)] == [
        "plain_disc",
        "heated_disc",
    ]
    typed = PLAIN | {"value_text": "0.130", "unit_text": "kΩ cm2", "temperature_text": "60"}
    for name, text in typed.items():
        sheet.cell(2, COLUMNS.index(name)).value = text
    book.save(template)
    done = from_table(root, template)
    assert done.status == 0, done.err
    assert rows(root)[-1].items() >= typed.items()
    assert check_data(root).findings == ()
    refused = metastudy("add", STUDY, "--template", template, "--root", root)
    assert "exists; give another name" in refused.err


def test_numbers_of_a_workbook_keep_the_digits_that_their_format_shows(
    root: Path, tmp_path: Path
) -> None:
    book = Workbook()
    book.active.append(["value_text"])
    for value, shown in ((0.4, "0.00"), (12.0, "General"), (1e-7, "General")):
        book.active.append([value])
        book.active.cell(book.active.max_row, 1).number_format = shown
    book.save(tmp_path / "rows.xlsx")
    done = from_table(
        root, tmp_path / "rows.xlsx", *sets(**PLAIN, unit_text="ohm cm2", temperature_text="70")
    )
    assert done.status == 0, done.err
    assert [r["value_text"] for r in rows(root)[LAST:]] == ["0.40", "12", "1e-07"]


def test_a_formula_is_refused(root: Path, tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["value_text"])
    book.active.append(["=3*4"])
    book.save(tmp_path / "rows.xlsx")
    done = from_table(root, tmp_path / "rows.xlsx")
    assert (done.status, "cell A2 is a formula; numbers are typed as printed" in done.err) == (
        1,
        True,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the table is empty; its first row names the columns"),
        ("value_text,value_text\n1,2\n", "two columns are named value_text"),
        ("value_text,\n1,2\n", "row 2: 2 cells"),
        ("value_text\n1,2\n", "row 2: 2 cells, the header has 1; quote cells"),
        ("value_text\n", "no row stands below the header"),
        ('value_text\n"1\n', "check its quotes"),
    ],
)
def test_a_table_that_is_none_is_one_message(
    root: Path, tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "rows.csv").write_text(text, encoding="utf-8")
    done = from_table(root, tmp_path / "rows.csv")
    assert done.status == 1
    assert message in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("columns: {value: x}\nvalues: {}\n", "'value' is no column to fill"),
        ("columns: {value_text: R}\nvalues: {}\n", "has no column 'R'; it has value_text"),
        ("colums: {value_text: value_text}\n", "a mapping has the keys columns and values"),
        ("columns: [a]\n", "columns names columns of measurements.csv"),
    ],
)
def test_a_mapping_that_does_not_fit_is_one_message(
    root: Path, tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "rows.csv").write_text("value_text\n1\n", encoding="utf-8")
    (tmp_path / "mapping.yaml").write_text(text, encoding="utf-8")
    done = from_table(root, tmp_path / "rows.csv", "--mapping", tmp_path / "mapping.yaml")
    assert done.status == 1
    assert message in done.err


def test_a_wrong_set_is_one_message(root: Path) -> None:
    assert (
        "--set role: write column=text"
        in metastudy("add", STUDY, "--root", root, "--set", "role").err
    )
    done = metastudy("add", STUDY, "--root", root, "--set", "role=interfce")
    assert done.status == 1
    assert "Did you mean interface" in done.err


def test_the_numbers_of_records_that_decisions_name_are_not_taken_again(root: Path) -> None:
    decisions = root / "data" / "decisions"
    decisions.mkdir(exist_ok=True)
    (decisions / "gone.yaml").write_text(f"records: [{STUDY}.040]\n", encoding="utf-8")
    answers(root, "12 ohm cm2\n\n30\n\n\n", *sets(**PLAIN))
    assert rows(root)[-1]["record_id"] == f"{STUDY}.041"


def test_an_unfilled_row_of_a_new_study_gives_its_place(root: Path) -> None:
    metastudy("new", "santos_2023_probe", "--root", root)
    path = root / "data" / "studies" / "santos_2023_probe" / "measurements.csv"
    typed = PLAIN | {"sample_id": "sample_1", "cell_id": "cell_1", "state_id": "state_1"}
    call = ["add", "santos_2023_probe", "--root", str(root), *sets(**typed, read="full_text")]
    done = CliRunner().invoke(app, call, input="12 ohm cm2\n\n30\n\n\n")
    assert done.exit_code == 0, done.output
    (row,) = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    assert (row["record_id"], row["value_text"]) == ("santos_2023_probe.001", "12")


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("study.yaml", ("contacts:", "contacts: a: b"), "study.yaml:"),
        ("measurements.csv", (",", ";"), "metastudy tidy probe_2020_polymer mends"),
    ],
)
def test_a_study_that_takes_no_rows_is_told_before_anything_is_asked(
    root: Path, name: str, change: tuple[str, str], message: str
) -> None:
    path = folder(root) / name
    path.write_text(path.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    done = metastudy("add", STUDY, "--root", root, typed=FIRST)
    assert (done.status, done.out) == (1, "")
    assert message in done.err


@pytest.mark.parametrize(
    "options", [["--figure"], ["--sheet", "rows"], ["--x-axis", "linear 0=0 1=1"]]
)
def test_options_without_their_file_are_a_wrong_call(root: Path, options: list[str]) -> None:
    before = rows(root)
    assert metastudy("add", STUDY, *options, "--root", root).status == 2
    assert rows(root) == before
