# %% [markdown]
# # Which published claims hold?
#
# Claims of the founding papers, each held against the rows that bear on it or against physics. The
# command `metastudy claims` says for each what was compared; here they are counted.

# %%
# %matplotlib inline
import io
import subprocess
import sys

import pandas as pd

from metastudy.pages.rendering.style import COLOURS, GREY, house_style, new_figure

# %% [markdown]
# Parameter: the data root (None is the dataset).

# %% tags=["parameters"]
ROOT = None

# %%
root = [] if ROOT is None else ["--root", str(ROOT)]
call = [sys.executable, "-m", "metastudy", "claims", "--format", "csv", *root]
done = subprocess.run(call, capture_output=True, text=True, check=True)
claims = pd.read_csv(io.StringIO(done.stdout))
claims["paper"] = claims["work"].str.split(",").str[0]
counts = claims.groupby(["paper", "verdict"]).size().unstack(fill_value=0)
print(counts.to_string())

# %% [markdown]
# A claim that cannot be told has too few rows, or rows that are bounds; one that is not tested has
# no number in the dataset. Neither speaks for or against the paper.

# %% mystnb={"image": {"alt": "Claims of each paper by verdict"}}
with house_style():
    figure = new_figure(2.8)
    axes = figure.subplots()
    left = pd.Series(0, index=counts.index)
    for colour, verdict in zip([*COLOURS[:6], GREY], counts.columns, strict=False):
        axes.barh(counts.index, counts[verdict], left=left, color=colour, label=verdict)
        left = left + counts[verdict]
    axes.set_xlabel("claims")
    axes.grid(axis="y", visible=False)
    figure.legend(loc="outside lower center", ncols=3)
figure
