"""study.yaml to be filled: a line for every field, with what goes in it, from schema and words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metastudy.corpus.schema import Schema
from metastudy.corpus.study import COLUMNS
from metastudy.corpus.vocabulary import CLASSES, Vocabulary

FEW_WORDS = 12
EMPTY = '""'
_GAPS = ("not_reported", "not_accessed", "illegible")
_PLAIN = ("false", "no", "null", "off", "on", "true", "yes", "~")


@dataclass(frozen=True)
class Form:
    """The schema of study.yaml, its words, and what is filled already.

    Attributes
    ----------
    interface_class
        Shows only the fields of this class; all where it is empty.
    unsaid
        The word for every condition that is not filled; an empty field where it is empty.
    """

    schema: Schema
    vocabulary: Vocabulary
    interface_class: str = ""
    unsaid: str = ""

    def lines(self, filled: Mapping[str, Any]) -> Iterator[str]:
        """Yield the lines of the file."""
        for key, part in self.schema["properties"].items():
            yield from self._field(key, part, "", True, filled.get(key))

    def _field(
        self, key: str, part: Schema, indent: str, required: bool, known: Any
    ) -> Iterator[str]:
        part = self._resolved(part)
        about = _comment(self.about(part))
        if key == "axes":
            yield f"{indent}{key}:{about}"
            yield from self._axes(indent + "  ", known or {})
        elif "properties" in part:
            yield f"{indent}{key}:{about}"
            yield from self._fields(part, indent + "  ", known or {})
        elif "properties" in part.get("items", {}):
            yield from self._entries(key, part, indent, known)
        else:
            filled = _written(known)
            off = "" if required or known is not None else "# "
            yield f"{indent}{off}{key}: {filled or self._blank(part)}{about}"

    def _entries(self, key: str, part: Schema, indent: str, known: Any) -> Iterator[str]:
        about = _comment(self.about(part))
        entries: Sequence[Any] = [{}] if known is None else known
        if not entries or (known is None and key == "steps" and self.unsaid):
            yield f"{indent}{key}: []{about}"
            yield from self._one_entry(part, indent)
            return
        yield f"{indent}{key}:{about}"
        for entry in entries:
            # The entry begins at its first key; the rest is below it, two blanks further in.
            first, *others = self._fields(part["items"], indent + "    ", entry)
            yield f"{indent}  - {first.lstrip()}"
            yield from others

    def _one_entry(self, part: Schema, indent: str) -> Iterator[str]:
        """Yield the form of an entry of an empty list, commented out."""
        yield f"{indent}# Instead of [], for each:"
        for number, line in enumerate(self._fields(part["items"], "", {})):
            bare = line.removeprefix("# ")
            yield f"{indent}#   {'  ' if number else '- '}{bare}"

    def _fields(self, part: Schema, indent: str, known: Mapping[str, Any]) -> Iterator[str]:
        for key, inner in part["properties"].items():
            classes = inner.get("x-class", "")
            if key in known or self._applies(classes):
                needed = key in part["required"] or (self._is_word(inner) and bool(classes))
                yield from self._field(key, inner, indent, needed, known.get(key))

    def _is_word(self, part: Schema) -> bool:
        """Say whether a field of the one class that is shown takes words: the partner's name."""
        return bool(self.interface_class) and any(
            "x-vocabulary" in place for place in (part, part.get("items", {}))
        )

    def _applies(self, classes: str) -> bool:
        return not classes or not self.interface_class or self.interface_class in classes.split()

    def _resolved(self, part: Schema) -> Schema:
        name = str(part.get("$ref", "")).rpartition("/")[2]
        return part if not name else self.schema["$defs"][name]

    def _axes(self, indent: str, known: Mapping[str, Any]) -> Iterator[str]:
        for axis, row in self.vocabulary["axis"].items():
            if axis not in known and not self._applies(row["required_for"]):
                continue
            of = self._words_of(row["of"]) if row["kind"] == "word" else f"A {row['kind']}."
            needed = f" Needed for {row['required_for']}." if row["required_for"] else ""
            about = _comment(f"{row['meaning']}{needed} {of}")
            filled = _written(known.get(axis))
            off, blank = ("", self.unsaid or EMPTY) if needed or filled else ("# ", EMPTY)
            yield f"{indent}{off}{axis}: {filled or blank}{about}"

    def about(self, part: Schema) -> str:
        """Say in one line what goes into a field, with its words where they are few."""
        part = self._resolved(part)
        items = part.get("items", {})
        inner = items if "properties" not in items else {}
        said = [str(part.get("description") or inner.get("description", ""))]
        table = part.get("x-vocabulary") or inner.get("x-vocabulary")
        if table:
            said.append(self._words_of(table))
        elif "enum" in part:
            said.append(f"One of: {', '.join(part['enum'])}.")
        elif _is_condition(part):
            missing = ", ".join(self.vocabulary["missing"])
            said = [f'{{value: "10", unit: mm, locator: "Experimental"}}, or {missing}.']
        return " ".join(text for text in said if text)

    def _words_of(self, tables: str) -> str:
        words = [word for table in tables.split() for word in self.vocabulary[table]]
        if len(words) <= FEW_WORDS:
            return f"One of: {', '.join(words)}."
        return f"Words: {', '.join(f'data/vocabulary/{table}.csv' for table in tables.split())}."

    def _blank(self, part: Schema) -> str:
        """Return an empty value: a list that may be empty is none, any other names its gap."""
        if part.get("type") == "array":
            return f"[{EMPTY}]" if part.get("minItems") else "[]"
        return self.unsaid if self.unsaid and _is_condition(part) else EMPTY


def study_yaml(form: Form, filled: Mapping[str, Any], row: Schema) -> str:
    """Return study.yaml to be filled; its end explains the columns of measurements.csv."""
    head = [
        "# Fill every empty field as the source prints it; delete what does not apply, and the",
        "# comments. A line that begins with # is optional. metastudy check names what is missing.",
    ]
    columns = [f"#   {name}: {form.about(row['properties'][name])}" for name in COLUMNS]
    title = "# measurements.csv has one printed number a row. Its columns, in order:"
    return "\n".join([*head, *form.lines(filled), "", title, *columns]) + "\n"


def of_other_work(words: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of another study without its source, notes, numbers and gaps.

    Words of materials, preparations and cells stay; a condition is left to be filled.
    """
    parts = ("contacts", "preparations", "samples", "cells", "states")
    return {part: [_without_numbers(entry) for entry in words[part]] for part in parts}


def class_of(words: Mapping[str, Any]) -> str:
    """Return the one class of a study's contacts, or nothing where they have several."""
    classes = {contact["class"] for contact in words["contacts"]}
    return classes.pop() if len(classes) == 1 and classes <= set(CLASSES) else ""


def _without_numbers(value: Any) -> Any:
    if value in _GAPS or (isinstance(value, dict) and "value" in value):
        return None
    if isinstance(value, dict):
        kept = {k: _without_numbers(v) for k, v in value.items() if k not in ("note", "lab")}
        return {key: part for key, part in kept.items() if part is not None}
    if isinstance(value, list):
        return [part for part in map(_without_numbers, value) if part is not None]
    return value


def _is_condition(part: Schema) -> bool:
    return "oneOf" in part


def _written(value: Any) -> str:
    """Write text or a list of texts as YAML, quoted where plain text would be read otherwise."""
    if not value:
        return ""
    if isinstance(value, list | tuple):
        return f"[{', '.join(_written(part) for part in value)}]"
    text = str(value)
    plain = text and all(c.isalnum() or c in "_/." for c in text) and not text[0].isdigit()
    return text if plain and text.casefold() not in _PLAIN else json.dumps(text, ensure_ascii=False)


def _comment(about: str) -> str:
    return f"  # {about}" if about else ""
