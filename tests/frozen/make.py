"""Write the simulated studies of the frozen dataset: python -m tests.frozen.make

Every number here is invented. The studies named probe_* are typed by hand and stay as they are; the
studies named simulated_* are written anew, with their decisions, corrections, spectra and refits.
Tests name the numbers that they need, so a number that is changed here is changed there.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from metastudy.bridge.refits.evaluation_options import EvaluationOptions
from metastudy.bridge.refits.file_batch import refit_files
from metastudy.corpus.study import COLUMNS

HERE = Path(__file__).parent
AXES = HERE.parents[1] / "data" / "vocabulary" / "axis.csv"
DATE = "2026-11-25"
SEED = 20261125

BETWEEN, WITHIN = 0.3, 0.2  # SD (dex) of works, and of samples of one work
MEMBRANE_EA_EV = 0.6
BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K = 8.617333262e-5, 273.15

NOT_REPORTED = "not_reported"
LABS = ("unknown", "giessen_janek", "kyoto_ogumi", "bremen", "juelich")

PE_SE = {
    "id": "membrane",
    "class": "PE/SE",
    "ion": "Li",
    "solid_electrolyte": "LLZO",
    "se_form": "sintered_pellet",
    "partner_class": "polymer",
    "polymer": "PEO",
    "salt": "LiTFSI",
    "salt_content": {"value": "20", "unit": "EO:Li", "locator": "Experimental"},
}
LE_SE = {
    "id": "liquid",
    "class": "LE/SE",
    "ion": "Li",
    "solid_electrolyte": "LLZO",
    "se_form": "sintered_pellet",
    "partner_class": "liquid",
    "solvents": ["PC"],
    "salt": "LiClO4",
    "salt_content": {"value": "1", "unit": "mol/L", "locator": "Experimental"},
}
SE_SE = {
    "id": "solids",
    "class": "SE/SE",
    "ion": "Na",
    "solid_electrolyte": "NZSP",
    "se_form": "sintered_pellet",
    "partner_class": "solid",
    "second_solid_electrolyte": "Na3PS4",
    "salt": "none",
    "salt_content": "not_applicable",
}
CIRCUITS = {
    "PE/SE": "SS|PE|SE|PE|SS",
    "LE/SE": "REF|LE|SE|LE|REF",
    "SE/SE": "Au|SE2|SE|SE2|Au",
    "bare": "Au|SE|Au",
}


def printed(value: object, unit: str, **more: str) -> dict[str, str]:
    """Return a condition as a work prints it."""
    return {"value": str(value), "unit": unit, "locator": "Experimental", **more}


class Simulated:
    """A study in the making: parts are added, rows are numbered, and the whole is written."""

    def __init__(self, name: str, title: str, lab: str = "unknown", **source: str) -> None:
        year = name.removeprefix("simulated_").partition("_")[0]
        self.name = name
        missing = {} if "kind" in source else {"doi": f"10.1000/simulated.{name.split('_', 1)[1]}"}
        self.source = {
            "kind": "article",
            **missing,
            "title": f"Simulated: {title}",
            "authors": ["Simulated, A."],
            "year": year,
            "container": "Not published; every number is invented",
            "lab": lab,
            "status": "ok",
            "read": "full_text",
            **source,
        }
        self.parts: dict[str, list[dict[str, Any]]] = {
            part: [] for part in ("contacts", "preparations", "samples", "cells", "states")
        }
        self.rows: list[dict[str, str]] = []

    def contact(self, plain: Mapping[str, Any], **changed: Any) -> str:
        """Add a contact that differs from a plain one."""
        self.parts["contacts"].append({**plain, **changed})
        return str(self.parts["contacts"][-1]["id"])

    def preparation(
        self, name: str, classes: str = "", *, axes: Mapping[str, Any] | None = None, **given: Any
    ) -> None:
        """Add a preparation; an axis that its classes need and that is not given is missing."""
        with AXES.open(encoding="utf-8", newline="") as file:
            needed = [
                axis["word"]
                for axis in csv.DictReader(file)
                if set(axis["required_for"].split()) & set(classes.split())
            ]
        plain = {"arm": "reference", "series": [], "treatments": [], "steps": []}
        coded = dict.fromkeys(needed, NOT_REPORTED) | dict(axes or {})
        self.parts["preparations"].append({"id": name, **plain, **given, "axes": coded})

    def cell(self, name: str, kind: str, count: str = "2", **given: str) -> None:
        """Add a cell: that of an interface class, or the bare solid electrolyte."""
        plain = {
            "electrodes": "four_point" if kind == "LE/SE" else "two_point",
            "excitation": "eis",
            "stack": CIRCUITS[kind],
            "n_in_circuit": count,
            "identical_contacts": "not_applicable" if kind == "bare" else "yes",
        }
        self.parts["cells"].append({"id": name, **plain, **given})

    def sample(self, name: str, preparation: str, contact: str = "") -> str:
        """Add a sample."""
        joined = {"contact": contact} if contact else {}
        self.parts["samples"].append({"id": name, "preparation": preparation, **joined})
        return name

    def state(self, name: str, kind: str, age: Any = NOT_REPORTED) -> None:
        """Add a state."""
        self.parts["states"].append({"id": name, "kind": kind, "age": age})

    def row(self, quantity: str, value: object, unit: str, *, number: int = 0, **given: str) -> str:
        """Add a printed number, and return its id."""
        last = int(self.rows[-1]["record_id"].rpartition(".")[2]) if self.rows else 0
        level = quantity in ("area_specific_resistance", "resistance")
        plain = {
            "record_id": f"{self.name}.{number or last + 1:03d}",
            "role": "interface",
            "component": "total",
            "quantity": quantity,
            "value_text": str(value),
            "unit_text": unit,
            "qualifier": "exact",
            "value_covers": "one" if level else "not_applicable",
            "unc_kind": NOT_REPORTED,
            "branch": "not_applicable",
            "evaluation": "arrhenius_fit" if quantity == "activation_energy" else "joint_fit",
            "basis": "table",
            "read": str(self.source["read"]),
            "locator": "Table 1",
            "notes": "Simulated.",
        }
        self.rows.append(dict.fromkeys(COLUMNS, "") | plain | given)
        return str(plain["record_id"])

    def write(self, studies: Path) -> Path:
        """Write the folder of the study."""
        folder = studies / self.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        note = {"role": "curator", "date": DATE, "note": "Simulated by tests/frozen/make.py."}
        study = {"study_id": self.name, "source": self.source, "curation": [note], **self.parts}
        text = "# SIMULATED: every number is invented.\n" + as_yaml(study)
        (folder / "study.yaml").write_text(text, encoding="utf-8", newline="")
        out = io.StringIO()
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        (folder / "measurements.csv").write_text(out.getvalue(), encoding="utf-8", newline="")
        return folder


class _Plain(yaml.SafeDumper):
    """Writes a part that two places share twice: the reader refuses aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def as_yaml(tree: object) -> str:
    """Return a tree as YAML, keys in their order and every scalar as text."""
    text: str = yaml.dump(tree, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100)
    return text


def treatments() -> Simulated:
    """One polymer contact, its plates dipped or heated, fresh and after weeks."""
    study = Simulated("simulated_2001_treatments", "treated plates in contact with a polymer")
    study.contact(
        PE_SE,
        solid_electrolyte="LICGC",
        se_form="commercial_plate",
        salt_content=printed("0.5", "M"),
        diameter=printed("4", "mm"),
        area_basis="geometric",
    )
    dry = {"film_process": "solvent_free", "residual_solvent": "none"}
    dry |= {"residual_content": "not_applicable", "drying_time": "not_applicable"}
    untreated = {"surface_state": "as_received", **dry}
    series = ["polymer_solvent", "ceramic_dip", "ceramic_heat"]
    study.preparation("pristine", "PE/SE", series=series, axes=untreated)

    def treated(name: str, of: str, *words: str, steps: Sequence[Any] = (), **axes: Any) -> None:
        coded = {**untreated, **axes}
        given = {"arm": "treated", "series": [of], "treatments": list(words), "steps": list(steps)}
        study.preparation(name, "PE/SE", axes=coded, **given)

    left = {"residual_solvent": "DMF", "residual_known": "measured"}
    content = {"residual_content": printed("2.2", "wt%")}
    treated("dmf_22", "polymer_solvent", "residual_solvent", **left, **content)
    waited = printed("3", "days", qualifier="ge")
    for name, medium in (("dip_dmf", "DMF"), ("dip_acn", "ACN"), ("dip_dmc", "DMC")):
        dip = {
            "step": "solvent_immersion",
            "medium": medium,
            "duration": printed("1", "min"),
        }
        dried = {"step": "dry", "atmosphere": "argon_glovebox", "duration": waited}
        axes = {"surface_state": "solvent_dipped", "surface_time_since": waited}
        treated(name, "ceramic_dip", "solvent_dip", steps=[dip, dried], **axes)
    water = {"step": "water_immersion", "medium": "water"}
    wetted = ("solvent_dip", "water_dip")
    treated("dip_acn_water", "ceramic_dip", *wetted, steps=[water], surface_state="solvent_dipped")
    for name, days in (("heat_1d", "1"), ("heat_3d", "3")):
        heat = {"step": "heat", "atmosphere": "vacuum", "duration": printed(days, "d")}
        treated(name, "ceramic_heat", "heat", steps=[heat], surface_state="heat_treated")
    study.cell("ss_cell", "PE/SE")
    study.state("fresh", "fresh", printed("2", "h"))
    study.state("plateau", "aged", printed("2", "weeks"))

    def contact(state: str, arm: str) -> dict[str, str]:
        name = f"{state}_{arm}"
        if name not in [sample["id"] for sample in study.parts["samples"]]:
            study.sample(name, arm, "membrane")
        return {"sample_id": name, "cell_id": "ss_cell", "state_id": state}

    plates = ("pristine", "dip_dmf", "dip_acn", "heat_3d")
    at_70 = {"temperature_text": "70", "locator": "Table 2", "branch": "unknown"}
    asr = "area_specific_resistance"
    cold = {"temperature_text": "30", "branch": "unknown", "value_covers": "unknown"}
    study.row(asr, "4.0", "kΩ.cm²", number=1, **contact("fresh", "pristine"), **cold)
    for arm, value in zip(plates, ("80", "40", "16", "5"), strict=True):
        study.row(asr, value, "Ω.cm²", value_covers="unknown", **contact("plateau", arm), **at_70)
    stated = {"unc_minus": "0.1", "unc_plus": "0.1", "unc_kind": "stated_plus_minus"}
    for number, arm, value, error in (
        (8, "pristine", "0.5", stated),
        (9, "dip_dmf", "0.8", stated),
        (10, "dmf_22", "0.5", stated),
        (11, "heat_1d", "0.6", {}),
        (12, "heat_3d", "0.4", {}),
    ):
        given = {**contact("fresh", arm), **error, "ea_form": "ln_r", "branch": "unknown"}
        study.row("activation_energy", value, "eV", number=number, **given)
    untreated_sample = {"reference_sample": "fresh_pristine", "reference_state": "fresh"}
    change = {"role": "relative", "branch": "unknown", "basis": "text", **untreated_sample}
    for number, arm, value, unit, more in (
        (14, "dmf_22", "5", "factor decrease", {}),
        (16, "dip_dmf", "20", "percent decrease", {}),
        (17, "dip_acn", "60", "percent decrease", {}),
        (18, "dip_dmc", "70", "percent decrease", {"qualifier": "le"}),
        (19, "dip_acn_water", "10", "percent decrease", {}),
        (20, "heat_1d", "50", "percent decrease", {}),
        (21, "heat_3d", "80", "percent decrease", {}),
        (22, "heat_3d", "5", "factor decrease", {"reference_record": f"{study.name}.021"}),
    ):
        given = {**contact("fresh", arm), **change, **more}
        study.row("relative_resistance", value, unit, number=number, **given)
    risen = {**change, "qualifier": "le", "branch": "", "locator": "Figure S2"}
    for number, arm, value in ((26, "dmf_22", "1.5"), (27, "heat_3d", "2")):
        given = {**contact("fresh", arm), **risen}
        study.row("relative_capacitance", value, "factor increase", number=number, **given)
    about = {"role": "characterisation", "component": "not_applicable", "branch": ""}
    about |= {"evaluation": "not_applicable", "locator": "Table 2"}
    for arm in plates:
        study.sample(f"bare_{arm}", arm)
    study.row(
        "leached_mass_fraction",
        "1.5 10^7",
        "g g-1",
        number=35,
        **{**about, "sample_id": "bare_dip_dmf", "notes": "Ti. The sign of the exponent is lost."},
    )
    ratios = {
        "C/Ti": ("30", "25", "20", "10"),
        "C/P": ("2.0", "1.8", "1.2", "1.4"),
        "O default/O structure": ("0.30", "0.35", "0.40", "0.45"),
        "O/Ti": ("35", "41", "39", "43"),
        "Ti(III)/Ti(IV)": ("0.10", "0.20", "0.30", "0.10"),
    }
    shares = {"Ti(III)": ("10", "16", "24", "12"), "Ti(IV)": ("90", "84", "76", "88")}
    for quantity, unit, species in (
        ("atomic_ratio", "1", ratios),
        ("atomic_fraction", "at%", shares),
    ):
        for name, values in species.items():
            for arm, value in zip(plates, values, strict=True):
                given = {**about, "sample_id": f"bare_{arm}", "notes": name}
                study.row(quantity, value, unit, **given)
    return study


def sodium() -> Simulated:
    """Two ceramics for sodium against two liquids and a polymer, by their activation energies."""
    study = Simulated("simulated_2002_sodium", "sodium contacts of two ceramics", "kyoto_ogumi")
    salt = {"ion": "Na", "salt": "NaTf", "salt_content": printed("0.05", "mol/L")}
    area = {"area": printed("0.20", "cm2"), "area_basis": "geometric"}
    ceramics = {"nasicon": "NZSP_Y", "alumina": "Na_beta_alumina"}
    for ceramic, word in ceramics.items():
        for solvent in ("DMSO", "PC") if ceramic == "nasicon" else ("DMSO",):
            name = f"{ceramic}_{solvent.lower()}"
            pair = {"solid_electrolyte": word, "solvents": [solvent], **salt, **area}
            study.contact(LE_SE, id=name, **pair)
        study.contact(PE_SE, id=f"{ceramic}_peo", solid_electrolyte=word, ion="Na", salt="NaTf")
        study.preparation(f"{ceramic}_in_liquid", "LE/SE")
        study.preparation(f"{ceramic}_on_polymer", "PE/SE")
    study.cell("four_electrode", "LE/SE")
    study.cell("polymer_cell", "PE/SE")
    study.cell("bare_cell", "bare", "unknown")
    study.state("as_measured", "unknown")
    for contact in study.parts["contacts"]:
        ceramic, partner = contact["id"].split("_")
        way = "on_polymer" if partner == "peo" else "in_liquid"
        study.sample(contact["id"], f"{ceramic}_{way}", contact["id"])
    study.sample("nasicon_bare", "nasicon_in_liquid")

    def energy(sample: str, value: str, **given: str) -> str:
        cell = "polymer_cell" if sample.endswith("peo") else "four_electrode"
        plain = {"cell_id": cell, "state_id": "as_measured", "ea_form": "unknown"}
        given = {"sample_id": sample, **plain, **given}
        return study.row("activation_energy", value, "kJ mol-1", **given)

    first = energy("nasicon_dmso", "31")
    energy("nasicon_pc", "28", qualifier="approx")
    energy("alumina_dmso", "36")
    bare = {"role": "normaliser", "component": "not_applicable"}
    energy("nasicon_bare", "31", cell_id="bare_cell", state_id="", **bare)
    for ceramic in ceramics:
        energy(f"{ceramic}_peo", "70", qualifier="between", upper_text="72")
    again = {"basis": "secondary", "read": "secondary", "via": "noi_2018"}
    energy("nasicon_dmso", "30", qualifier="approx", reference_record=first, **again)
    kinetic = {"role": "kinetic", "component": "charge_transfer", "temperature_text": "30"}
    place = {"sample_id": "nasicon_dmso", "cell_id": "four_electrode", "state_id": "as_measured"}
    study.row("frequency", "3", "kHz", qualifier="approx", **place, **kinetic)
    return study


def solvents() -> Simulated:
    """One ceramic in two solvents, known from an abstract alone."""
    study = Simulated("simulated_2003_solvents", "a perovskite in two solvents", read="abstract")
    plain = {"solid_electrolyte": "LLTO", "se_form": "not_accessed"}
    mixed = {"solvents": ["EC", "DMC"], "solvent_ratio": "1:1", "solvent_ratio_basis": "volume"}
    study.contact(LE_SE, id="mixture", **plain, **mixed)
    study.contact(LE_SE, id="dmc", **plain, solvents=["DMC"])
    axes = ("surface_state", "surface_time_since", "surface_atmosphere", "carbonate")
    axes += ("interphase", "water_content", "water_known")
    study.preparation("as_used", "LE/SE", axes=dict.fromkeys(axes, "not_accessed"))
    study.cell("four_probe", "LE/SE")
    study.state("as_measured", "unknown")
    for contact, value in (("mixture", "50"), ("dmc", "34")):
        study.sample(contact, "as_used", contact)
        place = {"sample_id": contact, "cell_id": "four_probe", "state_id": "as_measured"}
        given = {"ea_form": "unknown", "basis": "text", "locator": "abstract"}
        study.row("activation_energy", value, "kJ mol-1", **place, **given)
    return study


def draw(rng: np.random.Generator, centre: float, size: int) -> list[str]:
    """Return resistances (ohm cm2) of the samples of one work around ``centre`` (dex)."""
    work = centre + BETWEEN * rng.standard_normal()
    return [f"{10 ** (work + WITHIN * rng.standard_normal()):.3g}" for _ in range(size)]


def liquids(rng: np.random.Generator, year: int, covers: str, lab: str) -> Simulated:
    """Several samples of one liquid contact, with a bound, a change with time and a repeat."""
    name = f"simulated_{year}_liquids"
    study = Simulated(name, f"replicate samples in a liquid, {year}", lab)
    study.contact(LE_SE, area=printed("0.8", "cm2", minus="0.05", plus="0.05"))
    polished = {"surface_state": "polished_dry", "carbonate": "not_observed"}
    water = {"water_content": printed("20", "ppm"), "water_known": "measured"}
    steps = [{"step": "polish", "grit": "2000"}]
    study.preparation("polished", "LE/SE", axes={**polished, **water}, steps=steps)
    study.cell("two_chambers", "LE/SE")
    study.state("fresh", "fresh", printed("1", "h"))
    study.state("aged", "aged", printed("100", "h"))
    asr = "area_specific_resistance"
    drawn = draw(rng, 2.0, 4)
    place = {"cell_id": "two_chambers", "state_id": "fresh", "value_covers": covers}
    for number, value in enumerate(drawn, start=1):
        sample = study.sample(f"plate_{number}", "polished", "liquid")
        error = {"unc_kind": "sd", "unc_minus": "2", "unc_plus": "2", "n": "3", "n_of": "repeats"}
        at = "25" if number < 4 else "room temperature"
        study.row(asr, value, "ohm cm2", sample_id=sample, temperature_text=at, **place, **error)
    late = {**place, "state_id": "aged", "temperature_text": "25"}
    study.row(asr, f"{3 * float(drawn[0]):.3g}", "ohm cm2", sample_id="plate_1", **late)
    sample = study.sample("plate_5", "polished", "liquid")
    bound = {"qualifier": "lt", "sample_id": sample, "temperature_text": "25"}
    study.row(asr, "500", "ohm cm2", **place, **bound)
    form = {"ea_form": "ln_r", "range_text": "10..60", "state_id": "fresh"}
    energy = {"sample_id": "plate_1", "cell_id": "two_chambers", **form}
    study.row("activation_energy", "0.45", "eV", **energy)
    return study


def membranes(rng: np.random.Generator, year: int, lab: str, series: bool) -> Simulated:
    """Several samples of one polymer contact: temperature series, or circuits of two contacts."""
    title = f"replicate samples with a polymer, {year}"
    study = Simulated(f"simulated_{year}_membranes", title, lab)
    study.contact(PE_SE, area=printed("0.50", "cm2"), area_basis="geometric")
    joined = {"surface_state": "polished_dry", "joining_method": "hot_pressed"}
    dried = {"film_process": "solvent_cast_free_film", "residual_solvent": "ACN"}
    study.preparation("cast", "PE/SE", axes={**joined, **dried})
    study.cell("symmetric", "PE/SE")
    study.state("fresh", "fresh", printed("5", "h"))
    place = {"cell_id": "symmetric", "state_id": "fresh", "branch": "cooling"}
    for number, value in enumerate(draw(rng, 1.8, 3 if series else 4), start=1):
        sample = study.sample(f"disc_{number}", "cast", "membrane")
        for celsius in (60, 70, 80, 90) if series else (60,):
            lever = 1 / (celsius + ZERO_CELSIUS_K) - 1 / (60 + ZERO_CELSIUS_K)
            noise = 0.02 * rng.standard_normal() if series else 0.0
            factor = np.exp(MEMBRANE_EA_EV / BOLTZMANN_EV_PER_K * lever + noise)
            given = {"sample_id": sample, "temperature_text": str(celsius), **place}
            level = float(value) * float(factor)
            if series:
                study.row("area_specific_resistance", f"{level:.3g}", "ohm cm2", **given)
            else:  # both contacts of the circuit, in ohm: twice over the area
                both = {"value_covers": "all", "unc_kind": "sd", "n": "4", "n_of": "samples"}
                both |= {"unc_minus": "10", "unc_plus": "10"}
                study.row("resistance", f"{2 * level / 0.5:.4g}", "ohm", **given, **both)
    if not series:
        sample = study.sample("disc_dense", "cast", "membrane")
        given = {"sample_id": sample, "temperature_text": "60", **place, "qualifier": "gt"}
        study.row("area_specific_resistance", "30", "ohm cm2", **given)
    energy = {"sample_id": "disc_1", "ea_form": "ln_r", "range_text": "60..90"}
    study.row("activation_energy", "0.60" if series else "0.62", "eV", **{**place, **energy})
    return study


def solids(rng: np.random.Generator) -> Simulated:
    """Several samples of two solids, one of them treated, one known between two ends."""
    study = Simulated("simulated_2008_solids", "replicate samples of two solids", "juelich")
    study.contact(SE_SE, area=printed("0.20", "cm2"))
    pressed = {"surface_state": "polished_dry", "joining_method": "pressed"}
    study.preparation("pressed", "SE/SE", axes=pressed, series=["annealing"])
    annealed = {"arm": "treated", "series": ["annealing"], "treatments": ["heat"]}
    study.preparation("annealed", "SE/SE", axes=pressed, **annealed)
    study.cell("symmetric", "SE/SE")
    study.state("as_made", "fresh")
    asr = "area_specific_resistance"
    place = {"cell_id": "symmetric", "state_id": "as_made", "temperature_text": "25"}
    for number, value in enumerate(draw(rng, 1.3, 3), start=1):
        sample = study.sample(f"pellet_{number}", "pressed", "solids")
        study.row(asr, value, "ohm cm2", sample_id=sample, **place)
    sample = study.sample("pellet_range", "pressed", "solids")
    between = {"qualifier": "between", "upper_text": "40"}
    study.row(asr, "10", "ohm cm2", sample_id=sample, **place, **between)
    sample = study.sample("pellet_annealed", "annealed", "solids")
    study.row(asr, "6", "ohm cm2", sample_id=sample, **place)
    return study


def cited() -> Simulated:
    """A work known only in the words of another; two of its resistances have no area."""
    study = Simulated("simulated_2009_cited", "a garnet with and without carbonate")
    study.source |= {"read": "secondary", "note": "Read in another work alone."}
    study.contact(PE_SE, solid_electrolyte="LLZO_Ta")
    air = {"carbonate": "claimed"}
    study.preparation("with_carbonate", "PE/SE", axes=air, series=["carbonate"])
    clean = {"arm": "treated", "series": ["carbonate"], "treatments": ["carbonate_removal"]}
    study.preparation("annealed", "PE/SE", **clean)
    study.cell("symmetric", "PE/SE")
    study.state("unstated", "unknown")
    told = {"basis": "secondary", "read": "secondary", "via": "li_2020", "branch": "unknown"}
    place = {"cell_id": "symmetric", "state_id": "unstated", "temperature_text": "60"}
    for preparation, value in (("with_carbonate", "90"), ("annealed", "9")):
        sample = study.sample(preparation, preparation, "membrane")
        covers = {"value_covers": "unknown", "evaluation": "not_accessed"}
        study.row("resistance", value, "ohm", sample_id=sample, **place, **told, **covers)
    energy = {"sample_id": "with_carbonate", "cell_id": "symmetric", "state_id": "unstated"}
    study.row("activation_energy", "0.9", "eV", ea_form="unknown", **energy, **told)
    sample = study.sample("another", "with_carbonate", "membrane")
    specific = {**told, "value_covers": "unknown", "evaluation": "not_accessed"}
    study.row("area_specific_resistance", "150", "ohm cm2", sample_id=sample, **place, **specific)
    return study


def unidentified() -> Simulated:
    """Whole cells of a work that names neither title nor authors."""
    reason = "Simulated; the text at hand names no work."
    study = Simulated(
        "simulated_undated_plate", "a plate in water", kind="unidentified", doi_missing=reason
    )
    water = {"partner_class": "aqueous", "solvents": ["water"], "salt": "LiCl"}
    study.contact(LE_SE, solid_electrolyte="LICGC", area=printed("25", "mm2"), **water)
    study.preparation("plate", "LE/SE")
    half = {"stack": "Li|SE2|SE|LE|Pt", "identical_contacts": "not_applicable"}
    study.cell("half_aqueous", "LE/SE", "1", **half)
    study.state("initial", "fresh")
    sample = study.sample("cell", "plate", "liquid")
    whole = {"role": "bound", "component": "whole_cell", "value_covers": "all"}
    place = {"sample_id": sample, "cell_id": "half_aqueous", "state_id": "initial"}
    place |= {"temperature_text": "25", "evaluation": "total"}
    study.row("resistance", "8300", "ohm", **place, **whole)
    none = {"qualifier": "not_detected", "value_covers": "one", "notes": "Said to be absent."}
    study.row("area_specific_resistance", "", "ohm cm2", **place, **none)
    return study


SPECTRUM = {"series_ohm": 50.0, "arc_ohm": 400.0, "tau_s": 1e-3, "noise": 0.003}


def spectra() -> Simulated:
    """One sample whose spectra are at hand and are fitted."""
    study = Simulated("simulated_2010_spectra", "spectra of a polymer contact", "bremen")
    study.source["read"] = "spectrum"
    study.contact(PE_SE, area=printed("0.50", "cm2"), area_basis="geometric")
    study.preparation("cast", "PE/SE")
    study.cell("symmetric", "PE/SE")
    study.state("fresh", "fresh", printed("5", "h"))
    for number in (1, 2, 3):
        study.sample(f"disc_{number}", "cast", "membrane")
    place = {"sample_id": "disc_1", "cell_id": "symmetric", "state_id": "fresh"}
    form = {"ea_form": "ln_r", "range_text": "60..90", "read": "full_text"}
    study.row("activation_energy", "0.65", "eV", **place, **form)
    return study


def write_spectra(folder: Path, rng: np.random.Generator) -> None:
    """Write spectra of an arc at 60 degC, and their refits."""
    (folder / "spectra").mkdir()
    s, frequency = SPECTRUM, np.geomspace(1e5, 1, 26)
    for number, arc in enumerate(float(10**d) * s["arc_ohm"] for d in (-0.15, 0.0, 0.2)):
        z = s["series_ohm"] + arc / (1 + 2j * np.pi * frequency * s["tau_s"])
        noise = rng.standard_normal(z.size) + 1j * rng.standard_normal(z.size)
        z = z * (1 + s["noise"] * noise)
        points = [f"{f:.6e},{x.real:.6e},{x.imag:.6e}" for f, x in zip(frequency, z, strict=True)]
        head = ["# SIMULATED, not measured: tests/frozen/make.py", "freq/Hz,Re(Z)/ohm,Im(Z)/ohm"]
        path = folder / "spectra" / f"simulated_disc_{number + 1}.csv"
        path.write_text("\n".join([*head, *points]) + "\n", encoding="utf-8", newline="")
        names = {"sample_id": f"disc_{number + 1}", "cell_id": "symmetric", "state_id": "fresh"}
        chosen = EvaluationOptions(circuit="R0-p(R1,C1)", temperature="60", **names)
        batch = refit_files([path], chosen, folder / "refits.csv")
        assert not batch.failed


def simulated_studies() -> list[Simulated]:
    """Return the simulated studies; the seed makes them the same."""
    rng = np.random.default_rng(SEED)
    return [
        treatments(),
        sodium(),
        solvents(),
        liquids(rng, 2004, "one", "giessen_janek"),
        liquids(rng, 2005, "unknown", "bremen"),
        membranes(rng, 2006, "juelich", series=True),
        membranes(rng, 2007, "unknown", series=False),
        solids(rng),
        cited(),
        unidentified(),
        spectra(),
    ]


DECISIONS = tuple(
    {
        "id": f"simulated_{name}",
        "rule": rule,
        "records": [f"simulated_{record}" for record in records.split()],
        "numbers": numbers,
        "decision": "Simulated: the rows stay as they are.",
        "reason": "Simulated: the finding is wanted, so that a decision answers it.",
        "would_settle": "Nothing; the numbers are invented.",
        "date": DATE,
    }
    for name, rule, records, numbers in (
        (
            "2001_straddle",
            "straddles-melting",
            "2001_treatments.001 2001_treatments.002",
            {"below": "30", "above": "70", "melting_point": "60"},
        ),
        (
            "2001_two_points",
            "two-point-ea",
            "2001_treatments.008 2001_treatments.001 2001_treatments.002",
            {
                "cold": "4.0 at 30",
                "hot": "80 at 70",
                "ea_two_point_ev": "0.88",
                "ea_printed": "0.5",
            },
        ),
        (
            "2002_equals_bulk",
            "ea-of-bulk",
            "2002_sodium.001 2002_sodium.004",
            {"contact": "31", "bulk": "31"},
        ),
    )
)
CORRECTIONS = (
    {
        "id": "simulated_2001_exponent",
        "record": "simulated_2001_treatments.035",
        "column": "value_text",
        "expect": "1.5 10^7",
        "action": "override",
        "value": "1.5 10^-7",
        "ground": "damaged_text",
        "reason": "Simulated: a mass share cannot exceed 1.",
        "status": "open",
        "date": DATE,
    },
)


def write(data: Path = HERE / "data", with_spectra: bool = True) -> None:
    """Write studies, decisions and corrections below ``data``."""
    for study in simulated_studies():
        folder = study.write(data / "studies")
        if study.source["read"] == "spectrum" and with_spectra:
            write_spectra(folder, np.random.default_rng(SEED))
    for kind, rows in (("decisions", DECISIONS), ("corrections", CORRECTIONS)):
        (data / kind).mkdir(exist_ok=True)
        for row in rows:
            path = data / kind / f"{row['id']}.yaml"
            path.write_text(as_yaml(row), encoding="utf-8", newline="")


if __name__ == "__main__":
    write()
