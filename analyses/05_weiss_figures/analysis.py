# %% [markdown]
# # Figures 3 and 4 of Weiss 2020 from the dataset
#
# Weiss et al. (2020, 10.1007/s41918-020-00062-7) draw the resistances (panels a) and activation
# energies (panels b) of contacts of liquids (Figure 3, 25 degC) and polymers (Figure 4, 60 degC) by
# family of the ceramic. Their numbers stand in Tables S1 and S2, which were not read. Drawn here is
# what the dataset has: the same axes, and other works than theirs for the most part.
#
# 1. Of the works behind the two figures, how many the dataset has, and with what;
# 2. the figures;
# 3. does the order of the families come out?

# %%
# %matplotlib inline
import json
from pathlib import Path

import pandas as pd

import metastudy
from metastudy.answers.activation import contact_energies
from metastudy.answers.claims.judging import chosen, judge
from metastudy.errors import MetastudyError
from metastudy.pages.figures import strips as figures
from metastudy.pages.rendering.style import to_svg
from metastudy.tables.claims import read_claims
from metastudy.whole_file import write_whole

# %% [markdown]
# Parameters: the data root (None is the dataset), the reference numbers of the captions with the
# study of the dataset that is the work, and the folder for tables and figures. The study is empty
# where the dataset has nothing of the work.

# %% tags=["parameters"]
ROOT = None
CAPTIONS = {
    "Figure 3": {
        5: "busche_2016_slei",
        41: "sagane_2005_lina",
        42: "",
        43: "sagane_2009_llto",
        44: "sagane_2010_ceramic",
        46: "yamada_2009_llto",
        47: "",
        48: "",
        49: "schleutker_2017_garnet",
        51: "liu_2019_llzto",
    },
    "Figure 4": {
        44: "sagane_2010_ceramic",
        52: "abe_2004_llto",
        53: "zhang_2008_anode",
        54: "zhang_2009_threelayer",
        55: "tenhaeff_2011_lipon",
        57: "",
        58: "langer_2017_llzo",
        65: "brogioli_2019_llzo",
        66: "chen_2019_licgc",
        67: "simon_2019_lpscl",
    },
}
OUT = Path("build/analyses/05_weiss_figures")

# %%
data = metastudy.load(root=ROOT)
words = data.vocabulary[data.vocabulary["vocabulary"] == "solid_electrolyte"]
family = {
    word: json.loads(properties)["family"]
    for word, properties in zip(words["word"], words["properties"], strict=True)
}

# %% [markdown]
# ## 1. What can be reached
#
# A work in the dataset may have no resistance: two of the liquid
# ones are known by their activation energies alone.

# %%
CLASS = {"Figure 3": "LE/SE", "Figure 4": "PE/SE"}
energies = contact_energies(data.records)
observations = data.observations
reached = []
for name, works in CAPTIONS.items():
    for number, study in works.items():
        own = observations[
            (observations["study_id"] == study) & (observations["interface_class"] == CLASS[name])
        ]
        ea = energies[
            (energies["study_id"] == study) & (energies["interface_class"] == CLASS[name])
        ]
        reached.append(
            {
                "figure": name,
                "reference": number,
                "study_id": study,
                "resistances": int((own["censoring"] == "exact").sum()),
                "bounds": int((own["censoring"] != "exact").sum()),
                "activation_energies": len(ea),
            }
        )
reached = pd.DataFrame(reached)
print(reached.to_string(index=False))

# %% [markdown]
# ## 2. The figures
#
# All observations and energies of the class, marker = salt, colour = partner, open = sodium, faint
# = treated arm, arrow = bound, as in their figures.

# %%
drawn = {}
plotted = {"reached.csv": reached}
for name, cls in CLASS.items():
    short = f"{name.lower().replace(' ', '_')}"
    place = "25 °C" if cls == "LE/SE" else "60 °C"
    rows = observations[observations["interface_class"] == cls]
    rows = rows.assign(family=rows["solid_electrolyte"].map(family))
    ea = energies[energies["interface_class"] == cls]
    ea = ea.assign(family=ea["solid"].map(family))
    drawn[f"{short}a.svg"] = figures.strip_figure(
        rows, "y", figures.LOG_ASR, f"After {name}a: {cls} at {place}"
    )
    drawn[f"{short}b.svg"] = figures.strip_figure(
        ea, "ea_ev", "activation energy as printed (eV)", f"After {name}b: {cls}", least=0.3
    )
    columns = ["observation_id", "family", "partner", "salt", "arm", "y", "lo", "hi", "censoring"]
    plotted[f"{short}a.csv"] = rows[columns]
    columns = ["record_id", "family", "partner", "salt", "arm", "ea_ev", "lo", "hi"]
    plotted[f"{short}b.csv"] = ea[columns]

# %% mystnb={"image": {"alt": "Resistances of liquid contacts at 25 degC by family of the ceramic"}}
drawn["figure_3a.svg"]

# %% mystnb={"image": {"alt": "Activation energies of liquid contacts by family of the ceramic"}}
drawn["figure_3b.svg"]

# %% mystnb={"image": {"alt": "Resistances of polymer contacts by family of the ceramic"}}
drawn["figure_4a.svg"]

# %% mystnb={"image": {"alt": "Activation energies of polymer contacts by family of the ceramic"}}
drawn["figure_4b.svg"]

# %%
if __name__ == "__main__":
    files = {OUT / name: t.to_csv(index=False, float_format="%.5g") for name, t in plotted.items()}
    pictures = {OUT / name: to_svg(figure) for name, figure in drawn.items()}
    write_whole({**files, **pictures}, OUT, MetastudyError)

# %% [markdown]
# ## 3. The order of the families
#
# Their text ranks NASICON below garnet and LiPON, and the perovskite highest. The dataset has no
# resistance of a perovskite against a liquid. That NASICON lies lowest is put to the test among the
# claims: about 0.8 decades, with an interval that barely excludes zero and that rests on bounds.

# %%
(order,) = judge(data, chosen(read_claims(ROOT), ["nasicon_lowest"]))
print(order.outcome)

# %%
results = {
    name: {
        "works": len(members),
        "in the dataset": int((members["study_id"] != "").sum()),
        "with a resistance": int((members["resistances"] > 0).sum()),
        "with an energy": int((members["activation_energies"] > 0).sum()),
    }
    for name, members in reached.groupby("figure")
}
for name, cls in CLASS.items():
    drawn_families = set(observations.loc[observations["interface_class"] == cls, "family"])
    results[name]["families of ceramics"] = len({f.split(" | ")[2] for f in drawn_families})
