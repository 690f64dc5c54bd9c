"""Where a number was read, at which temperature, and against what."""

from __future__ import annotations

import math
from collections.abc import Iterator

from metastudy.corpus.canonical import CanonicalRow
from metastudy.corpus.finding import Finding
from metastudy.corpus.number_spelling import temperature_hint
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.rule import error
from metastudy.corpus.schema import word_hint
from metastudy.corpus.study import number
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.units import ZERO_CELSIUS_K

READING_ERROR = error(
    "reading-error",
    reason="A number read from a figure is known as well as the reading, and no better.",
    good="basis figure_eye with reading_error 5",
    bad="basis figure_eye with an empty reading_error",
)
SECONDARY_VIA = error(
    "secondary-via",
    reason="A number read in another work can carry that work's mistakes.",
    good="basis secondary, read secondary, via weiss_2020",
    bad="basis secondary with an empty via, or via beside basis table",
)
TEMPERATURE_TEXT = error(
    "temperature-text",
    reason="The temperature step is the largest of the normalisation.",
    good="temperature_text 70, or room temperature",
    bad="temperature_text 70 degC, or RT",
)
TEMPERATURE_MISSING = error(
    "temperature-missing",
    reason="A contact resistance changes by a factor of ten over 40 K.",
    good="temperature_text 25, or the words: not stated",
    bad="An empty temperature_text beside a contact resistance",
)
RANGE_TEXT = error(
    "range-text",
    reason="A fitted range runs from the lower to the higher temperature.",
    good="range_text 30..90",
    bad="range_text 90..30",
)
EA_FORM = error(
    "ea-form",
    reason="ln R and ln(R/T) against 1/T differ by kT, 0.03 eV.",
    good="activation_energy with ea_form ln_r, or unknown",
    bad="activation_energy with an empty ea_form",
)
RE_ENTERED = error(
    "re-entered",
    reason="The same number twice counts twice.",
    good="One row per printed number",
    bad="Two rows with the same sample, state, quantity, value, unit, temperature and locator",
)
CHANGE_REFERENCE = error(
    "change-reference",
    reason="Lower by 84 percent than what?",
    good="role relative with reference_sample untreated",
    bad="role relative without reference, or with the row's own sample and state",
)
CHANGE_ROLE = error(
    "change-role",
    reason="A change serves the treatments; read as a level it would be a resistance.",
    good="role relative with relative_resistance",
    bad="role interface with relative_resistance, or role relative with resistance",
)

# A composition ratio against a reference describes a sample, not the contact.
_CHANGE_ROLES = frozenset({"relative", "characterisation"})


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold the provenance cells of every row."""
    seen: dict[tuple[str, ...], CanonicalRow] = {}
    for row in checked.rows:
        yield from _basis(row)
        yield from _temperature(row, checked.vocabulary)
        yield from _energy(row)
        yield from _change(row, checked.vocabulary)
        yield from _twice(row, seen)


def _basis(row: CanonicalRow) -> Iterator[Finding]:
    m = row.printed
    if m.basis in ("figure_eye", "figure_digitised") and not m.reading_error:
        message = f"the basis is {m.basis} and reading_error is empty."
        hint = "Type one standard deviation of the reading, in the printed unit."
        yield READING_ERROR.of_row(row, "reading_error", message, hint)
    secondary = "secondary" in (m.basis, m.read)
    if secondary and not m.via:
        message = "the number was read in another work and via is empty."
        hint = "Name that work by its word in data/vocabulary/via.csv."
        yield SECONDARY_VIA.of_row(row, "via", message, hint)
    elif m.via and not secondary:
        message = f"via is {m.via} and the basis is {m.basis}, read in {m.read}."
        hint = "A number read in another work has basis secondary; otherwise leave via empty."
        yield SECONDARY_VIA.of_row(row, "via", message, hint)


def _temperature(row: CanonicalRow, vocabulary: Vocabulary) -> Iterator[Finding]:
    m = row.printed
    text = m.temperature_text
    value = number(text)
    if text and text not in vocabulary["temperature_word"]:
        if value is None or not -ZERO_CELSIUS_K <= value < math.inf:
            message = f"temperature_text is {text!r}, which is neither a number in degC nor a word."
            hint = temperature_hint(text) or word_hint(vocabulary, "temperature_word", text)
            yield TEMPERATURE_TEXT.of_row(row, "temperature_text", message, hint)
    elif not text and m.value_text and m.role in ("interface", "bound"):
        if vocabulary["quantity"][m.quantity]["response"] == "yes":
            message = f"the {m.quantity} has no temperature."
            hint = "Type the number in degC, or the words: room temperature; not stated."
            yield TEMPERATURE_MISSING.of_row(row, "temperature_text", message, hint)
    if m.range_text:
        ends = [number(part) for part in m.range_text.split("..", 1)]
        low, high = (*ends, None)[:2]
        if low is None or high is None or not -ZERO_CELSIUS_K <= low < high < math.inf:
            message = f"range_text is {m.range_text!r}."
            hint = "Type lower..higher in degC, such as 30..90."
            yield RANGE_TEXT.of_row(row, "range_text", message, hint)


def _energy(row: CanonicalRow) -> Iterator[Finding]:
    m = row.printed
    plotted = m.ea_form not in ("", "not_applicable")
    if m.quantity == "activation_energy" and not plotted:
        message = "the activation energy does not say what was plotted."
        hint = "Type ln_r, ln_r_over_t or unknown."
        yield EA_FORM.of_row(row, "ea_form", message, hint)
    elif plotted and m.quantity != "activation_energy":
        message = f"ea_form is {m.ea_form} beside the quantity {m.quantity}."
        yield EA_FORM.of_row(row, "ea_form", message, "Leave it empty.")


def _change(row: CanonicalRow, vocabulary: Vocabulary) -> Iterator[Finding]:
    m = row.printed
    change = "relative_change" in vocabulary["quantity"][m.quantity]["dimension"].split()
    if change and m.role not in _CHANGE_ROLES:
        message = f"the quantity is {m.quantity} and the role {m.role}."
        yield CHANGE_ROLE.of_row(row, "role", message, "A change has the role relative.")
    elif m.role == "relative" and not change:
        message = f"the role is relative and the quantity {m.quantity}."
        hint = "A change has a relative quantity, such as relative_resistance."
        yield CHANGE_ROLE.of_row(row, "quantity", message, hint)
    if not change:
        return
    sample, state = m.reference_sample, m.reference_state
    if not (sample or state or m.reference_record):
        message = "the change has no reference."
        hint = "Name the sample, state or record of the denominator."
        yield CHANGE_REFERENCE.of_row(row, "reference_sample", message, hint)
    elif (sample or m.sample_id, state or m.state_id) == (m.sample_id, m.state_id):
        if not m.reference_record:
            message = "the reference is the row's own sample and state."
            hint = "Name the sample or state of the denominator."
            yield CHANGE_REFERENCE.of_row(row, "reference_sample", message, hint)


_SAME = (
    "sample_id",
    "state_id",
    "component",
    "quantity",
    "value_text",
    "unit_text",
    "temperature_text",
    "reference_sample",
    "reference_state",
    "locator",
)


def _twice(row: CanonicalRow, seen: dict[tuple[str, ...], CanonicalRow]) -> Iterator[Finding]:
    key = (row.study.table.file, *(getattr(row.printed, column) for column in _SAME))
    first = seen.setdefault(key, row)
    if first is not row:
        message = f"the row repeats {row.study.id}'s line {first.line}: "
        message += f"{row.text} at the same sample, state, temperature and locator."
        hint = "Remove one of them, or say in the locator where the other is."
        yield RE_ENTERED.of_row(row, "record_id", message, hint)
