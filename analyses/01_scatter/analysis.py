# %% [markdown]
# # How much of the scatter is preparation?
#
# The question of the report, step by step: what the reference arms of different works say, what
# deliberate preparation within a work says, and why the two are not the same number.

# %%
# %matplotlib inline
from textwrap import fill

import metastudy
from metastudy.answers import preparation as varied
from metastudy.answers.scatter import scatter, sentence
from metastudy.answers.treatments import treatments
from metastudy.pages.figures import strips

# %% [markdown]
# Parameter: the data root (None is the dataset).

# %% tags=["parameters"]
ROOT = None

# %% [markdown]
# ## The answer

# %%
data = metastudy.load(root=ROOT)
found = scatter(data.observations, data.V)
changed = treatments(data.records)
purpose = varied.preparation(changed, varied.series_of(data.records))
answer = sentence(found, varied.sentence(purpose))
print(fill(answer, 96))

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
strips.ladder_figure(found.ladder)

# %% [markdown]
# ## Preparation varied on purpose
#
# Ratios within a work cancel its laboratory, its area and its evaluation. They show how far
# preparation moves a resistance where somebody wanted to move it.

# %% mystnb={"image": {"alt": "Treated over reference contacts within works"}}
strips.contrast_figure(changed.contrasts)

# %%
contrasts = purpose.contrasts
print(f"{len(contrasts)} treatments of {contrasts['study_id'].nunique()} works")
print(purpose.left_out.groupby("reason").size().to_string())
