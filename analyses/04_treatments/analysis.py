# %% [markdown]
# # What a deliberate treatment does to a polymer/ceramic contact
#
# Mangani et al. (2024, 10.1021/acsami.4c08882) treat the ceramic or leave solvent in the polymer,
# and print changes against the untreated contact of the same plate. Claims tested here, from the
# dataset alone:
#
# 1. the numbers printed twice agree with themselves;
# 2. dipping or heating lowers the resistance by more than a decade (Conclusion);
# 3. the effect of a treatment depends on the age of the contact;
# 4. 3.4 kohm cm2 at 30 degC and 64 ohm cm2 at 70 degC belong to one activation energy of 0.7 eV;
# 5. the capacitance rises where the resistance falls.
#
# Nothing here is scatter between laboratories: the span was made on purpose.

# %%
# %matplotlib inline
import numpy as np
import pandas as pd

import metastudy
from metastudy.answers.treatments import treatments
from metastudy.pages.figures.strips import contrast_figure
from metastudy.units import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K

# %% [markdown]
# Parameters: the data root (None is the dataset) and the work that is looked at.

# %% tags=["parameters"]
ROOT = None
STUDY = "mangani_2024_tuning"

# %%
records = metastudy.load(root=ROOT).records
printed = records.set_index("record_id")
contrasts = treatments(records).contrasts
ours = contrasts[contrasts["study_id"] == STUDY].copy()
ours["ratio"] = 10 ** ours["log_ratio"].astype(float)
ours["arm"] = ours["treated"].str.removeprefix(f"{STUDY}/")
print(ours[["arm", "state_kind", "kind", "ratio", "used", "records"]].round(3).to_string())

# %% mystnb={"image": {"alt": "Ratios of treated to untreated contacts, fresh and aged"}}
contrast_figure(ours)

# %% [markdown]
# ## 1. Printed twice
#
# Three days of heat: "84 %" lower, and "a factor of 6". The percentage is a factor of 6.25, which
# rounds to the other.

# %%
heat = ours[(ours["arm"] == "heat_3d") & (ours["state_kind"] == "fresh")]
in_percent = heat.loc[heat["records"] == f"{STUDY}.021", "ratio"].item()
as_factor = heat.loc[heat["records"] == f"{STUDY}.022", "ratio"].item()
twice = {"from percent": 1 / in_percent, "as a factor": 1 / as_factor}
print(twice)

# %% [markdown]
# ## 2. More than a decade?
#
# In Table 2, after stabilisation, the heated plate alone passes a factor of ten. The conclusion
# names dipped and heated plates together.

# %%
exact = ours[ours["used"] & ours["log_ratio"].notna()]
ratio = exact.pivot(index="arm", columns="state_kind", values="ratio")
aged = (1 / ratio["aged"]).dropna().sort_values()
print(aged.round(1).to_string())
decade = {"arms": len(aged), "above ten": int((aged > 10).sum()), **aged.to_dict()}

# %% [markdown]
# ## 3. Treatment and age
#
# A treatment that only multiplied the resistance would have the same ratio to the untreated
# contact whenever it is measured. All three arms that were measured fresh and stabilised fall
# further, to about half the ratio again. So a contrast has to name the age, and the span of
# treatments (which is per state) cannot be read as one number a treatment. Other cells were used
# for the two, and no repeat tells how far two cells of one arm differ at a later age.

# %%
both = ratio.dropna(subset=["fresh", "aged"])
interaction = (both["aged"] / both["fresh"]).to_dict()
print(pd.Series(interaction).round(3).to_string())

# %% [markdown]
# ## 4. One activation energy?
#
# From 3.4 kohm cm2 at 30 degC to 64 ohm cm2 at 70 degC takes 0.89 eV, two printed errors above
# 0.7 +- 0.1 eV; with 0.7 eV the first number predicts 150 ohm cm2 at 70 degC. The two lie on either
# side of the melting point of the polymer and are of different cells, so this is a warning about
# moving numbers over 60 degC and no refutation.

# %%
cold, hot = printed.loc[f"{STUDY}.001"], printed.loc[f"{STUDY}.002"]
energy = printed.loc[f"{STUDY}.008"]
inverse_kt = 1 / (BOLTZMANN_EV_PER_K * (np.array([30.0, 70.0]) + ZERO_CELSIUS_K))
assert [cold["temperature_text"], hot["temperature_text"]] == ["30", "70"]
span = inverse_kt[0] - inverse_kt[1]
two_points = {
    "ea_ev": float(np.log(cold["asr_ohm_cm2"] / hot["asr_ohm_cm2"]) / span),
    "predicted_ohm_cm2": float(cold["asr_ohm_cm2"] * np.exp(-energy["ea_ev"] * span)),
}
two_points["errors_above"] = float((two_points["ea_ev"] - energy["ea_ev"]) / energy["sd"])
print(two_points)

# %% [markdown]
# ## 5. Resistance and capacitance
#
# Printed are two upper ends: the capacitance rises by up to 1.4 where 2.2 wt% DMF divides the
# resistance by 6, and by up to 3 for the heated plates, the better of which divides it by 6.25.
# The slope of log C over log R lies between 0 and these ends, so R C still falls with R: more
# contact area alone would have the slope -1.

# %%
dmf, heated = printed.loc[f"{STUDY}.026"], printed.loc[f"{STUDY}.027"]
slopes = {
    "DMF left in the polymer": float(np.log10(dmf["hi"]) / np.log10(ratio.loc["dmf_22", "fresh"])),
    "heated ceramic": float(np.log10(heated["hi"]) / np.log10(ratio.loc["heat_3d", "fresh"])),
}
print(slopes)
