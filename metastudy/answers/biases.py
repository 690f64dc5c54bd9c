"""Known biases of the dataset, each as a count out of a count."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from metastudy.answers.coverage import CLASSES, RESPONSES, kinds
from metastudy.tables.loading import Dataset


@dataclass(frozen=True)
class Bias:
    """One bias: what it is, how many out of how many, and what it does to an answer."""

    what: str
    count: int
    of: int
    effect: str

    @property
    def share(self) -> float | None:
        """The share, None where there is nothing to share."""
        return self.count / self.of if self.of else None


def biases(data: Dataset) -> tuple[Bias, ...]:
    """Count the known biases."""
    rows = data.printed.assign(kind=kinds(data))
    responses = rows[rows["kind"].isin(RESPONSES)]
    return (
        *_materials(responses),
        *_circuits(responses),
        *_salts(data.observations),
        *_works(data, rows, responses),
    )


def _materials(responses: pd.DataFrame) -> list[Bias]:
    parts = responses["family"].dropna().str.split(" | ", regex=False)
    family, ion = parts.str[2], parts.str[1]
    return [
        Bias(
            "responses on a NASICON-type solid electrolyte",
            int((family == "NASICON").sum()),
            len(responses),
            "what is said of a class is said of NASICON first",
        ),
        Bias(
            "responses of the lithium ion",
            int((ion == "Li").sum()),
            len(responses),
            "sodium is thinly covered, and hardly any other ion",
        ),
    ]


def _circuits(responses: pd.DataFrame) -> list[Bias]:
    known = responses[responses["electrodes"].isin(("two_point", "three_electrode", "four_point"))]
    found = []
    for name, electrodes, words in (
        ("LE/SE", "four_point", "four-point cells"),
        ("PE/SE", "two_point", "two-point cells"),
        ("SE/SE", "two_point", "two-point cells"),
    ):
        members = known[known["interface_class"] == name]
        found.append(
            Bias(
                f"{name} responses from {words}, of those with known electrodes",
                int((members["electrodes"] == electrodes).sum()),
                len(members),
                "the nearer to none or all, the less assembly can be separated from class",
            )
        )
    for name in CLASSES:
        members = responses[responses["interface_class"] == name]
        found.append(
            Bias(
                f"{name} responses that are bounds",
                int((members["kind"] == "bound").sum()),
                len(members),
                "a whole cell or a mixed arc only bounds the contact",
            )
        )
    return found


def _salts(observations: pd.DataFrame) -> list[Bias]:
    liquid = observations[observations["interface_class"] == "LE/SE"]
    liquid = liquid[liquid["salt"].notna() & liquid["partner"].notna()]
    salts = liquid.groupby("partner")["salt"].nunique()
    solvents = liquid.groupby("salt")["partner"].nunique()
    return [
        Bias(
            "solvents (LE/SE) that come with one salt only",
            int((salts == 1).sum()),
            len(salts),
            "salt is nested in solvent: an effect of the one may be the other's",
        ),
        Bias(
            "salts (LE/SE) that come with one solvent only",
            int((solvents == 1).sum()),
            len(solvents),
            "the same from the other side",
        ),
    ]


def _works(data: Dataset, rows: pd.DataFrame, responses: pd.DataFrame) -> list[Bias]:
    o = data.observations
    works = o.groupby("system")["study_id"].nunique()
    alone = works.index[works == 1]
    treated = data.records[data.records["observation_id"].notna()]["arm"].eq("treated")
    relative = rows[rows["kind"] == "relative"]
    unidentified = data.studies.loc[data.studies["kind"] == "unidentified", "study_id"]
    text = "temperature_text"
    return [
        Bias(
            "systems known from one work only",
            len(alone),
            len(works),
            "work and system are confounded there: such a system says nothing between works",
        ),
        Bias(
            "observations in such systems",
            int(o["system"].isin(alone).sum()),
            len(o),
            "they give degrees of freedom within works only",
        ),
        Bias(
            f"responses of the work with most of them ({_most(responses)})",
            _largest(responses),
            len(responses),
            "one work may carry a class",
        ),
        Bias(
            f"relative changes of the work with most of them ({_most(relative)})",
            _largest(relative),
            len(relative),
            "what is known of treatments leans on one work",
        ),
        Bias(
            "rows behind observations that belong to treated arms",
            int(treated.sum()),
            len(treated),
            "they serve treatments, never scatter",
        ),
        Bias(
            "responses from works that were not identified",
            int(responses["study_id"].isin(unidentified).sum()),
            len(responses),
            "their numbers were read, their title was not",
        ),
        Bias(
            "responses read in another work",
            int((responses["read"] == "secondary").sum()),
            len(responses),
            "a compiler's choice and reading come between",
        ),
        Bias(
            "responses whose temperature is not stated or in words",
            int(
                (
                    responses[text].isna()
                    | (pd.to_numeric(responses[text], errors="coerce").isna())
                ).sum()
            ),
            len(responses),
            "read as 23 °C with a standard deviation of 2 or 4 K, or excluded (PE/SE unstated)",
        ),
    ]


def _largest(rows: pd.DataFrame) -> int:
    sizes = rows.groupby("study_id").size()
    return int(sizes.max()) if len(sizes) else 0


def _most(rows: pd.DataFrame) -> str:
    sizes = rows.groupby("study_id").size()
    return str(sizes.idxmax()) if len(sizes) else "none"
