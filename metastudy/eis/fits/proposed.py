"""Why a circuit was proposed, as a record: text and numbers of every circuit tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Tried:
    """A circuit that was tried.

    Attributes
    ----------
    circuit, words : str
        In writing and in words.
    parameters : int
    bic_difference, aicc_difference : float
        Its BIC, by which circuits are ranked, and its AICc less the smallest of all.
    searched : bool
        Whether it had the full search, or only a race from its neighbour, which may have ended
        above its optimum.
    lost : tuple of str, or None
        Parameters at a limit or not determined; None where that was not looked at.
    """

    circuit: str
    words: str
    parameters: int
    bic_difference: float
    aicc_difference: float
    searched: bool
    lost: tuple[str, ...] | None


@dataclass(frozen=True)
class Proposal:
    """Why a circuit was proposed.

    Attributes
    ----------
    reason : str
        What was seen in the data, how far the next circuit is away, which are as good, and what
        the spectrum leaves undetermined.
    candidates : tuple of Tried
        Every circuit tried, smallest BIC first.
    """

    reason: str
    candidates: tuple[Tried, ...]

    def table(self) -> pd.DataFrame:
        """Candidates, one row each, with the attributes of ``Tried`` for columns."""
        import pandas as pd

        return pd.DataFrame(self.candidates)
