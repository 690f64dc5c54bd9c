"""A release of the made-up data: what it refuses, what it writes, and that it is one folder."""

from __future__ import annotations

import csv
import hashlib
import json
import math

import pytest

import metastudy as package
from metastudy.contribute.release import answers, making
from metastudy.contribute.release.published import read_published
from metastudy.errors import MetastudyError
from tests.contribute.command import git, metastudy
from tests.contribute.release.checkouts import SOLID, checkout, commit, set_version
from tests.corpus.seeding import REPOSITORY, seed

RECORD = "probe_2021_solid.001"


@pytest.fixture
def quick(monkeypatch):
    """Draw no figure and ask no command: what they give is tested elsewhere."""
    monkeypatch.setattr(making, "ITEMS", ())
    monkeypatch.setattr(answers, "COMMANDS", ())


@pytest.fixture
def root(tmp_path):
    return checkout(tmp_path / "root")


def release(version, root, *more):
    out = root.parent / f"release-{version}"
    return out, metastudy(
        "release", version, "--root", root, "--out", out, "--without-notebooks", *more
    )


def refusal(version, root, *more):
    """Return why a release is refused; nothing is left beside the checkout."""
    before = sorted(path.name for path in root.parent.iterdir())
    _, done = release(version, root, *more)
    assert done.status == 1
    assert sorted(path.name for path in root.parent.iterdir()) == before
    return done.err


def test_a_change_or_a_file_that_is_not_committed_is_refused(root):
    seed(root, {"in": SOLID, "row": RECORD, "set": {"value_text": "23"}})
    (root / "notes.txt").write_text("x")
    said = refusal("0.1.0", root)
    assert f"not committed: {SOLID}, notes.txt; a release is made from a commit" in said


def test_a_folder_that_is_no_repository_or_not_its_top_is_refused(root, tmp_path):
    (tmp_path / "root" / ".git").rename(tmp_path / "git")
    assert "no git repository" in refusal("0.1.0", root)
    git(tmp_path, "init")
    assert "top folder of the repository" in refusal("0.1.0", root)


def test_open_findings_are_refused(root):
    seed(root, {"in": SOLID, "row": RECORD, "set": {"value_text": "many"}})
    commit(root)
    said = refusal("0.1.0", root)
    assert "the check has open findings, the first at data/studies/probe_2021_solid/meas" in said


def test_a_version_that_the_checkout_does_not_have_is_refused(root):
    said = refusal("0.2.0", root)
    assert "data/VERSION: is of version 0.1.0, not 0.2.0; metastudy release 0.2.0 --prepare" in said
    (root / "data" / "VERSION").write_text("0.2.0\n")
    commit(root)
    assert "CITATION.cff: is of version 0.1.0, not 0.2.0" in refusal("0.2.0", root)


def test_a_version_is_above_the_last_release(root):
    git(root, "tag", "data-v0.1.1")
    assert "version 0.1.0 is not above the last release, 0.1.1" in refusal("0.1.0", root)


def test_a_folder_that_is_there_is_left_alone(root):
    out = root.parent / "release-0.1.0"
    out.mkdir()
    (out / "mine.txt").write_text("x")
    assert "is there already; give --out a folder that is not" in refusal("0.1.0", root)
    assert (out / "mine.txt").read_text() == "x"


def test_the_package_of_another_checkout_is_refused(root):
    (root / "metastudy").mkdir()
    (root / "metastudy" / "__main__.py").write_text("")
    commit(root)
    said = refusal("0.1.0", root)
    assert f"the package that runs is {REPOSITORY / 'metastudy'}, not this checkout's" in said


def test_notebooks_that_cannot_be_executed_are_refused_before_anything_is_made(root):
    done = metastudy("release", "0.1.0", "--root", root, "--out", root.parent / "new")
    assert done.status == 1
    assert "holds no docs/notebooks.py that executes analyses; or give --without" in done.err


def test_a_release_is_one_folder_whose_files_are_all_in_its_checksums(root, quick):
    out, done = release("0.1.0", root)
    assert done.status == 0, done.err
    assert done.out.startswith("everything is new: this is the first release\n")
    sums = dict(
        reversed(line.split("  ", 1)) for line in (out / "SHA256SUMS").read_text().splitlines()
    )
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert set(sums) == files - {"SHA256SUMS"}
    assert all(hashlib.sha256((out / n).read_bytes()).hexdigest() == s for n, s in sums.items())
    assert {"README.md", "LICENSE", "CITATION.cff", ".zenodo.json", "croissant.json"} <= files
    assert {"ro-crate-metadata.json", "changes.csv", "changes.md", "CHANGELOG.md"} <= files
    assert sorted(path.name for path in root.parent.iterdir()) == ["release-0.1.0", "root"]


def test_its_folder_is_loaded_by_version(root, quick):
    out, _ = release("0.1.0", root)
    data = package.load(out, version="0.1.0")
    assert data.version == "0.1.0"
    assert set(data.studies["study_id"]) == {"probe_2021_solid"}
    with pytest.raises(MetastudyError, match=r"is version 0\.1\.0, not 0\.2\.0"):
        package.load(out, version="0.2.0")


def test_it_names_both_versions_the_day_and_the_commit(root, quick):
    out, _ = release("0.1.0", root)
    read_me = (out / "README.md").read_text()
    assert f"Data 0.1.0 (2026-11-25), made by metastudy {package.__version__} from" in read_me
    crate = json.loads((out / "ro-crate-metadata.json").read_text())
    entity = {entry["@id"]: entry for entry in crate["@graph"]}
    assert (entity["./"]["version"], entity["./"]["datePublished"]) == ("0.1.0", "2026-11-25")
    assert entity["#metastudy"]["version"] == package.__version__
    head = (root / ".git" / "refs" / "heads" / "main").read_text().strip()
    assert head in entity["#metastudy"]["softwareVersion"]
    assert head in read_me


def next_release(root, version):
    """Tag the first release, and commit what was changed since under another version."""
    git(root, "tag", "data-v0.1.0")
    set_version(root, version)


def test_a_corrected_number_is_a_correction_listed_with_both_texts(root, quick):
    next_release(root, "0.1.1")
    seed(root, {"in": SOLID, "row": RECORD, "set": {"value_text": "24.3"}})  # 22.3 before
    commit(root)
    out, done = release("0.1.1", root)
    assert done.status == 0, done.err
    with (out / "changes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {
        "table": "records",
        "change": "changed",
        "row": RECORD,
        "column": "value_text",
        "before": "22.3",
        "after": "24.3",
    } in rows
    moved = [row for row in rows if (row["table"], row["column"]) == ("observations", "y")]
    assert [float(m["after"]) - float(m["before"]) for m in moved] == [
        pytest.approx(math.log10(24.3 / 22.3))
    ] * len(moved)
    assert moved
    assert "from 0.1.0 to 0.1.1" in (out / "changes.md").read_text()
    assert (out / "CHANGELOG.md").read_text().startswith("## Data 0.1.1 (2026-11-25)")


def test_a_correction_under_the_number_of_an_addition_is_refused(root, quick):
    next_release(root, "0.2.0")
    seed(root, {"in": SOLID, "row": RECORD, "set": {"value_text": "24.3"}})
    commit(root)
    said = refusal("0.2.0", root)
    assert "values were corrected, or rows taken away" in said
    assert "the next version is 0.1.1 or 1.0.0" in said


def test_a_release_is_made_again_from_its_tag(root, quick):
    git(root, "tag", "data-v0.1.0")
    out, done = release("0.1.0", root)
    assert done.status == 0, done.err
    assert (out / "changes.md").read_text().startswith("# Changes of the data from nothing to 0.1")


def test_the_published_folder_may_take_the_place_of_the_tag(root, quick):
    first, _ = release("0.1.0", root)
    next_release(root, "0.1.1")
    seed(root, {"in": SOLID, "row": RECORD, "set": {"value_text": "24.3"}})
    commit(root)
    out, done = release("0.1.1", root, "--last", first)
    assert done.status == 0, done.err
    assert f"records,changed,{RECORD},value_text,22.3,24.3" in (out / "changes.csv").read_text()


def test_a_published_folder_that_was_changed_is_refused(root, quick):
    first, _ = release("0.1.0", root)
    next_release(root, "0.1.1")
    commit(root)
    path = first / "tables" / "records.csv"
    path.write_text(path.read_text().replace("22.3", "22.4"))
    said = refusal("0.1.1", root, "--last", first)
    assert "records.csv: does not match its checksum; take a whole copy" in said
    assert "holds no tables of a release" in refusal("0.1.1", root, "--last", root)


def test_a_command_that_fails_leaves_nothing(root, monkeypatch):
    monkeypatch.setattr(making, "ITEMS", ())
    monkeypatch.setattr(answers, "COMMANDS", ("no-such-command",))
    assert "metastudy no-such-command gives no answer: " in refusal("0.1.0", root)


def test_an_answer_is_what_the_command_prints(root, monkeypatch):
    monkeypatch.setattr(making, "ITEMS", ())
    monkeypatch.setattr(answers, "COMMANDS", ("moderators",))
    out, done = release("0.1.0", root)
    assert done.status == 0, done.err
    printed = metastudy("moderators", "--format", "json", "--root", root).out
    assert (out / "results" / "moderators.json").read_text(encoding="utf-8") == printed


def test_tables_are_published_as_they_were_built(root, quick):
    out, _ = release("0.1.0", root)
    tables = read_published(out)
    assert tables["records"].key == ("record_id",)
    assert tables["observations"].columns["y"][:2] == ("number", "log10(ohm cm2)")
    assert tables["records"].rows[(RECORD,)]["value_text"] == "22.3"
