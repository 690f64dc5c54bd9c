"""What each piece of evidence says about each name that an arc may have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .evidence import (
    BORNE_OUT,
    CONTRADICTED,
    Clue,
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
# Arcs of the plate and of the cell are the same process within this factor in capacitance.
SAME_CAPACITANCE = 10.0
# A grain boundary of less than this share of the arc is no reason to call it mixed.
NEGLIGIBLE = 0.05

_WORDS = {"for": "agrees", "against": "ruled out", "neither": "not decided"}


def hear(
    piece: Evidence, arc: MeasuredArc, cell: Cell, candidates: Sequence[Candidate]
) -> list[Clue]:
    """Return what one piece of evidence says about the candidates of an arc.

    Raises
    ------
    CellError
        If it names a layer that the cell does not have.
    """
    if isinstance(piece, PlateAlone):
        cell.named(piece.layer)
        return _plate(piece, arc, candidates)
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


def _thickness(piece: ThicknessPair, candidates: Sequence[Candidate]) -> list[Clue]:
    seen = float(np.log(piece.resistance_ratio))
    grown = float(np.log(piece.thickness_ratio))
    predicted = [grown if _inside(c, piece.layer) else 0.0 for c in candidates]
    says = _decided([compare(seen, p, piece.error) for p in predicted])
    return [
        Clue(
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


def _decided(says: list[str]) -> list[str]:
    """Agreement means something only where another prediction failed."""
    if "against" in says:
        return says
    return ["neither"] * len(says)


def _partner(piece: PartnerChange, candidates: Sequence[Candidate]) -> list[Clue]:
    seen = float(np.log(piece.resistance_ratio))
    same = compare(seen, 0.0, piece.error)
    clues = []
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
        clues.append(
            Clue(
                "partner change",
                candidate.name,
                word,
                piece.resistance_ratio,
                *_range(0.0, piece.error),
                "1",
                words,
            )
        )
    return clues


def _left_out(piece: ElectrodesLeftOut, candidates: Sequence[Candidate]) -> list[Clue]:
    clues = []
    for candidate in candidates:
        electrode = candidate.kind == "electrode"
        word = "against" if electrode == piece.remains else "for" if electrode else "neither"
        seen = "stays" if piece.remains else "is gone"
        words = f"Sensed inside the electrodes the arc {seen}; {candidate.name}: {_WORDS[word]}."
        clues.append(
            Clue(
                "electrodes left out", candidate.name, word, float(piece.remains), 0, 1, "1", words
            )
        )
    return clues


def _plate(piece: PlateAlone, arc: MeasuredArc, candidates: Sequence[Candidate]) -> list[Clue]:
    """Look for the arc in the plate: absent, the same, or a part of it."""
    distances = np.abs(np.log(np.array(piece.capacitances_f) / arc.capacitance_f))
    near = distances.size > 0 and distances.min() <= np.log(SAME_CAPACITANCE)
    plate_ohm = piece.resistances_ohm[int(np.argmin(distances))] if near else 0.0
    error = float(np.hypot(piece.error, arc.log_r_error))
    share = plate_ohm / arc.resistance_ohm
    standing = np.log(arc.resistance_ohm / plate_ohm) / error if plate_ohm > 0 else np.inf
    if share <= NEGLIGIBLE:
        seen = "shows no such arc" if plate_ohm == 0 else f"shows {100 * share:.2g} % of it"
        inside, contact = "against", "for"
    elif abs(standing) <= BORNE_OUT:
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
    clues = []
    for candidate in candidates:
        if _inside(candidate, piece.layer):
            word = inside
        elif candidate.kind == "interface" and piece.layer in candidate.of.split("|"):
            word = contact
        else:
            continue
        said = {**_WORDS, MIXED: "a part of it"}[word]
        words = f"{piece.layer} alone {seen}; {candidate.name}: {said}."
        clues.append(Clue("plate alone", candidate.name, word, plate_ohm, low, high, "ohm", words))
    return clues


def _range(predicted: float, error: float) -> tuple[float, float]:
    """Range of the ratio that does not contradict a prediction of its logarithm."""
    half = CONTRADICTED * error
    return float(np.exp(predicted - half)), float(np.exp(predicted + half))
