"""The registry knows every rule that the code can raise, and each rule explains itself."""

from __future__ import annotations

import ast
from pathlib import Path

from metastudy.corpus.corpus import read_corpus
from metastudy.corpus.finding import Severity
from metastudy.corpus.rules import registry
from metastudy.corpus.rules.contact_count import count_contacts
from metastudy.corpus.rules.decisions import apply_decisions
from metastudy.corpus.rules.duplicates import factor_of
from metastudy.corpus.rules.identity import family_names
from metastudy.corpus.schema import Schemas
from tests.corpus.seeding import REPOSITORY, lay_out, seed

CORPUS = REPOSITORY / "metastudy" / "corpus"


def test_every_hyphenated_name_in_the_readers_is_a_registered_rule() -> None:
    names = {
        node.value
        for path in CORPUS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.replace("-", "").isalpha()
        and "-" in node.value.strip("-")
        and node.value == node.value.casefold()
    }
    assert names - {"x-vocabulary", "x-empty"} <= set(registry.RULES)
    assert len(names) > 90


def test_warnings_say_what_they_need() -> None:
    for rule in registry.RULES.values():
        assert bool(rule.needs) == (rule.severity is Severity.WARNING), rule.id


def test_a_decision_about_an_unreadable_study_is_silent(tmp_path: Path) -> None:
    root = lay_out(tmp_path)
    seed(root, {"remove": "data/studies/probe_2022_liquid/study.yaml"})
    corpus = read_corpus(root)
    found, answered = apply_decisions(corpus, registry.run_rules(corpus))
    assert [finding.rule for finding in found] == ["study-file"]
    assert answered == []


def test_family_names_fold_to_ascii() -> None:
    assert family_names("Schröder, D.") == {"schroder", "schroeder"}
    assert family_names("de Klerk, N. J. J.") == {"de_klerk"}
    assert family_names("Żółć-Nowak, A.") == {"zolc_nowak"}
    assert family_names("O'Brien, B.") == {"o_brien"}
    assert family_names("王, 小明") == {""}


def test_contacts_are_neighbouring_pairs() -> None:
    assert count_contacts(("SS", "PE", "SE", "PE", "SS"), "PE") == 2
    assert count_contacts(("Li", "PE", "SE", "SE", "Au"), "PE") == 1
    assert count_contacts(("SS", "PE", "SS"), "PE") == 0
    assert count_contacts((), "PE") == 0


def test_factors_are_seen_either_way_round_and_nothing_else() -> None:
    assert [factor_of(ratio) for ratio in (2, 0.5, 1000, 1e-3, 6.2832, 0.15915)] == [
        "2",
        "2",
        "1000",
        "1000",
        "2 pi",
        "2 pi",
    ]
    assert [factor_of(ratio) for ratio in (1, 1.95, 3, 900, 6)] == [None] * 5


def test_every_word_of_a_schema_comes_from_its_table() -> None:
    corpus = read_corpus(REPOSITORY, only=[])
    shapes = Schemas(REPOSITORY / "schemas", corpus.vocabulary)
    role = shapes.schema("measurement")["properties"]["role"]
    assert role["enum"] == list(corpus.vocabulary["role"])
    for name in ("study", "measurement", "decision", "correction"):
        shapes.validator(name).check_schema(shapes.schema(name))
