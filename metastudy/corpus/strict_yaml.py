"""A string-only YAML reader: every scalar is text, as printed, with its place in the file.

YAML's own typing is no friend of printed numbers: ``1e-5``, ``No``, ``012``, ``12:30`` and
``2024-01-02`` would all arrive as something else, and two equal keys as one. This reader works on
the event stream, with an explicit stack, so that size and depth are bounded before anything is
built; aliases, tags and equal keys are refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from metastudy.corpus.finding import Finding, Place, Severity

MAX_BYTES = 1_000_000
MAX_DEPTH = 20

Path = tuple[str | int, ...]


@dataclass
class Tree:
    """Nested dicts, lists and strings of one file, and where each of them stands.

    ``places`` maps a path of keys and indices to line and column (from 1) of the value;
    ``keys`` maps a path to the place of its key.
    """

    file: str
    value: Any = None
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def place(self, path: Path) -> Place:
        """Return the place of the value at ``path``, or of its nearest parent."""
        while path and path not in self.places:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        return Place(self.file, line, column)

    def key_place(self, path: Path) -> Place:
        """Return the place of the key at ``path``, or of the value where it has none."""
        if path in self.keys:
            line, column = self.keys[path]
            return Place(self.file, line, column)
        return self.place(path)


@dataclass
class _Open:
    """A mapping or sequence whose end has not been seen."""

    path: Path
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
    tree = Tree(file)
    findings: list[Finding] = []

    def fault(rule: str, mark: Any, message: str, hint: str, cell: str = "") -> None:
        place = Place(file, mark.line + 1, mark.column + 1)
        findings.append(Finding(rule, Severity.ERROR, place, message, hint, cell))

    if len(text) > MAX_BYTES:
        message = f"the file has {len(text)} characters, the limit is {MAX_BYTES}."
        return tree, [
            Finding("yaml-size", Severity.ERROR, Place(file), message, "Split the study.")
        ]
    stack: list[_Open] = []
    started = False
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            mark = event.start_mark
            if isinstance(event, yaml.AliasEvent):
                fault(
                    "yaml-alias",
                    mark,
                    "aliases are not allowed.",
                    "Write the value out where it is needed.",
                    f"*{event.anchor}",
                )
                return tree, findings
            if isinstance(event, yaml.DocumentStartEvent):
                if started:
                    fault("yaml-syntax", mark, "a second document starts here.", "Keep one.")
                    return tree, findings
                started = True
            if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
                if event.anchor is not None or event.tag not in (None, "!"):
                    fault(
                        "yaml-alias",
                        mark,
                        "anchors and tags are not allowed.",
                        "Write plain text, lists and mappings.",
                        str(event.anchor or event.tag),
                    )
                    return tree, findings
                if len(stack) >= MAX_DEPTH:
                    fault(
                        "yaml-depth",
                        mark,
                        f"nested deeper than {MAX_DEPTH} levels.",
                        "No study needs that; look for a stray bracket.",
                    )
                    return tree, findings
                _take(event, stack, tree, fault)
            elif isinstance(event, yaml.CollectionEndEvent):
                stack.pop()
    except yaml.YAMLError as error:
        findings.append(_syntax_finding(error, file, text))
    if tree.value is None and not findings:
        findings.append(
            Finding("yaml-syntax", Severity.ERROR, Place(file), "the file is empty.", "Fill it in.")
        )
    return tree, findings


def _take(event: Any, stack: list[_Open], tree: Tree, fault: Any) -> None:
    """Put one value or key of the event stream where it belongs."""
    top = stack[-1] if stack else None
    where = (event.start_mark.line + 1, event.start_mark.column + 1)
    if top is not None and isinstance(top.value, dict) and top.key is None:
        if not isinstance(event, yaml.ScalarEvent):
            fault("yaml-syntax", event.start_mark, "a key must be plain text.", "Name the field.")
            top.key = "\0"
        else:
            top.key = event.value
            if event.value in top.value:
                fault(
                    "yaml-equal-key",
                    event.start_mark,
                    f"the key {event.value!r} stands twice in this mapping.",
                    "Keep one of them; a second value would silently replace the first.",
                    event.value,
                )
            tree.keys[(*top.path, event.value)] = where
            return
    value: Any
    if isinstance(event, yaml.ScalarEvent):
        value = event.value
    elif isinstance(event, yaml.MappingStartEvent):
        value = {}
    else:
        value = []
    if top is None:
        path: Path = ()
        tree.value = value
    elif isinstance(top.value, dict):
        assert top.key is not None
        path = (*top.path, top.key)
        top.value[top.key] = value
        top.key = None
    else:
        path = (*top.path, len(top.value))
        top.value.append(value)
    tree.places[path] = where
    if not isinstance(value, str):
        stack.append(_Open(path, value))


def _syntax_finding(error: yaml.YAMLError, file: str, text: str) -> Finding:
    """Turn the parser's complaint into one finding with a place."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        character = error.character
        code = ord(character) if isinstance(character, str) else int(character)
        return Finding(
            "control-character",
            Severity.ERROR,
            Place(file, line, column),
            f"the character U+{code:04X} is not allowed.",
            "Delete it and type the text again.",
        )
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
    problem = getattr(error, "problem", None) or "not readable as YAML"
    return Finding(
        "yaml-syntax",
        Severity.ERROR,
        place,
        f"not readable as YAML: {problem}.",
        "Check indentation, colons and quotes on this line.",
    )
