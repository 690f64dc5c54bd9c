"""The shape of one file: JSON Schema, with enumerations generated from the vocabulary.

A schema says ``"x-vocabulary": "salt"`` where a word of ``data/vocabulary/salt.csv`` is allowed;
:func:`expand` puts the enumeration in, so that the list of words has one home. Validators speak of
``required`` and ``additionalProperties`` at the parent; the findings here point at the key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from metastudy.corpus.finding import Finding, Severity
from metastudy.corpus.strict_yaml import Tree
from metastudy.corpus.vocabulary import Vocabulary

Schema = Mapping[str, Any]


@cache
def read_schema(folder: Path, name: str) -> Schema:
    """Read ``<name>.schema.json``."""
    schema: Schema = json.loads((folder / f"{name}.schema.json").read_text(encoding="utf-8"))
    return schema


def expand(schema: Any, vocabulary: Vocabulary) -> Any:
    """Return the schema with every ``x-vocabulary`` turned into an enumeration."""
    if isinstance(schema, list):
        return [expand(part, vocabulary) for part in schema]
    if not isinstance(schema, dict):
        return schema
    full = {key: expand(part, vocabulary) for key, part in schema.items()}
    table = schema.get("x-vocabulary")
    if isinstance(table, str):
        words = list(vocabulary[table])
        full["enum"] = ["", *words] if schema.get("x-empty") else words
    return full


def tree_findings(tree: Tree, schema: Schema, vocabulary: Vocabulary) -> list[Finding]:
    """Return what is wrong with the shape of a YAML file, all of it."""
    validator = Draft202012Validator(expand(schema, vocabulary))
    found: list[Finding] = []
    for error in _leaves(validator.iter_errors(tree.value)):
        found.extend(_tree_finding(error, tree, vocabulary))
    unique = {(str(f.place), f.rule, f.message): f for f in found}
    return sorted(unique.values(), key=lambda f: f.place)


def _leaves(errors: Iterator[ValidationError]) -> Iterator[ValidationError]:
    """Look into ``oneOf``: report the alternative that the writer meant."""
    for error in errors:
        if error.validator in ("oneOf", "anyOf") and error.context:
            text = isinstance(error.instance, str)
            meant = [
                e
                for e in error.context
                if (e.validator == "enum") == text and e.validator != "type"
            ]
            if meant:
                yield from _leaves(iter(meant))
                continue
            best = best_match([error])
            yield best if best is not None else error
        else:
            yield error


def _tree_finding(error: ValidationError, tree: Tree, vocabulary: Vocabulary) -> Iterator[Finding]:
    path = tuple(error.absolute_path)
    name = str(path[-1]) if path else "the file"
    schema = cast(Schema, error.schema)
    wanted = cast(Any, error.validator_value)
    cell = error.instance if isinstance(error.instance, str) else ""

    def finding(rule: str, message: str, hint: str, at: Any = None, cell: str = cell) -> Finding:
        return Finding(rule, Severity.ERROR, at or tree.place(path), message, hint, cell)

    kind = error.validator
    if kind == "additionalProperties" and isinstance(error.instance, dict):
        known = list(schema.get("properties", {}))
        for key in error.instance:
            if key not in known:
                yield finding(
                    "yaml-unknown-key",
                    f"the key {key!r} is not known here.",
                    f"Known keys: {', '.join(known)}.",
                    tree.key_place((*path, key)),
                    key,
                )
    elif kind == "required" and isinstance(error.instance, dict):
        missing = [key for key in wanted if key not in error.instance]
        for key in missing:
            about = schema.get("properties", {}).get(key, {}).get("description", "")
            yield finding(
                "yaml-missing-key", f"{name} lacks the key {key!r}.", about, tree.key_place(path)
            )
    elif kind == "enum":
        yield word_finding("unknown-word", error, finding, name, cell, vocabulary)
    elif kind == "pattern":
        rule = "bad-doi" if name == "doi" else "yaml-pattern"
        about = schema.get("description", "")
        yield finding(rule, f"{name} is {cell!r}, which is not of its form.", about)
    elif kind == "type":
        names = {"object": "a mapping", "array": "a list", "string": "text"}
        expected = names.get(str(wanted), str(wanted))
        about = schema.get("description", "")
        yield finding("yaml-type", f"{name} must be {expected}.", about)
    else:
        yield finding("yaml-shape", f"{name}: {error.message[:120]}.", "See the schema.")


def word_finding(
    rule: str, error: ValidationError, finding: Any, name: str, cell: str, vocabulary: Vocabulary
) -> Finding:
    """Say that a word is not known, and offer the nearest ones."""
    table = cast(Schema, error.schema).get("x-vocabulary")
    if table is None:
        hint = f"Use one of: {', '.join(cast(list[str], error.validator_value))}."
    else:
        hint = word_hint(vocabulary, table, cell)
    result: Finding = finding(rule, f"{name} is {cell!r}, which is not a word for it.", hint)
    return result


def word_hint(vocabulary: Vocabulary, table: str, word: str) -> str:
    """Offer the nearest words of a table, or all of a short one."""
    near = vocabulary.nearest(table, word)
    if near:
        return f"Did you mean {' or '.join(near)}? (data/vocabulary/{table}.csv)"
    words = list(vocabulary[table])
    listed = f": {', '.join(words)}" if len(words) <= 12 else ""
    return f"The words stand in data/vocabulary/{table}.csv{listed}."
