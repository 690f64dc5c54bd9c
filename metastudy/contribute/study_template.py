"""An empty study to fill: its two files, made from the schemas and the vocabulary.

Every field has a line of its own with what goes in it. Optional fields are commented out; a
field that must be filled is empty, so that the check names it until it is.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from metastudy.corpus.corpus import STUDY_NAME, default_root
from metastudy.corpus.schema import Schema, Schemas
from metastudy.corpus.study import COLUMNS
from metastudy.corpus.vocabulary import Vocabulary, read_vocabulary
from metastudy.errors import MetastudyError

KeyPath = tuple[str, ...]
FEW_WORDS = 12
EMPTY = '""'
# The parts of study.yaml that rows of measurements.csv and other parts point to.
LINKED = ("contact", "preparation", "sample", "cell", "state")


class ScaffoldError(MetastudyError):
    """A study that cannot be begun: its name, its DOI, or its place."""


def new_study(study_id: str, day: date, doi: str = "", root: Path | None = None) -> list[Path]:
    """Make ``data/studies/<study_id>/`` with study.yaml and measurements.csv to be filled.

    Parameters
    ----------
    study_id
        family_year_word.
    day
        The date of the curation entry.
    doi
        The DOI of the work, with or without https://doi.org/; empty where it is not known yet.
    root
        Folder that holds ``data/`` and ``schemas/``.

    Returns
    -------
    list of Path
        The files, study.yaml first.

    Raises
    ------
    ScaffoldError
        Where the id or the DOI is not of its form, the folder exists, another study has the DOI,
        or nothing can be written.
    """
    folder = _place(study_id, root)
    root = folder.parents[2]
    vocabulary = read_vocabulary(root / "data" / "vocabulary")
    schemas = Schemas(root / "schemas", vocabulary)
    form = Form(schemas.schema("study"), vocabulary, _filled(study_id, day))
    if doi:
        doi = doi.strip().casefold().removeprefix("https://doi.org/").removeprefix("doi:")
        _hold_doi(doi, form.schema, folder.parent)
        form.filled[("source", "doi")] = f'"{doi}"'
    texts = {
        "study.yaml": study_yaml(form, schemas.schema("measurement")),
        "measurements.csv": first_row(study_id),
    }
    return _write(folder, texts)


def _place(study_id: str, root: Path | None) -> Path:
    """Return the folder of the new study, or refuse its name."""
    if not STUDY_NAME.fullmatch(study_id):
        raise ScaffoldError(
            f"{study_id!r} is not a study id; write family_year_word in lower case without "
            "accents, such as mangani_2024_tuning (undated where there is no year)"
        )
    if root is None:
        root = default_root()
        if root.name == "_share":
            raise ScaffoldError(
                "studies are added to a checkout, not to the installed package; "
                "give --root with the folder that holds data/ and schemas/"
            )
    studies = root / "data" / "studies"
    if not studies.is_dir():
        raise ScaffoldError(f"{studies}: no such folder; the data root holds data/studies")
    if (studies / study_id).exists():
        raise ScaffoldError(
            f"{studies / study_id}: exists; fill it, or take another last word for another work"
        )
    return studies / study_id


def _hold_doi(doi: str, schema: Schema, studies: Path) -> None:
    """Refuse a DOI that is none, or that another study has.

    The files are searched as text: a study that does not pass the check yet counts too.
    """
    part = schema["properties"]["source"]["properties"]["doi"]
    if not re.fullmatch(part["pattern"], doi):
        raise ScaffoldError(f"{doi!r} is not a DOI; it reads like 10.1021/acsami.4c08882")
    line = re.compile(rf"^\s*doi:\s*[\"']?{re.escape(doi)}[\"']?\s*(#.*)?$", re.I | re.M)
    for path in sorted(studies.glob("*/study.yaml")):
        if line.search(path.read_text(encoding="utf-8", errors="replace")):
            raise ScaffoldError(
                f"{doi} is the study {path.parent.name}; add its numbers there instead"
            )


def _filled(study_id: str, day: date) -> dict[KeyPath, str]:
    """Return what is known from the start: names that hold the parts together."""
    year = study_id.split("_")[-2]
    filled: dict[KeyPath, str] = {
        ("study_id",): study_id,
        ("source", "year"): f'"{year}"',
        ("source", "doi"): EMPTY,
        ("curation", "date"): f'"{day.isoformat()}"',
        ("samples", "preparation"): "preparation_1",
        ("samples", "contact"): "contact_1",
    }
    return filled | {(f"{part}s", "id"): f"{part}_1" for part in LINKED}


@dataclass(frozen=True)
class Form:
    """The schema of study.yaml, its words, and the fields that are filled already."""

    schema: Schema
    vocabulary: Vocabulary
    filled: dict[KeyPath, str]

    def lines(self) -> Iterator[str]:
        """Yield the lines of the file."""
        for key, part in self.schema["properties"].items():
            yield from self._field(key, part, (), required=True)

    def _field(self, key: str, part: Schema, above: KeyPath, required: bool) -> Iterator[str]:
        path = (*above, key)
        part = self._resolved(part)
        indent = "  " * len(above)
        about = self.about(part)
        if key == "axes":
            yield f"{indent}{key}:{_comment(about)}"
            yield from self._axes(indent + "  ")
        elif "properties" in part and "value" not in part["properties"]:
            yield f"{indent}{key}:{_comment(about)}"
            yield from self._fields(part, path)
        elif part.get("type") == "array" and "properties" in part["items"]:
            yield f"{indent}{key}:{_comment(about)}"
            first, *others = self._fields(part["items"], path)
            # The entry begins at its first key; the rest is below it, two blanks further in.
            yield f"{indent}  - {first.lstrip()}"
            yield from (f"  {line}" for line in others)
        else:
            value = self.filled.get(path, _blank(part))
            off = "" if required or path in self.filled else "# "
            yield f"{indent}{off}{key}: {value}{_comment(about)}"

    def _fields(self, part: Schema, path: KeyPath) -> Iterator[str]:
        for key, inner in part["properties"].items():
            yield from self._field(key, inner, path, key in part["required"])

    def _resolved(self, part: Schema) -> Schema:
        name = str(part.get("$ref", "")).rpartition("/")[2]
        return part if not name else self.schema["$defs"][name]

    def _axes(self, indent: str) -> Iterator[str]:
        for axis, row in self.vocabulary["axis"].items():
            of = self._words_of(row["of"]) if row["kind"] == "word" else f"A {row['kind']}."
            needed = f" Needed for {row['required_for']}." if row["required_for"] else ""
            about = f"{row['meaning']}{needed} {of}"
            off = "" if needed else "# "
            yield f"{indent}{off}{axis}: {EMPTY}{_comment(about)}"

    def about(self, part: Schema) -> str:
        """Say in one line what goes into a field, with its words where they are few."""
        part = self._resolved(part)
        said = [str(part.get("description", ""))]
        items = part.get("items", {})
        inner = items if "properties" not in items else {}
        table = part.get("x-vocabulary") or inner.get("x-vocabulary")
        if table:
            said.append(self._words_of(table))
        elif "enum" in part:
            said.append(f"One of: {', '.join(part['enum'])}.")
        elif "oneOf" in part:
            missing = ", ".join(self.vocabulary["missing"])
            said = [f'{{value: "10", unit: mm, locator: "Experimental"}}, or {missing}.']
        return " ".join(text for text in said if text)

    def _words_of(self, tables: str) -> str:
        words = [word for table in tables.split() for word in self.vocabulary[table]]
        if len(words) <= FEW_WORDS:
            return f"One of: {', '.join(words)}."
        return f"Words: {', '.join(f'data/vocabulary/{table}.csv' for table in tables.split())}."


def _blank(part: Schema) -> str:
    """Return an empty value: a list that may be empty is none, any other names its gap."""
    if part.get("type") == "array":
        return f"[{EMPTY}]" if part.get("minItems") else "[]"
    return EMPTY


def _comment(about: str) -> str:
    return f"  # {about}" if about else ""


def study_yaml(form: Form, row: Schema) -> str:
    """Return study.yaml to be filled; its end explains the columns of measurements.csv."""
    head = [
        "# Fill every empty field as the source prints it; delete what does not apply, and the",
        "# comments. A line that begins with # is optional. metastudy check names what is missing.",
    ]
    columns = [f"#   {name}: {form.about(row['properties'][name])}" for name in COLUMNS]
    title = "# measurements.csv has one printed number a row. Its columns, in order:"
    return "\n".join([*head, *form.lines(), "", title, *columns]) + "\n"


def first_row(study_id: str) -> str:
    """Return measurements.csv with one row to be filled."""
    filled: Mapping[str, str] = {
        "record_id": f"{study_id}.001",
        "sample_id": "sample_1",
        "cell_id": "cell_1",
        "state_id": "state_1",
    }
    buffer = io.StringIO()
    writer: Any = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerow([filled.get(name, "") for name in COLUMNS])
    return buffer.getvalue()


def _write(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write the folder whole or not at all."""
    new = folder.parent / f".{folder.name}.new-{os.getpid()}"
    try:
        new.mkdir()
        for name, text in texts.items():
            (new / name).write_text(text, encoding="utf-8")
        new.rename(folder)
    except OSError as error:
        raise ScaffoldError(f"{folder}: cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return [folder / name for name in texts]
