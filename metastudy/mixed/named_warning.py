"""A warning with a name, and the limit of p-values that results and warnings share."""

from __future__ import annotations

from dataclasses import dataclass

LEAST_DF = 4
"""No p-value is given below this many degrees of freedom."""


@dataclass(frozen=True)
class NamedWarning:
    """What the rows of a fit do not let a reader conclude: a name, and a sentence with numbers."""

    name: str
    text: str
