"""One printed row in canonical units: value, bounds and printed spread, nothing moved yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist

from metastudy.corpus.canonical import corrected, printed_bounds
from metastudy.corpus.corpus import Corpus
from metastudy.corpus.decision import Correction
from metastudy.corpus.refits import Refit
from metastudy.corpus.study import Measurement, Study, number
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.units import CANONICAL, dimension_of, spread_to_canonical


@dataclass(frozen=True)
class Record:
    """A row of measurements.csv or refits.csv with its canonical numbers.

    Attributes
    ----------
    value
        In the canonical unit; None for a bound or where nothing was detected.
    lo, hi
        Smallest and largest value that the print allows; equal for an exact row, None where that
        side is open. They are None together only where nothing was detected without a limit.
    sd
        Printed uncertainty in the canonical unit as one standard deviation or error, None where
        none is printed. Minus and plus are averaged, and the half width of a confidence interval
        is divided by its normal quantile; of a range it stays the half width.
    temperature_c, temperature_sd_k
        Temperature of the row and its standard deviation; None where none applies.
    temperature_in_words
        True where a word of temperature_word.csv stands for the temperature.
    printed
        The row as printed, with what a correction puts in the place of a paper's own error.
    correction
        Ids of the corrections that replaced a printed text, joined by blanks, or empty.
    withdrawn
        True where a correction or a retraction takes the row out.
    refit
        The fit of a raw spectrum that the row comes from, or None for a printed number.
    """

    study: Study
    printed: Measurement
    unit: str
    value: float | None
    lo: float | None
    hi: float | None
    sd: float | None
    temperature_c: float | None
    temperature_sd_k: float | None
    temperature_in_words: bool
    correction: str = ""
    withdrawn: bool = False
    refit: Refit | None = None

    @property
    def id(self) -> str:
        """The record id."""
        return self.printed.record_id

    @property
    def key(self) -> tuple[str, str, str]:
        """Study, sample and state: what one observation stands for."""
        return (self.study.id, self.printed.sample_id, self.printed.state_id)


STATED_TEMPERATURE_SD_K = 1.0  # between the climatic chamber and the cell


def build_records(corpus: Corpus) -> tuple[Record, ...]:
    """Make the records of all studies, corrections applied, in the order of the files."""
    return tuple(
        _build(study, m, corpus.corrections_of(m.record_id), corpus.vocabulary, refit)
        for study in corpus.studies.values()
        for refit, m in (*((None, m) for m in study.measurements), *study.refit_rows())
    )


def _build(
    study: Study,
    m: Measurement,
    corrections: Iterable[Correction],
    vocabulary: Vocabulary,
    refit: Refit | None,
) -> Record:
    m, withdrawn = corrected(m, corrections, vocabulary)
    withdrawn = withdrawn or study.source.status == "retracted"
    unit = vocabulary.unit_of(m.unit_text) or "1"
    lo, value, hi = printed_bounds(m, unit)
    temperature, sd, words = row_temperature(m.temperature_text, vocabulary["temperature_word"])
    return Record(
        study=study,
        printed=m,
        unit=CANONICAL[dimension_of(unit)],
        value=value,
        lo=lo,
        hi=hi,
        sd=printed_sd(m, unit),
        temperature_c=temperature,
        temperature_sd_k=sd,
        temperature_in_words=words,
        correction=" ".join(correction.id for correction in corrections),
        withdrawn=withdrawn,
        refit=refit,
    )


def printed_sd(m: Measurement, unit: str) -> float | None:
    """Return the printed uncertainty in the canonical unit as one standard deviation, or None."""
    printed = number(m.value_text)
    sides = [number(text) for text in (m.unc_minus, m.unc_plus) if text]
    known = [side for side in sides if side is not None]
    if not known or printed is None or m.unc_kind == "not_reported":
        return None
    half_width = spread_to_canonical(sum(known) / len(known), printed, unit)
    if m.unc_kind == "ci" and m.unc_level:
        return half_width / NormalDist().inv_cdf((1.0 + float(m.unc_level)) / 2.0)
    return half_width


def row_temperature(
    text: str, words: Mapping[str, Mapping[str, str]]
) -> tuple[float | None, float | None, bool]:
    """Return temperature (degC), its standard deviation (K), and whether it was a word."""
    if not text:
        return None, None, False
    if text in words:
        row = words[text]
        return float(row["temperature_c"]), float(row["sd_k"]), True
    value = number(text)
    return value, (None if value is None else STATED_TEMPERATURE_SD_K), False
