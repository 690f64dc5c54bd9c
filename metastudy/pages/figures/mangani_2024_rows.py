"""Printed numbers of Mangani 2024, as its figures and tables need them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from metastudy.pages.figures.reproduction import NothingToDrawError, PrintedNumber
from metastudy.tables.loading import Dataset

Row = Mapping[Hashable, Any]

STUDY = "mangani_2024_tuning"
ASR = "area_specific_resistance"

# Words of the figures for the preparations of the work; others keep their own.
ARMS = {
    "pristine_dry": "untreated",
    "dmf_22": "2.2 wt% DMF",
    "dip_dmf": "dipped, DMF",
    "dip_acn": "dipped, ACN",
    "dip_dmc": "dipped, DMC",
    "dip_acn_water": "dipped, ACN, water",
    "heat_1d": "heated, 1 day",
    "heat_3d": "heated, 3 days",
}


def of_study(data: Dataset, study: str) -> pd.DataFrame:
    """Return the records of a work; a note that is missing is empty.

    Raises
    ------
    NothingToDrawError
        Where there are none.
    """
    own = data.records[data.records["study_id"] == study].fillna({"notes": ""})
    if own.empty:
        raise NothingToDrawError(f"the data has no numbers of {study}")
    return own


def rows_of(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """Return the rows of a frame as mappings."""
    return frame.to_dict("records")


def arm_words(preparation_id: str) -> str:
    """Return a preparation without its work, in words."""
    name = preparation_id.rpartition("/")[2]
    return ARMS.get(name, name.replace("_", " "))


def as_printed(what: str, row: Row, unit: str) -> PrintedNumber:
    """Return the number of a row as the paper prints it, with the place of its last digit."""
    text = str(row["value_text"])
    digit = 10.0 ** int(Decimal(text).as_tuple().exponent)
    return PrintedNumber(what, float(text), unit, digit, str(row["locator"]))
