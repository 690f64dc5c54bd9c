"""Multiple membership: contrasts of levels, against dense covariances written out by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal, norm

from metastudy import mixed
from metastudy.mixed import MixedError

CONTRASTS = "y ~ 0 + (1 | mm(treated, reference, weights=(1, -1)))"


def simulated(rng, works=10, sd=0.5):
    rows = []
    for w in range(works):
        effects = rng.normal(0, sd, 5)
        rows += [
            (f"w{w}t{k}", f"w{w}r", f"w{w}", effects[k] - effects[0] + rng.normal(0, 0.1))
            for k in range(1, rng.integers(2, 5))
        ]
    return pd.DataFrame(rows, columns=["treated", "reference", "work", "y"]).assign(v=0.01)


def dense_design(data, weights=(1.0, -1.0), columns=("treated", "reference")):
    levels = sorted(set(data[list(columns)].stack().dropna()))
    Z = np.zeros((len(data), len(levels)))
    for weight, name in zip(weights, columns, strict=True):
        for i, level in enumerate(data[name]):
            if pd.notna(level):
                Z[i, levels.index(level)] += weight
    return Z


def test_contrasts_have_the_dense_likelihood_and_maximum():
    data = simulated(np.random.default_rng(1))
    K = dense_design(data) @ dense_design(data).T

    def dense(sigma2):
        return multivariate_normal.logpdf(data["y"], cov=sigma2 * K + 0.01 * np.eye(len(data)))

    fit = mixed.fit(CONTRASTS, data, v="v", method="ML")
    best = minimize(lambda x: -dense(np.exp(x[0])), [np.log(0.2)], method="Nelder-Mead")
    assert fit.llf == pytest.approx(-best.fun, abs=1e-8)
    assert fit.sigma2.iloc[0] == pytest.approx(np.exp(best.x[0]), rel=1e-3)
    assert list(fit.sigma2.index) == ["mm(treated, reference)"]


def test_levels_and_contrasts_share_the_effects_of_one_preparation():
    """A level has its own preparation's effect, a contrast the difference: one likelihood."""
    rng = np.random.default_rng(2)
    contrasts = simulated(rng)
    levels = pd.DataFrame(
        {"treated": contrasts["reference"].unique(), "reference": None, "v": 0.01}
    )
    levels["work"] = levels["treated"].str.replace("r", "")
    levels["y"] = 1 + rng.normal(0, 0.7, len(levels))
    data = pd.concat([contrasts, levels], ignore_index=True)
    data["level"] = data["reference"].isna().astype(float)
    formula = f"{CONTRASTS} + level + (0 + level | work)"
    fit = mixed.fit(formula, data, v="v", method="ML")
    Z = dense_design(data)
    same = (data["work"].to_numpy()[:, None] == data["work"].to_numpy()) * np.outer(
        data["level"], data["level"]
    )
    a, b = fit.sigma2
    M = a * Z @ Z.T + b * same + 0.01 * np.eye(len(data))
    x = data[["level"]].to_numpy()
    beta = np.linalg.solve(x.T @ np.linalg.solve(M, x), x.T @ np.linalg.solve(M, data["y"]))
    assert fit.llf == pytest.approx(multivariate_normal.logpdf(data["y"], x @ beta, M), abs=1e-9)
    assert fit.params.to_numpy() == pytest.approx(beta, rel=1e-9)


def test_a_bounded_contrast_enters_by_its_probability():
    """Two contrasts of one reference, one a bound: density times a conditional probability."""
    data = pd.DataFrame(
        {"treated": ["a", "b", "c"], "reference": ["r", "r", "q"], "y": [0.4, np.nan, -0.2]}
    ).assign(v=0.01, lo=[np.nan, 0.3, np.nan])
    fit = mixed.fit(CONTRASTS, data, v="v", method="ML", lower="lo")
    s = fit.sigma2.iloc[0]
    share = s / (2 * s + 0.01)
    mean, sd = share * 0.4, np.sqrt(2 * s + 0.01 - share * s)
    by_hand = norm.logpdf([0.4, -0.2], 0, np.sqrt(2 * s + 0.01)).sum()
    by_hand += norm.logsf(0.3, mean, sd)
    assert fit.llf == pytest.approx(by_hand, abs=1e-9)


def test_weights_may_be_columns_and_a_missing_member_has_none():
    data = simulated(np.random.default_rng(3)).assign(one=1.0, minus=-1.0)
    by_number = mixed.fit(CONTRASTS, data, v="v")
    by_column = mixed.fit(CONTRASTS.replace("(1, -1)", "(one, minus)"), data, v="v")
    assert by_column.llf == by_number.llf
    doubled = mixed.fit(CONTRASTS.replace("(1, -1)", "(2, -2)"), data, v="v")
    assert doubled.sigma2.iloc[0] == pytest.approx(by_number.sigma2.iloc[0] / 4, rel=1e-8)


@pytest.mark.parametrize(
    ("term", "message"),
    [
        ("(1 | mm(treated, reference))", "write a multiple membership as"),
        ("(1 | mm(treated, weights=(1,)))", "two or more different columns"),
        ("(1 | mm(treated, treated, weights=(1, -1)))", "two or more different columns"),
        ("(1 | mm(treated, reference, weights=(1, -1, 2)))", "2 columns and 3 weights"),
        ("(1 | mm(treated, reference, weights=(1, inf)))", "not finite"),
        ("(1 | mm(treated, nowhere, weights=(1, -1)))", "nowhere"),
        ("(y | mm(treated, reference, weights=(1, -1)))", "an intercept alone"),
        ("(1 | mm(treated, reference, weights=(1, work)))", "are not numbers"),
        ("(1 | mm(treated, reference, weights=(1, 1/2)))", "neither a number nor a column"),
    ],
)
def test_what_is_no_multiple_membership_is_refused_by_name(term, message):
    data = simulated(np.random.default_rng(4))
    with pytest.raises(MixedError, match=message):
        mixed.fit(f"y ~ 0 + {term}", data, v="v")


def test_a_row_whose_weights_cancel_is_named():
    data = simulated(np.random.default_rng(5))
    data.loc[2, "reference"] = data.loc[2, "treated"]
    with pytest.raises(MixedError, match=r"row 2 belongs to no level, or its weights cancel"):
        mixed.fit(CONTRASTS, data, v="v")


def test_the_summary_counts_members_and_not_blocks():
    """Three treated arms of one reference and two of another: seven members in two blocks."""
    data = pd.DataFrame(
        {
            "y": [0.1, 0.5, -0.3, 0.2, 0.4],
            "t": list("abcde"),
            "r": list("ppprr"),
            "v": 0.01,
        }
    )
    fit = mixed.fit("y ~ 1 + (1 | mm(t, r, weights=(1, -1)))", data, v="v")
    name = "mm(t, r)"
    assert fit.levels[name] == fit.components.to_frame().loc[name, "levels"] == 7
    assert fit.frame.terms[0].n_levels == 2
    few = next(w for w in fit.warnings if w.name == "interval only")
    assert few.text.startswith("'mm(t, r)' has 7 levels")
    # 5 rows less the mean: the members have 5 contrasts, of which the fixed part takes one.
    assert fit.components.df[name] == 4
