"""Every analysis runs, on frozen data where it takes any, and gives what hand arithmetic gives."""

import ast
import math
from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
ANALYSES = REPOSITORY / "analyses"
SCRIPTS = sorted(ANALYSES.glob("*/analysis.py"))
PARAMETERS = '# %% tags=["parameters"]'
KJ_PER_EV = 96.48533
TREATED, SODIUM = "simulated_2001_treatments", "simulated_2002_sodium"


def run(name, **parameters):
    """Run an analysis as a notebook is run: given parameters follow the cell of their defaults."""
    path = ANALYSES / name / "analysis.py"
    text = path.read_text(encoding="utf-8")
    if parameters:
        before, cell, after = text.partition(f"\n{PARAMETERS}\n")
        defaults, mark, rest = after.partition("\n# %%")
        named = {target.id for node in ast.parse(defaults).body for target in node.targets}
        assert parameters.keys() <= named
        given = "\n".join(f"{key} = GIVEN[{key!r}]" for key in parameters)
        text = before + cell + defaults + "\n" + given + mark + rest
    names = {"__name__": "analysis", "__file__": str(path), "GIVEN": parameters}
    exec(compile(text, str(path), "exec"), names)
    return names


def test_every_analysis_is_tested_here():
    written = {path.parent.name for path in SCRIPTS}
    code = Path(__file__).read_text(encoding="utf-8")
    called = {
        node.args[0].value
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "run"
    }
    assert called == written


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.parent.name)
def test_an_analysis_that_reads_the_dataset_lets_its_root_be_chosen(path):
    text = path.read_text(encoding="utf-8")
    if "metastudy.load(" in text and "root=root" not in text:
        _, cell, after = text.partition(f"\n{PARAMETERS}\n")
        assert cell
        assert "ROOT = None" in after.partition("\n# %%")[0]
        assert text.count("metastudy.load(") == text.count("metastudy.load(root=ROOT)")


# Of the 24 orders of four ranks, how many have a sum of squared rank differences D.
ORDERS = dict(zip(range(0, 21, 2), (1, 3, 1, 4, 2, 2, 2, 4, 1, 3, 1), strict=True))


def by_ranks(d):
    """Spearman's coefficient and its exact p values for four plates without ties."""
    at_most = sum(n for other, n in ORDERS.items() if other <= d)
    as_far = sum(n for other, n in ORDERS.items() if abs(10 - other) >= abs(10 - d))
    return {"spearman": 1 - 6 * d / 60, "p_one_sided": at_most / 24, "p_two_sided": as_far / 24}


def test_carbon_and_resistance(frozen_root):
    results = run("01_carbon_and_resistance", ROOT=frozen_root, STUDY=TREATED)["results"]
    resistance = [80, 40, 16, 5]  # ranks 4, 3, 2, 1
    plates = {
        "C/Ti": ([30, 25, 20, 10], 0),  # ranks 4, 3, 2, 1
        "C/P": ([2.0, 1.8, 1.2, 1.4], 1 + 1),  # ranks 4, 3, 1, 2
        "O default/O structure": ([0.30, 0.35, 0.40, 0.45], 9 + 1 + 1 + 9),  # ranks 1, 2, 3, 4
        "O/Ti": ([35, 41, 39, 43], 9 + 9),  # ranks 1, 3, 2, 4
        "Ti(III)/Ti(IV) from percent": ([10 / 90, 16 / 84, 24 / 76, 12 / 88], 9 + 4 + 1),
    }
    assert results.keys() == plates.keys() | {"Ti(III)/Ti(IV)"}
    for name, (values, d) in plates.items():
        pearson = np.corrcoef(values, resistance)[0, 1]
        assert results[name] == pytest.approx({"n": 4, "pearson": pearson, **by_ranks(d)}), name
    # 0.10, 0.20, 0.30, 0.10: ranks 1.5, 3, 4, 1.5. Of the 12 places of the two untied plates 7 give
    # at least this coefficient, and all give at least as much in size.
    tied = results["Ti(III)/Ti(IV)"]
    assert tied["spearman"] == pytest.approx(-0.5 / math.sqrt(5 * 4.5))
    assert tied["p_one_sided"] == pytest.approx(7 / 12)
    assert tied["p_two_sided"] == 1


def test_refit_of_a_simulated_cell():
    results = run("02_refit_simulated_cell")["results"]
    # seven files, seven rows; a second run keeps them; a sound study has no finding
    assert results["rows"] == {
        "fitted": 7,
        "failed": 0,
        "kept when run again": 7,
        "findings of the check": 0,
        "fits that come out again": 7,
    }
    area = math.pi * 0.4**2 / 4
    lever = 1 / 333.15 - 1 / 343.15
    truth = {
        "area_cm2": area,
        "circuit_ohm_at_70": 2 * 64 / area,
        "asr_ohm_cm2_at_60": 64 * math.exp(0.7 / 8.617333262e-5 * lever),
    }
    assert results["truth"] == pytest.approx(truth)
    # One sample in one state is one observation of two contacts, read in the melt. 1 K common and
    # 0.5 K per point at 0.073 per K are 0.035 dex.
    assert results["one contact"] == {
        "observations": 1,
        "contacts": 2,
        "reference_c": 60.0,
        "within 2 sd of the truth": 1,
        "sd below 0.05 dex": 1,
    }
    # 0.5 K is 3.4 % of R: over seven points from 60 to 90 degC 0.015 eV. Five or more of seven
    # intervals hold the truth in 99.6 % of draws; the seed was fixed before the first run.
    assert set(results["activation energy"].values()) == {1}
    # a factor of 1.26, which one clean arc does not exceed between defensible evaluations
    assert results["evaluations"] == {"spread below 0.1 dex": 1}


def test_activation_energies(frozen_root):
    results = run(
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
    )["results"]
    # 0.5, 0.8, 0.5, each +- 0.1: deviations -1, 2, -1 sd; the upper tail of chi-square with 2 df is
    # exp(-Q/2)
    same = {"n": 3, "mean_ev": 0.6, "q": 6.0, "df": 2, "p": math.exp(-3)}
    assert results["preparation"] == pytest.approx(same)
    # One work each. With equal errors REML is the sample variance less the error's, and the robust
    # standard error is that of a plain mean.
    works = np.array([0.70, 0.5, 0.60, 0.62, 0.9, 0.65])
    assert results["polymer contacts of Li"] == pytest.approx(
        {
            "works": 6,
            "mean_ev": works.mean(),
            "tau_ev": math.sqrt(works.var(ddof=1) - 0.1**2),
            "se_ev": works.std(ddof=1) / math.sqrt(6),
            "one_ev_inside": False,  # t(5) = 2.571 gives 0.66 +- 0.14
        },
        rel=1e-5,
    )
    liquids = {"change_ev": (31 - 28) / KJ_PER_EV, "donor_change_kcal_mol": 29.8 - 15.1}
    assert results["PC to DMSO"] == pytest.approx(liquids, rel=1e-5)
    mixture = {"change_ev": (50 - 34) / KJ_PER_EV, "donor_change_kcal_mol": 16.4 - 17.2}
    assert results["DMC to EC:DMC"] == pytest.approx(mixture, rel=1e-5)
    sodium = {
        "liquid_minus_ceramic_ev": (31 - 31) / KJ_PER_EV,
        "polymer_minus_liquid_low_ev": (70 - 31) / KJ_PER_EV,
        "polymer_minus_liquid_high_ev": (72 - 31) / KJ_PER_EV,
    }
    assert results["sodium"] == pytest.approx(sodium, rel=1e-5)


def test_treatments(frozen_root):
    results = run("04_treatments", ROOT=frozen_root, STUDY=TREATED)["results"]
    assert results["printed twice"] == pytest.approx({"from percent": 1 / 0.2, "as a factor": 5})
    decade = {"arms": 3, "above ten": 1}
    decade |= {"dip_dmf": 80 / 40, "dip_acn": 80 / 16, "heat_3d": 80 / 5}
    assert results["stabilised, factor"] == pytest.approx(decade)
    later = {
        "dip_dmf": (40 / 80) / 0.8,
        "dip_acn": (16 / 80) / 0.4,
        "heat_3d": (5 / 80) / 0.2,
    }
    assert results["aged over fresh"] == pytest.approx(later)
    span = (1 / 303.15 - 1 / 343.15) / 8.617333262e-5
    energy = math.log(4000 / 80) / span
    two = {"ea_ev": energy, "predicted_ohm_cm2": 4000 * math.exp(-0.5 * span)}
    assert results["two points"] == pytest.approx({**two, "errors_above": (energy - 0.5) / 0.1})
    slopes = {
        "DMF left in the polymer": math.log(1.5) / math.log(0.2),
        "heated ceramic": math.log(2) / math.log(0.2),
    }
    assert results["slope of log C over log R, steepest"] == pytest.approx(slopes)


def test_figures_of_a_review(frozen_root):
    captions = {
        "Figure 3": {
            1: "probe_2022_liquid",
            2: SODIUM,
            3: "simulated_2004_liquids",
            4: "",
        },
        "Figure 4": {
            1: "probe_2020_polymer",
            2: SODIUM,
            3: "simulated_2007_membranes",
            4: "simulated_2009_cited",
        },
    }
    names = run("05_weiss_figures", ROOT=frozen_root, CAPTIONS=captions)
    # The sodium work prints energies alone.
    assert names["results"] == {
        "Figure 3": {
            "works": 4,
            "in the dataset": 3,
            "with a resistance": 2,
            "with an energy": 3,
            "families of ceramics": 2,  # garnet, and NASICON by the plate in water
        },
        "Figure 4": {
            "works": 4,
            "in the dataset": 4,
            "with a resistance": 3,
            "with an energy": 4,
            "families of ceramics": 2,
        },
    }
    drawn = names["plotted"]["figure_3b.csv"].set_index("record_id")["ea_ev"]
    assert drawn[f"{SODIUM}.003"] == pytest.approx(36 / KJ_PER_EV)


def test_break_even():
    """With Wu's Table 1, and 2.70 and 8.96 g/cm3, 3861 and 360 mAh/g, which are not printed."""
    results = run("06_wu_break_even")["results"]
    # mg per cm2: cathode, anode, foils, separator and liquid of one cell; cathode, foils, lithium
    liquid = 15.789474 + 10.526316 + 7.18 + 1.1875 + 6.294373
    solid = 24.375 + 7.18 + 1.212121
    specific = 10800 / liquid
    volumetric = 108000 / (59.969799 + 69.112174 + 25 + 15)
    near = {"rel": 2e-6}
    cell = {"wh_kg": specific, "wh_l": volumetric}
    assert results["liquid cell"] == pytest.approx(cell, **near)
    left = 14040 / specific - solid
    # the electrolyte in the cathode weighs 3.65625 mg as LLZO, 2/5 and 3/5 less with the others
    mass = {
        "LLZO": left / 0.5,
        "LATP": (left + 3.65625 * 2 / 5) / 0.3,
        "LGPS": (left + 3.65625 * 3 / 5) / 0.2,
    }
    assert results["by mass"] == pytest.approx(mass, **near)
    cathode = (19.5 / 4.7 + 1.21875 / 2.2 + 3.65625 / 5) / 0.09
    lithium = 1.212121 / 0.54 / 0.09
    volume = {"um": 140400 / volumetric - cathode - lithium - 15}
    assert results["by volume"] == pytest.approx(volume, **near)
    thin, thick = 12.5 + 7.18 + 0.621601, 62.5 + 7.18 + 3.108003
    needed = 7200 / (thin + 16 * 0.5), 36000 / (thick + 135 * 0.5)
    loading = {
        "at 10": (7200 / specific - thin) / 0.5,
        "at 50": (36000 / specific - thick) / 0.5,
        "needed at 10": needed[0],
        "needed at 50": needed[1],
        "then at 19.5": (14040 / (sum(needed) / 2) - solid) / 0.5,
    }
    assert results["over the loading"] == pytest.approx(loading, **near)
    # the liquid cell weighs 41.731016 mg with 340 mAh/g, and 40.564533 mg with 372
    graphite = {
        "340": (14040 / (10800 / 41.731016) - solid) / 0.5,
        "372": (14040 / (10800 / 40.564533) - solid) / 0.5,
    }
    assert results["graphite"] == pytest.approx(graphite, **near)


def test_treatments_drawn(frozen_root, tmp_path):
    results = run("07_mangani_treatments", ROOT=frozen_root, STUDY=TREATED, OUT=tmp_path)["results"]
    fresh = {"dip_dmf": 1 - 0.2, "dip_acn": 1 - 0.6, "dip_acn_water": 1 - 0.1}
    fresh |= {"heat_1d": 1 - 0.5, "heat_3d": 1 - 0.8, "dmf_22": 1 / 5}
    assert results["fresh"] == pytest.approx(fresh)
    aged = {"dip_dmf": 40 / 80, "dip_acn": 16 / 80, "heat_3d": 5 / 80}
    assert results["aged"] == pytest.approx(aged)
    assert results["lower ends"] == pytest.approx({"dip_dmc": 1 - 0.7})
    assert not list(tmp_path.iterdir()), "an analysis writes only where it is called as a script"


def test_nothing_that_an_analysis_computes_is_kept_beside_it():
    kept = {path.relative_to(ANALYSES).as_posix() for path in ANALYSES.rglob("*") if path.is_file()}
    inputs = {"cell.yaml", "simulate.py", "study.yaml", "measurements.csv"}
    made = {
        name
        for name in kept
        if not name.endswith("analysis.py")
        and "/spectra/" not in name
        and name.rpartition("/")[2] not in inputs
        and "__pycache__" not in name
    }
    assert made == set()
