"""Li 2020, Figure 5c: conductivity of a composite with and without carbonate on its particles."""

from __future__ import annotations

import numpy as np
import pandas as pd

from metastudy.pages.figures.reproduction import NothingToDrawError, Reproduction
from metastudy.pages.rendering.style import COLOURS, house_style, new_figure
from metastudy.physics.composite_pair import MODELS, MatrixAndContact, matrix_and_contact
from metastudy.physics.conversions import volume_fraction
from metastudy.tables.loading import Dataset

STUDY = "huo_2020_llzto"
MODEL = "bruggeman"  # the one of the three that has both conductivities at this filling
# g cm-3 of the garnet and of the polymer with its salt, both assumed as in docs/physics.md
PARTICLE_DENSITY, MATRIX_DENSITY = 5.5, 1.2
FILLINGS = np.arange(39) / 40.0
STATES = {"reference": "with carbonate", "treated": "without carbonate"}


def figure_5c(data: Dataset, study: str = STUDY) -> Reproduction:
    """Draw the conductivities at the printed filling, and the medium through both."""
    own = data.records[data.records["study_id"] == study]
    if own.empty:
        raise NothingToDrawError(f"the data has no numbers of {study}")
    pair = own[(own["quantity"] == "conductivity") & (own["role"] == "normaliser")]
    conductivity = pair.drop_duplicates("arm").set_index("arm")["value"].astype(float)
    contact = own[(own["quantity"] == "resistance") & (own["role"] == "interface")]
    resistance = contact.drop_duplicates("arm").set_index("arm")["value"].astype(float)
    filling = float(own.loc[own["quantity"] == "mass_fraction", "value"].iloc[0])
    factor = float(resistance["reference"] / resistance["treated"])
    particle = particle_conductivity(data)
    media = matrix_and_contact(
        float(conductivity["reference"]), float(conductivity["treated"]), factor, particle,
        float(volume_fraction(filling, PARTICLE_DENSITY, MATRIX_DENSITY)), MODEL,
    )  # fmt: skip
    points = [
        {
            "state": word,
            "filling_wt": 100 * filling,
            "s_cm": float(conductivity[arm]),
            "kind": "printed",
        }
        for arm, word in STATES.items()
    ]
    numbers = pd.DataFrame([*points, *(_curves(media[0], factor, particle) if media else ())])
    with house_style():
        picture = new_figure(3.4)
        axes = picture.subplots()
        for colour, word in zip(COLOURS, STATES.values(), strict=False):
            rows = numbers[numbers["state"] == word]
            curve, point = rows[rows["kind"] == "computed"], rows[rows["kind"] == "printed"]
            axes.plot(curve["filling_wt"], curve["s_cm"], color=colour, label=f"{word}, computed")
            axes.plot(
                point["filling_wt"], point["s_cm"], "o", color=colour, label=f"{word}, printed"
            )
        axes.set_yscale("log")
        axes.set_xlabel("garnet in the composite (wt%)")
        axes.set_ylabel("conductivity (S cm$^{-1}$)")
        picture.legend(loc="outside lower center", ncols=2)
    return Reproduction(
        numbers=numbers,
        signs="Dots: printed conductivities. Lines: Bruggeman's medium whose matrix and contact "
        f"resistance give both dots, the contact falling {factor:.3g} times as printed; two "
        "unknowns for two numbers, so the lines are no test. Densities of 5.5 and 1.2 g/cm³ are "
        "assumed.",
        counts={"printed": len(points), "computed curves": 2 if media else 0},
        missing="the conductivities at other contents, which stand in the figure alone",
        picture=picture,
        alt="The conductivity of the composite without carbonate lies above that with it.",
    )


def _curves(
    medium: MatrixAndContact, factor: float, particle: float
) -> list[dict[str, float | str]]:
    rows: list[dict[str, float | str]] = []
    for word, contact in zip(
        STATES.values(), (medium.contact_ohm_cm, medium.contact_ohm_cm / factor), strict=True
    ):
        for filling in FILLINGS:
            phi = float(volume_fraction(float(filling), PARTICLE_DENSITY, MATRIX_DENSITY))
            value = MODELS[MODEL](medium.matrix_s_cm, particle, phi, 1.0, contact)
            at = {"filling_wt": 100 * float(filling), "s_cm": float(value)}
            rows.append({"state": word, **at, "kind": "computed"})
    return rows


def particle_conductivity(data: Dataset) -> float:
    """Return the conductivity (S/cm) of the garnet that the dataset prefers."""
    table = data.properties
    rows = table[
        (table["property"] == "conductivity")
        & (table["word"] == "LLZO_Ta")
        & table["value"].notna()
    ]
    return float(rows["value"].iloc[0])
