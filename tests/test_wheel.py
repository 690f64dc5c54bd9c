"""A wheel in a fresh environment gives the same data as the checkout, and carries nothing else."""

import importlib.util
import pickle
import re
import shutil
import site
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hatchling.metadata.core import ProjectMetadata

import metastudy
from metastudy.tables.claims import read_claims
from tests.corpus.seeding import lay_out

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("metastudy", "data", "schemas", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE")
# Of the data: what is no part of the frozen dataset.
OF_DATA = ("data/LICENSE", "data/VERSION")
SCRIPT = Path(__file__).parent / "user_script.py"
# Beside the project's files in a checkout, and unknown to git.
STRAYS = ("data/notes.txt", "data/studies/.env", "metastudy/scratch.py", "schemas/a.json.bak")

# What the installed package gives, asked from an empty folder.
ASK = """
import pickle, sys
import metastudy
from metastudy.tables.claims import read_claims
whole, fewer = metastudy.load(), metastudy.load(leave_out=["secondary"])
answer = {
    "file": metastudy.__file__,
    "tables": dict(whole.tables), "units": dict(whole.units), "V": whole.V,
    "fewer": dict(fewer.tables), "fewer_V": fewer.V,
    "claims": [claim.id for claim in read_claims()],
}
with open(sys.argv[1], "wb") as file:
    pickle.dump(answer, file)
"""

_spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
hatch_build = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(hatch_build)


def _run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )


def _tree(folder: Path) -> Path:
    """Lay out the parts of a wheel, with the frozen dataset."""
    tree = lay_out(folder / "tree", studies="")
    for name in (*OF_DATA, *(part for part in PARTS if not (tree / part).exists())):
        source = ROOT / name
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__", "node_modules")
            shutil.copytree(source, tree / name, ignore=ignore)
        else:
            shutil.copy(source, tree / name)
    return tree


def _add_strays(tree: Path) -> None:
    for name in STRAYS:
        (tree / name).write_text("SECRET=1\n", encoding="utf-8")


def _checkout(folder: Path) -> tuple[Path, set[str]]:
    """Make a checkout with strays; return it, and the files that git tracks in it."""
    tree = _tree(folder)
    tracked = {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}
    for command in (("init", "--quiet"), ("add", "--all", "--force")):
        done = _run("git", *command, cwd=tree)
        assert done.returncode == 0, done.stderr
    _add_strays(tree)
    return tree, tracked


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    return _checkout(tmp_path_factory.mktemp("checkout"))


def _built(tree: Path, target: str, pattern: str) -> Path:
    done = _run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", "out", cwd=tree)
    assert done.returncode == 0, done.stderr
    return next((tree / "out").glob(pattern))


@pytest.fixture(scope="module")
def wheel(checkout: tuple[Path, set[str]]) -> Path:
    return _built(checkout[0], "wheel", "*.whl")


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment that holds the wheel; return its interpreter."""
    folder = tmp_path_factory.mktemp("fresh")
    done = _run(sys.executable, "-m", "venv", "--without-pip", folder / "environment", cwd=folder)
    assert done.returncode == 0, done.stderr
    place = "Scripts" if sys.platform == "win32" else "bin"
    python = folder / "environment" / place / "python"
    packages = _run(
        python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder
    ).stdout.strip()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # The libraries are those at hand. A path file inside a folder named by a path file is not
    # read, so an editable install of the checkout does not come along.
    (Path(packages) / "libraries.pth").write_text(
        "\n".join(site.getsitepackages()), encoding="utf-8"
    )
    return python


@pytest.fixture(scope="module")
def installed(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("asked")
    empty = folder / "empty"
    empty.mkdir()
    done = _run(environment, "-I", "-W", "error", "-c", ASK, folder / "answer.pickle", cwd=empty)
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = pickle.loads((folder / "answer.pickle").read_bytes())
    assert Path(str(answer["file"])).is_relative_to(environment.parents[1])
    assert not list(empty.iterdir())
    return answer


@pytest.mark.parametrize(
    ("tables", "V", "leave_out"), [("tables", "V", []), ("fewer", "fewer_V", ["secondary"])]
)
def test_installed_wheel_loads_what_its_data_give(installed, frozen_root, tables, V, leave_out):
    here = metastudy.load(root=frozen_root, leave_out=leave_out)
    there = installed[tables]
    assert there.keys() == here.tables.keys()
    for name, frame in here.tables.items():
        pd.testing.assert_frame_equal(there[name], frame, check_exact=True, obj=name)
    np.testing.assert_array_equal(installed[V], here.V)
    assert installed["units"] == here.units


def test_installed_wheel_has_the_claims_of_its_data(installed, frozen_root):
    assert installed["claims"] == [claim.id for claim in read_claims(frozen_root)]


def test_leaving_rows_out_changes_what_the_wheel_gives(installed):
    fewer = installed["fewer"]["records"]
    assert not ((fewer["basis"] == "secondary") & fewer["observation_id"].notna()).any()
    assert (installed["tables"]["observations"].shape) != installed["fewer"]["observations"].shape


def test_a_script_of_a_user_runs_on_the_installed_package(environment, tmp_path):
    done = _run(environment, "-I", "-W", "error", SCRIPT, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "no_such_file.csv" in done.stdout.splitlines()[-1]


def test_the_five_lines_of_the_manual_run_in_an_empty_folder(environment, tmp_path):
    text = (ROOT / "docs" / "select.md").read_text(encoding="utf-8")
    section = text.partition("## In five lines\n")[2].partition("\n## ")[0]
    cells = re.findall(r"```{code-cell}\n(?:---\n.*?\n---\n)?(.*?)```", section, re.DOTALL)
    assert len(cells) == 2
    assert len(cells[1].splitlines()) == 5
    ask = (
        "import matplotlib; matplotlib.use('agg')\n" + "\n".join(cells) + "\n"
        "assert list(both.observations['observation_id'][-3:]) == list(own['observation_id'])\n"
        "assert len(both.observations) == len(part.observations) + 3 > 3"
    )
    done = _run(environment, "-I", "-W", "error", "-c", ask, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "@article{" in done.stdout or "@misc{" in done.stdout
    assert not list(tmp_path.iterdir())


def test_a_script_of_a_user_is_typed_strictly_by_the_installed_package(
    environment, tmp_path, pytestconfig
):
    """The package has its types with it: a wrong one in a script is found, a right one passes."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "import metastudy\nfrom metastudy import eis\n"
        "spectrum: int = eis.read('a.csv')\nmetastudy.no_such_name\n",
        encoding="utf-8",
    )
    # Beside tests/ the checker would take the package of the checkout.
    right = Path(shutil.copy(SCRIPT, tmp_path))
    # The stubs of the libraries are the same in every run.
    cache = pytestconfig.cache.mkdir("mypy")
    call = ("-m", "mypy", "--strict", "--config-file=", "--cache-dir", cache)
    done = _run(
        sys.executable, *call, "--python-executable", environment, right, wrong, cwd=tmp_path
    )
    assert "Success" not in done.stdout
    lines = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert [line.split(":")[0] for line in lines] == ["wrong.py", "wrong.py"], done.stdout
    assert 'has type "Spectrum", variable has type "int"' in lines[0]
    assert 'has no attribute "no_such_name"' in lines[1]


def test_a_wheel_of_a_checkout_carries_what_git_tracks_and_the_tables(checkout, wheel):
    _, tracked = checkout
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    tables = {name for name in inside if name.startswith("metastudy/_tables/")}
    about = {name for name in inside if name.split("/")[0].endswith(".dist-info")}
    sources = {name for name in tracked if name.startswith("metastudy/pages/explorer/source/")}
    package = {name for name in tracked if name.startswith("metastudy/")} - sources
    shared = {f"metastudy/_share/{n}" for n in tracked if n.startswith(("data/", "schemas/"))}
    assert inside - tables - about == package | shared
    assert sources
    assert {"metastudy/py.typed", "metastudy/pages/explorer/bundle.js"} <= package
    assert "metastudy/_share/data/VERSION" in shared
    for name in ("observations.parquet", "covariance.csv", "metastudy.sqlite", "SHA256SUMS"):
        assert f"metastudy/_tables/{name}" in tables


def test_an_sdist_of_a_checkout_carries_what_git_tracks(checkout):
    tree, tracked = checkout
    with tarfile.open(_built(tree, "sdist", "*.tar.gz")) as archive:
        inside = {name.split("/", 1)[1] for name in archive.getnames()}
    assert inside == tracked | {"PKG-INFO"}


def test_an_sdist_carries_every_part_of_the_project():
    parts = {name.parts[0] for name in hatch_build.shipped(ROOT, hatch_build.SDIST)}
    assert parts == set(hatch_build.SDIST)
    if (ROOT / ".git").exists():
        assert {name.parts[0] for name in hatch_build.shipped(ROOT, ["."])} == parts


def test_outside_a_checkout_what_the_check_leaves_aside_is_not_shipped(tmp_path):
    tree = _tree(tmp_path)
    before = hatch_build.shipped(tree, PARTS)
    _add_strays(tree)
    (tree / "metastudy" / "__pycache__").mkdir(exist_ok=True)
    (tree / "metastudy" / "__pycache__" / "a.pyc").write_bytes(b"")
    new = {str(name) for name in set(hatch_build.shipped(tree, PARTS)) - set(before)}
    # Without git nothing tells a new file from one of the project.
    assert new == {"data/notes.txt", "metastudy/scratch.py"}
    assert {str(name) for name in before} >= {"data/VERSION", "pyproject.toml"}


def test_a_checkout_that_git_cannot_list_is_refused(tmp_path):
    (tmp_path / ".git").write_text("gitdir: nowhere\n", encoding="utf-8")
    with pytest.raises(hatch_build.FilesError, match=r"git does not list .*\(.+\); make git work"):
        hatch_build.shipped(tmp_path, ["data"])


def test_data_that_does_not_pass_makes_no_wheel(tmp_path):
    tree = _tree(tmp_path)
    table = next((tree / "data" / "studies").glob("simulated_2001_*/measurements.csv"))
    table.write_text(table.read_text(encoding="utf-8").replace(",4.0,", ",nan,"), encoding="utf-8")
    done = _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "out", cwd=tree)
    assert done.returncode == 1
    assert "no wheel is made, because the tables cannot be built" in done.stdout + done.stderr
    assert "measurements.csv:2:" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tree.glob("out/*.whl"))


def test_the_hook_asks_for_each_library_however_its_name_is_written():
    hook = SimpleNamespace(target_name="wheel", metadata=ProjectMetadata(str(ROOT), None))
    asked = hatch_build.DataHook.dependencies(hook)
    assert sorted(text.partition(">=")[0].lower() for text in asked) == [
        "jsonschema",
        "numpy",
        "pandas",
        "pyarrow",
        "pyyaml",
        "scipy",
    ]
    written = [
        "pyyaml>=6",
        "NumPy ; python_version > '3'",
        "Pandas",
        "PyArrow",
        "JSONschema[format]",
        "SciPy",
    ]
    core = SimpleNamespace(dependencies=[*written, "numpydoc", "seaborn>=1"])
    hook = SimpleNamespace(target_name="wheel", metadata=SimpleNamespace(core=core))
    assert hatch_build.DataHook.dependencies(hook) == written
    hook.target_name = "sdist"
    assert hatch_build.DataHook.dependencies(hook) == []


def test_building_loads_only_what_the_hook_asks_for(frozen_root):
    """An isolated build environment holds the hook's dependencies and nothing more."""
    code = (
        "import sys; from pathlib import Path; "
        "from metastudy.tables.building import build_tables, checked_corpus; "
        "build_tables(checked_corpus(Path(sys.argv[1]))); print(*sys.modules)"
    )
    loaded = set(_run(sys.executable, "-c", code, frozen_root, cwd=ROOT).stdout.split())
    assert "pyarrow" in loaded
    assert "scipy" in loaded  # stored refits are held to their objective
    assert not loaded & {"statsmodels", "seaborn", "matplotlib", "formulaic", "jinja2"}
    assert not loaded & {"typer", "rich", "openpyxl"}


@pytest.mark.network
def test_pip_builds_the_wheel_in_an_environment_of_its_own(checkout, tmp_path):
    """The build backend and the libraries come from the package index, as in ``pip install .``."""
    tree, _ = checkout
    done = _run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--wheel-dir",
        tmp_path,
        tree,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        inside = archive.namelist()
    assert "metastudy/_tables/observations.parquet" in inside
    assert not [name for name in inside if Path(name).name in {Path(s).name for s in STRAYS}]
