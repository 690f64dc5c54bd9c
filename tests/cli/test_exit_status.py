"""The exit status of every command on a wrong call, as docs/commands.md lists them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from metastudy.cli import app
from tests.contribute.command import metastudy as command

ROOT = Path(__file__).resolve().parents[2]
GROUP = typer.main.get_command(app)
NAMES = sorted(GROUP.commands)
WRONG_ROOT = {"check": 2}
"""Commands whose help says another status than 1 for a root without data."""


def listed() -> dict[int, str]:
    """Return the statuses of the page and what they mean."""
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    return {int(n): text for n, text in re.findall(r"^\| (\d+) \| (.+) \|$", page, re.M)}


def test_the_help_names_the_page_and_the_page_has_the_statuses():
    assert "docs/commands.md" in command("--help").out
    assert set(listed()) == {0, 1, 2, 130}


def test_statuses_that_a_command_names_are_listed():
    for name in NAMES:
        said = re.search(r"Exit status: (.*)", GROUP.commands[name].help, re.S)
        if said:
            assert {int(n) for n in re.findall(r"\b(\d+) [a-z]", said[1])} <= set(listed()), name


@pytest.mark.parametrize("name", NAMES)
def test_an_option_that_is_not_there_is_a_wrong_call(name):
    assert "option" in listed()[2]
    done = command(name, "--no-such-option")
    assert done.status == 2
    assert "--no-such-option" in done.err
    assert done.out == ""


def test_a_command_that_is_not_there_is_a_wrong_call():
    assert command("reporte").status == 2


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("convert", "show-versions")])
def test_data_or_files_that_are_not_there_are_one_message(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call = shlex.split(GROUP.commands[name].epilog.removeprefix("Example: "))[1:]
    rooted = any("--root" in p.opts for p in GROUP.commands[name].params)
    done = command(*call, *(["--root", "nowhere"] if rooted else []))
    assert done.status == WRONG_ROOT.get(name, 1)
    assert "Traceback" not in done.err
    assert "nowhere" in done.err + done.out or "cannot be" in done.err + done.out
    assert not list(tmp_path.iterdir())


def test_a_conversion_of_nothing_is_a_mistake():
    done = command("convert")
    assert (done.status, done.err.count("\n")) == (1, 1)
