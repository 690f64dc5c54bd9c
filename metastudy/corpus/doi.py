"""One form for a DOI: the name below the resolver, in lower case."""

from __future__ import annotations

import re
from urllib.parse import unquote

_RESOLVER = re.compile(r"^(https?://)?(dx\.|www\.)?doi\.org/|^doi:\s*", re.IGNORECASE)


def normalised_doi(text: str) -> str:
    """Return a DOI without resolver, percent signs, trailing stop and capital letters.

    DOIs are compared without case (ISO 26324); resolvers accept percent-encoded ones.

    >>> normalised_doi("https://doi.org/10.1000/Probe%2E2.")
    '10.1000/probe.2'
    """
    return unquote(_RESOLVER.sub("", text.strip())).casefold().rstrip(".,;")
