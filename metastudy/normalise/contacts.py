"""From a printed resistance to ohm cm2 of one contact."""

from __future__ import annotations

import math
from dataclasses import dataclass

from metastudy.corpus.canonical import Area
from metastudy.corpus.study import StudyCell, StudyContact
from metastudy.normalise.budget import Term

# Where it is not known how many contacts a number covers it is one or all of them, even odds.
PROBABILITY_ALL = 0.5
# A circuit whose contacts the source does not count is taken to have two: SE between two partners.
CONTACTS_WHERE_UNKNOWN = 2


@dataclass(frozen=True)
class ContactShare:
    """How much of a circuit's resistance is one contact's.

    Attributes
    ----------
    shift
        What to add to log10 R (dex): -log10 n, its mean where coverage is unknown, or 0.
    term
        The unknown coverage as a budget term, or None where coverage is known.
    known
        Whether the source says what the number covers.
    upper_bound
        True where the contacts differ, so that their sum only bounds each from above.
    decades
        log10 n where a number covers one contact or all n alike, and it is not known which; else 0.
    """

    shift: float
    term: Term | None
    known: bool
    upper_bound: bool = False
    decades: float = 0.0


def contact_share(cell: StudyCell, value_covers: str, study_id: str) -> ContactShare:
    """Divide an exact resistance into its contacts.

    Divided by n only if it covers all contacts and they are identical. Unknown coverage is one
    **or** n and nothing between: mean shift -p log10 n, variance p (1 - p) (log10 n)^2, one unknown
    per cell design of the study. What does not depend on a count (an exchange current density) is
    not divided.
    """
    n = cell.contacts_counted
    if value_covers in ("one", "not_applicable") or n == 1:
        return ContactShare(0.0, None, known=True)
    if cell.identical_contacts == "no":
        return ContactShare(0.0, None, known=value_covers == "all", upper_bound=True)
    count = n or CONTACTS_WHERE_UNKNOWN
    decades = math.log10(count)
    if value_covers == "all" and n is not None and cell.identical_contacts == "yes":
        return ContactShare(-decades, None, known=True)
    p = PROBABILITY_ALL
    loading = decades * math.sqrt(p * (1.0 - p))
    term = Term("interfaces", "cell design", f"{study_id}/{cell.id}", loading)
    return ContactShare(-p * decades, term, known=False, decades=decades)


def share_bound(cell: StudyCell, value_covers: str, side: str) -> float:
    """Return the shift (dex) of a bound; with unknown coverage the weaker end is kept.

    An upper bound on the sum bounds each contact too, so it stays; a lower bound on the sum says
    least about one contact when it is divided.
    """
    shared = contact_share(cell, value_covers, "")
    if shared.known and not shared.upper_bound:
        return shared.shift
    count = cell.contacts_counted or CONTACTS_WHERE_UNKNOWN
    return 0.0 if side == "hi" else -math.log10(count)


def area_term(area: Area, contact: StudyContact, study_id: str) -> Term | None:
    """Return the uncertainty of the area as a budget term, or None where none is given."""
    if area.sd_cm2 is None:
        return None
    loading = area.sd_cm2 / (area.cm2 * math.log(10.0))
    return Term("area", "cell design", f"{study_id}/{contact.id}", loading)
