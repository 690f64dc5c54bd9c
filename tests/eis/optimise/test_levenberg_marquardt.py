"""Where a fit ends: the slopes of its cost say whether that is a minimum inside the limits."""

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis.circuits.model import Model
from metastudy.eis.optimise.levenberg_marquardt import minimise
from metastudy.eis.weighting.data import Data

F = np.logspace(6, -1, 57)
PELLET = "p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)-CPE4"
# A small fast arc, two slower arcs of nearly one time constant, and a tail: ohm, s, exponent.
ARCS = ((2e4, 3e-7, 0.96), (3.1e5, 5.3e-6, 0.715), (1.5e5, 9e-6, 0.985))


def pellet(seed):
    """Z of the pellet with 0.3 % noise, and the parameters that it was made from."""
    w = 2j * np.pi * F
    z = sum(r / (1 + (w * tau) ** n) for r, tau, n in ARCS) + 1 / (3e-6 * w**0.6)
    e = np.random.default_rng([5, seed]).normal(size=(2, F.size))
    truth = [x for r, tau, n in ARCS for x in (r, tau**n / r, n)]
    return z * (1 + 0.003 * (e[0] + 1j * e[1])), np.array([*truth, 3e-6, 0.6])


@pytest.mark.parametrize("seed", range(12))
def test_a_fit_ends_where_no_step_inside_the_limits_goes_down(seed):
    z, truth = pellet(seed)
    model = Model(eis.Circuit(PELLET))
    data = Data(2 * np.pi * F, z[None], np.repeat(1 / np.abs(z), 2)[None])
    at = minimise(model, data, model.coordinates(truth[None]), rescale=False, tolerance=1e-13)
    v, slope = at.v[0], at.gradient[0]
    size = np.sqrt(np.diag(at.normal[0]) * at.cost[0])
    inside = (v > model.low) & (v < model.high)
    assert at.converged.all()
    np.testing.assert_allclose(slope[inside] / size[inside], 0, atol=1e-4)
    assert np.all(slope[v >= model.high] <= 0)


@pytest.mark.parametrize("seed", range(12))
def test_two_arcs_of_nearly_one_time_constant_are_found(seed):
    z, truth = pellet(seed)
    spectrum = eis.Spectrum(F, z)
    start = dict(zip(eis.Circuit(PELLET).names, truth, strict=True))
    found = eis.fit(spectrum, PELLET)
    assert found.chi2 <= 1.01 * eis.fit(spectrum, PELLET, start=start, starts=1).chi2
