"""Which circuit contains which, and what a spectrum shows of what is added."""

import numpy as np
import pytest

from metastudy.eis import Circuit
from metastudy.eis.circuits.model import Model
from metastudy.eis.circuits.notation import dashed
from metastudy.eis.selection.containment import added_parts, needed, unseen_share
from metastudy.eis.weighting.data import Data

FREQUENCY = np.logspace(5, 0, 41)


@pytest.mark.parametrize(
    ("larger", "smaller", "added"),
    [
        ("R0-p(R1,CPE1)-p(R2,CPE2)", "R0-p(R1,CPE1)", ["p(R2,CPE2)"]),
        ("p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)", "R0-p(R1,C1)", ["p(R3,CPE3)"]),
        ("L0-R0-p(R1,CPE1)", "p(CPE1,R1)", ["L0", "R0"]),
        ("R0-G1-G2", "R0-G1", ["G2"]),
        ("R0-p(R1,C1)", "R0-p(R1,CPE1)", None),
        ("R0-p(R1,CPE1)-p(R2,CPE2)", "L0-R0-p(R1,CPE1)", None),
        ("R0-p(R1,CPE1)", "R0-p(R1,CPE1)", []),
    ],
)
def test_what_a_circuit_adds(larger, smaller, added):
    found = added_parts(Model(Circuit(larger)), Model(Circuit(smaller)))
    assert (found if found is None else [dashed(part) for part in found]) == added


def case(text, values):
    model = Model(Circuit(text))
    z = model.circuit.impedance(FREQUENCY, values)
    data = Data(2 * np.pi * FREQUENCY, z[None], np.repeat(1 / np.abs(z), 2)[None])
    return model, data, model.coordinates(np.array(values))


def test_a_part_is_needed_where_it_exceeds_the_noise():
    # j omega L is at most 6e-5 of |Z|, at the highest frequency.
    model, data, v = case("L0-R0-p(R1,CPE1)", [1e-9, 10.0, 100.0, 1e-4, 0.8])
    assert needed(model, v, data, 1e-7**2)
    assert not needed(model, v, data, 1e-3**2)


def test_a_part_that_others_take_over_is_not_needed():
    # Three resistances in series: any of them can go.
    model, data, v = case("R0-R1-p(R2,CPE2)", [5.0, 5.0, 100.0, 1e-4, 0.8])
    assert not needed(model, v, data, 1e-9**2)


def test_the_unseen_share_rises_with_the_noise():
    model, data, v = case("R0-p(R1,CPE1)", [10.0, 100.0, 1e-4, 0.8])
    added = added_parts(Model(Circuit("R0-p(R1,CPE1)-p(R2,CPE2)")), model)
    least = [82 * noise**2 for noise in (1e-9, 1e-3, 1e2)]
    shares = [unseen_share(model, v, data, added, one, np.random.default_rng(0)) for one in least]
    assert shares[0] < shares[1] < shares[2]


def test_a_resistance_beside_a_resistance_is_never_seen():
    model, data, v = case("R0-p(R1,CPE1)", [10.0, 100.0, 1e-4, 0.8])
    added = added_parts(Model(Circuit("R0-R2-p(R1,CPE1)")), model)
    assert unseen_share(model, v, data, added, 1e-12, np.random.default_rng(0)) > 0.95
