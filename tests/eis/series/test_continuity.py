"""The criterion of continuity: which exchanges of arcs are made, and what a result says of it."""

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis.series.continuity import ArcValues, breaks, discontinuities
from metastudy.eis.series.tracking import match_arcs

from ..ensembles import spectrum_of

CELSIUS = np.arange(140.0, 201.0, 10.0)
X = 1 / (CELSIUS + 273.15)
FREQUENCY = np.geomspace(1e6, 0.03, 42)
ALIKE = np.zeros(2, int)


def lines(ea=(0.6, 0.85), r=(6e4, 3e5), c=(6e-12, 1.8e-11), n=(0.82, 0.86), error=0.02):
    """Arcs on Arrhenius lines with constant C and n; r (ohm) at 170 degC."""
    fall = np.outer(X - X[3], ea) / 8.617333262e-5
    values = np.stack([np.log(r) + fall, np.log(c) + 0 * fall, np.array(n) + 0 * fall], axis=2)
    return ArcValues(values, np.full(values.shape, error), X)


def exchanged(arcs, rows, pair=(0, 1)):
    """The same arcs, two of them in exchanged places in some fits."""
    values, errors = arcs.values.copy(), arcs.errors.copy()
    for k in rows:
        values[k, pair], errors[k, pair] = values[k, pair[::-1]], errors[k, pair[::-1]]
    return ArcValues(values, errors, arcs.x)


@pytest.mark.parametrize("rows", [[], [3], [0, 1], [4, 5, 6], [1, 3, 5]])
def test_every_exchange_of_arcs_that_keep_their_capacitance_is_undone(rows):
    true = lines()
    given = exchanged(true, rows)
    order, margin = match_arcs(given, ALIKE, first=2)
    np.testing.assert_array_equal(given.ordered(order).values, true.values)
    assert (margin > 4).all()


def test_an_arc_that_becomes_another_process_does_not_exchange_the_others():
    """A third arc has nothing to be matched to, whatever place it is given."""
    true = lines(n=(0.82, 0.86))
    third = np.empty((7, 1, 3))
    third[:3] = np.log(1.2e5), np.log(3e-8), 0.6
    third[3:5] = np.log(1.4e5), np.log(5.5e-11), 0.998
    third[5:] = np.log(3e5), np.log(1.4e-5), 0.58
    values = np.concatenate([true.values, third], axis=1)
    # Beside it the second arc is flatter, as an arc that it overlaps makes it.
    values[3:5, 1, 2] = 0.7
    arcs = ArcValues(values, np.full(values.shape, 0.03), X)
    for given in (arcs, exchanged(arcs, [3], (1, 2))):
        order, _ = match_arcs(given, np.zeros(3, int), first=0)
        np.testing.assert_array_equal(given.ordered(order).values[:, :2], values[:, :2])


def test_an_exchange_that_makes_c_jump_is_not_made_whatever_exponents_say():
    """Exponents alone would exchange the arcs at 170 degC; C would jump by a factor of 3."""
    true = lines(n=(0.7, 0.95), r=(2.0e5, 3e5), ea=(0.7, 0.7))
    values = true.values.copy()
    values[3, :, 2] = values[3, ::-1, 2]
    arcs = ArcValues(values, true.errors, X)
    order, _ = match_arcs(arcs, ALIKE, first=0)
    assert (order == [0, 1]).all()
    at = np.arange(7)
    assert breaks(arcs, 3, arcs, at).tolist() == [[0, 2], [2, 0]]


def test_arcs_that_a_fit_does_not_determine_keep_its_order():
    true = lines(error=0.02)
    given = exchanged(true, [3])
    given.errors[3] = 3.0
    order, margin = match_arcs(given, ALIKE, first=0)
    assert order[3].tolist() == [0, 1]
    assert margin[3] < 4


def test_nothing_is_said_of_lines_with_constant_capacitances():
    assert discontinuities(lines(), ["R1", "R2"], CELSIUS) == []


def test_a_resistance_that_rises_is_named_with_and_without_its_errors():
    arcs = lines(error=0.02)
    arcs.values[4, 1, 0] = arcs.values[3, 1, 0] + np.log(1.5)
    (found,) = discontinuities(arcs, ["R1", "R2"], CELSIUS)
    assert (found.kind, found.temperature_c, found.sure) == ("R rises", (170.0, 180.0), True)
    assert found.factor == pytest.approx(1.5)
    assert found.words == "R2 rises by a factor of 1.5 from 170 to 180 degC"
    arcs.errors[4, 1, 0] = 0.5
    (found,) = discontinuities(arcs, ["R1", "R2"], CELSIUS)
    assert not found.sure
    assert found.words.endswith("from 170 to 180 degC, within its errors")
    arcs.errors[4, 1, 0] = 2.0  # not determined: passed over
    assert discontinuities(arcs, ["R1", "R2"], CELSIUS) == []


def test_a_capacitance_that_moves_by_more_than_a_factor_of_two_is_named():
    arcs = lines(c=(6e-12, 6e-10))
    arcs.values[5:, 0, 1] += np.log([2.5, 4.0])
    (found,) = discontinuities(arcs, ["R1", "R2"], CELSIUS)
    assert found.kind == "C moves"
    assert found.temperature_c[1] == 200.0
    assert found.factor == pytest.approx(4.0)
    assert "C of R1 moves by a factor of 4 from" in found.words
    arcs = lines()
    arcs.values[5:, 0, 1] += np.log(1.9)
    assert discontinuities(arcs, ["R1", "R2"], CELSIUS) == []


def test_an_exchange_that_would_bring_capacitances_closer_is_named():
    arcs = lines(r=(3e5, 3e5), ea=(0.7, 0.7), c=(1e-11, 1.8e-11))
    kinds = {d.kind: d for d in discontinuities(exchanged(arcs, [3]), ["R1", "R2"], CELSIUS)}
    assert kinds["exchange"].temperature_c == (170.0,)
    assert kinds["exchange"].factor == pytest.approx(1.8)
    assert "at 170 degC R1 and R2 exchanged would bring C closer" in kinds["exchange"].words


THREE_ARCS = "p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)-CPE4"


def pellet(rng):
    """A bulk arc, a larger one, a third that is another process from 170 degC on; true R1, R2."""
    r = np.exp(lines().values[:, :2, 0])
    r[3:5, 0] *= 0.45
    c, n = (
        np.array([6e-12, 1.8e-11]),
        np.array([[0.82, 0.86]] * 3 + [[0.9, 0.72]] * 2 + [[0.82, 0.86]] * 2),
    )
    third = [(0.09, 3e-8, 0.6)] * 3 + [(0.5, 5.6e-11, 0.99)] * 2 + [(1.0, 2e-5, 0.6)] * 2
    spectra = []
    for k, (share, c3, n3) in enumerate(third):
        arcs = [*zip(r[k], c, n[k], strict=True), (share * r[k, 1], c3, n3)]
        values = [v for ohm, f, m in arcs for v in (ohm, (ohm * f) ** m / ohm, m)]
        spectra.append(spectrum_of(THREE_ARCS, [*values, 4e-6, 0.6], rng, 0.002, FREQUENCY))
    return spectra, r


def test_a_series_keeps_what_single_fits_have_right_and_names_the_arc_that_changes():
    kept = 0
    for seed in range(3):
        spectra, truth = pellet(np.random.default_rng([60, seed]))
        alone = np.array([fit.params[["R1", "R2"]] for fit in eis.fit_many(spectra, THREE_ARCS)])
        right = np.abs(np.log(alone / truth)) < 0.1
        found = eis.fit_series(spectra, CELSIUS, THREE_ARCS)
        series = found.params.unstack()[["R1", "R2"]].to_numpy()
        assert (np.abs(np.log(series / truth))[right] < 0.2).all()
        kept += right.sum()
        named = {(d.resistors, d.kind) for d in found.discontinuities if d.sure}
        assert (("R3",), "C moves") in named
        assert (("R2",), "C moves") not in named
        assert "Continuity   NOT MET: C of R3 moves by a factor of " in str(found.summary())
    assert kept >= 30


def test_an_arc_that_would_only_take_the_place_of_another_stays_in_the_window():
    """Time constants cross; the slower arc is then the faster one, near the edge of the window."""
    circuit = "p(R1,CPE1)-p(R2,CPE2)-CPE3"
    ea, c = np.array([0.3, 1.1]), np.array([6e-12, 6e-11])
    left = 0
    for seed in range(3):
        rng = np.random.default_rng([61, seed])
        r = np.array([1e5, 1e4]) * np.exp(np.outer(X - X[3], ea) / 8.617333262e-5)
        spectra = []
        for row in r:
            q = (row * c) ** [0.9, 0.85] / row
            values = [row[0], q[0], 0.9, row[1], q[1], 0.85, 4e-6, 0.6]
            spectra.append(spectrum_of(circuit, values, rng, 0.002, FREQUENCY))
        found = eis.fit_series(spectra, CELSIUS, circuit)
        i = found.circuit.names.index("R1")
        off = np.log(found.estimates[:, i] / r[:, 0])
        # Where both arcs overlap, R1 is known within its error only.
        assert (np.abs(off) < 0.1 + 3 * found.log_standard_errors[:, i]).all()
        for w in found.window:
            assert w.left == (w.delta_bic < 0 and w.others_stay)
            left += w.resistor == "R1" and w.left
            if not w.others_stay:
                assert w.verdict == f"{w.resistor} stays an arc, as another would take its place"
    assert left == 0
