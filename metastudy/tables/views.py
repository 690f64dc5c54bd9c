"""Observations as a reader asks for them: filtered by words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metastudy.tables.dataset import Dataset
from metastudy.tables.filters import question


@dataclass(frozen=True)
class Selection:
    """Rows of some classes: observations with their V (dex squared, in their order), records."""

    observations: pd.DataFrame
    V: NDArray[np.float64]
    records: pd.DataFrame


def narrowed(data: Dataset, wanted: Mapping[str, Sequence[str]]) -> Selection:
    """Return the rows that answer to words of filters; a filter without words keeps all.

    Records without a contact, such as constants of a work, stay with the works that have a record
    in the selection.

    Parameters
    ----------
    data
        The dataset.
    wanted
        Words by filter, class and family.

    Raises
    ------
    FilterError
        For a word that is not known.
    """
    part = data.subset(**{name: words for name, words in wanted.items() if words})
    return Selection(part.observations, part.V, part.records)


def select(data: Dataset, wanted: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return the observations that answer to one of the words of every filter.

    Parameters
    ----------
    data
        The dataset.
    wanted
        Words by filter, as :func:`metastudy.tables.filters.question` reads them.

    Raises
    ------
    FilterError
        Where a filter or a word is not known; the nearest words are offered. A word that is known
        but has no observation gives no row.
    """
    asked = question(data.observations, data.vocabulary, wanted)
    return data.observations[asked.answers(data.observations)]
