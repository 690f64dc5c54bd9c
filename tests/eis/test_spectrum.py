import pickle

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis import EisError, Spectrum, SpectrumError
from metastudy.errors import MetastudyError

F = [1e3, 1e2, 1e4, 1e2]
Z = [10 - 1j, 12 - 3j, 9.0, 12.1 - 3j]


def test_keeps_points_in_the_order_read():
    spectrum = Spectrum(F, Z)
    assert spectrum.frequency_hz.tolist() == F
    assert spectrum.impedance_ohm.tolist() == [complex(z) for z in Z]
    assert spectrum.impedance_ohm.dtype == np.complex128
    assert len(spectrum) == 4


def test_omega_is_two_pi_f():
    assert Spectrum([1.0], [1.0]).omega[0] == pytest.approx(6.283185307179586)


def test_is_a_read_only_copy():
    frequency = np.array(F)
    spectrum = Spectrum(frequency, Z, {"cycle": 1})
    frequency[0] = 7.0
    assert spectrum.frequency_hz[0] == 1e3
    with pytest.raises(ValueError, match="read-only"):
        spectrum.impedance_ohm[0] = 0
    with pytest.raises(TypeError):
        spectrum.metadata["cycle"] = 2  # type: ignore[index]


def test_equal_by_content_and_hashable():
    a, b = Spectrum(F, Z, {"cycle": 1}), Spectrum(F, Z, {"cycle": 1})
    assert a == b
    assert hash(a) == hash(b)
    assert a != Spectrum(F, Z, {"cycle": 2})
    assert a != Spectrum(F[::-1], Z, {"cycle": 1})
    assert a != "spectrum"


def test_survives_pickling():
    spectrum = Spectrum(F, Z, {"temperature_c": 60.0})
    again = pickle.loads(pickle.dumps(spectrum))
    assert again == spectrum
    assert not again.frequency_hz.flags.writeable


@pytest.mark.parametrize(
    ("frequency", "impedance", "message"),
    [
        ([1, 2], [1j], "frequency_hz has 2 points and impedance_ohm 1"),
        ([], [], "no points"),
        ([1, 0.0, -1], [1, 1, 1], r"frequency_hz\[1\] is 0.0 \(2 such of 3\)"),
        ([1, 2], [1, np.nan], r"impedance_ohm\[1\] is .*nan.* \(1 such of 2\)"),
        ([[1], [2]], [1, 2], r"frequency_hz has shape \(2, 1\)"),
        ([1j], [1], "frequency_hz is complex"),
        (["a"], [1], "frequency_hz is not a column of numbers"),
    ],
)
def test_refuses_what_is_not_a_spectrum(frequency, impedance, message):
    with pytest.raises(SpectrumError, match=message):
        Spectrum(frequency, impedance)


def test_errors_share_one_base():
    assert issubclass(SpectrumError, EisError)
    assert issubclass(EisError, MetastudyError)


def test_repr_says_range_and_source():
    assert repr(Spectrum(F, Z, {"source": "a.z"})) == (
        "Spectrum(4 points, 100 to 1e+04 Hz, source='a.z')"
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda path: eis.fit(path, "R0-p(R1,CPE1)"),
        lambda path: eis.fit(path),
        lambda path: eis.fit_many([path], "R0-p(R1,CPE1)"),
        eis.check,
        eis.relaxation_times,
    ],
)
def test_a_path_is_no_spectrum(call):
    with pytest.raises(SpectrumError, match=r"spectrum is str, not an eis\.Spectrum; read a file"):
        call("cell4.mpt")
