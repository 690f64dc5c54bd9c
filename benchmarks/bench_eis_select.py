"""Circuits chosen among nine on a public labelled benchmark, beside what fits from the truth tell.

    python benchmarks/bench_eis_select.py FOLDER [--every 10] [--today 20]
    python benchmarks/bench_eis_select.py FOLDER --write  # figures of docs/validation/eis-select.md
    python benchmarks/bench_eis_select.py FOLDER --limits  # only the cross-validation of its limits

FOLDER holds CSV files of J. Schaeffer et al., J. Electrochem. Soc. 170 (2023) 060512 (repository
BatteryDEV/AutoECM, CC BY 4.0), with columns for frequency (Hz), Z (ohm), circuit and parameters.
The spectra are free of noise and printed to about nine digits; their time constants are per Hz, not
per rad/s. The ceiling is the same choice where the labelled circuit is also fitted from its printed
parameters. A choice is called unique where no tie is named, no waves are left and every parameter
is determined.

Limits are cross-validated in five parts of the spectra, drawn by a seed: what a part that is not
needed costs is chosen for the most right choices in the other four parts, the limits of ties for
the most choices called unique of which at most 5 % are wrong.
"""

import argparse
import csv
import os
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# The thread limit must stand before numpy is imported.
import numpy as np  # noqa: E402

from metastudy import eis  # noqa: E402
from metastudy.eis.optimise.basin_hopping import BasinHopping  # noqa: E402
from metastudy.eis.selection import selecting  # noqa: E402
from metastudy.eis.weighting.data import Data  # noqa: E402

CIRCUITS = {
    "L-R-RCPE": "L0-R0-p(R1,CPE1)",
    "L-R-RCPE-RCPE": "L0-R0-p(R1,CPE1)-p(R2,CPE2)",
    "L-R-RCPE-RCPE-RCPE": "L0-R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)",
    "RC-G-G": "p(R1,C1)-G2-G3",
    "RC-RC-RCPE-RCPE": "p(R1,C1)-p(R2,C2)-p(R3,CPE3)-p(R4,CPE4)",
    "RCPE-RCPE": "p(R1,CPE1)-p(R2,CPE2)",
    "RCPE-RCPE-RCPE": "p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)",
    "RCPE-RCPE-RCPE-RCPE": "p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)-p(R4,CPE4)",
    "Rs_Ws": "R0-Wsg1",
}
MOST_WRONG, LEAST_SHARE, MOST_CPU = 0.05, 0.95, 0.5
# Of the limits of an exponent: printed ones were rounded onto or beyond them.
INSIDE = 1e-4
PAGE = Path(__file__).parents[1] / "docs" / "validation" / "eis-select.md"
HEADING = "# Which circuit made a spectrum"


def numbers(text):
    """Real or complex numbers of a printed array."""
    return np.array([complex(one.replace(" ", "")) for one in text.strip("[]").split(",")])


def read(folder):
    """Name, spectrum, label and printed parameters of every row of the CSV files in a folder."""
    csv.field_size_limit(10**8)
    for path in sorted(Path(folder).glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                pairs = (one.split(":") for one in row["Parameters"].split(","))
                values = {name.strip(): float(value) for name, value in pairs}
                spectrum = eis.Spectrum(numbers(row["freq"]).real, numbers(row["Z"]))
                yield f"{path.name} {row['']}", spectrum, row["Circuit"], values


def truth(label, p):
    """Put printed parameters of a label in the order and units of its circuit."""
    turn = 2 * np.pi

    def arc(r, c, n):
        return [r, c / turn**n, min(n, 1 - INSIDE)]

    if label == "RC-G-G":
        pairs = [p["R_g1"], p["t_g1"] / turn, p["R_g2"], p["t_g2"] / turn]
        return [p["R1"], p["C1"] / turn, *pairs]
    if label == "Rs_Ws":
        n = min(np.log10(p["W1_p"]), 0.5 - INSIDE)
        return [p["R1"], p["W1_R"], p["W1_T"] / turn, n]
    if label == "RC-RC-RCPE-RCPE":
        ideal = [p["R1"], p["C1"] / turn, p["R2"], p["C2"] / turn]
        arcs = [arc(p[f"R{k}"], p[f"CPE{k}_C"], p[f"CPE{k}_t"]) for k in (3, 4)]
        return [*ideal, *arcs[0], *arcs[1]]
    first = [p["L1"] / turn, p["R1"]] if label.startswith("L-R") else []
    skip = 1 if first else 0
    for k in range(1, label.count("RCPE") + 1):
        first += arc(p[f"R{k + skip}"], p[f"CPE{k}_C"], p[f"CPE{k}_t"])
    return first


def with_truth(spectrum, chosen, label, values):
    """Choose again where the labelled circuit is also fitted from its printed parameters."""
    text = CIRCUITS[label]
    model = selecting.model_of(text, None, None, ())
    z = spectrum.impedance_ohm
    data = Data(spectrum.omega, z[None], selecting.initial_weight("modulus", z)[None])
    goal = 2 * len(spectrum) * chosen.noise_floor**2
    search = BasinHopping(model, data, goal, np.random.default_rng(0))
    search.improve(model.coordinates(np.array(truth(label, values))[None]))
    if search.nearly_exact:
        search.refine(1000)
    rank = {one.circuit: one.rank for one in chosen.candidates}
    if search.cost.size:
        found = selecting.candidate_of(text, model, search, data, chosen.noise_floor)
        rank[text] = min(rank[text], found.rank)
    return min(rank, key=rank.get)


SUPERFLUOUS = (0.0, 2.0, 6.0, 10.0, 15.0, 20.0)
TIES = [(as_good, unseen) for as_good in (2.0, 6.0, 10.0) for unseen in (0.003, 0.01, 0.03, 0.1)]
FOLDS, FOLDS_SEED = 5, 20261130


def right_by_cost(chosen, label):
    """Whether the labelled circuit ranks first, for each cost of a part that is not needed."""
    fitted = [one for one in chosen.candidates if one.bic is not None]
    ranks = [
        {one.circuit: one.bic + cost * (not one.needed) for one in fitted} for cost in SUPERFLUOUS
    ]
    return [min(rank, key=rank.get) == CIRCUITS[label] for rank in ranks]


def unique_by_ties(chosen):
    """Whether the choice is called unique, for each pair of limits."""
    first, *rest = chosen.candidates
    known = not (chosen.waves or chosen.undetermined)
    return [
        known
        and not any(
            one.rank - first.rank <= as_good or (one.unseen or 0.0) > unseen for one in rest
        )
        for as_good, unseen in TIES
    ]


def cross_validated(right, unique):
    """Say what limits chosen on four parts give on the fifth.

    Parameters
    ----------
    right : ndarray of bool, shape (spectra, costs)
    unique : ndarray of bool, shape (spectra, pairs)
    """
    part = np.random.default_rng(FOLDS_SEED).permutation(len(right)) % FOLDS
    stated = right[:, SUPERFLUOUS.index(10.0)]
    outside, named, wrong, chosen = [], 0, 0, Counter()
    for k in range(FOLDS):
        seen, held = part != k, part == k
        cost = int(np.argmax(right[seen].mean(axis=0)))
        counts = unique[seen].sum(axis=0)
        errors = (unique[seen] & ~stated[seen, None]).sum(axis=0)
        ties = int(np.argmax(np.where(errors <= MOST_WRONG * np.maximum(counts, 1), counts, -1)))
        outside += right[held, cost].tolist()
        named += int(unique[held, ties].sum())
        wrong += int((unique[held, ties] & ~stated[held]).sum())
        chosen[SUPERFLUOUS[cost], *TIES[ties]] += 1
    limits = "; ".join(
        f"{cost:g}, {as_good:g}, {unseen:g} in {times} of {FOLDS}"
        for (cost, as_good, unseen), times in chosen.items()
    )
    return (
        f"Cross-validated limits on {len(right)} spectra: accuracy {np.mean(outside):.3f} on the "
        f"parts left out ({stated.mean():.3f} with the stated limits); of {named} choices called "
        f"unique there {100 * wrong / max(named, 1):.1f} % are wrong. Chosen were (cost of a part "
        f"that is not needed, rank of a tie, unseen share): {limits}; stated are 10, 6 and 0.01."
    )


def single_fits(spectrum):
    """Fit the nine circuits one by one; returns the smallest BIC's, and the CPU time in s."""
    start, n, bic = time.process_time(), 2 * len(spectrum), {}
    for text in CIRCUITS.values():
        fit = eis.fit(spectrum, text)
        bic[text] = n * np.log(max(fit.chi2 / n, 1e-12)) + len(fit.estimates) * np.log(n)
    return min(bic, key=bic.get), time.process_time() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--every", type=int, default=1, help="take one spectrum of so many")
    parser.add_argument("--first", type=int, default=0, help="position of the first one taken")
    parser.add_argument("--today", type=int, default=20, help="one of so many for single fits")
    parser.add_argument("--show", action="store_true", help="print every wrong choice")
    parser.add_argument("--limits", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    spectra = list(read(options.folder))[options.first :: options.every]
    counts = {name: Counter() for name in ("all", "right", "ceiling", "unique", "wrong")}
    spent, beside, singles, before, by_cost, by_ties = [], [], [], [], [], []
    for k, (name, spectrum, label, values) in enumerate(spectra):
        start = time.process_time()
        chosen = eis.select_circuit(spectrum, list(CIRCUITS.values()))
        spent.append(time.process_time() - start)
        by_cost.append(right_by_cost(chosen, label))
        by_ties.append(unique_by_ties(chosen))
        if options.limits:
            continue
        right = chosen.best == CIRCUITS[label]
        ceiling = with_truth(spectrum, chosen, label, values) == CIRCUITS[label]
        counts["all"][label] += 1
        counts["right"][label] += right
        counts["ceiling"][label] += ceiling
        counts["unique"][label] += chosen.unique
        counts["wrong"][label] += chosen.unique and not right
        if k % options.today == 0:
            # At once, as the load of the machine changes.
            text, seconds = single_fits(spectrum)
            beside.append(spent[-1])
            singles.append(seconds)
            before.append(text == CIRCUITS[label])
        if options.show and not right:
            print(f"{name}: {label}, chosen {chosen.best}, ceiling {ceiling}, {chosen.verdict}")
    limits = cross_validated(np.array(by_cost), np.array(by_ties))
    if options.limits:
        print(limits)
        return 0
    rows = [
        "| label | spectra | right | ceiling | called unique | of these wrong |",
        "|---|---|---|---|---|---|",
    ]
    rows += [
        f"| {label} | {' | '.join(str(c[label]) for c in counts.values())} |" for label in CIRCUITS
    ]
    total = {name: sum(c.values()) for name, c in counts.items()}
    rows.append(f"| all | {' | '.join(map(str, total.values()))} |")
    share, wrong = total["right"] / total["ceiling"], total["wrong"] / max(total["unique"], 1)
    cpu = np.mean(beside) / np.mean(singles)
    words = [
        f"Accuracy {total['right'] / total['all']:.3f}, ceiling "
        f"{total['ceiling'] / total['all']:.3f}: {share:.3f} of it. Of the choices called unique "
        f"{100 * wrong:.1f} % are wrong.",
        f"CPU time {1e3 * np.mean(spent):.0f} ms a spectrum. On {len(singles)} of them it took "
        f"{cpu:.2f} of nine single fits ({1e3 * np.mean(singles):.0f} ms), whose smallest BIC with "
        f"a noise floor of 1e-6 is right for {np.mean(before):.2f}.",
        limits,
    ]
    print("\n".join([*rows, "", *words]))
    if options.write:
        intro = "\n\n".join(__doc__.split("\n\n")[2:])
        taken = f"--first {options.first} --every {options.every} --write"
        command = f"Made by `python benchmarks/bench_eis_select.py FOLDER {taken}`."
        parts = [HEADING, intro.rstrip(), command, "\n".join(rows), *words]
        PAGE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return int(share < LEAST_SHARE or wrong > MOST_WRONG or cpu > MOST_CPU)


if __name__ == "__main__":
    sys.exit(main())
