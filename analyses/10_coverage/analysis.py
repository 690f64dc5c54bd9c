# %% [markdown]
# # What is covered, and what is reported?
#
# An answer can be no better than what works print. Counted here without a model: which pairs of
# conductors have numbers, how often the number says what a reader needs, and which conditions of
# preparation are given.

# %%
# %matplotlib inline
import metastudy
from metastudy.answers.biases import biases
from metastudy.answers.coverage import coverage
from metastudy.pages.figures import coverage as figures
from metastudy.pages.rendering.table import to_plain
from metastudy.pages.sections.coverage import biases_table

# %% [markdown]
# Parameter: the data root (None is the dataset).

# %% tags=["parameters"]
ROOT = None

# %%
data = metastudy.load(root=ROOT)
found = coverage(data)
print(found.totals.to_string(index=False))

# %% mystnb={"image": {"alt": "Responses and works by family and class of the partner"}}
figures.pairs_figure(found.pairs)

# %% mystnb={"image": {"alt": "Share of responses that say what a reader needs"}}
figures.reported_figure(found.reported)

# %% mystnb={"image": {"alt": "Conditions of preparation that works report"}}
figures.axes_figure(found.axes)

# %% [markdown]
# ## Known biases

# %%
known = biases(data)
print(to_plain(biases_table(known)))
