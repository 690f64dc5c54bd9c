"""The answer of every command as JSON: one form, whatever was asked."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import jsonschema
import pytest
import typer

import metastudy
from metastudy.cli import app
from metastudy.corpus.version import data_version
from metastudy.pages.rendering.answer_json import answer_json
from tests.bridge.refits.test_cell_yaml import write
from tests.contribute.command import metastudy as command

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "schemas" / "answer.schema.json").read_text(encoding="utf-8"))
SPECTRA = ROOT / "analyses" / "02_refit_simulated_cell" / "simulated_2026_peolatp" / "spectra"
GROUP = typer.main.get_command(app)
# A call of each command that answers as JSON, and the names of its result.
CALLS = {
    "check": ("", "studies records unread errors findings answered"),
    "diff": ("{root} --no-fit", "sections"),
    "pr-check": ("{root} --no-fit", "faults sections"),
    "table": ("--class PE/SE --sort y", "units observations"),
    "scatter": ("--class PE/SE", "sentence units yardsticks by_work"),
    "treatments": ("", "shifts ageing"),
    "claims": ("", "claims"),
    "moderators": ("", "counts differences regressions"),
    "gaps": ("", "fields yardsticks claims"),
    "plan": (
        "--precision 0.3 --lab-sd 0.3 --preparation-sd 0.5 --repeat-sd 0.05 --labs 4 --runs 5",
        "sd_dex level precision_dex runs designs sentence",
    ),
    "predict": (
        "'LLZO | PEO' --at 60",
        "pair family temperature_c alpha sentence intervals rows",
    ),
    "impact": (
        "--class PE/SE --at 60 --current 3",
        "of temperature_c current_ma_cm2 alpha sentence polarisation limits",
    ),
    "convert": ("--eo-li 20 --density 1.2", "units_per_salt wt_percent mol_per_litre"),
    "show-versions": ("", "versions"),
    "verify-refits": ("simulated_2010_spectra", "refits"),
    "multiverse": (
        "{root}/data/studies/simulated_2010_spectra/spectra/simulated_disc_1.csv "
        "--circuit 'R0-p(R1,CPE1)-CPE2' --arc R1",
        "spectra failed",
    ),
    "series": (
        "{spectra}/simulated_peo_latp_060C.csv {spectra}/simulated_peo_latp_070C.csv "
        "{spectra}/simulated_peo_latp_080C.csv --temperature '_([0-9]+)C' "
        "--circuit 'R0-p(R1,CPE1)-CPE2'",
        "resistances energies left_out",
    ),
    "cell": ("{cell}", "conclusion points alternatives"),
    "filler": (
        "--matrix PEO --filler LLZO --at 60 --matrix-s-cm 3e-4",
        "filler matrix temperature_c alpha matrix_s_cm filler_s_cm filler_source sentence points",
    ),
}


def formats(name: str) -> list[str]:
    """Return the words that --format of a command takes."""
    defaults = (p.default for p in GROUP.commands[name].params if "--format" in p.opts)
    return [word.value for default in defaults for word in type(default)]


def test_every_command_that_answers_as_json_is_called_here():
    assert set(CALLS) == {name for name in GROUP.commands if "json" in formats(name)}


@pytest.fixture(scope="module")
def validator():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    return jsonschema.Draft202012Validator(SCHEMA)


@pytest.mark.parametrize("name", CALLS)
def test_an_answer_fits_the_schema(name, frozen_root, validator, tmp_path):
    given, names = CALLS[name]
    places = {"root": frozen_root, "spectra": SPECTRA, "cell": write(tmp_path)}
    call = [name, *shlex.split(given.format(**places)), "--format", "json"]
    rooted = [] if all("--root" not in p.opts for p in GROUP.commands[name].params) else ["--root"]
    done = command(*call, *(word for option in rooted for word in (option, frozen_root)))
    assert done.status == 0, done.err
    content = json.loads(done.out)
    validator.validate(content)
    assert content["command"] == name
    assert content["metastudy_version"] == metastudy.__version__
    assert " ".join(content["result"]) == names
    assert "root" not in content["arguments"]
    assert "{root}" in given or str(frozen_root) not in done.out


def test_what_was_asked_is_said_with_its_defaults(frozen_root):
    call = "predict 'LLZO | PEO' --at 60 --leave-out secondary --format json --root"
    found = json.loads(command(*shlex.split(call), frozen_root).out)
    assert found["arguments"] == {
        "pair": "LLZO | PEO",
        "at": 60.0,
        "alpha": 0.05,
        "seed": 1,
        "leave-out": ["secondary"],
    }


def test_the_version_of_the_data_is_that_of_the_root(frozen_root, tmp_path):
    call = ("table", "--class", "SE/SE", "--format", "json", "--root")
    assert json.loads(command(*call, frozen_root).out)["data_version"] == data_version(frozen_root)
    assert json.loads(command(*call, ROOT).out)["data_version"] == data_version(ROOT)
    rules = json.loads(command("check", "--rules", "--format", "json").out)
    assert rules["data_version"] is None
    assert rules["arguments"] == {"rules": True}


def test_a_number_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        answer_json("scatter", {}, {"sd": float("nan")})


def test_an_answer_as_json_has_the_numbers_of_the_text(frozen_root, tmp_path):
    text = command("convert", "--wt", "30", "--filler-density", "5", "--density", "1.2")
    call = ("--wt", "30", "--filler-density", "5", "--density", "1.2", "--format", "json")
    found = json.loads(command("convert", *call).out)["result"]
    assert found["vol_percent"] == pytest.approx(100 * (0.3 / 5) / (0.3 / 5 + 0.7 / 1.2))
    assert f"{found['vol_percent']:.4g} vol%" in text.out
    call = ("gaps", "--coverage", "--root", frozen_root)
    counted = json.loads(command(*call, "--format", "json").out)["result"]
    shown = command(*call).out
    assert all(str(row["count"]) in shown for row in counted["totals"])
    wrong = command("multiverse", tmp_path / "none.csv", "--format", "json")
    assert wrong.status == 1
    (failed,) = json.loads(wrong.out)["result"]["failed"]
    assert failed["file"] == "none.csv"
    assert "cannot be opened" in failed["reason"]
