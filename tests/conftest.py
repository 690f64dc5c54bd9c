"""Data for the tests: the frozen dataset, made up and fixed, and today's.

A test of code runs on the frozen dataset and may name its numbers. A test of today's data is marked
``data``, takes its root from ``today`` and asks what holds for any literature: no count, no value.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from metastudy.cli import one_thread

one_thread()  # before numpy is imported: small matrices, as the command line does it

import metastudy  # noqa: E402
from metastudy.corpus.corpus import Corpus, read_corpus  # noqa: E402
from metastudy.tables.loading import Dataset  # noqa: E402
from tests.corpus.seeding import REPOSITORY, lay_out  # noqa: E402

CHROMIUM_FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
]


@pytest.fixture(scope="session")
def frozen_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data root of made-up studies; a test that edits files lays out its own."""
    return lay_out(tmp_path_factory.mktemp("frozen"), studies="")


@pytest.fixture(scope="session")
def frozen_corpus(frozen_root: Path) -> Corpus:
    """Return the made-up studies."""
    return read_corpus(frozen_root)


@pytest.fixture(scope="session")
def frozen(frozen_root: Path) -> Dataset:
    """Return the tables of the made-up studies."""
    return metastudy.load(root=frozen_root)


@pytest.fixture(scope="session")
def today() -> Path:
    """Return the root of today's data, or of the copy that METASTUDY_ROOT names."""
    return Path(os.environ.get("METASTUDY_ROOT", REPOSITORY))


@pytest.fixture(scope="session")
def todays_corpus(today: Path) -> Corpus:
    """Return today's studies."""
    return read_corpus(today)


@pytest.fixture(scope="session")
def todays_data(today: Path) -> Dataset:
    """Return the tables of today's studies."""
    return metastudy.load(root=today)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Return Debian's Chromium, or the one that the variable CHROMIUM names, without a screen."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "Chromium is missing: install it, or name it in the variable CHROMIUM"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()
