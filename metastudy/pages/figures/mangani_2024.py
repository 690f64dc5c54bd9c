"""Mangani 2024: treatments of one polymer/ceramic contact, from the printed numbers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from metastudy.answers.treatments import treatments
from metastudy.pages.figures.mangani_2024_rows import (
    ASR,
    STUDY,
    Row,
    arm_words,
    as_printed,
    of_study,
    rows_of,
)
from metastudy.pages.figures.reproduction import Comparison, PrintedNumber, Reproduction
from metastudy.pages.rendering.style import COLOURS, GREY, MARKERS, house_style, new_figure
from metastudy.physics.arrhenius import arrhenius_shift, two_point_ea
from metastudy.tables.loading import Dataset
from metastudy.units import ZERO_CELSIUS_K

HOT_C = 70.0  # the temperature of Figures 1b and 2
SHOWN_C = np.linspace(20.0, 100.0, 41)
INVERSE = "1/R at 70 °C (mS cm$^{-2}$)"
RESISTANCE = "resistance as printed (Ω cm²)"
MEASURED = "printed resistances"
LENT = "moved from 30 °C with a printed energy"
RATIO = "from a printed ratio to the moved one"
BOUNDED = "bounds"
LINE = "line"
# Figure 2, of the heated plates in words: a couple of days; the others print their age.
PLATEAU_IN_WORDS_D = 2.0
LAST_D = 25.0
STEP_D = 0.3  # between fresh marks, so that none covers another
CONDUCTANCES = (5, 10, 20, 50)
BY_TREATMENT = {
    "": COLOURS[0],
    "residual_solvent": COLOURS[1],
    "solvent_dip": COLOURS[2],
    "heat": COLOURS[3],
}


def figure_1a(data: Dataset, study: str = STUDY) -> Reproduction:
    """Draw the Arrhenius lines of polymers with residual solvent."""
    own = of_study(data, study)
    cold, content = _coldest(own), _contents(data, study)
    numbers, without_level = _arrhenius(own, cold, content, _fresh_ratios(data, study))
    lines = numbers[numbers["kind"] == LINE]
    unprinted = [*without_level, *(f"{wt:g} wt%" for wt in _third_content(own))]
    return Reproduction(
        numbers=numbers,
        signs="Dots: printed resistances, filled fresh, open after stabilisation. Lines: printed "
        "activation energies with their errors as bands, through the point at 30 °C; with solvent "
        "at the printed ratio to it, taken at 70 °C, which the text does not say.",
        counts={
            MEASURED: int((numbers["kind"] == MEASURED).sum()),
            "lines at a lent level": int(lines["lent"].groupby(lines["dmf_wt"]).first().sum()),
            "energies without a level": len(without_level),
        },
        missing=_with("the measured series over temperature", "levels", unprinted),
        picture=_draw_arrhenius(numbers),
        comparisons=_two_points(own, cold),
        alt="Resistance over inverse temperature for polymers with and without residual solvent.",
    )


def figure_1b(data: Dataset, study: str = STUDY) -> Reproduction:
    """Draw the inverse resistance at 70 degC over the content of residual solvent."""
    own = of_study(data, study)
    cold, content = _coldest(own), _contents(data, study)
    ratios = {cold["preparation_id"]: 1.0, **_fresh_ratios(data, study)}
    level, low, high = _moved(cold, _energy(own, cold["preparation_id"]), HOT_C)
    rows = [
        {
            "dmf_wt": 100 * content[preparation],
            "inverse_ms_cm2": 1e3 / (level * ratio),
            "lo": 1e3 / (high * ratio),
            "hi": 1e3 / (low * ratio),
            "kind": LENT if ratio == 1.0 else RATIO,
            "preparation_id": preparation,
        }
        for preparation, ratio in ratios.items()
        if preparation in content.index
    ]
    numbers = pd.DataFrame(rows).sort_values("dmf_wt")
    contents = {*(100 * content), *_third_content(own)}
    empty = sorted(contents - set(numbers["dmf_wt"]))
    unprinted = [f"{wt:g} wt%" for wt in empty]
    with house_style():
        picture = new_figure(3.2)
        axes = picture.subplots()
        level_ms = numbers["inverse_ms_cm2"]
        bars = [level_ms - numbers["lo"], numbers["hi"] - level_ms]
        axes.errorbar(numbers["dmf_wt"], level_ms, yerr=bars, fmt="o", color=COLOURS[0])
        axes.set_yscale("log")
        axes.set_yticks(CONDUCTANCES, [f"{tick:g}" for tick in CONDUCTANCES])
        axes.set_yticks([], minor=True)
        for wt in empty:
            axes.axvline(wt, color=GREY, lw=0.8, ls=":")
            axes.text(
                wt, 0.02, " not printed", transform=axes.get_xaxis_transform(), rotation=90,
                fontsize=7, color=GREY, ha="right", va="bottom",
            )  # fmt: skip
        axes.set_xlabel("DMF in the polymer (wt%)")
        axes.set_ylabel(INVERSE)
    return Reproduction(
        numbers=numbers,
        signs="Dots: the dry contact moved from 30 °C with its printed energy, and the printed "
        "factor on it; bars: the printed error of the energy, common to both. The contents differ "
        "in nothing else.",
        counts={k: int((numbers["kind"] == k).sum()) for k in (LENT, RATIO)},
        missing=_with("both series of conductivities", "resistances", unprinted),
        picture=picture,
        alt="The inverse resistance rises with the content of DMF.",
    )


def figure_2(data: Dataset, study: str = STUDY) -> Reproduction:
    """Draw the resistance at 70 degC over time."""
    own = of_study(data, study)
    cold = _coldest(own)
    fresh = _moved(cold, _energy(own, cold["preparation_id"]), HOT_C)
    aged = own[(own["quantity"] == ASR) & (own["state_kind"] == "aged")]
    plateaus = aged[aged["qualifier"] == "exact"]
    numbers = _over_time(own, cold, fresh, _fresh_contrasts(data, study), plateaus)
    between = own[(own["quantity"] == ASR) & (own["role"] == "constant")]
    kinds = (MEASURED, LENT, RATIO, BOUNDED)
    return Reproduction(
        numbers=numbers,
        signs="Lines: printed plateaus from the age at which they are reached; marks on the left, "
        "side by side: fresh, the untreated one moved from 30 °C with its printed energy, the "
        "others at printed ratios to it; arrow: lower end; bars: error of the energy, common to "
        "all; dots between are no data. The heated plates reach theirs in a couple of days, "
        "drawn at 2.",
        counts={kind: int((numbers["kind"] == kind).sum()) for kind in kinds},
        missing="the measured curves, and plateaus of polymers with solvent and of the other dips",
        picture=_draw_over_time(numbers, between),
        comparisons=_plateaus(plateaus, aged, between, fresh[0]),
        alt="Resistances fall from fresh to aged contacts, most for heated plates.",
    )


# Rows of the work --------------------------------------------------------------------------------


def _with(missing: str, what: str, contents: Sequence[str]) -> str:
    """Add to what is missing the contents of which something is not printed."""
    return f"{missing}, and {what} of {' and '.join(contents)}" if contents else missing


def _treatment(words: Any) -> str:
    return words.split()[0] if isinstance(words, str) else ""


def _arrhenius(
    own: pd.DataFrame, cold: Row, content: pd.Series[float], ratios: Mapping[str, float]
) -> tuple[pd.DataFrame, list[str]]:
    """Return printed points and lines, and the contents whose energy has no level."""
    energies = own[
        (own["quantity"] == "activation_energy")
        & (own["state_kind"] == "fresh")
        & own["sd"].notna()
        & own["preparation_id"].isin(content.index)
    ]
    dry = str(cold["preparation_id"])
    rows = [_point(row, content) for row in (cold, *_hot(own, dry))]
    without_level = []
    for energy in rows_of(energies):
        preparation = str(energy["preparation_id"])
        start: Row = cold
        if preparation != dry:
            if preparation not in ratios:
                without_level.append(f"{100 * content[preparation]:g} wt%")
                continue
            level = ratios[preparation] * _moved(cold, _energy(own, dry), HOT_C)[0]
            start = {"value": level, "temperature_c": HOT_C}
        rows += _line(start, energy, 100 * content[preparation])
    return pd.DataFrame(rows), without_level


def _over_time(
    own: pd.DataFrame,
    cold: Row,
    fresh: tuple[float, float, float],
    contrasts: Mapping[str, tuple[float | None, float]],
    plateaus: pd.DataFrame,
) -> pd.DataFrame:
    """Return fresh resistances at 70 degC, from the untreated one, and printed plateaus."""
    level, low, high = fresh
    dry = {"preparation_id": cold["preparation_id"], "age_d": 0.0, "kind": LENT}
    rows: list[dict[str, Any]] = [{**dry, "asr_ohm_cm2": level, "lo": low, "hi": high}]
    for arm, (ratio, least) in contrasts.items():
        ends: dict[str, Any] = {"kind": BOUNDED, "lo": low * least}
        if ratio is not None:
            ends = {"kind": RATIO, "asr_ohm_cm2": level * ratio, "lo": low * ratio}
            ends["hi"] = high * ratio
        rows.append({"preparation_id": arm, "age_d": 0.0, **ends})
    for row in rows_of(plateaus):
        age = row["age_h"] / 24.0 if pd.notna(row["age_h"]) else PLATEAU_IN_WORDS_D
        place = {"preparation_id": row["preparation_id"], "age_d": age, "kind": MEASURED}
        rows.append({**place, "asr_ohm_cm2": row["value"], "lo": row["value"], "hi": row["value"]})
    numbers = pd.DataFrame(rows).astype({"asr_ohm_cm2": float, "lo": float, "hi": float})
    numbers["arm"] = [arm_words(p) for p in numbers["preparation_id"]]
    prepared = own.drop_duplicates("preparation_id").set_index("preparation_id")["treatments"]
    numbers["treatment"] = [_treatment(prepared.get(p)) for p in numbers["preparation_id"]]
    return numbers


def _third_content(own: pd.DataFrame) -> list[float]:
    """Return the content (wt%) of the series that has no resistance in print."""
    third = own[(own["quantity"] == "mass_fraction") & own["notes"].str.contains("Third DMF")]
    return [100 * float(value) for value in third["value"]]


def _coldest(own: pd.DataFrame) -> dict[Hashable, Any]:
    """Return the printed resistance of the untreated, fresh contact."""
    found = own[
        (own["quantity"] == ASR) & (own["arm"] == "reference") & (own["state_kind"] == "fresh")
    ]
    return rows_of(found.sort_values("temperature_c"))[0]


def _hot(own: pd.DataFrame, preparation: str) -> list[dict[Hashable, Any]]:
    return rows_of(
        own[
            (own["quantity"] == ASR)
            & (own["preparation_id"] == preparation)
            & (own["state_kind"] == "aged")
        ]
    )


def _energy(own: pd.DataFrame, preparation: str) -> dict[Hashable, Any]:
    energies = own[
        (own["quantity"] == "activation_energy") & (own["preparation_id"] == preparation)
    ]
    return rows_of(energies)[0]


def _contents(data: Dataset, study: str) -> pd.Series[float]:
    """Return the mass fraction of residual solvent of each polymer of the series."""
    coded = data.preparations[data.preparations["study_id"] == study].set_index("preparation_id")
    none = coded[(coded["axis"] == "residual_solvent") & (coded["word"] == "none")].index
    content = coded.loc[coded["axis"] == "residual_content", "value"].astype(float)
    content = content.mask(content.isna() & content.index.isin(none), 0.0).dropna()
    series = data.records.drop_duplicates("preparation_id").set_index("preparation_id")["series"]
    held = [str(series.get(name)).split() for name in content.index]
    return content[["polymer_solvent" in words for words in held]]


def _fresh_contrasts(data: Dataset, study: str) -> dict[str, tuple[float | None, float]]:
    """Return ratio, or lower end, of each fresh treated contact to the untreated one."""
    found = treatments(data.records).contrasts
    found = found[(found["study_id"] == study) & found["used"].astype(bool)]
    found = found[(found["state_kind"] == "fresh") & found["lo"].notna()]
    # a treatment that stands for several, such as any_treatment, is no arm of its own
    arms = found["treated"].str.rpartition("/")[2].str.split("_")
    named = found[["any" not in words for words in arms]]
    return {
        str(row["treated"]): (
            10.0 ** row["log_ratio"] if pd.notna(row["log_ratio"]) else None,
            10.0 ** row["lo"],
        )
        for row in rows_of(named)
    }


def _fresh_ratios(data: Dataset, study: str) -> dict[str, float]:
    found = _fresh_contrasts(data, study)
    return {arm: ratio for arm, (ratio, _) in found.items() if ratio is not None}


def _moved(row: Row, energy: Row, to_c: float) -> tuple[float, float, float]:
    """Return a resistance at another temperature, with the ends of the printed energy."""
    start, end = row["temperature_c"] + ZERO_CELSIUS_K, to_c + ZERO_CELSIUS_K
    error: float = 0.0 if pd.isna(energy["sd"]) else energy["sd"]
    ends = [
        row["value"] * 10.0 ** arrhenius_shift(energy["ea_ev"] + sign * error, start, end)
        for sign in (0.0, -1.0, 1.0)
    ]
    return ends[0], min(ends), max(ends)


def _point(row: Row, content: pd.Series[float]) -> dict[str, Any]:
    return {
        "dmf_wt": 100 * content.get(row["preparation_id"], np.nan),
        "temperature_c": row["temperature_c"],
        "asr_ohm_cm2": row["value"],
        "lo": row["value"],
        "hi": row["value"],
        "kind": MEASURED,
        "state": row["state_kind"],
        "lent": False,
        "source": row["record_id"],
    }


def _line(start: Row, energy: Row, wt: float) -> list[dict[str, Any]]:
    """Return points of an Arrhenius line through a resistance, with the ends of its energy."""
    rows = []
    for celsius in SHOWN_C:
        value, low, high = _moved(start, energy, float(celsius))
        rows.append(
            {"dmf_wt": wt, "temperature_c": celsius, "asr_ohm_cm2": value, "lo": low, "hi": high}
            | {"kind": LINE, "state": "fresh", "lent": "record_id" not in start}
            | {"source": energy["record_id"]}
        )
    return rows


# Comparisons -------------------------------------------------------------------------------------


def _two_points(own: pd.DataFrame, cold: Row) -> tuple[Comparison, ...]:
    """Hold the printed energy against the two printed resistances of the untreated contact."""
    what = "energy between the two printed resistances of the dry contact"
    printed = as_printed(what, _energy(own, cold["preparation_id"]), "eV")
    return tuple(
        Comparison(
            printed,
            two_point_ea(
                cold["value"],
                cold["temperature_c"] + ZERO_CELSIUS_K,
                hot["value"],
                hot["temperature_c"] + ZERO_CELSIUS_K,
            ),
        )
        for hot in _hot(own, cold["preparation_id"])
    )


def _plateaus(
    plateaus: pd.DataFrame, aged: pd.DataFrame, between: pd.DataFrame, dry: float
) -> tuple[Comparison, ...]:
    """Hold the numbers of the text against the plateaus of Table 2."""
    treated = plateaus.loc[plateaus["arm"] == "treated", "value"]
    found = []
    for row in rows_of(between):
        for word, end, here in (
            ("lowest", row["lo"], treated.min()),
            ("highest", row["hi"], treated.max()),
        ):
            what = f"{word} plateau of treated contacts"
            printed = PrintedNumber(what, end, "Ω cm²", 1.0, str(row["locator"]))
            found.append(Comparison(printed, float(here)))
    for row in rows_of(aged[aged["qualifier"] == "approx"]):
        same = plateaus.loc[plateaus["preparation_id"] == row["preparation_id"], "value"]
        printed = as_printed(f"plateau of {arm_words(row['preparation_id'])}", row, "Ω cm²")
        found.append(Comparison(printed, float(same.iloc[0]) if len(same) else None))
    for row in rows_of(plateaus[plateaus["arm"] == "reference"]):
        printed = as_printed("untreated contact, said not to age, fresh", row, "Ω cm²")
        found.append(Comparison(printed, dry))
    return tuple(found)


# Drawing -----------------------------------------------------------------------------------------


def _draw_arrhenius(numbers: pd.DataFrame) -> Figure:
    lines = numbers[numbers["kind"] == LINE]
    with house_style():
        picture = new_figure(3.6)
        axes = picture.subplots()
        for colour, (wt, line) in zip(COLOURS, lines.groupby("dmf_wt"), strict=False):
            inverse = 1000.0 / (line["temperature_c"] + ZERO_CELSIUS_K)
            axes.fill_between(inverse, line["lo"], line["hi"], color=colour, alpha=0.2, lw=0)
            axes.plot(inverse, line["asr_ohm_cm2"], color=colour, label=f"{wt:g} wt% DMF")
        _printed_points(axes, numbers[numbers["kind"] == MEASURED])
        axes.set_yscale("log")
        axes.set_xlabel("1000 K / T")
        axes.set_ylabel(RESISTANCE)
        _celsius_axis(axes)
        picture.legend(loc="outside lower center", ncols=2)
        return picture


def _draw_over_time(numbers: pd.DataFrame, between: pd.DataFrame) -> Figure:
    """Draw each arm, over the ranges (ohm cm2) that the text prints for all plateaus."""
    with house_style():
        picture = new_figure(4.2)
        axes = picture.subplots()
        for ends in rows_of(between):
            axes.axhspan(
                ends["lo"], ends["hi"], color=GREY, alpha=0.15, lw=0, label="printed range"
            )
        arms = numbers.groupby("arm")
        for number, (marker, (name, members)) in enumerate(zip(MARKERS, arms, strict=False)):
            _draw_arm(axes, str(name), members, marker, STEP_D * number)
        axes.set_yscale("log")
        axes.set_xlim(-1.0, LAST_D)
        axes.set_xlabel("time after assembly (days)")
        axes.set_ylabel("R at 70 °C, as printed (Ω cm²)")
        picture.legend(loc="outside lower center", ncols=3)
        return picture


def _printed_points(axes: Axes, points: pd.DataFrame) -> None:
    for row in rows_of(points):
        face = COLOURS[0] if row["state"] == "fresh" else "white"
        word = "printed, fresh" if row["state"] == "fresh" else "printed, stabilised"
        axes.plot(
            1000.0 / (row["temperature_c"] + ZERO_CELSIUS_K), row["asr_ohm_cm2"], "o",
            mec=COLOURS[0], mfc=face, ls="", label=word,
        )  # fmt: skip


def _celsius(inverse: Any) -> Any:
    return 1000.0 / inverse - ZERO_CELSIUS_K


def _inverse_kelvin(celsius: Any) -> Any:
    return 1000.0 / (celsius + ZERO_CELSIUS_K)


def _celsius_axis(axes: Axes) -> None:
    top = axes.secondary_xaxis("top", functions=(_celsius, _inverse_kelvin))
    top.set_xticks([20, 40, 60, 80, 100])
    top.set_xlabel("temperature (°C)")


def _draw_arm(axes: Axes, arm: str, members: pd.DataFrame, marker: str, start_d: float) -> None:
    """Draw the fresh mark of an arm and its plateau."""
    colour = BY_TREATMENT.get(str(members["treatment"].iloc[0]), GREY)
    fresh, aged = members[members["age_d"] == 0.0], members[members["age_d"] > 0.0]
    for row in rows_of(fresh):
        known = pd.notna(row["asr_ohm_cm2"])
        level = row["asr_ohm_cm2"] if known else row["lo"]
        if known:
            axes.vlines(start_d, row["lo"], row["hi"], color=colour, lw=0.8)
        else:
            axes.annotate(
                "", (start_d, level), xytext=(0, 14), textcoords="offset points",
                arrowprops={"arrowstyle": "<-", "color": colour, "shrinkB": 0},
            )  # fmt: skip
        axes.plot(start_d, level, marker, color=colour, ms=5, label=arm)
        for end in rows_of(aged):
            ages, levels = [start_d, end["age_d"]], [level, end["asr_ohm_cm2"]]
            axes.plot(ages, levels, ":", color=colour, lw=0.9)
    for end in rows_of(aged):
        axes.plot([end["age_d"], LAST_D], [end["asr_ohm_cm2"]] * 2, "-", color=colour)
        axes.plot(end["age_d"], end["asr_ohm_cm2"], marker, color=colour, ms=5)
