"""Five contributions on five branches merge in every order, to one tree, without a merge driver."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest

from metastudy.tables.building import checked_corpus
from metastudy.tables.checking import check_data
from tests.corpus.seeding import REPOSITORY, lay_out, seed

WORDS = ("first", "second", "third", "fourth", "fifth")
# The author's machine has no part in it: no user's configuration, hooks or attributes.
ENVIRONMENT = os.environ | {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    **{
        f"GIT_{who}_{what}": "probe"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    },
    **{f"GIT_{who}_DATE": "2026-11-25T12:00:00Z" for who in ("AUTHOR", "COMMITTER")},
}


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"git {' '.join(words)}: {done.stdout}{done.stderr}"
    return done.stdout.strip()


def contribute(root: Path, number: int) -> None:
    """Add a study with a word of its own, one that all five bring, a decision, a correction."""
    word = WORDS[number]
    study = f"probe_202{number}_{word}"
    texts = {
        "An invented work": f"An invented {word} work",
        "year: '2022'": f"year: '202{number}'",
        "[PC]": f"[GBL, solvent_{word}]",
        ",120,": f",{131 + number},",
        ",0.55,": f",0.5{number}1,",
    }
    seed(root, {"copy": "probe_2022_liquid", "to": study, "texts": texts})
    folder = root / "data" / "studies" / study
    (folder / "words.csv").write_text(
        "vocabulary,word,meaning,properties\n"
        "solvent,GBL,gamma-Butyrolactone.,\n"
        f"solvent,solvent_{word},The {word} invented solvent.,\n",
        encoding="utf-8",
    )
    decisions = root / "data" / "decisions"
    text = (decisions / "probe_2022_range.yaml").read_text(encoding="utf-8")
    text = text.replace("probe_2022_liquid", study).replace("probe_2022_range", f"{study}_range")
    (decisions / f"{study}_range.yaml").write_text(text, encoding="utf-8")
    corrections = root / "data" / "corrections"
    corrections.mkdir(exist_ok=True)
    (corrections / f"{study}_slip.yaml").write_text(
        f"id: {study}_slip\nrecord: {study}.001\ncolumn: value_text\nexpect: '{131 + number}'\n"
        f"action: override\nvalue: '{141 + number}'\nground: erratum\nreason: Invented.\n"
        "status: open\ndate: '2026-11-25'\n",
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a repository with the made-up data on main, and five branches off it."""
    root = lay_out(tmp_path_factory.mktemp("merging"))
    attributes = (REPOSITORY / ".gitattributes").read_text(encoding="utf-8")
    assert "merge" not in attributes, "the merge button of a hosting service knows no merge driver"
    (root / ".gitattributes").write_text(attributes, encoding="utf-8")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "The data before.")
    for number, word in enumerate(WORDS):
        git(root, "switch", "-q", "-c", word, "main")
        contribute(root, number)
        assert check_data(root).findings == (), "each contribution passes by itself"
        git(root, "add", "-A")
        git(root, "commit", "-qm", f"The {word} study.")
    git(root, "switch", "-q", "main")
    return root


def merged(root: Path, order: Sequence[str], known: dict[tuple[str, ...], str]) -> str:
    """Return the commit that merges branches in order; git fails where two collide."""
    key = tuple(order)
    if key not in known:
        before, branch = merged(root, order[:-1], known), order[-1]
        tree = git(root, "merge-tree", "--write-tree", before, branch)
        known[key] = git(root, "commit-tree", tree, "-p", before, "-p", branch, "-m", branch)
    return known[key]


def test_every_order_gives_one_tree_that_passes_the_check(repository: Path, tmp_path: Path) -> None:
    known = {(): git(repository, "rev-parse", "main")}
    orders = list(permutations(WORDS))
    commits = [merged(repository, order, known) for order in orders]
    trees = {
        git(repository, "rev-parse", f"{commit}^{{tree}}") for commit in dict.fromkeys(commits)
    }
    assert len(orders) == 120
    assert len(trees) == 1
    git(repository, "worktree", "add", "-q", "--detach", str(tmp_path / "merged"), commits[0])
    result = check_data(tmp_path / "merged")
    assert result.findings == ()
    assert result.studies == 3 + len(WORDS)
    corpus = checked_corpus(tmp_path / "merged")
    assert {"GBL", *(f"solvent_{word}" for word in WORDS)} <= set(corpus.vocabulary["solvent"])
    assert sorted(row.m.value_text for row in corpus.rows if row.correction) == [
        str(141 + number) for number in range(len(WORDS))
    ]
