"""Equations of Mangani 2024 and Weiss 2020 that are about impedance: values and limits."""

import numpy as np
import pytest

from metastudy.eis.cells.layers import brick_layer
from metastudy.eis.circuits.capacitance import brug, hsu_mansfeld
from metastudy.eis.circuits.circuit import Circuit
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


def test_layers_in_series_of_mangani_2024():
    # section 2 and Figure S3: R_HF = 2 R_PEO + R_Oh; 100 um of 1e-5 and 150 um of 1e-4 S/cm
    circuit = Circuit("R0-R1-R2")
    layers = [0.01 / 1e-5, 0.015 / 1e-4, 0.01 / 1e-5]
    assert circuit.impedance([1e6], layers)[0].real == pytest.approx(2150.0)


def test_capacitance_of_the_interface_arc_of_mangani_2024():
    # Figure S1: R beside a CPE; Q = 1e-6 S s^0.8 and 1000 ohm give Q^(1/n) R^((1-n)/n)
    c = hsu_mansfeld(1e-6, 0.8, 1000.0)
    assert c == pytest.approx(1.778e-7, rel=1e-3)
    arc = Circuit("p(R1,CPE1)")
    apex = 1 / (2 * np.pi * 1000.0 * c)
    assert apex == pytest.approx(895, abs=0.5)
    around = apex * np.array([0.99, 1.0, 1.01])
    z = arc.impedance(around, {"R1": 1000.0, "CPE1_Q": 1e-6, "CPE1_n": 0.8})
    assert np.argmax(-z.imag) == 1
    for series, expected in ((10.0, 5.6e-8), (100.0, 9.8e-8), (1000.0, 1.5e-7)):
        assert brug(1e-6, 0.8, series, 1000.0) == pytest.approx(expected, rel=0.02)
    # without a dispersion of time constants all are the capacitance itself
    assert hsu_mansfeld(1e-6, 1.0, 1000.0) == pytest.approx(1e-6)
    assert brug(1e-6, 1.0, 10.0, 1000.0) == pytest.approx(1e-6)
