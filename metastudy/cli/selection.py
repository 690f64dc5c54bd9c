"""Options that choose observations by words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from metastudy.errors import MetastudyError

if TYPE_CHECKING:
    from metastudy.tables.dataset import Dataset

Words = list[str] | None


def _words(name: str, meaning: str) -> Any:
    return typer.Option(name, help=f"{meaning}; may be repeated.", rich_help_panel="Which rows")


@dataclass(frozen=True)
class Filters:
    """Words by filter; words of one filter add, filters narrow."""

    interface_class: Annotated[Words, _words("--class", "Class: LE/SE, PE/SE, SE/SE")] = None
    family: Annotated[Words, _words("--family", "Family, whole or in part")] = None
    system: Annotated[Words, _words("--system", "System, whole or in part")] = None
    salt: Annotated[Words, _words("--salt", "Salt")] = None
    arm: Annotated[Words, _words("--arm", "Arm: reference, treated")] = None
    treatment: Annotated[Words, _words("--treatment", "Treatment")] = None
    pair: Annotated[Words, _words("--pair", "Two materials: 'LLZO | PEO', 'garnet/PEO'")] = None
    study: Annotated[Words, _words("--study", "Work")] = None
    where: Annotated[Words, _words("--where", "COLUMN=WORD of any word column")] = None

    def wanted(self) -> dict[str, list[str]]:
        """Return the words by filter.

        Raises
        ------
        MetastudyError
            Where a word of ``--where`` has no column.
        """
        named = {
            "class": self.interface_class,
            "family": self.family,
            "system": self.system,
            "salt": self.salt,
            "arm": self.arm,
            "treatment": self.treatment,
            "pair": self.pair,
            "study": self.study,
        }
        wanted = {name: list(words) for name, words in named.items() if words}
        for text in self.where or ():
            column, equals, word = (part.strip() for part in text.partition("="))
            if not (column and equals and word):
                raise MetastudyError(f"--where {text!r}: write COLUMN=WORD, such as phase=melt")
            wanted.setdefault(column, []).append(word)
        return wanted

    def of(self, data: Dataset) -> Dataset:
        """Return the part of a dataset that answers to the words."""
        return data.subset(**self.wanted())
