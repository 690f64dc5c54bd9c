"""Numbers of materials, preparation and protocol: what a study takes besides resistances."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from metastudy.contribute.extract.field_words import BINDING


class Condition(NamedTuple):
    """A quantity by the dimension of its unit, with the words that its sentence must hold."""

    quantity: str
    words: re.Pattern[str]


def _any(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


_TREATED = (
    r"\bheat|anneal|sinter|treat|melt|\bdr(?:y|ied)|press|stor(?:e|age)|\bag(?:e|ing)|stabili|immers|"
    r"dipp?|soak|equilibr|relax|assembl|cool|measured|impedance|interfac|contact"
)
CONDITIONS: Mapping[str, Condition] = {
    "conductivity": Condition("conductivity", _any(r"conduct|transport|σ")),
    "energy": Condition("binding_energy", BINDING),
    "mass_fraction": Condition(
        "mass_fraction",
        _any(r"water|solvent|residu|trace|content|detect|plastici|amount|polymer|add"),
    ),
    "fraction": Condition("volume_fraction", _any(r"interfac|contact|percol|filler|ceramic")),
    "concentration": Condition("concentration", _any(r"salt|Li|electrolyte|solution|concentrat")),
    "molality": Condition("concentration", _any(r"salt|Li|electrolyte|solution|concentrat")),
    "salt_ratio": Condition("concentration", _any(r"")),
    "time": Condition("time", _any(_TREATED)),
    "temperature": Condition("temperature", _any(_TREATED)),
    "length": Condition("thickness", _any(r"thick|depth|layer|film|interphase|diameter|probe")),
    "frequency": Condition("frequency", _any(r"frequenc|impedance|arc|semi-?circle|EIS")),
    "potential": Condition(
        "potential", _any(r"amplitude|excitation|bias|perturb|impedance|interfac")
    ),
    "pressure": Condition("pressure", _any(r"press|stack|interfac|contact|vacuum")),
    "molar_mass": Condition("molar_mass", _any(r"mol|weight|polymer|PEO")),
    "area": Condition("area", _any(r"area|electrode|contact")),
}
UNCERTAINTY = _any(r"uncertain|reproducib|error|deviation|scatter")
# A ratio of ether oxygen to lithium, in the spellings of print.
EO_LI = re.compile(
    r"EO\s?[:/]\s?Li\s?(?:\+|⁺)?\)?\s?(?:molar\s)?(?:ratio)?\s?(?:of|=|:|~|≈)?\s?([0-9]+(?:\.[0-9]+)?)"
    r"(?:\s?[:/]\s?1)?(?![0-9])",
)
