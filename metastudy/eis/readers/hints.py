"""What the caller says about a file where the file does not say it itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from .source import ReadError

QUANTITIES = ("frequency", "re", "im", "modulus", "phase")

# keyword -> the words it takes
_WORDS: dict[str, tuple[str, ...]] = {
    "imaginary": ("Im", "-Im"),
    "frequency_unit": ("Hz", "kHz", "MHz", "mHz", "rad/s"),
    "impedance_unit": ("ohm", "mohm", "kohm", "Mohm"),
    "phase_unit": ("deg", "rad"),
    "decimal": (".", ","),
    "invalid_rows": ("error", "report"),
}


@dataclass(frozen=True)
class Hints:
    """Answers of the caller to what a file leaves open; ``None`` lets the file decide."""

    imaginary: str | None = None
    frequency_unit: str | None = None
    impedance_unit: str | None = None
    phase_unit: str | None = None
    decimal: str | None = None
    invalid_rows: str | None = None
    columns: Mapping[str, str | int] = field(default_factory=dict)
    sheet: str | None = None

    def __post_init__(self) -> None:
        for keyword, words in _WORDS.items():
            value = getattr(self, keyword)
            if value is not None and value not in words:
                raise ReadError(f"{keyword}={value!r} is not known; use one of {', '.join(words)}")
        for quantity, column in self.columns.items():
            if quantity not in QUANTITIES:
                raise ReadError(f"columns names {quantity!r}; its keys are {', '.join(QUANTITIES)}")
            if isinstance(column, bool) or not isinstance(column, str | int):
                raise ReadError(
                    f"columns[{quantity!r}] is {column!r}; give its name or its number from 1"
                )

    @property
    def text(self) -> str:
        """The answers as JSON in one line, for a record of what was read; empty without any."""
        given = {
            one.name: dict(value) if one.name == "columns" else value
            for one in fields(self)
            if (value := getattr(self, one.name))
        }
        return json.dumps(given, ensure_ascii=False, sort_keys=True) if given else ""

    @classmethod
    def parse(cls, text: str) -> Hints:
        """Read what `text` wrote.

        Raises
        ------
        ReadError
            If it is no JSON of these keywords.
        """
        if not text:
            return cls()
        try:
            given = json.loads(text)
            return cls(**given)
        except (ValueError, TypeError, AttributeError, RecursionError):
            names = ", ".join(one.name for one in fields(cls))
            raise ReadError(
                f"{text[:60]!r} says not how a file is read; expected JSON of {names}"
            ) from None


_KEY = re.compile(rf"(?:^|,)\s*({'|'.join(QUANTITIES)})=")


def parse_columns(text: str) -> dict[str, str | int]:
    """Read ``frequency=1,re=2,im=Z'' (Ohm)`` as the names or numbers of columns.

    A comma inside a name is part of it, unless one of the quantities and ``=`` follow.

    Raises
    ------
    ReadError
        If it is of another form.
    """
    _, *parts = _KEY.split(text)
    found = {
        key: int(name) if re.fullmatch("[0-9]{1,5}", name.strip()) else name.strip()
        for key, name in zip(parts[::2], parts[1::2], strict=True)
    }
    begins = _KEY.match(text)
    if (text.strip() and begins is None) or not all(map(str, found.values())):
        raise ReadError(
            f"columns={text!r} is not understood; write names or numbers from 1, such as "
            "frequency=1,re=2,im=3"
        )
    return found
