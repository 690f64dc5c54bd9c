"""One more work in today's data: nothing has to be changed for it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metastudy.cli import app
from tests.corpus.seeding import FROZEN, REPOSITORY

ADDED = "simulated_2004_liquids"
TESTS = REPOSITORY / "tests"
pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def grown(today, tmp_path_factory) -> Path:
    """A copy of today's data with one made-up work more."""
    root = tmp_path_factory.mktemp("grown")
    for part in ("data", "schemas"):
        shutil.copytree(today / part, root / part)
    studies = Path("data", "studies")
    shutil.copytree(FROZEN / studies / ADDED, root / studies / ADDED)
    return root


@pytest.mark.parametrize("command", ["check", "build", "report"])
def test_commands_take_it(grown, tmp_path, command):
    out = [] if command == "check" else ["--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, [command, "--root", str(grown), *out])
    assert done.exit_code == 0, done.output
    if command == "build":
        assert ADDED in (tmp_path / "out" / "observations.csv").read_text(encoding="utf-8")
    if command == "report":
        assert ADDED in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_tests_of_todays_data_hold_for_it(grown):
    files = [
        str(path)
        for path in sorted(TESTS.rglob("test_*.py"))
        if path != Path(__file__) and "mark.data" in path.read_text(encoding="utf-8")
    ]
    assert files
    call = [sys.executable, "-m", "pytest", "-q", "-m", "data", "-p", "no:cacheprovider", *files]
    done = subprocess.run(
        call,
        cwd=REPOSITORY,
        env={**os.environ, "METASTUDY_ROOT": str(grown)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout
