"""Pictures show what they say: points, fit, equal axes, arcs, outliers."""

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest

from metastudy import eis
from metastudy.eis import FitError, Spectrum
from metastudy.eis.drawing.arc_outlines import outlines_of

from ..ensembles import FREQUENCY, TWO_ARCS, spectrum_of

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


BLOCKED = "L0-p(C0,R1-p(R2,CPE2)-CPE3)"
LEADS_AND_TAIL = {
    "L0": 5e-7, "C0": 2e-11, "R1": 400, "R2": 900, "CPE2_Q": 1e-6, "CPE2_n": 0.85,
    "CPE3_Q": 1e-5, "CPE3_n": 0.9,
}  # fmt: skip


def test_a_blocking_tail_leaves_room_for_the_arcs_and_stands_in_a_frame_of_its_own():
    z = eis.Circuit(BLOCKED).impedance(FREQUENCY, LEADS_AND_TAIL)
    blocked = eis.fit(Spectrum(FREQUENCY, z), BLOCKED)
    figure = blocked.plot()
    figure.canvas.draw()
    (axes,) = figure.axes
    assert axes.get_aspect() == 1.0
    left, right = axes.get_xlim()
    assert left < 400 < 1300 < right < 5 * 1300
    assert abs(z).max() > 100 * 1300
    (frame,) = axes.child_axes
    (points,) = (line for line in frame.lines if line.get_marker() == "o")
    np.testing.assert_allclose(np.asarray(points.get_ydata()) * 1e3, -z.imag)


def test_arcs_behind_a_stray_capacitance_begin_where_the_bulk_ends():
    (shape,) = outlines_of(eis.Circuit(BLOCKED), LEADS_AND_TAIL)
    assert shape.name == "R2"
    assert (shape.x.min(), shape.x.max()) == (pytest.approx(400), pytest.approx(1300, rel=1e-3))
    # A depressed semicircle of R || CPE is R tan(n pi/4) / 2 high.
    assert shape.y.max() == pytest.approx(450 * np.tan(0.85 * np.pi / 4), rel=1e-3)


def test_a_capacitor_beside_a_resistor_and_diffusion_is_an_arc_and_no_stray():
    values = {"R0": 10, "R1": 100, "Ws2_R": 50, "Ws2_tau": 1e-2, "C3": 1e-6}
    (shape,) = outlines_of(eis.Circuit("R0-p(R1-Ws2,C3)"), values)
    assert shape.name == "R1"
    assert (shape.x.min(), shape.x.max()) == (pytest.approx(10, abs=0.01), pytest.approx(160))


def test_arcs_follow_each_other_from_fast_to_slow_whatever_the_text_says():
    slow_first = "R0-p(R1,C1)-p(R2,C2)"
    values = {"R0": 10, "R1": 100, "C1": 1e-3, "R2": 200, "C2": 1e-9}
    fast, slow = outlines_of(eis.Circuit(slow_first), values)
    assert (fast.name, slow.name) == ("R2", "R1")
    assert (fast.x.min(), slow.x.min()) == (pytest.approx(10), pytest.approx(210))


@pytest.mark.parametrize("text", ["R0-W1", "R0-CPE1", "p(R1-W1,CPE1)"])
def test_what_never_comes_back_to_the_real_axis_is_no_arc(text):
    circuit = eis.Circuit(text)
    values = {name: 0.9 if name.endswith("_n") else 1.0 for name in circuit.names}
    assert outlines_of(circuit, values) == []


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
