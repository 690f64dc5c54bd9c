"""``.zenodo.json``: what the archive Zenodo shows of a deposit.

Fields: https://developers.zenodo.org/#representation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metastudy.contribute.release.citation import DATA_LICENCE, Author, Citation


def zenodo(citation: Citation, dois: Sequence[str]) -> dict[str, Any]:
    """Return the metadata of a deposit; the works that numbers were read in are its sources.

    Parameters
    ----------
    citation
        The release.
    dois
        DOIs of the works.
    """
    return {
        "title": citation.title,
        "description": f"<p>{citation.abstract}</p>",
        "upload_type": "dataset",
        "access_right": "open",
        "license": DATA_LICENCE.lower(),
        "version": citation.version,
        "publication_date": citation.day,
        "language": "eng",
        "creators": [_creator(author) for author in citation.authors],
        "keywords": list(citation.keywords),
        "related_identifiers": [
            {"identifier": doi, "relation": "isDerivedFrom", "scheme": "doi"} for doi in dois
        ],
    }


def _creator(author: Author) -> dict[str, str]:
    orcid = author.orcid.rpartition("/")[2]
    return {"name": author.listed} | ({"orcid": orcid} if orcid else {})
