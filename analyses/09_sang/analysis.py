# %% [markdown]
# # Sang: thin composite electrolytes
#
# A perspective on ceramic-rich composites (Sang et al., without year in the copy that was read)
# compares membranes with and without a support in Figure 2c to 2e. The points come from 34 other
# works and are not printed; drawn here are the means and ranges of the text, beside what the
# dataset and the cell of Wu 2016 have.

# %%
# %matplotlib inline
from textwrap import fill

import metastudy
from metastudy.pages.figures import sang_undated
from metastudy.physics.energy_density import ohmic_drop_v

# %% [markdown]
# Parameter: the data root (None is the dataset).

# %% tags=["parameters"]
ROOT = None

# %% mystnb={"image": {"alt": "Conductivities of composites with and without support"}}
data = metastudy.load(root=ROOT)
conductivity = sang_undated.figure_2c(data)
print(fill(conductivity.caption(), 78))
conductivity.picture

# %% [markdown]
# Two paragraphs print two means without support, 52 and 65 um.

# %% mystnb={"image": {"alt": "Thicknesses of composites with and without support"}}
thickness = sang_undated.figure_2d(data)
print(fill(thickness.caption(), 78))
thickness.picture

# %% mystnb={"image": {"alt": "Specific energy over the thickness of the electrolyte"}}
energy = sang_undated.figure_2e(data)
print(fill(energy.caption(), 78))
energy.picture

# %% [markdown]
# ## What thickness costs in voltage
#
# At 3 mA cm-2 the mean membrane with support (80 um, 1.6 mS cm-1) loses 15 mV, and the wanted 20 um
# a quarter of it: for the voltage the thickness is no hindrance, for the energy it is.

# %%
drops = {um: ohmic_drop_v(um, 3e-3, 1.6e-3) for um in (80.0, 20.0)}
print({f"{um:g} um": f"{1e3 * drop:.1f} mV" for um, drop in drops.items()})
