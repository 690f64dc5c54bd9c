"""A string-only YAML reader: every scalar is text, as printed, with its place in the file.

YAML's own typing is no friend of printed numbers: ``1e-5``, ``No``, ``012``, ``12:30`` and
``2024-01-02`` would all arrive as something else, and two equal keys as one. This reader works on
the event stream, with an explicit stack, so that size and depth are bounded before anything is
built; aliases, tags and equal keys are refused.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from sys import intern
from typing import Any

import yaml

from metastudy.corpus.finding import Finding, Place, Severity
from metastudy.corpus.table import CONTROL, text_fault

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 20
# libyaml gives the same events ten times faster; the complaint about a broken file comes from the
# Python parser in either case, so that its words do not depend on the machine.
_FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# What the commonest slips look like to the parser.
_SYNTAX_HINTS = {
    "mapping values are not allowed here": "Put a text that holds a colon and a blank in quotes: "
    "title: 'Garnet: a contact'.",
}

TreePath = tuple[str | int, ...]
Places = dict[TreePath, tuple[int, int]]


def _no_marks() -> array[int]:
    return array("I")


@dataclass
class Tree:
    """Nested dicts, lists and strings of one file, and the place of each.

    ``value_marks`` and ``key_marks`` hold line and column (from 1) of one value or key after
    another, in the order of the file. Paths are made of them only where a place is asked for: few
    files have a fault, and the paths of all take more memory than their texts.
    """

    file: str
    value: Any = None
    value_marks: array[int] = field(default_factory=_no_marks, repr=False)
    key_marks: array[int] = field(default_factory=_no_marks, repr=False)

    def place(self, path: TreePath) -> Place:
        """Return the place of the value at ``path``, or of its nearest parent."""
        places, _ = self._by_path
        while path and path not in places:
            path = path[:-1]
        line, column = places.get(path, (1, 1))
        return Place(self.file, line, column)

    def key_place(self, path: TreePath) -> Place:
        """Return the place of the key at ``path``, or of the value where it has none."""
        _, keys = self._by_path
        if path in keys:
            line, column = keys[path]
            return Place(self.file, line, column)
        return self.place(path)

    @cached_property
    def _by_path(self) -> tuple[Places, Places]:
        """The place of every value and of every key by its path."""
        values, keys = _pairs(self.value_marks), _pairs(self.key_marks)
        of_values: Places = {}
        of_keys: Places = {}

        def follow(path: TreePath, value: Any) -> None:
            of_values[path] = next(values)
            if isinstance(value, dict):
                for key, part in value.items():
                    of_keys[(*path, key)] = next(keys)
                    follow((*path, key), part)
            elif isinstance(value, list):
                for index, part in enumerate(value):
                    follow((*path, index), part)

        if self.value_marks:
            follow((), self.value)
        return of_values, of_keys


def _pairs(marks: array[int]) -> Iterator[tuple[int, int]]:
    return zip(marks[::2], marks[1::2], strict=True)


@dataclass
class _Open:
    """A mapping or sequence whose end has not been seen, and the key that it is the value of."""

    name: str
    value: dict[str, Any] | list[Any]
    key: str | None = None


def read_tree(text: str, file: str) -> tuple[Tree, list[Finding]]:
    """Read one YAML document; findings are empty where the tree can be used.

    Parameters
    ----------
    text
        The decoded file.
    file
        Its path below the data root, for the findings.
    """
    reader = _read(text, file, _FAST)
    if any(finding.rule == "yaml-syntax" for finding in reader.findings):
        slow = _read(text, file, yaml.SafeLoader)
        reader = slow if slow.findings else reader
    return reader.tree, reader.findings


def _read(text: str, file: str, loader: Any) -> _Reader:
    reader = _Reader(Tree(file))
    hidden = CONTROL.search(text)
    if len(text) > MAX_CHARACTERS:
        message = f"the file has {len(text)} characters, the limit is {MAX_CHARACTERS}."
        reader.fault("yaml-size", (1, 1), message, "Split the study.")
    elif hidden is not None:
        line = text.count("\n", 0, hidden.start()) + 1
        column = hidden.start() - text.rfind("\n", 0, hidden.start())
        reader.control(hidden.group(), (line, column))
    else:
        reader.read(text, loader)
    return reader


@dataclass
class _Reader:
    """Builds the tree from the event stream and collects what is wrong."""

    tree: Tree
    findings: list[Finding] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    documents: int = 0
    good: set[str] = field(default_factory=set)

    def fault(
        self, rule: str, at: tuple[int, int], message: str, hint: str, cell: str = ""
    ) -> None:
        """Add an error at (line, column)."""
        place = Place(self.tree.file, *at)
        self.findings.append(Finding(rule, Severity.ERROR, place, message, hint, cell))

    def control(self, character: str, at: tuple[int, int]) -> None:
        """Refuse a character that cannot be seen."""
        message = f"the character U+{ord(character):04X} is not allowed."
        self.fault("control-character", at, message, "Delete it and type the text again.")

    def read(self, text: str, loader: Any) -> None:
        """Follow the events to the end, or to the first that must not be followed."""
        try:
            for event in yaml.parse(text, Loader=loader):
                if not self._follow(event):
                    return
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
            at = (1, 1) if mark is None else _position(mark)
            problem = getattr(error, "problem", None) or "an escape that is no character"
            message = f"not readable as YAML: {problem}."
            hint = _SYNTAX_HINTS.get(str(problem), "Check indentation, colons and quotes here.")
            self.fault("yaml-syntax", at, message, hint)
        if self.tree.value is None and not self.findings:
            self.fault("yaml-syntax", (1, 1), "the file is empty.", "Fill it in.")

    def _follow(self, event: Any) -> bool:
        """Take one event; False where reading must stop."""
        at = _position(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            hint = "Write the value out where it is needed."
            self.fault("yaml-alias", at, "aliases are not allowed.", hint, f"*{event.anchor}")
            return False
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.fault("yaml-syntax", at, "a second document starts here.", "Keep one.")
                return False
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            if event.anchor is not None or event.tag not in (None, "!"):
                cell = str(event.anchor or event.tag)
                hint = "Write plain text, lists and mappings."
                self.fault("yaml-alias", at, "anchors and tags are not allowed.", hint, cell)
                return False
            if len(self.stack) >= MAX_DEPTH:
                hint = "No study needs that; look for a stray bracket."
                self.fault("yaml-depth", at, f"nested deeper than {MAX_DEPTH} levels.", hint)
                return False
            self._take(event, at)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.stack.pop()
        return True

    def _take(self, event: Any, at: tuple[int, int]) -> None:
        """Put one value or key where it belongs."""
        top = self.stack[-1] if self.stack else None
        if isinstance(event, yaml.ScalarEvent):
            self._text(event.value, top, at)
        if top is not None and isinstance(top.value, dict) and top.key is None:
            if isinstance(event, yaml.ScalarEvent):
                self._key(event.value, top, top.value, at)
                return
            self.fault("yaml-syntax", at, "a key must be plain text.", "Name the field.")
            top.key = ""
        value: Any = ""
        if isinstance(event, yaml.ScalarEvent):
            value = intern(event.value)
        else:
            value = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.tree.value_marks.extend(at)
        name = self._put(value, top)
        if not isinstance(value, str):
            self.stack.append(_Open(name, value))

    def _text(self, text: str, top: _Open | None, at: tuple[int, int]) -> None:
        """Hold one key or value; most repeat, and what was right once is right again."""
        if text in self.good:
            return
        name = (top.key or top.name) if top is not None else ""
        name = name or "the text"
        fault = text_fault(text)
        if fault is not None and fault.rule == "control-character":
            hidden = CONTROL.search(text)
            assert hidden is not None
            self.control(hidden.group(), at)
        elif fault is not None:
            shown = text[:40] if fault.rule == "csv-long" else text
            self.fault(fault.rule, at, f"{name} {fault.message}", fault.hint, shown)
        elif text and not text.strip():
            self.fault("yaml-shape", at, f"{name} is blank.", "Fill it in.", text)
        else:
            self.good.add(text)

    def _key(self, key: str, top: _Open, mapping: dict[str, Any], at: tuple[int, int]) -> None:
        top.key = key = intern(key)
        if key in mapping:
            hint = "Keep one of them; a second value would silently replace the first."
            message = f"the key {key!r} is twice in this mapping."
            self.fault("yaml-equal-key", at, message, hint, key)
        self.tree.key_marks.extend(at)

    def _put(self, value: Any, top: _Open | None) -> str:
        """Add a value to the open collection and return its key; nothing where it has none."""
        if top is None:
            self.tree.value = value
            return ""
        if isinstance(top.value, dict):
            key = top.key or ""
            top.value[key], top.key = value, None
            return key
        top.value.append(value)
        return ""


def _position(mark: Any) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1
