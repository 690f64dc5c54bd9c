"""Pairs of conductors and their anchors, to link to from outside."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from metastudy.pages.explorer.rows import NO_OBSERVATION, STATE

_NOT_IN_ANCHOR = re.compile(r"[^a-z0-9]+")


def slug(text: str) -> str:
    """Return a text as part of an anchor: small letters and digits, hyphens between."""
    return _NOT_IN_ANCHOR.sub("-", text.casefold()).strip("-") or "x"


def pair_anchor(solid: str, partner: str) -> str:
    """Return the anchor of a pair.

    Examples
    --------
    >>> pair_anchor("LLZO", "PEO")
    'pair-llzo--peo'
    """
    return f"pair-{slug(solid)}--{slug(partner)}"


def work_anchor(study_id: str) -> str:
    """Return the anchor of a work."""
    return f"work-{study_id}"


def pairs_of(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the pairs that observations are of, with counts; two of one anchor are one pair.

    Parameters
    ----------
    rows
        Rows of the page.
    """
    found: dict[str, dict[str, Any]] = {}
    for place, row in enumerate(rows):
        if row[STATE] == NO_OBSERVATION:
            continue
        anchor = pair_anchor(row["solid_electrolyte"], row["partner"])
        pair = found.setdefault(
            anchor,
            {
                "anchor": anchor,
                "solid": row["solid_electrolyte"],
                "partner": row["partner"],
                "class": row["interface_class"],
                "rows": [],
            },
        )
        pair["rows"].append(place)
    return [_counted(found[anchor], rows) for anchor in sorted(found)]


def _counted(pair: dict[str, Any], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    own = [rows[place] for place in pair["rows"]]
    values = sum(row["censoring"] == "exact" for row in own)
    works = len({row["study_id"] for row in own})
    return pair | {"values": values, "bounds": len(own) - values, "works": works}
