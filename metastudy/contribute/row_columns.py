"""Which columns a row of measurements.csv needs, and what they hold where nothing is typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from metastudy.contribute.open_study import PARTS, Cells, OpenStudy
from metastudy.corpus.number_spelling import printed_quantity
from metastudy.units import dimension_of

NONE = "-"  # typed for: this column stays empty
_CONTACT_ROLES = ("interface", "bound", "relative", "kinetic", "difference", "baseline")
_FIGURES = ("figure_eye", "figure_digitised")


@dataclass(frozen=True)
class RowColumn:
    """A column that is asked for.

    Attributes
    ----------
    applies
        Whether a row with these cells and this quantity needs the column.
    otherwise
        What the column holds where it does not apply.
    may_be_empty
        Whether the column may be left empty where it applies, with these cells and this quantity.
    repeats
        Whether a row usually has what the row before it has.
    settled
        Whether the one answer that follows from study.yaml or the unit is taken without a question.
    """

    name: str
    applies: Callable[[Cells, Mapping[str, str]], bool] = lambda cells, quantity: True
    otherwise: str = ""
    may_be_empty: Callable[[Cells, Mapping[str, str]], bool] = lambda cells, quantity: False
    repeats: bool = True
    settled: bool = False


def _is(column: str, *words: str) -> Callable[[Cells, Mapping[str, str]], bool]:
    return lambda cells, quantity: cells.get(column, "") in words


def _is_response(cells: Cells, quantity: Mapping[str, str]) -> bool:
    return quantity.get("response") == "yes"


def _is_change(cells: Cells, quantity: Mapping[str, str]) -> bool:
    return quantity.get("dimension") == "relative_change"


def _is_measured(cells: Cells, quantity: Mapping[str, str]) -> bool:
    return cells.get("role") != "constant"


def _has_no_temperature(cells: Cells, quantity: Mapping[str, str]) -> bool:
    return not (_is_response(cells, quantity) and cells.get("role") in ("interface", "bound"))


def _has_one_temperature(cells: Cells, quantity: Mapping[str, str]) -> bool:
    return cells.get("quantity") != "activation_energy"


def _has_spread(cells: Cells, quantity: Mapping[str, str]) -> bool:
    return bool(cells.get("unc_plus"))


def _always(cells: Cells, quantity: Mapping[str, str]) -> bool:
    return True


# In the order in which they are asked: what decides whether another applies comes first.
ROW_COLUMNS: Sequence[RowColumn] = (
    RowColumn("value_text", repeats=False),
    RowColumn("unit_text"),
    RowColumn("quantity", settled=True),
    RowColumn("role"),
    RowColumn("component", _is("role", *_CONTACT_ROLES), "not_applicable"),
    RowColumn("sample_id", _is_measured, may_be_empty=_always, settled=True),
    RowColumn("cell_id", _is_measured, may_be_empty=_always, settled=True),
    RowColumn("state_id", _is_measured, may_be_empty=_always, settled=True),
    RowColumn("reference_sample", _is_change, may_be_empty=_always),
    RowColumn("reference_state", _is_change, may_be_empty=_always),
    RowColumn("value_covers", _is_response, "not_applicable"),
    RowColumn("unc_kind", _has_spread, "not_reported"),
    RowColumn("unc_level", _is("unc_kind", "ci")),
    RowColumn("n", _is("unc_kind", "sd", "se", "ci", "range"), may_be_empty=_always, repeats=False),
    RowColumn("n_of", lambda cells, quantity: bool(cells.get("n"))),
    RowColumn(
        "temperature_text", _has_one_temperature, may_be_empty=_has_no_temperature, repeats=False
    ),
    RowColumn("range_text", _is("quantity", "activation_energy"), may_be_empty=_always),
    RowColumn("ea_form", _is("quantity", "activation_energy")),
    RowColumn("evaluation"),
    RowColumn("basis"),
    RowColumn("reading_error", _is("basis", *_FIGURES), repeats=False),
    RowColumn("read", lambda c, q: c.get("basis") != "secondary", "secondary", settled=True),
    RowColumn("via", _is("basis", "secondary")),
    RowColumn("locator"),
    RowColumn("notes", may_be_empty=_always, repeats=False),
)


def quantity_of(study: OpenStudy, cells: Cells) -> Mapping[str, str]:
    """Return the row of the vocabulary of a row's quantity, or an empty one."""
    return study.vocabulary["quantity"].get(cells.get("quantity", ""), {})


def settled_by(column: RowColumn, study: OpenStudy, cells: Cells) -> str:
    """Return the one answer that is taken without a question, or nothing."""
    return _following(column.name, study, cells) if column.settled else ""


def default_of(column: RowColumn, study: OpenStudy, cells: Cells, before: Cells) -> str:
    """Return what a row most likely holds in a column, or nothing where that is open.

    A word that follows from the unit, the quantity or study.yaml goes before the word of the row
    before it.
    """
    following = _following(column.name, study, cells)
    if following:
        return following
    if column.name == "quantity" and cells.get("unit_text"):
        words = words_of("quantity", study, cells)  # the vocabulary begins with those of contacts
        kept = before.get("quantity", "")
        return kept if kept in words else words[0]
    kept = before.get(column.name, "") if column.repeats else ""
    return "" if kept == column.otherwise else kept


def words_of(column: str, study: OpenStudy, cells: Cells) -> Sequence[str]:
    """Return the words that a column takes; of quantities, those that fit the row's unit."""
    if column in PARTS:
        return study.names(PARTS[column])
    if column == "quantity":
        return _quantities(study, cells.get("unit_text", ""))
    part, _ = study.columns[column]
    return [word for word in part.get("enum", ()) if word]


def split_value(study: OpenStudy, cells: Cells) -> dict[str, str] | None:
    """Return the cells of a printed number with what stands beside it, or None if it is none."""
    printed = printed_quantity(
        cells.get("value_text", ""), lambda unit: study.vocabulary.unit_of(unit) is not None
    )
    if printed is None:
        return None
    found = {"value_text": printed.value, "qualifier": cells.get("qualifier") or printed.qualifier}
    if printed.upper:
        found["upper_text"] = printed.upper
    if printed.plus_minus:
        found |= {"unc_minus": printed.plus_minus, "unc_plus": printed.plus_minus}
    if printed.unit:
        found["unit_text"] = printed.unit
    return found


def completed(study: OpenStudy, cells: Cells) -> tuple[dict[str, str], list[str]]:
    """Fill what follows from a row and study.yaml; return with it the columns still missing."""
    row = {name: text for name, text in cells.items() if text}
    for name, text in (split_value(study, row) or {}).items():
        row.setdefault(name, text)
        if name == "value_text":
            row[name] = text
    missing = []
    for column in ROW_COLUMNS:
        if row.get(column.name):
            continue
        if not column.applies(row, quantity_of(study, row)):
            row[column.name] = column.otherwise
            continue
        row[column.name] = _following(column.name, study, row)
        if not row[column.name] and not column.may_be_empty(row, quantity_of(study, row)):
            missing.append(column.name)
    if row.get("qualifier") == "not_detected" and "value_text" in missing:
        missing.remove("value_text")
    row.setdefault("qualifier", "exact")
    return row, missing


def _following(column: str, study: OpenStudy, cells: Cells) -> str:
    """Return the only word that is left, or the one that nearly always follows."""
    quantity = cells.get("quantity", "")
    if column in ("sample_id", "cell_id", "state_id", "quantity"):
        words = words_of(column, study, cells)
        return words[0] if len(words) == 1 else ""
    if column == "role":
        row = quantity_of(study, cells)
        if row.get("dimension") == "relative_change":
            return "relative"
        return (
            "interface" if row.get("response") == "yes" or quantity == "activation_energy" else ""
        )
    if column == "evaluation" and quantity == "activation_energy":
        return "arrhenius_fit"
    if (
        column == "value_covers"
        and study.entry("cells", cells.get("cell_id", "")).get("n_in_circuit") == "1"
    ):
        return "one"
    if column == "read":
        source = study.words.get("source")
        read = source.get("read", "") if isinstance(source, dict) else ""
        return read if read in study.vocabulary["read"] else ""
    return ""


def _quantities(study: OpenStudy, unit_text: str) -> list[str]:
    """Return the quantities that a unit may belong to; all where it is not known."""
    unit = study.vocabulary.unit_of(unit_text) if unit_text else None
    known = study.vocabulary["quantity"]
    if unit is None:
        return list(known)
    return [word for word, row in known.items() if dimension_of(unit) in row["dimension"].split()]
