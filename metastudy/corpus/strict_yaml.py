"""A string-only YAML reader: every scalar is text, as printed, with its place in the file.

YAML's own typing is no friend of printed numbers: ``1e-5``, ``No``, ``012``, ``12:30`` and
``2024-01-02`` would all arrive as something else, and two equal keys as one. This reader works on
the event stream, with an explicit stack, so that size and depth are bounded before anything is
built; aliases, tags and equal keys are refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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


@dataclass
class Tree:
    """Nested dicts, lists and strings of one file, and the place of each.

    ``places`` maps a path of keys and indices to line and column (from 1) of the value;
    ``keys`` maps a path to the place of its key.
    """

    file: str
    value: Any = None
    places: dict[TreePath, tuple[int, int]] = field(default_factory=dict)
    keys: dict[TreePath, tuple[int, int]] = field(default_factory=dict)

    def place(self, path: TreePath) -> Place:
        """Return the place of the value at ``path``, or of its nearest parent."""
        while path and path not in self.places:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        return Place(self.file, line, column)

    def key_place(self, path: TreePath) -> Place:
        """Return the place of the key at ``path``, or of the value where it has none."""
        if path in self.keys:
            line, column = self.keys[path]
            return Place(self.file, line, column)
        return self.place(path)


@dataclass
class _Open:
    """A mapping or sequence whose end has not been seen."""

    path: TreePath
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
        path = self._put(value, top)
        self.tree.places[path] = at
        if not isinstance(value, str):
            self.stack.append(_Open(path, value))

    def _text(self, text: str, top: _Open | None, at: tuple[int, int]) -> None:
        """Hold one key or value; most repeat, and what was right once is right again."""
        if text in self.good:
            return
        key = top.key if top is not None and top.key else top.path[-1] if top and top.path else ""
        name = key if isinstance(key, str) and key else "the text"
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
        self.tree.keys[(*top.path, key)] = at

    def _put(self, value: Any, top: _Open | None) -> TreePath:
        """Add a value to the open collection and return its path."""
        if top is None:
            self.tree.value = value
            return ()
        if isinstance(top.value, dict):
            key = top.key or ""
            top.value[key], top.key = value, None
            return (*top.path, key)
        top.value.append(value)
        return (*top.path, len(top.value) - 1)


def _position(mark: Any) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1
