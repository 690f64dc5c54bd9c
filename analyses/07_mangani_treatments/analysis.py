# %% [markdown]
# # Treatments of one polymer/ceramic contact, drawn
#
# Mangani et al. (2024, 10.1021/acsami.4c08882), Figures 1 and 2: what each treatment leaves of the
# resistance of the untreated contact, fresh and after stabilisation. Their figures show curves that
# are not printed as numbers; drawn here are the numbers in text and tables, as ratios within the
# work, so that area, count of contacts and activation energy cancel. What the ratios mean is in
# `04_treatments`.

# %%
# %matplotlib inline
from pathlib import Path

import metastudy
from metastudy.answers.treatments import treatments
from metastudy.errors import MetastudyError
from metastudy.pages.rendering.style import COLOURS, GREY, house_style, new_figure, to_svg
from metastudy.whole_file import write_whole

# %% [markdown]
# Parameters: the data root (None is the dataset), the work that is looked at, and the folder for
# table and figure.

# %% tags=["parameters"]
ROOT = None
STUDY = "mangani_2024_tuning"
OUT = Path("build/analyses/07_mangani_treatments")

# %%
found = treatments(metastudy.load(root=ROOT).records).contrasts
ours = found[(found["study_id"] == STUDY) & found["used"].astype(bool)].copy()
ours["arm"] = ours["treated"].str.removeprefix(f"{STUDY}/")
ours = ours[ours[["lo", "hi"]].notna().any(axis=1) & (ours["arm"] != "any_treatment")]
ours[["ratio", "lower", "upper"]] = 10.0 ** ours[["log_ratio", "lo", "hi"]].astype(float)
plotted = {
    "treatments.csv": ours[["arm", "state_kind", "ratio", "lower", "upper", "records"]].sort_values(
        ["arm", "state_kind"]
    )
}
print(plotted["treatments.csv"].round(3).to_string(index=False))

# %% mystnb={"image": {"alt": "Resistances of treated contacts over that of the untreated one"}}
NAMES = {
    "dip_acn_water": "dipped in ACN, then water",
    "dip_dmf": "dipped in DMF",
    "dip_acn": "dipped in ACN",
    "dip_dmc": "dipped in DMC, at best",
    "heat_1d": "heated, 1 day",
    "heat_3d": "heated, 3 days",
    "dmf_22": "2.2 wt% DMF in the polymer",
}
LOOKS = {  # by state, and whether the number is a lower end
    ("fresh", False): {"marker": "o", "label": "fresh"},
    ("fresh", True): {"marker": ">", "label": "fresh, lower end"},
    ("aged", False): {"marker": "o", "mfc": "white", "label": "stabilised"},
}
COLOUR = {"fresh": COLOURS[0], "aged": COLOURS[1]}
points = ours.assign(bound=ours["ratio"].isna(), at=ours["ratio"].fillna(ours["lower"]))
with house_style():
    figure = new_figure(3.2)
    axes = figure.subplots()
    for (state, bound), members in points.groupby(["state_kind", "bound"]):
        places = [list(NAMES).index(arm) for arm in members["arm"]]
        axes.plot(
            members["at"], places, ls="", ms=6, color=COLOUR[state], **LOOKS[state, bool(bound)]
        )
    axes.axvline(1.0, color=GREY, lw=0.8)
    axes.set_xscale("log")
    axes.set_xlim(0.05, 1.3)
    axes.set_xticks([0.05, 0.1, 0.2, 0.5, 1.0], ["0.05", "0.1", "0.2", "0.5", "1"])
    axes.set_xticks([], minor=True)
    axes.set_yticks(range(len(NAMES)), list(NAMES.values()))
    axes.set_ylim(len(NAMES) - 0.5, -0.5)
    axes.set_xlabel("R / R of the untreated contact")
    figure.legend(loc="outside lower center", ncols=3)
figure

# %%
if __name__ == "__main__":
    files = {
        OUT / name: table.to_csv(index=False, float_format="%.5g")
        for name, table in plotted.items()
    }
    write_whole({**files, OUT / "treatments.svg": to_svg(figure)}, OUT, MetastudyError)

# %%
exact = ours[ours["log_ratio"].notna()]
results = {
    state: dict(zip(members["arm"], members["ratio"].astype(float), strict=True))
    for state, members in exact.groupby("state_kind")
}
results["lower ends"] = dict(
    zip(*(ours.loc[ours["log_ratio"].isna(), c] for c in ("arm", "lower")), strict=True)
)
