"""A new study: its folder with study.yaml and measurements.csv to be filled.

Every field has a line of its own with what goes in it. Optional fields are commented out; a
field that must be filled is empty, so that the check names it until it is.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from metastudy.contribute.bibliography import Reference
from metastudy.contribute.checkout import checkout_root, study_folder
from metastudy.contribute.study_form import Form, class_of, of_other_work, study_yaml
from metastudy.contribute.study_id import study_id_of
from metastudy.corpus.corpus import STUDY_NAME, read_corpus
from metastudy.corpus.doi import normalised_doi
from metastudy.corpus.schema import Schema, Schemas
from metastudy.corpus.study import COLUMNS
from metastudy.corpus.table import text_fault
from metastudy.corpus.vocabulary import CLASSES, Vocabulary
from metastudy.corpus.words import vocabulary_with_words
from metastudy.errors import MetastudyError

# The parts of study.yaml that rows of measurements.csv and other parts point to.
LINKED = ("contact", "preparation", "sample", "cell", "state")


class ScaffoldError(MetastudyError):
    """A study that cannot be begun: its name, its DOI, or its place."""


@dataclass(frozen=True)
class NewStudy:
    """What is known of a study before its file is filled.

    Attributes
    ----------
    study_id
        family_year_word; computed from the reference where it is empty.
    interface_class
        LE/SE, PE/SE or SE/SE: other fields are not shown.
    like
        A study whose contacts, preparations, samples, cells and states are taken over, without
        numbers.
    unsaid
        A word of the vocabulary ``missing`` for every condition, as the curator says of the source.
    """

    study_id: str = ""
    reference: Reference = field(default_factory=Reference)
    interface_class: str = ""
    like: str = ""
    unsaid: str = ""


def new_study(new: NewStudy, day: date, root: Path | None = None) -> list[Path]:
    """Make ``data/studies/<study_id>/`` with study.yaml and measurements.csv to be filled.

    Parameters
    ----------
    day
        The date of the curation entry.
    root
        Folder that holds ``data/`` and ``schemas/``.

    Returns
    -------
    list of Path
        The files, study.yaml first.

    Raises
    ------
    ScaffoldError
        Where a word, the id or the DOI is not of its form, the folder exists, another study has
        the DOI, or nothing can be written.
    StudyIdError
        Where no id is given and none can be computed.
    CheckoutError
        Where the root is no checkout.
    """
    root = checkout_root(root)
    vocabulary = vocabulary_with_words(root / "data")
    _hold_words(new, vocabulary)
    folder = _place(new, root / "data" / "studies")
    schemas = Schemas(root / "schemas", vocabulary)
    schema = schemas.schema("study")
    reference = replace(new.reference, doi=normalised_doi(new.reference.doi))
    if reference.doi:
        _hold_doi(reference.doi, new.reference.doi, schema, folder.parent)
    parts = _parts(new.like, root)
    shown = new.interface_class or (class_of(parts) if new.like else "")
    form = Form(schema, vocabulary, shown, new.unsaid)
    known = {"study_id": folder.name, "source": _source(reference, folder.name), **parts}
    known["curation"] = [{"role": "curator", "date": day.isoformat()}]
    if new.interface_class and not new.like:
        known["contacts"][0]["class"] = new.interface_class
    texts = {
        "study.yaml": study_yaml(form, known, schemas.schema("measurement")),
        "measurements.csv": first_row(folder.name, known),
    }
    return _write(folder, texts)


def _hold_words(new: NewStudy, vocabulary: Vocabulary) -> None:
    if new.interface_class and new.interface_class not in CLASSES:
        raise ScaffoldError(
            f"{new.interface_class!r} is no class of contacts; it is one of {', '.join(CLASSES)}"
        )
    if new.unsaid and new.unsaid not in vocabulary["missing"]:
        raise ScaffoldError(
            f"{new.unsaid!r} is no word for a gap; the words are {', '.join(vocabulary['missing'])}"
        )
    for text in (new.reference.title, *new.reference.authors, new.reference.container):
        fault = text_fault(text)
        if fault is not None:
            raise ScaffoldError(f"{text!r} {fault.message} {fault.hint}")


def _place(new: NewStudy, studies: Path) -> Path:
    """Return the folder of the new study, or refuse its name."""
    taken = {path.name for path in studies.iterdir()}
    study_id = new.study_id or study_id_of(new.reference, taken)
    if not STUDY_NAME.fullmatch(study_id):
        raise ScaffoldError(
            f"{study_id!r} is not a study id; write family_year_word in lower case without "
            "accents, such as mangani_2024_tuning (undated where there is no year)"
        )
    if study_id in taken:
        raise ScaffoldError(
            f"{studies / study_id}: exists; fill it, or take another last word for another work"
        )
    return studies / study_id


def _hold_doi(doi: str, typed: str, schema: Schema, studies: Path) -> None:
    """Refuse a DOI that is none, or that another study has.

    The files are searched as text: a study that does not pass the check yet counts too.
    """
    part = schema["properties"]["source"]["properties"]["doi"]
    if not re.fullmatch(part["pattern"], doi):
        raise ScaffoldError(f"{typed!r} is not a DOI; it reads like 10.1021/acsami.4c08882")
    line = re.compile(rf"^\s*doi:\s*[\"']?{re.escape(doi)}[\"']?\s*(#.*)?$", re.I | re.M)
    for path in sorted(studies.glob("*/study.yaml")):
        if line.search(path.read_text(encoding="utf-8", errors="replace")):
            raise ScaffoldError(
                f"{doi} is the study {path.parent.name}; add its numbers there instead"
            )


def _source(reference: Reference, study_id: str) -> dict[str, Any]:
    """Return the source as far as the reference says, with the gaps that must be filled."""
    given = {
        "kind": reference.kind,
        "title": reference.title,
        "authors": list(reference.authors),
        "container": reference.container,
        "volume": reference.volume,
        "issue": reference.issue,
        "pages": reference.pages,
    }
    source: dict[str, Any] = {name: value for name, value in given.items() if value}
    # An empty DOI stands as a gap: it is to be filled, or doi_missing in its place.
    return source | {"doi": reference.doi, "year": reference.year or study_id.split("_")[-2]}


def _parts(like: str, root: Path) -> dict[str, Any]:
    """Return contacts to states: of a similar study, or one of each with its links."""
    if like:
        study_folder(like, root)
        study = read_corpus(root, only=[like]).studies.get(like)
        if study is None:
            raise ScaffoldError(f"{like} has faults; metastudy check {like} lists them")
        return of_other_work(study.tree.value)
    parts: dict[str, Any] = {f"{part}s": [{"id": f"{part}_1"}] for part in LINKED}
    parts["samples"][0] |= {"preparation": "preparation_1", "contact": "contact_1"}
    return parts


def first_row(study_id: str, known: Mapping[str, Any]) -> str:
    """Return measurements.csv with one row to be filled."""
    filled = {"record_id": f"{study_id}.001"}
    for part in ("sample", "cell", "state"):
        entries = known[f"{part}s"]
        filled[f"{part}_id"] = entries[0]["id"] if len(entries) == 1 else ""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerow([filled.get(name, "") for name in COLUMNS])
    return buffer.getvalue()


def _write(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write the folder whole or not at all."""
    new = folder.parent / f".{folder.name}.new-{os.getpid()}"
    try:
        new.mkdir()
        for name, text in texts.items():
            (new / name).write_text(text, encoding="utf-8", newline="")
        new.rename(folder)
    except OSError as error:
        raise ScaffoldError(f"{folder}: cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return [folder / name for name in texts]
