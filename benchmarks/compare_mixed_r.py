"""Agreement with R on public data sets that are not among the stored references.

python benchmarks/compare_mixed_r.py [--write] [--folder DIR]

Needs Rscript with metafor, metadat, lme4, nlme, clubSandwich and jsonlite. R fits their data sets
(``compare_mixed_r.R``); the same models are fitted here to the same rows. Ends with status 1 where
they differ by more than ``LIMITS``. With --write the table goes to docs/validation/mixed-r.md. The
data stay in a temporary folder.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from metastudy import mixed

PAGE = Path(__file__).parents[1] / "docs" / "validation" / "mixed-r.md"
LIMITS = {"llf": 1e-6, "params": 1e-4, "se": 1e-4, "sigma2": 2e-3, "rest": 1e-4}
"""Largest differences: log-likelihood below R's; coefficients in SE; the rest relative."""


@dataclass(frozen=True)
class Case:
    """One model: what it shows, the source of its data, our call, and R's order of components."""

    shows: str
    source: str
    formula: str
    components: tuple[str, ...]
    given: dict[str, Any] = field(default_factory=lambda: {"v": "vi"})
    used: tuple[str, ...] = ("yi", "vi")
    prepare: Callable[[pd.DataFrame], pd.DataFrame] = lambda data: data
    constant: str = "llf"
    cluster: str | None = None


def lme(shows: str, source: str, formula: str, components: tuple[str, ...], **more: Any) -> Case:
    """Describe a model without sampling variances, with lme4's and nlme's constant."""
    more = {"given": {}, "used": (), "constant": "llf_lme4", **more}
    return Case(shows, source, formula, components, **more)


def categorical(column: str, levels: list[str]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Give a column R's order of levels."""
    return lambda data: data.assign(**{column: pd.Categorical(data[column], levels)})


CASES = {
    "curtis1998": Case(
        "log ratios of means (`escalc`), effects within papers",
        "Hedges, Gurevitch & Curtis 1999, Ecology 80, 1150",
        "yi ~ 1 + (1 | paper/id)",
        ("paper", "paper:id"),
    ),
    "obrien2003": Case(
        "random slope beside rows (GEN)",
        "O'Brien et al. 2003, 10.1097/00001648-200305000-00020",
        "yi ~ bmic + (bmic | study) + (1 | row)",
        ("study[Intercept]", "study[bmic]", "row"),
        used=("yi", "vi", "bmic"),
    ),
    "kalaian1996": Case(
        "two outcomes, UN, V with covariances (`vcalc`)",
        "Kalaian & Raudenbush 1996, 10.1037/1082-989X.1.3.227",
        "yi ~ 0 + outcome + un(outcome | study)",
        ("study[math]", "study[verbal]"),
        given={},
    ),
    "fine1993": Case(
        "four times, AR",
        "Dear 1994, 10.2307/2533438",
        "yi ~ 0 + C(time) + ar(time | study)",
        ("study",),
    ),
    "hasselblad1998": Case(
        "arms within studies",
        "Hasselblad 1998, 10.1177/0272989X9801800110",
        "yi ~ trt + (1 | study/id)",
        ("study", "study:id"),
        prepare=categorical("trt", ["grp_counseling", "ind_counseling", "no_contact", "self_help"]),
    ),
    "tannersmith2016": Case(
        "three levels, two moderators; CR2 and CR3",
        "Tanner-Smith, Tipton & Polanin 2016, 10.1007/s40865-016-0026-5",
        "yi ~ propmale + aget1 + (1 | studyid/row)",
        ("studyid", "studyid:row"),
        cluster="studyid",
    ),
    "craft2003": Case(
        "six correlations a study, CS",
        "Craft et al. 2003; in Becker & Aloe 2019",
        "yi ~ 0 + pair + cs(pair | study)",
        ("study",),
    ),
    "molloy2014": Case(
        "two levels, Knapp-Hartung, Q-profile",
        "Molloy, O'Carroll & Ferguson 2014, 10.1007/s12160-013-9524-4",
        "yi ~ 1 + (1 | trial)",
        ("trial",),
        given={"v": "vi", "test": "knapp-hartung"},
        prepare=lambda data: data.assign(trial=range(len(data))),
    ),
    "mcdaniel1994": Case(
        "two levels, two factors, ML",
        "McDaniel et al. 1994, 10.1037/0021-9010.79.4.599",
        "yi ~ type + struct + (1 | study)",
        ("study",),
        given={"v": "vi", "method": "ML"},
    ),
    "viechtbauer2021": Case(
        "two levels, dose, PM and Knapp-Hartung",
        "Viechtbauer 2021, in Handbook of Meta-Analysis, 10.1201/9781315119403",
        "yi ~ dose + (1 | trial)",
        ("trial",),
        given={"v": "vi", "method": "PM", "test": "knapp-hartung"},
    ),
    "Dyestuff": lme(
        "one factor", "Davies & Goldsmith 1972", "Yield ~ 1 + (1 | Batch)", ("Batch", "residual")
    ),
    "Dyestuff2": lme(
        "a variance of zero",
        "Box & Tiao 1973 (simulated)",
        "Yield ~ 1 + (1 | Batch)",
        ("Batch", "residual"),
    ),
    "Rail": lme(
        "one factor, large",
        "Devore 2000; in Pinheiro & Bates 2000",
        "travel ~ 1 + (1 | Rail)",
        ("Rail", "residual"),
    ),
    "Oats": lme(
        "split plots",
        "Pinheiro & Bates 2000, A.15",
        "yield_ ~ nitro + (1 | Block/Variety)",
        ("Block", "Block:Variety", "residual"),
        prepare=lambda data: data.rename(columns={"yield": "yield_"}),
    ),
    "Machines": lme(
        "workers and machines",
        "Milliken & Johnson 1992",
        "score ~ Machine + (1 | Worker/Machine)",
        ("Worker", "Worker:Machine", "residual"),
    ),
    "Machines_un": lme(
        "three correlated effects, ML",
        "Milliken & Johnson 1992",
        "score ~ Machine + un(Machine | Worker)",
        ("Worker[A]", "Worker[B]", "Worker[C]", "residual"),
        given={"method": "ML"},
    ),
    "Orthodont": lme(
        "growth, random slope, interaction",
        "Potthoff & Roy 1964, Biometrika 51, 313",
        "distance ~ age * Sex + (age | Subject)",
        ("Subject[Intercept]", "Subject[age]", "residual"),
        prepare=categorical("Sex", ["Male", "Female"]),
    ),
    "Pixel": lme(
        "slope and nested intercept",
        "Pinheiro & Bates 2000",
        "pixel ~ day + I(day**2) + (day | Dog) + (1 | Dog:Side)",
        ("Dog[Intercept]", "Dog[day]", "Dog:Side", "residual"),
    ),
    "ergoStool": lme(
        "blocks",
        "Devore 2000; in Pinheiro & Bates 2000",
        "effort ~ Type + (1 | Subject)",
        ("Subject", "residual"),
    ),
    "Ovary": lme(
        "intercept beside AR(1) errors",
        "Pierson & Ginther 1987, Anim. Reprod. Sci. 14, 219",
        "follicles ~ s + c + (1 | Mare) + ar(order | Mare)",
        ("Mare", "order"),
        given={"residual": False},
    ),
}


def run_r(folder: Path) -> None:
    """Let R write its data and results."""
    script = Path(__file__).with_suffix(".R")
    subprocess.run(["Rscript", str(script), str(folder)], check=True, stderr=subprocess.DEVNULL)


def compared(name: str, case: Case, folder: Path) -> dict[str, float]:
    """Fit one model and give its differences from R."""
    r = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    data = case.prepare(pd.read_csv(folder / f"{name}.csv"))
    data = data.dropna(subset=list(case.used)).reset_index(drop=True)
    given = dict(case.given)
    if (folder / f"{name}_V.csv").exists():
        given["V"] = np.loadtxt(folder / f"{name}_V.csv", delimiter=",")
    fit = mixed.fit(case.formula, data, **given)
    params, se = np.atleast_1d(r["params"]), np.atleast_1d(r["se"])
    llf = fit.llf if fit.method == "ML" else getattr(fit, case.constant)
    return {
        "rows": fit.nobs,
        "llf": llf - r["llf"],
        "params": float(np.max(np.abs(fit.params - params) / se)),
        "se": float(np.max(np.abs(fit.bse / se - 1))),
        "sigma2": _components(fit, case, r),
        "rest": _rest(fit, case, r, data),
    }


def _components(fit: Any, case: Case, r: dict[str, Any]) -> float:
    """Largest difference of a component, as a share of the largest component."""
    ours = fit.sigma2
    theirs = r["sigma2"]
    if isinstance(theirs, dict):
        names = [_as_in_r(name) for name in case.components]
        theirs = [theirs[name] for name in names]
    ours = ours.to_numpy()[: len(np.atleast_1d(theirs))]
    return float(np.max(np.abs(ours - np.atleast_1d(theirs))) / np.max(theirs))


def _as_in_r(name: str) -> str:
    """Name of a component in lme4, where nested groupings stand inside out."""
    if name == "residual":
        return "Residual"
    group, bracket, effect = name.partition("[")
    group = ":".join(reversed(group.split(":"))) if group != "Dog:Side" else group
    effect = "" if effect.startswith("Intercept") else bracket + effect
    effect = f"[Machine{effect[1:]}" if group == "Worker" and effect else effect
    return group + effect


def _rest(fit: Any, case: Case, r: dict[str, Any], data: pd.DataFrame) -> float:
    """Largest relative difference of QE, correlations, robust and Q-profile results, escalc."""
    pairs: list[tuple[Any, Any]] = []
    if fit.components.qe is not None and "qe" in r:
        pairs.append((fit.components.qe, r["qe"]))
    if "rho" in r:
        kinds = [p.kind for p in fit.likelihood.parameters]
        pairs.append((fit.theta[[k == "correlation" for k in kinds]], r["rho"]))
    if case.cluster is not None:
        robust = fit.robust(case.cluster)
        pairs += [(robust.bse, r["cr2"]), (robust.df, r["cr2_df"])]
        pairs.append((fit.robust(case.cluster, "CR3").bse, r["cr3"]))
    if "q_profile" in r:
        pairs.append((fit.components.q_profile(), r["q_profile"]))
    if "y" in r:
        arms = {"m1": "m2i", "sd1": "sd2i", "n1": "n2i", "m2": "m1i", "sd2": "sd1i", "n2": "n1i"}
        made = mixed.escalc("ROM", data, **arms)
        pairs += [(made["y"], r["y"]), (made["v"], r["v"])]
    if not pairs:
        return float("nan")
    return max(
        float(np.max(np.abs(np.atleast_1d(ours) / np.atleast_1d(theirs) - 1)))
        for ours, theirs in pairs
    )


def table(found: dict[str, dict[str, float]]) -> list[str]:
    """Markdown rows, one for each case."""
    lines = [
        "| data | rows | model | log-likelihood, ours less R's | coefficients, in SE | standard "
        "errors | components | QE, correlations, CR2, ... |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, row in found.items():
        case = CASES[name]
        cells = [name, f"{row['rows']}", f"{case.shows}: `{case.formula}`".replace("|", r"\|")]
        cells += [f"{row['llf']:+.0e}", *(f"{row[k]:.0e}" for k in ("params", "se", "sigma2"))]
        cells.append("" if np.isnan(row["rest"]) else f"{row['rest']:.0e}")
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def faults(found: dict[str, dict[str, float]]) -> list[str]:
    """Name the cases beyond a limit."""
    out = []
    for name, row in found.items():
        if row["llf"] < -LIMITS["llf"]:
            out.append(f"{name}: log-likelihood {row['llf']:.2g} below R's")
        for key in ("params", "se", "sigma2", "rest"):
            # Where our maximum is higher, the rest is R's distance from it.
            if row[key] > LIMITS[key] and row["llf"] < LIMITS["llf"]:
                out.append(f"{name}: {key} differ by {row[key]:.2g}")
    return out


def page(lines: list[str], versions: dict[str, str]) -> str:
    """Write the page of the manual."""
    words = ", ".join(f"{name} {version}" for name, version in versions.items())
    sources = [f"| {name} | {case.source} |" for name, case in CASES.items()]
    head = (
        "# Agreement with R on fresh data sets\n\n"
        "Look up how fits agree with metafor, lme4 and nlme on data sets that are not among the "
        "references of the tests.\n\n"
        f"{words}. R's searches run to the tightest tolerance that they bear; where the "
        "log-likelihoods agree to 1e-10 components still differ by up to 2e-5, as the likelihood "
        "is flat there. Components are compared as shares of the "
        "largest one, the last columns relative. Made by `python "
        "benchmarks/compare_mixed_r.py --write`; the data are those of the R packages and are "
        "not stored here.\n\n"
    )
    tail = "\n\n| data | source |\n|---|---|\n" + "\n".join(sources) + "\n"
    return head + "\n".join(lines) + tail


def main() -> int:
    """Compare every case and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--folder", type=Path, help="keep R's files here; use them if they exist")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        if not (folder / "versions.json").exists():
            folder.mkdir(parents=True, exist_ok=True)
            run_r(folder)
        found = {name: compared(name, case, folder) for name, case in CASES.items()}
        versions = json.loads((folder / "versions.json").read_text(encoding="utf-8"))
    lines = table(found)
    print("\n".join(lines))
    beyond = faults(found)
    print("\n".join(beyond) or "all within the limits")
    if arguments.write:
        PAGE.write_text(page(lines, versions), encoding="utf-8")
    return int(bool(beyond))


if __name__ == "__main__":
    sys.exit(main())
