"""The name of a study, from its first author, its year and a word of its title."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

from metastudy.contribute.bibliography import Reference
from metastudy.corpus.corpus import STUDY_NAME
from metastudy.corpus.rules.identity import family_names
from metastudy.errors import MetastudyError

SHORTEST = 4
# Words of titles that tell no work from another.
_COMMON = frozenset(
    "about against among analysis application applications based battery batteries between "
    "characterization characterisation effect effects electrolyte electrolytes enhanced from high "
    "highly improved improving influence insight insights interface interfaces interfacial into "
    "investigation ionic lithium novel origin performance properties resistance role solid state "
    "studies study system systems that their this through toward towards "
    "understanding using with".split()
)


class StudyIdError(MetastudyError):
    """A study whose name cannot be computed."""


def study_id_of(reference: Reference, taken: Container[str]) -> str:
    """Return ``family_year_word``, with the first telling word of the title that is free.

    Raises
    ------
    StudyIdError
        Where author or title do not give a name; the message asks for STUDY.
    """
    families = sorted(family_names(reference.authors[0]) - {""}) if reference.authors else []
    words = _words(reference.title)
    telling = [w for w in words if w not in _COMMON and w not in families] or words
    for word in telling:
        name = f"{families[0]}_{reference.year or 'undated'}_{word}" if families else ""
        if STUDY_NAME.fullmatch(name) and name not in taken:
            return name
    lacking = "title" if families else "first author"
    raise StudyIdError(
        f"the {lacking} gives no free study id; give STUDY as family_year_word, "
        "such as mangani_2024_tuning"
    )


def _words(title: str) -> list[str]:
    bare = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    return [word for word in re.findall(r"[a-z0-9]+", bare) if len(word) >= SHORTEST]
