"""Authors and licence in the words of schema.org."""

from __future__ import annotations

from typing import Any

from metastudy.contribute.release.citation import Author

LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"


def schema_org(author: Author) -> dict[str, Any]:
    """Return an author as a person, or as an organisation where no given name is known."""
    if not author.given:
        return {"@type": "Organization", "name": author.name}
    person = {
        "@type": "Person",
        "name": f"{author.given} {author.name}",
        "givenName": author.given,
        "familyName": author.name,
    }
    return person | ({"@id": author.orcid} if author.orcid else {})
