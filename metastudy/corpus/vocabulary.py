"""Every allowed word, with one sentence of meaning, from ``data/vocabulary/*.csv``.

A vocabulary file is a table whose first two columns are ``word`` and ``meaning``; what follows is
property columns of that vocabulary (a solvent's donor number, a polymer's melting point).
"""

from __future__ import annotations

import csv
import difflib
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from metastudy.corpus.finding import Finding, Place, Severity
from metastudy.corpus.table import text_fault
from metastudy.corpus.unit_spelling import folded, parse_unit
from metastudy.errors import MetastudyError
from metastudy.units import CANONICAL, RECIPROCAL, UNITS, ZERO_CELSIUS_K

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


class VocabularyError(MetastudyError):
    """A vocabulary file that cannot be read as one; ``finding`` says where and why."""

    def __init__(self, file: str, line: int, message: str, hint: str) -> None:
        place = Place(f"data/vocabulary/{file}", line)
        self.finding = Finding("vocabulary", Severity.ERROR, place, message, hint)
        super().__init__(f"{place.file}:{line}: {message} {hint}")


# Tables that grow with the literature. The words of the others are branches of the code.
OPEN = (
    *("solvent", "salt", "polymer", "solid_electrolyte", "family", "se_form", "layer", "lab"),
    *("via", "atmosphere", "film_process", "joining_method", "surface_state", "surface_step"),
    *("treatment", "unit"),
)
# Tables of substances: one letter more or less is another substance, so no near word is offered.
_SUBSTANCES = frozenset({"solvent", "salt", "polymer", "solid_electrolyte", "ion"})
# Here an abbreviation is the initials of the elements.
_COMPOSITIONS = frozenset({"solid_electrolyte"})
_INITIALS = re.compile(r"[A-Z]{3,}")
SHORTEST = 5  # letters of a name whose slips can be told from another name
_PARTS = re.compile(r"[(),;]")
# A blank, hyphen or underscore, and a letter that is doubled, do not make another name.
_JOINTS = re.compile(r"[\s_\-\u2010-\u2014]+")


@dataclass(frozen=True)
class Vocabulary:
    """All vocabulary tables: ``words[table][word]`` is the row of a word."""

    words: Mapping[str, Mapping[str, Mapping[str, str]]]
    _units: dict[str, str | None] = field(default_factory=dict, repr=False, compare=False)
    _names: dict[str, Mapping[str, list[str]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __getitem__(self, table: str) -> Mapping[str, Mapping[str, str]]:
        return self.words[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def nearest(self, table: str, word: str) -> list[str]:
        """Return up to three known words that ``word`` may mean, best first.

        A word with that name, synonym or meaning comes first. Words that only look alike are
        offered where they cannot be another substance or another power of ten.
        """
        if table == "unit":
            return self._unit_meant(word)
        named = self._named(table).get(_name(word), [])
        if named:
            return named[:3]
        if table in _SUBSTANCES:
            letters = _letters(word)
            if len(letters) < SHORTEST:
                return self._continued(table, word)[:3]
            same = (w for name, w in self._named(table).items() if _letters(name) == letters)
            return list(dict.fromkeys(word for words in same for word in words))[:3]
        known = list(self.words[table])
        folded = {name.casefold(): name for name in known}
        close = difflib.get_close_matches(word.casefold(), list(folded), n=3, cutoff=0.6)
        return [folded[name] for name in close]

    def _continued(self, table: str, word: str) -> list[str]:
        """Return the words that go on where an abbreviation of a composition ends, as LLZO of LLZ.

        Of other substances the shorter name may be another one: DMS is not DMSO.
        """
        if table not in _COMPOSITIONS or not _INITIALS.fullmatch(word):
            return []
        start = _name(word)
        return [
            known
            for known, row in self.words[table].items()
            if any(
                _name(text).startswith(start)
                for text in (known, *row.get("synonyms", "").split("; "))
            )
        ]

    def _unit_meant(self, spelling: str) -> list[str]:
        """Return the one unit that differs in case alone; m and M are two powers of ten."""
        text = folded(spelling)
        units = {
            row["unit"]
            for known, row in self.words["unit"].items()
            if folded(known).casefold() == text.casefold()
            and not {folded(known)[0], text[0]} == {"m", "M"}
        }
        return list(units) if len(units) == 1 else []

    def _named(self, table: str) -> Mapping[str, list[str]]:
        """Return the words of a table by every name that they have, folded."""
        if table not in self._names:
            names: dict[str, list[str]] = {}
            for word, row in self.words[table].items():
                meaning = row["meaning"].removesuffix(".")
                given = [word, meaning, *row.get("synonyms", "").split("; ")]
                given += [row.get("formula", ""), *_PARTS.split(meaning)]
                for name in dict.fromkeys(_name(text) for text in given):
                    if name:
                        names.setdefault(name, []).append(word)
            self._names[table] = names
        return self._names[table]

    def number(self, table: str, word: str, column: str) -> float | None:
        """Return a numeric property of a word, or None where it is not known."""
        text = self.words[table][word][column]
        return float(text) if text else None

    def unit_of(self, spelling: str) -> str | None:
        """Return the unit of a printed spelling, or None."""
        if spelling not in self._units:
            self._units[spelling] = self._read_unit(spelling)
        return self._units[spelling]

    def _read_unit(self, spelling: str) -> str | None:
        """Look a spelling up, as it is and folded, or parse it."""
        known = self.words["unit"]
        for text in (spelling, folded(spelling)):
            if text in known:
                return known[text]["unit"]
        return parse_unit(spelling)


def _name(text: str) -> str:
    """Fold a name: NFKC, case, and the signs that join its parts."""
    return _JOINTS.sub("", unicodedata.normalize("NFKC", text).casefold())


def _letters(text: str) -> str:
    """Return the sorted letters of a name, doubled ones once; slips of typing keep them."""
    single = re.sub(r"(.)\1+", r"\1", _name(text))
    return "".join(sorted(single))


def read_vocabulary(folder: Path) -> Vocabulary:
    """Read every table of a vocabulary folder.

    Raises
    ------
    VocabularyError
        Where the folder is missing, or a table lacks its columns, repeats a word, or has a word
        without a meaning; the message names file, line and word.
    """
    if not folder.is_dir():
        hint = "The words are in data/vocabulary below the root."
        raise VocabularyError("", 1, f"{folder}: no such folder.", hint)
    vocabulary = Vocabulary({path.stem: _read_table(path) for path in sorted(folder.glob("*.csv"))})
    for table, columns in _COLUMNS.items():
        if table not in vocabulary.words:
            raise VocabularyError(f"{table}.csv", 1, "the table is missing.", "Put it back.")
        for name in (column.rstrip("#") for column in columns):
            if not all(name in row for row in vocabulary[table].values()):
                message = f"the column {name} is missing."
                raise VocabularyError(f"{table}.csv", 1, message, "Add the column.")
    if set(vocabulary["interface_class"]) != set(CLASSES):
        message = f"the classes are {', '.join(vocabulary['interface_class'])}."
        hint = f"The rules and answers know {', '.join(CLASSES)}."
        raise VocabularyError("interface_class.csv", 1, message, hint)
    for table, rows in vocabulary.words.items():
        for line, (word, row) in enumerate(rows.items(), start=2):
            fault = word_fault(table, word, row, vocabulary.words)
            if fault is not None:
                raise VocabularyError(f"{table}.csv", line, *fault)
    return vocabulary


CLASSES = ("LE/SE", "PE/SE", "SE/SE")
# Properties that the package reads, and which of them are numbers (or empty).
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "unit": ("unit",),
    "missing": (),
    "value_covers": (),
    "layer": (),
    "quantity": ("dimension", "lowest#", "highest#", "response"),
    "axis": ("kind", "of", "required_for"),
    "interface_class": ("reference_temperature_c#",),
    "solid_electrolyte": ("family", "ion"),
    "polymer": ("melting_point_c#",),
    "temperature_word": ("temperature_c#", "sd_k#"),
    "property": ("of", "dimension", "scales", "lowest#", "highest#"),
    **dict.fromkeys(("component", "family", "ion", "reason", "solvent", "salt"), ()),
}
# Lowest and highest of the numbers that have limits.
_LIMITS: Mapping[tuple[str, str], tuple[float, float]] = {
    ("temperature_word", "temperature_c"): (-ZERO_CELSIUS_K, 1000.0),
    ("temperature_word", "sd_k"): (0.0, 100.0),
    ("interface_class", "reference_temperature_c"): (-100.0, 1000.0),
    ("polymer", "melting_point_c"): (-ZERO_CELSIUS_K, 1000.0),
}


def word_fault(
    table: str,
    word: str,
    row: Mapping[str, str],
    words: Mapping[str, Mapping[str, Mapping[str, str]]],
) -> tuple[str, str] | None:
    """Return what is wrong with the properties of one word, and the remedy, or None."""
    for column in _COLUMNS.get(table, ()):
        name = column.rstrip("#")
        if column.endswith("#") and row[name]:
            if not _NUMBER.fullmatch(row[name]):
                message = f"{name} of {word!r} is {row[name]!r}, which is not a number."
                return message, "Type a number or nothing."
            low, high = _LIMITS.get((table, name), (-math.inf, math.inf))
            if not low < float(row[name]) < high:
                return (
                    f"{name} of {word!r} is {row[name]}.",
                    f"It lies between {low:g} and {high:g}.",
                )
    if table == "unit" and row["unit"] not in UNITS and row["unit"] not in RECIPROCAL:
        message = f"the unit {row['unit']!r} of {word!r} does not exist."
        return message, "Its factor is in units.py."
    for name, known in (("family", words["family"]), ("ion", words["ion"])):
        if table == "solid_electrolyte" and row[name] not in known:
            return f"the {name} {row[name]!r} of {word!r} does not exist.", f"See {name}.csv."
    for name in row["dimension"].split() if table in ("quantity", "property") else ():
        if name not in CANONICAL:
            return f"the dimension {name!r} of {word!r} does not exist.", "See units.py."
    if table == "axis":
        one = {"number": set(CANONICAL), "word": set(words), "text": {""}}.get(row["kind"])
        if (
            one is None
            or not set(row["of"].split()) <= one
            or (row["kind"] == "word") > bool(row["of"])
        ):
            message = f"the axis {word!r} has kind {row['kind']!r} of {row['of']!r}."
            return message, "A number has dimensions, a word a table, a text neither."
    return None


def _read_table(path: Path) -> dict[str, dict[str, str]]:
    def fault(line: int, message: str, hint: str) -> VocabularyError:
        return VocabularyError(path.name, line, message, hint)

    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise fault(1, f"not UTF-8 ({error.reason}).", "Save it as UTF-8.") from None
    except OSError as error:
        raise fault(1, f"cannot be read: {error.strerror}.", "Put a plain file here.") from None
    rows: dict[str, dict[str, str]] = {}
    reader = csv.DictReader(text.splitlines(), strict=True)
    try:
        if list(reader.fieldnames or ())[:2] != ["word", "meaning"]:
            raise fault(1, "the first columns are not word,meaning.", "Write that header.")
        for row in reader:
            line = reader.line_num
            if None in row or None in row.values():
                hint = "Quote cells that hold a comma; keep empty cells as empty."
                raise fault(line, "the row does not have as many cells as the header.", hint)
            word = row["word"]
            if not word or not row["meaning"].endswith("."):
                hint = "Explain it in one sentence with a full stop."
                raise fault(line, f"the word {word!r} has no meaning.", hint)
            for cell in row.values():
                wrong = text_fault(cell)
                if wrong is not None:
                    raise fault(line, f"a cell of {word!r} {wrong.message}", wrong.hint)
            if word in rows:
                raise fault(line, f"the word {word!r} is there twice.", "Keep one of them.")
            rows[word] = row
    except csv.Error as error:
        raise fault(reader.line_num, f"not readable as CSV: {error}.", "Check quotes.") from None
    return rows
