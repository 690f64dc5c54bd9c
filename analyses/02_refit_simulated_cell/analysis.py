# %% [markdown]
# # From impedance files to a resistance per contact: a simulated PEO/LATP cell
#
# **Every spectrum here is simulated.** `simulate.py` made them from values that Mangani et al.
# (2024, 10.1021/acsami.4c08882) print: 64 ohm cm2 per contact at 70 degC, 0.7 eV, a polymer disc of
# 4 mm, two contacts. So the truth is known, and the whole way can be held against it: files, fits,
# rows of `refits.csv`, the check, one contact at the reference temperature, the activation energy.

# %%
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

import metastudy
from metastudy import eis
from metastudy.bridge.refits.evaluation_options import EvaluationOptions
from metastudy.bridge.refits.file_batch import refit_files
from metastudy.corpus.corpus import default_root, read_corpus
from metastudy.eis.series.activation_energy import POINT_K, arrhenius_line
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
circuit = eis.fit(middle).circuit.text
options = EvaluationOptions(
    circuit=circuit,
    sample_id="simulated_cell",
    state_id="fresh",
    temperature="_([0-9]+)C",
).with_cell(HERE / "cell.yaml")
batch = refit_files(files, options, folder / "refits.csv")
again = refit_files(files, options, folder / "refits.csv")
print(f"Simulated spectra: {batch.fitted} fitted; run again: {again.kept} kept")
for row in batch.rows:
    print(f"  {row.file}: {row.arc} = {float(row.resistance_ohm):.1f} ohm, {row.circuit}")

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
data = metastudy.load(root=root)
(observation,) = data.observations.to_dict("records")
truth_60 = np.log10(simulate.ASR_OHM_CM2 * simulate.arrhenius(60.0, simulate.EA_EV))
sd_60 = np.sqrt(observation["v"])
ends = 10 ** (observation["y"] + 1.96 * sd_60 * np.array([-1, 1]))
print(
    f"Simulated cell, one contact at 60 degC: {observation['asr_ohm_cm2']:.1f} ohm cm2, "
    f"{ends[0]:.1f} to {ends[1]:.1f} (truth {10**truth_60:.1f})"
)

# %% [markdown]
# ## Each temperature, and the activation energy, with the error of the temperature
#
# A point is at its stated temperature only within 0.5 K, which at 0.7 eV is more than the fit's own
# error; a common error of 1 K moves all points together. The line is the generalised least-squares
# line of ln R over 1/T with both in its covariance.

# %%
K, ZERO = simulate.BOLTZMANN_EV_PER_K, simulate.ZERO_CELSIUS_K

celsius = np.array([float(row.temperature_text) for row in batch.rows])
log_r = np.log([float(row.resistance_ohm) for row in batch.rows])
log_variance = np.array([float(row.log_variance) for row in batch.rows])
truth = np.log([simulate.interface_ohm(t) for t in celsius])
slope = simulate.EA_EV / (K * (celsius + ZERO) ** 2)
sd = np.sqrt(log_variance + (slope * POINT_K) ** 2)
inside = np.abs(log_r - truth) <= 1.96 * sd
line = arrhenius_line(celsius, log_r, log_variance)
lowest, highest = line.conf_int().loc["ea_ev"]
print(
    f"Simulated cell: {inside.sum()} of {inside.size} temperatures inside their 95 % interval; "
    f"Ea {line.ea_ev:.3f} eV, {lowest:.3f} to {highest:.3f} "
    f"(truth {simulate.EA_EV})"
)

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
averaged = eis.average(middle, circuit, arc)
low, high = averaged.conf_int().loc[arc]
print(
    f"Simulated spectrum at 70 degC: {len(several.defensible)} of {len(several.specifications)} "
    f"evaluations hold, SD {several.sd_dex:.4f} dex, range {several.range_dex:.4f} dex; averaged "
    f"{averaged.resistance_ohm:.0f} ohm, {low:.0f} to {high:.0f}"
)
print(several.statement)

# %%
results = {
    "rows": {
        "fitted": batch.fitted,
        "failed": len(batch.failed),
        "kept when run again": again.kept,
        "findings of the check": len(check.findings),
        "fits that come out again": sum(row.agrees for row in verified),
    },
    "truth": {
        "area_cm2": float(simulate.AREA_CM2),
        "circuit_ohm_at_70": simulate.interface_ohm(70.0),
        "asr_ohm_cm2_at_60": float(10**truth_60),
    },
    "one contact": {
        "observations": len(data.observations),
        "contacts": observation["n_in_circuit"],
        "reference_c": observation["reference_c"],
        "within 2 sd of the truth": int(abs(observation["y"] - truth_60) <= 2 * sd_60),
        "sd below 0.05 dex": int(sd_60 < 0.05),
    },
    "activation energy": {
        "inside": int(lowest <= simulate.EA_EV <= highest),
        "se below 0.03 eV": int(line.standard_error < 0.03),
        "at least 5 of 7 temperatures inside": int(inside.sum() >= 5),
    },
    "evaluations": {
        "spread below 0.1 dex": int(several.sd_dex < 0.1),
    },
}
temporary.cleanup()
