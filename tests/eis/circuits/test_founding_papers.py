"""Limits of the line of de Levie and of the brick layer (Weiss 2020, sections 3 and 4).

Their values at one point stand in test_elements.py and tests/eis/cells/test_layers.py.
"""

import numpy as np
import pytest

from metastudy.eis.cells.layers import brick_layer
from metastudy.eis.circuits.elements import DL

DC = np.array([1e-12])


def de_levie(rp, ri):
    return DL.impedance(DC, rp, ri, 1e-6, 1.0)[0].real


def test_short_pores_add_a_third_of_their_resistance():
    # Weiss 2020 section 3: sqrt(Rp Ri) coth sqrt(Rp/Ri) -> Ri + Rp/3
    assert de_levie(30.0, 1000.0) == pytest.approx(1010.0, abs=0.03)
    assert de_levie(1e-6, 1000.0) == pytest.approx(1000.0)


def test_long_pores_are_used_at_their_mouth_alone():
    assert de_levie(1e6, 1.0) == pytest.approx(np.sqrt(1e6), rel=1e-9)


def test_brick_layer_without_boundaries_and_with_blocking_ones():
    # Weiss 2020 section 4: 1/sigma = 1/sigma_g + (delta/d)/sigma_gb
    total, ratio = brick_layer(1e-3, 1e-6, 10e-4, 10e-7)
    assert total == pytest.approx(5.0e-4, rel=1e-3)
    assert ratio == pytest.approx(1000.0)
    assert brick_layer(1e-3, 1e-6, 1.0, 1e-12)[0] == pytest.approx(1e-3)
    assert brick_layer(1e-3, 1e-15, 10e-4, 10e-7)[0] == pytest.approx(1e-15 * 1000, rel=1e-6)
