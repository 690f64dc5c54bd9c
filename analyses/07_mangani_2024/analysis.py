# %% [markdown]
# # Mangani 2024: treatments of one polymer/ceramic contact
#
# Mangani et al. (2024, 10.1021/acsami.4c08882) leave solvent in the polymer, dip or heat the
# ceramic, and measure contact and surface. Their curves are not printed as numbers; drawn here are
# the numbers in text and tables. What the treatments do is the question of `04_treatments`.

# %%
# %matplotlib inline
from textwrap import fill

import metastudy
from metastudy.pages.figures import mangani_2024, mangani_2024_tables
from metastudy.pages.figures.reproduction import comparison_table
from metastudy.pages.rendering.table import to_plain

# %% [markdown]
# Parameters: the data root (None is the dataset) and the work that is looked at.

# %% tags=["parameters"]
ROOT = None
STUDY = "mangani_2024_tuning"

# %% [markdown]
# ## Residual solvent (Figures 1a and 1b)
#
# Two printed resistances of the untreated contact, at 30 degC and after weeks at 70 degC, do not
# lie on one line of the printed energy.

# %% mystnb={"image": {"alt": "Resistance over inverse temperature with and without solvent"}}
data = metastudy.load(root=ROOT)
solvent = mangani_2024.figure_1a(data, STUDY)
print(fill(solvent.caption(), 78))
print(to_plain(comparison_table(solvent.comparisons)))
solvent.picture

# %% mystnb={"image": {"alt": "Inverse resistance over the content of solvent"}}
content = mangani_2024.figure_1b(data, STUDY)
print(fill(content.caption(), 78))
content.picture

# %% [markdown]
# ## Over time (Figure 2)

# %% mystnb={"image": {"alt": "Resistances of fresh and aged contacts by treatment"}}
time = mangani_2024.figure_2(data, STUDY)
print(fill(time.caption(), 78))
print(to_plain(comparison_table(time.comparisons)))
time.picture

# %% [markdown]
# ## What leaches, and the surface (Tables 1 and 2)

# %%
leached = mangani_2024_tables.table_1(data, STUDY)
print(to_plain(leached.shown))
print(fill(leached.caption(), 78))
surface = mangani_2024_tables.table_2(data, STUDY)
print(to_plain(surface.shown))

# %% [markdown]
# ## Carbon on the ceramic and the resistance of its contact
#
# C/Ti and C/P are in the order of the resistance. That is one order out of 24: with four plates no
# stronger evidence is possible, and six ratios were looked at. XPS was made on bare plates and
# impedance on cells, so the two are joined by preparation. The oxygen ratios run against the
# resistance if anything.

# %% mystnb={"image": {"alt": "Six ratios of the surface over the resistance"}}
order = mangani_2024_tables.table_2_order(data, STUDY)
print(order.numbers.round(3).to_string(index=False))
order.picture
