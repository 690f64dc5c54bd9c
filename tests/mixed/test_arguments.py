"""A wrong argument of a public method ends in one clear error of the engine, never in Python's."""

import numpy as np
import pandas as pd
import pytest

from metastudy import mixed
from metastudy.mixed.errors import MixedError

FORMULA = "y ~ x + (1 | lab/prep)"
RNG = np.random.default_rng(1)
MEANT = "did you mean alpha=0.05, an interval of 95 %"
NO_ALPHA = "is not above 0 and at most 0.5, such as 0.05"


def rows():
    rng = np.random.default_rng(3)
    lab = np.repeat(np.arange(8), 6)
    y = rng.normal(size=8)[lab] + rng.normal(size=48)
    return pd.DataFrame(
        {"y": y, "x": rng.normal(size=48), "lab": lab, "prep": np.arange(48) // 2, "v": 0.1}
    )


@pytest.fixture(scope="module")
def fit():
    return mixed.fit(FORMULA, rows(), v="v")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda fit: fit.conf_int(95), f"alpha = 95 is no share .* {MEANT}"),
        (lambda fit: fit.conf_int("0.95"), f"alpha = '0.95' {NO_ALPHA}"),
        (lambda fit: fit.components.conf_int(0.95), f"alpha = 0.95 is no share .* {MEANT}"),
        (lambda fit: fit.components.sum_conf_int(["lab"], 0), f"alpha = 0 {NO_ALPHA}"),
        (lambda fit: fit.components.share_conf_int(["lab"], 5), MEANT),
        (lambda fit: fit.components.q_profile(95), MEANT),
        (lambda fit: fit.predict(pd.DataFrame({"x": [1]}), alpha=-2), NO_ALPHA),
        (lambda fit: fit.contrasts("x", alpha=-1), NO_ALPHA),
        (lambda fit: fit.robust("lab").conf_int(95), MEANT),
        (lambda fit: fit.diagnostics.funnel(5), MEANT),
        (lambda fit: fit.summary(0.95), MEANT),
        (
            lambda fit: fit.components.sum_conf_int("lab"),
            "is the text 'lab'; give a list of names",
        ),
        (
            lambda fit: fit.components.bootstrap(0, rng=RNG),
            "n = 0 replicates; give a whole number from 1",
        ),
        (lambda fit: fit.components.bootstrap(5, rng=3), "rng is int; give a numpy Generator"),
        (lambda fit: fit.components.ratio_conf_int("lab", n=1.5, rng=RNG), r"n = 1\.5 replicates"),
        (lambda fit: fit.diagnostics.permutation_test(1.5, rng=RNG), r"n = 1\.5 permutations"),
        (
            lambda fit: fit.diagnostics.permutation_test(99),
            "rng is NoneType; give a numpy Generator",
        ),
        (lambda fit: fit.predict(5), "newdata must be a pandas DataFrame, not int"),
        (lambda fit: fit.robust(5), "clusters need one label for each of the 48 rows"),
        (lambda fit: fit.robust("lab").htz_test(np.eye(3)), "contrasts have 3 columns for 2 coef"),
        (
            lambda fit: fit.diagnostics.egger(5, response="contrast"),
            "predictor 5 is no text; give 'se', 'v'",
        ),
        (
            lambda fit: fit.components.explained_shares({"a": "x"}, rows().head(3), rng=RNG),
            "data have 3 rows; give the 48 of the fit",
        ),
        (
            lambda fit: fit.components.explained_shares("x", rows(), rng=RNG),
            "candidates is str; give a map",
        ),
        (lambda fit: mixed.compare(fit, 5), "two fits are compared, but 5 is none"),
        (lambda fit: mixed.plan(fit, 5, rng=RNG), "a plan needs a Design, or a list of them"),
        (
            lambda fit: mixed.plan(5, mixed.Design({"lab": 3}), rng=RNG),
            "components are a fit, or variances by name",
        ),
        (
            lambda fit: mixed.plan({"lab": "a"}, mixed.Design({"lab": 3}), rng=RNG),
            "component 'lab' is 'a'; a variance is a number",
        ),
        (lambda fit: mixed.Design(5), "a design is int; give a mapping"),
        (lambda fit: mixed.Design({"lab": "a"}), "factor 'lab' has 'a' levels; give a whole"),
    ],
)
def test_methods_check_their_arguments(fit, wrong, message):
    with pytest.raises(MixedError, match=message):
        wrong(fit)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"formula": 5}, "formula 5 is no text; write it as in"),
        ({"correlations": 3}, "correlations is int; give a mapping, such as"),
        ({"row_weights": "x"}, "row_weights is str; give a mapping, such as"),
        ({"replicates": {"lab": "sd"}}, "'sd' are not the columns of sd and number of samples"),
        ({"scale": {"lab": 5}}, "scale of 'lab': 5 is no formula, such as '~ x'"),
        ({"alternatives": 5}, "alternatives is int; give a mapping, such as"),
        ({"shared": 5}, "shared unknowns have shape"),
        ({"shared": ["x"]}, "shared unknowns are no numbers"),
        ({"residual": "yes"}, "residual is 'yes'; give True or False"),
        ({"rng": 5}, "rng is int; give a numpy Generator"),
    ],
)
def test_a_fit_checks_its_arguments(arguments, message):
    given = {"formula": FORMULA, "data": rows(), "v": "v"} | arguments
    with pytest.raises(MixedError, match=message):
        mixed.fit(**given)


def test_a_fit_names_an_argument_that_it_does_not_have():
    with pytest.raises(TypeError, match=r"mixed\.fit\(\) has no argument 'level'; its argu"):
        mixed.fit(FORMULA, rows(), v="v", level=0.95)
    with pytest.raises(TypeError, match=r"bayes\.fit\(\) has no argument 'method'; its arguments"):
        mixed.bayes.fit(FORMULA, rows(), v="v", seed=1, method="ML")
