# %% [markdown]
# # Li 2020: carbonate on the filler of a composite
#
# Li et al. (2020, 10.1021/acsenergylett.0c01465) cite one treatment of a garnet with two effects:
# the resistance of its contact with a polymer falls, and the conductivity of a composite rises
# (Figure 5c). Which model of a composite can hold both?

# %%
# %matplotlib inline
from textwrap import fill

import pandas as pd

import metastudy
from metastudy.pages.figures import li_2020
from metastudy.physics.composite_pair import MODELS, matrix_and_contact
from metastudy.physics.conversions import volume_fraction

# %% [markdown]
# Parameters: the data root (None is the dataset) and the cited work.

# %% tags=["parameters"]
ROOT = None
STUDY = "huo_2020_llzto"

# %% mystnb={"image": {"alt": "Conductivity of a composite over its filling"}}
data = metastudy.load(root=ROOT)
made = li_2020.figure_5c(data, STUDY)
print(fill(made.caption(), 78))
made.picture

# %% [markdown]
# ## Which model holds both numbers
#
# Separate particles in a whole matrix cannot: the conductivity would rise 2.9 times at most
# (Hasselman and Johnson), where 3.3 is printed. Particles that touch (Bruggeman) can. The volume
# fraction rests on two assumed densities, so it is varied.

# %%
pair = made.numbers[made.numbers["kind"] == "printed"].set_index("state")["s_cm"]
own = data.records[data.records["study_id"] == STUDY]
contact = own[(own["quantity"] == "resistance") & (own["role"] == "interface")]
first, last = contact["value"].max(), contact["value"].min()
filling = own.loc[own["quantity"] == "mass_fraction", "value"].iloc[0]
garnet = li_2020.particle_conductivity(data)
rows = []
for density in (1.1, 1.2, 1.3, 1.4):
    phi = float(volume_fraction(filling, li_2020.PARTICLE_DENSITY, density))
    given = (pair.min(), pair.max(), first / last, garnet, phi)
    held = {model: len(matrix_and_contact(*given, model)) for model in MODELS}
    rows.append({"matrix_g_cm3": density, "volume_fraction": phi, **held})
media = pd.DataFrame(rows)
print(f"contact {first / last:.1f} times lower, conductivity {pair.max() / pair.min():.2f} higher")
print("composites of each model that have both:")
print(media.round(3).to_string(index=False))
