"""Every rule finds its seeded fault, where it stands, in its words, and nothing besides."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from metastudy.corpus.finding import Finding, Place, Severity
from metastudy.corpus.rules.registry import RULES
from metastudy.tables.checking import check_data
from tests.corpus.seeding import FAULTS, lay_out, seed

CASES = sorted(FAULTS.glob("*/*.yaml"))
WARNINGS = [case for case in CASES if RULES[case.parent.name].severity is Severity.WARNING]


def name(case: Path) -> str:
    return f"{case.parent.name}-{case.stem}"


def seeded(case: Path, folder: Path) -> tuple[Path, dict[str, Any]]:
    fault: dict[str, Any] = yaml.safe_load(case.read_text(encoding="utf-8"))
    root = lay_out(folder)
    for edit in fault["edits"]:
        seed(root, edit)
    return root, fault["expect"]


def snapshot(root: Path) -> dict[Path, tuple[int, int]]:
    """Size and time of change of every file below a root."""
    paths = (path for path in root.rglob("*") if not path.is_symlink())
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in paths}


def write_decision(root: Path, finding: Finding, numbers: dict[str, str]) -> None:
    decision = {
        "id": "probe_answer",
        "rule": finding.rule,
        "records": list(finding.records),
        "numbers": numbers,
        "decision": "It stays.",
        "reason": "Invented.",
        "would_settle": "Nothing.",
        "date": "2026-11-25",
    }
    path = root / "data" / "decisions" / "probe_answer.yaml"
    path.write_text(yaml.safe_dump(decision, allow_unicode=True), encoding="utf-8")


def test_every_rule_has_a_seeded_fault() -> None:
    folders = {path.name for path in FAULTS.iterdir() if path.is_dir()} - {"valid"}
    assert folders == set(RULES)
    assert folders == {path.parent.name for path in CASES}


def test_the_valid_root_has_one_warning_and_its_answer(tmp_path: Path) -> None:
    result = check_data(lay_out(tmp_path))
    assert result.findings == ()
    assert [(f.rule, d.id) for f, d in result.answered] == [("ea-short-range", "probe_2022_range")]
    assert (result.studies, result.records, result.status) == (3, 18, 0)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_fault(case: Path, tmp_path: Path) -> None:
    root, expect = seeded(case, tmp_path)
    before = snapshot(root)
    result = check_data(root)
    assert [str(finding) for finding in result.findings][1:] == [], "a second finding"
    (finding,) = result.findings
    assert finding.rule == case.parent.name
    assert finding.severity is RULES[finding.rule].severity
    assert finding.place == Place(expect["file"], expect["line"], expect["column"])
    assert finding.cell == expect["cell"]
    assert finding.message == expect["message"]
    assert finding.hint == expect["hint"]
    assert result.status == 1
    assert snapshot(root) == before, "a check writes nothing"


@pytest.mark.parametrize("case", WARNINGS, ids=name)
def test_a_decision_answers_a_warning_until_a_number_changes(case: Path, tmp_path: Path) -> None:
    root, _ = seeded(case, tmp_path)
    (finding,) = check_data(root).findings
    assert finding.records
    assert finding.numbers
    for number in finding.numbers.values():
        for token in re.split(r", | at ", number):
            assert token in finding.message, "a decision repeats what the message prints"
    write_decision(root, finding, dict(finding.numbers))
    answered = check_data(root)
    assert answered.findings == ()
    assert (finding, "probe_answer") in [(f, d.id) for f, d in answered.answered]
    write_decision(root, finding, {key: "0" for key in finding.numbers})
    lapsed = check_data(root)
    assert [f.rule for f in lapsed.findings if f.rule == finding.rule] == [finding.rule]
    (stale,) = [f for f in lapsed.findings if f.rule == "decision-stale"]
    key, value = next(iter(finding.numbers.items()))
    assert stale.hint.startswith(f"The finding now has {key}: {value}")
