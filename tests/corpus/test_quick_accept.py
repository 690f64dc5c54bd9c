"""The quick yes is never given where jsonschema finds a fault."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metastudy.corpus.corpus import read_corpus
from metastudy.corpus.quick_accept import compile_accept
from metastudy.corpus.schema import Schemas
from tests.corpus.seeding import REPOSITORY, lay_out

ODD = st.sampled_from(
    ["", "x", "1", "-1", "1e400", "ohm cm2", "kΩ·cm²", "not_reported", "PC", "10\n", [], {}, ["PC"]]
) | st.dictionaries(st.sampled_from(["value", "unit", "locator", "id", "odd"]), st.just("1"))


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas(REPOSITORY / "schemas", read_corpus(REPOSITORY, only=[]).vocabulary)


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    corpus = read_corpus(lay_out(tmp_path_factory.mktemp("root")))
    return [study.tree.value for study in corpus.studies.values()]


def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every part of a tree but the whole."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, part in parts if isinstance(value, dict | list) else ():
        found += [(*path, key), *spots(part, (*path, key))]
    return found


def test_what_fits_is_accepted(schemas: Schemas, trees: list[Any]) -> None:
    assert all(schemas.accepts("study")(tree) for tree in trees)


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_the_two_agree_on_spoilt_trees(schemas: Schemas, trees: list[Any], data: Any) -> None:
    tree = copy.deepcopy(data.draw(st.sampled_from(trees)))
    *parents, last = data.draw(st.sampled_from(spots(tree)))
    part = tree
    for key in parents:
        part = part[key]
    if data.draw(st.booleans()):
        part[last] = data.draw(ODD)
    else:
        del part[last]
    assert schemas.accepts("study")(tree) == schemas.validator("study").is_valid(tree)


def test_an_unknown_keyword_leaves_the_question_open() -> None:
    assert not compile_accept({"type": "string", "format": "date"})("2026-11-25")
