"""What the help shows: commands in groups by reader, their options, an example each that parses."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from metastudy.cli import app

ROOT = Path(__file__).resolve().parents[2]
FITTING = "--circuit --weight --loss --high-frequency-error"
READING = "--window --temperature"
FILE_READING = (
    f"{READING} --columns --decimal --imaginary --frequency-unit --impedance-unit --phase-unit "
    "--sheet --invalid-rows"
)
ARC = "--cell --arc"
FILTERS = "--class --family --system --salt --arm --treatment --pair --study --where"
EVALUATION = f"{READING} {FITTING} {ARC}"
WORDS = "--sample --cell-id --state --component --covers"

# The public command line: a change here is a change for users, and belongs in the changelog.
COMMANDS = {
    "For contributors: add a paper, mend a number": {
        "new": "STUDY --doi --title --bib --ris --class --from --unsaid --root",
        "add": "STUDY TABLE --mapping --sheet --template --figure --x-axis --y-axis --set --root",
        "extract": "STUDY PAPER --list --set --root",
        "rename": "OLD NEW --root",
        "check": "STUDY --root --format --rules",
        "tidy": "STUDY --yes --root",
        "preview": "STUDY --out --root",
        "diff": "BASE --root --format --fit --allow-loss",
        "pr-check": "BASE --root --format --out --fit --allow-loss",
    },
    "For analysts: tables and observations": {
        "build": "--out --root",
        "table": f"{FILTERS} --leave-out --root --format --at --sort --out",
        "cite": f"{FILTERS} --leave-out --root --format --out",
    },
    "For readers: what the literature says": {
        "report": "--out --priors --root --leave-out",
        "explore": "--out --open --root",
        "scatter": "--class --family --rows --priors --format --leave-out --root",
        "treatments": "--class --out --format --leave-out --root",
        "gaps": "--class --checklist --coverage --out --descriptor --format --leave-out --root",
        "moderators": "--class --seed --format --leave-out --root",
        "figures": "NAMES --all --out --leave-out --root",
        "claims": "--id --work --verdict --format --leave-out --root",
    },
    "For experimentalists: cells and spectra": {
        "refit": f"FILES {FILE_READING} {FITTING} {ARC} {WORDS} --out --into --root",
        "refit-parquet": f"SPECTRA.parquet {EVALUATION} {WORDS} --out --cluster --root",
        "refit-page": "REFITS.CSV FILES --cell --out --root",
        "multiverse": f"FILES {FILE_READING} {FITTING} {ARC} --bulk --root --format",
        "verify-refits": "STUDY --root --format",
        "cell": "CELL.YAML --out --root --format",
        "series": f"FILES {FILE_READING} --circuit --weight --arrhenius --melting --point-k "
        "--common-k --out --format",
        "plan": "--precision --level --labs --preparations --repeats --lab-sd --preparation-sd "
        "--repeat-sd --runs --seed --out --format --leave-out --root",
        "predict": "PAIR --at --alpha --seed --format --leave-out --root",
        "impact": "--at --current --class --pair --solid-um --solid-s-cm --partner-um "
        "--partner-s-cm --fraction --diameter-um --efficiency --voltage --capacity --hours "
        "--overvoltage --alpha --seed --out --format --leave-out --root",
        "filler": "--matrix --filler --at --matrix-s-cm --filler-s-cm --fraction --diameter-um "
        "--matrix-ea --contact-ea --alpha --seed --out --format --leave-out --root",
        "convert": "--eo-li --mol-l --wt --vol --density --filler-density --salt --polymer "
        "--format",
    },
    "For maintainers: releases": {
        "release": "VERSION --prepare --out --last --without-notebooks --root",
    },
    "For bug reports": {"show-versions": "--format"},
}
BEFORE_A_COMMAND = "--version --verbose --install-completion --show-completion"
GROUP = typer.main.get_command(app)
NAMES = sorted(name for group in COMMANDS.values() for name in group)


def named(command) -> list[str]:
    """Name the arguments of a command as its help does, and its options in their long form."""
    return [
        p.opts[0] if p.param_type_name == "option" else p.metavar
        for p in command.params
        if p.name != "help"
    ]


def test_the_commands_and_options_are_those_of_the_table():
    found: dict[str, dict[str, list[str]]] = {}
    for name, command in GROUP.commands.items():
        found.setdefault(command.rich_help_panel, {})[name] = named(command)
    assert found == {
        panel: {name: words.split() for name, words in group.items()}
        for panel, group in COMMANDS.items()
    }
    assert named(GROUP) == BEFORE_A_COMMAND.split()


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_a_help_with_an_example_that_parses(name):
    command = GROUP.commands[name]
    assert command.epilog.startswith(f"Example: metastudy {name}")
    call = shlex.split(command.epilog.removeprefix("Example: "))
    context = command.make_context(name, call[2:])
    assert context.args == []
    shown = CliRunner().invoke(app, [name, "--help"])
    assert shown.exit_code == 0
    assert "Example: metastudy" in shown.output
    words = command.help.split("\n\n")[0].split()
    assert " ".join(shown.output.split()).count(" ".join(words[:3])) >= 1


def test_the_help_lists_each_command_under_its_reader():
    shown = CliRunner().invoke(app, ["--help"]).output
    for panel, group in COMMANDS.items():
        _, _, below = shown.partition(panel)
        box = below.partition("╰")[0]
        listed = [line.split()[1] for line in box.splitlines() if line.startswith("│ ")]
        assert listed[0] in group
        for name in group:
            assert f"│ {name} " in box


def test_without_a_command_the_help_is_shown():
    shown = CliRunner().invoke(app, [])
    assert "For contributors" in shown.output


def test_completion_knows_commands_and_options():
    def complete(words: str) -> str:
        environment = {
            "_METASTUDY_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split()) - 1),
        }
        done = CliRunner().invoke(app, [], prog_name="metastudy", env=environment)
        return done.output

    assert complete("metastudy ver").split() == ["verify-refits"]
    assert "--high-frequency-error" in complete("metastudy multiverse --hi")


DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.name)
def test_every_call_in_the_documents_exists(page):
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = re.findall(r"^```.*?^```", text, re.M | re.S)
    lines = [line.strip("$ ") for block in blocks for line in block.splitlines()]
    for block in blocks:
        text = text.replace(block, "")
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text)]
    for call in [*spans, *lines]:
        match = re.match(r"(?:\S*/)?metastudy ([a-z-]+)(.*)", call)
        if match is None or match[1].startswith("-"):
            continue
        assert match[1] in GROUP.commands, call
        known = {name for p in GROUP.commands[match[1]].params for name in p.opts}
        known |= {name for p in GROUP.commands[match[1]].params for name in p.secondary_opts}
        assert set(re.findall(r"(?<!\S)\[?(--[a-z-]+)", match[2])) <= known | {"--help"}, call
