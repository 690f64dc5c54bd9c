"""One work is one study, whatever its DOI, and the numbers of one work enter once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import combinations

from metastudy.corpus.canonical import CanonicalRow
from metastudy.corpus.doi import normalised_doi
from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.identity import family_names
from metastudy.corpus.rules.references import near
from metastudy.corpus.rules.rule import error, warning
from metastudy.corpus.study import Study

DOI_TWICE = error(
    "doi-twice",
    reason="One work in two folders would count as two works.",
    good="Every DOI in one study",
    bad="The same DOI in two studies, also with a trailing stop or percent signs",
)
DOI_FORM = error(
    "doi-form",
    reason="Two spellings of one DOI would be two works, and links are made from it.",
    good="10.1021/acsami.8b02427",
    bad="10.1021/acsami.8b02427. with a trailing stop, or 10.1000/probe%2E2",
)
WORK_TWICE = error(
    "work-twice",
    reason="A preprint and its article, or one article entered by two people, is one work.",
    good="source of the preprint: version_of: noi_2018_nasicon",
    bad="Two studies with one title and first author, and no version_of",
)
VERSION_OF = error(
    "version-of",
    reason="A version points to the study that counts as the work.",
    good="version_of: noi_2018_nasicon, which has no version_of itself",
    bad="version_of names no study, the study itself, or another version",
)
VALUES_TWICE = warning(
    "values-twice",
    reason="Numbers that agree to the digit in several rows come from one set of samples.",
    good="reference_record in the rows that repeat, or numbers of another set of samples",
    bad="Three rows of two studies with the same values and temperatures",
    needs="three printed numbers of two and more digits with equal quantity, unit, temperature "
    "and value, in rows of contacts without a reference_record between the studies",
)

ROWS_ALIKE = 3
# A number that many works print is no sign that one of them copied it.
_COMMON = 4
_YEARS = 2  # between a preprint and its article


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold the sources of all studies against each other."""
    dois: dict[str, Study] = {}
    titles: dict[tuple[str, str], list[Study]] = {}
    for study in checked.studies:
        yield from _version(study, checked)
        yield from _doi(study, dois)
        title = folded_title(study.source.title)
        families = family_names(study.source.authors[0]) - {""}
        for key in {(title, family) for family in families} if title else ():
            others = [other for other in titles.get(key, ()) if _near_years(study, other)]
            titles.setdefault(key, []).append(study)
            if others and not _linked(study, others[0]):
                yield _work_twice(study, others[0])
                break


def repeated_values(checked: CheckedRows) -> Iterator[Finding]:
    """Find pairs of studies that share several printed numbers."""
    printed: dict[tuple[str, ...], list[CanonicalRow]] = {}
    for row in checked.rows:
        m = row.m
        if m.role in ("interface", "bound", "kinetic") and _digits(m.value_text) > 1:
            if row.refit is None and not m.reference_record:
                key = (m.quantity, m.value_text, str(row.unit), m.qualifier, m.temperature_text)
                printed.setdefault(key, []).append(row)
    pairs: dict[tuple[str, str], list[tuple[CanonicalRow, CanonicalRow]]] = {}
    for rows in printed.values():
        first = {row.study.id: row for row in reversed(rows)}
        if 1 < len(first) <= _COMMON:
            for a, b in combinations(first.values(), 2):
                a, b = sorted((a, b), key=lambda row: row.study.id)
                pairs.setdefault((a.study.id, b.study.id), []).append((a, b))
    for (one, _), same in pairs.items():
        if len(same) >= ROWS_ALIKE:
            yield _values_twice(one, same)


def folded_title(title: str) -> str:
    """Return the letters and digits of a title, without case, marks and accents."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKD", title).casefold())


def _version(study: Study, checked: CheckedRows) -> Iterator[Finding]:
    name = study.source.version_of
    if not name or name in checked.corpus.unread:
        return
    other = checked.corpus.studies.get(name)
    if other is not None and other is not study and not other.source.version_of:
        return
    message = f"version_of is {name!r}, which is no study."
    hint = near(name, checked.corpus.studies)
    if other is study:
        message, hint = "version_of names the study itself.", "Name the other version."
    elif other is not None:
        message = f"version_of is {name}, which is a version of {other.source.version_of} itself."
        hint = f"Name {other.source.version_of}."
    yield VERSION_OF.at(study.yaml_place("source", "version_of"), message, hint, name)


def _doi(study: Study, seen: dict[str, Study]) -> Iterator[Finding]:
    if not study.source.doi:
        return
    doi = normalised_doi(study.source.doi)
    if doi in seen:
        place, other = (work.yaml_place("source", "doi") for work in (study, seen[doi]))
        message = f"the DOI {study.source.doi} is also in {seen[doi].id} ({other})."
        hint = "One work is one study: move the rows there."
        yield DOI_TWICE.at(place, message, hint, study.source.doi)
    elif doi != study.source.doi.casefold():
        message = f"the DOI is {study.source.doi!r}."
        place = study.yaml_place("source", "doi")
        yield DOI_FORM.at(place, message, f"Write {doi}.", study.source.doi)
    seen.setdefault(doi, study)


def _near_years(study: Study, other: Study) -> bool:
    years = (study.source.year, other.source.year)
    if not all(year.isdigit() for year in years):
        return True
    return abs(int(years[0]) - int(years[1])) <= _YEARS


def _linked(study: Study, other: Study) -> bool:
    """Say whether two studies are said to be versions of one work, or fail as one DOI."""
    names = {s.source.version_of or s.id for s in (study, other)}
    dois = {normalised_doi(s.source.doi) for s in (study, other)}
    return len(names) == 1 or (len(dois) == 1 and dois != {""})


def _work_twice(study: Study, other: Study) -> Finding:
    place = study.yaml_place("source", "title")
    there = other.yaml_place("source", "title")
    message = f"title and first author are those of {other.id} ({there})."
    hint = f"Move the rows there, or say in source: version_of: {other.id}."
    return WORK_TWICE.at(place, message, hint, study.source.title)


def _values_twice(one: str, same: list[tuple[CanonicalRow, CanonicalRow]]) -> Finding:
    first, second = same[0]
    shown = ", ".join(row.text for row, _ in same[:ROWS_ALIKE])
    message = (
        f"{len(same)} printed numbers are those of {one} to the digit: {shown}; the first is "
        f"{first.id} ({first.table.file}:{first.line})."
    )
    hint = "Give reference_record in the rows that repeat, or decide with a reason."
    numbers = {"equal": str(len(same))}
    return VALUES_TWICE.of_row(second, "value_text", message, hint, [first.id, second.id], numbers)


def _digits(text: str) -> int:
    """Count the significant digits of a printed number."""
    mantissa = re.split(r"[eE x×·]", text.lstrip("+-"), maxsplit=1)[0]
    return len(mantissa.replace(".", "").lstrip("0"))
