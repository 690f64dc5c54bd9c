"""The shape of one file: JSON Schema, with enumerations generated from the vocabulary.

A schema says ``"x-vocabulary": "salt"`` where a word of ``data/vocabulary/salt.csv`` is allowed;
:class:`Schemas` puts the enumeration in, so that the list of words has one home. Validators report
``required`` and ``additionalProperties`` at the parent; the findings here point at the key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError as JsonSchemaError
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend

from metastudy.corpus.finding import Finding, Severity
from metastudy.corpus.number_spelling import number_hint
from metastudy.corpus.quick_accept import Accepts, compile_accept
from metastudy.corpus.strict_yaml import Tree
from metastudy.corpus.vocabulary import OPEN, Vocabulary, VocabularyError
from metastudy.errors import MetastudyError

Schema = Mapping[str, Any]
Described = tuple[str, str, str]  # rule, message, hint

_NUMBERS = frozenset({"value", "upper", "minus", "plus"})
_QUANTITY = re.compile(r"[+-]?[0-9]")
_NUMBER_COLUMNS = frozenset({"value_text", "upper_text", "unc_minus", "unc_plus", "reading_error"})


class SchemaError(MetastudyError):
    """A schema file that is missing or no JSON."""


def _whole_pattern(
    validator: Any, pattern: str, instance: Any, schema: Schema
) -> Iterator[ValidationError]:
    """Hold a pattern as written: Python's ``$`` would let a line break pass at the end."""
    if isinstance(instance, str) and (instance.endswith("\n") or not re.search(pattern, instance)):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


# Keys that expand() adds: the words as a set, and how a unit is read.
_WORDS, _UNIT_OF = "x_words", "x_unit_of"


def _known_word(
    validator: Any, words: Any, instance: Any, schema: Schema
) -> Iterator[ValidationError]:
    """Hold an enumeration; a unit is known too where its spelling follows the grammar of units."""
    if not isinstance(instance, str):
        known = False
    else:
        unit_of = schema.get(_UNIT_OF)
        known = instance in schema.get(_WORDS, words)
        known = known or (unit_of is not None and unit_of(instance) is not None)
    if not known:
        yield ValidationError(f"{instance!r} is not one of {list(words)!r}")


_extend: Any = extend
_Validator: Any = _extend(Draft202012Validator, {"pattern": _whole_pattern, "enum": _known_word})


@dataclass
class Schemas:
    """The schemas of one root, each read once and filled with the words of the vocabulary."""

    folder: Path
    vocabulary: Vocabulary
    _known: dict[str, tuple[Schema, Any]] = field(default_factory=dict)
    _accepts: dict[str, Accepts] = field(default_factory=dict)
    _columns: dict[str, Mapping[str, tuple[Schema, Any]]] = field(default_factory=dict)

    def schema(self, name: str) -> Schema:
        """Return ``<name>.schema.json`` with its enumerations.

        Raises
        ------
        SchemaError
            Where the file is missing or no JSON.
        VocabularyError
            Where it names a vocabulary table that does not exist.
        """
        return self._get(name)[0]

    def accepts(self, name: str) -> Accepts:
        """Return a quick test of a whole file: True only where the validator finds nothing."""
        if name not in self._accepts:
            self._accepts[name] = compile_accept(self.schema(name))
        return self._accepts[name]

    def validator(self, name: str) -> Any:
        """Return the validator of a whole file."""
        return self._get(name)[1]

    def columns(self, name: str, header: Iterable[str]) -> Mapping[str, tuple[Schema, Any]]:
        """Return schema and validator of each column of a table.

        Raises
        ------
        SchemaError
            Where the schema lacks a column of the header.
        """
        if name in self._columns:
            return self._columns[name]
        parts = self.schema(name)["properties"]
        missing = [column for column in header if column not in parts]
        if missing:
            path = self.folder / f"{name}.schema.json"
            raise SchemaError(f"{path}: lacks the columns {', '.join(missing)}")
        whole = self.validator(name)
        columns = {column: (part, whole.evolve(schema=part)) for column, part in parts.items()}
        self._columns[name] = columns
        return columns

    def _get(self, name: str) -> tuple[Schema, Any]:
        if name not in self._known:
            path = self.folder / f"{name}.schema.json"
            try:
                schema = expand(_held(path.read_text(encoding="utf-8")), self.vocabulary)
                properties = schema["properties"]
            except (OSError, ValueError) as error:
                raise SchemaError(f"{path}: not readable as a schema ({error})") from None
            except JsonSchemaError as error:
                where = "/".join(map(str, error.absolute_path))
                raise SchemaError(f"{path}: no schema at /{where}: {error.message}") from None
            except (KeyError, TypeError):
                raise SchemaError(f"{path}: no schema of a file: properties is missing") from None
            if not isinstance(properties, dict):
                raise SchemaError(f"{path}: properties is no mapping")
            self._known[name] = (schema, _Validator(schema))
        return self._known[name]


@lru_cache(maxsize=32)
def _held(text: str) -> Any:
    """Read a schema that JSON Schema allows; many roots of one process have the same."""
    written = json.loads(text)
    Draft202012Validator.check_schema(written)
    return written


def expand(schema: Any, vocabulary: Vocabulary) -> Any:
    """Return the schema with every ``x-vocabulary`` turned into an enumeration."""
    if isinstance(schema, list):
        return [expand(part, vocabulary) for part in schema]
    if not isinstance(schema, dict):
        return schema
    full = {key: expand(part, vocabulary) for key, part in schema.items()}
    table = schema.get("x-vocabulary")
    if isinstance(table, str):
        if table not in set(vocabulary):
            hint = "A schema names its words; put the table back."
            raise VocabularyError(f"{table}.csv", 1, "the table is missing.", hint)
        words = list(vocabulary[table])
        full["enum"] = ["", *words] if schema.get("x-empty") else words
        full[_WORDS] = frozenset(full["enum"])
        if table == "unit":
            full[_UNIT_OF] = vocabulary.unit_of
    return full


def tree_findings(tree: Tree, validator: Any, vocabulary: Vocabulary) -> list[Finding]:
    """Return what is wrong with the shape of a YAML file, all of it."""
    found: list[Finding] = []
    for error in _leaves(validator.iter_errors(tree.value)):
        found.extend(_tree_finding(error, tree, vocabulary))
    unique = {(str(f.place), f.rule, f.message): f for f in found}
    return sorted(unique.values(), key=lambda f: f.place)


def _leaves(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """Look into ``oneOf`` and ``anyOf``: report the alternative that the writer meant.

    That is the one whose type the value has: text for a word, a mapping for a condition.
    """
    for error in errors:
        if error.validator not in ("oneOf", "anyOf") or not error.context:
            yield error
            continue
        branches: dict[Any, list[ValidationError]] = {}
        for part in error.context:
            branches.setdefault(part.relative_schema_path[0], []).append(part)
        meant = [
            parts
            for parts in branches.values()
            if not any(p.validator == "type" and not p.relative_path for p in parts)
        ]
        if meant:
            yield from _leaves(meant[0])
        else:
            yield best_match([error]) or error


def _tree_finding(error: ValidationError, tree: Tree, vocabulary: Vocabulary) -> Iterator[Finding]:
    path = tuple(error.absolute_path)
    name = str(path[-1]) if path else "the file"
    if path and isinstance(path[-1], int):
        name = f"an entry of {path[-2]}" if len(path) > 1 else "an entry"
    schema = cast(Schema, error.schema)
    about = str(schema.get("description", "")) or "See schemas/ for its form."
    kind = error.validator
    if kind in ("additionalProperties", "required") and isinstance(error.instance, dict):
        yield from _key_findings(error, tree, path, name)
        return
    cell = error.instance if isinstance(error.instance, str) else ""
    if kind == "enum" and _QUANTITY.match(cell) and schema.get("x-vocabulary") == "missing":
        hint = condition_hint(cell)
        described = "unknown-word", f"{name} is {cell!r}, a number outside a mapping.", hint
    elif kind == "enum":
        described = describe_word(name, cell, schema, vocabulary)
    elif kind == "pattern" and name in _NUMBERS:
        described = describe_number(name, cell, about)
    elif kind == "pattern":
        rule = "bad-doi" if name == "doi" else "yaml-pattern"
        described = rule, f"{name} is {cell!r}, which is not of its form.", about
    elif kind == "type" or error.validator in ("oneOf", "anyOf"):
        names = {"object": "a mapping", "array": "a list", "string": "text"}
        wanted = names.get(str(error.validator_value), "a word, or a mapping with value and unit")
        described = "yaml-type", f"{name} must be {wanted}.", about
    elif kind == "maxLength":
        message = f"{name} has {len(cell)} characters, the limit is {error.validator_value}."
        described = "yaml-shape", message, about
        cell = cell[:40]
    else:
        described = "yaml-shape", f"{name} is empty.", about
    rule, message, hint = described
    yield Finding(rule, Severity.ERROR, tree.place(path), message, hint, cell)


def _key_findings(
    error: ValidationError, tree: Tree, path: tuple[str | int, ...], name: str
) -> Iterator[Finding]:
    """Say which keys are too many or missing, at the key or its parent."""
    schema = cast(Schema, error.schema)
    known = schema.get("properties", {})
    given = cast(Mapping[str, Any], error.instance)
    if error.validator == "additionalProperties":
        for key in given:
            if key not in known:
                message = f"the key {key!r} is not known here."
                hint = f"Known keys: {', '.join(known)}."
                place = tree.key_place((*path, key))
                yield Finding("yaml-unknown-key", Severity.ERROR, place, message, hint, key)
        return
    for key in cast(list[str], error.validator_value):
        if key not in given:
            message = f"{name} lacks the key {key!r}."
            hint = known.get(key, {}).get("description") or f"Add {key}, or a missing word."
            place = tree.key_place(path)
            yield Finding("yaml-missing-key", Severity.ERROR, place, message, hint)


def describe_cell(name: str, cell: str, part: Schema, vocabulary: Vocabulary) -> Described:
    """Name the fault of a table cell that does not fit its column."""
    about = str(part.get("description", ""))
    if "enum" in part:
        return describe_word(name, cell, part, vocabulary)
    if name == "locator":
        return "missing-locator", "the locator is empty.", about
    if name in _NUMBER_COLUMNS:
        return describe_number(name, cell, about)
    return "cell-pattern", f"{name} is {cell!r}, which is not of its form.", about


def condition_hint(text: str) -> str:
    """Say how a number with its unit is written as a condition."""
    if re.fullmatch(r"[0-9.]+ ?[:/] ?[0-9.]+", text):
        said = number_hint("value", text)
        return f'{said} It is written {{value: "20", unit: "EO:Li", locator: "Experimental"}}.'
    return 'Write {value: "10", unit: mm, locator: "Experimental"} with its own words.'


def describe_word(name: str, word: str, schema: Schema, vocabulary: Vocabulary) -> Described:
    """Say that a word is not known, and offer the nearest ones."""
    table = schema.get("x-vocabulary")
    rule = "unknown-unit" if table == "unit" else "unknown-word"
    message = f"{name} is {word!r}, which is not a word for it."
    if table is None:
        return rule, message, f"Use one of: {', '.join(schema['enum'])}."
    return rule, message, word_hint(vocabulary, table, word)


def describe_number(name: str, text: str, about: str) -> Described:
    """Say why a text is no printed number, and what to type in its place."""
    if text.casefold().lstrip("+-") in {"inf", "infinity", "nan", "∞"}:
        hint = "A bound has a qualifier (gt, lt), not infinity."
        return "not-finite", f"{name} is {text!r}.", hint
    if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", text):
        hint = f"Write a decimal point, {text.replace(',', '.')}, and no thousands separators."
        if re.fullmatch(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}", text):
            hint = f"Write {text.replace(',', '.')}, or {text.replace(',', '')} if it is thousands."
        return "decimal-comma", f"{name} is {text!r}, with a comma.", hint
    hint = number_hint(name, text) or about
    return "not-a-number", f"{name} is {text!r}, which is not a number.", hint


def word_hint(vocabulary: Vocabulary, table: str, word: str) -> str:
    """Offer the nearest words of a table, or all of a short one."""
    near = vocabulary.nearest(table, word)
    if near:
        return f"Did you mean {' or '.join(near)}? (data/vocabulary/{table}.csv)"
    words = list(vocabulary[table])
    listed = f": {', '.join(words)}" if len(words) <= 12 else ""
    more = " A new one goes into words.csv of the study." if table in OPEN else ""
    return f"The words are in data/vocabulary/{table}.csv{listed}.{more}"
