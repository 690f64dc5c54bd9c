"""How refits read on a terminal: what was fitted, what failed and why, how far options move it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from metastudy.bridge.refits.file_batch import RefitBatch
from metastudy.corpus.refits import Refit
from metastudy.eis.evaluators.specifications import Multiverse
from metastudy.pages.rendering.plain import plain_rows
from metastudy.pages.rendering.table import table_of, to_plain
from metastudy.tables.recomputing import Verification

# Where a verdict turns to the parameters; before that it says where the circuit misses.
_OF_PARAMETERS = re.compile(
    r"(?:^|; )(?:(?:not )?identifiable\b|weakly determined: |at its limit: |\w+ on its bound)"
)


def batch_text(batch: RefitBatch, names: Sequence[str], out: Path | None) -> str:
    """Write a line per row of the files named, what was left out, what failed, and a summary."""
    lines = [_row(row) for row in batch.rows if row.file in names]
    lines += [f"note    {Path(name).name}: {note}" for name, note in batch.noted]
    for name, reason in batch.failed:
        named = reason.startswith(f"{Path(name)}:")
        lines.append(f"failed  {reason if named else f'{name}: {reason}'}")
    where = "" if out is None else f", in {out}"
    lines.append(
        f"{batch.fitted} fitted, {batch.kept} kept, {len(batch.failed)} failed{where}; resistances "
        "are of the measured circuit, neither times an area nor divided by contacts"
    )
    return "\n".join(lines)


def _row(row: Refit) -> str:
    at = f" at {row.temperature_text} degC" if row.temperature_text else ""
    upper = f"{float(row.upper_ohm):.4g}" if row.upper_ohm else "open"
    value = float(row.resistance_ohm)
    remarks = _OF_PARAMETERS.split(row.verdict)[0]
    note = f"\nnote    {row.file}{_number(row)}: {remarks}" if remarks else ""
    return (
        f"{row.refit_id}  {row.file}{_number(row)}{at}: {row.arc} ({row.component}) = "
        f"{value:.4g} ohm ({float(row.lower_ohm):.4g} to {upper}), "
        f"{row.identifiability.replace('_', ' ')}; "
        f"{row.kramers_kronig.split(':')[0]}{note}"
    )


def _number(row: Refit) -> str:
    return "" if row.spectrum == "1" else f" [{row.spectrum}]"


def multiverse_text(name: str, found: Multiverse) -> str:
    """Write the table of one spectrum's evaluations, their spread in dex, and what it is about."""
    heads = {
        "method": "method",
        "circuit": "circuit",
        "window": "window",
        "weight": "weight",
        "ohm": "ohm",
        "reason": "not defensible",
    }
    rows = [
        {
            "method": u.method,
            "circuit": u.circuit,
            "window": u.window_words,
            "weight": u.weight,
            "ohm": "-" if u.resistance_ohm is None else f"{u.resistance_ohm:.4g}",
            "reason": u.reason,
        }
        for u in found.specifications
    ]
    table = to_plain(table_of(heads, rows, ("ohm",)))
    lines = [f"{name}: {found.arc}", *(f"  {line}" for line in table.splitlines())]
    n, of = len(found.defensible), len(found.specifications)
    if n < 2:
        lines.append(f"  {n} of {of} evaluations hold: no spread can be given")
    else:
        lines.append(
            f"  {n} of {of} evaluations hold: median {found.median_ohm:.4g} ohm, "
            f"SD {found.sd_dex:.3f} dex, largest to smallest {found.range_dex:.3f} dex"
        )
        for choice, row in found.by_choice().iterrows():
            lines.append(
                f"  between {choice}: {row['sd_dex']:.3f} dex ({row['levels']:.0f} levels)"
            )
    lines.append(f"  {found.statement}")
    return "\n".join(lines)


def multiverse_content(name: str, found: Multiverse) -> dict[str, Any]:
    """Return the evaluations of one spectrum and their spread; None where there is none."""
    return {
        "name": name,
        "arc": found.arc,
        "median_ohm": _finite(found.median_ohm),
        "sd_dex": _finite(found.sd_dex),
        "range_dex": _finite(found.range_dex),
        "evaluations": plain_rows(found.table()),
        "statement": found.statement,
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def verification_content(rows: Sequence[Verification]) -> dict[str, Any]:
    """Return every refit that was done again."""
    return {"refits": [{**asdict(row), "agrees": row.agrees} for row in rows]}


def verification_text(study: str, rows: Sequence[Verification]) -> str:
    """Write one line per refit that was done again."""
    lines = []
    for row in rows:
        again = "-" if row.again_ohm is None else f"{row.again_ohm:.6g}"
        lines.append(
            f"{study}.{row.refit_id}  {row.file}: stored {row.stored_ohm:.6g} ohm, again {again} "
            f"ohm; {row.verdict}"
        )
    agree = sum(row.agrees for row in rows)
    lines.append(f"{agree} of {len(rows)} refits of {study} come out as stored")
    return "\n".join(lines)
