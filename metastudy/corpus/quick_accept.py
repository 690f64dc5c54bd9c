"""A quick yes for data that fits its schema; the finding of a fault is jsonschema's.

Nearly every file fits, and jsonschema takes most of the time of a check to say so. A schema is
compiled once to functions that say True only where jsonschema would find nothing; False leaves the
question open. A keyword that is not known here makes every answer False.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Accepts = Callable[[Any], bool]
_TYPES: Mapping[str, type] = {"object": dict, "array": list, "string": str}
_SILENT = frozenset(
    "$schema title description $defs x-vocabulary x-class x-empty x_words x_unit_of".split()
)


def compile_accept(schema: Mapping[str, Any]) -> Accepts:
    """Return a function that says whether a value surely fits a schema with its enumerations."""
    return _Compiler(schema).of(schema)


class _Compiler:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root
        self.known: dict[str, Accepts] = {}

    def of(self, schema: Mapping[str, Any]) -> Accepts:
        """Compile one schema: all of its keywords must accept."""
        tests = [test for key in schema for test in self._keyword(key, schema)]
        if len(tests) == 1:
            return tests[0]
        return lambda value: all(test(value) for test in tests)

    def _keyword(self, key: str, schema: Mapping[str, Any]) -> list[Accepts]:
        held = schema[key]
        if key in _SILENT:
            return []
        if key == "type" and held in _TYPES:
            kind = _TYPES[held]
            return [lambda value: isinstance(value, kind)]
        if key == "enum":
            unit_of, words = schema.get("x_unit_of"), frozenset(held)
            if unit_of is None:
                return [lambda value: isinstance(value, str) and value in words]
            return [lambda v: isinstance(v, str) and (v in words or unit_of(v) is not None)]
        if key == "pattern":
            pattern = re.compile(held)
            return [
                lambda value: (
                    not isinstance(value, str)
                    or (not value.endswith("\n") and pattern.search(value) is not None)
                )
            ]
        if key in ("minLength", "maxLength", "minItems", "required"):
            return [_size(key, held)]
        if key == "properties":
            return [self._properties(schema)]
        if key == "additionalProperties":
            return [] if "properties" in schema else [self._properties(schema)]
        if key == "items":
            each = self.of(held)
            return [lambda value: not isinstance(value, list) or all(map(each, value))]
        if key == "$ref":
            return [self._ref(held)]
        if key in ("oneOf", "anyOf"):
            branches = [self.of(part) for part in held]
            if key == "anyOf":
                return [lambda value: any(branch(value) for branch in branches)]
            return [lambda value: sum(branch(value) for branch in branches) == 1]
        return [lambda _: False]

    def _properties(self, schema: Mapping[str, Any]) -> Accepts:
        parts = {name: self.of(part) for name, part in schema.get("properties", {}).items()}
        more = schema.get("additionalProperties", True)
        others: Accepts = self.of(more) if isinstance(more, dict) else lambda _: bool(more)

        def accept(value: Any) -> bool:
            if not isinstance(value, dict):
                return True
            return all(parts.get(name, others)(part) for name, part in value.items())

        return accept

    def _ref(self, name: str) -> Accepts:
        if name not in self.known:
            part: Any = self.root
            for step in name.removeprefix("#/").split("/"):
                part = part[step]
            self.known[name] = self.of(part)
        return self.known[name]


def _size(key: str, limit: Any) -> Accepts:
    if key == "required":
        return lambda value: not isinstance(value, dict) or all(name in value for name in limit)
    kind: type[list[Any]] | type[str] = list if key == "minItems" else str
    if key == "maxLength":
        return lambda value: not isinstance(value, kind) or len(value) <= limit
    return lambda value: not isinstance(value, kind) or len(value) >= limit
