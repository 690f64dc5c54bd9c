"""The form for a missing word offers the vocabularies that a study may add to."""

from __future__ import annotations

from pathlib import Path

import yaml

from metastudy.corpus.vocabulary import OPEN

FORMS = Path(__file__).resolve().parents[1] / ".github" / "ISSUE_TEMPLATE"


def test_every_form_has_the_keys_that_the_host_asks_for() -> None:
    for path in FORMS.glob("*.yml"):
        form = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert {"name", "description", "body"} <= set(form), path.name
        ids = [part["id"] for part in form["body"]]
        assert len(ids) == len(set(ids)), path.name


def test_the_form_of_words_offers_the_open_vocabularies() -> None:
    form = yaml.safe_load((FORMS / "word.yml").read_text(encoding="utf-8"))
    offered = form["body"][0]["attributes"]["options"]
    assert offered[:-1] == list(OPEN)
