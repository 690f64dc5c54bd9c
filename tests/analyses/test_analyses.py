"""Every notebook runs, on frozen data where it takes any, shows a picture, and is short.

What a notebook computes is held against hand arithmetic; figures have their own tests.
"""

import ast
import math
import os
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

REPOSITORY = Path(__file__).resolve().parents[2]
ANALYSES = REPOSITORY / "analyses"
NOTEBOOKS = sorted(ANALYSES.glob("*/analysis.py"))
PARAMETERS = '# %% tags=["parameters"]'
LONGEST = 60  # lines of code
KJ_PER_EV = 96.48533
TREATED, SODIUM = "simulated_2001_treatments", "simulated_2002_sodium"


class Notebook:
    """A notebook that was run as in Jupyter: its names, and what its cells showed."""

    def __init__(self, name, **parameters):
        path = ANALYSES / name / "analysis.py"
        self.names = {"__name__": "analysis", "__file__": str(path), "GIVEN": parameters}
        self.shown = []
        for line, cell in cells(path):
            code = ast.parse("\n" * line + cell)
            if parameters and PARAMETERS in cell:
                named = {target.id for node in code.body for target in node.targets}
                assert parameters.keys() <= named
                code = ast.parse("\n".join(f"{key} = GIVEN[{key!r}]" for key in parameters))
                self._run(ast.parse(cell), path)
            self._run(code, path)

    def __getitem__(self, name):
        return self.names[name]

    @property
    def pictures(self):
        """Figures that a cell ends with, and those of pyplot, which a notebook shows by itself."""
        found = {id(v): v for v in (*self.shown, *self.names.values()) if isinstance(v, Figure)}
        return list(found.values())

    def _run(self, code, path):
        *body, last = code.body or [ast.Pass()]
        if not isinstance(last, ast.Expr):
            body, last = code.body, None
        exec(compile(ast.Module(body, []), str(path), "exec"), self.names)
        if last is not None:
            self.shown.append(
                eval(compile(ast.Expression(last.value), str(path), "eval"), self.names)
            )


def cells(path):
    """Code cells with the line on which each begins; words and magics are no code."""
    line = 0
    for part in path.read_text(encoding="utf-8").split("\n# %%"):
        if not part.lstrip("# %").startswith("[markdown]"):
            yield line, f"# %%{part}" if line else part
        line += part.count("\n") + 1


def called_notebooks():
    code = Path(__file__).read_text(encoding="utf-8")
    return {
        node.args[0].value
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Notebook"
    }


def test_every_notebook_is_tested_here():
    assert called_notebooks() == {path.parent.name for path in NOTEBOOKS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.parent.name)
def test_a_notebook_is_short_and_every_picture_has_words(path):
    text = path.read_text(encoding="utf-8")
    code = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert len(code) <= LONGEST
    assert '"alt": "' in text
    assert text.startswith("# %% [markdown]\n# # ")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.parent.name)
def test_a_notebook_that_reads_the_dataset_lets_its_root_be_chosen(path):
    text = path.read_text(encoding="utf-8")
    if "metastudy.load(" in text and "root=root" not in text:
        _, cell, after = text.partition(f"\n{PARAMETERS}\n")
        assert cell
        assert "ROOT = None" in after.partition("\n# %%")[0]
        assert text.count("metastudy.load(") == text.count("metastudy.load(root=ROOT)")


def test_scatter(frozen_root, frozen):
    made = Notebook("01_scatter", ROOT=frozen_root)
    assert len(made.pictures) == 3
    assert made["found"].sentence.split()
    # Mangani's shape: six treatments of the contact have a fresh ratio, one of them a bound
    own = made["contrasts"][made["contrasts"]["study_id"] == TREATED]
    assert len(own) == 7
    ratio = own.set_index(own["treated"].str.partition("/")[2])
    assert 10 ** ratio.loc["dip_acn", "lo"] == pytest.approx(1 - 0.6)


def test_refit_of_a_simulated_cell():
    made = Notebook("02_refit_simulated_cell")
    assert len(made.pictures) == 2
    # seven files, seven rows; a second run keeps them; a sound study has no finding
    batch, again = made["batch"], made["again"]
    assert (batch.fitted, len(batch.failed), again.kept) == (7, 0, 7)
    assert made["check"].findings == ()
    assert [row.agrees for row in made["verified"]] == [True] * 7
    area = math.pi * 0.4**2 / 4
    truth = {t: 64 * math.exp(0.7 / 8.617333262e-5 * (1 / (t + 273.15) - 1 / 343.15))
             for t in range(60, 95, 5)}  # fmt: skip
    simulate = made["simulate"]
    assert simulate.interface_ohm(70.0) == pytest.approx(2 * 64 / area)
    assert made["truth_60"] == pytest.approx(truth[60])
    # One sample in one state is one observation of two contacts, read in the melt. 1 K common and
    # 0.5 K per point at 0.073 per K are 0.035 dex.
    observation, sd = made["observation"], made["sd_60"]
    assert (observation["n_in_circuit"], observation["reference_c"]) == (2, 60.0)
    assert abs(observation["y"] - math.log10(truth[60])) <= 2 * sd
    assert sd < 0.05
    # 0.5 K is 3.4 % of R: over seven points from 60 to 90 degC 0.015 eV. Five or more of seven
    # intervals hold the truth in 99.6 % of draws; the seed was fixed before the first run.
    line = made["line"]
    assert made["lowest"] <= 0.7 <= made["highest"]
    assert line.standard_error < 0.03
    log_r = np.log([float(row.resistance_ohm) for row in batch.rows])
    expected = np.log([2 * truth[float(row.temperature_text)] / area for row in batch.rows])
    half_kelvin = [0.5 * 0.7 / 8.617333262e-5 / (float(row.temperature_text) + 273.15) ** 2
                   for row in batch.rows]  # fmt: skip
    variance = [float(row.log_variance) for row in batch.rows]
    inside = np.abs(log_r - expected) <= 1.96 * np.sqrt(variance + np.square(half_kelvin))
    assert inside.sum() >= 5
    # a factor of 1.26, which one clean arc does not exceed between defensible evaluations
    assert made["several"].sd_dex < 0.1


def test_activation_energies(frozen_root):
    made = Notebook(
        "03_activation_energies",
        ROOT=frozen_root,
        STUDY=TREATED,
        SOLVENTS={
            "PC to DMSO": (f"{SODIUM}.001 {SODIUM}.002", "PC", "DMSO"),
            "DMC to EC:DMC": (
                "simulated_2003_solvents.001 simulated_2003_solvents.002",
                "DMC",
                "EC",
            ),
        },
        SODIUM={
            "ceramic": f"{SODIUM}.004",
            "liquid": f"{SODIUM}.001",
            "polymer": f"{SODIUM}.005",
        },
    )
    assert len(made.pictures) == 1
    # 0.5, 0.8, 0.5, each +- 0.1: deviations -1, 2, -1 sd; the upper tail of chi-square with 2 df is
    # exp(-Q/2)
    known = made["known"]
    assert (known.n, known.mean_ev, known.q, known.df) == (3, *map(pytest.approx, (0.6, 6.0, 2)))
    assert made["p"] == pytest.approx(math.exp(-3))
    # One work each. With equal errors REML is the sample variance less the error's, and the robust
    # standard error is that of a plain mean.
    works, mean = np.array([0.70, 0.5, 0.60, 0.62, 0.9, 0.65]), made["mean"]
    assert mean["works"] == 6
    assert mean["mean_ev"] == pytest.approx(works.mean(), rel=1e-5)
    between = math.sqrt(works.var(ddof=1) - 0.1**2)
    assert made["between"] == pytest.approx(between, rel=1e-5)
    assert mean["se_ev"] == pytest.approx(works.std(ddof=1) / math.sqrt(6), rel=1e-5)
    assert mean["upper"] < 1.0  # t(5) = 2.571 gives 0.66 +- 0.14
    solvents = made["solvent"]
    liquids = {"change_ev": (31 - 28) / KJ_PER_EV, "donor_change_kcal_mol": 29.8 - 15.1}
    assert solvents["PC to DMSO"] == pytest.approx(liquids, rel=1e-5)
    mixture = {"change_ev": (50 - 34) / KJ_PER_EV, "donor_change_kcal_mol": 16.4 - 17.2}
    assert solvents["DMC to EC:DMC"] == pytest.approx(mixture, rel=1e-5)
    sodium = {
        "liquid_minus_ceramic_ev": (31 - 31) / KJ_PER_EV,
        "polymer_minus_liquid_low_ev": (70 - 31) / KJ_PER_EV,
        "polymer_minus_liquid_high_ev": (72 - 31) / KJ_PER_EV,
    }
    assert made["sodium"] == pytest.approx(sodium, rel=1e-5)


def test_treatments(frozen_root):
    made = Notebook("04_treatments", ROOT=frozen_root, STUDY=TREATED)
    assert len(made.pictures) == 1
    assert made["twice"] == pytest.approx({"from percent": 1 / 0.2, "as a factor": 5})
    decade = {"arms": 3, "above ten": 1}
    decade |= {"dip_dmf": 80 / 40, "dip_acn": 80 / 16, "heat_3d": 80 / 5}
    assert made["decade"] == pytest.approx(decade)
    later = {
        "dip_dmf": (40 / 80) / 0.8,
        "dip_acn": (16 / 80) / 0.4,
        "heat_3d": (5 / 80) / 0.2,
    }
    assert made["interaction"] == pytest.approx(later)
    span = (1 / 303.15 - 1 / 343.15) / 8.617333262e-5
    energy = math.log(4000 / 80) / span
    two = {"ea_ev": energy, "predicted_ohm_cm2": 4000 * math.exp(-0.5 * span)}
    assert made["two_points"] == pytest.approx({**two, "errors_above": (energy - 0.5) / 0.1})
    slopes = {
        "DMF left in the polymer": math.log(1.5) / math.log(0.2),
        "heated ceramic": math.log(2) / math.log(0.2),
    }
    assert made["slopes"] == pytest.approx(slopes)


def test_weiss(frozen_root):
    made = Notebook("05_weiss_2020", ROOT=frozen_root)
    assert len(made.pictures) == 4
    order = made["order"]
    assert order.loc["NASICON", "values"] == 0  # a bound alone
    # 25 mm2 and 8300 ohm of a whole cell
    assert order.loc["NASICON", "lowest_bound"] == pytest.approx(8300 * 0.25)


def test_wu(frozen_root):
    """With Wu's Table 1, and 2.70 and 8.96 g/cm3, 3861 and 360 mAh/g, which are not printed."""
    made = Notebook("06_wu_2016", ROOT=frozen_root)
    assert len(made.pictures) == 5
    thin, thick = 12.5 + 7.18 + 0.621601, 62.5 + 7.18 + 3.108003
    needed = 7200 / (thin + 16 * 0.5), 36000 / (thick + 135 * 0.5)
    assert made["needed"] == pytest.approx(needed, rel=2e-6)
    solid = 24.375 + 7.18 + 1.212121
    assert made["then"] == pytest.approx((14040 / (sum(needed) / 2) - solid) / 0.5, rel=2e-6)
    # the liquid cell weighs 41.731016 mg with 340 mAh/g, and 40.564533 mg with 372
    graphite = {
        340.0: (14040 / (10800 / 41.731016) - solid) / 0.5,
        372.0: (14040 / (10800 / 40.564533) - solid) / 0.5,
    }
    assert made["by_graphite"] == pytest.approx(graphite, rel=2e-6)


def test_mangani(frozen_root):
    made = Notebook("07_mangani_2024", ROOT=frozen_root, STUDY=TREATED)
    assert len(made.pictures) == 4
    order = made["order"].numbers.set_index("ratio")
    assert order.loc["C/Ti", "p_one_sided"] == pytest.approx(1 / 24)
    assert made["surface"].shown.rows[0][1:] == ("80.0", "40.0", "16.0", "5.00")


def composite(frozen, study):
    """Made-up conductivities and contacts of one composite, in place of the records."""
    rows = [
        ("conductivity", "normaliser", "reference", 7e-6),
        ("conductivity", "normaliser", "treated", 2.1e-5),
        ("resistance", "interface", "reference", 90.0),
        ("resistance", "interface", "treated", 9.0),
        ("mass_fraction", "characterisation", "reference", 0.8),
    ]
    records = pd.DataFrame(rows, columns=["quantity", "role", "arm", "value"])
    records = records.assign(study_id=study).reindex(columns=frozen.records.columns)
    garnet = pd.DataFrame([{"property": "conductivity", "word": "LLZO_Ta", "value": 5.5e-4}])
    tables = {"records": records, "properties": garnet.reindex(columns=frozen.properties.columns)}
    return type(frozen)({**frozen.tables, **tables}, frozen.units)


def test_li(frozen):
    given = composite(frozen, "simulated_2011_composite")
    with mock.patch("metastudy.load", return_value=given):
        made = Notebook("08_li_2020", STUDY="simulated_2011_composite")
    assert len(made.pictures) == 1
    media = made["media"].set_index("matrix_g_cm3")
    # 80 wt% of 5.5 g/cm3: v = w/rho
    volumes = 0.8 / 5.5 / (0.8 / 5.5 + 0.2 / np.array([1.1, 1.2, 1.3, 1.4]))
    assert list(media["volume_fraction"]) == pytest.approx(volumes)
    assert (media["bruggeman"] > 0).all()


def test_sang(frozen_root):
    made = Notebook("09_sang", ROOT=frozen_root)
    assert len(made.pictures) == 3
    # J L/sigma: 3 mA cm-2 over 80 and 20 um of 1.6 mS cm-1
    assert made["drops"] == pytest.approx({80.0: 0.015, 20.0: 0.00375})


def test_coverage(frozen_root, frozen):
    made = Notebook("10_coverage", ROOT=frozen_root)
    assert len(made.pictures) == 3
    totals = made["found"].totals.set_index("what")["count"]
    assert totals.iloc[0] == len(frozen.records)
    assert made["known"]


def test_claims(frozen_root):
    with mock.patch.dict(os.environ, PYTHONPATH=str(REPOSITORY)):
        made = Notebook("11_claims", ROOT=frozen_root)
    assert len(made.pictures) == 1
    counts = made["counts"]
    assert counts.to_numpy().sum() == len(made["claims"])
    (axes,) = made.pictures[0].axes
    widths = sum(bar.get_width() for bar in axes.patches)
    assert widths == pytest.approx(len(made["claims"]))


def test_pellet():
    made = Notebook("12_pellet")
    assert len(made.pictures) == 2
    assert made["consistent"].passed
    # Only the sum of the two arcs is determined.
    assert made["correlation"] < -0.99
    assert made["totals"][0] == pytest.approx(made["totals"][1], rel=0.03)
    assert made["check"].findings == ()
    record = made["record"]
    assert (record["unit"], record["role"], record["excluded"]) == ("ohm", "normaliser", "role")
    assert record["value"] == pytest.approx(sum(made["totals"]) / 2, abs=0.5)
    area = math.pi * 1.3**2 / 4
    assert made["sigma"] == pytest.approx(0.075 / area / record["value"])
    # By eye: the real axis of the plot is left near 95 kohm.
    spectrum = made["spectrum"]
    near = spectrum.impedance_ohm[np.argmin(np.abs(spectrum.frequency_hz - 740))]
    assert record["value"] == pytest.approx(near.real, rel=0.05)
    assert made["data"].observations.empty
    ((_, reason),) = made["refused"].failed
    assert "has no contact of two ionic conductors" in reason


@pytest.mark.data
@pytest.mark.parametrize(
    "name", [p.parent.name for p in NOTEBOOKS if "ROOT = None" in p.read_text(encoding="utf-8")]
)
def test_every_notebook_of_the_dataset_runs_on_todays_data(name, today):
    kind = Notebook  # under another name: the folder is no constant here
    with mock.patch.dict(os.environ, PYTHONPATH=str(REPOSITORY)):
        assert kind(name, ROOT=today).pictures


def test_nothing_that_a_notebook_computes_is_kept_beside_it():
    kept = {path.relative_to(ANALYSES).as_posix() for path in ANALYSES.rglob("*") if path.is_file()}
    inputs = {"cell.yaml", "simulate.py", "study.yaml", "measurements.csv"}
    made = {
        name
        for name in kept
        if not name.endswith("analysis.py")
        and "/spectra/" not in name
        and not name.startswith("12_pellet/pellet/")
        and name.rpartition("/")[2] not in inputs
        and "__pycache__" not in name
    }
    assert made == set()
