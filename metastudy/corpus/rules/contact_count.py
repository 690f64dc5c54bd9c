"""How many contacts a cell holds, and how many of them a printed number covers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from metastudy.corpus.canonical import CanonicalRow
from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.rule import error
from metastudy.corpus.schema import word_hint
from metastudy.corpus.study import Study, StudyCell
from metastudy.corpus.vocabulary import Vocabulary

STACK_TEXT = error(
    "stack-text",
    reason="The contacts are counted in the stack.",
    good="stack: SS|PE|SE|PE|SS, or not_reported",
    bad="stack: SS/PE/SE/PE/SS, or SS|PEO|SE|PEO|SS",
)
STACK_COUNT = error(
    "stack-count",
    reason="A circuit with two contacts read as one doubles the resistance.",
    good="SS|PE|SE|PE|SS with n_in_circuit 2",
    bad="SS|PE|SE|PE|SS with n_in_circuit 1",
)
COVERS = error(
    "value-covers",
    reason="Whether a number is of one contact or of all is a factor of two.",
    good="value_covers all in a cell with n_in_circuit 2",
    bad="value_covers all where n_in_circuit is unknown, unknown where it is 1, or one for an "
    "activation energy",
)

# What changes with the number of contacts in series; of the shares, that of the total alone.
_COUNTED_DIMENSIONS = frozenset(
    {
        "resistance",
        "resistance_area",
        "resistance_area_per_time",
        "conductance_per_area",
        "current_density",
        "capacitance",
        "capacitance_per_area",
    }
)
_COUNTED_QUANTITIES = frozenset({"share_of_total"})
_PARTNER: Mapping[str, str] = {"LE/SE": "LE", "PE/SE": "PE", "SE/SE": "SE2"}


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold every stack against its count, and every row against its cell."""
    for study in checked.studies:
        for index, cell in enumerate(study.cells.values()):
            fault = _words(study, index, cell, checked.vocabulary)
            if fault is not None:
                yield fault
            else:
                yield from _count(study, index, cell)
    for row in checked.rows:
        yield from _covers(row, checked.vocabulary)


def _words(study: Study, index: int, cell: StudyCell, vocabulary: Vocabulary) -> Finding | None:
    if not cell.layers:
        if cell.stack in vocabulary["missing"]:
            return None
        place = study.yaml_place("cells", index, "stack")
        message = f"the stack {cell.stack!r} has no layers."
        hint = "Join the layers from terminal to terminal by |, or say not_reported."
        return STACK_TEXT.at(place, message, hint, cell.stack)
    for layer in cell.layers:
        if layer not in vocabulary["layer"]:
            message = f"the stack {cell.stack!r} has the layer {layer!r}, which is no word for one."
            place = study.yaml_place("cells", index, "stack")
            return STACK_TEXT.at(place, message, word_hint(vocabulary, "layer", layer), cell.stack)
    return None


def count_contacts(layers: tuple[str, ...], partner: str) -> int:
    """Count neighbouring pairs of the solid electrolyte and its partner."""
    return sum({left, right} == {"SE", partner} for left, right in pairwise(layers))


def sensed(cell: StudyCell) -> tuple[str, ...]:
    """Return the layers between the sensing electrodes: between two references, else all."""
    layers = cell.layers
    marks = [index for index, layer in enumerate(layers) if layer == "REF"]
    if cell.electrodes == "four_point" and len(marks) == 2:
        return layers[marks[0] : marks[1] + 1]
    return layers


def _count(study: Study, index: int, cell: StudyCell) -> Iterator[Finding]:
    classes = {
        contact.interface_class
        for m in study.measurements
        if m.cell_id == cell.id and (contact := study.contact_of(m)) is not None
    }
    n = cell.contacts_counted
    if len(classes) != 1 or not cell.layers or n is None:
        return
    name = classes.pop()
    counted = count_contacts(sensed(cell), _PARTNER[name])
    # With one reference electrode the sensed part may be less than the whole stack.
    fits = n <= counted if cell.electrodes == "three_electrode" else n == counted
    if not fits:
        place = study.yaml_place("cells", index, "n_in_circuit")
        message = (
            f"n_in_circuit is {n}, the stack {cell.stack} has {counted} neighbouring pairs "
            f"of SE and {_PARTNER[name]}."
        )
        hint = "Count the contacts between the electrodes that sense the voltage."
        yield STACK_COUNT.at(place, message, hint, cell.n_in_circuit)


def _covers(row: CanonicalRow, vocabulary: Vocabulary) -> Iterator[Finding]:
    m, cell = row.m, row.cell
    quantity = vocabulary["quantity"][m.quantity]
    response = quantity["response"] == "yes"
    counted = m.quantity in _COUNTED_QUANTITIES or not _COUNTED_DIMENSIONS.isdisjoint(
        quantity["dimension"].split()
    )
    if not counted and m.value_covers != "not_applicable":
        message = f"value_covers is {m.value_covers}, and the {m.quantity} does not depend on a "
        message += "count of contacts."
        yield COVERS.of_row(row, "value_covers", message, "Type not_applicable.")
        return
    if not response or m.role not in ("interface", "bound"):
        return
    n = None if cell is None else cell.contacts_counted
    if m.value_covers == "not_applicable":
        message = f"the {m.quantity} of a contact does not say how many contacts it covers."
        yield COVERS.of_row(row, "value_covers", message, "Type one, all or unknown.")
    elif m.value_covers == "all" and n is None and m.role == "interface":
        where = f"cell {m.cell_id!r}" if m.cell_id else "a row without cell"
        message = f"the number covers all contacts, and {where} does not say how many there are."
        hint = "Give n_in_circuit, or type unknown."
        yield COVERS.of_row(row, "value_covers", message, hint)
    elif m.value_covers == "unknown" and n == 1:
        message = f"value_covers is unknown, and cell {m.cell_id!r} has one contact."
        yield COVERS.of_row(row, "value_covers", message, "Type one.")
