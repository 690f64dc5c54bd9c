"""Activation energies of contacts: by class and ion, and what changes them within a work.

Energies are in eV, in the form that was printed: one read from ln(R/T) lies kT, about
0.03 eV, above one read from ln R, which is within the errors. An energy printed as a range is taken
at its middle, with both ends beside it. Treated arms and later states serve the pairs alone.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from metastudy import mixed
from metastudy.answers.treatments import Row, repeats_a_primary, switched_on
from metastudy.normalise.energies import SD_WHERE_UNPRINTED_EV
from metastudy.tables.loading import Dataset

ALPHA = 0.05
# Fewer degrees of freedom, or one work alone, give a plain mean and no interval.
DF_NEEDED = 4
WORKS_NEEDED = 2
# The parts of a system key, in their order.
PARTS = ("interface_class", "ion", "solid", "partner", "salt", "salt_content")
SALT = ("salt", "salt_content")
# A pair that differs in one of these is a contrast of it, where the salt is the same. A liquid and
# a polymer, or two ions, have no salt content in common.
KINDS = {
    "solid": "ceramic",
    "partner": "partner",
    "interface_class": "liquid to polymer",
    "ion": "ion",
}

PAIR_COLUMNS = ["kind", "study_id", "first", "second", "difference_ev", "lo", "hi", "records"]
GROUP_COLUMNS = ["group", "mean_ev", "se_ev", "lower", "upper", "df", "works", "records"]


@dataclass(frozen=True)
class Activation:
    """What the activation energies say.

    Attributes
    ----------
    energies
        One row an energy of a contact, each once: record_id, study_id, the parts of its system,
        arm, state_kind, preparation_id, range_text (degC), ea_ev, lo, hi, sd_ev, sd_printed.
    groups
        One row a class and ion: mean (eV), standard error, 95 % interval and degrees of freedom,
        works, records; a group of one work, or below four degrees of freedom, has its plain mean
        alone. Reference arms, one value a work and system.
    tau_ev
        Standard deviation between works within a group; None where the data gives none.
    pairs
        Two energies of one work that differ in one thing alone, and contacts beside a bulk of their
        own work; difference second less first, with the ends that printed ranges allow.
    """

    energies: pd.DataFrame
    groups: pd.DataFrame
    tau_ev: float | None
    pairs: pd.DataFrame

    @property
    def sentence(self) -> str:
        """Say what the groups can carry."""
        carried = self.groups[self.groups["lower"].notna()]
        means = [
            f"{row['group']} {row['mean_ev']:.2f} eV [{row['lower']:.2f}, {row['upper']:.2f}]"
            for row in carried.to_dict("records")
        ]
        said = "; ".join(means) if means else "no group has an interval"
        return (
            f"{len(self.energies)} activation energies of contacts in "
            f"{self.energies['study_id'].nunique()} works. Means of reference arms: {said}."
        )

    @property
    def phases(self) -> str:
        """Say why energies of polymer contacts are not split by the phase of the polymer."""
        polymer = self.energies[self.energies["interface_class"] == "PE/SE"]
        ranged = polymer[polymer["range_text"].notna()]
        said = ", ".join(text.replace("..", " to ") + " °C" for text in ranged["range_text"])
        return (
            f"Of {len(polymer)} energies of polymer contacts {len(ranged)} print the temperatures "
            f"they were read over{f' ({said})' if said else ''}; the phases of the polymer are not "
            "told apart."
        )


def activation_energies(data: Dataset) -> Activation:
    """Collect, pool and compare the activation energies of contacts."""
    energies = contact_energies(data.records)
    groups, tau = pool(reference_values(energies))
    pairs = pd.DataFrame(
        [*contact_pairs(energies), *_bulk_pairs(data.records, energies)], columns=PAIR_COLUMNS
    )
    return Activation(energies, groups, tau, pairs)


def contact_energies(records: pd.DataFrame) -> pd.DataFrame:
    """Return the energies of contacts, each once."""
    records = switched_on(records)
    chosen = records[
        (records["quantity"] == "activation_energy")
        & (records["role"] == "interface")
        & records["system"].notna()
        & records[["lo", "hi"]].notna().all(axis=1)
        & ~repeats_a_primary(records)
    ]
    # A number printed twice in one work names its first print, and has the same preparation.
    first = chosen.set_index("record_id")["preparation_id"]
    again = chosen["reference_record"].map(first) == chosen["preparation_id"]
    same = chosen["system"] == chosen["reference_record"].map(
        chosen.set_index("record_id")["system"]
    )
    chosen = chosen[~(again & same)]
    parts = chosen["system"].str.split(" | ", regex=False, expand=True)
    parts = parts.reindex(columns=range(len(PARTS))).set_axis(list(PARTS), axis=1)
    printed = chosen["sd"].notna()
    columns = ["record_id", "study_id", "preparation_id", "arm", "state_kind", "range_text"]
    columns += ["lo", "hi"]
    return (
        chosen[columns]
        .join(parts)
        .assign(
            ea_ev=(chosen["lo"] + chosen["hi"]) / 2.0,
            sd_ev=chosen["sd"].where(printed, SD_WHERE_UNPRINTED_EV),
            sd_printed=printed,
        )
        .reset_index(drop=True)
    )


def reference_values(energies: pd.DataFrame) -> pd.DataFrame:
    """Return one value for each work, ceramic and partner: the first of its reference arm."""
    reference = energies[energies["arm"] == "reference"]
    keys = ["study_id", "interface_class", "ion", "solid", "partner"]
    first = reference.drop_duplicates(keys).reset_index(drop=True)
    return first.assign(group=group_names(first))


def group_names(energies: pd.DataFrame) -> pd.Series[str]:
    """Return class and ion as one name, such as ``PE/SE Li``."""
    # Without rows the columns have no text type, which cannot be joined.
    return energies["interface_class"].astype(str) + " " + energies["ion"].astype(str)


def pool(values: pd.DataFrame) -> tuple[pd.DataFrame, float | None]:
    """Return the mean of each group, and the standard deviation (eV) between works.

    ea ~ 0 + group + (1 | study_id), known variances, REML; cluster-robust errors by work (CR2,
    Satterthwaite), because most variances are assumed. Groups of several works share the variance
    between works, and a work in two of them ties them; a group of one work stays out of the fit.

    Parameters
    ----------
    values
        Columns group, study_id, record_id, ea_ev, sd_ev.
    """
    counts = values.groupby("group").agg(
        works=("study_id", "nunique"), records=("record_id", "size"), mean=("ea_ev", "mean")
    )
    several = counts.index[counts["works"] >= WORKS_NEEDED]
    fitted: dict[Hashable, dict[str, float]] = {}
    tau = None
    try:
        if len(several):
            fitted, tau = _fitted(values[values["group"].isin(several)])
    except mixed.MixedError:
        pass  # too little for a variance between works: plain means
    rows = []
    for group, row in counts.iterrows():
        found = fitted.get(group, {})
        plain = {"mean_ev": row["mean"], "se_ev": None, "lower": None, "upper": None, "df": None}
        said = found if found.get("df", 0.0) >= DF_NEEDED else plain
        counted = {"works": int(row["works"]), "records": int(row["records"])}
        rows.append({"group": group, **said, **counted})
    return pd.DataFrame(rows, columns=GROUP_COLUMNS), tau


def _fitted(values: pd.DataFrame) -> tuple[dict[Hashable, dict[str, float]], float]:
    frame = values.assign(v=values["sd_ev"] ** 2)
    dummies = pd.get_dummies(frame["group"], dtype=float)
    names = {f"g{place}": group for place, group in enumerate(dummies.columns)}
    frame = pd.concat([frame, dummies.set_axis(list(names), axis=1)], axis=1)
    fit = mixed.fit(f"ea_ev ~ 0 + {' + '.join(names)} + (1 | study_id)", frame, v="v")
    robust = fit.robust("study_id")
    intervals = robust.conf_int(ALPHA)
    table: dict[Hashable, dict[str, float]] = {}
    for name, group in names.items():
        low, high = (float(end) for end in intervals.loc[name].to_numpy(float))
        table[group] = {
            "mean_ev": float(fit.params[name]),
            "se_ev": float(robust.bse[name]),
            "lower": low,
            "upper": high,
            "df": float(robust.df[name]),
        }
    return table, float(np.sqrt(fit.sigma2.iloc[0]))


@dataclass(frozen=True)
class Homogeneity:
    """Cochran's Q of energies with printed errors: mean (eV), Q and its degrees of freedom."""

    n: int
    mean_ev: float
    q: float
    df: int


def homogeneity(energies: pd.DataFrame) -> Homogeneity:
    """Hold energies against their own printed errors (inverse-variance mean, Cochran 1954)."""
    known = energies[energies["sd_printed"].astype(bool)]
    weight = 1.0 / known["sd_ev"].to_numpy(float) ** 2
    values = known["ea_ev"].to_numpy(float)
    mean = float(np.sum(weight * values) / weight.sum())
    return Homogeneity(
        len(known), mean, float(np.sum(weight * (values - mean) ** 2)), len(known) - 1
    )


def donor_number(data: Dataset, solvent: str, scale: str = "sbcl5") -> float | None:
    """Return the donor number (kcal/mol) of a solvent on a scale, its preferred row; or None."""
    table = data.properties
    rows = table[
        (table["property"] == "donor_number")
        & (table["scale"] == scale)
        & (table["word"] == solvent)
    ]
    return None if rows.empty else float(rows.iloc[0]["value_text"])


def contact_pairs(energies: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the pairs of contacts of one work that differ in one thing alone."""
    pairs = []
    for _, members in energies.groupby("study_id", sort=True):
        for first, second in combinations(members.to_dict("records"), 2):
            kind = _kind(first, second)
            if kind is not None:
                pairs.append(_pair(kind, first, second))
    return pairs


def _kind(first: Row, second: Row) -> str | None:
    """Name the one thing in which two energies differ; None where it is nothing or more."""
    differing = [part for part in KINDS if first[part] != second[part]]
    treated = first["preparation_id"] != second["preparation_id"]
    if first["state_kind"] != second["state_kind"]:
        return None
    if not differing:
        return "treatment" if treated and first["arm"] != second["arm"] else None
    if "treated" in (first["arm"], second["arm"]):
        return None
    if len(differing) == 1 and any(first[part] != second[part] for part in SALT):
        return None
    if set(differing) == {"interface_class", "partner"}:
        return KINDS["interface_class"]
    if set(differing) == {"ion", "solid"}:
        return "ion and ceramic"
    return KINDS[differing[0]] if len(differing) == 1 else None


def _pair(kind: str, first: Row, second: Row) -> dict[str, Any]:
    return {
        "kind": kind,
        "study_id": first["study_id"],
        "first": _words(first),
        "second": _words(second),
        "difference_ev": second["ea_ev"] - first["ea_ev"],
        "lo": second["lo"] - first["hi"],
        "hi": second["hi"] - first["lo"],
        "records": f"{first['record_id']} {second['record_id']}",
    }


def _words(row: Row) -> str:
    preparation = str(row["preparation_id"]).rpartition("/")[2].replace("_", " ")
    return f"{row['solid']} | {row['partner']}, {preparation}".replace("_", " ")


def _bulk_pairs(records: pd.DataFrame, energies: pd.DataFrame) -> list[dict[str, Any]]:
    """Pair contacts with the conduction of a part of the same work."""
    records = switched_on(records)
    bulk = records[(records["quantity"] == "activation_energy") & (records["role"] == "normaliser")]
    pairs = []
    for part in bulk.to_dict("records"):
        own = energies[
            (energies["study_id"] == part["study_id"]) & (energies["arm"] == "reference")
        ]
        beside = own[own["preparation_id"] == part["preparation_id"]]
        own = beside if len(beside) else own
        for row in own.head(1).to_dict("records"):
            words = str(part["notes"]).rstrip(".")
            side = {**row, "ea_ev": part["value"], "lo": part["lo"], "hi": part["hi"]}
            pair = _pair("contact less bulk", side, row)
            pair.update(first=words, records=f"{part['record_id']} {row['record_id']}")
            pairs.append(pair)
    return pairs
