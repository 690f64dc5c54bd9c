"""Ratios of treatments, and a slope over donor numbers, as the founding papers print them."""

import math

import numpy as np
import pandas as pd
import pytest

from metastudy import mixed
from metastudy.units import to_canonical


@pytest.mark.parametrize(
    ("decrease", "ratio", "factor"),
    [
        (84, 0.16, 6.25),  # Mangani 2024 section 3: three days of heat, "a factor of 6"
        (20, 0.80, 1.25),  # Mangani 2024, introduction: TEGDME
        (92, 0.08, 12.5),  # and DMC
        (25, 0.75, 4 / 3),  # section 2: DMF, ACN, DMC on the ceramic
        (50, 0.50, 2.0),
        (65, 0.35, 1 / 0.35),
    ],
)
def test_percent_decrease_is_a_ratio_of_the_treated_to_the_reference(decrease, ratio, factor):
    value = to_canonical(decrease, "percent decrease")
    assert value == pytest.approx(ratio)
    assert 1 / value == pytest.approx(factor)
    assert to_canonical(factor, "factor decrease") == pytest.approx(value)
    assert math.log(value) == pytest.approx(math.log1p(-decrease / 100))


def test_ratio_of_the_carbonate_pair():
    # Li 2020: 93.1 to 8.9 ohm
    assert 8.9 / 93.1 == pytest.approx(0.0956, abs=5e-5)
    assert 93.1 / 8.9 == pytest.approx(10.5, abs=0.05)


# Order of Weiss 2020, section 2 and Figure 3b, which prints no numbers: these are made up.
DONOR = {"EMIBF4": 0.0, "FEC": 9.0, "PC": 15.0, "DMSO": 30.0}


def test_planted_slope_of_an_activation_energy_over_donor_numbers():
    rng = np.random.default_rng(12)
    rows = []
    for work in range(30):
        shift = rng.normal(0, 0.05)
        for solvent in rng.choice(list(DONOR), 2, replace=False):
            energy = 0.45 + 0.006 * DONOR[solvent] + shift + rng.normal(0, 0.03)
            rows.append({"work": work, "solvent": solvent, "dn": DONOR[solvent], "ea": energy})
    data = pd.DataFrame(rows).assign(v=0.03**2)
    fit = mixed.fit("ea ~ dn + (1 | work)", data, v="v")
    assert abs(fit.params["dn"] - 0.006) < 3 * fit.bse["dn"]
    assert fit.bse["dn"] < 0.001
    predicted = fit.params["Intercept"] + fit.params["dn"] * pd.Series(DONOR)
    assert list(predicted.sort_values().index) == ["EMIBF4", "FEC", "PC", "DMSO"]
