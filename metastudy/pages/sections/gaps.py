"""Gaps on the terminal, and the checklist for authors."""

from __future__ import annotations

from typing import Any

import pandas as pd

from metastudy.pages.rendering.blocks import Section, Text, rows_of
from metastudy.pages.rendering.digits import share
from metastudy.pages.rendering.table import Head, Table, table_of

SHOWN = 3
DEAREST = 6
"""Fields in the report."""
GROUPS = {"number": "Beside the number", "preparation": "Of the preparation"}


def fields_table(found: pd.DataFrame) -> Table:
    """Return the fields with their shares and prices."""
    heads: dict[str, str | Head] = {
        "field": "field",
        "without": Head("without it", number=True),
        "share": Head("share", number=True),
        "full_text_share": Head("of those read in full", number=True),
        "lost": Head("lost for it", number=True),
        "price": Head("price (dex)", number=True),
        "price_of": Head("what the price is", ratio=1),
    }
    rows = [
        {
            **row,
            "without": f"{row['without']} of {row['responses']}",
            "share": share(row["without"], row["responses"]),
            "full_text_share": share(row["full_text_without"], row["full_text"]),
            "price": _dex(row["price"]),
        }
        for row in rows_of(found)
    ]
    return table_of(heads, rows, title="Responses without a field, the dearest lack first")


def _dex(price: float) -> str:
    return "" if pd.isna(price) else f"{price:.2f}"


def gaps_section(found: pd.DataFrame) -> Section:
    """Show the fields whose lack costs most, with what to print.

    Parameters
    ----------
    found
        Fields with a price, the dearest lack first, as ``answers.gaps.fields`` gives them.
    """
    columns: dict[str, str | Head] = {
        "field": "not reported",
        "without": Head("responses without it", number=True),
        "price": Head("price (dex)", number=True),
        "price_of": "what the price is",
        "advice": "what to print",
    }
    dearest = [row for row in rows_of(found) if _dex(row["price"])][:DEAREST]
    rows = [
        {
            **row,
            "without": share(row["without"], row["responses"]),
            "price": _dex(row["price"]),
        }
        for row in dearest
    ]
    said = Text(
        f"The {len(rows)} fields whose lack costs most: share of responses without it times "
        "price. The command metastudy gaps shows all of them."
    )
    return Section("gaps", "What works leave out", (said, table_of(columns, rows)))


def yardsticks_table(found: pd.DataFrame) -> Table:
    """Return the yardsticks that are below a floor, with what would give them."""
    heads: dict[str, str | Head] = {
        "yardstick": "yardstick",
        "of": "of",
        "df": Head("df", number=True),
        "works": Head("works", number=True),
        "missing": Head("missing", ratio=2),
        "where": Head("where", ratio=2),
    }
    rows = [
        {**row, "where": _first(row["where"])} for row in rows_of(found) if row["missing"] != ""
    ]
    return table_of(heads, rows, title="Yardsticks below their floors")


def _first(where: str) -> str:
    names = where.split("; ")
    more = len(names) - SHOWN
    return "; ".join(names[:SHOWN]) + (f"; and {more} more" if more > 0 else "")


def claims_table(found: pd.DataFrame) -> Table:
    """Return the claims that cannot be told, with what would tell them."""
    heads: dict[str, str | Head] = {
        "id": "claim",
        "missing": Head("missing", ratio=2),
        "looked_at": Head("works looked at", ratio=1),
    }
    rows = [{**row, "looked_at": _first(row["looked_at"])} for row in rows_of(found)]
    return table_of(heads, rows, title="Claims that cannot be told")


def checklist(found: pd.DataFrame) -> str:
    """Return a page for authors: what to print beside a resistance, with what its lack costs."""
    lines = [
        "# What to print with the resistance of a contact",
        "",
        "In brackets: share of the responses read in a full text that leave it out; numbers lost "
        "for it; price of the lack in decades.",
    ]
    for group, title in GROUPS.items():
        rows = [row for row in rows_of(found) if row["group"] == group]
        if rows:
            lines += ["", f"## {title}", "", *map(_item, rows)]
    return "\n".join(lines) + "\n"


def _item(row: dict[str, Any]) -> str:
    facts = [share(row["full_text_without"], row["full_text"])] if row["full_text"] else []
    facts += [f"lost: {row['lost']}"] if row["lost"] else []
    facts += [f"{_dex(row['price'])} dex"] if _dex(row["price"]) else []
    name = row["field"][0].upper() + row["field"][1:]
    return f"- [ ] {name}: {row['advice']}" + (f" ({'; '.join(facts)})" if facts else "")
