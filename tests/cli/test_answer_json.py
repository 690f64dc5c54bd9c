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
from tests.contribute.command import metastudy as command

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "schemas" / "answer.schema.json").read_text(encoding="utf-8"))
GROUP = typer.main.get_command(app)
# A call of each command that answers as JSON, and the names of its result.
CALLS = {
    "check": ("", "studies records errors findings answered"),
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
def test_an_answer_fits_the_schema(name, frozen_root, validator):
    given, names = CALLS[name]
    call = [name, *shlex.split(given.format(root=frozen_root)), "--format", "json"]
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
