"""Distribution of relaxation times against circuits whose distribution is known."""

from itertools import pairwise

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis import EisError, Spectrum
from metastudy.eis.validation.drt_peaks import Peak, foot

from ..ensembles import BLOCKING, FREQUENCY, TWO_ARCS, spectrum_of

# tau = 3.0e-6 and 8.6e-4 s
VALUES = [50, 300, 1e-8, 1.0, 900, 1e-6, 0.95]


def cole_cole(x, n):
    """Distribution over x = ln(tau/tau0) of R = 1 (Cole and Cole 1941, eq. 13)."""
    angle = (1 - n) * np.pi
    return np.sin(angle) / (2 * np.pi * (np.cosh(n * x) - np.cos(angle)))


def test_areas_and_places_of_two_arcs():
    rng = np.random.default_rng(60)
    values = [50, 300, 1e-8, 0.95, 900, 1e-6, 0.95]
    times = eis.relaxation_times(spectrum_of(TWO_ARCS, values, rng))
    first, second = times.arcs
    assert first.area == pytest.approx(300, rel=0.1)
    assert second.area == pytest.approx(900, rel=0.1)
    for peak, (r, q, n) in zip(times.arcs, (values[1:4], values[4:7]), strict=True):
        assert np.log10(peak.tau) == pytest.approx(np.log10((r * q) ** (1 / n)), abs=0.15)
    # The dc resistance is known well; how much of it lies above the window is not.
    assert times.resistance + times.polarisation == pytest.approx(1250, rel=0.01)


def test_noise_free_distribution_is_that_of_cole_and_cole():
    n, r, q = 0.8, 500.0, 1e-6
    tau0 = (r * q) ** (1 / n)
    times = eis.relaxation_times(spectrum_of("R0-p(R1,CPE1)", [10, r, q, n]))
    inside = (times.tau > 1e-6) & (times.tau < 0.1)
    exact = r * cole_cole(np.log(times.tau / tau0), n)
    # Curvature is penalised, so the top is a little low: 6 % of it.
    np.testing.assert_allclose(times.gamma[inside], exact[inside], atol=0.06 * exact.max())


def test_blocking_tail_does_not_become_an_arc():
    rng = np.random.default_rng(61)
    values = [50, 300, 1e-8, 0.95, 900, 1e-6, 0.9, 1e-4, 0.9]
    times = eis.relaxation_times(spectrum_of(BLOCKING, values, rng))
    assert len(times.arcs) == 2
    assert np.abs(times.fittedvalues / spectrum_of(BLOCKING, values).impedance_ohm - 1).max() < 0.03


def test_number_of_arcs_is_that_of_the_circuit():
    rng = np.random.default_rng(62)
    right = 0
    for _ in range(20):
        n1, n2 = rng.uniform(0.8, 0.97, 2)
        r1, r2 = 10 ** rng.uniform(2.3, 3.3, 2)
        tau1 = 10 ** rng.uniform(-6, -4.5)
        tau2 = tau1 * 10 ** rng.uniform(1.8, 3)
        values = [50, r1, tau1**n1 / r1, n1, r2, tau2**n2 / r2, n2]
        right += len(eis.relaxation_times(spectrum_of(TWO_ARCS, values, rng)).arcs) == 2
    assert right >= 16


def test_foot_is_the_integral_of_cole_and_coles_distribution():
    x = np.linspace(2, 4, 2001)
    area = np.trapezoid(cole_cole(x, 0.7), x)
    peak = Peak(1e-3, 1.0, 0.0, (0.0, 0.0), 3.0)
    assert foot(peak, (1e-3 * np.exp(2), 1e-3 * np.exp(4))) == pytest.approx(area, rel=1e-6)
    assert foot(peak, (1e-30, 1e30)) == pytest.approx(1.0, rel=1e-9)


def test_table_lists_peaks_with_intervals():
    rng = np.random.default_rng(63)
    times = eis.relaxation_times(spectrum_of(TWO_ARCS, VALUES, rng))
    table = times.to_frame()
    assert list(table.columns) == ["estimate", "se", "lower", "upper"]
    assert table.index.tolist() == [peak.tau for peak in times.peaks]
    assert (table["lower"] <= table["estimate"]).all()
    assert (table["estimate"] <= table["upper"]).all()
    assert table["estimate"].sum() == pytest.approx(times.polarisation, rel=0.02)


def test_short_spectra_are_refused():
    with pytest.raises(EisError, match="has 3 points, 0 of exactly 0 ohm; a distribution"):
        eis.relaxation_times(Spectrum([1, 2, 3], [1, 2, 3]))
    with pytest.raises(EisError, match="64 of exactly 0 ohm"):
        eis.relaxation_times(Spectrum(FREQUENCY, np.zeros(64)))


@pytest.mark.parametrize(
    ("series", "arcs"),
    [
        (0.0, [(220.0, 4.0)]),
        (0.0, [(90.0, 0.05)]),
        (0.0, [(150.0, 2e-2), (60.0, 1.0)]),
        (8.0, [(220.0, 4.0)]),
    ],
)
def test_slow_arcs_with_and_without_a_series_resistance(series, arcs):
    """The areas of Debye arcs are their resistances, at their time constants."""
    f = np.logspace(5, -2, 50)
    w = 2j * np.pi * f
    rng = np.random.default_rng(23)
    z = series + sum(r / (1 + w * tau) for r, tau in arcs)
    e = rng.normal(size=(2, f.size))
    found = eis.relaxation_times(eis.Spectrum(f, z * (1 + 0.003 * (e[0] + 1j * e[1]))))
    assert not found.misses
    assert "meets the points" in str(found.summary())
    assert found.params.sum() == pytest.approx(sum(r for r, _ in arcs), rel=0.05)
    assert len(found.arcs) == len(arcs)
    for peak, (r, tau) in zip(found.arcs, arcs, strict=True):
        assert peak.area == pytest.approx(r, rel=0.1)
        # Within a step of the grid, which has eight time constants a decade.
        assert peak.tau == pytest.approx(tau, rel=0.34)


def test_a_curve_that_misses_says_so():
    """An inductive loop at low frequency is no sum of relaxations with positive areas."""
    f = np.logspace(5, -2, 50)
    w = 2j * np.pi * f
    z = 5 + 60 / (1 + w * 1e-3) + 40 * w / (1 + w)
    rng = np.random.default_rng(24)
    e = rng.normal(size=(2, f.size))
    found = eis.relaxation_times(eis.Spectrum(f, z * (1 + 0.003 * (e[0] + 1j * e[1]))))
    assert found.misses
    assert "the curve misses the points" in str(found.summary())
    assert found.misfit > 2 * found.noise


SLOW = np.logspace(5, -2, 71)


def relaxations(arcs, noise, rng, series=10.0):
    """Times of Debye arcs (ohm, s) behind a resistance, with noise in proportion to |Z|."""
    w = 2j * np.pi * SLOW
    z = series + sum(r / (1 + w * tau) for r, tau in arcs)
    e = rng.normal(size=(2, SLOW.size))
    return eis.relaxation_times(Spectrum(SLOW, z * (1 + noise * (e[0] + 1j * e[1]))))


def held(times, arcs):
    """Whether the interval of each peak holds the arcs between its borders."""
    ends = times.conf_int().to_numpy()
    borders = [0.0, *(peak.borders[1] for peak in times.peaks[:-1]), np.inf]
    inside = [sum(r for r, tau in arcs if low <= tau < high) for low, high in pairwise(borders)]
    return ((ends[:, 0] <= inside) & (inside <= ends[:, 1])).tolist()


@pytest.mark.parametrize("per_decade", [8.0, 16.0, 32.0])
def test_two_arcs_a_factor_two_apart_are_said_to_share_their_areas(per_decade):
    """Two equal RC elements, 0.1 and 0.2 s, nothing ohmic in series and no noise."""
    f = np.logspace(4, -4, 81)
    w = 2j * np.pi * f
    z = 100 / (1 + 0.1 * w) + 100 / (1 + 0.2 * w)
    times = eis.relaxation_times(Spectrum(f, z), per_decade)
    assert times.params.sum() == pytest.approx(200, rel=2e-3)
    (pair,) = times.unseparated
    assert [peak.tau for peak in pair] == pytest.approx([0.1, 0.2], rel=0.2)
    assert pair[1].tau / pair[0].tau < pair[0].resolution
    ends = times.conf_int().loc[[peak.tau for peak in pair]]
    assert (ends["lower"] < 100.1).all()
    assert (ends["upper"] > 99.9).all()
    assert "within which this spectrum tells no arcs apart" in times.remarks[0]
    assert times.remarks[0] in str(times.summary())


def test_arcs_far_apart_have_no_remark_but_a_resolution():
    times = relaxations([(100, 1e-3), (60, 0.5)], 0.003, np.random.default_rng(70))
    assert times.unseparated == ()
    assert "Not told apart" not in str(times.summary())
    assert "Resolution: arcs nearer than a factor" in str(times.summary())


@pytest.mark.parametrize(("factors", "sizes"), [((1.5, 4), 5), ((4, 10), 10), ((30, 100), 10)])
def test_intervals_hold_the_arcs_between_the_borders(factors, sizes):
    """Two arcs, unequal, noise of 0.1 to 1 %; 95 % stated, which 30 spectra tell to 4 points."""
    rng = np.random.default_rng([71, factors[1]])
    inside = []
    for _ in range(30):
        tau = 10 ** rng.uniform(-2.5, -1.5)
        factor, ratio = np.exp(rng.uniform(np.log(factors[0]), np.log(factors[1]))), rng.uniform()
        first = 100 * sizes ** (ratio - 0.5)
        arcs = [(first, tau), (1e4 / first, factor * tau)]
        times = relaxations(arcs, 10 ** rng.uniform(-3, -2), rng)
        assert times.params.sum() == pytest.approx(sum(r for r, _ in arcs), rel=0.04)
        inside += held(times, arcs)
    assert np.mean(inside) >= 0.88


def test_intervals_hold_where_three_arcs_make_two_or_three_peaks():
    rng = np.random.default_rng(72)
    inside = []
    for _ in range(30):
        taus = 3e-3 * np.cumprod([1.0, *np.exp(rng.uniform(np.log(2), np.log(8), 2))])
        arcs = list(zip(100 * 4 ** rng.uniform(-0.5, 0.5, 3), taus, strict=True))
        inside += held(relaxations(arcs, 10 ** rng.uniform(-3, -2), rng), arcs)
    assert np.mean(inside) >= 0.88


def test_an_interval_holds_the_resistance_of_each_arc_where_as_many_peaks_are_seen():
    """The split of two arcs a factor 2 to 6 apart is covered, though the borders are not known."""
    rng = np.random.default_rng(73)
    inside = []
    while len(inside) < 30:
        tau, factor = 10 ** rng.uniform(-2.5, -1.5), rng.uniform(2, 6)
        arcs = [(100.0, tau), (rng.uniform(30, 100), factor * tau)]
        times = relaxations(arcs, 10 ** rng.uniform(-3.5, -2.3), rng)
        if len(times.arcs) == 2:
            ends = times.conf_int().loc[[peak.tau for peak in times.arcs]].to_numpy()
            inside += [low <= r <= high for (low, high), (r, _) in zip(ends, arcs, strict=True)]
    assert np.mean(inside) >= 0.88


def test_an_interval_is_the_likelihood_ratio_of_one_arc():
    """One Debye arc at a time of the grid: its resistance is linear, so least squares bounds it."""
    rng = np.random.default_rng(74)
    times = relaxations([(100.0, 1e-2)], 0.01, rng)
    w = 2j * np.pi * SLOW
    columns = (
        np.column_stack([np.ones_like(w), 1 / (1 + 1e-2 * w)])
        / np.abs(times.spectrum.impedance_ohm)[:, None]
    )
    rows = np.concatenate([columns.real, columns.imag])
    sd = 0.01 * np.sqrt(np.linalg.inv(rows.T @ rows)[1, 1])
    low, high = times.conf_int().loc[times.arcs[0].tau]
    # Every other distribution may be true as well: never narrower than where the time is known.
    assert high - low > 2 * 1.96 * 0.9 * sd
    assert low < 100 < high
