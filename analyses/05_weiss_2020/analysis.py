# %% [markdown]
# # Weiss 2020: contacts by family of the ceramic
#
# Weiss et al. (2020, 10.1007/s41918-020-00062-7) draw resistances (panels a) and activation
# energies (panels b) of contacts with liquids (Figure 3, 25 degC) and polymers (Figure 4, 60 degC).
# Their numbers stand in Tables S1 and S2, which were not read. Drawn here is what the dataset has:
# the same axes and signs, and other works than theirs for the most part.

# %%
# %matplotlib inline
from textwrap import fill

import metastudy
from metastudy.pages.figures import weiss_2020

# %% [markdown]
# Parameter: the data root (None is the dataset).

# %% tags=["parameters"]
ROOT = None

# %% [markdown]
# ## Figure 3: liquids

# %% mystnb={"image": {"alt": "Resistances of liquid contacts at 25 degC by family of the ceramic"}}
data = metastudy.load(root=ROOT)
liquid = weiss_2020.figure_3a(data)
print(fill(liquid.caption(), 78))
liquid.picture

# %% mystnb={"image": {"alt": "Activation energies of liquid contacts by family of the ceramic"}}
liquid_energies = weiss_2020.figure_3b(data)
print(fill(liquid_energies.caption(), 78))
liquid_energies.picture

# %% [markdown]
# ## Figure 4: polymers

# %% mystnb={"image": {"alt": "Resistances of polymer contacts at 60 degC by family of ceramic"}}
polymer = weiss_2020.figure_4a(data)
print(fill(polymer.caption(), 78))
polymer.picture

# %% mystnb={"image": {"alt": "Activation energies of polymer contacts by family of the ceramic"}}
polymer_energies = weiss_2020.figure_4b(data)
print(fill(polymer_energies.caption(), 78))
polymer_energies.picture

# %% [markdown]
# ## The order of the families
#
# Their text ranks NASICON below garnet and LiPON, and the perovskite highest. Values and bounds of
# each family against liquids; a median of a few works is no test, and the claims hold the order
# against the model.

# %%
numbers = liquid.numbers
families = numbers.assign(exact=numbers["value"].notna()).groupby("family", sort=False)
order = families.agg(
    values=("exact", "sum"), median=("value", "median"), lowest_bound=("hi", "min")
)
print(order.round(1).to_string())
