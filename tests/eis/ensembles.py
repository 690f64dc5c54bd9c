"""Two-arc spectra with known parameters, drawn as in the peers' benchmark.

64 points from 7 MHz to 0.1 Hz, 0.5 % Gaussian noise on each of Re and Im relative to |Z|.
"""

import numpy as np

from metastudy.eis import Circuit, Spectrum

FREQUENCY = np.logspace(np.log10(7e6), -1, 64)
TWO_ARCS = "R0-p(R1,CPE1)-p(R2,CPE2)"
BLOCKING = "R0-p(R1,CPE1)-p(R2,CPE2)-CPE3"


def draw(rng, circuit, separation=(1.5, 3.0)):
    """Parameters with time constants ``separation`` decades apart."""
    r0, r1, r2 = 10 ** rng.uniform([1, 2, 2], [3, 4, 4])
    tau1 = 10 ** rng.uniform(-6.5, -4.5)
    tau2 = tau1 * 10 ** rng.uniform(*separation)
    a1, a2, a3 = rng.uniform(0.75, 0.97, 3)
    values = [r0, r1, tau1**a1 / r1, a1, r2, tau2**a2 / r2, a2]
    return np.array(values + ([10 ** rng.uniform(-5, -4), a3] if circuit == BLOCKING else []))


def spectrum_of(circuit, values, rng=None, noise=0.005, frequency=FREQUENCY):
    """Spectrum of a circuit, with relative noise if ``rng`` is given."""
    z = Circuit(circuit).impedance(frequency, values)
    if rng is not None:
        e = rng.normal(size=(2, len(frequency)))
        z = z + noise * np.abs(z) * (e[0] + 1j * e[1])
    return Spectrum(frequency, z)
