"""Rows of the dataset that a claim selects, with everything that a selection may name.

Resistances are observations (log10 of ohm cm2 at a reference temperature); activation energies are
in eV; every other quantity is a printed number, as log10 of its canonical unit. A selection takes
untreated arms, and of resistances the headline set, unless it names arm, treatments or state.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from metastudy.answers.activation import PARTS, donor_number
from metastudy.answers.preparation import REPEATABILITY
from metastudy.answers.treatments import repeats_a_primary, switched_on, treatments
from metastudy.normalise.energies import SD_WHERE_UNPRINTED_EV
from metastudy.tables.claim_terms import CONTRAST, OBSERVED, Condition, RowsTerm
from metastudy.tables.loading import Dataset

ENERGY = "activation_energy"
# Naming one of these, a selection says itself which arm and state it means.
OWN_CHOICE = ("arm", "treatments", "state_kind", "headline", "left_out", "record_id")
# One printed number, however often it was entered.
PRINT = ["study_id", "quantity", "value_text", "upper_text", "unit_text", "locator"]
# What an observation takes from the first of its records.
OF_FIRST_RECORD = ("electrodes", "evaluation", "age_h")
_SALT = re.compile(r"([0-9.e-]+) (mol L-1|EO:[A-Z][a-z]*)")


@dataclass(frozen=True)
class Rows:
    """The chosen rows of one selection.

    Attributes
    ----------
    frame
        Columns study_id, y, lo, hi, sd, records and everything that can be selected by.
    quantity
        observed_resistance, treatment_contrast or a word of the quantity vocabulary; y is in dex,
        of activation energies in eV.
    one_work
        The selection names one work, so that one work is all it can have.
    circular
        How many rows were left out because they were read in the claiming work itself.
    """

    frame: pd.DataFrame
    quantity: str
    one_work: bool
    circular: int

    @property
    def unit(self) -> str:
        """Unit of y."""
        return "eV" if self.quantity == ENERGY else "dex"

    @property
    def works(self) -> int:
        """How many works have a row."""
        return int(self.frame["study_id"].nunique())

    @property
    def exact(self) -> pd.Series[bool]:
        """Which rows have a value, not only bounds."""
        return self.frame["y"].notna()

    @property
    def records(self) -> tuple[str, ...]:
        """The records behind the rows."""
        return tuple(name for cell in self.frame["records"] for name in str(cell).split())

    def apart_from(self, other: Rows) -> Rows:
        """Return the rows whose printed numbers the other selection has not."""
        shared = self.frame["printed_as"].isin(other.frame["printed_as"])
        return replace(self, frame=self.frame[~shared])


@dataclass(frozen=True)
class RowTables:
    """The tables that selections are made from, each built once."""

    data: Dataset

    def frame(self, quantity: str) -> pd.DataFrame:
        """Return all rows of a quantity."""
        if quantity == OBSERVED:
            return self.resistances
        if quantity == CONTRAST:
            return self.contrasts
        return self._of_records(quantity)

    @cached_property
    def records(self) -> pd.DataFrame:
        """Printed numbers that no switch left out, primary ones before their repeats."""
        records = switched_on(self.data.records)
        records = records[~repeats_a_primary(records)]
        parts = records["system"].astype("string").str.split(" | ", regex=False, expand=True)
        parts = parts.reindex(columns=range(len(PARTS))).set_axis(list(PARTS), axis=1)
        new = [name for name in PARTS if name not in records]
        rows = records.join(parts[new].astype(object))
        printed = rows[PRINT].astype("string").fillna("").agg(" ".join, axis=1)
        cell = rows["basis"] == "table"  # a table has a cell for each number
        printed = printed.where(~cell, rows["record_id"])
        return self._enriched(rows.assign(records=rows["record_id"], printed_as=printed))

    @cached_property
    def by_record(self) -> dict[str, pd.Series[Any]]:
        """Every printed number that no switch left out, by its id."""
        records = switched_on(self.data.records)
        rows = (row for _, row in records.iterrows())
        return dict(zip(records["record_id"], rows, strict=True))

    @cached_property
    def resistances(self) -> pd.DataFrame:
        """Observations; bounds have no y."""
        rows = self.data.observations
        first = rows["records"].astype(str).str.split().str[0]
        own = self.data.records.drop_duplicates("record_id").set_index("record_id")
        added = {
            name: first.map(own[name])
            for name in OF_FIRST_RECORD
            if name in own and name not in rows
        }
        named = {"solid": rows["solid_electrolyte"], "printed_as": rows["observation_id"]}
        return self._enriched(rows.assign(**added, **named, sd=np.sqrt(rows["v"])))

    @cached_property
    def contrasts(self) -> pd.DataFrame:
        """One row a treatment contrast, log10 of treated over reference."""
        found = treatments(self.data.records).contrasts
        found = found[found["used"].astype(bool)]
        first = found["records"].astype(str).str.split().str[0]
        own = self.records.drop_duplicates("record_id").set_index("record_id")
        columns = [name for name in own if name not in found and name not in ("y", "sd")]
        rows = found.assign(first=first).join(own[columns], on="first")
        sd = REPEATABILITY / np.log(10.0)
        return rows.assign(y=found["log_ratio"], sd=sd, printed_as=found["records"])

    def _of_records(self, quantity: str) -> pd.DataFrame:
        printed = self.records["derived_from"].isna()
        rows = self.records[printed & (self.records["quantity"] == quantity)]
        lo, hi = rows["lo"].astype(float), rows["hi"].astype(float)
        if quantity == ENERGY:
            both = rows[lo.notna() & hi.notna()]
            middle = (both["lo"] + both["hi"]) / 2.0
            return both.assign(y=middle, sd=both["sd"].fillna(SD_WHERE_UNPRINTED_EV))
        exact = lo.notna() & (lo == hi)
        sd = (rows["sd"] / rows["value"]).fillna(REPEATABILITY) / np.log(10.0)
        lower, upper = _log10(lo), _log10(hi)
        return rows.assign(y=lower.where(exact), lo=lower, hi=upper, sd=sd)

    def _enriched(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Add conditions of the preparation, year, salt content, donor number and step."""
        coded = [name for name in self._axes if name in rows]
        rows = rows.drop(columns=coded).join(self._axes, on="preparation_id")
        years = self.data.studies.set_index("study_id")["year"]
        salt = rows["system"].astype(str).str.extract(_SALT)
        content = pd.to_numeric(salt[0], errors="coerce")
        steps = self.data.surface_steps.groupby("preparation_id")["temperature_c"].max()
        added: dict[str, Callable[[], pd.Series[float]]] = {
            "year": lambda: pd.to_numeric(rows["study_id"].map(years), errors="coerce"),
            "salt_mol_l": lambda: content.where(salt[1] == "mol L-1"),
            "salt_eo": lambda: content.where(salt[1].astype(str).str.startswith("EO")),
            "donor_number": lambda: rows["partner"].map(self._donors(rows["partner"])),
            "step_temperature_c": lambda: rows["preparation_id"].map(steps),
            "preparation_log10_asr": lambda: rows["preparation_id"].map(self._asr),
        }
        return rows.assign(**{name: make() for name, make in added.items() if name not in rows})

    @cached_property
    def _axes(self) -> pd.DataFrame:
        table = self.data.preparations
        said = table["word"].astype(object).where(table["word"].notna(), table["value"])
        table = table.assign(said=said).drop_duplicates(["preparation_id", "axis"])
        return table.pivot(index="preparation_id", columns="axis", values="said")

    @cached_property
    def _asr(self) -> pd.Series[float]:
        """Mean log10 of the resistance of each preparation, at one temperature of its work."""
        rows = self.data.printed
        rows = rows[
            (rows["role"] == "interface")
            & rows["log10_asr"].notna()
            & rows["temperature_c"].notna()
        ]
        count = rows.groupby(["study_id", "temperature_c"])["preparation_id"].transform("nunique")
        most = count == count.groupby(rows["study_id"]).transform("max")
        return rows[most].groupby("preparation_id")["log10_asr"].mean()

    def _donors(self, partners: pd.Series[str]) -> dict[object, float]:
        return {partner: self._donor(partner) for partner in partners.unique()}

    def _donor(self, partner: object) -> float:
        """Return the plain mean of the donor numbers of the solvents of a partner."""
        solvents = str(partner).partition(" ")[0].split(":")
        found = [donor_number(self.data, solvent) for solvent in solvents]
        known = [number for number in found if number is not None]
        return float(np.mean(known)) if known and len(known) == len(found) else float("nan")


def select(frame: pd.DataFrame, term: RowsTerm, work: str = "") -> Rows:
    """Return the rows that meet every condition, each printed number once.

    Parameters
    ----------
    frame
        All rows of the quantity of the term.
    term
        The selection.
    work
        The claiming work: what was read in it is no evidence for it.
    """
    quantity = quantity_of(term)
    keep = pd.Series(True, index=frame.index)
    for condition in _all_conditions(term, quantity):
        keep &= _meets(frame, condition)
    rows = frame[keep]
    read_there = rows["via"] == work if "via" in rows else pd.Series(False, index=rows.index)
    rows = rows[~read_there]
    rows = rows.drop_duplicates("printed_as")
    one_work = len(term.words("study_id")) == 1
    return Rows(rows.reset_index(drop=True), quantity, one_work, int(read_there.sum()))


def quantity_of(term: RowsTerm) -> str:
    """Return the quantity of a selection; the observed resistance where it names none."""
    return (term.words("quantity") or (OBSERVED,))[0]


def _all_conditions(term: RowsTerm, quantity: str) -> list[Condition]:
    conditions = [condition for condition in term.conditions if condition.column != "quantity"]
    if quantity == CONTRAST or any(term.names(column) for column in OWN_CHOICE):
        return conditions
    if quantity == OBSERVED:
        return [*conditions, Condition("headline", "=", ("True",))]
    conditions.append(Condition("arm", "=", ("reference",)))
    if quantity == ENERGY and not term.names("role"):
        conditions.append(Condition("role", "=", ("interface",)))
    return conditions


def _meets(frame: pd.DataFrame, condition: Condition) -> pd.Series[bool]:
    if condition.column not in frame:
        return pd.Series(condition.sign == "!=", index=frame.index)
    cells = frame[condition.column]
    if condition.sign in "<>":
        numbers = pd.to_numeric(cells, errors="coerce")
        limit = float(condition.words[0])
        return numbers < limit if condition.sign == "<" else numbers > limit
    asked = set(condition.words)
    answers = cells.map(lambda cell: bool(asked & _names_of(cell))).astype(bool)
    return answers if condition.sign == "=" else ~answers & cells.notna()


def _names_of(cell: object) -> set[str]:
    """Return a cell whole, and the parts of a key or of words joined by blanks."""
    text = "" if cell is None or cell is pd.NA or cell != cell else str(cell)
    return {text, *text.split(" | "), *text.split()}


def _log10(values: pd.Series[float]) -> pd.Series[float]:
    logarithms: pd.Series[float] = np.log10(values.where(values > 0))  # type: ignore[assignment]
    return logarithms
