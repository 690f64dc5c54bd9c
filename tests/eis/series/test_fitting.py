"""A temperature series fitted together: against known cells, algebra and generalised regression."""

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis import CircuitError, FitError
from metastudy.units import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K

from ..ensembles import BLOCKING, FREQUENCY, TWO_ARCS, spectrum_of
from .test_tracking import TEMPERATURE as CROSSING_C
from .test_tracking import crossing_series

T = np.array([-10.0, 10.0, 30.0, 50.0, 65.0, 75.0, 90.0])
R_AT_70, EA, C, N = np.array([2000.0, 1000.0]), (0.5, 0.7), (3e-11, 3e-7), (0.97, 0.88)


def factor(celsius, ea_ev, at=70.0):
    """How much larger a resistance is at a temperature than at another."""
    lever = 1 / (celsius + ZERO_CELSIUS_K) - 1 / (at + ZERO_CELSIUS_K)
    return np.exp(ea_ev / BOLTZMANN_EV_PER_K * lever)


def resistances(celsius, ea=EA, r=R_AT_70):
    return np.array(r) * factor(celsius, np.array(ea))


def values_of(r, c=C, n=N):
    q = (r * np.array(c)) ** np.array(n) / r
    return [30.0, r[0], q[0], n[0], r[1], q[1], n[1], 3e-7, 0.92]


def series(rng, noise=0.003, point=0.0, celsius=T, law=resistances, **arcs):
    """Spectra and true resistances, each at the stated temperature and an error."""
    truth = np.array([law(t + point * rng.standard_normal()) for t in celsius])
    return [spectrum_of(BLOCKING, values_of(r, **arcs), rng, noise) for r in truth], truth


def test_noise_free_series_return_every_parameter():
    truth = np.array([values_of(resistances(t)) for t in T])
    spectra = [spectrum_of(BLOCKING, row) for row in truth]
    found = eis.fit_series(spectra, T, BLOCKING, point_k=0, common_k=0)
    np.testing.assert_allclose(found.estimates, truth, rtol=1e-5)
    energies = found.activation_energies().set_index("resistor")
    assert energies["constrained"].all()
    np.testing.assert_allclose(energies.loc[["R1", "R2"], "ea_ev"], EA, atol=1e-6)
    assert energies.loc["R0", "ea_ev"] == pytest.approx(0, abs=1e-4)
    assert found.resistance("R2", 70.0)[0] == pytest.approx(1000.0, rel=1e-5)


def test_sharp_spectra_give_the_generalised_regression_of_their_fits():
    """Where spectra add nothing to the error, the line is that of the separate resistances."""
    spectra, _ = series(np.random.default_rng(40), noise=1e-5, point=0.5)
    found = eis.fit_series(spectra, T, BLOCKING, shared="none", arrhenius={"R0": "free"})
    energies = found.activation_energies().set_index("resistor")
    fits = eis.fit_many(spectra, BLOCKING)
    for name in ("R1", "R2"):
        i = fits.circuit.names.index(name)
        log_r = [np.log(f.estimates[i]) for f in fits]
        line = eis.arrhenius_line(T, log_r, [f.log_covariance[i, i] for f in fits])
        assert energies.loc[name, "constrained"]
        # The series knows one temperature of the cell for both arcs, the regression two.
        assert energies.loc[name, "ea_ev"] == pytest.approx(line.ea_ev, abs=2e-3)
        assert energies.loc[name, "se_ev"] == pytest.approx(line.standard_error, rel=0.02)


def test_a_common_error_of_the_chamber_widens_every_energy_by_two_parts_in_t():
    spectra, _ = series(np.random.default_rng(41), noise=1e-5)
    with_it, without = (
        eis.fit_series(spectra, T, BLOCKING, arrhenius="R", point_k=0.1, common_k=k)
        .activation_energies()
        .set_index("resistor")
        for k in (1.0, 0.0)
    )
    added = np.sqrt(with_it["se_ev"] ** 2 - without["se_ev"] ** 2)
    # Ea goes with T^2; T is that of the middle of the series, 315 K.
    np.testing.assert_allclose(added[["R1", "R2"]], 2 * np.array(EA) / 315, rtol=0.05)


def test_a_bent_resistance_is_set_free_and_the_others_stay_on_their_lines():
    def bent(celsius):
        return resistances(celsius) * np.array([1.0, 1.5 if 20 < celsius < 60 else 1.0])

    spectra, truth = series(np.random.default_rng(42), point=0.2, law=bent)
    found = eis.fit_series(spectra, T, BLOCKING)
    energies = found.activation_energies().set_index("resistor")
    assert not energies.loc["R2", "constrained"]
    assert energies.loc["R2", "pvalue"] < 1e-3
    assert energies.loc["R1", "constrained"]
    np.testing.assert_allclose(found.params.unstack()["R2"], truth[:, 1], rtol=0.03)
    assert "R2: free, the line bends" in str(found.summary())
    forced = eis.fit_series(spectra, T, BLOCKING, arrhenius="R")
    assert forced.line_test.pvalue < 1e-3


def test_the_forms_differ_by_k_t_and_are_named():
    spectra, _ = series(np.random.default_rng(43), noise=1e-3)
    energies = [
        eis.fit_series(spectra, T, BLOCKING, arrhenius={"R2": form}).activation_energies()
        for form in ("R", "R/T")
    ]
    plain, over_t = (e.set_index("resistor").loc["R2"] for e in energies)
    assert (plain["form"], over_t["form"]) == ("R", "R/T")
    middle = 315 * BOLTZMANN_EV_PER_K
    assert over_t["ea_ev"] - plain["ea_ev"] == pytest.approx(middle, rel=0.05)


def test_exponents_are_shared_where_they_are_equal_and_not_where_they_drift():
    rng = np.random.default_rng(44)
    spectra, _ = series(rng)
    found = eis.fit_series(spectra, T, BLOCKING)
    assert found.sharing[-1].names == ("CPE1_n", "CPE2_n", "CPE3_n")
    assert found.sharing[-1].df[0] == 3 * 6
    assert np.ptp(found.params.unstack()["CPE2_n"]) == 0
    moving = [
        spectrum_of(
            BLOCKING, values_of(resistances(t), n=(0.97, 0.88 - 0.002 * (90 - t))), rng, 3e-3
        )
        for t in T
    ]
    found = eis.fit_series(moving, T, BLOCKING)
    shared = {name for test in found.sharing if test.taken for name in test.names}
    assert "CPE2_n" not in shared
    assert found.params.unstack()["CPE2_n"].to_numpy() == pytest.approx(
        0.88 - 0.002 * (90 - T), abs=0.02
    )


def test_a_bulk_arc_that_leaves_the_window_is_said_and_its_energy_is_that_of_the_rest():
    spectra, truth = series(
        np.random.default_rng(45), c=(2e-13, 3e-7), law=lambda t: resistances(t, r=(400.0, 1000.0))
    )
    found = eis.fit_series(spectra, T, BLOCKING)
    out = [w.spectrum for w in found.window if w.left]
    assert {5, 6} <= set(out)
    assert 0 not in out
    table = found.resistances().set_index(["temperature_c", "resistor"])
    assert table.loc[(90.0, "R1"), "state"] == "part of R0"
    assert table.loc[(-10.0, "R1"), "state"] == "arc"
    assert np.isnan(table.loc[(90.0, "R1"), "r_ohm"])
    # What cannot be told apart is told together.
    assert table.loc[(90.0, "R0"), "r_ohm"] == pytest.approx(30 + truth[6, 0], rel=0.01)
    energies = found.activation_energies().set_index("resistor")
    assert energies.loc["R1", "lower"] < 0.5 < energies.loc["R1", "upper"]
    assert "90 degC: R1 is part of R0" in str(found.summary())


def test_without_a_resistor_in_series_the_arc_becomes_a_plain_resistance():
    circuit = "p(R1,CPE1)-p(R2,CPE2)-CPE3"
    rng = np.random.default_rng(46)
    truth = np.array([resistances(t, r=(400.0, 1000.0)) for t in T])
    spectra = [spectrum_of(circuit, values_of(r, c=(2e-13, 3e-7))[1:], rng, 0.003) for r in truth]
    found = eis.fit_series(spectra, T, circuit)
    table = found.resistances().set_index(["temperature_c", "resistor"])
    row = table.loc[(90.0, "R1")]
    assert row["state"] == "plain resistance"
    assert row["lower"] < truth[6, 0] < row["upper"]
    assert np.isnan(row["c_f"])


def melting(celsius):
    """Two lines that meet at 50 degC."""
    if celsius >= 50:
        return resistances(celsius)
    return resistances(50.0) * factor(celsius, np.array([0.9, 1.1]), at=50.0)


def test_each_side_of_the_melting_point_has_its_own_line_and_exponent():
    rng = np.random.default_rng(47)
    celsius = np.array([0.0, 10.0, 20.0, 30.0, 40.0, 55.0, 65.0, 75.0, 90.0])
    spectra = [
        spectrum_of(BLOCKING, values_of(melting(t), n=(0.97, 0.8 if t < 50 else 0.88)), rng, 3e-3)
        for t in celsius
    ]
    for asked in (50.0, "find"):
        found = eis.fit_series(spectra, celsius, BLOCKING, melting_c=asked)
        assert 40 < found.melting_c < 55
        energies = found.activation_energies().set_index(["resistor", "side"])
        below, above = (f"{word} {found.melting_c:g} degC" for word in ("below", "from"))
        for side, true in ((below, (0.9, 1.1)), (above, EA)):
            for name, ea in zip(("R1", "R2"), true, strict=True):
                row = energies.loc[(name, side)]
                assert abs(row["ea_ev"] - ea) < 3 * row["se_ev"]
        exponent = found.params.unstack()["CPE2_n"]
        assert np.ptp(exponent[celsius < 50]) == np.ptp(exponent[celsius > 50]) == 0
        assert exponent[0.0] == pytest.approx(0.8, abs=0.01)
        assert exponent[90.0] == pytest.approx(0.88, abs=0.01)
        assert found.resistance("R2", 20.0)[0] == pytest.approx(melting(20.0)[1], rel=0.05)
    assert "transition found near 47.5 degC: BIC -" in found.melting_words


def test_a_transition_is_hardly_ever_found_where_there_is_none():
    """Of 60 such series one has a negative BIC; two or more of 8 would be absurd."""
    rng = np.random.default_rng(48)
    found = []
    for _ in range(8):
        spectra, _ = series(rng, point=0.5)
        found.append(
            eis.fit_series(spectra, T, BLOCKING, melting_c="find", shared="none", arrhenius="free")
        )
    without = [f for f in found if f.melting_c is None]
    assert len(without) >= 7
    assert "no transition found: BIC +" in without[0].melting_words


def test_arcs_that_cross_get_their_own_energies():
    """Sorted by time constant, both lines would bend towards each other at the crossing."""
    swapped = 0
    for seed in range(5):
        spectra, truth = crossing_series(np.random.default_rng(seed))
        found = eis.fit_series(spectra, CROSSING_C, TWO_ARCS, point_k=0.1, common_k=0)
        swapped += found.tracked.swapped.size
        energies = found.activation_energies().set_index("resistor")
        for name, ea in (("R1", 0.25), ("R2", 0.75)):
            assert abs(energies.loc[name, "ea_ev"] - ea) < 4 * energies.loc[name, "se_ev"]
        assert found.params[90.0, "R1"] == pytest.approx(truth[-1, 0], rel=0.05)
    assert swapped >= 3


def test_intervals_hold_what_they_promise_where_arcs_overlap():
    """24 cells with arcs less than a decade apart: at least 20 of 24 (p = 0.006 at 95 %)."""
    rng = np.random.default_rng(49)
    energy, held = np.zeros(2, int), np.zeros(2)
    for _ in range(24):
        spectra, truth = series(
            rng, point=0.5, c=(7e-8, 3e-7), law=lambda t: resistances(t, (0.35, 0.7), (600, 1000))
        )
        found = eis.fit_series(spectra, T, BLOCKING, common_k=0)
        rows = found.activation_energies().set_index("resistor").loc[["R1", "R2"]]
        ends = rows[["lower", "upper"]].to_numpy()
        energy += (ends[:, 0] < (0.35, 0.7)) & (ends[:, 1] > (0.35, 0.7))
        ends = found.conf_int().unstack()
        low, high = (ends[end][["R1", "R2"]].to_numpy() for end in ("lower", "upper"))
        held += ((low < truth) & (truth < high)).mean(axis=0)
    assert (energy >= 20).all()
    # Resistances of one cell share an exponent and err together: the mean of 24 cells has a
    # standard error of 0.045.
    assert (held / 24 > 0.95 - 3 * 0.045).all()


def test_the_order_of_the_spectra_does_not_matter():
    rng = np.random.default_rng(50)
    spectra, _ = series(rng)
    mixed = rng.permutation(T.size)
    one = eis.fit_series(spectra, T, BLOCKING)
    other = eis.fit_series([spectra[k] for k in mixed], T[mixed], BLOCKING)
    np.testing.assert_allclose(other.estimates, one.estimates[mixed], rtol=1e-4)


def test_repeated_temperatures_have_a_row_for_each_spectrum():
    rng = np.random.default_rng(53)
    celsius = np.array([10.0, 30.0, 30.0, 65.0, 90.0])
    spectra, truth = series(rng, celsius=celsius)
    found = eis.fit_series(spectra, celsius, BLOCKING)
    table = found.params.unstack()
    assert table.index.names == ["temperature_c", "spectrum"]
    assert table.index.tolist() == list(zip(celsius, range(5), strict=True))
    np.testing.assert_allclose(table["R2"], truth[:, 1], rtol=0.05)
    assert found.cov_params().shape == (5 * 9, 5 * 9)
    at_30 = found.resid[30.0]
    assert at_30.index.get_level_values("spectrum").unique().tolist() == [1, 2]
    np.testing.assert_array_equal(at_30[2].index, FREQUENCY)
    assert "30.0" in str(found.summary())


def test_the_picture_has_a_point_for_each_resistance_and_names_the_energies():
    spectra, _ = series(np.random.default_rng(51))
    found = eis.fit_series(spectra, T, BLOCKING)
    upper, lower = found.plot().axes
    labels = [text.get_text() for text in upper.get_legend().get_texts()]
    assert [label.split(":")[0] for label in labels] == ["R0", "R1", "R2"]
    assert all(" eV (" in label for label in labels)
    assert lower.get_xlabel() == "1000 / T (1/K)"


SPECTRA = series(np.random.default_rng(52))[0]


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"temperature_c": T[:3]}, FitError, "7 spectra and 3 temperatures; give one"),
        ({"temperature_c": [*T[:6], -300]}, FitError, r"temperature_c\[6\] = -300 degC is not abo"),
        ({"temperature_c": [20.0] * 6 + [30.0]}, FitError, "a series needs three temperatures; 2"),
        ({"point_k": -1}, FitError, "point_k = -1 is no standard deviation in K"),
        ({"shared": "all"}, FitError, "shared = 'all' is not known; use 'test', 'none' or a list"),
        ({"shared": ["CPE9_n"]}, CircuitError, "has no parameter 'CPE9_n'"),
        ({"shared": ["CPE1_Q"]}, FitError, "CPE1_Q belongs to an arc, whose time constant moves"),
        ({"shared": ["R0"], "fix": {"R0": 30.0}}, FitError, "R0 is fixed or tied and cannot be"),
        ({"arrhenius": "line"}, FitError, "arrhenius = 'line' is not known; use one of test, free"),
        ({"arrhenius": {"CPE1_n": "R"}}, FitError, "CPE1_n is no free resistance and has no Arrhe"),
        ({"melting_c": 300.0}, FitError, "melting_c = 300 lies outside the series"),
        ({"melting_c": "Tm"}, FitError, "melting_c = 'Tm' is no temperature in degC; or give 'fi"),
        ({"melting_c": 80.0, "arrhenius": {"R2": "R"}}, FitError, "R2 is determined at 1 from 80"),
    ],
)
def test_mistakes_are_named(options, kind, message):
    celsius = options.pop("temperature_c", T)
    with pytest.raises(kind, match=message):
        eis.fit_series(SPECTRA, celsius, BLOCKING, **options)


def test_a_spectrum_that_cannot_be_fitted_is_named_with_its_temperature():
    short = eis.Spectrum(FREQUENCY[:2], np.array([1 - 1j, 2 - 1j]))
    with pytest.raises(FitError, match="spectrum 2 at 30 degC cannot be fitted: circuit"):
        eis.fit_series([*SPECTRA[:2], short, *SPECTRA[3:]], T, BLOCKING)
    found = eis.fit_series(SPECTRA, T, BLOCKING)
    with pytest.raises(FitError, match="R7 has no line at 20 degC; there are lines of R0, R1, R2"):
        found.resistance("R7", 20.0)
