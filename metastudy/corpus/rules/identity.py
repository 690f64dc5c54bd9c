"""Studies, records and sources have one name each, and the name says what it belongs to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from metastudy.corpus.finding import Finding, Place
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
DOI_TWICE = error(
    "doi-twice",
    reason="One work in two folders would count as two works.",
    good="Every DOI in one study",
    bad="The same DOI in two studies",
)
DOI_MISSING = error(
    "doi-missing",
    reason="A reader must be able to find the source, or to learn why that is hard.",
    good="doi: 10.1021/acsami.8b02427, or doi_missing: with a reason",
    bad="Neither doi nor doi_missing, or both",
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

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "ß": "ss", "æ": "ae", "đ": "d", "ı": "i"})


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold the names of studies, sources and records."""
    dois: dict[str, str] = {}
    for study in checked.studies:
        yield from _study_names(study)
        yield from _doi(study, dois)
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
    place = study.yaml_place("study_id")
    if study.id != folder:
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
        yield STUDY_SOURCE.at(place, message, hint, study.id)


def _doi(study: Study, seen: dict[str, str]) -> Iterator[Finding]:
    source = study.source
    if bool(source.doi) == bool(source.doi_missing):
        both = "both doi and doi_missing" if source.doi else "neither doi nor doi_missing"
        message = f"the source has {both}."
        hint = "Give the DOI, or in doi_missing the reason why there is none."
        yield DOI_MISSING.at(study.tree.key_place(("source",)), message, hint)
    if not source.doi:
        return
    doi = source.doi.casefold()
    if doi in seen:
        message = f"the DOI {source.doi} is also in {seen[doi]}."
        hint = "One work is one study: move the rows there."
        yield DOI_TWICE.at(study.yaml_place("source", "doi"), message, hint, source.doi)
    seen.setdefault(doi, study.id)


def _records(checked: CheckedRows) -> Iterator[Finding]:
    first: dict[str, Place] = {}
    for row in checked.rows:
        place = row.place("record_id")
        if row.id in first:
            other = first[row.id]
            message = f"record_id {row.id} is already in {other.file}:{other.line}."
            yield RECORD_TWICE.of_row(row, "record_id", message, "Take the next free number.")
            continue
        first[row.id] = place
        folder = row.study.table.file.split("/")[-2]
        if row.id.rpartition(".")[0] != folder:
            message = f"record_id {row.id} does not start with the study's name."
            hint = f"Name it {folder}. and a number of three digits."
            yield RECORD_FOREIGN.of_row(row, "record_id", message, hint)
