"""Effective media with a contact resistance: limits, bounds, geometry, and the pair of Huo."""

import math

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from metastudy.physics import (
    PhysicsError,
    bruggeman,
    bruggeman_differential,
    contact_area,
    critical_radius,
    hasselman_johnson,
    matrix_and_contact,
    nan_spheroids,
    particle_behind_contact,
    volume_fraction,
)
from metastudy.physics.composite import CLOSE_PACKING, RANDOM_PACKING

M, P, A = 1e-5, 1e-3, 2.5e-4  # S/cm, S/cm, 2.5 um
ALL = [hasselman_johnson, bruggeman, bruggeman_differential, nan_spheroids]
SEPARATE = [hasselman_johnson, bruggeman_differential, nan_spheroids]


def test_contact_area_of_20_percent_of_5_um_spheres():
    assert contact_area(0.20, 5e-4) == pytest.approx(2400)
    # spheres of one size: number per volume times area
    number = 0.2 / (4 / 3 * math.pi * A**3)
    assert contact_area(0.2, 2 * A) == pytest.approx(number * 4 * math.pi * A**2)
    assert contact_area(0.0, 5e-4) == 0.0


def test_packing_of_equal_spheres():
    # Sang section 2: 74 % (face-centred cubic) and 64 % (random), so 26 and 36 % of pores
    assert pytest.approx(0.7405, abs=5e-5) == CLOSE_PACKING
    # four spheres touch along the face diagonal of a cube of edge 2 sqrt(2) r
    assert pytest.approx(4 * (4 / 3 * math.pi) / (2 * math.sqrt(2)) ** 3) == CLOSE_PACKING
    assert 1 - CLOSE_PACKING == pytest.approx(0.26, abs=0.005)
    assert 1 - RANDOM_PACKING == pytest.approx(0.36)


@pytest.mark.parametrize("model", ALL)
def test_no_particles_leave_the_matrix(model):
    assert model(M, P, 0.0, A, 50.0) == pytest.approx(M)


@pytest.mark.parametrize("model", ALL)
def test_particles_alone_conduct_behind_their_contact(model):
    for r in (0.0, 50.0):
        assert model(M, P, 1.0, A, r) == pytest.approx(particle_behind_contact(P, A, r))
    assert model(M, P, 1.0, A, 0.0) == pytest.approx(P)


@pytest.mark.parametrize("model", ALL)
def test_dilute_limit_is_that_of_one_sphere(model):
    p = particle_behind_contact(P, A, 50.0)
    phi = 1e-6
    gain = model(M, P, phi, A, 50.0) / M - 1
    assert gain == pytest.approx(3 * phi * (p - M) / (p + 2 * M), rel=1e-4)


@pytest.mark.parametrize("model", ALL)
def test_at_the_critical_radius_the_particles_do_nothing(model):
    a = critical_radius(M, 50.0, P)
    assert model(M, P, 0.4, a, 50.0) == pytest.approx(M, rel=1e-9)
    assert model(M, P, 0.4, 2 * a, 50.0) > M > model(M, P, 0.4, a / 2, 50.0)


def test_critical_radius_of_perfect_particles_is_sigma_r():
    assert critical_radius(M, 100.0) == pytest.approx(M * 100.0)
    assert critical_radius(M, 100.0, 1e6) == pytest.approx(M * 100.0)
    assert critical_radius(M, 0.0, P) == 0.0
    np.testing.assert_allclose(critical_radius([M, 2 * M], 100.0), [1e-3, 2e-3])


def test_infinite_contact_resistance_makes_voids():
    phi = 0.3
    # Maxwell for voids, (1 - phi)/(1 + phi/2); the differential scheme (1 - phi)^(3/2);
    # the symmetric medium 1 - 3 phi/2
    for model, left in (
        (hasselman_johnson, (1 - phi) / (1 + phi / 2)),
        (bruggeman_differential, (1 - phi) ** 1.5),
        (bruggeman, 1 - 1.5 * phi),
    ):
        assert model(M, P, phi, A, 1e15) == pytest.approx(M * left, rel=1e-6)


def test_without_contact_resistance_hasselman_johnson_is_the_lower_bound_of_hashin_and_shtrikman():
    phi = 0.35
    bound = M + phi / (1 / (P - M) + (1 - phi) / (3 * M))
    assert hasselman_johnson(M, P, phi, A) == pytest.approx(bound)
    upper = P + (1 - phi) / (1 / (M - P) + phi / (3 * P))
    for model in (bruggeman, bruggeman_differential):
        assert bound < model(M, P, phi, A) < upper


def test_differential_medium_solves_its_differential_equation():
    p = particle_behind_contact(P, A, 20.0)

    def slope(phi, s):
        return 3 * s / (1 - phi) * (p - s) / (p + 2 * s)

    path = solve_ivp(slope, (0.0, 0.45), [M], rtol=1e-10, atol=1e-16)
    assert bruggeman_differential(M, P, 0.45, A, 20.0) == pytest.approx(path.y[0, -1], rel=1e-7)


def test_symmetric_medium_does_not_know_which_is_the_matrix():
    one = bruggeman(M, P, 0.4, A)
    assert one == pytest.approx(bruggeman(P, M, 0.6, A))
    residual = 0.4 * (P - one) / (P + 2 * one) + 0.6 * (M - one) / (M + 2 * one)
    assert residual == pytest.approx(0.0, abs=1e-12)


def test_spheres_of_nan_are_those_of_hasselman_and_johnson():
    phi = np.array([0.1, 0.3, 0.5])
    expected = hasselman_johnson(np.full(3, M), P, phi, A, 30.0)
    np.testing.assert_allclose(nan_spheroids(np.full(3, M), P, phi, A, 30.0), expected)
    near = nan_spheroids(M, P, 0.3, A, 30.0, aspect=1 + 1e-5)
    assert near == pytest.approx(expected[1], rel=1e-4)


@pytest.mark.parametrize("aspect", [0.05, 0.5, 0.9995, 1.0005, 3.0, 50.0])
def test_depolarisation_factors_are_their_integrals(aspect):
    from metastudy.physics.composite import _depolarisation

    across, along = _depolarisation(aspect)
    # L = (a b c/2) int ds/((s + c^2) sqrt((s + a^2)(s + b^2)(s + c^2))), a = b = 1, c = aspect
    integral, _ = quad(lambda s: 1 / ((s + 1) * (s + aspect**2) ** 1.5), 0, np.inf, epsrel=1e-10)
    assert along == pytest.approx(aspect / 2 * integral, rel=1e-5)
    assert 2 * across + along == pytest.approx(1.0)


def test_fibres_and_plates_conduct_better_than_spheres():
    sphere = nan_spheroids(M, P, 0.05, A)
    assert nan_spheroids(M, P, 0.05, A, aspect=20.0) > sphere
    assert nan_spheroids(M, P, 0.05, A, aspect=0.05) > sphere
    # endless perfect fibres: a third of them along the field, so M (1 + phi P/(3 M) ...)
    endless = nan_spheroids(M, P, 1e-5, A, aspect=1e6)
    gain = 1e-5 * (2 * 2 * (P - M) / (P + M) + (P - M) / M) / 3
    assert endless / M - 1 == pytest.approx(gain, rel=1e-3)


# Li 2020, "Polymer/Ceramic Interfaces", after Huo 2020: annealing took the contact of PEO and
# garnet from 93.1 to 8.9 ohm, and the composite with 80 wt% from 7.2e-6 to 2.4e-5 S/cm.
HUO = {"before_s_cm": 7.2e-6, "after_s_cm": 2.4e-5, "resistance_factor": 93.1 / 8.9}
PHI = volume_fraction(0.80, 5.5, 1.2)  # both densities are assumed


def test_the_pair_of_huo_in_numbers():
    assert HUO["resistance_factor"] == pytest.approx(10.5, abs=0.05)
    assert HUO["after_s_cm"] / HUO["before_s_cm"] == pytest.approx(3.33, abs=0.005)
    assert pytest.approx(0.466, abs=5e-4) == PHI


@pytest.mark.parametrize("model", [hasselman_johnson, bruggeman_differential])
def test_separate_particles_do_not_hold_the_pair_of_huo(model):
    # whatever matrix and contact: particles behind a contact 10.5 times as resistive conduct at
    # most 10.5 times less, and the medium follows less than 3.33 times
    ratios = [
        model(1.0, y * HUO["resistance_factor"], PHI, 1.0) / model(1.0, y, PHI, 1.0)
        for y in np.geomspace(1e-4, 1e4, 400)
    ]
    assert max(ratios) < HUO["after_s_cm"] / HUO["before_s_cm"]
    for particle in (1e-4, 3e-4, 1e-3):
        assert (
            matrix_and_contact(
                **HUO, particle_s_cm=particle, volume_fraction=PHI, model=model.__name__
            )
            == ()
        )


@pytest.mark.parametrize("particle", [3e-4, 1e-3])
def test_touching_particles_hold_the_pair_of_huo(particle):
    (found,) = matrix_and_contact(
        **HUO, particle_s_cm=particle, volume_fraction=PHI, model="bruggeman"
    )
    r = found.resistance(A)
    before = bruggeman(found.matrix_s_cm, particle, PHI, A, r)
    after = bruggeman(found.matrix_s_cm, particle, PHI, A, r / HUO["resistance_factor"])
    assert before == pytest.approx(7.2e-6, rel=1e-6)
    assert after == pytest.approx(2.4e-5, rel=1e-6)


@pytest.mark.parametrize("model", ["hasselman_johnson", "bruggeman", "bruggeman_differential"])
def test_a_planted_pair_is_found_again(model):
    function = {f.__name__: f for f in ALL}[model]
    r, phi = 20.0, 0.55
    before, after = (function(M, P, phi, A, x) for x in (r, r / 8))
    found = matrix_and_contact(before, after, 8.0, P, phi, model)
    assert any(
        each.matrix_s_cm == pytest.approx(M, rel=1e-5)
        and each.resistance(A) == pytest.approx(r, rel=1e-5)
        for each in found
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "maxwell"}, "use one of hasselman_johnson, bruggeman"),
        ({"resistance_factor": 0.1}, "the contact resistance falls, the conductivity rises"),
        ({"after_s_cm": 1e-6}, "the contact resistance falls, the conductivity rises"),
        ({"volume_fraction": 46.6}, "46.6 % as a fraction is 0.466"),
    ],
)
def test_a_pair_that_is_none_is_refused(change, message):
    with pytest.raises(PhysicsError, match=message):
        matrix_and_contact(**(HUO | {"particle_s_cm": 1e-3, "volume_fraction": PHI} | change))
