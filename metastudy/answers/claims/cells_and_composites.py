"""Tests of the claims of Wu 2016, Li 2020 and Sang: arithmetic of cells, electrodes, composites."""

from __future__ import annotations

import math
from dataclasses import replace

from metastudy.physics.energy_density import (
    Materials,
    UnitAreaCell,
    break_even_um,
    liquid_cell,
    ohmic_thickness_um,
    solid_cell,
)
from metastudy.units import FARADAY_C_PER_MOL

from .claim import Claim
from .verdict import Evidence, Outcome, holds, recomputed

SOLIDS = ("LLZO", "LATP", "LGPS")
NOT_PRINTED = "the capacity of graphite is not printed; 360 mAh/g is taken"
COULOMB_PER_MAH = 3.6


def ohmic_limit(claim: Claim, seen: Evidence) -> Outcome:
    """Solve Ohm's law for the thickness."""
    drop, current, conductivity = (
        claim.inputs[name].canonical for name in ("drop", "current", "conductivity")
    )
    return recomputed(claim, {"thickness": ohmic_thickness_um(drop, current, conductivity)})


def liquid_reference(claim: Claim, seen: Evidence) -> Outcome:
    """Build the cell with a liquid."""
    cell = _liquid(claim)
    values = {"specific": cell.specific, "volumetric": cell.volumetric}
    return recomputed(claim, values, NOT_PRINTED)


def break_even_specific(claim: Claim, seen: Evidence) -> Outcome:
    """Solve for the thickness by mass, against the computed liquid cell."""
    return recomputed(claim, _by_mass(claim, _liquid(claim).specific), NOT_PRINTED)


def break_even_volumetric(claim: Claim, seen: Evidence) -> Outcome:
    """Solve for the thickness by volume, against the computed liquid cell."""
    return recomputed(claim, _by_volume(claim), NOT_PRINTED)


def half_more_energy(claim: Claim, seen: Evidence) -> Outcome:
    """Solve for the thickness at 1.5 times the printed energy."""
    return recomputed(claim, _by_mass(claim, 1.5 * claim.inputs["goal"].value))


def break_even_over_loading(claim: Claim, seen: Evidence) -> Outcome:
    """Solve for two thicknesses, and for the goal that the printed ones would need."""
    loadings = {name: claim.inputs[f"{name}_loading"].value for name in claim.printed}
    density = claim.inputs["density"].value
    values = {name: _garnet(claim, loading) for name, loading in loadings.items()}
    needed = {
        f"goal for the printed {name} (Wh/kg)": solid_cell(
            loading, claim.printed[name].value, density
        ).specific
        for name, loading in loadings.items()
    }
    return recomputed(claim, {**values, **needed})


def break_even_linear(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the middle with the mean of the ends."""
    low, high = (claim.inputs[f"{end}_loading"].value for end in ("low", "high"))
    middle = _garnet(claim, (low + high) / 2)
    ends = (_garnet(claim, low) + _garnet(claim, high)) / 2
    return holds(math.isclose(middle, ends), {"middle (um)": middle, "mean of ends (um)": ends})


def lighter_is_easier(claim: Claim, seen: Evidence) -> Outcome:
    """Order the three electrolytes by density and by thickness."""
    values = _by_mass(claim, claim.inputs["goal"].value)
    ordered = [values[name] for name in SOLIDS]
    return holds(ordered == sorted(ordered), values)


def thick_garnet_no_gain(claim: Claim, seen: Evidence) -> Outcome:
    """Compute the energy at the highest loading that is drawn; it grows with the loading."""
    numbers = claim.inputs
    cell = solid_cell(
        numbers["high_loading"].value, numbers["thickness"].value, numbers["density"].value
    )
    return holds(cell.specific <= numbers["goal"].value, {"specific (Wh/kg)": cell.specific})


def loading_for_volume(claim: Claim, seen: Evidence) -> Outcome:
    """Find the loading at which the energy density reaches that of the liquid cell.

    Thickness is linear in the loading, E = k m and T = a m + b, so that m = b / (k / goal - a).
    """
    goal = _liquid(claim).volumetric
    thickness, density = claim.inputs["thickness"].value, claim.inputs["density"].value
    one = solid_cell(1.0, thickness, density)
    fixed = sum(solid_cell(0.0, thickness, density).thickness_um.values())
    slope = sum(one.thickness_um.values()) - fixed
    return recomputed(claim, {"loading": fixed / (1e4 * one.energy_mwh_cm2 / goal - slope)})


def collectors_volumetric(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the cells with whole and with thinner collectors by volume."""
    return recomputed(claim, {n: _gain(claim, n, "volumetric") for n in claim.printed})


def collectors_specific(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the cells with whole and with thinner collectors by mass."""
    return recomputed(claim, {n: _gain(claim, n, "specific") for n in claim.printed})


def lithium_specific(claim: Claim, seen: Evidence) -> Outcome:
    """Leave out the anode and compare by mass."""
    cell = _with_lithium(claim)
    change = 100 * (cell.without("lithium").specific / cell.specific - 1)
    return holds(change < claim.inputs["limit"].value, {"change (%)": change})


def lithium_volumetric(claim: Claim, seen: Evidence) -> Outcome:
    """Leave out the anode and compare by volume."""
    cell = _with_lithium(claim)
    change = 100 * (cell.without("lithium").volumetric / cell.volumetric - 1)
    return holds(change < claim.inputs["limit"].value, {"change (%)": change})


def volume_varies_less(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the spans over the three densities."""
    mass = _by_mass(claim, _liquid(claim).specific).values()
    volume = _by_volume(claim).values()
    values = {"span by mass": max(mass) / min(mass), "span by volume": max(volume) / min(volume)}
    return holds(values["span by volume"] < values["span by mass"], values)


def table_two_ratio(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the ratios, with the rounding of the smaller numbers."""
    names = [name for name in claim.inputs if not name.endswith("_half_more")]
    pairs = {name: (claim.inputs[name], claim.inputs[f"{name}_half_more"]) for name in names}
    values = {name: whole.value / half.value for name, (whole, half) in pairs.items()}
    lows = [(w.value - w.tolerance) / (h.value + h.half_digit) for w, h in pairs.values()]
    highs = [(w.value + w.tolerance) / (h.value - h.half_digit) for w, h in pairs.values()]
    return holds(max(lows) <= min(highs), values, note="within rounding")


def sulfur_expansion(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the molar volumes from the printed densities."""
    n = {name: number.value for name, number in claim.inputs.items()}
    volumes = n["sulfide_mass"] / n["sulfide"] / (n["sulfur_mass"] / n["sulfur"])
    return recomputed(claim, {"expansion": 100 * (volumes - 1)})


def sulfur_utilisation(claim: Claim, seen: Evidence) -> Outcome:
    """Compare with two electrons an atom."""
    whole = 2 * FARADAY_C_PER_MOL / COULOMB_PER_MAH / claim.inputs["sulfur_mass"].value
    return recomputed(claim, {"utilisation": 100 * claim.inputs["capacity"].value / whole})


def lithium_deposit(claim: Claim, seen: Evidence) -> Outcome:
    """Compute the thickness of dense lithium."""
    m = Materials()
    per_mah = 1e4 / (m.lithium_mah_g * m.density["lithium"])
    values = {name: claim.inputs[f"{name}_charge"].value * per_mah for name in claim.printed}
    return recomputed(claim, values, "dense lithium")


def composite_follows_contact(claim: Claim, seen: Evidence) -> Outcome:
    """Compare both factors, and give the share that the contacts would need in a series model."""
    contact = seen.value("before") / seen.value("after")
    composite = seen.value("composite_after") / seen.value("composite_before")
    share = (1 - 1 / composite) / (1 - 1 / contact)
    values = {"contact, factor": contact, "composite, factor": composite, "share in series": share}
    return holds(contact > 1 and composite > 1, values, note="one work")


def mean_in_range(claim: Claim, seen: Evidence) -> Outcome:
    """Hold the mean against the ends."""
    low, mean, high = (claim.inputs[name].value for name in ("low", "mean", "high"))
    return holds(low < mean < high, {"mean over geometric mean": mean / math.sqrt(low * high)})


def thickness_twice(claim: Claim, seen: Evidence) -> Outcome:
    """Compare the two numbers."""
    first, second = claim.inputs["first"], claim.inputs["second"]
    values = {"second over first": second.value / first.value}
    return holds(first.agrees(second.value), values)


def support_thicker(claim: Claim, seen: Evidence) -> Outcome:
    """Compare with the larger of the two numbers."""
    without = max(claim.inputs[name].value for name in ("first", "second"))
    ratio = claim.inputs["with_support"].value / without
    return holds(ratio > 1, {"with over without, at least": ratio})


def packing(claim: Claim, seen: Evidence) -> Outcome:
    """Compute pi over the root of 18."""
    filled = 100 * math.pi / math.sqrt(18)
    return recomputed(claim, {"filled": filled, "pores": 100 - filled})


def random_packing(claim: Claim, seen: Evidence) -> Outcome:
    """Take the rest."""
    return recomputed(claim, {"pores": 100 - claim.inputs["filled"].value})


def thinner_conducts(claim: Claim, seen: Evidence) -> Outcome:
    """Divide: conductance is conductivity times area over thickness."""
    return recomputed(claim, {"conductance": claim.inputs["thinner"].value})


def amorphous_ten_times(claim: Claim, seen: Evidence) -> Outcome:
    """Divide the conductivities."""
    ratio = claim.inputs["amorphous"].value / claim.inputs["trigonal"].value
    return recomputed(claim, {"ratio": ratio})


def annealing_lowers(claim: Claim, seen: Evidence) -> Outcome:
    """Divide the conductivities."""
    factor = claim.inputs["milled"].value / claim.inputs["annealed"].value
    return holds(factor > 1, {"factor": factor})


def _liquid(claim: Claim) -> UnitAreaCell:
    return liquid_cell(claim.inputs["loading"].value)


def _by_mass(claim: Claim, goal: float) -> dict[str, float]:
    loading = claim.inputs["solid_loading"].value
    densities = {n: claim.inputs[n].value for n in SOLIDS if n in claim.inputs}
    return {n: break_even_um(solid_cell(loading, 0.0, d), goal, d) for n, d in densities.items()}


def _by_volume(claim: Claim) -> dict[str, float]:
    loading, goal = claim.inputs["solid_loading"].value, _liquid(claim).volumetric
    densities = {n: claim.inputs[n].value for n in SOLIDS if n in claim.inputs}
    return {n: break_even_um(solid_cell(loading, 0.0, d), goal) for n, d in densities.items()}


def _garnet(claim: Claim, loading: float) -> float:
    density = claim.inputs["density"].value
    return break_even_um(solid_cell(loading, 0.0, density), claim.inputs["goal"].value, density)


def _with_lithium(claim: Claim) -> UnitAreaCell:
    numbers = claim.inputs
    return solid_cell(
        numbers["solid_loading"].value, numbers["thickness"].value, numbers["density"].value
    )


def _gain(claim: Claim, end: str, measure: str) -> float:
    """Return what thinner aluminium and no copper gain, in percent."""
    numbers = claim.inputs
    loading, thickness = numbers[f"{end}_loading"].value, numbers["thickness"].value
    density = numbers["density"].value
    thin = replace(Materials(), aluminium_um=numbers["aluminium"].value, copper_um=0.0)
    whole = solid_cell(loading, thickness, density)
    thinner = solid_cell(loading, thickness, density, thin)
    return 100 * float(getattr(thinner, measure) / getattr(whole, measure) - 1)
