"""The laws of the reference temperature as columns, with what else changes beside the value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from metastudy.corpus.corpus import Corpus
from metastudy.normalise.adjustments import StateKey, contact_step
from metastudy.normalise.headline import rank
from metastudy.normalise.observations import Prepared, reference_temperatures
from metastudy.normalise.reference_law import (
    HIGHEST_C,
    LOWEST_C,
    NONE,
    Law,
    Segment,
    residuals,
    segments,
)
from metastudy.normalise.series import residual_sd
from metastudy.pages.explorer.coded_tables import cell, rounded
from metastudy.tables.rows import observation_row

# Columns that the law itself gives, or that follow from those it gives.
COMPUTED = frozenset({"y", "lo", "hi", "asr_ohm_cm2", "reference_c", "headline", "left_out"})
COMPUTED |= {"v", "v_temperature", "v_interfaces", "v_other", "ea_source", "ea_ev"}


class Shared:
    """Values that are written once and named by their place."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._places: dict[str, int] = {}

    def place(self, value: Any) -> int:
        """Return the place of a value, which is added where it is new."""
        key = repr(value)
        if key not in self._places:
            self._places[key] = len(self.values)
            self.values.append(value)
        return self._places[key]


def state_key(row: Mapping[str, Any]) -> StateKey:
    """Return study, sample and state of a row of observations."""
    sample = str(row["sample_id"]).partition("/")[2]
    return str(row["study_id"]), sample, str(row["state_id"] or "")


def coded_laws(
    corpus: Corpus, prepared: Prepared, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the laws of the observations, in their order.

    ``rank`` orders the states of a sample; it is empty where the sample has one.

    Parameters
    ----------
    rows
        Rows of the table ``observations``, missing values as None.
    """
    table: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
    terms, errors, lines, changes = Shared(), Shared(), Shared(), Shared()
    ranks = []
    states = Counter(row["sample_id"] for row in rows)
    for place, row in enumerate(rows):
        found = segments(prepared, state_key(row), corpus.vocabulary)
        alone = states[row["sample_id"]] == 1
        ranks.append([] if alone else _rank(found))
        for segment in found:
            law = segment.law
            o = law.observation
            cells = {
                "row": place,
                "start_c": rounded(segment.start_c),
                "included": int(segment.included),
                "kind": law.kind,
                "from_k": _rounded(law.from_k),
                "lo": _rounded(law.lo),
                "hi": _rounded(law.hi),
                "ea_ev": _rounded(law.ea_ev),
                "form": law.form,
                "source": "none" if o is None or o.ea is None else o.ea.source,
                "terms": terms.place([[t.name, t.scope, _rounded(t.loading)] for t in law.terms]),
                "errors": errors.place([[n, s, _rounded(sd)] for n, s, _, sd in law.errors]),
                "line": None if law.line is None else lines.place(_line(law)),
                "changes": changes.place(_changes(law, row, corpus)),
            }
            for name, value in cells.items():
                table[name].append(value)
    pooled = residuals(prepared, corpus.vocabulary)
    return {
        "range_c": [LOWEST_C, HIGHEST_C],
        "columns": table,
        "terms": terms.values,
        "errors": errors.values,
        "lines": lines.values,
        "changes": changes.values,
        "residual_own_dex": _own_residual(corpus, prepared),
        "residual_dex": [[rounded(at), int(it), rounded(sd)] for at, it, sd in pooled],
        "rank": ranks,
    }


_COLUMNS = (
    *("row", "start_c", "included", "kind", "from_k", "lo", "hi", "ea_ev", "form", "source"),
    *("terms", "errors", "line", "changes"),
)


def _rounded(value: float | None) -> float | None:
    return None if value is None else rounded(value)


def _line(law: Law) -> dict[str, Any]:
    line = law.line
    assert line is not None
    return {
        "points": line.points,
        "spread": rounded(line.spread),
        "known": [rounded(each) for each in line.known],
        "temperature_sd_k": rounded(line.temperature_sd_k),
        "temperature_scope": line.temperature_scope,
    }


def _changes(law: Law, row: Mapping[str, Any], corpus: Corpus) -> dict[str, Any]:
    """Return the cells of an observation that differ from its row in the table."""
    if law.kind == NONE or law.observation is None:
        return {}
    return {
        name: cell(value)
        for name, value in observation_row(law.observation, corpus).items()
        if name not in COMPUTED and cell(value) != cell(row[name])
    }


def _rank(found: Sequence[Segment]) -> list[float]:
    """Return what ranks the states of a sample, smallest first."""
    return next(
        ([float(part) for part in rank(s.law.observation)] for s in found if s.law.observation),
        [],
    )


def points(prepared: Prepared, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return every resistance of the observations' samples: log10 of ohm cm2 of one contact."""
    table: dict[str, list[Any]] = {n: [] for n in ("row", "record", "temperature_c", "lo", "hi")}
    for place, row in enumerate(rows):
        for resistance in prepared.chosen[state_key(row)]:
            _, lo, hi, _, _ = contact_step(resistance, 0.0)
            cells = (place, resistance.row.id, rounded(resistance.temperature_c))
            for name, value in zip(table, (*cells, _rounded(lo), _rounded(hi)), strict=True):
                table[name].append(value)
    return table


def _own_residual(corpus: Corpus, prepared: Prepared) -> float:
    """Return the residual sd (dex) of all series, where each class has its own reference."""
    references = reference_temperatures(corpus.vocabulary, {})
    return rounded(residual_sd(prepared.chosen, references, corpus.vocabulary))
