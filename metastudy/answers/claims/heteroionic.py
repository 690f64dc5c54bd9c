"""Tests of the claims of Weiss et al. 2020: contacts of liquids, polymers and ceramics."""

from __future__ import annotations

import math

import pandas as pd

from metastudy import mixed
from metastudy.answers import activation
from metastudy.physics.kinetics import exchange_current, transfer_resistance
from metastudy.units import ZERO_CELSIUS_K

from .claim import Claim
from .verdict import (
    DF_NEEDED,
    Evidence,
    Outcome,
    cannot_be_told,
    energy_contrast,
    holds,
    recomputed,
    resistance_contrast,
)


def _contact_values(seen: Evidence) -> pd.DataFrame:
    return activation.reference_values(activation.contact_energies(seen.records))


def _donor_number(seen: Evidence, solvent: str) -> float:
    found = activation.donor_number(seen.data, solvent)
    return math.nan if found is None else found


def nasicon_lowest(claim: Claim, seen: Evidence) -> Outcome:
    """Compare NASICON with other ceramics against liquids, for lithium."""
    o = seen.data.observations
    rows = seen.headline((o["interface_class"] == "LE/SE") & (o["ion"] == "Li"))
    nasicon = rows["family"].str.contains("| NASICON |", regex=False)
    return resistance_contrast(seen, rows, nasicon, -1, "NASICON and others")


def sodium_nasicon_below_alumina(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the frequencies of the two arcs; the resistances are not printed."""
    ratio = seen.value("nasicon") / seen.value("alumina")
    note = (
        "only frequencies of the arcs are known: the ratio is one of RC; no resistance on alumina"
    )
    return cannot_be_told({"frequency, NASICON over alumina": ratio}, note)


def donor_number(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the two pairs of solvents that one work has on one ceramic."""
    values = {
        "PC to DMSO (eV)": seen.value("dmso") - seen.value("pc"),
        "PC to DMSO, donor number": _donor_number(seen, "DMSO") - _donor_number(seen, "PC"),
        "DMC to EC:DMC (eV)": seen.value("ec") - seen.value("dmc"),
        "DMC to EC, donor number": _donor_number(seen, "EC") - _donor_number(seen, "DMC"),
    }
    note = "two pairs within works, one of sodium; a slope needs lithium in PC, FEC and DMSO"
    return cannot_be_told(values, note, 1)


def donor_number_sodium(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the printed energies."""
    step = seen.value("dmso") - seen.value("pc")
    return holds(abs(step) < 0.1, {"difference (eV)": step}, note="one number printed for both")


def dmc_below_ec(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the step in energy with the step in donor number."""
    step = seen.value("ec") - seen.value("dmc")
    donor = _donor_number(seen, "EC") - _donor_number(seen, "DMC")
    values = {"EC:DMC less DMC (eV)": step, "donor number, EC less DMC": donor}
    return holds(step > 0 and donor <= 1, values, note="one work")


def mixing_ratio(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the two mixtures."""
    step = seen.value("tenth") - seen.value("half")
    return holds(math.isclose(step, 0.0, abs_tol=0.01), {"difference (eV)": step}, note="one work")


def sodium_set_by_ceramic(claim: Claim, seen: Evidence) -> Outcome:
    """Compare two liquids on one ceramic, and with the ceramic itself."""
    liquids = seen.value("dmso") - seen.value("pc")
    ceramic = seen.value("dmso") - seen.value("ceramic")
    values = {"between liquids (eV)": liquids, "contact less ceramic (eV)": ceramic}
    same = math.isclose(liquids, 0.0, abs_tol=0.01)
    note = "one work and one ceramic: the same in two liquids, and no second ceramic to compare"
    return cannot_be_told(values, note) if same else holds(False, values, note="one work")


def lithium_set_by_liquid(claim: Claim, seen: Evidence) -> Outcome:
    """Look for a work with two ceramics in one liquid."""
    values = _contact_values(seen)
    rows = values[(values["interface_class"] == "LE/SE") & (values["ion"] == "Li")]
    seen.look_at(rows["record_id"])
    ceramics = rows.groupby(["study_id", "partner"])["solid"].nunique()
    pairs = int((ceramics > 1).sum())
    note = "no work has two lithium ceramics in one liquid"
    return cannot_be_told({"works with two ceramics": float(pairs)}, note, pairs)


def sodium_below_lithium_liquid(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the ions over works, in liquids."""
    values = _contact_values(seen)
    rows = values[values["interface_class"] == "LE/SE"]
    return energy_contrast(seen, rows, rows["ion"] == "Na", -1)


def sodium_below_lithium_polymer(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the ions over works, in polymers."""
    values = _contact_values(seen)
    rows = values[values["interface_class"] == "PE/SE"]
    return energy_contrast(seen, rows, rows["ion"] == "Na", -1)


def sodium_lithium_one_work(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the ions in one work."""
    step = seen.value("sodium") - seen.value("lithium")
    return holds(step < 0, {"Na less Li (eV)": step}, note="the ceramic differs with the ion")


def interphase_order(claim: Claim, seen: Evidence) -> Outcome:
    """Order the three contacts after a day."""
    dol, mixture, dme = (seen.asr(name) for name in ("dol", "mixed", "dme"))
    values = {"mixture over DOL": mixture / dol, "DME over mixture": dme / mixture}
    return holds(dol < mixture < dme, values, note="one work")


def power_law(claim: Claim, seen: Evidence) -> Outcome:
    """Compare one less the coefficient with the exponent, both of an aqueous contact."""
    values = {
        "1 - coefficient": 1.0 - seen.value("coefficient"),
        "exponent": seen.value("exponent"),
    }
    apart = abs(values["1 - coefficient"] - values["exponent"])
    return holds(apart < 0.1, values, note="one work, aqueous; both printed as about")


def sum_of_two(claim: Claim, seen: Evidence) -> Outcome:
    """Compute the charge transfer from the exchange current and set it beside the interphase."""
    temperature_k = claim.inputs["temperature"].value + ZERO_CELSIUS_K
    transfer = transfer_resistance(seen.value("current"), temperature_k)
    interphase = seen.asr("interphase")
    share = transfer / (transfer + interphase)
    values = {"charge transfer (ohm cm2)": transfer, "its share": share}
    return holds(0.05 < share < 0.95, values, note="one work")


def highest_energy(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the contact with its ceramic, in the one work that has both."""
    step = seen.value("liquid") - seen.value("ceramic")
    note = "one work has both, and in it they are equal"
    return cannot_be_told({"contact less ceramic (eV)": step}, note, 0)


def polymer_energy_higher(claim: Claim, seen: Evidence) -> Outcome:
    """Compare liquid and polymer on one ceramic."""
    step = float(seen.row("polymer")["lo"]) - seen.value("liquid")
    return holds(step > 0, {"polymer less liquid, at least (eV)": step}, note="one work, sodium")


def polymer_energy_higher_works(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the classes over works, for lithium."""
    values = _contact_values(seen)
    rows = values[(values["ion"] == "Li") & values["interface_class"].isin(["LE/SE", "PE/SE"])]
    return energy_contrast(seen, rows, rows["interface_class"] == "PE/SE", 1)


def polymer_resistance_higher(claim: Claim, seen: Evidence) -> Outcome:
    """Compare lithium contacts: polymers at 60 degC with liquids at 25 degC.

    Polymers have the advantage of the warmer reference, so a higher resistance there is one.
    """
    o = seen.data.observations
    rows = seen.headline(o["interface_class"].isin(["LE/SE", "PE/SE"]) & (o["ion"] == "Li"))
    polymer = rows["interface_class"] == "PE/SE"
    return resistance_contrast(seen, rows, polymer, 1, "polymers at 60 degC and liquids at 25 degC")


def one_ev(claim: Claim, seen: Evidence) -> Outcome:
    """Pool the works; count those that the claim itself does not vouch for."""
    values = _contact_values(seen)
    rows = values[(values["interface_class"] == "PE/SE") & (values["ion"] == "Li")]
    seen.look_at(rows["record_id"])
    records = seen.records.set_index("record_id")
    own = int((records.loc[rows["record_id"], "basis"] != "secondary").sum())
    fit = mixed.fit("ea_ev ~ 1 + (1 | study_id)", rows.assign(v=rows["sd_ev"] ** 2), v="v")
    robust = fit.robust("study_id")
    found = {"mean (eV)": float(fit.params["Intercept"])}
    df = float(robust.df["Intercept"])
    note = f"{len(rows) - own} of {len(rows)} works stand on the words of this review"
    one = claim.printed["energy"].value
    if own < 2 or df < DF_NEEDED:
        return cannot_be_told(found, note, df)
    low, high = (float(end) for end in robust.conf_int().loc["Intercept"].to_numpy(float))
    return holds(low <= one <= high, {**found, "lower": low, "upper": high}, df, note)


def carbonate_removal(claim: Claim, seen: Evidence) -> Outcome:
    """Divide the printed resistances; they have no area, and their ratio needs none."""
    factor = seen.value("before") / seen.value("after")
    return holds(factor > 1, {"factor": factor}, note="one work")


def plasticiser_lowers(claim: Claim, seen: Evidence) -> Outcome:
    """Look at every contrast of a plasticiser or a solvent left in the polymer."""
    values = {name: seen.value(name) for name in claim.records}
    works = {str(seen.row(name)["study_id"]) for name in claim.records}
    return holds(max(values.values()) < 1, values, note=f"{len(works)} works")


def hot_pressed_temperature(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the two printed numbers."""
    ratio = seen.asr("cold") / seen.asr("hot")
    note = "the two temperatures are of two salts; one salt at both would tell"
    return cannot_be_told({"colder over warmer": ratio}, note)


def hot_pressing_lower(claim: Claim, seen: Evidence) -> Outcome:
    """Compare hot-pressed and sputtered with other polymer contacts of lithium."""
    joined = seen.data.preparations
    joining = joined[joined["axis"] == "joining_method"].set_index("preparation_id")["word"]
    o = seen.data.observations
    rows = seen.headline((o["interface_class"] == "PE/SE") & (o["ion"] == "Li"))
    method = rows["preparation_id"].map(joining)
    known = rows[method.notna()]
    pressed = method[method.notna()].isin(["hot_pressed", "sputtered"])
    return resistance_contrast(seen, known, pressed, -1, "hot-pressed or sputtered and others")


def two_point_excess(claim: Claim, seen: Evidence) -> Outcome:
    """Count the works that measured one contact both ways."""
    records = seen.records
    rows = records[(records["interface_class"] == "PE/SE") & (records["role"] == "interface")]
    seen.look_at(rows["record_id"])
    ways = rows[rows["electrodes"].isin(["two_point", "four_point"])]
    both = ways.groupby("study_id")["electrodes"].nunique()
    works = ways.groupby("electrodes")["study_id"].nunique()
    values = {f"works, {way}": float(works.get(f"{way}_point", 0)) for way in ("two", "four")}
    pairs = int((both > 1).sum())
    return cannot_be_told(values, "no work measures one contact both ways", pairs)


def sodium_same_on_two_ceramics(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the printed ranges."""
    nasicon, alumina = seen.row("nasicon"), seen.row("alumina")
    apart = max(nasicon["lo"] - alumina["hi"], alumina["lo"] - nasicon["hi"])
    step = (alumina["lo"] + alumina["hi"] - nasicon["lo"] - nasicon["hi"]) / 2
    return holds(apart <= 0, {"difference (eV)": float(step)}, note="one work, one printed range")


def argyrodite_parts(claim: Claim, seen: Evidence) -> Outcome:
    """Add the parts."""
    total, parts = seen.asr("total"), seen.asr("interphase") + seen.asr("transfer")
    kelvin = float(seen.row("transfer")["temperature_c"]) + ZERO_CELSIUS_K
    current = 1e3 * exchange_current(seen.asr("transfer"), kelvin)
    values = {"sum": parts, "total": total, "exchange current (mA cm-2)": current}
    return recomputed(claim, values)


def ceramic_pair_value(claim: Claim, seen: Evidence) -> Outcome:
    """Round the primary numbers."""
    return recomputed(claim, {"resistance": seen.asr("resistance"), "energy": seen.value("energy")})


def ceramic_pair_below_polymer(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the energies of two works."""
    step = seen.value("ceramic") - seen.value("polymer")
    return holds(step < 0, {"difference (eV)": step}, note="one work on each side")


def thiophosphates_lowest(claim: Claim, seen: Evidence) -> Outcome:
    """Count liquid and polymer contacts of lithium below the bound of the best cell."""
    o = seen.data.observations
    others = o["interface_class"].isin(["LE/SE", "PE/SE"]) & (o["ion"] == "Li")
    rows = seen.headline(others & (o["censoring"] == "exact"))
    bound = math.log10(seen.value("best"))
    values = {
        "others above the bound": float((rows["y"] > bound).sum()),
        "others": float(len(rows)),
    }
    note = "one whole cell stands for its class: an upper bound, below most others"
    return cannot_be_told(values, note, 0)


def space_charge_too_small(claim: Claim, seen: Evidence) -> Outcome:
    """Count values below the calculated limit."""
    rows = seen.headline(seen.data.observations["censoring"] == "exact")
    limit = math.log10(claim.inputs["limit"].value)
    below = int((rows["y"] <= limit).sum())
    values = {"values at or below the limit": float(below), "values": float(len(rows))}
    return holds(below == 0, values)
