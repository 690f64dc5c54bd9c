"""What each piece of evidence says about each name that an arc may have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .evidence import (
    BORNE_OUT,
    CONTRADICTED,
    ArcEvidence,
    ArcOrder,
    ElectrodesLeftOut,
    Evidence,
    PartnerChange,
    PlateAlone,
    ThicknessPair,
    compare,
)
from .layers import Cell

if TYPE_CHECKING:
    from .candidates import Candidate, MeasuredArc

# The plate alone explains a part of the arc: neither name alone is right.
MIXED = "part"
# An arc of the plate may be part of an arc of the cell within this factor in capacitance, and all
# of it within the smaller one.
SAME_CAPACITANCE, EQUAL_CAPACITANCE = 10.0, 3.0
# A grain boundary of less than this share of the arc is no reason to call it mixed.
NEGLIGIBLE = 0.05

_WORDS = {"for": "agrees", "against": "ruled out", "neither": "not decided"}


def apply(
    piece: Evidence,
    arc: MeasuredArc,
    cell: Cell,
    candidates: Sequence[Candidate],
    arcs: Sequence[MeasuredArc] = (),
) -> list[ArcEvidence]:
    """Return what one piece of evidence says about the candidates of an arc.

    ``arcs`` are all arcs of the spectrum: one that is an arc of the plate leaves it to no other.

    Raises
    ------
    CellError
        If it names a layer that the cell does not have.
    """
    if isinstance(piece, ArcOrder):
        return []  # it is about all arcs together: hear_order
    if isinstance(piece, PlateAlone):
        cell.named(piece.layer)
        return _plate(piece, arc, candidates, arcs)
    if piece.arc != arc.name:
        return []
    if isinstance(piece, ThicknessPair):
        cell.named(piece.layer)
        return _thickness(piece, candidates)
    if isinstance(piece, PartnerChange):
        cell.named(piece.kept)
        return _partner(piece, candidates)
    return _left_out(piece, candidates)


def _inside(candidate: Candidate, layer: str) -> bool:
    """Whether the candidate is the bulk or the boundaries of a layer."""
    return candidate.kind in ("bulk", "grain boundary") and candidate.of == layer


def _thickness(piece: ThicknessPair, candidates: Sequence[Candidate]) -> list[ArcEvidence]:
    seen = float(np.log(piece.resistance_ratio))
    grown = float(np.log(piece.thickness_ratio))
    predicted = [grown if _inside(c, piece.layer) else 0.0 for c in candidates]
    # Agreement means something only where the other prediction, of what is inside the layer or
    # outside, failed; a window that had ruled it out before is no measurement.
    failed = "against" in (compare(seen, p, piece.error) for p in (grown, 0.0))
    says = [compare(seen, p, piece.error) if failed else "neither" for p in predicted]
    return [
        ArcEvidence(
            "thickness pair",
            candidate.name,
            word,
            piece.resistance_ratio,
            *_range(p, piece.error),
            "1",
            f"With {piece.layer} {piece.thickness_ratio:.3g} times as thick the arc was "
            f"{piece.resistance_ratio:.3g} times as large; {candidate.name} would be "
            f"{np.exp(p):.3g} times: {_WORDS[word]}.",
        )
        for candidate, p, word in zip(candidates, predicted, says, strict=True)
    ]


def _partner(piece: PartnerChange, candidates: Sequence[Candidate]) -> list[ArcEvidence]:
    seen = float(np.log(piece.resistance_ratio))
    same = compare(seen, 0.0, piece.error)
    found = []
    for candidate in candidates:
        if _inside(candidate, piece.kept):
            word = same
        elif candidate.kind == "interface":
            # An unchanged arc does not rule a contact out: two partners may be alike.
            word = "for" if same == "against" else "neither"
        else:
            word = "neither"
        words = (
            f"With another partner on the same {piece.kept} the arc was "
            f"{piece.resistance_ratio:.3g} times as large; {candidate.name}: {_WORDS[word]}."
        )
        found.append(
            ArcEvidence(
                "partner change",
                candidate.name,
                word,
                piece.resistance_ratio,
                *_range(0.0, piece.error),
                "1",
                words,
            )
        )
    return found


def _left_out(piece: ElectrodesLeftOut, candidates: Sequence[Candidate]) -> list[ArcEvidence]:
    found = []
    for candidate in candidates:
        electrode = candidate.kind == "electrode"
        word = "against" if electrode == piece.remains else "for" if electrode else "neither"
        seen = "stays" if piece.remains else "is gone"
        words = f"Sensed inside the electrodes the arc {seen}; {candidate.name}: {_WORDS[word]}."
        found.append(
            ArcEvidence(
                "electrodes left out", candidate.name, word, float(piece.remains), 0, 1, "1", words
            )
        )
    return found


def _plate(
    piece: PlateAlone,
    arc: MeasuredArc,
    candidates: Sequence[Candidate],
    arcs: Sequence[MeasuredArc],
) -> list[ArcEvidence]:
    """Look for the arc in the plate: absent, the same, or a part of it."""
    left = _left_over(piece, arc, arcs)
    distances = np.array([abs(np.log(c / arc.capacitance_f)) for _, c in left])
    near = distances.size > 0 and distances.min() <= np.log(SAME_CAPACITANCE)
    plate_ohm = left[int(np.argmin(distances))][0] if near else 0.0
    alike = near and distances.min() <= np.log(EQUAL_CAPACITANCE)
    error = float(np.hypot(piece.error, arc.log_r_error))
    share = plate_ohm / arc.resistance_ohm
    standing = np.log(arc.resistance_ohm / plate_ohm) / error if plate_ohm > 0 else np.inf
    if share <= NEGLIGIBLE:
        seen = "shows no such arc" if plate_ohm == 0 else f"shows {100 * share:.2g} % of it"
        inside, contact = "against", "for"
    elif abs(standing) <= BORNE_OUT and alike:
        seen, inside, contact = "shows all of it", "for", "against"
    elif standing > CONTRADICTED:
        seen, inside, contact = f"shows {plate_ohm:.4g} ohm of it", MIXED, MIXED
    else:
        seen, inside, contact = (
            f"shows {plate_ohm:.4g} ohm, which decides nothing",
            "neither",
            "neither",
        )
    low, high = (plate_ohm * bound for bound in _range(0.0, error))
    found = []
    for candidate in candidates:
        if _inside(candidate, piece.layer):
            word = inside
        elif candidate.kind == "interface" and piece.layer in candidate.of.split("|"):
            word = contact
        else:
            continue
        said = {**_WORDS, MIXED: "a part of it"}[word]
        words = f"{piece.layer} alone {seen}; {candidate.name}: {said}."
        share_error = plate_ohm * piece.error
        found.append(
            ArcEvidence(
                "plate alone", candidate.name, word, plate_ohm, low, high, "ohm", words, share_error
            )
        )
    return found


def _left_over(
    piece: PlateAlone, arc: MeasuredArc, arcs: Sequence[MeasuredArc]
) -> list[tuple[float, float]]:
    """Arcs of the plate (ohm, F) that are no other arc of the cell, or are this one as well."""
    left = []
    for r, c in zip(piece.resistances_ohm, piece.capacitances_f, strict=True):
        same = [one.name for one in arcs if _is_arc(piece, r, c, one)]
        if not same or arc.name in same:
            left.append((r, c))
    return left


def _is_arc(piece: PlateAlone, r: float, c: float, arc: MeasuredArc) -> bool:
    """Whether an arc of the plate and one of the cell agree in resistance and capacitance."""
    error = float(np.hypot(piece.error, arc.log_r_error))
    return (
        abs(np.log(c / arc.capacitance_f)) <= np.log(EQUAL_CAPACITANCE)
        and compare(float(np.log(arc.resistance_ohm / r)), 0.0, error) == "for"
    )


def _range(predicted: float, error: float) -> tuple[float, float]:
    """Range of the ratio that does not contradict a prediction of its logarithm."""
    half = CONTRADICTED * error
    return float(np.exp(predicted - half)), float(np.exp(predicted + half))
