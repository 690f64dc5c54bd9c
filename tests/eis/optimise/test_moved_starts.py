"""Starts from a minimum with one part changed, and the minima that only they lead to."""

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis.circuits.model import Model
from metastudy.eis.optimise.moved_starts import moved_starts
from metastudy.eis.weighting.data import Data

F = np.logspace(6, -1, 57)
TWO, THREE = "R0-p(R1,CPE1)-p(R2,CPE2)", "R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)"
# Arcs by ohm, log10 of s, exponent: a small sharp one beside a larger, broader one.
BESIDE_BROAD = (9.2, ((233, -4.70, 0.926), (13.8, -3.29, 1.0), (244, -1.93, 0.837)))
SMALL = (7.93, ((224, -4.67, 0.88), (10.7, -3.33, 1.0), (93.9, -1.7, 0.874)))


def starts(text, parameters, **constraints):
    """Rows of named parameters of the starts from ``parameters``."""
    circuit = eis.Circuit(text)
    model = Model(circuit, **constraints)
    z = circuit.impedance(F, np.array(list(parameters.values())))
    data = Data(2 * np.pi * F, z[None], np.repeat(1 / np.abs(z), 2)[None])
    v = model.coordinates(np.array(list(parameters.values()))[None])[0]
    return [
        dict(zip(circuit.names, row, strict=True))
        for row in model.natural(moved_starts(model, data, v))
    ]


def named(r0, arcs):
    out = {"R0": r0}
    for k, (r, log_tau, n) in enumerate(arcs, start=1):
        out |= {f"R{k}": r, f"CPE{k}_Q": 10 ** (log_tau * n) / r, f"CPE{k}_n": n}
    return out


def time_constant(row, k):
    return (row[f"R{k}"] * row[f"CPE{k}_Q"]) ** (1 / row[f"CPE{k}_n"])


def is_near(row, other, but=()):
    return all(
        row[name] == pytest.approx(other[name], rel=1e-9) for name in other if name not in but
    )


def test_two_arcs_change_places():
    here = named(10.0, ((100.0, -4.0, 0.6), (50.0, -2.0, 1.0)))
    there = named(10.0, ((100.0, -2.0, 0.6), (50.0, -4.0, 1.0)))
    assert sum(is_near(row, there) for row in starts(TWO, here)) == 1


def test_a_broad_arc_is_made_small_and_sharp_and_a_sharp_one_is_not():
    here = named(10.0, ((100.0, -4.0, 0.6), (50.0, -2.0, 0.9)))
    rows = starts(TWO, here)
    made = [row for row in rows if row["R1"] == pytest.approx(50.0) and row["CPE1_n"] > 0.95]
    assert [time_constant(row, 1) for row in made] == [pytest.approx(1e-4)]
    assert is_near(made[0], here, but=("R1", "CPE1_Q", "CPE1_n"))
    assert not [row for row in rows if row["R2"] == pytest.approx(25.0) and row["CPE2_n"] > 0.95]


def test_a_resistor_that_has_gone_comes_back():
    rows = starts(TWO, named(1e-9, ((100.0, -4.0, 0.8), (50.0, -2.0, 0.9))))
    smallest = min(row["R0"] for row in rows if row["R0"] > 1e-6)
    assert smallest > 0.1 * 0.2


def test_an_arc_that_is_held_keeps_its_place():
    here = named(10.0, ((100.0, -4.0, 0.6), (50.0, -2.0, 1.0)))
    rows = starts(TWO, here, fixed={"R1": 100.0})
    assert all(row["R1"] == pytest.approx(100.0) for row in rows)
    assert not any(
        time_constant(row, 1) == pytest.approx(1e-2)
        and time_constant(row, 2) == pytest.approx(1e-4)
        for row in rows
    )


@pytest.mark.parametrize(
    ("cell", "seed"), [(BESIDE_BROAD, 28), *((SMALL, seed) for seed in (1, 11, 22, 28, 32, 41, 55))]
)
def test_a_small_sharp_arc_beside_a_broad_one_is_found(cell, seed):
    # Of 60 seeds of each those in which starts that were only moved ended in another minimum.
    truth = named(*cell)
    z = eis.Circuit(THREE).impedance(F, np.array(list(truth.values())))
    e = np.random.default_rng([29, seed]).normal(size=(2, F.size))
    spectrum = eis.Spectrum(F, z + 0.003 * np.abs(z) * (e[0] + 1j * e[1]))
    best = eis.fit(spectrum, THREE, start=truth, starts=1)
    assert eis.fit(spectrum, THREE).chi2 <= 1.01 * best.chi2
