"""A contact has the partner of its class, one ion, and conditions in units that fit."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from metastudy.corpus.canonical import canonical, condition_value, shown
from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.rule import error
from metastudy.corpus.strict_yaml import TreePath
from metastudy.corpus.study import Condition, Study, StudyContact, number
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.units import CANONICAL, ZERO_CELSIUS_K, dimension_of, spread_to_canonical

PARTNER_MISSING = error(
    "partner-missing",
    reason="Nominally the same contact needs both conductors.",
    good="class PE/SE with polymer PEO",
    bad="class PE/SE without polymer, or with solvents",
)
PARTNER_CLASS = error(
    "partner-class",
    reason="A gel is no liquid and a solid is no polymer: other classes, other comparisons.",
    good="class PE/SE with partner_class polymer",
    bad="class PE/SE with partner_class liquid",
)
ION = error(
    "ion-mismatch",
    reason="A sodium conductor lets no lithium through.",
    good="ion Na with NZSP",
    bad="ion Li with NZSP",
)
CONDITION_UNIT = error(
    "condition-unit",
    reason="An area in mm is a diameter, or a mistake.",
    good="area: {value: '0.159', unit: cm2, ...}",
    bad="area: {value: '4', unit: mm, ...}",
)
CONDITION_VALUE = error(
    "condition-value",
    reason="Areas and thicknesses are above zero, and a range has two ends in order.",
    good="area: {value: '0.159', unit: cm2, ...}",
    bad="area: {value: '0', unit: cm2, ...}, or between without upper",
)

CONTACT_AREA = error(
    "contact-area",
    reason="A diameter taken for a radius makes a factor of four in every resistance.",
    good="area 0.1257 cm2 with diameter 4 mm",
    bad="area 0.503 cm2 with diameter 4 mm",
)
SOLVENT_RATIO = error(
    "solvent-ratio",
    reason="A mixture is grouped by its solvents and their ratio; a ratio of two parts for three "
    "solvents belongs to another mixture.",
    good="solvents: [EC, DMC], solvent_ratio: '1:1'",
    bad="solvents: [EC, DMC], solvent_ratio: '1:1:1', or a text",
)

# Class: (key of its partner, keys that belong to other classes, partner classes).
_PARTNERS: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "LE/SE": (
        "solvents",
        ("polymer", "second_solid_electrolyte"),
        ("liquid", "aqueous", "ionic_liquid"),
    ),
    "PE/SE": (
        "polymer",
        ("second_solid_electrolyte",),
        ("polymer", "plasticised", "gel", "ionogel"),
    ),
    "SE/SE": ("second_solid_electrolyte", ("polymer", "solvents"), ("solid",)),
}
_SALT = ("concentration", "molality", "salt_ratio", "mass_fraction", "fraction")
_CONTACT_CONDITIONS: Mapping[str, tuple[str, ...]] = {
    "salt_content": _SALT,
    "se_thickness": ("length",),
    "molar_mass": ("molar_mass",),
    "polymer_melting_point": ("temperature",),
    "area": ("area",),
    "diameter": ("length",),
}
_STEP_CONDITIONS: Mapping[str, tuple[str, ...]] = {
    "duration": ("time",),
    "temperature": ("temperature",),
    "pressure": ("pressure", "force"),
}
_ROUNDED = 0.05  # an area printed with one or two digits
_POSITIVE = frozenset({"length", "area", "molar_mass"})
# What conditions can be, in canonical units.
_LIMITS: Mapping[str, tuple[float, float]] = {
    "mass_fraction": (0.0, 1.0),
    "fraction": (0.0, 1.0),
    "concentration": (0.0, 60.0),  # of pure water, 55 mol/L
    "molality": (0.0, 1e3),
    "salt_ratio": (1e-3, 1e4),
    "temperature": (-ZERO_CELSIUS_K, 3000.0),
    "time": (0.0, 1e9),
    "pressure": (0.0, 1e12),
    "force": (0.0, 1e12),
    "length": (0.0, 100.0),
    "area": (0.0, 1e4),
}


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold every contact, and every condition of study.yaml."""
    for study in checked.studies:
        for index, contact in enumerate(study.contacts.values()):
            yield from _partner(study, index, contact)
            yield from _solvents(study, index, contact, checked.vocabulary)
            yield from _ions(study, index, contact, checked.vocabulary)
            yield from _area(study, index, contact, checked.vocabulary)
        for path, condition, dimensions in _conditions(study):
            yield from condition_findings(study, path, condition, dimensions, checked.vocabulary)


def _partner(study: Study, index: int, contact: StudyContact) -> Iterator[Finding]:
    name = contact.interface_class
    needed, foreign, classes = _PARTNERS[name]
    if contact.partner_class not in classes:
        place = study.yaml_place("contacts", index, "partner_class")
        message = f"the class is {name} and partner_class {contact.partner_class}."
        hint = f"A partner of {name} is {' or '.join(classes)}."
        yield PARTNER_CLASS.at(place, message, hint, contact.partner_class)
    if not getattr(contact, needed):
        place = study.yaml_place("contacts", index, "class")
        message = f"contact {contact.id!r} is {name} and has no {needed}."
        yield PARTNER_MISSING.at(place, message, f"Name it under {needed}.", name)
    for key in foreign:
        if getattr(contact, key):
            place = study.tree.key_place(("contacts", index, key))
            message = f"contact {contact.id!r} is {name} and has {key}."
            hint = f"The partner of {name} is under {needed}."
            yield PARTNER_MISSING.at(place, message, hint, key)


_RATIO = re.compile(r"[0-9]+(\.[0-9]+)?([:/][0-9]+(\.[0-9]+)?)+")
_GELS = frozenset({"plasticised", "gel", "ionogel"})
_SHARE = re.compile(r"[0-9]+(\.[0-9]+)? ?(wt%|wt\.%|vol%|mol%) (\S+)")


def _solvents(
    study: Study, index: int, contact: StudyContact, vocabulary: Vocabulary
) -> Iterator[Finding]:
    """Hold the ratio of a mixture against its solvents: as many numbers, or the share of one."""
    ratio, count = contact.solvent_ratio, len(contact.solvents)
    share = _SHARE.fullmatch(ratio)
    if not ratio or ratio in vocabulary["missing"] or (share and share[3] in contact.solvents):
        return
    parts = re.split("[:/]", ratio) if _RATIO.fullmatch(ratio) else []
    # In a gel the matrix is a part of the mixture too.
    counts = (count, count + 1) if contact.partner_class in _GELS else (count,)
    if len(parts) in counts and all(float(part) > 0 for part in parts):
        return
    message = f"solvent_ratio is {ratio!r} and solvents has {count}: {', '.join(contact.solvents)}."
    hint = "Type one number a solvent, such as 1:1, or the share of one of them, such as 10 wt% EC."
    place = study.yaml_place("contacts", index, "solvent_ratio")
    yield SOLVENT_RATIO.at(place, message, hint, ratio)


def _ions(
    study: Study, index: int, contact: StudyContact, vocabulary: Vocabulary
) -> Iterator[Finding]:
    for key in ("solid_electrolyte", "second_solid_electrolyte"):
        material = getattr(contact, key)
        if not material:
            continue
        ion = vocabulary["solid_electrolyte"][material]["ion"]
        if ion and ion != contact.ion:
            place = study.yaml_place("contacts", index, "ion")
            message = f"the ion is {contact.ion}, and {material} conducts {ion}."
            hint = "Check ion and material."
            yield ION.at(place, message, hint, contact.ion)


def _area(
    study: Study, index: int, contact: StudyContact, vocabulary: Vocabulary
) -> Iterator[Finding]:
    """Hold a printed area against the circle of a printed diameter, to 5 %."""
    area = condition_value(contact.area, "area", vocabulary)
    diameter = condition_value(contact.diameter, "length", vocabulary)
    if not area or not diameter or contact.area_basis != "geometric":
        return
    circle = math.pi * diameter**2 / 4
    if abs(area / circle - 1) > _ROUNDED:
        place = study.yaml_place("contacts", index, "area", "value")
        message = (
            f"the area is {contact.area.value} {contact.area.unit}, and a circle of "
            f"{contact.diameter.value} {contact.diameter.unit} has {shown(circle)} cm2."
        )
        hint = "Keep the one that the resistances were multiplied by; say so in a note."
        yield CONTACT_AREA.at(place, message, hint, contact.area.value)


def _conditions(study: Study) -> Iterator[tuple[TreePath, Condition, tuple[str, ...]]]:
    """Yield every condition of study.yaml outside the axes, with the dimensions it may have."""
    for index, contact in enumerate(study.contacts.values()):
        for key, dimensions in _CONTACT_CONDITIONS.items():
            yield ("contacts", index, key), getattr(contact, key), dimensions
    for index, preparation in enumerate(study.preparations.values()):
        for position, step in enumerate(preparation.steps):
            for key, dimensions in _STEP_CONDITIONS.items():
                path: TreePath = ("preparations", index, "steps", position, key)
                yield path, getattr(step, key), dimensions
    for index, cell in enumerate(study.cells.values()):
        yield ("cells", index, "pe_thickness"), cell.pe_thickness, ("length",)
    for index, state in enumerate(study.states.values()):
        yield ("states", index, "age"), state.age, ("time",)


def condition_findings(
    study: Study,
    path: TreePath,
    condition: Condition,
    dimensions: tuple[str, ...],
    vocabulary: Vocabulary,
) -> Iterator[Finding]:
    """Hold one condition: a unit of its dimension, ends in order, above zero where it must be."""
    if not condition:
        return
    key = str(path[-1])
    unit = vocabulary.unit_of(condition.unit) or ""
    dimension = dimension_of(unit)
    if dimension not in dimensions:
        # A share is written in percent, so its canonical unit, 1, would mislead.
        units = dict.fromkeys(CANONICAL[name] for name in dimensions)
        wanted = " or ".join("percent" if unit == "1" else unit for unit in units)
        message = f"{key} is in {condition.unit!r}."
        hint = f"It is measured in {wanted} and its multiples."
        yield CONDITION_UNIT.at(study.yaml_place(*path, "unit"), message, hint, condition.unit)
        return
    value, upper = canonical(condition.value, unit), canonical(condition.upper, unit)
    text = f"{condition.value} {condition.unit}"
    message, hint = "", ""
    if value is None or (dimension in _POSITIVE and value <= 0):
        message = f"{key} is {text}, which is not a number above zero."
        hint = "Check the number."
    elif (condition.qualifier == "between") != (upper is not None):
        message = f"{key} is {text} with the qualifier {condition.qualifier}"
        message += f" and upper {condition.upper!r}." if condition.upper else " and no upper."
        hint = "Only between has an upper end, and it needs one."
    elif upper is not None and upper <= value:
        message = f"{key} runs from {condition.value} to {condition.upper} {condition.unit}."
        hint = "The lower end comes first."
    elif not _possible(dimension, value, upper):
        low, high = _LIMITS[dimension]
        limits = f"{low:g} and {high:g} {CANONICAL[dimension]}"
        if dimension in ("fraction", "mass_fraction"):
            limits = f"{100 * low:g} and {100 * high:g} percent"
        message = f"{key} is {text}."
        hint = f"It lies between {limits}: check number and unit."
    if message:
        place = study.yaml_place(*path, "value")
        yield CONDITION_VALUE.at(place, message, hint, condition.value)
    elif value is not None:
        yield from _condition_spread(study, path, condition, dimension, value, vocabulary)


def _possible(dimension: str, value: float, upper: float | None) -> bool:
    low, high = _LIMITS.get(dimension, (-math.inf, math.inf))
    return low <= value and (value if upper is None else upper) <= high


def _condition_spread(
    study: Study,
    path: TreePath,
    condition: Condition,
    dimension: str,
    value: float,
    vocabulary: Vocabulary,
) -> Iterator[Finding]:
    """Hold what is printed behind a plus-minus: a distance, and less than what must be positive."""
    key, unit = str(path[-1]), vocabulary.unit_of(condition.unit) or ""
    for side in ("minus", "plus"):
        typed = getattr(condition, side)
        size = number(typed)
        if not typed or size is None:
            continue
        if size < 0:
            place = study.yaml_place(*path, side)
            message = f"{side} of {key} is {typed}."
            yield CONDITION_VALUE.at(place, message, "Type it without sign.", typed)
        elif dimension in _POSITIVE and spread_to_canonical(size, value, unit) >= value:
            message = f"{key} is {condition.value} {condition.unit} with an error of {typed}."
            hint = "An error as large as the value itself: check both."
            place = study.yaml_place(*path, side)
            yield CONDITION_VALUE.at(place, message, hint, typed)
            return
