"""``croissant.json``: the tables as Croissant 1.0 metadata, for machine learning tools.

Specification: https://docs.mlcommons.org/croissant/docs/croissant-spec.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metastudy.contribute.release.checksums import sha256
from metastudy.contribute.release.citation import Citation
from metastudy.contribute.release.people import LICENCE_URL, schema_org
from metastudy.tables.columns import FORMS, TableForm

_TYPES = {"text": "sc:Text", "number": "sc:Float", "integer": "sc:Integer", "flag": "sc:Boolean"}
_OF_CROISSANT = (
    "citeAs column dataType extract field fileProperty fileObject fileSet format includes "
    "isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace "
    "samplingRate separator source subField transform equivalentProperty"
)
_CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    **{name: f"cr:{name}" for name in _OF_CROISSANT.split()},
    "data": {"@id": "cr:data", "@type": "@json"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
}


def croissant(citation: Citation, tables: Path) -> dict[str, Any]:
    """Describe the CSV tables: each file with size and checksum, each column with type and unit.

    Parameters
    ----------
    citation
        The release.
    tables
        Folder ``tables`` of the release.
    """
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "metastudy",
        "description": citation.abstract,
        "version": citation.version,
        "datePublished": citation.day,
        "license": LICENCE_URL,
        "creator": [schema_org(author) for author in citation.authors],
        "keywords": list(citation.keywords),
        "citeAs": f"{'; '.join(author.listed for author in citation.authors)}: {citation.title}, "
        f"data {citation.version}, {citation.day}",
        "distribution": [_file(form, tables) for form in FORMS],
        "recordSet": [_records(form) for form in FORMS],
    }


def _file(form: TableForm, tables: Path) -> dict[str, Any]:
    path = tables / f"{form.name}.csv"
    return {
        "@type": "cr:FileObject",
        "@id": path.name,
        "name": path.name,
        "description": form.meaning,
        "contentUrl": f"{tables.name}/{path.name}",
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": "text/csv",
        "sha256": sha256(path),
    }


def _records(form: TableForm) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": form.name,
        "name": form.name,
        "description": form.meaning,
        "key": [{"@id": f"{form.name}/{name}"} for name in form.key],
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{form.name}/{column.name}",
                "name": column.name,
                "description": f"{column.meaning} Unit: {column.unit}."
                if column.unit
                else column.meaning,
                "dataType": _TYPES[column.kind],
                "source": {
                    "fileObject": {"@id": f"{form.name}.csv"},
                    "extract": {"column": column.name},
                },
            }
            for column in form.columns
        ],
    }
