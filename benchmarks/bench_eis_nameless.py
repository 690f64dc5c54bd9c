"""How often three columns without names are read rightly, asked about, or read wrongly.

Simulated cells (seed 11): one to three depressed arcs, a blocking tail in three of ten, a cable in
half, noise of 0.01 to 3 %, 0.01 to 1e6 ohm; each in four representations. None may be read wrongly.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

import numpy as np

from metastudy.eis.readers import column_evidence as evidence
from metastudy.eis.readers.hints import Hints
from metastudy.eis.readers.nameless import _candidates

CELLS = 1200
MOST_WRONG, LEAST_RIGHT = 0, 0.75


def cell(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    f = np.logspace(rng.uniform(3, 7), rng.uniform(-2.5, 1), rng.integers(15, 80))
    jw = 2j * np.pi * f
    scale = 10 ** rng.uniform(-2, 6)
    z = 10 ** rng.uniform(-2, 0) + 0 * jw
    for _ in range(rng.integers(1, 4)):
        resistance, tau = 10 ** rng.uniform(-2, 0.5), 10 ** rng.uniform(-7, 2)
        z = z + resistance / (1 + (jw * tau) ** rng.uniform(0.6, 1))
    if rng.random() < 0.3:
        z = z + 10 ** rng.uniform(-2, 1) * (jw / 100) ** -rng.uniform(0.4, 0.95)
    if rng.random() < 0.5:
        z = z + jw * 10 ** rng.uniform(-9, -6)
    noise = 10 ** rng.uniform(-4, -1.5)
    z = z * (1 + noise * (rng.normal(size=f.size) + 1j * rng.normal(size=f.size)))
    return f, scale * z


def main() -> int:
    rng = np.random.default_rng(11)
    outcomes: Counter[str] = Counter()
    start = time.process_time()
    for _ in range(CELLS):
        f, z = cell(rng)
        for name, second, third in (
            ("Re Z and Im Z", z.real, z.imag),
            ("Re Z and -Im Z", z.real, -z.imag),
            ("|Z| and phase in deg", abs(z), np.degrees(np.angle(z))),
            ("|Z| and phase in rad", abs(z), np.angle(z)),
        ):
            candidates = _candidates(second, third, Hints())
            best = evidence.clear_winner({k: evidence.misfit(f, v) for k, v in candidates.items()})
            outcomes["asked" if best is None else "right" if best == name else "wrong"] += 1
    each = 1e3 * (time.process_time() - start) / (4 * CELLS)
    shares = ", ".join(f"{word} {outcomes[word]}" for word in ("right", "asked", "wrong"))
    print(f"{4 * CELLS} tables: {shares}; {each:.2f} ms each")
    good = outcomes["wrong"] <= MOST_WRONG and outcomes["right"] >= LEAST_RIGHT * 4 * CELLS
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
