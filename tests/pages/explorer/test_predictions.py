"""The intervals of the page against the command that makes them one pair at a time."""

import pytest

from metastudy.answers.predict import predict
from metastudy.pages.explorer.predictions import SEED, SHARES, predictions
from metastudy.tables.dataset import Dataset


def test_each_family_has_the_interval_of_metastudy_predict_or_what_it_lacks(
    frozen: Dataset,
) -> None:
    found = {row["family"]: row for row in predictions(frozen)}
    rows = frozen.observations.drop_duplicates("family")
    assert set(found) == set(rows["family"])
    assert any(row["quantiles"] for row in found.values())
    for _, row in rows.iterrows():
        solid, partner = row["solid_electrolyte"], row["partner"].split(" ")[0]
        asked = predict(f"{solid} | {partner}", row["reference_c"], frozen, seed=SEED)
        if asked.family != row["family"]:
            continue
        wanted = asked.intervals.iloc[0]
        ours = found[row["family"]]
        assert ours["missing"] == wanted["missing"]
        assert ours["rows"] == len(asked.rows)
        if not wanted["missing"]:
            quantile = dict(zip(SHARES, ours["quantiles"], strict=True))
            ends = {0.025: "lower", 0.5: "median", 0.975: "upper"}
            for share, name in ends.items():
                expected = wanted[f"{name}_ohm_cm2"]
                assert 10 ** quantile[share] == pytest.approx(expected, rel=1e-6)
