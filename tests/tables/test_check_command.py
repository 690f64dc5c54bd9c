"""The check command: exit status, formats, choice of studies, and what it must not import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from metastudy.cli import app
from metastudy.corpus.finding import Finding, Place, Severity
from metastudy.corpus.rules.registry import RULES
from metastudy.tables.checking import CallError, CheckResult, check_data
from metastudy.tables.findings import as_github, as_text, printable
from tests.corpus.seeding import REPOSITORY, lay_out, seed

SOLID = "data/studies/probe_2021_solid/measurements.csv"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return lay_out(tmp_path)


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["check", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def spoil(root: Path, **cells: str) -> None:
    seed(root, {"in": SOLID, "row": "probe_2021_solid.001", "set": cells})


def test_clean_data_exits_with_0(root: Path) -> None:
    status, out, err = run("--root", root)
    assert (status, err) == (0, "")
    assert out == (
        "3 studies, 18 records: 0 errors, 0 unanswered warnings, 1 answered by decisions\n"
    )


def test_studies_that_cannot_be_read_are_counted_apart(root: Path) -> None:
    for study in ("probe_2021_solid", "probe_2022_liquid"):
        seed(
            root,
            {
                "in": f"data/studies/{study}/study.yaml",
                "replace": "study_id:",
                "by": "studyid:",
            },
        )
    _, out, _ = run("--root", root)
    assert out.splitlines()[-1].startswith("1 study, 11 records, 2 studies not read whole: 4 err")
    _, out, _ = run("probe_2021_solid", "--root", root)
    assert out.splitlines()[-1].startswith("1 study not read whole: 2 errors")
    _, out, _ = run("probe_2020_polymer", "--root", root)
    assert out.splitlines()[-1].startswith("1 study, 11 records: 0 errors")


def test_an_error_exits_with_1_and_says_file_line_column_rule(root: Path) -> None:
    spoil(root, sample_id="film_cel")
    status, out, _ = run("--root", root)
    assert status == 1
    assert out.splitlines()[0] == (
        f"{SOLID}:2:22 unknown-sample sample_id is 'film_cel', which is no sample of this study. "
        "Did you mean film_cell?"
    )


def test_an_open_warning_exits_with_1_and_shows_what_answers_it(root: Path) -> None:
    spoil(root, value_covers="all")
    status, out, _ = run("--root", root)
    assert status == 1
    template = out.splitlines()[1:-1]
    name = "probe_2021_solid_002_sum_of_parts"
    assert template[0].strip() == (
        f"# to answer it, fill these lines and save them as data/decisions/{name}.yaml"
    )
    assert yaml.safe_load("\n".join(template)) == {
        "id": name,
        "rule": "sum-of-parts",
        "records": [f"probe_2021_solid.{n}" for n in ("002", "003", "004", "001")],
        "numbers": {"whole": "900", "layers": "120, 500", "n": "2", "contact": "22.3"},
        **dict.fromkeys(("decision", "reason", "would_settle", "date"), ""),
    }
    assert out.splitlines()[-1].endswith("0 errors, 1 unanswered warning, 1 answered by decisions")


def test_the_template_of_a_decision_answers_once_it_is_filled(root: Path) -> None:
    spoil(root, value_covers="all")
    _, out, _ = run("--root", root)
    text = "\n".join(out.splitlines()[1:-1])
    path = root / "data" / "decisions" / "probe_2021_solid_002_sum_of_parts.yaml"
    path.write_text(text + "\n", encoding="utf-8")
    status, unfilled, _ = run("--root", root)
    assert status == 1
    assert f"data/decisions/{path.name}:6:15" in unfilled
    filled = text.replace('date: ""', 'date: "2026-11-25"').replace('""', '"Invented."')
    path.write_text(filled + "\n", encoding="utf-8")
    status, out, _ = run("--root", root)
    assert (status, out.splitlines()[-1].split(": ")[1]) == (
        0,
        "0 errors, 0 unanswered warnings, 2 answered by decisions",
    )


def test_faults_of_other_studies_are_not_shown(root: Path) -> None:
    spoil(root, sample_id="film_cel")
    status, out, _ = run("probe_2022_liquid", "--root", root)
    assert status == 0
    assert out.startswith("1 study, 2 records: 0 errors")
    status, _, _ = run("data/studies/probe_2021_solid/", "--root", root)
    assert status == 1


def test_a_decision_about_the_study_is_shown_with_it(root: Path) -> None:
    seed(
        root,
        {"in": "data/decisions/probe_2022_range.yaml", "replace": "25..40", "by": "25..41"},
    )
    _, out, _ = run("probe_2022_liquid", "--root", root)
    assert "data/decisions/probe_2022_range.yaml:1:1 decision-stale" in out
    assert run("probe_2021_solid", "--root", root)[0] == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("probe_2021_sold", "no study is named 'probe_2021_sold'; did you mean probe_2021_solid"),
        ("liquid", "no study is named 'liquid'; did you mean probe_2022_liquid?"),
        ("../../etc", "no study is named '../../etc'; the studies are in "),
    ],
)
def test_an_unknown_study_exits_with_2_and_offers_the_nearest(
    root: Path, name: str, message: str
) -> None:
    status, out, err = run(name, "--root", root)
    assert (status, out) == (2, "")
    assert err.startswith(f"metastudy check: {message}")


def test_a_root_without_data_exits_with_2(tmp_path: Path) -> None:
    status, out, err = run("--root", tmp_path)
    assert (status, out) == (2, "")
    assert err == (
        f"metastudy check: {tmp_path}/data/studies: no such folder; "
        "the data root holds data/studies\n"
    )


def test_a_wrong_option_exits_with_2() -> None:
    assert run("--format", "xml")[0] == 2


def test_a_broken_schema_is_a_wrong_root(root: Path) -> None:
    (root / "schemas" / "study.schema.json").write_text("{")
    status, _, err = run("--root", root)
    assert status == 2
    assert "study.schema.json: not readable as a schema" in err


def test_json_holds_every_field(root: Path) -> None:
    spoil(root, value_covers="all")
    status, out, _ = run("--root", root, "--format", "json")
    content = json.loads(out)["result"]
    assert status == 1
    (finding,) = content["findings"]
    assert (finding["file"], finding["line"], finding["column"]) == (SOLID, 2, 111)
    assert (finding["rule"], finding["severity"]) == ("sum-of-parts", "warning")
    assert finding["cell"] == "all"
    assert finding["numbers"]["layers"] == "120, 500"
    assert [answer["decision"] for answer in content["answered"]] == ["probe_2022_range"]


def test_github_annotations_name_the_line(root: Path) -> None:
    spoil(root, sample_id="film_cel")
    _, out, _ = run("--root", root, "--format", "github")
    assert out.splitlines()[0] == (
        f"::error file={SOLID},line=2,col=22,title=unknown-sample::"
        "sample_id is 'film_cel', which is no sample of this study. Did you mean film_cell?"
    )


def test_a_github_warning_ends_with_the_decision_that_would_answer_it(root: Path) -> None:
    spoil(root, value_covers="all")
    _, out, _ = run("--root", root, "--format", "github")
    _, text, _ = run("--root", root)
    template = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    assert template[0].startswith("# to answer it, fill these lines")
    assert out.splitlines()[0].endswith("%0A" + "%0A".join(template))


def test_no_cell_can_start_a_workflow_command() -> None:
    place = Place("data/studies/x,y:z/study.yaml")
    finding = Finding("r", Severity.ERROR, place, "a\n::set-output name=x::100%", "h\r")
    shown = as_github(CheckResult((finding,), (), 0, 0)).splitlines()
    assert shown[0] == (
        "::error file=data/studies/x%2Cy%3Az/study.yaml,line=1,col=1,title=r::"
        "a%0A::set-output name=x::100%25 h%0D"
    )
    assert len(shown) == 2


def test_text_never_sends_control_characters_to_a_terminal() -> None:
    finding = Finding("r", Severity.ERROR, Place("f"), "\x1b[2J", "h")
    assert as_text(CheckResult((finding,), (), 0, 0)).splitlines()[0] == "f:1:1 r \\u001b[2J h"
    assert printable("Ω cm²") == "Ω cm²"


def test_rules_are_listed_with_reason_and_examples() -> None:
    status, out, _ = run("--rules")
    assert status == 0
    for rule in RULES.values():
        assert f"{rule.id} ({rule.severity.value})\n    why   {rule.reason}" in out
        assert rule.good != rule.bad
        assert rule.reason.endswith(("?", "."))
    listed = json.loads(run("--rules", "--format", "json")[1])["result"]["rules"]
    assert {entry["id"] for entry in listed} == set(RULES)


def test_check_imports_neither_pandas_nor_scipy_nor_statsmodels(root: Path) -> None:
    program = (
        "import sys\n"
        "from metastudy.cli import app\n"
        f"app(['check', '--root', {str(root)!r}], standalone_mode=False)\n"
        "heavy = {'pandas', 'scipy', 'numpy', 'statsmodels', 'matplotlib', 'pyarrow', 'seaborn'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


@pytest.mark.data
def test_todays_data_has_no_open_finding(today: Path) -> None:
    assert [str(finding) for finding in check_data(today).findings] == []


def test_the_frozen_data_has_no_open_finding(frozen_root: Path) -> None:
    assert [str(finding) for finding in check_data(frozen_root).findings] == []


def test_call_errors_are_metastudy_errors(root: Path) -> None:
    with pytest.raises(CallError, match="no study is named 'nobody'"):
        check_data(root, ["nobody"])
