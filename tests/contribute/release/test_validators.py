"""Releases of today's data from two clones: the same bytes, and valid for those who read them.

Run by make test-release, which makes the environments of the validators.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

import metastudy
from metastudy.contribute.release.checksums import files_of, sha256
from metastudy.contribute.release.published import last_tables, read_published
from metastudy.corpus.version import data_version
from tests.contribute.command import git
from tests.contribute.release.checkouts import commit
from tests.corpus.seeding import REPOSITORY

pytestmark = pytest.mark.release

VALIDATORS = REPOSITORY / ".venv-release" / "bin"
CITATION = REPOSITORY / ".venv-citation" / "bin"
VERSION = data_version(REPOSITORY)
# A group of authors has no page of its own.
NOT_ASKED = "ro-crate-1.1_31.2"
# Of an sdist: what builds the tables. All tests together take more than ten minutes.
SUBSET = ("tests/corpus", "tests/normalise", "tests/tables", "tests/physics", "tests/test_units.py")


def run(*command: str | Path, cwd: Path, package: Path | None = None) -> str:
    """Run a command, with the package of a checkout where one is given; return what it prints."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    if package is not None:
        environment["PYTHONPATH"] = str(package)
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository of one commit: the files of this checkout as they are."""
    folder = tmp_path_factory.mktemp("origin")
    listed = run("git", "ls-files", "-z", "-co", "--exclude-standard", cwd=REPOSITORY)
    for name in filter(None, listed.split("\0")):
        if (REPOSITORY / name).is_file() or (REPOSITORY / name).is_symlink():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name, follow_symlinks=False)
    git(folder, "init", "--initial-branch", "main")
    commit(folder)
    return folder


def cloned(origin: Path, folder: Path) -> Path:
    run("git", "clone", "--quiet", origin, folder / "clone", cwd=folder)
    return folder / "clone"


def released(clone: Path) -> Path:
    """Make the release of a clone, beside it."""
    out = clone.with_name("release")
    call = (sys.executable, "-m", "metastudy", "release", str(VERSION), "--out", out)
    run(*call, cwd=clone, package=clone)
    return out


@pytest.fixture(scope="module")
def clone(origin: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cloned(origin, tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def release(clone: Path) -> Path:
    return released(clone)


def test_two_clones_give_the_same_bytes(release, origin, tmp_path_factory):
    place = tmp_path_factory.mktemp("another_place_with_a_longer_name")
    second = released(cloned(origin, place))
    sums = [{name: sha256(path) for name, path in files_of(out)} for out in (release, second)]
    assert sums[0] == sums[1]
    assert {name.partition("/")[0] for name in sums[0]} >= {
        "tables",
        "figures",
        "results",
        "notebooks",
    }


def test_no_file_holds_a_path_of_the_machine(clone, release):
    here = [str(clone).encode(), str(Path.home()).encode() + b"/", sys.prefix.encode()]
    for name, path in files_of(release):
        content = path.read_bytes()
        assert not [place for place in here if place in content], name


def test_every_notebook_was_executed(release):
    for path in sorted((release / "notebooks").glob("*.ipynb")):
        cells = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
        assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    analyses = {path.parent.name for path in REPOSITORY.glob("analyses/*/analysis.py")}
    assert {path.stem for path in (release / "notebooks").iterdir()} == analyses


def test_its_tables_are_those_of_the_checkout(release):
    data = metastudy.load(release, version=VERSION)
    here = metastudy.load(root=REPOSITORY)
    assert list(data.observations["observation_id"]) == list(here.observations["observation_id"])


def test_frictionless_finds_the_tables_valid(release):
    package = release / "tables" / "datapackage.json"
    report = json.loads(
        run(VALIDATORS / "frictionless", "validate", "--json", package, cwd=release)
    )
    assert report["valid"]
    assert report["stats"]["errors"] == report["stats"]["warnings"] == 0


def test_mlcroissant_finds_the_metadata_valid_and_reads_every_row(release):
    call = ("-c", "import sys, mlcroissant as m; d = m.Dataset(sys.argv[1]); "
            "assert not d.metadata.ctx.issues.warnings, d.metadata.ctx.issues.warnings; "
            "print(*(len(list(d.records(s.id))) for s in d.metadata.record_sets))")  # fmt: skip
    run(VALIDATORS / "mlcroissant", "validate", "--jsonld", "croissant.json", cwd=release)
    counts = run(VALIDATORS / "python", *call, "croissant.json", cwd=release).split()
    tables = [r["@id"] for r in json.loads((release / "croissant.json").read_text())["recordSet"]]
    for name, count in zip(tables, counts, strict=True):
        with (release / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert int(count) == sum(1 for _ in csv.reader(file)) - 1, name


def test_the_research_object_has_all_that_is_required_and_recommended(release, tmp_path):
    cache = tmp_path / "cache"
    run(VALIDATORS / "python", Path(__file__).parent / "crate_terms.py", cache, cwd=tmp_path)
    call = ("-y", "validate", "--profile-identifier", "ro-crate-1.1", "--skip-checks", NOT_ASKED)
    more = ("--requirement-severity", "recommended", "--no-paging", "--verbose")
    said = run(
        *(VALIDATORS / "rocrate-validator", *call, *more, "--offline", "--cache-path", cache),
        release,
        cwd=tmp_path,
    )
    assert "is a valid" in " ".join(said.split())


def test_the_citation_file_is_valid(release):
    said = run(CITATION / "cffconvert", "--validate", "--infile", "CITATION.cff", cwd=release)
    assert "Citation metadata are valid according to schema version 1.2.0" in said


def test_the_last_tables_are_built_again_by_the_code_of_its_tag(clone, release):
    git(clone, "tag", f"data-v{VERSION}")
    with last_tables(clone, f"data-v{VERSION}", None) as (tables, base):
        assert read_published(tables) == read_published(release)
        assert (base / "metastudy" / "__main__.py").is_file()


@pytest.fixture(scope="module")
def packages(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build wheel and sdist as for the package index; it serves the build backend."""
    out = tmp_path_factory.mktemp("dist")
    run(VALIDATORS / "python", "-m", "build", "--outdir", out, clone, cwd=out)
    return out


def test_the_package_index_takes_wheel_and_sdist(packages):
    files = sorted(packages.iterdir())
    assert [path.suffix for path in files] == [".whl", ".gz"]
    run(VALIDATORS / "twine", "check", "--strict", *files, cwd=packages)


def test_an_unpacked_sdist_passes_its_tests(packages, tmp_path):
    with tarfile.open(next(packages.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    where = run(sys.executable, "-c", "import metastudy; print(metastudy.__file__)", cwd=unpacked)
    assert Path(where.strip()).is_relative_to(unpacked)
    run(sys.executable, "-m", "pytest", "-q", "-x", *SUBSET, cwd=unpacked)
