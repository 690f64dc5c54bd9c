# %% [markdown]
# # Break-even thickness of a solid electrolyte
#
# Wu et al. (2016, 10.1039/C6TA05439K), section 3 and Figure 3, asked how thin a solid electrolyte
# must be for a cell with lithium metal to beat one with a liquid. Their parameters (Table 1) give
# their figure again, but for two things: the capacity of graphite is not printed (360 mAh/g is
# taken; it gives their liquid cell), and panel c is not of the cell that the text describes.
#
# 1. The liquid cell and the three break-even thicknesses by mass;
# 2. the one by volume;
# 3. the break-even thickness over the loading, which does not come out;
# 4. how much the number that is not printed matters.

# %%
# %matplotlib inline
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from metastudy.errors import MetastudyError
from metastudy.pages.rendering.style import COLOURS, GREY, house_style, new_figure, to_svg
from metastudy.physics.energy_density import Materials, break_even_um, liquid_cell, solid_cell
from metastudy.whole_file import write_whole

# %% [markdown]
# Parameter: the folder for tables and figure.

# %% tags=["parameters"]
OUT = Path("build/analyses/06_wu_break_even")

# %%
DENSITIES = {"LLZO": 5.0, "LATP": 3.0, "LGPS": 2.0}  # g cm-3, section 3
LIQUID_LOADING, SOLID_LOADING = 15.0, 19.5  # mg cm-2: both cathodes are 60 um thick
liquid = liquid_cell(LIQUID_LOADING)
print(f"liquid cell: {liquid.specific:.1f} Wh/kg, {liquid.volumetric:.1f} Wh/L; printed 264, 640")

# %% [markdown]
# ## 1 and 2. By mass and by volume
#
# A lighter electrolyte may be thicker by mass. By volume all are alike, because the volume of the
# electrolyte in the cathode is held. Printed are 41, 74 and 115 um, and 120 um.

# %%
bare = {name: solid_cell(SOLID_LOADING, 0.0, density) for name, density in DENSITIES.items()}
by_mass = {
    name: break_even_um(bare[name], liquid.specific, density) for name, density in DENSITIES.items()
}
by_volume = break_even_um(bare["LLZO"], liquid.volumetric)
print({name: round(um, 1) for name, um in by_mass.items()}, round(by_volume, 1))

# %% [markdown]
# ## 3. Over the loading (panel c)
#
# Linear, as printed; but 16 um at 10 mg cm-2 and 135 um at 50 mg cm-2 belong to a liquid cell of
# about 255 Wh/kg, and with this the 41 um at 19.5 mg cm-2 would be 44 to 45.

# %%
loadings = np.linspace(5.0, 50.0, 46)
garnet = [break_even_um(solid_cell(m, 0.0), liquid.specific, 5.0) for m in loadings]
at = dict(zip(loadings, garnet, strict=True))
needed = {"10": solid_cell(10.0, 16.0).specific, "50": solid_cell(50.0, 135.0).specific}
mean_needed = sum(needed.values()) / 2
shifted = break_even_um(bare["LLZO"], mean_needed, 5.0)
print({"at 10": at[10.0], "at 50": at[50.0], "needed": needed, "then at 19.5": shifted})

# %% [markdown]
# ## 4. The capacity of graphite
#
# From 340 to the theoretical 372 mAh/g the thickness of LLZO moves by 3 um: the printed numbers do
# not depend on the choice by more than they are rounded.

# %%
capacities = {"340": 340.0, "372": 372.0}
by_graphite = {}
for name, capacity in capacities.items():
    reference = liquid_cell(LIQUID_LOADING, replace(Materials(), graphite_mah_g=capacity))
    by_graphite[name] = break_even_um(bare["LLZO"], reference.specific, 5.0)
print(by_graphite)

# %% [markdown]
# The figure: both energy densities over the thickness (their panel b), and the break-even thickness
# over the loading (panel c) with the two printed points.

# %% mystnb={"image": {"alt": "Energy densities over thickness; break-even thickness over loading"}}
thickness = np.linspace(0.0, 200.0, 81)
curves = pd.DataFrame({"thickness_um": thickness})
for name, density in DENSITIES.items():
    cells = [solid_cell(SOLID_LOADING, um, density) for um in thickness]
    curves[f"{name}_wh_kg"] = [cell.specific for cell in cells]
curves["any_wh_l"] = [solid_cell(SOLID_LOADING, um).volumetric for um in thickness]
by_loading = pd.DataFrame({"loading_mg_cm2": loadings, "LLZO_break_even_um": garnet})

with house_style():
    figure = new_figure(6.4)
    mass, volume, loading = figure.subplots(3, 1)
    for colour, name in zip(COLOURS, DENSITIES, strict=False):
        mass.plot(thickness, curves[f"{name}_wh_kg"], color=colour, label=name)
        mass.plot(by_mass[name], liquid.specific, "o", color=colour)
    mass.axhline(liquid.specific, color=GREY, ls="--", label="liquid cell")
    mass.legend()
    mass.set_ylabel("Wh kg$^{-1}$")
    volume.plot(thickness, curves["any_wh_l"], color=COLOURS[3], label="any density")
    volume.plot(by_volume, liquid.volumetric, "o", color=COLOURS[3])
    volume.axhline(liquid.volumetric, color=GREY, ls="--", label="liquid cell")
    volume.legend()
    volume.set_ylabel("Wh L$^{-1}$")
    volume.set_xlabel("thickness of the solid electrolyte (µm)")
    loading.plot(loadings, garnet, color=COLOURS[0], label="LLZO, computed")
    loading.plot([10, 50], [16, 135], "s", color=COLOURS[1], label="printed")
    loading.legend()
    loading.set_ylabel("break-even (µm)")
    loading.set_xlabel("NCA (mg cm$^{-2}$)")
figure

# %%
plotted = {"break_even.csv": curves, "over_loading.csv": by_loading}
if __name__ == "__main__":
    files = {
        OUT / name: table.to_csv(index=False, float_format="%.5g")
        for name, table in plotted.items()
    }
    write_whole({**files, OUT / "break_even.svg": to_svg(figure)}, OUT, MetastudyError)

# %%
results = {
    "liquid cell": {"wh_kg": liquid.specific, "wh_l": liquid.volumetric},
    "by mass": by_mass,
    "by volume": {"um": by_volume},
    "over the loading": {
        "at 10": at[10.0],
        "at 50": at[50.0],
        **{f"needed at {name}": goal for name, goal in needed.items()},
        "then at 19.5": shifted,
    },
    "graphite": by_graphite,
}
