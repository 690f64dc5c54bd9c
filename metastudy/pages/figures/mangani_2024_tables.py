"""Mangani 2024: what leaches, the surface of the plates, and its order with the resistance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from metastudy.pages.figures.mangani_2024_rows import (
    ASR,
    STUDY,
    arm_words,
    as_printed,
    of_study,
    rows_of,
)
from metastudy.pages.figures.reproduction import Comparison, Reproduction, compare
from metastudy.pages.rendering.style import COLOURS, house_style, new_figure
from metastudy.pages.rendering.table import table_of
from metastudy.tables.loading import Dataset

SURFACE = ("atomic_ratio", "atomic_fraction")
RATIOS = ("C/Ti", "C/P", "O/Ti", "O default/O structure", "Ti(III)/Ti(IV)", "Si/O")
ORDERS = 10_000  # more than there are orders of seven plates: then every order is tried
TICKS = (5.0, 10.0, 20.0, 50.0)
NUMBERS = (*RATIOS[:4], "Ti(IV)", "Ti(III)", *RATIOS[4:])


def table_1(data: Dataset, study: str = STUDY) -> Reproduction:
    """Show what solvents leach from the ceramic."""
    own = of_study(data, study)
    leached = own[own["quantity"] == "leached_mass_fraction"]
    limits = leached[leached["role"] == "constant"]
    cells = leached[leached["role"] == "characterisation"]
    cells = cells.assign(
        element=cells["notes"].str.split(".").str[0],
        solvent=cells["preparation_id"].map(lambda p: arm_words(p).removeprefix("leach ").upper()),
    )
    limit = float(limits["value"].iloc[0]) if len(limits) else 0.0
    elements = list(dict.fromkeys(cells["element"]))
    rows = []
    for solvent, members in cells.groupby("solvent", sort=False):
        row: dict[str, Any] = {"solvent": solvent}
        for cell in rows_of(members):
            error = "" if pd.isna(cell["sd"]) else f" ± {cell['sd']:.1g}"
            trace = ", trace" if cell["value"] < limit else ""
            row[cell["element"]] = f"{cell['value']:.3g}{error}{trace}"
        rows.append(row)
    kept = ["record_id", "solvent", "element", "value", "sd", "correction"]
    return Reproduction(
        numbers=cells[kept].assign(trace=cells["value"] < limit).reset_index(drop=True),
        signs="Mass of an element per mass of ceramic after 20 h in a solvent (g/g), with its "
        f"printed error; trace: below {limit:g}, the limit that the paper states.",
        counts={
            "cells with a number": len(cells),
            "cells without one": len(rows) * len(elements) - len(cells),
            "traces": int((cells["value"] < limit).sum()),
            "with a corrected exponent": int(cells["correction"].notna().sum()),
        },
        missing="",
        shown=table_of({"solvent": "solvent", **{e: e for e in elements}}, rows),
    )


def table_2(data: Dataset, study: str = STUDY) -> Reproduction:
    """Show resistance and surface of four plates."""
    wide = _plates(data, study)
    rows = [
        {"number": name, **{plate: wide.loc[name, plate] for plate in wide.columns}}
        for name in wide.index
    ]
    comparisons = _titanium(of_study(data, study), "Table 2")
    return Reproduction(
        numbers=wide.reset_index(names="number"),
        signs="Four plates in the order of the resistance (Ω cm²) of their stabilised contact at "
        "70 °C; ratios of atoms and shares by XPS on bare plates.",
        counts={
            "cells with a number": int(wide.notna().sum().sum()),
            "cells without one": int(wide.isna().sum().sum()),
        },
        missing="",
        shown=table_of(
            {"number": "number", **{p: arm_words(str(p)) for p in wide.columns}},
            rows,
            tuple(map(str, wide.columns)),
        ),
        comparisons=comparisons,
    )


def table_2_order(data: Dataset, study: str = STUDY) -> Reproduction:
    """Draw the ratios of the surface over the resistance, with the exact test of their order."""
    wide = _plates(data, study)
    resistance = wide.loc["R"].to_numpy(float)
    names = [name for name in RATIOS if name in wide.index]
    numbers = pd.DataFrame(
        [{"ratio": n, **order_test(wide.loc[n].to_numpy(float), resistance)} for n in names]
    )
    with house_style():
        picture = new_figure(5.2)
        panels = picture.subplots(-(-len(names) // 2), 2, sharex=True, squeeze=False)
        for axes, found in zip(panels.flat, rows_of(numbers), strict=False):
            axes.plot(resistance, wide.loc[found["ratio"]], "o", color=COLOURS[0])
            axes.set_xscale("log")
            axes.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
            axes.set_xticks([], minor=True)
            axes.margins(0.15)
            axes.set_title(
                f"{found['ratio']}\nρ = {found['spearman']:.2f}, p = {found['p_one_sided']:.2f}",
                loc="left", fontsize=7.5,
            )  # fmt: skip
        for axes in panels[-1]:
            axes.set_xlabel("R at 70 °C (Ω cm²)")
    plates = wide.shape[1]
    return Reproduction(
        numbers=numbers,
        signs="Ratios of atoms on bare plates over the resistance of their stabilised contact; "
        "ρ: Spearman's coefficient; p: share of all orders of the plates with at least this "
        f"coefficient. Of {plates} plates no order has a smaller p than one over the number of "
        f"orders, and {len(names)} ratios were looked at.",
        counts={"plates": plates, "ratios": len(names)},
        missing="",
        picture=picture,
        alt="Carbon over titanium and phosphorus rises with the resistance; other ratios do not.",
    )


def table_3(data: Dataset, study: str = STUDY) -> Reproduction:
    """Show the ceramic after contact with the polymer."""
    own = of_study(data, study)
    cells = own[(own["locator"] == "Table 3") & own["quantity"].isin(SURFACE)]
    cells = cells.assign(species=cells["notes"].str.split(".").str[0])
    wide = cells.pivot(index="sample_id", columns="species", values="value")
    printed = own[(own["locator"] == "Table 3") & (own["quantity"] == "relative_amount")]
    first, last = wide.index[0], wide.index[-1]
    comparisons = [
        *_titanium(own, "Table 3"),
        *(
            Comparison(
                as_printed("P/S(TFSI), dipped over heated", row, "1"),
                float(wide.loc[first, "P/S(TFSI)"] / wide.loc[last, "P/S(TFSI)"]),
            )
            for row in rows_of(printed)
        ),
    ]
    if "P/C(C-O)" in wide:
        ratio = float(wide.loc[first, "P/C(C-O)"] / wide.loc[last, "P/C(C-O)"])
        comparisons += compare("mangani_2024_table3", {"P/C(C-O), dipped over heated": ratio})
    rows = [{"sample": str(s).replace("_", " "), **wide.loc[s]} for s in wide.index]
    return Reproduction(
        numbers=wide.reset_index(),
        signs="Titanium and residual film after contact with the polymer, by XPS. The plates "
        "before contact, repeated in the printed table, are in Table 2.",
        counts={"cells with a number": int(wide.notna().sum().sum())},
        missing="",
        shown=table_of(
            {"sample": "sample", **{str(c): str(c) for c in wide.columns}},
            rows,
            tuple(map(str, wide.columns)),
        ),
        comparisons=tuple(comparisons),
    )


def order_test(x: NDArray[np.float64], y: NDArray[np.float64]) -> dict[str, float]:
    """Return Spearman's coefficient with the share of all orders that reach it, and Pearson's."""

    def spearman(given: NDArray[np.float64]) -> float:
        return float(stats.spearmanr(given, y).statistic)

    every_order = stats.permutation_test(
        (x,), spearman, permutation_type="pairings", alternative="greater", n_resamples=ORDERS
    )
    return {
        "n": len(x),
        "spearman": spearman(x),
        "p_one_sided": float(every_order.pvalue),
        "pearson": float(stats.pearsonr(x, y).statistic),
    }


def _plates(data: Dataset, study: str) -> pd.DataFrame:
    """Return Table 2: a row for each number, a column for each plate, by falling resistance."""
    own = of_study(data, study)
    table = own[own["locator"] == "Table 2"]
    resistance = table[table["quantity"] == ASR].set_index("preparation_id")["value"]
    surface = table[table["quantity"].isin(SURFACE)]
    wide = surface.pivot(index="notes", columns="preparation_id", values="value")
    plates = list(resistance.sort_values(ascending=False).index)
    wide = wide.reindex(columns=plates).dropna(how="all")
    wide = wide.reindex([name for name in NUMBERS if name in wide.index])
    return pd.concat([resistance.reindex(plates).to_frame("R").T, wide])


def _titanium(own: pd.DataFrame, locator: str) -> tuple[Comparison, ...]:
    """Hold printed ratios of titanium against the printed shares."""
    table = own[(own["locator"] == locator) & own["quantity"].isin(SURFACE)]
    wide = table.pivot(index="sample_id", columns="notes", values="value")
    if not {"Ti(III)", "Ti(IV)", "Ti(III)/Ti(IV)"} <= set(wide.columns):
        return ()
    return tuple(
        Comparison(
            as_printed(
                f"Ti(III)/Ti(IV) from the shares, {row['sample_id'].replace('_', ' ')}", row, "1"
            ),
            float(wide.loc[row["sample_id"], "Ti(III)"] / wide.loc[row["sample_id"], "Ti(IV)"]),
        )
        for row in rows_of(table[table["notes"] == "Ti(III)/Ti(IV)"])
    )
