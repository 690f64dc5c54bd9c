# %% [markdown]
# # Activation energies of contacts: what sets them?
#
# Four claims of the founding papers, held against every activation energy of a contact in the
# dataset:
#
# 1. Preparation leaves the activation energy of a contact alone and moves only its pre-exponential
#    factor (Mangani 2024, sections 1 and 3).
# 2. Polymer contacts of lithium have about 1 eV (Weiss 2020, section 3).
# 3. In liquids the activation energy rises with the donor number of the solvent (Weiss 2020,
#    section 2).
# 4. For sodium the ceramic sets it in liquids, and does not in polymers (the same, sections 2, 3).

# %%
# %matplotlib inline
import pandas as pd
from scipy import stats

import metastudy
from metastudy.answers import activation
from metastudy.pages.sections.claims import energies_figure

# %% [markdown]
# Parameters: the data root (None is the dataset), the work that treats its contacts, the pairs of
# records that differ in the solvent, and three records of one sodium ceramic.

# %% tags=["parameters"]
ROOT = None
STUDY = "mangani_2024_tuning"
SOLVENTS = {
    "PC to DMSO": ("sagane_2010_ceramic.001 sagane_2010_ceramic.002", "PC", "DMSO"),
    "DMC to EC:DMC 1:1": ("yamada_2009_llto.001 yamada_2009_llto.003", "DMC", "EC"),
}
SODIUM = {
    "ceramic": "sagane_2010_ceramic.008",
    "liquid": "sagane_2010_ceramic.001",
    "polymer": "sagane_2010_ceramic.010",
}

# %%
data = metastudy.load(root=ROOT)
found = activation.activation_energies(data)
energies = found.energies  # in eV, the form as printed
columns = ["record_id", "interface_class", "ion", "solid", "partner", "arm", "ea_ev", "lo", "hi"]
print(energies[columns].round(3).to_string())
pairs = found.pairs.set_index("records")
print(pairs[["kind", "first", "second", "difference_ev"]].round(3).to_string())

# %% mystnb={"image": {"alt": "Activation energies of contacts by class and ion"}}
energies_figure(found)

# %% [markdown]
# ## 1. Preparation leaves the activation energy alone
#
# Three fresh contacts of one polymer differ in its residual solvent; each value is printed with
# +- 0.1 eV. Cochran's Q with these errors. It cannot see differences below about 0.2 eV, so this is
# agreement within the printed errors and no proof of equality.

# %%
own = energies[energies["study_id"] == STUDY]
known = activation.homogeneity(own[own["state_kind"] == "fresh"])
p = float(stats.chi2.sf(known.q, known.df))
print(
    f"{STUDY}, fresh: mean {known.mean_ev:.2f} eV, Q = {known.q:.2f} on {known.df} df, p = {p:.2f}"
)

# %% [markdown]
# ## 2. Polymer contacts of lithium
#
# One value a work: the reference arm. Three of the five stand on one sentence of the review, four
# print no error; two of the five are of one group and one pair of materials. Each gets the only
# error that is printed, 0.1 eV; with equal errors the mean does not depend on it. The interval of
# five works holds 1 eV, and is wide because one of them, the only NASICON, stands 0.3 eV below the
# others: "about 1 eV" describes the four, and says nothing of the next ceramic.

# %%
PRINTED_SD_EV = 0.1  # Mangani 2024
values = activation.reference_values(energies)
lithium = values[values["group"] == "PE/SE Li"].assign(sd_ev=PRINTED_SD_EV)
groups, between = activation.pool(lithium)
mean = groups.iloc[0]
print(lithium[["study_id", "solid", "ea_ev"]].to_string())
print(f"PE/SE of Li: {mean['mean_ev']:.3f} eV [{mean['lower']:.3f}, {mean['upper']:.3f}]")

# %% [markdown]
# ## 3. Donor number
#
# Two works change the solvent on one ceramic. From PC to DMSO the donor number doubles and the
# printed activation energy stays (both 30 kJ/mol, for sodium). From DMC to EC:DMC it rises by
# 18 kJ/mol (for lithium) although EC has the *lower* donor number. So within works, the only place
# where neither lab nor ceramic changes, the donor number explains neither; two pairs are no basis
# for a slope, and none is given.

# %%
solvent = {
    name: {
        "change_ev": -float(pairs.loc[both, "difference_ev"]),
        "donor_change_kcal_mol": activation.donor_number(data, second)
        - activation.donor_number(data, first),
    }
    for name, (both, first, second) in SOLVENTS.items()
}
print(pd.DataFrame(solvent).T.round(3).to_string())

# %% [markdown]
# ## 4. Sodium: ceramic or partner
#
# Sagane 2010, one lab: the contact of NASICON with either liquid has 30 kJ/mol, which is also that
# of the ceramic's own conduction; with the polymer 70 to 72 kJ/mol on both ceramics. The step from
# liquid to polymer is 40 to 42 kJ/mol. In the liquid the contact follows the ceramic, in the
# polymer it does not: as the review says. That an interface has exactly the activation energy of
# the bulk is also what a wrongly named arc looks like; the check of the data says so and a
# decision answers it.

# %%
bulk = pairs.loc[f"{SODIUM['ceramic']} {SODIUM['liquid']}"]
to_polymer = pairs.loc[f"{SODIUM['liquid']} {SODIUM['polymer']}"]
sodium = {
    "liquid_minus_ceramic_ev": float(bulk["difference_ev"]),
    "polymer_minus_liquid_low_ev": float(to_polymer["lo"]),
    "polymer_minus_liquid_high_ev": float(to_polymer["hi"]),
}
print(pd.Series(sodium).round(3).to_string())
