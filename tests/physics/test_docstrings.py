"""Every example of a docstring runs, and every cited key stands on the page of sources."""

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest

import metastudy.physics

ROOT = Path(metastudy.physics.__file__).parent
MODULES = sorted(path.stem for path in ROOT.glob("*.py") if path.stem != "__init__")
REPOSITORY = ROOT.parents[1]
KEY = re.compile(r"`([a-z]+_(?:\d{4}|undated)(?:_[a-z]+)?)`")


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    module = import_module(f"metastudy.physics.{name}")
    assert doctest.testmod(module).failed == 0


def test_examples_are_there():
    assert sum(">>>" in (ROOT / f"{name}.py").read_text("utf-8") for name in MODULES) >= 9


def test_cited_keys_are_known():
    page = (REPOSITORY / "docs" / "physics.md").read_text("utf-8")
    sources = set(KEY.findall(page[page.index("## Sources") :]))
    studies = {path.name for path in (REPOSITORY / "data" / "studies").iterdir()}
    cited = {
        key for name in MODULES for key in KEY.findall((ROOT / f"{name}.py").read_text("utf-8"))
    }
    assert len(cited) > 10
    assert cited <= sources | studies
