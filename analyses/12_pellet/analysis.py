# %% [markdown]
# # A real spectrum, from the file to a row: a pellet between metal electrodes
#
# No public spectrum of a contact between two ionic conductors was found. This one is real and may
# be redistributed (MIT, `pellet/ORIGIN.txt`): a ceramic pellet at 25 degC. It shows the way of a
# file with the faults of real data, and where it ends: a pellet has no contact of two conductors.

# %%
# %matplotlib inline
import shutil
import tempfile
from pathlib import Path
from textwrap import fill

import numpy as np
import pandas as pd

import metastudy
from metastudy import eis
from metastudy.bridge.refits.cell_yaml import read_cell
from metastudy.bridge.refits.evaluation_options import EvaluationOptions
from metastudy.bridge.refits.file_batch import refit_files
from metastudy.corpus.corpus import default_root
from metastudy.corpus.study import COLUMNS
from metastudy.tables.checking import check_data

HERE = Path(globals().get("__file__", "analysis.py")).resolve().parent
FILE = HERE / "pellet" / "s05751_25deg.txt"

# %% [markdown]
# ## The file

# %% mystnb={"image": {"alt": "Kramers-Kronig residuals of the spectrum"}}
spectrum = eis.read(FILE)
print(spectrum)
consistent = eis.check_kramers_kronig(spectrum)
print(f"consistent: {consistent.passed}; noise {100 * consistent.noise:.3f} %")
residuals = consistent.plot()

# %% [markdown]
# ## The fit
#
# Two arcs and a blocking tail, above 5 Hz. The two arcs cannot be told apart: their correlation is
# near -1, and so bulk and grain boundary are no numbers here. Their sum is, and two circuits give
# nearly the same. Both miss the points by more than the noise, so the error of the sum is taken
# from the two circuits and not from one fit.

# %% mystnb={"image": {"alt": "Nyquist plot of the pellet with the fitted circuit"}}
kept = spectrum.frequency_hz >= 5.0
window = eis.Spectrum(spectrum.frequency_hz[kept], spectrum.impedance_ohm[kept])
two_arcs = "p(R1,CPE1)-p(R2,CPE2)-CPE3"
fits = [eis.fit(window, circuit) for circuit in (f"R0-{two_arcs}", two_arcs)]
totals = [float(f.params.filter(regex="^R").sum()) for f in fits]
covariance = fits[0].cov_params()
correlation = covariance.loc["R1", "R2"] / np.sqrt(
    covariance.loc["R1", "R1"] * covariance.loc["R2", "R2"]
)
print(f"R1 and R2: r = {correlation:.3f}; sums {totals[0]:.0f} and {totals[1]:.0f} ohm")
nyquist = fits[0].plot()

# %% [markdown]
# ## The row
#
# A property of one conductor is a *normaliser*: it helps to read other numbers and is no response.
# The row is laid out in a temporary data root, checked and normalised, so that it enters no
# dataset.

# %%
resistance, error = float(np.mean(totals)), abs(totals[0] - totals[1]) / 2
row = dict.fromkeys(COLUMNS, "") | {
    "record_id": "adediwura_2025_pellet.001", "sample_id": "s05751", "cell_id": "metal",
    "state_id": "as_measured", "role": "normaliser", "component": "not_applicable",
    "quantity": "resistance", "value_text": f"{resistance:.0f}", "unit_text": "ohm",
    "qualifier": "exact", "value_covers": "not_applicable", "unc_minus": f"{error:.0f}",
    "unc_plus": f"{error:.0f}", "unc_kind": "stated_plus_minus",
    "temperature_text": "25", "evaluation": "joint_fit", "basis": "calculated",
    "read": "spectrum", "locator": FILE.name, "notes": "Pellet between metals: both arcs.",
}  # fmt: skip
with tempfile.TemporaryDirectory() as folder:
    root = Path(folder)
    shutil.copytree(default_root() / "data" / "vocabulary", root / "data" / "vocabulary")
    shutil.copytree(default_root() / "schemas", root / "schemas")
    study = root / "data" / "studies" / "adediwura_2025_pellet"
    study.mkdir(parents=True)
    shutil.copy(HERE / "pellet" / "study.yaml", study)
    pd.DataFrame([row]).to_csv(study / "measurements.csv", index=False, lineterminator="\n")
    check = check_data(root)
    data = metastudy.load(root=root)
print([str(finding) for finding in check.findings])
(record,) = data.records.to_dict("records")
layer = read_cell(HERE / "cell.yaml").cell.layers[1]
sigma = layer.thickness_cm / layer.area_cm2 / record["value"]
print(f"{record['value']:.0f} {record['unit']}, {sigma:.2g} S/cm; left out: {record['excluded']}")

# %% [markdown]
# ## What it is not
#
# Neither arc is a contact of two ionic conductors, and the program says so.

# %%
refused = refit_files([FILE], EvaluationOptions().with_cell(HERE / "cell.yaml"), None)
print(fill(refused.failed[0][1], 78))
