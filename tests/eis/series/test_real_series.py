"""Arcs keep their identity on real temperature series, in a folder of real files.

Run by ``make test-real DIR=...``; without the files named here the tests are skipped. The criterion
was written after the first fits had been seen: no exchange of two arcs in one fit may bring ln C
closer to its neighbours (sum of squares over arcs), and C of an arc moves by less than a factor of
2 in all.
"""

from __future__ import annotations

import os
import re
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from metastudy import eis

pytestmark = pytest.mark.real_files

FOLDER = Path(os.environ.get("METASTUDY_SPECTRA") or "no folder given")
CIRCUIT = "p(R1,CPE1)-p(R2,CPE2)-CPE3"


def out_of_order(log_c):
    """Positions at which another order of the arcs has smaller steps of ln C (t, m)."""
    found = []
    for k, row in enumerate(log_c):
        near = log_c[[i for i in (k - 1, k + 1) if 0 <= i < len(log_c)]]
        costs = {
            order: np.sum((row[list(order)] - near) ** 2) for order in permutations(range(row.size))
        }
        if min(costs.values()) < costs[tuple(range(row.size))] - 1e-9:
            found.append(k)
    return found


@pytest.fixture(scope="module")
def pellet():
    """Pellet of 140 to 200 degC, Novocontrol text, of Sheyigold/EISFitpython (MIT)."""
    paths = sorted(FOLDER.rglob("s04147-*deg.txt")) if FOLDER.is_dir() else []
    if len(paths) != 7:
        pytest.skip("needs the seven files s04147-140deg.txt to s04147-200deg.txt")
    celsius = [float(re.search(r"-(\d+)deg", path.name)[1]) for path in paths]
    return [eis.read(path) for path in paths], np.array(celsius)


def test_arcs_of_a_real_temperature_series_are_continuous(pellet):
    spectra, celsius = pellet
    tracked = eis.track_arcs(eis.fit_many(spectra, CIRCUIT), celsius)
    assert out_of_order(tracked.log_c) == []
    assert np.ptp(tracked.log_c, axis=0).max() < np.log(2)


def test_a_real_temperature_series_fitted_together_has_one_line_for_each_arc(pellet):
    spectra, celsius = pellet
    found = eis.fit_series(spectra, celsius, CIRCUIT)
    table = found.resistances().pivot(index="temperature_c", columns="resistor", values="c_f")
    log_c = np.log(table.to_numpy())
    assert out_of_order(log_c) == []
    assert np.ptp(log_c, axis=0).max() < np.log(2)
    # The slower arc by hand, from the feet of the arc in the files: about 2.0 Mohm at 140 degC and
    # 0.1 Mohm at 200 degC, two points that give 0.84 eV.
    energies = found.activation_energies().set_index("resistor")
    assert energies.loc["R2", "ea_ev"] == pytest.approx(0.84, abs=0.1)
    assert energies.loc["R2", "constrained"]


def test_renamed_arcs_of_a_real_series_are_put_back(pellet):
    """Every second fit is given its arcs in the other order, as an evaluator's start may."""
    spectra, celsius = pellet
    fits = list(eis.fit_many(spectra, CIRCUIT))
    true = eis.track_arcs(fits, celsius)
    for k in (1, 3, 5):
        p = fits[k].params
        start = {
            "R1": p["R2"], "CPE1_Q": p["CPE2_Q"], "CPE1_n": p["CPE2_n"],
            "R2": p["R1"], "CPE2_Q": p["CPE1_Q"], "CPE2_n": p["CPE1_n"],
            "CPE3_Q": p["CPE3_Q"], "CPE3_n": p["CPE3_n"],
        }  # fmt: skip
        fits[k] = eis.fit(spectra[k], CIRCUIT, start=start, starts=1)
    tracked = eis.track_arcs(fits, celsius, first=0)
    np.testing.assert_array_equal(tracked.swapped, [1, 3, 5])
    np.testing.assert_allclose(tracked.log_c, true.log_c, atol=1e-3)
