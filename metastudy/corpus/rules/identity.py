"""Studies, records and sources have one name each, and the name says what it belongs to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from metastudy.corpus.canonical import CanonicalRow
from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.rule import error
from metastudy.corpus.study import Study

STUDY_FOLDER = error(
    "study-folder",
    reason="Records and decisions find a study by its folder; two names would be two studies.",
    good="data/studies/noi_2018_nasicon/ holds study_id: noi_2018_nasicon",
    bad="data/studies/noi_2018_nasicon/ holds study_id: noi_2018_glass",
)
STUDY_SOURCE = error(
    "study-source",
    reason="The id is family_year_word of the source, so that it can be recomputed and believed.",
    good="noi_2018_nasicon, for Noi, K. in 2018",
    bad="noi_2019_nasicon, for Noi, K. in 2018",
)
DOI_MISSING = error(
    "doi-missing",
    reason="A reader must be able to find the source, or to learn why that is hard.",
    good="doi: 10.1021/acsami.8b02427, or doi_missing: with a reason",
    bad="Neither doi nor doi_missing, or both",
)
AUTHOR_FORM = error(
    "author-form",
    reason="A name cut in two at its comma makes two authors, and an id of the wrong one.",
    good="authors: ['Noi, K.', 'Suzuki, K.']",
    bad="authors: [Noi, K., Suzuki, K.]",
)
IMPOSSIBLE_DATE = error(
    "impossible-date",
    reason="A date that no calendar has, or before the work was there, was typed wrongly.",
    good="date: '2026-11-25' for a work of 2018",
    bad="date: '2026-02-30', or a curation in 2017 of a work of 2018",
)
RECORD_TWICE = error(
    "record-twice",
    reason="A record id names one printed number for good.",
    good="noi_2018_nasicon.001, noi_2018_nasicon.002",
    bad="noi_2018_nasicon.001 on two rows",
)
RECORD_FOREIGN = error(
    "record-foreign",
    reason="The part before the dot says in which folder the record is.",
    good="noi_2018_nasicon.001 in noi_2018_nasicon/measurements.csv",
    bad="chen_2019_peo.001 in noi_2018_nasicon/measurements.csv",
)

_INITIALS = re.compile(r"[^\W\d_]\.?([ -]?[^\W\d_]\.)*")
FIRST_YEAR = 1800  # the year of the pile: no resistance was measured before
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "ß": "ss", "æ": "ae", "đ": "d", "ı": "i"})


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold the names of studies, sources and records."""
    for study in checked.studies:
        yield from _study_names(study)
        yield from _doi(study)
        yield from _authors(study)
        yield from _dates(study)
    yield from _records(checked)


def family_names(author: str) -> set[str]:
    """Fold the family name of ``Family, initials`` to what an id may start with.

    An umlaut folds to its bare letter or, as German does, to two letters.
    """
    family = author.split(",")[0].strip().casefold().translate(_LETTERS)
    german = family.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    folded = set()
    for name in (family, german):
        bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
        folded.add(re.sub(r"[^a-z]+", "_", bare).strip("_"))
    return folded


def _study_names(study: Study) -> Iterator[Finding]:
    folder = study.table.file.split("/")[-2]
    if study.id != folder:
        place = study.yaml_place("study_id")
        message = f"study_id is {study.id!r}, the folder is {folder!r}."
        yield STUDY_FOLDER.at(place, message, "Give both the same name.", study.id)
        return
    source = study.source
    families = family_names(source.authors[0])
    if source.kind == "unidentified":
        families.add("unidentified")
    starts = sorted(f"{family}_{source.year}_" for family in families if family)
    if not any(study.id.startswith(start) for start in starts):
        message = (
            f"study_id is {study.id!r}, the first author is {source.authors[0]!r} "
            f"and the year {source.year}."
        )
        wanted = " or ".join(f"{start}word" for start in starts)
        hint = f"Name study and folder {wanted}."
        if not starts:
            hint = "Write the first author's family name in Latin letters."
        yield STUDY_SOURCE.at(study.yaml_place("study_id"), message, hint, study.id)


def _doi(study: Study) -> Iterator[Finding]:
    source = study.source
    if bool(source.doi) == bool(source.doi_missing):
        both = "both doi and doi_missing" if source.doi else "neither doi nor doi_missing"
        message = f"the source has {both}."
        hint = "Give the DOI, or in doi_missing the reason why there is none."
        yield DOI_MISSING.at(study.tree.key_place(("source",)), message, hint)


def _authors(study: Study) -> Iterator[Finding]:
    for index, name in enumerate(study.source.authors):
        if _INITIALS.fullmatch(name):
            place = study.yaml_place("source", "authors", index)
            message = f"the author {index + 1} is {name!r}, initials without a family name."
            hint = "Quote every name that holds a comma: ['Noi, K.', 'Suzuki, K.']."
            yield AUTHOR_FORM.at(place, message, hint, name)
            return


def _dates(study: Study) -> Iterator[Finding]:
    """Hold the dates of curation against calendar and publication (a year ahead of print)."""
    year = study.source.year
    for index, entry in enumerate(study.curation):
        day = entry["date"]
        message, hint = "", ""
        if not real_date(day):
            message = f"the date {day} is in no calendar."
            hint = "Write year-month-day."
        elif year.isdigit() and int(year) > int(day[:4]) + 1:
            message = f"the work is of {year}, and was curated on {day}."
            hint = "Check year and date."
        if message:
            place = study.yaml_place("curation", index, "date")
            yield IMPOSSIBLE_DATE.at(place, message, hint, day)
    if year.isdigit() and int(year) < FIRST_YEAR:
        message = f"the year of the work is {year}."
        place = study.yaml_place("source", "year")
        yield IMPOSSIBLE_DATE.at(place, message, "Check the year.", year)


def real_date(text: str) -> bool:
    """Say whether a text such as 2026-11-25 is a day of the calendar."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _records(checked: CheckedRows) -> Iterator[Finding]:
    first: dict[str, CanonicalRow] = {}
    for row in checked.rows:
        other = first.setdefault(row.id, row)
        if other is not row:
            message = f"record_id {row.id} is already in {other.table.file}:{other.line}."
            yield RECORD_TWICE.of_row(row, "record_id", message, "Take the next free number.")
            continue
        folder = row.study.table.file.split("/")[-2]
        if row.id.rpartition(".")[0] != folder:
            message = f"record_id {row.id} does not start with the study's name."
            hint = f"Name it {folder}. and a number of three digits."
            yield RECORD_FOREIGN.of_row(row, "record_id", message, hint)
