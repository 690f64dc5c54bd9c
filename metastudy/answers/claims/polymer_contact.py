"""Tests of the claims of Mangani et al. 2024: preparation of a polymer/ceramic contact."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from metastudy.answers.activation import contact_energies, homogeneity
from metastudy.answers.scatter import WITHIN_DF_NEEDED, count
from metastudy.bridge.modelling.model_rows import LADDER
from metastudy.physics.arrhenius import two_point_ea
from metastudy.units import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K

from .claim import Claim
from .verdict import Evidence, Outcome, cannot_be_told, holds, recomputed

SEVERAL_ORDERS = 100.0


def couples_disperse(claim: Claim, seen: Evidence) -> Outcome:
    """Look for a family of contacts whose values in several works span two decades."""
    rows = seen.headline(seen.data.observations["censoring"] == "exact")
    groups = rows.groupby("family").agg(
        works=("study_id", "nunique"), low=("y", "min"), high=("y", "max"), n=("y", "size")
    )
    shared = groups[groups["works"] > 1]
    df = int((shared["n"] - 1).sum())
    if shared.empty:
        return cannot_be_told({}, "no family has values in two works", df)
    widest = float(10 ** (shared["high"] - shared["low"]).max())
    values = {
        "largest ratio within one family": widest,
        "families in several works": float(len(shared)),
    }
    if widest >= SEVERAL_ORDERS:
        return holds(True, values, df)
    return cannot_be_told(
        values,
        "so few reference contacts with a value show less; bounds and treated arms left out",
        df,
    )


def three_sources(claim: Claim, seen: Evidence) -> Outcome:
    """Ask whether any rung of the ladder can split the scatter."""
    counts = [count(seen.data.observations, seen.data.V, rung) for rung in LADDER]
    seen.headline()
    strictest = counts[-1]
    values = {
        "df within works, loosest rung": float(counts[0].df_within),
        "df within works, strictest rung": float(strictest.df_within),
    }
    note = (
        f"shares need {WITHIN_DF_NEEDED} degrees of freedom within works on a strict rung, and "
        "evaluation is the same for all rows of a work"
    )
    return cannot_be_told(values, note, strictest.df_within)


def plasticiser_drop(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the printed drops, and with the words of the primary work."""
    tegdme, dmc = seen.value("tegdme"), seen.value("dmc")
    primary = str(seen.row("primary")["qualifier"])
    note = "" if primary == "exact" else "the primary work prints no number for DMC"
    return holds(
        dmc < tegdme < 1, {"TEGDME, factor": 1 / tegdme, "DMC, factor": 1 / dmc}, note=note
    )


def span_of_seven(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the upper end with the arms that are printed one by one."""
    arms = {name: 1 / seen.value(name) for name in claim.records if name != "span"}
    most = 1 / float(seen.row("span")["lo"])
    largest = max(arms.values())
    return holds(
        largest <= most, {"largest printed arm": largest, "upper end": most}, note="no arm is at 7"
    )


def preparation_beats_repeats(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the two spans on the log scale."""
    preparation = math.log(1 / float(seen.row("span")["lo"]))
    repeats = math.log1p(float(seen.row("repeats")["hi"]))
    note = "the number of repeats is not printed"
    return holds(preparation > repeats, {"ratio of log spans": preparation / repeats}, note=note)


def within_earlier_range(claim: Claim, seen: Evidence) -> Outcome:
    """Hold the value against both ends of the earlier range."""
    here = seen.asr("here")
    low, high = (float(seen.row("earlier")[end]) for end in ("lo", "hi"))
    values = {"over the upper end": here / high, "over the lower end": here / low}
    note = "two earlier numbers are one degree of freedom: a range, no population"
    return holds(low <= here <= high, values, note=note)


def dmf_factor(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the plain number with the upper end."""
    plain, upper = 1 / seen.value("plain"), 1 / float(seen.row("upper")["lo"])
    return holds(plain <= upper, {"plain": plain, "upper end": upper})


def energy_constant(claim: Claim, seen: Evidence) -> Outcome:
    """Cochran's Q of the energies with a printed error."""
    energies = contact_energies(seen.records)
    named = [str(seen.row(name)["record_id"]) for name in claim.records]
    found = homogeneity(energies[energies["record_id"].isin(named)])
    high = stats.chi2.ppf(0.95, found.df)
    error = float(seen.row("dry")["sd"])
    hidden = stats.norm.ppf(0.975) * math.sqrt(2) * error
    values = {"mean (eV)": found.mean_ev, "Q": found.q, "hidden difference (eV)": float(hidden)}
    note = f"Q of the {found.n} with a printed error; a smaller difference than the hidden one"
    return holds(found.q <= high, values, found.df, f"{note} would not show")


def prefactor_only(claim: Claim, seen: Evidence) -> Outcome:
    """Ask which change of the activation energy alone would make the largest printed effect."""
    temperature_k = claim.inputs["temperature"].value + ZERO_CELSIUS_K
    enough = BOLTZMANN_EV_PER_K * temperature_k * math.log(1 / seen.value("dmf"))
    error = float(seen.row("dry")["sd"])
    values = {"change that alone would do (eV)": enough, "printed error (eV)": error}
    if error < enough:
        return holds(True, values)
    note = "the printed error is wider than the change that would make the effect alone"
    return cannot_be_told(values, note)


def dip_order(claim: Claim, seen: Evidence) -> Outcome:
    """Order the three dips; that of DMC is an upper end."""
    dmf, acn = seen.value("dmf"), seen.value("acn")
    dmc = float(seen.row("dmc")["lo"])
    values = {"DMF": dmf, "ACN": acn, "DMC, lower end": dmc}
    return holds(dmc < acn < dmf < 1, values, note="of DMC only the largest drop is printed")


def water_undoes(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the ratios to the untreated contact before and after water."""
    acn, water = seen.value("acn"), seen.value("acn_water")
    taken_back = (water - acn) / (1 - acn)
    values = {"ACN": acn, "ACN, then water": water, "share taken back": taken_back}
    return holds(taken_back > 0.5, values)


def heat_twice(claim: Claim, seen: Evidence) -> Outcome:
    """Turn the percentage into a factor."""
    return recomputed(claim, {"factor": 1 / seen.value("percent")})


def heat_dose(claim: Claim, seen: Evidence) -> Outcome:
    """Compare one and three days."""
    one, three = seen.value("one_day"), seen.value("three_days")
    return holds(three < one < 1, {"1 day": one, "3 days": three})


def aged_order(claim: Claim, seen: Evidence) -> Outcome:
    """Order the ratios to the untreated contact, fresh and aged."""
    pristine = seen.asr("pristine")
    fresh = [seen.value(arm) for arm in ("dmf", "acn", "heat")]
    aged = [seen.asr(f"aged_{arm}") / pristine for arm in ("dmf", "acn", "heat")]
    values = {
        f"{arm}, aged": ratio for arm, ratio in zip(("DMF", "ACN", "heat"), aged, strict=True)
    }
    return holds(fresh == sorted(fresh)[::-1] and aged == sorted(aged)[::-1], values, df=2)


def more_than_a_decade(claim: Claim, seen: Evidence) -> Outcome:
    """Look for the decade in each arm of the table."""
    pristine = seen.asr("pristine")
    values = {arm: pristine / seen.asr(arm) for arm in ("dmf", "acn", "heat")}
    return holds(min(values.values()) > 10, values, note="true of the heated plate alone")


def one_energy(claim: Claim, seen: Evidence) -> Outcome:
    """Read the activation energy between the two temperatures."""
    cold, hot = (
        float(seen.row(name)["temperature_c"]) + ZERO_CELSIUS_K for name in ("cold", "hot")
    )
    found = two_point_ea(seen.asr("cold"), cold, seen.asr("hot"), hot)
    printed, error = seen.value("energy"), float(seen.row("energy")["sd"])
    off = abs(found - printed) / error
    values = {"energy (eV)": found, "printed errors off": off}
    if off > 2:
        return holds(False, values)
    note = "two cells on either side of the melting point; one cell at both would tell"
    return cannot_be_told(values, note)


def plateau_range(claim: Claim, seen: Evidence) -> Outcome:
    """Hold the table against the range in the text."""
    low, high = (float(seen.row("range")[end]) for end in ("lo", "hi"))
    values = {arm: seen.asr(arm) for arm in ("dmf", "acn", "heat")}
    return holds(all(low <= v <= high for v in values.values()), values)


def heated_plateau(claim: Claim, seen: Evidence) -> Outcome:
    """Compare text and table."""
    ratio = seen.asr("text") / seen.asr("table")
    return holds(math.isclose(ratio, 1.0), {"text over table": ratio})


def ageing_sign(claim: Claim, seen: Evidence) -> Outcome:
    """Compare aged with fresh: ratios to the untreated contact, an ether contact with itself."""
    pristine = seen.asr("pristine")
    polymer = [
        seen.asr(f"aged_{arm}") / pristine / seen.value(f"fresh_{arm}")
        for arm in ("dmf", "acn", "heat")
    ]
    ether = [seen.value("dol")]
    ether += [seen.asr(f"{name}_late") / seen.asr(f"{name}_early") for name in ("dme", "mixed")]
    values = {"polymer, aged over fresh, largest": max(polymer), "ether, smallest": min(ether)}
    return holds(max(polymer) < 1 < min(ether), values, note="one work on each side")


def capacitance_rises(claim: Claim, seen: Evidence) -> Outcome:
    """Bound the slope of log C over log R from the printed upper ends."""
    slopes = {
        name: math.log(float(seen.row(f"c_{name}")["hi"])) / math.log(seen.value(f"r_{name}"))
        for name in ("dmf", "heat")
    }
    values = {f"steepest slope, {name}": slope for name, slope in slopes.items()}
    return holds(max(slopes.values()) < 0, values, note="both capacitances are upper ends")


def _spearman(x: Sequence[float], y: Sequence[float]) -> float:
    return float(stats.pearsonr(stats.rankdata(x), stats.rankdata(y)).statistic)


def _four(seen: Evidence, letter: str) -> list[float]:
    return [seen.value(f"{letter}{place}") for place in range(1, 5)]


def _in_order(claim: Claim, seen: Evidence) -> Outcome:
    rho = _spearman(_four(seen, "x"), _four(seen, "r"))
    note = "four plates: one order of 24"
    return holds(math.isclose(rho, 1.0), {"Spearman": rho}, 2, note)


def carbon_titanium(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the orders of C/Ti and of the resistance."""
    return _in_order(claim, seen)


def carbon_phosphorus(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the orders of C/P and of the resistance."""
    return _in_order(claim, seen)


def oxygen_no_order(claim: Claim, seen: Evidence) -> Outcome:
    """Rank correlations of two ratios; four plates cannot show that there is none."""
    r = _four(seen, "r")
    values = {
        "O default/structure": _spearman(_four(seen, "x"), r),
        "O/Ti": _spearman(_four(seen, "y"), r),
    }
    return cannot_be_told(values, "an absence of order needs more than four plates", 2)


def titanium_ratio(claim: Claim, seen: Evidence) -> Outcome:
    """Divide the percentages."""
    return recomputed(claim, {arm: _titanium(seen, arm) for arm in claim.printed})


def titanium_order(claim: Claim, seen: Evidence) -> Outcome:
    """Order the printed ratios."""
    values = {arm: seen.value(arm) for arm in ("acn", "dmf", "pristine", "heat")}
    falls = values["acn"] > values["dmf"] > values["pristine"]
    return holds(falls and values["pristine"] == values["heat"], values)


def titanium_after_contact(claim: Claim, seen: Evidence) -> Outcome:
    """Divide the percentages."""
    return recomputed(claim, {arm: _titanium(seen, arm) for arm in claim.printed})


def _titanium(seen: Evidence, arm: str) -> float:
    return seen.value(f"{arm}_3") / seen.value(f"{arm}_4")


def titanium_reduced_further(claim: Claim, seen: Evidence) -> Outcome:
    """Compare after with before."""
    values = {
        arm: seen.value(f"{arm}_after") / seen.value(f"{arm}_before") for arm in ("acn", "heat")
    }
    return holds(min(values.values()) > 1, values)


def titanium_sums(claim: Claim, seen: Evidence) -> Outcome:
    """Add the percentages."""
    values = {
        arm: 100 * (seen.value(f"{arm}_3") + seen.value(f"{arm}_4")) for arm in ("acn", "heat")
    }
    return holds(all(math.isclose(v, 100.0) for v in values.values()), values)


def residual_film(claim: Claim, seen: Evidence) -> Outcome:
    """Divide the ratios of the dipped by those of the heated plate."""
    values = {
        "sulfur": seen.value("s_acn") / seen.value("s_heat"),
        "carbon": seen.value("c_acn") / seen.value("c_heat"),
    }
    return recomputed(claim, values)


def silicon_rises(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the two plates in the table."""
    ratio = seen.value("heat") / seen.value("pristine")
    return holds(ratio > 1, {"heated over untreated": ratio})


def dmf_leaches_more(claim: Claim, seen: Evidence) -> Outcome:
    """Divide DMF by acetonitrile element by element."""
    elements = ("li", "ge", "al", "ti")
    values = {e.capitalize(): seen.value(f"{e}_dmf") / seen.value(f"{e}_acn") for e in elements}
    return holds(min(values.values()) > 1, values)


def water_content_not_cause(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the water of the solvents with its printed errors."""
    dmf, acn = seen.row("dmf"), seen.row("acn")
    error = float(np.hypot(dmf["sd"], acn["sd"]))
    off = (acn["value"] - dmf["value"]) / error
    return holds(off > 2, {"difference over its error": float(off)})


def acetonitrile_traces(claim: Claim, seen: Evidence) -> Outcome:
    """Hold the four elements against the printed limit of traces."""
    limit = seen.value("limit")
    values = {e.capitalize(): seen.value(e) / limit for e in ("li", "ge", "al", "ti")}
    return holds(max(values.values()) < 10, values, note="over the limit; within a decade of it")
