"""A wheel in a fresh environment gives the same data as the checkout."""

import pickle
import shutil
import site
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import metastudy
from tests.corpus.seeding import lay_out

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("metastudy", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "data/LICENSE")

# What the installed package gives, asked from an empty folder.
ASK = """
import pickle, sys
import metastudy
whole, fewer = metastudy.load(), metastudy.load(leave_out=["secondary"])
answer = {
    "file": metastudy.__file__,
    "tables": dict(whole.tables), "units": dict(whole.units), "V": whole.V,
    "fewer": dict(fewer.tables), "fewer_V": fewer.V,
}
with open(sys.argv[1], "wb") as file:
    pickle.dump(answer, file)
"""


def _run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )


def _tree(folder: Path) -> Path:
    """Lay out what a wheel is made of, with the frozen dataset."""
    tree = lay_out(folder / "tree", studies="")
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, tree / name, ignore=ignore)
        else:
            shutil.copy(source, tree / name)
    return tree


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    tree = _tree(folder)
    done = _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=tree)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("fresh")
    environment = folder / "environment"
    done = _run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=folder)
    assert done.returncode == 0, done.stderr
    python = environment / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    place = _run(
        python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder
    ).stdout.strip()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    # The libraries are those at hand. A path file inside a folder named by a path file is not
    # read, so an editable install of the checkout does not come along.
    (Path(place) / "libraries.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    empty = folder / "empty"
    empty.mkdir()
    done = _run(python, "-I", "-W", "error", "-c", ASK, folder / "answer.pickle", cwd=empty)
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = pickle.loads((folder / "answer.pickle").read_bytes())
    assert Path(str(answer["file"])).is_relative_to(environment)
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


def test_leaving_rows_out_changes_what_the_wheel_gives(installed):
    fewer = installed["fewer"]["records"]
    assert not ((fewer["basis"] == "secondary") & fewer["observation_id"].notna()).any()
    assert (installed["tables"]["observations"].shape) != installed["fewer"]["observations"].shape


def test_wheel_carries_data_schemas_and_whole_tables(wheel, frozen_root):
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    for folder in ("data", "schemas"):
        for path in (frozen_root / folder).rglob("*"):
            if path.is_file():
                assert f"metastudy/_share/{path.relative_to(frozen_root).as_posix()}" in inside
    for name in ("observations.parquet", "covariance.csv", "metastudy.sqlite", "SHA256SUMS"):
        assert f"metastudy/_tables/{name}" in inside
    assert not [name for name in inside if "tests/" in name or name.startswith("data/")]


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
