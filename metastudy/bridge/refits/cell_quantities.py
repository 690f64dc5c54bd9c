"""Quantities of ``cell.yaml``: text with a unit into canonical values, laws over temperature."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from metastudy.corpus.schema import describe_number, word_hint
from metastudy.corpus.strict_yaml import Tree, TreePath
from metastudy.corpus.study import number
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.eis.cells.temperature_laws import Arrhenius, Law, Points, Vtf
from metastudy.eis.errors import CellError
from metastudy.errors import MetastudyError
from metastudy.units import CANONICAL, dimension_of, spread_to_canonical, to_canonical


class CellFileError(MetastudyError):
    """A cell.yaml that cannot be used; the message names file, line and column."""


@dataclass
class QuantityReader:
    """Reads quantities and laws out of the tree of one file, each fault with its place."""

    tree: Tree
    vocabulary: Vocabulary

    def fail(self, path: TreePath, message: str) -> CellFileError:
        """Make the error of a place."""
        return CellFileError(f"{self.tree.place(path)} {message}")

    def get(self, path: TreePath) -> Any:
        """Return the value at a path, None where a key is absent."""
        value = self.tree.value
        for key in path:
            if isinstance(value, dict) and key not in value:
                return None
            value = value[key]
        return value

    def quantity(self, path: TreePath, dimension: str, *, spread: bool = False) -> float | None:
        """Read a quantity in its canonical unit, or None where it is absent."""
        given = self.get(path)
        if given is None:
            return None
        if isinstance(given, str):
            text, _, spelling = given.partition(" ")
        else:
            text, spelling = given["value"], given["unit"]
        value = self._number(path, text)
        wanted = CANONICAL[dimension]
        unit = self.vocabulary.unit_of(spelling.strip())
        if unit is None:
            if not spelling:
                example = "percent" if dimension == "fraction" else wanted
                remedy = f"write its unit beside it, as in 1 {example}"
                raise self.fail(path, f"{path[-1]} is {text!r} without a unit; {remedy}")
            hint = word_hint(self.vocabulary, "unit", spelling)
            raise self.fail(path, f"the unit {spelling!r} is not known. {hint}")
        if dimension_of(unit) != dimension:
            name = path[-1] if isinstance(path[-1], str) else path[-2]
            kind = dimension.replace("_", " ")
            raise self.fail(path, f"{name} is in {spelling}, which is no {kind}; use {wanted}")
        if spread:
            return spread_to_canonical(value, value, unit)
        return to_canonical(value, unit)

    def plain(self, path: TreePath) -> float | None:
        """Read a number without a unit, or None where it is absent."""
        given = self.get(path)
        return None if given is None else self._number(path, given)

    def _number(self, path: TreePath, text: str) -> float:
        value = number(text)
        if value is None or not math.isfinite(value):
            _, message, hint = describe_number(str(path[-1]), text, "Write a number.")
            raise self.fail(path, f"{message} {hint}")
        return value

    def law(self, path: TreePath, dimension: str, *, rises: bool) -> Law | None:
        """Read how a property follows temperature, or None where it is absent."""
        given = self.get(path)
        if given is None:
            return None
        try:
            if isinstance(given, list):
                rows = [(*path, i) for i in range(len(given))]
                at = [self.needed((*row, "at"), "temperature") for row in rows]
                values = [self.needed((*row, "value"), dimension) for row in rows]
                return Points(tuple(at), tuple(values))
            value = self.needed((*path, "value"), dimension)
            at_c = self.needed((*path, "at"), "temperature")
            return self._formula(path, value, at_c, rises)
        except CellError as error:
            raise self.fail(path, str(error)) from None

    def _formula(self, path: TreePath, value: float, at_c: float, rises: bool) -> Law:
        ea = self.quantity((*path, "activation_energy"), "energy")
        b = self.quantity((*path, "pseudo_energy"), "energy")
        t0 = self.quantity((*path, "vogel_temperature"), "temperature")
        if (b is None) != (t0 is None) or (ea is not None and b is not None):
            raise self.fail(
                path,
                "give activation_energy (Arrhenius), or pseudo_energy and vogel_temperature (VTF)",
            )
        if ea is not None:
            return Arrhenius(value, at_c, ea, rises)
        if b is not None and t0 is not None:
            return Vtf(value, at_c, b, t0, rises)
        return Points((at_c,), (value,))

    def needed(self, path: TreePath, dimension: str) -> float:
        """Read a quantity that must be there."""
        value = self.quantity(path, dimension)
        if value is None:
            raise self.fail(path, f"{path[-1]} is missing")
        return value
