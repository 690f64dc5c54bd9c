"""An exchange current is a charge-transfer resistance in other words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from metastudy.corpus.canonical import CanonicalRow, area_cm2, shown
from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.rule import warning
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.physics.errors import PhysicsError
from metastudy.physics.kinetics import transfer_resistance

EXCHANGE_RESISTANCE = warning(
    "exchange-resistance",
    reason="R = RT/(zF i0): where both are printed they agree, or one is of something else.",
    good="1 mA cm-2 and 25.7 ohm cm2 at 25 degC",
    bad="1 mA cm-2 and 257 ohm cm2 at 25 degC",
    needs="same sample, state and temperature: an exchange current and a charge-transfer "
    "resistance, or a total that is smaller than RT/(zF i0)",
)

_TOLERANCE = 0.10  # two printed digits of either number


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold every exchange current against the resistances of its sample and state."""
    for group in checked.together.values():
        currents = [e for e in group if e.dimension == "current_density" and e.value]
        for current in currents:
            if current.m.quantity == "exchange_current_density":
                yield from _current(current, group, checked.vocabulary)


def _current(
    current: CanonicalRow, group: Sequence[CanonicalRow], vocabulary: Vocabulary
) -> Iterator[Finding]:
    kelvin = current.temperature_k
    if kelvin is None or kelvin <= 0 or current.value is None:
        return
    try:
        expected = transfer_resistance(current.value, kelvin)
    except PhysicsError:  # a number out of range is the finding of another rule
        return
    for row in group:
        value = _areal(row, vocabulary)
        component = row.m.component
        if value is None or row.m.role != "interface":
            continue
        ratio = value / expected
        if component == "charge_transfer":
            wrong = abs(ratio - 1) > _TOLERANCE
        else:
            wrong = component == "total" and ratio < 1 - _TOLERANCE
        if wrong:
            message = (
                f"an exchange current of {current.text} is RT/(zF i0) = {shown(expected)} ohm cm2 "
                f"at {current.m.temperature_text}, and the {component} is {row.text}."
            )
            numbers = {
                "current": current.m.value_text,
                "resistance": row.m.value_text,
                "expected_ohm_cm2": shown(expected),
            }
            hint = "Check units and contact count, or say in a decision what i0 is."
            records = [current.id, row.id]
            yield EXCHANGE_RESISTANCE.of_row(current, "value_text", message, hint, records, numbers)


def _areal(row: CanonicalRow, vocabulary: Vocabulary) -> float | None:
    if row.value is None or row.dimension == "resistance_area":
        return row.value
    area = area_cm2(row.contact, vocabulary)
    return row.value * area if row.dimension == "resistance" and area else None
