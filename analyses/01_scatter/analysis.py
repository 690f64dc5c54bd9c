# %% [markdown]
# # How much of the scatter is preparation?
#
# The question of the report, step by step: what the reference arms of different works say, what
# deliberate preparation within a work says, and why the two are not the same number.

# %%
# %matplotlib inline
from textwrap import fill

import metastudy
from metastudy.pages.figures import strips
from metastudy.pages.rendering.table import to_plain
from metastudy.pages.sections.yardsticks import yardsticks_table

# %% [markdown]
# Parameter: the data root (None is the dataset).

# %% tags=["parameters"]
ROOT = None

# %% [markdown]
# ## The answer

# %%
data = metastudy.load(root=ROOT)
found = metastudy.scatter(data)
print(fill(found.sentence, 78))
print(to_plain(yardsticks_table(found)))

# %% [markdown]
# ## The headline set
#
# One contact at the reference temperature, reference arm and first state. A bar is what is not
# known of the number itself, not the scatter; an arrow is a bound.

# %% mystnb={"image": {"alt": "Resistances of the headline set by material"}}
strips.forest_figure(data.observations[data.observations["headline"]])

# %% [markdown]
# ## The ladder of strictness
#
# Works are compared within groups that are more and more alike. What is left at the strictest rung
# is what preparation, evaluation and chance do together; the degrees of freedom say how much of
# that can be told.

# %% mystnb={"image": {"alt": "Standard deviation at each rung of strictness"}}
strips.ladder_figure(found.reference_arms.ladder)

# %% [markdown]
# ## Preparation varied on purpose
#
# Ratios within a work cancel its laboratory, its area and its evaluation. They show how far
# preparation moves a resistance where somebody wanted to move it.

# %% mystnb={"image": {"alt": "Treated over reference contacts within works"}}
strips.contrast_figure(found.treatments.contrasts)

# %%
contrasts = found.preparation.contrasts
print(f"{len(contrasts)} treatments of {contrasts['study_id'].nunique()} works")
print(found.preparation.left_out.groupby("reason").size().to_string())
