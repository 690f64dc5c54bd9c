"""What the page is made of, as one JSON text: rows by column, laws, works, words and answers.

The page computes no statistics: it moves values along their laws, counts, sorts and draws.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from metastudy._version import __version__
from metastudy.answers.claims.judging import Judgement
from metastudy.corpus.corpus import Corpus
from metastudy.corpus.study import COLUMNS
from metastudy.corpus.version import data_version
from metastudy.corpus.work_name import work_name
from metastudy.eis.errors import EisError
from metastudy.normalise.adjustments import AT_REFERENCE_K
from metastudy.normalise.headline import TEMPERATURE_LIMIT_DEX
from metastudy.normalise.observations import prepare, reference_temperatures
from metastudy.pages.explorer import rows as page
from metastudy.pages.explorer.coded_laws import coded_laws, points
from metastudy.pages.explorer.coded_tables import coded_table, kind_of, plain_rows, rounded
from metastudy.pages.explorer.help_us import help_us
from metastudy.pages.explorer.pairs import pairs_of, work_anchor
from metastudy.pages.explorer.predictions import SEED, SHARES
from metastudy.pages.explorer.search_words import COLUMNS as VOCABULARIES
from metastudy.pages.explorer.search_words import search_words
from metastudy.tables.citations import bibtex, csl_json, publications
from metastudy.tables.columns import PREPARATIONS, RECORDS, SURFACE_STEPS
from metastudy.tables.dataset import Dataset
from metastudy.tables.exports import FORM
from metastudy.tables.recomputing import stored_spectrum
from metastudy.units import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K

FORMAT = 1
# What a row of the page does not have already.
RECORD_COLUMNS = tuple(
    column
    for column in RECORDS.columns
    if column.name in (*COLUMNS, "area_text", "area_cm2", "correction", "derived_from")
    or column.name in ("unit", "value", "lo", "hi", "sd")
)
# Points of a Nyquist plot; a longer spectrum is thinned.
NYQUIST_POINTS = 80
_RISKY = re.compile("[<>&\u2028\u2029]")


@dataclass(frozen=True)
class Answers:
    """What Python computes beside the rows; the page shows it as it is."""

    comparisons: Sequence[Mapping[str, Any]] = ()
    predictions: Sequence[Mapping[str, Any]] = ()
    judgements: Sequence[Judgement] = ()


def payload(
    corpus: Corpus, data: Dataset, answers: Answers, rows: Sequence[page.Row] | None = None
) -> dict[str, Any]:
    """Return everything that the page holds.

    Parameters
    ----------
    corpus, data
        The studies, and the tables built from them at the reference temperatures of the vocabulary.
    answers
        Comparisons, predictions and judged claims.
    rows
        Rows of the page, where they are made already.
    """
    prepared = prepare(corpus)
    observations = plain_rows(data.observations)
    found = page.page_rows(data) if rows is None else rows
    return {
        "format": FORMAT,
        "versions": {
            "metastudy": __version__,
            "data": data_version(corpus.root),
        },
        "constants": {
            "boltzmann_ev_per_k": BOLTZMANN_EV_PER_K,
            "zero_celsius_k": ZERO_CELSIUS_K,
            "at_reference_k": AT_REFERENCE_K,
            "temperature_limit_dex": TEMPERATURE_LIMIT_DEX,
        },
        "references_c": reference_temperatures(corpus.vocabulary, {}),
        "columns": [_column(column) for column in page.COLUMNS],
        "export": [column.name for column in FORM.columns],
        "observations": len(observations),
        "rows": coded_table(found, page.COLUMNS),
        "laws": coded_laws(corpus, prepared, observations),
        "points": points(prepared, observations),
        "records": coded_table(plain_rows(data.records), RECORD_COLUMNS),
        "preparations": coded_table(plain_rows(data.preparations), PREPARATIONS.columns),
        "surface_steps": coded_table(plain_rows(data.surface_steps), SURFACE_STEPS.columns),
        "corrections": [_without_place(c) for c in corpus.corrections.values()],
        "decisions": [_without_place(d) for d in corpus.decisions.values()],
        "spectra": spectra(corpus),
        "works": works(data),
        "pairs": pairs_of(found),
        "terms": search_words(data.vocabulary),
        "meanings": _meanings(data),
        "comparisons": list(answers.comparisons),
        "predictions": {
            "shares": list(SHARES),
            "seed": SEED,
            "families": list(answers.predictions),
        },
        "help": help_us(data, answers.judgements),
    }


def as_json(content: Mapping[str, Any]) -> str:
    """Write a payload as JSON that may stand in a script element: no ``<``, ``>``, ``&``."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _RISKY.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def _column(column: Any) -> dict[str, Any]:
    vocabularies = [table for table, names in VOCABULARIES.items() if column.name in names]
    return {
        "name": column.name,
        "label": page.label(column.name),
        "kind": kind_of(column),
        "unit": column.unit,
        "meaning": column.meaning,
        "vocabularies": vocabularies,
    }


def _without_place(content: Any) -> dict[str, Any]:
    return {name: value for name, value in asdict(content).items() if name != "place" and value}


def _meanings(data: Dataset) -> dict[str, dict[str, str]]:
    """Return the meaning of each word that a column of the rows may hold, by its vocabulary."""
    found: dict[str, dict[str, str]] = {}
    for row in data.vocabulary.to_dict("records"):
        if row["vocabulary"] in VOCABULARIES:
            found.setdefault(row["vocabulary"], {})[row["word"]] = row["meaning"]
    return found


def works(data: Dataset) -> list[dict[str, Any]]:
    """Return each work with its name and its citation as BibTeX and CSL."""
    sources = publications(data.studies)
    return [
        {
            **{name: value for name, value in row.items() if value is not None},
            "name": work_name(row["study_id"]),
            "anchor": work_anchor(row["study_id"]),
            "bibtex": bibtex({row["study_id"]: sources[row["study_id"]]}),
            "csl": json.loads(csl_json({row["study_id"]: sources[row["study_id"]]}))[0],
        }
        for row in plain_rows(data.studies)
    ]


def spectra(corpus: Corpus) -> dict[str, dict[str, Any]]:
    """Return the points of each refit by its record id: frequency (Hz), Z' and Z'' (ohm)."""
    found = {}
    read: dict[Any, Any] = {}
    for row in corpus.rows:
        if row.refit is None:
            continue
        try:
            spectrum = stored_spectrum(corpus.root, row.study, row.refit, read)
        except EisError:
            continue  # the check of the data names the file
        step = max(1, -(-len(spectrum.frequency_hz) // NYQUIST_POINTS))
        z = spectrum.impedance_ohm[::step]
        found[row.id] = {
            "file": row.refit.file,
            "circuit": row.refit.circuit,
            "frequency_hz": [rounded(f) for f in spectrum.frequency_hz[::step]],
            "real_ohm": [rounded(each) for each in z.real],
            "imaginary_ohm": [rounded(each) for each in z.imag],
        }
    return found
