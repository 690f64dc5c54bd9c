"""docs/architecture.md against the tree: files, constants, layers."""

import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PICTURE, *ENGINES = re.findall(r"```text\n(.*?)```", PAGE, re.S)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = PROJECT["tool"]["importlinter"]["contracts"]


def layers(container):
    """Names on each floor of the contract of a package."""
    [contract] = [
        contract
        for contract in CONTRACTS
        if contract["type"] == "layers" and contract.get("containers", ["metastudy"]) == [container]
    ]
    return [
        {name.strip(" ()").removeprefix("metastudy.") for name in layer.split("|")}
        for layer in contract["layers"]
    ]


def floors(picture):
    """Names on each line of a picture; the words after three blanks explain them."""
    return [
        {name.strip() for name in re.split(r" {2,}", line)[0].split("|")}
        for line in picture.splitlines()
    ]


@pytest.mark.parametrize(
    ("container", "picture"),
    [("metastudy", PICTURE), *zip(["metastudy.eis", "metastudy.mixed"], ENGINES, strict=True)],
)
def test_the_pictures_are_the_contracts(container, picture):
    assert floors(picture) == layers(container)


def test_every_file_and_folder_named_exists():
    named = set(re.findall(r"`((?:[\w.]+/)+[\w.]*)`", PAGE))
    assert len(named) > 40
    tops = (ROOT, ROOT / "metastudy")
    assert [path for path in named if not any((top / path).exists() for top in tops)] == []


def test_every_constant_is_where_the_table_says():
    rows = re.findall(r"^\| ((?:`[A-Z_]+`(?:, )?)+) \| `([\w/]+)\.py` \|", PAGE, re.M)
    assert len(rows) > 10
    for constants, home in rows:
        module = import_module(f"metastudy.{home.replace('/', '.')}")
        for constant in re.findall(r"[A-Z_]+", constants):
            assert hasattr(module, constant), f"{home}.{constant}"


def test_every_form_of_a_row_is_where_the_table_says():
    section = PAGE.split("## Five forms of a row")[1].split("##")[0]
    rows = re.findall(r"^\| `(\w+)` \| `([\w/]+)\.py` \|", section, re.M)
    assert len(rows) == 5
    for name, home in rows:
        assert hasattr(import_module(f"metastudy.{home.replace('/', '.')}"), name), name
