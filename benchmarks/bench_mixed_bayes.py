"""CPU time of the Bayesian twin (extra metastudy[bayes]): python benchmarks/bench_mixed_bayes.py.

Each model is fitted with the default 4 chains of 1,000 + 1,000 draws; the time holds the
compilation, which is anew for each model.
"""

import importlib.util
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import pandas as pd  # noqa: E402

from metastudy import mixed  # noqa: E402

DATA = ROOT / "tests" / "reference" / "mixed" / "data"

HIERARCHY = "(1 | lab/study/prep)"

MODELS = [
    ("konstantopoulos2011", None, "yi ~ 1 + (1 | district/school)", {"v": "vi"}),
    ("synth400", 240, f"yi ~ 1 + {HIERARCHY}", {"v": "vi", "residual": True}),
    (
        "synth400",
        100,
        "yi ~ 1 + (1 | family) + (1 | study/prep)",
        {"v": "vi", "residual": True, "upper": "limit"},
    ),
]


def main() -> None:
    if importlib.util.find_spec("numpyro") is None:
        print("skipped: pip install 'metastudy[bayes]'")
        return
    print(f"{'data':20} {'rows':>5} {'CPU s':>6} {'R-hat':>6} {'ESS':>6} {'divergent':>9}  model")
    for name, rows, formula, arguments in MODELS:
        data = pd.read_csv(DATA / f"{name}.csv").head(rows or 10**6)
        if "cens" in data:  # rows with cens = 1 are limits: yc is their upper end
            data["limit"] = data["yc"].where(data["cens"] == 1)
        start = time.process_time()
        fit = mixed.bayes.fit(formula, data, seed=1, **arguments)
        cpu = time.process_time() - start
        worst, least = fit.convergence["r_hat"].max(), fit.convergence.iloc[:, 1:].min().min()
        print(
            f"{name:20} {fit.nobs:5} {cpu:6.1f} {worst:6.3f} {least:6.0f} "
            f"{fit.divergences:9}  {formula}"
        )


if __name__ == "__main__":
    main()
