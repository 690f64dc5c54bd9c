"""Pictures show what they say: points, fit, equal axes, arcs, outliers."""

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest

from metastudy import eis
from metastudy.eis import FitError, Spectrum

from .ensembles import FREQUENCY, TWO_ARCS, spectrum_of

mpl.use("Agg")
VALUES = [50, 300, 1e-8, 0.9, 900, 1e-6, 0.85]


@pytest.fixture(scope="module")
def fit():
    z = spectrum_of(TWO_ARCS, VALUES, np.random.default_rng(80)).impedance_ohm.copy()
    z[30] *= 1.2
    return eis.fit(Spectrum(FREQUENCY, z), TWO_ARCS, loss="huber")


@pytest.fixture(autouse=True)
def _close():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def test_nyquist_has_equal_axes_points_fit_and_arcs(fit):
    (axes,) = fit.plot().axes
    assert axes.get_aspect() == 1.0
    lines = {line.get_label(): line for line in axes.lines}
    np.testing.assert_allclose(lines["measured"].get_xdata(), fit.spectrum.impedance_ohm.real)
    np.testing.assert_allclose(lines["measured"].get_ydata(), -fit.spectrum.impedance_ohm.imag)
    assert TWO_ARCS in lines
    words = {text.get_text() for text in axes.texts}
    assert {"R1", "R2"} <= words
    assert any(word.endswith("kHz") for word in words)
    assert len(axes.collections) == 2
    # The first arc begins where the series resistance ends.
    first = axes.collections[0].get_paths()[0].vertices[:, 0].min()
    assert first == pytest.approx(fit.params["R0"], rel=0.02)


def test_bode_and_residuals(fit):
    modulus, phase = fit.plot("bode").axes
    assert modulus.get_xscale() == modulus.get_yscale() == "log"
    assert phase.get_ylabel() == "−phase / °"
    (axes,) = fit.plot("residuals").axes
    assert "runs" in axes.get_title(loc="left")
    rings = [line for line in axes.lines if line.get_markersize() == 10]
    assert {float(line.get_xdata()[0]) for line in rings} == {FREQUENCY[30]}
    assert len(fit.plot("all").axes) == 4


def test_distribution_and_kramers_kronig():
    rng = np.random.default_rng(81)
    spectrum = spectrum_of(TWO_ARCS, VALUES, rng)
    (axes,) = eis.relaxation_times(spectrum).plot().axes
    assert [text.get_text().split()[1] for text in axes.texts] == ["Ω", "Ω"]
    z = spectrum.impedance_ohm.copy()
    z[30:] *= 1.06
    (axes,) = eis.check_kramers_kronig(Spectrum(FREQUENCY, z)).plot().axes
    assert "not consistent" in axes.get_title(loc="left")


def test_unknown_kind_is_named(fit):
    with pytest.raises(FitError, match="plot kind 'argand' is not known; use one of nyquist"):
        fit.plot("argand")


def test_importing_the_room_loads_nothing_heavy():
    code = (
        "import sys, metastudy.eis as e; e.Spectrum([1.0], [1.0]); "
        "heavy = {'matplotlib', 'pandas', 'scipy', 'statsmodels'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
