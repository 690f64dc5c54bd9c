"""Calls as a user types them: versions, the log, wrong calls, and old calls of refit."""

from __future__ import annotations

import logging
import re

import pytest

import metastudy
from metastudy.cli.moved_calls import MOVED, MOVED_COMMANDS
from metastudy.corpus.corpus import default_root
from metastudy.corpus.version import data_version
from metastudy.errors import MetastudyError
from metastudy.versions import version_line, versions
from tests.contribute.command import metastudy as command
from tests.corpus.seeding import lay_out


@pytest.fixture
def quiet_after():
    """Take the handler of --verbose off again."""
    logger = logging.getLogger("metastudy")
    handlers, level = logger.handlers, logger.level
    yield
    logger.handlers = handlers
    logger.setLevel(level)


def test_the_version_is_that_of_package_and_data():
    done = command("--version")
    data = (default_root() / "data" / "VERSION").read_text(encoding="utf-8").strip()
    assert done.out == f"metastudy {metastudy.__version__}, data {data}\n"
    assert done.status == 0


def test_show_versions_names_every_library_once(capsys):
    metastudy.show_versions()
    shown = capsys.readouterr().out
    assert shown == command("show-versions").out
    names = [line.split()[0] for line in shown.splitlines()]
    assert len(set(names)) == len(names)
    assert {"metastudy", "data", "Python", "system", "numpy", "scipy", "pandas"} <= set(names)
    assert versions()["numpy"] == __import__("numpy").__version__
    assert re.search(r"^(galvani|datalab-org-galvani) +(not installed|[0-9])", shown, re.M)


def test_data_without_a_version_and_data_with_a_faulty_one(tmp_path):
    assert data_version(tmp_path) is None
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "VERSION"
    file.write_text("1.2.3-rc.1\n", encoding="utf-8")
    assert data_version(tmp_path) == "1.2.3-rc.1"
    file.write_text("next\n", encoding="utf-8")
    with pytest.raises(MetastudyError, match=r"VERSION: 'next' is no version; .* such as 0\.2\.0"):
        data_version(tmp_path)


def test_the_version_is_printed_where_there_is_no_data(monkeypatch):
    def none():
        raise MetastudyError("no data found")

    monkeypatch.setattr("metastudy.versions.default_root", none)
    assert version_line() == f"metastudy {metastudy.__version__}, data not found"


def test_verbose_writes_the_steps_to_standard_error_only(quiet_after, tmp_path):
    root = lay_out(tmp_path)
    quiet = command("check", "--root", root)
    loud = command("--verbose", "check", "--root", root)
    assert (loud.out, loud.status) == (quiet.out, quiet.status)
    assert quiet.err == ""
    studies = len(list((root / "data" / "studies").iterdir()))
    assert re.search(rf"^ *[0-9]+ ms  metastudy\.corpus\.corpus: read {studies} stud", loud.err)


@pytest.mark.parametrize(
    ("old", "word", "new"),
    [
        (["--verify", "x"], "--verify", "metastudy verify-refits STUDY"),
        (["a.csv", "--multiverse"], "--multiverse", "metastudy multiverse FILES ..."),
        (["a.csv", "--bulk=3"], "--bulk=3", "metastudy multiverse FILES ... --bulk OHM"),
        (
            ["a.csv", "--page", "p.html"],
            "--page",
            "metastudy refit-page REFITS.CSV --out PAGE.html",
        ),
        (
            ["s.parquet", "--out", "f.parquet"],
            "s.parquet",
            "metastudy refit-parquet SPECTRA.parquet --out FITS.parquet",
        ),
        (
            ["--cluster", "local", "s.parquet"],
            "--cluster",
            "metastudy refit-parquet SPECTRA.parquet --out FITS.parquet --cluster ADDRESS",
        ),
    ],
)
def test_a_call_of_refit_that_has_a_command_of_its_own_names_it(old, word, new):
    done = command("refit", *old)
    assert done.err == f"metastudy refit does not take {word}; call: {new}\n"
    assert (done.out, done.status) == ("", 2)


def test_a_command_that_went_names_the_one_in_its_place():
    done = command("coverage", "--out", "pictures")
    assert done.err == "there is no metastudy coverage; call: metastudy gaps --coverage\n"
    assert (done.out, done.status) == ("", 2)


def test_the_new_calls_exist():
    for call in (*MOVED.values(), *MOVED_COMMANDS.values()):
        _, name, *words = call.split()
        shown = command(name, "--help").out
        for option in words:
            if option.startswith("--"):
                assert option in shown


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (["refit"], "Missing argument 'FILES'"),
        (["refit-parquet", "a.csv", "--out", "b.parquet"], "a.csv is no .parquet"),
        (["refit-parquet", "a.parquet"], "Missing option '--out'"),
        (["multiverse", "a.csv", "--bulk", "much"], "Invalid value for '--bulk'"),
        (["refit-page"], "Missing argument 'REFITS.CSV'"),
        (["verify-refits"], "Missing argument 'STUDY'"),
        (["nosuch"], "No such command 'nosuch'"),
    ],
)
def test_a_wrong_call_ends_with_status_2_and_says_what_is_wrong(call, words):
    done = command(*call)
    assert done.status == 2
    assert words in " ".join(done.err.split())
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (["refit", "none.csv"], "none.csv"),
        (["refit", "a.csv", "--window", "wide"], "the window 'wide' is neither all nor"),
        (["refit", "a.csv", "--weight", "heavy"], "weight 'heavy' is no law of a stored refit"),
        (["refit-page", "none.csv"], "none.csv: cannot be read"),
        (["refit-parquet", "none.parquet", "--out", "f.parquet"], "none.parquet"),
        (["multiverse", "none.csv"], "none.csv"),
        (["verify-refits", "nosuch"], "no study is named nosuch"),
        (["series", "none.csv"], "none.csv"),
    ],
)
def test_a_mistake_in_input_ends_with_one_message_and_status_1(call, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = command(*call)
    assert done.status == 1
    assert words in done.err + done.out
    assert "Traceback" not in done.err
    assert not list(tmp_path.iterdir())
