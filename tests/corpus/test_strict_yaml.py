"""The YAML reader: text as printed, places of everything, and no way round its limits."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from metastudy.corpus import strict_yaml
from metastudy.corpus.finding import Place
from metastudy.corpus.strict_yaml import MAX_DEPTH, read_tree
from tests.corpus.seeding import FROZEN


@pytest.mark.parametrize(
    "text", ["1e-5", "No", "012", "12:30", "2024-01-02", "1.10", "0x10", "null", "~", "1_000"]
)
def test_scalars_come_back_as_printed(text: str) -> None:
    tree, findings = read_tree(f"a: {text}\n", "f.yaml")
    assert (tree.value, findings) == ({"a": text}, [])


words = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=6)
values = st.recursive(
    words, lambda part: st.lists(part, max_size=3) | st.dictionaries(words, part, max_size=3)
)


@given(st.dictionaries(words, values, min_size=1, max_size=4))
def test_what_yaml_writes_is_read_back(value: dict[str, object]) -> None:
    tree, findings = read_tree(yaml.safe_dump(value), "f.yaml")
    assert (tree.value, findings) == (value, [])


def test_places_of_keys_and_values() -> None:
    tree, _ = read_tree("a:\n  - b: c\n    d: [e, f]\n", "f.yaml")
    assert tree.place(("a", 0, "d", 1)) == Place("f.yaml", 3, 12)
    assert tree.key_place(("a", 0, "d")) == Place("f.yaml", 3, 5)
    assert tree.place(("a", 0, "absent")) == Place("f.yaml", 2, 5)


def test_every_equal_key_is_found() -> None:
    _, findings = read_tree("a: 1\nb: {c: 1, c: 2}\na: 2\na: 3\n", "f.yaml")
    assert [(f.rule, f.place.line) for f in findings] == [
        ("yaml-equal-key", 2),
        ("yaml-equal-key", 3),
        ("yaml-equal-key", 4),
    ]


def test_depth_is_limited_at_its_limit() -> None:
    inside = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert read_tree(inside, "f.yaml")[1] == []
    assert [f.rule for f in read_tree(f"[{inside}]", "f.yaml")[1]] == ["yaml-depth"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a: &b c\n", "yaml-alias"),
        ("<<: *b\n", "yaml-alias"),
        ("a: !!int 3\n", "yaml-alias"),
        ("? [a]\n: b\n", "yaml-syntax"),
        ("a: b: c\n", "yaml-syntax"),
        ('a: "\\U00110000"\n', "yaml-syntax"),
        ('a: "\\ud800"\n', "control-character"),
        ("a: b\n\tc: d\n", "yaml-syntax"),
        ("%YAML 9.9\n---\na: b\n", "yaml-syntax"),
        ("a: 'b\n", "yaml-syntax"),
        ("a: \u2028b\n", "control-character"),
    ],
)
def test_what_is_refused(text: str, rule: str) -> None:
    assert [f.rule for f in read_tree(text, "f.yaml")[1]][:1] == [rule]


@pytest.mark.skipif(not hasattr(yaml, "CSafeLoader"), reason="libyaml is not there to compare")
def test_both_parsers_read_files_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = sorted((FROZEN / "data").glob("*/**/*.yaml"))
    fast = [read_tree(path.read_text(encoding="utf-8"), "f.yaml") for path in paths[:12]]
    monkeypatch.setattr(strict_yaml, "_FAST", yaml.SafeLoader)
    slow = [read_tree(path.read_text(encoding="utf-8"), "f.yaml") for path in paths[:12]]
    assert fast == slow
    assert len(fast) == 12


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_but_never_raises(text: str) -> None:
    tree, findings = read_tree(text, "f.yaml")
    assert tree.value is not None or findings
