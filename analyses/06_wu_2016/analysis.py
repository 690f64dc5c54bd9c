# %% [markdown]
# # Wu 2016: break-even thickness of a solid electrolyte
#
# Wu et al. (2016, 10.1039/C6TA05439K), section 3 and Figure 3, asked how thin a solid electrolyte
# must be for a cell with lithium metal to beat one with a liquid. Their parameters (Table 1) give
# their figure again, but for two things: the capacity of graphite is not printed, and panel c is
# not of the cell that the text describes. Nothing here depends on the dataset but Table 2.

# %%
# %matplotlib inline
from dataclasses import replace

import metastudy
from metastudy.pages.figures import wu_2016
from metastudy.pages.figures.reproduction import comparison_table
from metastudy.pages.rendering.table import to_plain
from metastudy.physics.energy_density import Materials, break_even_um, liquid_cell, solid_cell

# %% [markdown]
# Parameter: the data root (None is the dataset).

# %% tags=["parameters"]
ROOT = None

# %% [markdown]
# ## By mass and by volume (panel b)
#
# A lighter electrolyte may be thicker by mass. By volume all are alike, because the volume of the
# electrolyte in the cathode is held.

# %% mystnb={"image": {"alt": "Energy by mass and by volume over the thickness"}}
data = metastudy.load(root=ROOT)
over_thickness = wu_2016.figure_3b(data)
print(to_plain(comparison_table(over_thickness.comparisons)))
over_thickness.picture

# %% [markdown]
# ## Over the loading (panels c, d, e)
#
# Panel c is linear, as printed; but 16 um at 10 mg cm-2 and 135 um at 50 mg cm-2 belong to a liquid
# cell of about 255 Wh/kg, and with this the 41 um at 19.5 mg cm-2 would be 44 to 45.

# %% mystnb={"image": {"alt": "Break-even thickness over the loading, with two printed points"}}
over_loading = wu_2016.figure_3c(data)
needed = [solid_cell(10.0, 16.0).specific, solid_cell(50.0, 135.0).specific]
then = break_even_um(solid_cell(19.5, 0.0), sum(needed) / 2, 5.0)
print(f"needed: {needed[0]:.0f} and {needed[1]:.0f} Wh/kg; then at 19.5 mg/cm2: {then:.1f} um")
over_loading.picture

# %% mystnb={"image": {"alt": "Energy by mass over the loading for four thicknesses"}}
wu_2016.figure_3d(data).picture

# %% mystnb={"image": {"alt": "Energy by volume over the loading for four thicknesses"}}
wu_2016.figure_3e(data).picture

# %% [markdown]
# ## Thinner foils (panel f)

# %% mystnb={"image": {"alt": "Energy densities with normal and with thinner foils"}}
foils = wu_2016.figure_3f(data)
print(to_plain(comparison_table(foils.comparisons)))
foils.picture

# %% [markdown]
# ## The number that is not printed
#
# From 340 to the theoretical 372 mAh/g for graphite the break-even thickness of LLZO moves by 3 um:
# the printed numbers do not depend on the choice by more than they are rounded.

# %%
by_graphite = {}
for capacity in (340.0, 372.0):
    liquid = liquid_cell(15.0, replace(Materials(), graphite_mah_g=capacity))
    by_graphite[capacity] = break_even_um(solid_cell(19.5, 0.0), liquid.specific, 5.0)
print(by_graphite)

# %% [markdown]
# ## Tables 1 and 2

# %%
print(to_plain(wu_2016.table_1(data).shown))
print(to_plain(wu_2016.table_2(data).shown))
