"""Which column of a table holds which quantity: by the caller's word, else by its name."""

from __future__ import annotations

from dataclasses import dataclass

from .columns import Meaning, meaning_as, meaning_of
from .hints import Hints
from .other_quantities import INSTEAD, other_quantity
from .source import FileContent, ReadError
from .table import RawTable

WANTED = "expected a frequency and either Re Z and Im Z or |Z| and phase"


@dataclass(frozen=True)
class Role:
    """A column that holds a quantity, and what its name says about sign and unit."""

    index: int
    meaning: Meaning | None = None

    @property
    def sign(self) -> int:
        """-1 where the name says that the negative is printed."""
        return self.meaning.sign if self.meaning else 1

    @property
    def unit_kind(self) -> str | None:
        """Kind of the unit in the name, if it has one."""
        return self.meaning.unit.kind if self.meaning and self.meaning.unit else None


def roles_of(source: FileContent, table: RawTable, hints: Hints) -> dict[str, Role]:
    """Map each quantity of a table to its column.

    Quantities are ``frequency`` or ``angular``, ``re``, ``im``, ``modulus``, ``phase``,
    ``parallel re``, ``parallel im``, ``cycle`` and ``temperature``; three columns without names
    are ``frequency``, ``second`` and ``third``. Raises `ReadError` if there is no frequency, or
    if two columns of one name differ.
    """
    meanings = [meaning_of(name) for name in table.names]
    asked = {
        quantity: Role(index, _as_asked(source, table, index, quantity))
        for quantity, wanted in hints.columns.items()
        for index in [_named_column(source, table, wanted)]
    }
    if not table.names:
        if asked:
            return {"frequency": Role(0)} | asked
        if table.width == 3:
            return {"frequency": Role(0), "second": Role(1), "third": Role(2)}
        raise source.error(
            f"{table.width} columns without names",
            "only three (frequency, Re Z, Im Z) can be told apart; say which is which with "
            "columns={'frequency': 1, 're': 2, 'im': 3}",
            table.first_line,
        )
    named = _by_name(source, table, meanings, besides=frozenset(asked))
    if asked.keys() - {"frequency"}:  # the caller chose the impedance: no other column counts
        named = {q: r for q, r in named.items() if q in ("frequency", "angular", "cycle")}
    if "frequency" in asked:
        named.pop("angular", None)
    found = named | asked
    if not {"frequency", "angular"} & found.keys():
        raise missing(source, table, "no frequency column")
    return found


def _as_asked(source: FileContent, table: RawTable, index: int, quantity: str) -> Meaning | None:
    if not table.names:
        return None
    refuse_other_quantity(source, table.names[index], quantity, table.first_line)
    meaning = meaning_as(table.names[index], quantity)
    if meaning is None:
        raise source.error(
            f"column {table.title(index)} cannot hold {quantity}, by its unit",
            "choose another column with columns={...}",
            table.first_line,
        )
    return meaning


def refuse_other_quantity(source: FileContent, name: str, quantity: str, line: int | None) -> None:
    """Raise `ReadError` if a column that the caller says holds ``quantity`` is no impedance."""
    if quantity in ("frequency", "angular", "cycle", "temperature"):
        return
    other = other_quantity([name])
    if other is not None:
        raise source.error(f"column {name.strip()!r} is of {other}, not {quantity}", INSTEAD, line)


def missing(source: FileContent, table: RawTable, what: str) -> ReadError:
    """Build the error for a table that lacks a column, listing the ones it has."""
    names = ", ".join(repr(name.strip()) for name in table.names if name.strip())
    line = max(table.first_line - 1, 1) if table.first_line else None
    other = other_quantity(table.names) if "impedance" in what else None
    if other is not None:
        return source.error(f"{what} among {names}, but {other}", INSTEAD, line)
    return source.error(
        f"{what} among {names}",
        f"{WANTED}; name them with columns={{'frequency': ..., 're': ..., 'im': ...}}",
        line,
    )


def _named_column(source: FileContent, table: RawTable, wanted: str | int) -> int:
    names = [name.strip() for name in table.names]
    if isinstance(wanted, str):
        without_unit = [name.partition(" [")[0] for name in names]
        for spelling in (names, without_unit):
            if wanted.strip() in spelling:
                return spelling.index(wanted.strip())
        have = ", ".join(map(repr, names)) if names else f"{table.width} columns without names"
        raise source.error(f"there is no column {wanted!r}", f"the table has {have}")
    if not 1 <= wanted <= table.width:
        raise source.error(
            f"there is no column number {wanted}", f"the table has columns 1 to {table.width}"
        )
    return wanted - 1


def _by_name(
    source: FileContent, table: RawTable, meanings: list[Meaning | None], besides: frozenset[str]
) -> dict[str, Role]:
    """Take the column of each quantity; two that differ are asked about."""
    found: dict[str, Role] = {}
    for index, meaning in enumerate(meanings):
        if meaning is None or (meaning.unit is not None and meaning.unit.kind == "per area"):
            continue
        quantity = meaning.quantity
        if quantity not in found:
            found[quantity] = Role(index, meaning)
        elif quantity not in ("cycle", "temperature", *besides) and "weak" not in quantity:
            first = found[quantity].index
            if list(table.columns[first]) != list(table.columns[index]):
                raise source.error(
                    f"columns {table.title(first)} and {table.title(index)} both hold {quantity}",
                    f"say which one with columns={{{quantity!r}: ...}}",
                    table.first_line,
                )
    if "weak modulus" in found:
        found.setdefault("modulus", found["weak modulus"])
    if {"weak re", "weak im"} <= found.keys() and not {"re", "im", "modulus"} & found.keys():
        found |= {"re": found["weak re"], "im": found["weak im"]}
    return found
