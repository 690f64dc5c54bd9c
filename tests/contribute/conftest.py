"""A base and a change of it, both the made-up data, for tests to edit."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.corpus.seeding import lay_out


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "base")


@pytest.fixture
def head(base: Path, tmp_path: Path) -> Path:
    shutil.copytree(base, tmp_path / "head")
    return tmp_path / "head"
