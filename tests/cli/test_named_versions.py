"""What commands print in words ends with the versions of package and data."""

import shlex

import pytest

from metastudy._version import __version__
from tests.cli.test_answer_json import CALLS
from tests.contribute.command import metastudy as command
from tests.corpus.seeding import lay_out


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = lay_out(tmp_path_factory.mktemp("versioned"), studies="")
    (root / "data" / "VERSION").write_text("0.7.1\n")
    return root


@pytest.mark.parametrize("name", ["table", "claims", "moderators", "treatments", "plan", "filler"])
def test_the_last_line_names_both_versions(name, root):
    done = command(name, *shlex.split(CALLS[name][0]), "--root", root)
    assert done.status == 0, done.err
    assert done.out.splitlines()[-1] == f"metastudy {__version__}, data 0.7.1"


def test_figures_have_them_in_every_caption_and_on_their_page(root, tmp_path):
    out = tmp_path / "out"
    assert command("figures", "wu_2016_table1", "--root", root, "--out", out).status == 0
    made = f"Made by metastudy {__version__}, data 0.7.1"
    assert f"{made}." in (out / "wu_2016_table1.txt").read_text(encoding="utf-8")
    assert f"{made}, from " in (out / "figures.html").read_text(encoding="utf-8")
