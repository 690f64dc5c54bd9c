"""``ro-crate-metadata.json``: the folder of a release as a research object, RO-Crate 1.1.

Specification: https://www.researchobject.org/ro-crate/specification/1.1/.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from metastudy.contribute.release.checksums import files_of, sha256
from metastudy.contribute.release.citation import Citation
from metastudy.contribute.release.people import LICENCE_URL, schema_org

FILE = "ro-crate-metadata.json"
_CONTEXT = [
    "https://w3id.org/ro/crate/1.1/context",
    {"sha256": "https://schema.org/sha256"},  # not among the terms of 1.1
]
_FORMATS = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".ipynb": "application/x-ipynb+json",
    ".md": "text/markdown",
    ".txt": "text/plain",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".parquet": "application/vnd.apache.parquet",
    ".sqlite": "application/vnd.sqlite3",
    ".bib": "application/x-bibtex",
    ".cff": "application/yaml",
}
_PARTS = {
    "tables/": "Tables of the dataset: CSV, Parquet, SQLite, sources.",
    "figures/": "Figures of the founding papers drawn again, each with its numbers and caption.",
    "results/": "The answer of each command that needs no input, as JSON.",
    "notebooks/": "Analyses as executed notebooks.",
}


def ro_crate(
    citation: Citation, folder: Path, dois: Sequence[str], software: str, commit: str
) -> dict[str, Any]:
    """Describe every file of a release, and the software that made it.

    Parameters
    ----------
    citation
        The release.
    folder
        Its files.
    dois
        DOIs of the works that numbers were read in.
    software
        Version of the package.
    commit
        The commit that the release was made from.
    """
    files = [_file(name, path) for name, path in files_of(folder)]
    below = {name: [f for f in files if f["@id"].startswith(name)] for name in _PARTS}
    present = [_folder(name, parts) for name, parts in below.items() if parts]
    others = [file for file in files if not file["@id"].startswith(tuple(_PARTS))]
    authors = _authors(citation)
    made_by: dict[str, Any] = {
        "@id": "#metastudy",
        "@type": "SoftwareApplication",
        "name": "metastudy",
        "version": software,
        "softwareVersion": f"{software}, commit {commit}",
    }
    works = [{"@id": f"https://doi.org/{doi}", "@type": "ScholarlyArticle"} for doi in dois]
    licence = {"@id": LICENCE_URL, "@type": "CreativeWork", "name": "CC BY 4.0"}
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": citation.title,
        "description": citation.abstract,
        "version": citation.version,
        "datePublished": citation.day,
        "license": _ref(licence),
        "author": _refs(authors),
        "publisher": _ref(authors[0]),
        "keywords": list(citation.keywords),
        "citation": _refs(works),
        "mentions": _ref(made_by),
        "hasPart": _refs([*present, *others]),
    }
    descriptor = {
        "@id": FILE,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
    }
    graph = [descriptor, root, licence, *authors, made_by, *present, *files, *works]
    return {"@context": _CONTEXT, "@graph": graph}


def _authors(citation: Citation) -> list[dict[str, Any]]:
    """Return the authors, each with an id of its own where no ORCID is known."""
    return [
        {"@id": f"#author-{number}"} | schema_org(author)
        for number, author in enumerate(citation.authors, start=1)
    ]


def _file(name: str, path: Path) -> dict[str, Any]:
    return {
        "@id": name,
        "@type": "File",
        "name": name,
        "encodingFormat": _FORMATS.get(path.suffix, "text/plain"),
        "contentSize": str(path.stat().st_size),
        "sha256": sha256(path),
    }


def _folder(name: str, parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {
        "@id": name,
        "@type": "Dataset",
        "name": name.rstrip("/"),
        "description": _PARTS[name],
        "hasPart": _refs(parts),
    }


def _ref(entity: dict[str, Any]) -> dict[str, str]:
    return {"@id": entity["@id"]}


def _refs(entities: Iterable[dict[str, Any]]) -> list[dict[str, str]] | dict[str, str]:
    """Refer to entities; to a single one without a list, as RO-Crate recommends."""
    found = [_ref(entity) for entity in entities]
    return found[0] if len(found) == 1 else found
