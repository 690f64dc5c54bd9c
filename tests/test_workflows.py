"""The workflows: what they may do, and the script that writes a comment."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.contribute.test_pr_check import SCHEMA, artifact

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
COMMENT = ROOT / ".github" / "comment.sh"


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def workflow(request: pytest.FixtureRequest) -> dict:
    return yaml.safe_load(request.param.read_text(encoding="utf-8"))


def steps(workflow: dict) -> list[dict]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_actions_are_pinned_by_commit_with_their_version(workflow: dict) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", each) for each in used)


def test_one_action_has_one_commit_and_its_version_beside_it() -> None:
    lines = [line.strip(" -") for f in FILES for line in f.read_text("utf-8").splitlines()]
    used = {line.removeprefix("uses: ") for line in lines if line.startswith("uses: ")}
    assert all(re.search(r" # v[0-9]+\.[0-9]+\.[0-9]+$", each) for each in used)
    assert len({each.partition("@")[0] for each in used}) == len(used)


def test_jobs_have_a_time_limit_and_only_the_rights_that_they_name(workflow: dict) -> None:
    assert workflow["permissions"] == {}
    assert "concurrency" in workflow
    for job in workflow["jobs"].values():
        assert isinstance(job["timeout-minutes"], int)
        assert "contents" in job["permissions"]


def test_no_credential_is_kept_on_disk(workflow: dict) -> None:
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_no_value_of_an_event_becomes_part_of_a_script(workflow: dict) -> None:
    assert "pull_request_target" not in workflow[True]  # YAML 1.1 reads the key "on" as true
    for step in steps(workflow):
        assert "${{" not in step.get("run", "")


def test_code_of_a_pull_request_runs_only_where_nothing_can_be_written() -> None:
    for path in FILES:
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        jobs = workflow["jobs"].values()
        rights = [right for job in jobs for right in job["permissions"].items()]
        if "pull_request" in workflow[True]:
            assert set(rights) == {("contents", "read")}
        if "workflow_run" in workflow[True]:
            refs = [step["with"].get("ref") for step in steps(workflow) if "checkout" in str(step)]
            assert refs == [None]


GH = """#!{python}
import json, os, pathlib, sys
log = pathlib.Path(os.environ["LOG"])
call = sys.argv[1:]
place = next(each for each in call if each.startswith("repos/"))
if "--method" in call:
    body = next(each for each in call if each.startswith("body=@"))
    text = pathlib.Path(body.removeprefix("body=@")).read_text(encoding="utf-8")
    log.write_text(json.dumps([call[call.index("--method") + 1], place, text]))
elif "/pulls/" in place:
    print(os.environ["HEAD_OF_PR"])
else:
    print(os.environ["COMMENTS"])
"""


@pytest.fixture
def run(tmp_path: Path):
    if not shutil.which("bash") or os.name == "nt":
        pytest.skip("the script runs on Linux")
    tools, review = tmp_path / "tools", tmp_path / "review"
    tools.mkdir()
    review.mkdir()
    (tools / "gh").write_text(GH.format(python=sys.executable), encoding="utf-8")
    (tools / "gh").chmod(0o755)
    artifact(review)

    def call(number: str = "12\n", head: str = "abc", comments: str = "") -> tuple[int, object]:
        (review / "number").write_text(number, encoding="utf-8")
        log = tmp_path / "log.json"
        log.unlink(missing_ok=True)
        done = subprocess.run(
            ["bash", COMMENT],
            cwd=ROOT,
            env=os.environ
            | {
                "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
                "PYTHON": sys.executable,
                "LOG": str(log),
                "REPOSITORY": "owner/name",
                "REVIEW": str(review),
                "HEAD_SHA": "abc",
                "HEAD_OF_PR": head,
                "COMMENTS": comments,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, json.loads(log.read_text()) if log.exists() else done.stderr

    return call


def test_a_comment_is_written_once_and_then_renewed(run, tmp_path: Path) -> None:
    from metastudy.contribute.pr_check.comment import comment

    status, (method, place, text) = run()
    assert (status, method, place) == (0, "POST", "repos/owner/name/issues/12/comments")
    assert text == comment(tmp_path / "review" / "pr-check.json", SCHEMA)
    status, (method, place, _) = run(comments="77\n78")
    assert (status, method, place) == (0, "PATCH", "repos/owner/name/issues/comments/77")


@pytest.mark.parametrize(
    "number", ["", "0", "-1", "12; id", "$(id)", "../1", "1234567890123", "1\n2", "\u0661"]
)
def test_what_is_no_number_writes_nothing(run, number: str) -> None:
    status, said = run(number)
    assert status == 1
    assert said == "the artifact names no pull request\n"


def test_another_pull_request_gets_no_comment(run) -> None:
    status, said = run(head="def")
    assert status == 1
    assert said == "pull request 12 is not at the commit that was checked; nothing is written\n"


def test_a_check_of_another_form_writes_nothing(run, tmp_path: Path) -> None:
    artifact(tmp_path / "review", result=None)
    status, said = run()
    assert status == 1
    assert "does not fit pr-check.schema.json" in said
