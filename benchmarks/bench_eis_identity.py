"""Arcs over temperature: does each keep its identity, and are true exchanges found.

Simulated pellets at seven temperatures, 42 points from 1 MHz to 30 mHz, 0.3 % noise. Two arcs have
a capacitance that stays within 5 % and resistances on Arrhenius lines within 8 %. Kinds:

  third      a third arc that is another process when cold, in the middle and when warm; exponents
             move from spectrum to spectrum
  exponents  both exponents drift by up to 0.2 along the series, arcs 0.7 to 1.5 decades apart
  fading     the slower arc is ever smaller when warm and is lost in the end
  crossing   time constants cross: the order of the fits is wrong on one side
  crossing3  the same beside a third, slower arc

Scored are (spectrum, arc) pairs in which a fit started at the truth determines ln R within 0.1. A
pair is right if ln R is within 0.25 of the truth; it is exchanged if it is not and is so near to
the truth of another arc. Single fits are ordered by time constant, as ``fit_many`` gives them, and
by ``track_arcs``.

Usage: python benchmarks/bench_eis_identity.py [draws [kind ...]]
"""

import os
import sys
import time
import warnings
from dataclasses import dataclass

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402

from metastudy import eis  # noqa: E402
from metastudy.units import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K  # noqa: E402

SEED = 20261130
T = np.arange(140.0, 201.0, 10.0)
X = 1 / (BOLTZMANN_EV_PER_K * (T + ZERO_CELSIUS_K))
LEVER = X - X[3]
F = np.geomspace(1e6, 0.03, 42)
NOISE = 0.003
KINDS = ("third", "exponents", "fading", "crossing", "crossing3")


@dataclass(frozen=True)
class Pellet:
    """Truth of a series: ln R, ln C and n of each arc, all (7, m); arcs with one identity."""

    log_r: np.ndarray
    log_c: np.ndarray
    n: np.ndarray
    followed: tuple[int, ...]

    @property
    def circuit(self) -> str:
        """The arcs in series, and the tail of blocking electrodes."""
        arcs = "".join(f"p(R{i + 1},CPE{i + 1})-" for i in range(self.n.shape[1]))
        return f"{arcs}CPE{self.n.shape[1] + 1}"

    def values(self, k: int) -> list[float]:
        """Parameters of spectrum ``k`` in the order of the circuit."""
        r, c, n = np.exp(self.log_r[k]), np.exp(self.log_c[k]), self.n[k]
        arcs = np.column_stack([r, (r * c) ** n / r, n]).ravel()
        return [*arcs.tolist(), 4e-6 * np.exp(-0.4 * LEVER[k]), 0.6]

    def spectra(self, rng: np.random.Generator) -> list[eis.Spectrum]:
        """Draw the noise."""
        out = []
        for k in range(T.size):
            z = eis.Circuit(self.circuit).impedance(F, self.values(k))
            e = rng.standard_normal((2, F.size))
            out.append(eis.Spectrum(F, z * (1 + NOISE * (e[0] + 1j * e[1]))))
        return out


def draw(kind: str, rng: np.random.Generator) -> Pellet:
    """One pellet of a kind."""
    ea = np.array([rng.uniform(0.5, 0.7), rng.uniform(0.75, 0.95)])
    log_r = np.log([rng.uniform(3e4, 8e4), rng.uniform(1.5e5, 5e5)]) + np.outer(LEVER, ea)
    log_c = np.log(6e-12) + np.array([0.0, rng.uniform(0.9, 1.3)]) + np.zeros((7, 2))
    n = np.array([rng.uniform(0.8, 0.93), rng.uniform(0.82, 0.93)]) + np.zeros((7, 2))
    if kind == "exponents":
        log_c = log_c + np.array([0.0, rng.uniform(0.5, 2.0)])
        n = n - np.outer((T - 140) / 60, rng.uniform(-0.05, 0.2, 2))
    if kind == "fading":
        log_c = log_c + np.array([0.0, rng.uniform(3.0, 5.0)])
        log_r[:, 1] = log_r[:, 0] + rng.uniform(-0.5, 1.0) - np.linspace(0, rng.uniform(4, 8), 7)
    if kind.startswith("crossing"):
        log_c = log_c[:, :1] + np.array([0.0, rng.uniform(2.0, 3.4)])
        ea = np.array([rng.uniform(0.2, 0.35), rng.uniform(1.0, 1.3)])
        middle = X[3] + rng.uniform(-0.3, 0.3) * np.ptp(X) / 2
        at = np.log(rng.uniform(5e4, 2e5)) - np.array([0.0, log_c[0, 1] - log_c[0, 0]])
        log_r = at + np.outer(X - middle, ea)
    log_r = log_r + 0.08 * rng.uniform(-1, 1, log_r.shape)
    log_c = log_c + 0.05 * rng.uniform(-1, 1, log_c.shape)
    if kind == "crossing3":
        r = log_r.max(axis=1) + rng.uniform(-1, 0) + np.zeros(7)
        extra = r, np.log(rng.uniform(1e-8, 5e-8)) + np.zeros(7), np.full(7, rng.uniform(0.7, 0.9))
        return Pellet(*_joined((log_r, log_c, n), extra), (0, 1, 2))
    if kind == "third":
        n = n - 0.04 * rng.uniform(0, 1, n.shape)
        return Pellet(*_joined((log_r, log_c, n), _third(log_r, log_c, n, rng)), (0, 1))
    return Pellet(log_r, log_c, np.clip(n, 0.6, 1), (0, 1))


def _joined(two, third):
    return tuple(np.column_stack([a, b]) for a, b in zip(two, third, strict=True))


def _third(log_r, log_c, n, rng):
    """Slow and small when cold, close to the second arc in the middle, very slow when warm.

    In the middle the first arc is smaller and sharper, the second flatter: ``log_r`` and ``n`` are
    changed.
    """
    r, c, exponent = log_r[:, 1].copy(), np.empty(7), np.empty(7)
    first = rng.integers(1, 4)
    last = first + rng.integers(2, 4)
    for k in range(7):
        if k < first:
            r[k] += np.log(rng.uniform(0.06, 0.15))
            c[k], exponent[k] = np.log(rng.uniform(2e-8, 5e-8)), rng.uniform(0.55, 0.7)
        elif k < last:
            r[k] += np.log(rng.uniform(0.4, 0.6))
            c[k], exponent[k] = log_c[k, 1] + rng.uniform(1.0, 1.3), rng.uniform(0.95, 1.0)
            log_r[k, 0] += np.log(rng.uniform(0.3, 0.7))
            n[k] += 0.08, -rng.uniform(0.1, 0.16)
        else:
            r[k] += np.log(rng.uniform(0.1, 2.0))
            c[k], exponent[k] = np.log(rng.uniform(1e-5, 4e-5)), rng.uniform(0.6, 0.95)
    n[:] = np.clip(n, 0.6, 1.0)
    return r, c, exponent


def visible(pellet: Pellet, spectra: list[eis.Spectrum]) -> np.ndarray:
    """Pairs (7, m) that a fit started at the truth determines, and that end near it."""
    out = np.zeros(pellet.n.shape, bool)
    for k, spectrum in enumerate(spectra):
        circuit = eis.Circuit(pellet.circuit)
        start = dict(zip(circuit.names, pellet.values(k), strict=True))
        fit = eis.fit(spectrum, circuit, start=start, starts=1)
        for i in pellet.followed:
            p = circuit.names.index(f"R{i + 1}")
            known = np.sqrt(fit.log_covariance[p, p]) < 0.1
            out[k, i] = known and abs(np.log(fit.estimates[p]) - pellet.log_r[k, i]) < 0.25
    return out


def matches(log_r: np.ndarray, pellet: Pellet, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (7, m) that are right, and that have the value of another arc."""
    with np.errstate(invalid="ignore"):
        near = np.abs(log_r[:, :, None] - pellet.log_r[:, None, :]) < 0.25
    right = np.einsum("kii->ki", near)
    other = (near & ~np.eye(right.shape[1], dtype=bool)).any(axis=2)
    return right & seen, ~right & other & seen


def renamed(log_r: np.ndarray, pellet: Pellet, seen: np.ndarray) -> np.ndarray:
    """Names of arcs are a choice: take those of the whole series that suit the truth best."""
    from itertools import permutations

    orders = [list(order) for order in permutations(range(log_r.shape[1]))]
    return max(
        (log_r[:, order] for order in orders), key=lambda r: matches(r, pellet, seen)[0].sum()
    )


def run(kind: str, draws: int) -> None:
    """Print one kind."""
    rng = np.random.default_rng([SEED, KINDS.index(kind)])
    ways = ("by time constant", "track_arcs", "fit_series")
    counts = {way: np.zeros(3, int) for way in ways}
    total, lost, mended, named, spent = 0, 0, 0, 0, 0.0
    for _ in range(draws):
        pellet = draw(kind, rng)
        spectra = pellet.spectra(rng)
        seen = visible(pellet, spectra)
        fits = eis.fit_many(spectra, pellet.circuit)
        columns = [fits.circuit.names.index(f"R{i + 1}") for i in range(seen.shape[1])]
        began = time.process_time()
        series = eis.fit_series(spectra, T, pellet.circuit)
        spent += time.process_time() - began
        tracked = eis.track_arcs(fits, T)
        with np.errstate(invalid="ignore"):
            found = {
                "by time constant": np.log(fits.estimates[:, columns]),
                "track_arcs": tracked.log_r,
                "fit_series": np.log(series.estimates[:, columns]),
            }
        right = {}
        for way, log_r in found.items():
            right[way], wrong = matches(renamed(log_r, pellet, seen), pellet, seen)
            whole = right[way][seen].all()
            counts[way] += right[way].sum(), wrong.sum(), whole
        best = np.maximum(right["by time constant"], right["track_arcs"])
        lost += int((best & ~right["fit_series"]).sum())
        mended += int((right["fit_series"] & ~best).sum())
        total += int(seen.sum())
        broken = getattr(series, "discontinuities", ())
        named += bool(broken) and not right["fit_series"][seen].all()
    print(f"\n{kind}: {draws} series, {total} pairs, {1000 * spent / draws:.0f} ms CPU a series")
    for way, (good, wrong, whole) in counts.items():
        print(
            f"  {way:16} right {100 * good / total:5.1f} %, exchanged {100 * wrong / total:4.1f} "
            f"%, whole series right {whole}"
        )
    print(f"  fit_series lost {lost} pairs that single fits had right, gained {mended}; of "
          f"{draws - counts['fit_series'][2]} series with a wrong pair {named} say so")  # fmt: skip


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for one in sys.argv[2:] or KINDS:
        run(one, int(sys.argv[1]) if len(sys.argv) > 1 else 200)
