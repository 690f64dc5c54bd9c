"""What is refused, and that the message says what would be right."""

import subprocess
import sys

import numpy as np
import pytest

from metastudy import physics
from metastudy.errors import MetastudyError
from metastudy.physics import PhysicsError, arguments


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: physics.exchange_current(-16.0, 298.15), "r_ohm_cm2 = -16 must be positive"),
        (lambda: physics.exchange_current(0.0, 298.15), "r_ohm_cm2 = 0 must be positive"),
        (lambda: physics.exchange_current(np.nan, 298.15), "r_ohm_cm2 = nan must be positive"),
        (
            lambda: physics.exchange_current(16.0, 25.0),
            r"temperature_k = 25 K is below 150 K; if it is in degC, give 298.15 K",
        ),
        (lambda: physics.exchange_current(16.0, -300.0), "must be in kelvin, from 150 to 1000"),
        (
            lambda: physics.fit_arrhenius([303.15, 343.15], [3400, 64]),
            r"temperature_c = 303.15 degC is above 250 degC; if it is in kelvin, give 30 degC "
            r"\(element 0\)",
        ),
        (lambda: physics.fit_arrhenius([-300, 30], [3400, 64]), "must be in degC, from -123.15"),
        (
            lambda: physics.volume_fraction(50, 5.1, 1.275),
            "mass_fraction = 50 is above 1; 50 % as a fraction is 0.5",
        ),
        (lambda: physics.volume_fraction(-0.1, 5.1, 1.275), "must be a fraction from 0 to 1"),
        (lambda: physics.current_density(0.01, 1e-3, 298.15, alpha=1.5), "alpha = 1.5 is above 1"),
        (lambda: physics.transfer_resistance(1e-3, 298.15, charge=0), "whole number of 1 or more"),
        (lambda: physics.transfer_resistance("x", 298.15), "neither a number nor an array"),
        (lambda: physics.two_point_ea(1.0, 300.0, 2.0, 300.0), "distance between t1_k and t2_k"),
        (lambda: physics.arrhenius_shift(0.7, 300.0, 310.0, form=2), "form = 2 must be 0"),
        (lambda: physics.critical_radius(1e-3, 10.0, 1e-4), "must be above matrix_s_cm"),
    ],
)
def test_a_number_that_cannot_be_is_refused(call, message):
    with pytest.raises(PhysicsError, match=message):
        call()


def test_the_place_in_an_array_is_named():
    with pytest.raises(PhysicsError, match=r"r_ohm_cm2 = -2 must be positive .* \(element 1\)"):
        physics.exchange_current([1.0, -2.0], 298.15)


def test_the_error_is_one_of_the_package():
    assert issubclass(PhysicsError, MetastudyError)


def test_numbers_stay_numbers_and_lists_become_arrays():
    assert isinstance(physics.exchange_current(16, 298.15), float)
    both = physics.exchange_current([16.0, 32.0], [298.15, 298.15])
    assert both.shape == (2,)
    assert both[0] == pytest.approx(2 * both[1])


def test_exponential_beyond_the_largest_float_is_infinite():
    assert arguments.exponential(1e4) == np.inf
    assert arguments.exponential(np.array([1e4]))[0] == np.inf


def test_every_public_name_resolves():
    for name in physics.__all__:
        assert getattr(physics, name).__doc__
    assert dir(physics) == sorted(physics.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'entropy'"):
        _ = physics.entropy


def test_a_plain_number_is_converted_without_numpy():
    code = (
        "import sys\n"
        "from metastudy.physics import transfer_resistance, two_point_ea, concentration\n"
        "transfer_resistance(1e-3, 298.15); two_point_ea(3400, 303.15, 64, 343.15)\n"
        "concentration(20, 1.2, 'LiTFSI')\n"
        "print('numpy' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
