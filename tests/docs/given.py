"""What the code of each page takes as given: simulated data, and files in the working folder."""

from pathlib import Path

import numpy as np
import pandas as pd

from metastudy import eis, mixed

FREQUENCY_HZ = np.logspace(6, -1, 57)
AREA_CM2 = 0.12566
TWO_ARCS = {"R1": 100.0, "CPE1_Q": 1e-9, "CPE1_n": 0.95, "R2": 400.0, "CPE2_Q": 1e-6, "CPE2_n": 0.9}
TAIL = {"CPE3_Q": 1e-4, "CPE3_n": 0.9}


def simulated(circuit, values, seed=1):
    """A spectrum of the circuit with 0.3 % noise."""
    rng = np.random.default_rng(seed)
    z = eis.Circuit(circuit).impedance(FREQUENCY_HZ, values)
    noise = rng.normal(0, 0.003, (2, z.size))
    return eis.Spectrum(FREQUENCY_HZ, z + np.abs(z) * (noise[0] + 1j * noise[1]))


def records():
    """Crossed and nested rows with known variances; every fifth one is known by a limit alone."""
    rng = np.random.default_rng(1)
    work = np.repeat(np.arange(16), 4)
    data = pd.DataFrame(
        {
            "work": [f"work {i}" for i in work],
            "system": [f"system {i}" for i in np.arange(64) % 7],
            "preparation": np.tile(["a", "a", "b", "b"], 16),
            "v": 0.01,
        }
    )
    effects = rng.normal(0, 0.3, 16)[work] + rng.normal(0, 0.4, 7)[np.arange(64) % 7]
    data["y"] = 2 + effects + np.repeat(rng.normal(0, 0.3, 32), 2) + rng.normal(0, 0.1, 64)
    return data


def with_limits():
    data = records()
    low = np.arange(64) % 5 == 0
    limit = (data["y"] + 0.2).where(low)
    return data.assign(y=data["y"].mask(low), lo=np.nan, hi=limit, limit=limit)


def of_mixed(_folder):
    data = records()
    return {"data": data, "newdata": data.head(3)}


def of_mixed_bounds(_folder):
    data = with_limits()
    unit = data["work"].where(data["work"].isin(["work 0", "work 1", "work 2"]))
    return {
        "mixed": mixed,
        "data": data.assign(cell_design=unit, log10_n=np.log10(2), p=0.5, y=records()["y"]),
        "V": np.diag(data["v"]),
        "formula": "y ~ 1 + (1 | work/preparation)",
    }


def of_mixed_bayes(_folder):
    return {"data": with_limits().head(24), "newdata": records().head(3)}  # it samples for long


def of_mixed_diagnostics(_folder):
    fit = mixed.fit("y ~ 1 + (1 | work/preparation)", records(), v="v")
    return {"mixed": mixed, "np": np, "fit": fit}


def of_eis(folder):
    rows = ["frequency/Hz,Re(Z)/ohm,Im(Z)/ohm"]
    two = simulated("R0-p(R1,CPE1)-p(R2,CPE2)", {"R0": 20.0} | TWO_ARCS)
    rows += [
        f"{f},{z.real},{z.imag}" for f, z in zip(two.frequency_hz, two.impedance_ohm, strict=True)
    ]
    (folder / "spectrum.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    circuit = "R0-p(R1,CPE1)-p(R2,CPE2)-CPE3"
    temperature_c = [20.0, 40.0, 60.0, 80.0]
    spectra = [
        simulated(circuit, {"R0": 20.0} | TWO_ARCS | TAIL | {"R1": 400 / 2**k, "R2": 3e3 / 3**k}, k)
        for k in range(4)
    ]
    return {
        "path": folder / "spectrum.csv",
        "spectra": spectra,
        "temperature_c": temperature_c,
        "circuit": circuit,
        "cell": layered(),
    }


def layered():
    """SS|PE|SE|PE|SS with a grain boundary."""
    steel = eis.Layer("SS", "electrode")
    polymer = eis.Layer("PE", "PE", 0.01, AREA_CM2, eis.Arrhenius(1e-5, 25, 0.8), 10)
    boundary = eis.Boundary(eis.Arrhenius(3e-4, 25, 0.4), 1000.0, 0.95)
    plate = eis.Layer(
        "SE", "SE", 0.015, AREA_CM2, eis.Arrhenius(1e-3, 25, 0.3), 30, boundary, known=0.1
    )
    return eis.Cell((steel, polymer, plate, polymer, steel))


def of_eis_cells(_folder):
    circuit = "R0-p(R1,CPE1)-CPE3"
    values = {"R0": 17e3, "R1": 800.0, "CPE1_Q": 1e-7, "CPE1_n": 0.9} | TAIL
    return {"fit": eis.fit(simulated(circuit, values), circuit)}


def of_eis_formats(folder):
    def file(name, sweeps):
        lines = ["freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\tcycle number"]
        for cycle in range(1, sweeps + 1):
            spectrum = simulated("R0-p(R1,CPE1)-p(R2,CPE2)", {"R0": 20.0 * cycle} | TWO_ARCS)
            lines += [
                f"{f}\t{z.real}\t{-z.imag}\t{cycle}"
                for f, z in zip(spectrum.frequency_hz, spectrum.impedance_ohm, strict=True)
            ]
        head = ["EC-Lab ASCII FILE", "Nb header lines : 4", ""]
        (folder / name).write_text("\n".join([*head, *lines]) + "\n", encoding="cp1252")

    file("cell4_60C.mpt", 1)
    file("cell4_series.mpt", 3)
    return {}


def of_eis_series(_folder):
    circuit = "L0-R0-p(R1,CPE1)-p(R2,CPE2)-CPE3"
    values = {"L0": 1e-6, "R0": 20.0} | TWO_ARCS | TAIL
    spectra = [
        simulated(circuit, values | {"R1": 400 / 2**k, "R2": 3e3 / 3**k}, k) for k in range(5)
    ]
    return {"eis": eis, "spectra": spectra, "temperature_c": [20.0, 35.0, 50.0, 65.0, 80.0]}


def of_eis_refit(_folder):
    circuit = "R0-p(R1,CPE1)-CPE2"
    values = {"R0": 220.0, "R1": 1e3, "CPE1_Q": 1e-7, "CPE1_n": 0.9, "CPE2_Q": 1e-5, "CPE2_n": 0.9}
    return {"eis": eis, "spectrum": simulated(circuit, values)}


def of_physics(_folder):
    concentration = np.array([0.01, 0.03, 0.1, 0.3, 1.0])
    temperature_c = np.linspace(20, 90, 8)
    return {
        "concentration_mol_l": concentration,
        "resistance_ohm_cm2": 40 + 12 * concentration**-0.5,
        "temperature_c": temperature_c,
        "conductivity_s_cm": 1e-3 * np.exp(-4000 * (1 / (temperature_c + 273.15) - 1 / 298.15)),
    }


def given(page: Path, folder: Path):
    """Return the names that the code of a page takes as given; its files go into the folder."""
    maker = globals().get(f"of_{page.stem.replace('-', '_')}")
    return maker(folder) if maker else {}
