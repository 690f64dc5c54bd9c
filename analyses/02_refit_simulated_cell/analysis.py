# %% [markdown]
# # From impedance files to a resistance per contact: a simulated PEO/LATP cell
#
# **Every spectrum here is simulated.** `simulate.py` made them from values that Mangani et al.
# (2024, 10.1021/acsami.4c08882) print: 64 ohm cm2 per contact at 70 degC, 0.7 eV, a polymer disc of
# 4 mm, two contacts. So the truth is known, and the whole way can be held against it: files, fits,
# rows of `refits.csv`, the check, one contact at the reference temperature, the activation energy.

# %%
# %matplotlib inline
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import metastudy
from metastudy import eis
from metastudy.bridge.refits.evaluation_options import EvaluationOptions
from metastudy.bridge.refits.file_batch import refit_files
from metastudy.corpus.corpus import default_root, read_corpus
from metastudy.pages.figures.strips import arrhenius_figure
from metastudy.tables.checking import check_data
from metastudy.tables.recomputing import verify_study

HERE = Path(globals().get("__file__", "analysis.py")).resolve().parent
STUDY = "simulated_2026_peolatp"
sys.path.insert(0, str(HERE))
import simulate

sys.path.remove(str(HERE))

# %% [markdown]
# ## The files become rows
#
# No start values, no circuit and no arc are given. The circuit is proposed from one spectrum and
# kept for the cell; the arc of the contact is named by the evidence of `cell.yaml`, which is
# geometry alone. The same is done by
#
# ```
# metastudy refit simulated_2026_peolatp/spectra/*.csv --cell cell.yaml \
#     --circuit 'L0-R0-p(R1,CPE1)-CPE2' --sample simulated_cell --state fresh \
#     --temperature '_([0-9]+)C' --out simulated_2026_peolatp/refits.csv
# ```
#
# The study is laid out in a temporary data root, so that nothing simulated enters the dataset.

# %%
temporary = tempfile.TemporaryDirectory()
root = Path(temporary.name)
shutil.copytree(default_root() / "data" / "vocabulary", root / "data" / "vocabulary")
shutil.copytree(default_root() / "schemas", root / "schemas")
folder = root / "data" / "studies" / STUDY
shutil.copytree(HERE / STUDY, folder)

files = sorted((folder / "spectra").glob("simulated_*.csv"))
middle = eis.read(folder / "spectra" / "simulated_peo_latp_070C.csv")
fit = eis.fit(middle)
circuit = fit.circuit.text
names = {"sample_id": "simulated_cell", "state_id": "fresh", "temperature": "_([0-9]+)C"}
options = EvaluationOptions(circuit=circuit, **names).with_cell(HERE / "cell.yaml")
batch = refit_files(files, options, folder / "refits.csv")
again = refit_files(files, options, folder / "refits.csv")
print(f"Simulated spectra: {batch.fitted} fitted; run again: {again.kept} kept")
for row in batch.rows:
    print(f"  {row.file}: {row.arc} = {float(row.resistance_ohm):.1f} ohm, {row.circuit}")

# %% mystnb={"image": {"alt": "Nyquist plot of the simulated spectrum at 70 degC with its fit"}}
nyquist = fit.plot()

# %% [markdown]
# ## The check
#
# Checksums and objectives are held, and every fit is done again.

# %%
check = check_data(root)
for finding in check.findings:
    print(finding)
verified = verify_study(read_corpus(root), STUDY)

# %% [markdown]
# ## One contact at the reference temperature
#
# Area and contact count are applied by the dataset's own road, once: R A / 2. The seven points are
# one Arrhenius line, read at 60 degC, the reference of contacts with a polymer.

# %%
(observation,) = metastudy.load(root=root).observations.to_dict("records")
truth_60 = simulate.ASR_OHM_CM2 * simulate.arrhenius(60.0, simulate.EA_EV)
sd_60 = np.sqrt(observation["v"])
ends = 10 ** (observation["y"] + 1.96 * sd_60 * np.array([-1, 1]))
print(f"{observation['asr_ohm_cm2']:.1f} ohm cm2, {ends.round(1)} (truth {truth_60:.1f})")

# %% [markdown]
# ## Each temperature, and the activation energy
#
# A point is at its stated temperature only within 0.5 K, which at 0.7 eV is more than the fit's own
# error; a common error of 1 K moves all points together. The line is the generalised least-squares
# line of ln R over 1/T with both in its covariance.

# %% mystnb={"image": {"alt": "Simulated resistances of one contact over inverse temperature"}}
celsius = np.array([float(row.temperature_text) for row in batch.rows])
fitted = np.array([float(row.resistance_ohm) for row in batch.rows])
line = eis.arrhenius_line(celsius, np.log(fitted), [float(r.log_variance) for r in batch.rows])
lowest, highest = line.conf_int().loc["ea_ev"]
print(f"Ea {line.ea_ev:.3f} eV, {lowest:.3f} to {highest:.3f} (truth {simulate.EA_EV})")
one = fitted * simulate.AREA_CM2 / 2
points = {"label": "one contact", "temperature_c": celsius, "asr_ohm_cm2": one}
arrhenius_figure(pd.DataFrame(points), None)

# %% [markdown]
# ## How far the evaluator moves it
#
# The same simulated spectrum at 70 degC under every defensible evaluation, with the bulk known from
# a cell without the contact to 2 %. This is about the method, and no share of the literature's
# scatter.

# %%
arc = next(row.arc for row in batch.rows if row.temperature_text == "70")
bulk = float(simulate.impedance(np.array([1e5]), 70.0).real[0])
several = eis.multiverse(middle, circuit, arc, bulk_ohm=bulk, bulk_sd_ohm=0.02 * bulk)
print(f"{len(several.defensible)} evaluations hold, SD {several.sd_dex:.4f} dex")
print(several.statement)
temporary.cleanup()
