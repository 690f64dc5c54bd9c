"""Rows typed by questions: each asks for one column, offers its words, and checks the answer."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from metastudy.contribute.open_study import Cells, OpenStudy
from metastudy.contribute.row_columns import (
    NONE,
    ROW_COLUMNS,
    RowColumn,
    default_of,
    quantity_of,
    settled_by,
    split_value,
    words_of,
)
from metastudy.corpus.number_spelling import celsius, one_number

FEW_WORDS = 12
LISTED = "?"
_WIDTH = 98


@dataclass(frozen=True)
class Terminal:
    """How questions are asked and what is said in between.

    Attributes
    ----------
    ask
        Shows a prompt and returns the line that was typed; raises EOFError where input ends.
    say
        Shows a text.
    """

    ask: Callable[[str], str]
    say: Callable[[str], None]


def ask_row(
    study: OpenStudy, terminal: Terminal, fixed: Cells, before: Cells
) -> dict[str, str] | None:
    """Ask for one row; None where no value is typed, which ends the rows.

    Parameters
    ----------
    fixed
        Cells that are not asked for.
    before
        The row before this one: most of its words are offered again.
    """
    row = dict(fixed)
    for column in ROW_COLUMNS:
        if row.get(column.name):
            continue
        if not column.applies(row, quantity_of(study, row)):
            row[column.name] = column.otherwise
            continue
        answer = settled_by(column, study, row)
        if answer:
            terminal.say(f"{column.name}: {answer}")
        else:
            answer = _asked(column, study, terminal, row, before)
        if column.name == "value_text" and not answer:
            return None
        row[column.name] = answer
        if column.name == "value_text":
            row |= split_value(study, row) or {}
    row.setdefault("qualifier", "exact")
    return row


def _asked(
    column: RowColumn, study: OpenStudy, terminal: Terminal, row: Cells, before: Cells
) -> str:
    """Ask for one column until the answer fits."""
    name = column.name
    words = words_of(name, study, row)
    default = default_of(column, study, row, before)
    if default and words and default not in words and name != "unit_text":
        default = ""
    while True:
        typed = terminal.ask(_prompt(name, words, default)).strip()
        if typed.startswith(LISTED):
            terminal.say(listed(name, study, words, typed.removeprefix(LISTED).strip()))
            continue
        answer = "" if typed == NONE else _spelt(name, typed or default)
        if name == "value_text" and not answer:
            return ""
        fault = _fault(column, study, row, answer)
        if not fault:
            return answer
        terminal.say(f"  {fault}")


def _fault(column: RowColumn, study: OpenStudy, row: Cells, answer: str) -> str:
    name = column.name
    if not answer and not column.may_be_empty(row, quantity_of(study, row)):
        return f"{name} is needed here; {LISTED} lists what it takes."
    if name != "value_text":
        return study.cell_fault(name, answer)
    cells = split_value(study, {**row, "value_text": answer})
    if cells is None:
        return study.cell_fault(name, answer) or f"{answer!r} is no number."
    faults = (study.cell_fault(part, text) for part, text in cells.items())
    return next((fault for fault in faults if fault), "")


def _spelt(name: str, answer: str) -> str:
    """Write a temperature in degC and a number in the form of the tables."""
    if name == "temperature_text":
        return celsius(answer) or one_number(answer) or answer
    if name == "reading_error":
        return one_number(answer) or answer
    return answer


def _prompt(name: str, words: Sequence[str], default: str) -> str:
    few = f" ({', '.join(words)})" if 1 < len(words) <= FEW_WORDS else ""
    kept = f" [{default}]" if default else ""
    return f"{name}{few}{kept}: "


def listed(name: str, study: OpenStudy, words: Sequence[str], part: str = "") -> str:
    """Return what a column takes: its description, and its words with their meanings.

    ``part`` keeps the words in whose name or meaning it stands.
    """
    schema, _ = study.columns[name]
    table = schema.get("x-vocabulary")
    meanings: Mapping[str, Mapping[str, str]] = study.vocabulary[table] if table else {}
    lines = [f"  {schema['description']}"]
    for word in words:
        meaning = meanings.get(word, {}).get("meaning", "")
        if part.casefold() in f"{word} {meaning}".casefold():
            lines.append(textwrap.fill(f"{word}: {meaning}", _WIDTH, initial_indent="    "))
    return "\n".join(line.rstrip(": ") for line in lines)
