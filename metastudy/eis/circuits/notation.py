"""Circuits as text: one grammar for ``R0-p(R1,CPE1)`` and Boukamp's ``R(RQ)``.

    series   = item { ["-"] item }
    item     = element | parallel | "[" series "]"
    parallel = "p(" series { "," series } ")" | "(" item item { item } ")"
    element  = symbol [digits]

In ``( )`` without a ``p`` the items are branches side by side, and a branch of several
elements goes into ``[ ]`` (Boukamp 1986, Solid State Ionics 20, 31).
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import CircuitError
from .elements import Element, spellings
from .other_spellings import meant


@dataclass(frozen=True)
class Leaf:
    """One element in a circuit, with its label such as ``CPE1``."""

    label: str
    element: Element


@dataclass(frozen=True)
class Series:
    """Branches whose impedances add."""

    children: tuple[Node, ...]


@dataclass(frozen=True)
class Parallel:
    """Branches whose admittances add."""

    children: tuple[Node, ...]


Node = Leaf | Series | Parallel


def leaves(node: Node) -> list[Leaf]:
    """Leaves of the tree in the order of the text."""
    if isinstance(node, Leaf):
        return [node]
    return [leaf for child in node.children for leaf in leaves(child)]


def parse(text: str, extra: tuple[Element, ...] = ()) -> Node:
    """Read a circuit from text.

    Parameters
    ----------
    text : str
        A circuit in either spelling; blanks are ignored. Elements without a number are counted
        from 1 in the order of the text.
    extra : tuple of Element
        Elements of the user's own beside the built-in ones.

    Raises
    ------
    CircuitError
        With the text and a caret under the place.
    """
    if not isinstance(text, str) or not text.strip():
        raise CircuitError("the circuit is empty; write for instance 'R0-p(R1,CPE1)' or 'R(RQ)'")
    parser = _Parser(text, spellings(extra))
    return _numbered(parser.whole(), text)


class _Parser:
    """Recursive descent over the text; ``at`` is the next character."""

    def __init__(self, text: str, table: dict[str, Element]) -> None:
        self.text = text
        self.at = 0
        self.table = table
        self.longest_first = sorted(table, key=len, reverse=True)
        self.depth = 0

    def fail(self, message: str, at: int | None = None) -> CircuitError:
        place = min(self.at if at is None else at, len(self.text))
        # Letters that only look like a line break must not move the caret.
        shown = "".join(c if c.isprintable() else "?" for c in self.text)
        return CircuitError(
            f"circuit, character {place + 1}: {message}\n  {shown}\n  {' ' * place}^"
        )

    def peek(self) -> str:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.text[self.at] if self.at < len(self.text) else ""

    def whole(self) -> Node:
        node = self.series("")
        if self.peek():
            raise self.fail(f"{self.peek()!r} closes nothing; remove it or open its bracket")
        return node

    def series(self, closers: str) -> Node:
        items = [self.item()]
        while True:
            token = self.peek()
            if token == "-":
                self.at += 1
                items.append(self.item())
            elif token and token not in ",)]":
                items.append(self.item())
            else:
                if token == "," and "," not in closers:
                    raise self.fail(
                        "',' separates branches inside p( ) only; for [a,b] write p(a,b)"
                    )
                return items[0] if len(items) == 1 else Series(_flat(items, Series))

    def item(self) -> Node:
        token, start = self.peek(), self.at
        if not token:
            raise self.fail("the circuit ends where an element is expected")
        if token == "p":
            self.at += 1
            if self.peek() != "(":
                raise self.fail("'p' must be followed by '(', as in p(R1,CPE1)")
            return self.bracket(")", start, self.comma_branches)
        if token == "(":
            return self.bracket(")", start, self.adjacent_branches)
        if token == "[":
            return self.bracket("]", start, lambda: self.series(""))
        return self.leaf()

    def bracket(self, closer: str, start: int, inside: object) -> Node:
        self.depth += 1
        if self.depth > 50:
            raise self.fail("more than 50 nested brackets")
        self.at += 1
        node: Node = inside()  # type: ignore[operator]
        if self.peek() != closer:
            raise self.fail(f"the bracket opened at character {start + 1} needs {closer!r} here")
        self.at += 1
        self.depth -= 1
        return node

    def comma_branches(self) -> Node:
        branches = [self.series(",")]
        while self.peek() == ",":
            self.at += 1
            branches.append(self.series(","))
        if len(branches) < 2:
            raise self.fail("p( ) needs at least two branches separated by ','")
        return Parallel(_flat(branches, Parallel))

    def adjacent_branches(self) -> Node:
        branches = [self.item()]
        while (token := self.peek()) and token not in ")]":
            if token == ",":
                raise self.fail("branches separated by ',' need p( ), as in p(R1,CPE1)")
            if token == "-":
                raise self.fail("inside ( ) branches are side by side; put a series into [ ]")
            branches.append(self.item())
        if len(branches) < 2:
            raise self.fail("( ) needs at least two branches, as in (RQ)")
        return Parallel(_flat(branches, Parallel))

    def leaf(self) -> Leaf:
        start = self.at
        symbol = next((s for s in self.longest_first if self.text.startswith(s, start)), None)
        if symbol is None:
            hint = meant(self.text, start, self.table.keys())
            raise self.fail(
                f"{self.text[start]!r} begins no element; {f'{hint}; ' if hint else ''}"
                f"known are {', '.join(sorted(self.table))}"
            )
        self.at += len(symbol)
        first_digit = self.at
        while self.at < len(self.text) and self.text[self.at] in "0123456789":
            self.at += 1
        number = self.text[first_digit : self.at]
        # Not yet numbered: the label ends in '#' until all given numbers are known.
        return Leaf(symbol + (number or "#"), self.table[symbol])


def _flat(items: list[Node], kind: type[Series] | type[Parallel]) -> tuple[Node, ...]:
    """Merge branches of the same kind: a series in a series is one series."""
    out: list[Node] = []
    for item in items:
        out.extend(item.children if isinstance(item, kind) else (item,))
    return tuple(out)


def _numbered(root: Node, text: str) -> Node:
    """Give every element without a number the next free one, and refuse equal labels."""
    taken: set[str] = set()
    for leaf in leaves(root):
        if leaf.label in taken and not leaf.label.endswith("#"):
            raise CircuitError(
                f"circuit {text!r}: {leaf.label} occurs twice; give each element its own number "
                "and tie their parameters with tie={...} where they are the same"
            )
        taken.add(leaf.label)

    counts: dict[str, int] = {}  # the last number tried of each symbol

    def number(node: Node) -> Node:
        if not isinstance(node, Leaf):
            return type(node)(tuple(number(child) for child in node.children))
        if not node.label.endswith("#"):
            return node
        stem = node.label[:-1]
        k = counts.get(stem, 0) + 1
        while f"{stem}{k}" in taken:
            k += 1
        counts[stem] = k
        return Leaf(f"{stem}{k}", node.element)

    return number(root)


def dashed(node: Node) -> str:
    """Spell the tree as ``R0-p(R1,CPE1)``."""
    if isinstance(node, Leaf):
        return node.label
    if isinstance(node, Series):
        return "-".join(dashed(child) for child in node.children)
    return f"p({','.join(dashed(child) for child in node.children)})"


def boukamp(node: Node) -> str:
    """Spell the tree as ``R0(R1CPE1)``, series branches inside ``[ ]``."""
    if isinstance(node, Leaf):
        return node.label
    if isinstance(node, Series):
        return "".join(boukamp(child) for child in node.children)
    inner = (
        f"[{boukamp(child)}]" if isinstance(child, Series) else boukamp(child)
        for child in node.children
    )
    return f"({''.join(inner)})"
