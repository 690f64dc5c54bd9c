"""Write the simulated spectra: SS | PEO | LATP plate | PEO | SS at seven temperatures.

From Mangani 2024 (10.1021/acsami.4c08882): 64 ohm cm2 for one contact at 70 degC, 0.7 eV, a polymer
disc of 4 mm, two contacts, a plate of 150 um, 7 MHz to 0.1 Hz, 60 to 90 degC in steps of 5. Chosen
here: everything that CHOSEN holds. Nothing in these files was measured.

Run it to write the files anew; the seed makes them the same.
"""

import hashlib
from pathlib import Path

import numpy as np

BOLTZMANN_EV_PER_K = 8.617333262e-5
ZERO_CELSIUS_K = 273.15
FOLDER = Path(__file__).parent / "simulated_2026_peolatp" / "spectra"
TEMPERATURES_C = (60, 65, 70, 75, 80, 85, 90)

ASR_OHM_CM2, ASR_AT_C, EA_EV = 64.0, 70.0, 0.7
DIAMETER_CM, CONTACTS, PLATE_CM = 0.4, 2, 0.015
AREA_CM2 = np.pi * DIAMETER_CM**2 / 4

CHOSEN = {
    "polymer_cm": 0.01,  # each of the two layers
    "polymer_s_cm_at_70": 5e-4,
    "polymer_ea_ev": 0.35,
    "plate_s_cm_at_70": 5e-4,
    "plate_ea_ev": 0.35,
    "contact_f_cm2": 1e-6,  # of one contact, effective (Hsu-Mansfeld)
    "contact_exponent": 0.9,
    "electrode_f_cm2": 5e-6,  # of one blocking electrode, as Q
    "electrode_exponent": 0.92,
    "leads_h": 0.5e-6,
    "noise": 0.003,  # of |Z|, in each of Re and Im
    "temperature_sd_k": 0.5,  # of each point: the cell is not quite at the stated temperature
    "points_per_decade": 8,
    "seed": 20261125,
}


def arrhenius(at_c: float, energy_ev: float, reference_c: float = 70.0) -> float:
    """Factor by which a resistance at the reference rises or falls."""
    lever = 1 / (at_c + ZERO_CELSIUS_K) - 1 / (reference_c + ZERO_CELSIUS_K)
    return float(np.exp(energy_ev / BOLTZMANN_EV_PER_K * lever))


def interface_ohm(at_c: float) -> float:
    """Resistance (ohm) of both contacts in the circuit."""
    return CONTACTS * ASR_OHM_CM2 / AREA_CM2 * arrhenius(at_c, EA_EV, ASR_AT_C)


def impedance(frequency_hz: np.ndarray, at_c: float) -> np.ndarray:
    """Impedance (ohm) of the cell: leads, both bulks, the arc of the contacts, blocking tail."""
    c, jw = CHOSEN, 2j * np.pi * frequency_hz
    polymer = 2 * c["polymer_cm"] / c["polymer_s_cm_at_70"] / AREA_CM2
    plate = PLATE_CM / c["plate_s_cm_at_70"] / AREA_CM2
    bulk = polymer * arrhenius(at_c, c["polymer_ea_ev"]) + plate * arrhenius(at_c, c["plate_ea_ev"])
    r, n = interface_ohm(at_c), c["contact_exponent"]
    tau = r * c["contact_f_cm2"] * AREA_CM2 / CONTACTS
    arc = r / (1 + (jw * tau) ** n)
    tail = 2 / (c["electrode_f_cm2"] * AREA_CM2 * jw ** c["electrode_exponent"])
    return jw * c["leads_h"] + bulk + arc + tail


def write(folder: Path = FOLDER) -> None:
    """Write one file per temperature."""
    rng = np.random.default_rng(CHOSEN["seed"])
    decades = np.log10(7e6 / 0.1)
    frequency = np.geomspace(7e6, 0.1, round(decades * CHOSEN["points_per_decade"]) + 1)
    for stated in TEMPERATURES_C:
        true = stated + CHOSEN["temperature_sd_k"] * rng.standard_normal()
        z = impedance(frequency, true)
        noise = rng.standard_normal(z.size) + 1j * rng.standard_normal(z.size)
        z = z + CHOSEN["noise"] * np.abs(z) * noise
        lines = [
            "# SIMULATED, not measured: SS|PE|SE|PE|SS after the printed values of",
            "# 10.1021/acsami.4c08882; analyses/02_refit_simulated_cell/simulate.py",
            "Frequency (Hz),Re(Z) (ohm),Im(Z) (ohm)",
            *(f"{f:.6e},{x.real:.6e},{x.imag:.6e}" for f, x in zip(frequency, z, strict=True)),
        ]
        text = "\n".join(lines) + "\n"
        path = folder / f"simulated_peo_latp_{stated:03d}C.csv"
        path.write_text(text, encoding="utf-8", newline="")
        print(path.name, hashlib.sha256(text.encode()).hexdigest()[:12])


if __name__ == "__main__":
    write()
