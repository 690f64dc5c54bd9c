"""Whether the search ends at the lowest minimum: fits counted against fits started at the truth.

    python benchmarks/bench_eis_minima.py --draws 60
    python benchmarks/bench_eis_minima.py --write    # the figures of docs/validation/eis-minima.md

Every kind is a circuit with ranges for its parameters, drawn evenly (logarithms of all but the
exponents), 0.3 % Gaussian noise of |Z| on each of Re and Im. A fit from the program's own starts is
wrong if its chi-square is more than 1 % above that of the same fit started at the truth; with a
restriction, above that of the free fit as well where the free optimum satisfies it. Exit
status 1 where the share or its 95 % upper limit (Clopper and Pearson 1934, Biometrika 26, 404)
misses the goal.
"""

import argparse
import os
import sys
import time
import warnings
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# The thread limit must stand before numpy is imported.
import numpy as np  # noqa: E402
from scipy.special import betaincinv  # noqa: E402

from metastudy import eis  # noqa: E402

SEED, NOISE, DRAWS = 20261130, 0.003, 700
HIGHER = 1.01
MOST_WRONG, MOST_UPPER = 0.005, 0.01
PAGE = Path(__file__).parents[1] / "docs" / "validation" / "eis-minima.md"

SLOW, FAST = np.logspace(5, -2, 50), np.logspace(6, -1, 57)
TWO = "R0-p(R1,CPE1)-p(R2,CPE2)"
PELLET = "p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)-CPE4"
CELL = "L0-R0-p(R1,CPE1)-p(R2,CPE2)-CPE3"
N = (0.75, 1.0)


def arc(rng, r, tau, n=N):
    """R, Q and n of one arc: decades of ohm and of s, exponent."""
    resistance, exponent = 10 ** rng.uniform(*r), rng.uniform(*n)
    return resistance, (10 ** rng.uniform(*tau)) ** exponent / resistance, exponent


def loop(rng):
    r2 = 10 ** rng.uniform(0.5, 1.7)
    return [
        10 ** rng.uniform(0, 1.5),
        10 ** rng.uniform(1, 2),
        10 ** rng.uniform(-4.5, -3.5),
        rng.uniform(0.8, 1),
        r2,
        r2 * 10 ** rng.uniform(-0.5, 0.7),
    ]


def loop_branch(rng):
    r3 = 10 ** rng.uniform(1, 2.5)
    return [
        10 ** rng.uniform(0, 1.5),
        10 ** rng.uniform(1, 2.5),
        10 ** rng.uniform(-4.5, -3.5),
        rng.uniform(0.8, 1),
        r3,
        r3 * 10 ** rng.uniform(-0.5, 0.7),
    ]


def loop_two_arcs(rng):
    r3 = 10 ** rng.uniform(0.5, 1.7)
    first, second = arc(rng, (1, 2), (-4.5, -3.5)), arc(rng, (1, 2), (-2.5, -1.5))
    return [10 ** rng.uniform(0, 1.5), *first, *second, r3, r3 * 10 ** rng.uniform(-0.3, 0.7)]


def close_arcs(rng):
    r1, r2 = 10 ** rng.uniform(1, 3, 2)
    n1, n2 = rng.uniform(0.8, 1, 2)
    tau = 10 ** rng.uniform(-5, -1)
    ratio = 10 ** rng.uniform(0.3, 1)
    return [10 ** rng.uniform(0, 2), r1, tau**n1 / r1, n1, r2, (ratio * tau) ** n2 / r2, n2]


def gerischer(rng):
    tau = 10 ** rng.uniform(-2, 0.5)
    return [
        10 ** rng.uniform(0, 1.5),
        *arc(rng, (0.5, 2), (-5, -3)),
        10 ** rng.uniform(0.5, 2),
        tau,
    ]


def nested(rng):
    inner = arc(rng, (1, 2.5), (-1.5, 0.5))
    r1, n1 = 10 ** rng.uniform(1, 2.5), rng.uniform(0.8, 1)
    q1 = (10 ** rng.uniform(-4.5, -2.5)) ** n1 / r1
    return [10 ** rng.uniform(0, 1.5), q1, n1, r1, *inner]


def randles(rng):
    r1, n1 = 10 ** rng.uniform(1, 2.5), rng.uniform(0.8, 1)
    q1 = (10 ** rng.uniform(-4.5, -2)) ** n1 / r1
    return [10 ** rng.uniform(0, 1.5), q1, n1, r1, r1 * 10 ** rng.uniform(-1, 0.5)]


def randles_finite(rng):
    return [*randles(rng)[:-1], 10 ** rng.uniform(1, 2.5), 10 ** rng.uniform(-0.5, 1.5)]


def cell(rng):
    first, second = arc(rng, (0.5, 3), (-6, -3)), arc(rng, (0.5, 3), (-3.5, 0), (0.7, 1))
    tail = [10 ** rng.uniform(-5, -3), rng.uniform(0.7, 0.95)]
    return [3e-7, 10 ** rng.uniform(0, 2), *first, *second, *tail]


def loop_nested(rng):
    r2 = 10 ** rng.uniform(0.5, 1.7)
    return [*randles(rng)[:-1], r2, r2 * 10 ** rng.uniform(-0.3, 0.7)]


def leads_and_loop(rng):
    return [10 ** rng.uniform(-6.5, -5.5), *loop(rng)]


def gerischer_inside(rng):
    return [*randles(rng)[:-1], 10 ** rng.uniform(1, 2.5), 10 ** rng.uniform(-1, 0.5)]


def three_arcs(rng):
    tau = rng.uniform(-5, -4)
    out = [10 ** rng.uniform(0, 2)]
    for _ in range(3):
        out += arc(rng, (1, 2.5), (tau, tau), (0.8, 1))
        tau += rng.uniform(1, 1.7)
    return out


def merged_arcs(rng, tau=(-5.5, -2), r=(1, 3)):
    """Two arcs of nearly one time constant, a depressed and a nearly ideal one, of like size."""
    tau, r = rng.uniform(*tau), rng.uniform(*r)
    first = arc(rng, (r, r), (tau, tau), (0.6, 0.75))
    second = arc(rng, (r - 0.4, r + 0.4), (tau - 0.3, tau + 0.3), (0.92, 1))
    return [10 ** rng.uniform(0, 2), *first, *second]


def pellet(rng):
    """Draw a small fast arc, merged arcs a decade slower, and a tail; nothing ohmic in series."""
    r1, r2, r3 = np.array([2e4, 3e5, 1.5e5]) * 10 ** rng.uniform(-0.1, 0.1, 3)
    fast = arc(rng, (np.log10(r1),) * 2, (-6.7, -6.5), (0.9, 1))
    broad = arc(rng, (np.log10(r2),) * 2, (-5.4, -5.2), (0.65, 0.75))
    narrow = arc(rng, (np.log10(r3),) * 2, (-5.2, -5), (0.97, 1))
    return [*fast, *broad, *narrow, 10 ** rng.uniform(-5.6, -5.2), rng.uniform(0.55, 0.65)]


def free_value(free, name):
    return {"fix": {name: float(free.params[name])}}


# Name: circuit, frequencies, draw, and what restricts it given the free fit and the truth.
KINDS = {
    "loop": ("R0-p(R1,CPE1)-p(R2,L2)", SLOW, loop, None),
    "loop in a branch": ("R0-p(R1,CPE1,R3-L3)", SLOW, loop_branch, None),
    "loop after two arcs": ("R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,L3)", SLOW, loop_two_arcs, None),
    "loop inside an arc": ("R0-p(CPE1,R1-p(R2,L2))", SLOW, loop_nested, None),
    "leads and loop": ("L0-R0-p(R1,CPE1)-p(R2,L2)", SLOW, leads_and_loop, None),
    "close arcs": (TWO, FAST, close_arcs, None),
    "Gerischer": ("R0-p(R1,CPE1)-G2", SLOW, gerischer, None),
    "Gerischer inside an arc": ("R0-p(CPE1,R1-G1)", SLOW, gerischer_inside, None),
    "three arcs": ("R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)", FAST, three_arcs, None),
    "nested": ("R0-p(CPE1,R1-p(R2,CPE2))", SLOW, nested, None),
    "Randles, Warburg": ("R0-p(CPE1,R1-W1)", SLOW, randles, None),
    "Randles, open": ("R0-p(CPE1,R1-Wo1)", SLOW, randles_finite, None),
    "Randles, short": ("R0-p(CPE1,R1-Ws1)", SLOW, randles_finite, None),
    "fixed R": (CELL, FAST, cell, lambda free, truth: free_value(free, "R2")),
    "fixed n": (CELL, FAST, cell, lambda free, truth: free_value(free, "CPE1_n")),
    "tied": (
        CELL,
        FAST,
        cell,
        lambda free, truth: {"tie": {"R2": ("R1", float(free.params["R2"] / free.params["R1"]))}},
    ),
    "bounded": (
        CELL,
        FAST,
        cell,
        lambda free, truth: {
            "bounds": {"R1": (free.params["R1"] / 2, free.params["R1"] * 2), "CPE2_n": (0.5, 1)}
        },
    ),
    "prior": (
        CELL,
        FAST,
        cell,
        lambda free, truth: {"prior": {"R1": (float(free.params["R1"]), 0.1)}},
    ),
    "merged arcs": (TWO, FAST, merged_arcs, None),
    "merged arcs in a pellet": (PELLET, FAST, pellet, None),
}


def run(kind, draws, first=0, show=False):
    """Wrong fits of ``draws``, those of them not said to miss, and CPU time in s."""
    text, frequency, draw, restriction = KINDS[kind]
    circuit = eis.Circuit(text)
    wrong = silent = 0
    spent = []
    for k in range(first, first + draws):
        rng = np.random.default_rng([SEED, list(KINDS).index(kind), k])
        truth = draw(rng)
        z = circuit.impedance(frequency, np.array(truth))
        noise = rng.normal(size=(2, frequency.size))
        spectrum = eis.Spectrum(frequency, z + NOISE * np.abs(z) * (noise[0] + 1j * noise[1]))
        given = dict(zip(circuit.names, truth, strict=True))
        options, start = {}, given
        if restriction is not None:
            free = eis.fit(spectrum, text)
            options = restriction(free, given)
            start = free.params.to_dict()
        before = time.process_time()
        found = eis.fit(spectrum, text, **options)
        spent.append(time.process_time() - before)
        reference = eis.fit(spectrum, text, start=start, starts=1, **options).cost
        if restriction is not None:
            reference = min(reference, free.cost)
        if found.cost > HIGHER * reference:
            wrong += 1
            silent += "misses" not in found.verdict
            if show:
                print(kind, k, found.cost / reference, found.search.words)
    return wrong, silent, spent


def upper_limit(wrong, draws):
    """95 % upper limit of a share, one-sided."""
    return 1.0 if wrong == draws else float(betaincinv(wrong + 1, draws - wrong, 0.95))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--show", action="store_true", help="print every wrong fit")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = [
        "| kind | circuit | draws | wrong | of these not said to miss | upper limit | CPU median |",
        "|---|---|---|---|---|---|---|",
    ]
    print("\n".join(rows))
    good = True
    for kind in options.kinds:
        wrong, silent, spent = run(kind, options.draws, options.first, options.show)
        top = upper_limit(wrong, options.draws)
        good &= wrong <= MOST_WRONG * options.draws and top < MOST_UPPER
        rows.append(
            f"| {kind} | `{KINDS[kind][0]}` | {options.draws} | {wrong} | {silent} | "
            f"{100 * top:.2f} % | {1e3 * np.median(spent):.0f} ms |"
        )
        print(rows[-1], flush=True)
    if options.write:
        heading, intro = "# Whether the lowest minimum is found", __doc__.split("\n\n")[2]
        command = f"`python benchmarks/bench_eis_minima.py --draws {options.draws} --write`"
        PAGE.parent.mkdir(exist_ok=True)
        text = "\n\n".join([heading, f"{intro}\n\nMade by {command}.", "\n".join(rows)])
        PAGE.write_text(text + "\n", encoding="utf-8")
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
