"""The scatter table on a simulated dataset: expectations are the simulation's own components."""

import numpy as np
import pandas as pd
import pytest

from metastudy.answers.scatter import (
    count,
    differing,
    fit_levels,
    may_differ,
    pairwise,
    scatter,
    sensitivity,
    sentence,
    unmeasured,
)
from metastudy.bridge.modelling.model_rows import LADDER, headline_rows
from tests.answers.simulated import Truth, simulate

TRUTH = Truth()


@pytest.fixture(scope="module")
def simulated():
    return simulate(np.random.default_rng(20261125))


@pytest.fixture(scope="module")
def answer(simulated):
    return scatter(*simulated)


def test_the_strictest_rung_with_enough_degrees_of_freedom_carries_the_headline(answer):
    assert answer.carried
    assert answer.rung.rung.name == "known interface count"


def test_counts_follow_from_how_the_dataset_was_made(answer):
    for rung in answer.ladder[1:]:
        assert rung.rows == 900
        assert rung.systems == 40
        assert rung.df_within == 300 * 2
        assert rung.df_between == 300 - 40
        assert rung.df_total == 900 - 40
        assert rung.bounds == 0
    assert answer.ladder[0].systems == 4


def test_every_level_of_the_scatter_table_is_right(answer):
    expected = (TRUTH.between, TRUTH.within, float(np.hypot(TRUTH.between, TRUTH.within)))
    for level, true in zip(answer.levels, expected, strict=True):
        assert level.lower < true < level.upper
        # three standard errors of an SD with its degrees of freedom, sd / sqrt(2 df)
        assert level.sd == pytest.approx(true, abs=3 * true / np.sqrt(2 * level.df) + 0.02)
        assert level.lower < level.sd < level.upper
    assert answer.system_sd == pytest.approx(TRUTH.system, rel=0.35)


def test_the_total_has_both_intervals(answer):
    total = answer.levels[2]
    low, high = total.alike
    assert low < total.sd < high
    assert total.note.startswith("interval: works may differ in their scatter; ")
    assert total.note.endswith(f"{low:.2f} to {high:.2f} if they scatter alike")
    assert f"{low:.2f} to {high:.2f} if works scatter alike, " in sentence(answer)
    # 300 equal works: the mean over works of the variance is known nearly as well.
    assert (total.lower, total.upper) == pytest.approx(total.alike, rel=0.05)
    assert answer.levels[0].alike is None


def test_an_upper_end_beyond_five_decades_is_none():
    assert differing(0.4, 5.1) == "at least 0.40 and no upper limit"
    assert differing(0.4, 4.9) == "0.40 to 4.90"
    assert may_differ(5.1).endswith("then these works set no upper limit")


def test_median_ratio_and_span_are_those_of_normal_draws(answer):
    within = answer.levels[1]
    rng = np.random.default_rng(3)
    draws = rng.normal(0, within.sd, (200_000, 2))
    assert within.median_ratio == pytest.approx(
        10 ** np.median(np.abs(draws[:, 0] - draws[:, 1])), rel=0.01
    )
    low, high = np.quantile(draws, [0.025, 0.975])
    assert within.span == pytest.approx(10 ** (high - low), rel=0.02)


def test_pairwise_ratios_show_the_levels_without_a_model(answer):
    pairs = answer.pairs[answer.pairs["same"] == "salt"].set_index("relation")["median_ratio"]
    row = np.hypot(TRUTH.within, TRUTH.row_error)
    total = np.sqrt(row**2 + TRUTH.between**2 + TRUTH.shared_error**2)
    assert pairs["same work"] == pytest.approx(10 ** (0.9539 * row), rel=0.06)
    assert pairs["other work"] == pytest.approx(10 ** (0.9539 * total), rel=0.12)


def test_diagonal_v_would_give_preparation_away():
    """One unknown of a work put on the diagonal is taken from within and given to between."""
    truth = Truth(between=0.2, within=0.25, shared_error=0.3)
    observations, V = simulate(np.random.default_rng(5), truth)
    block = scatter(observations, V).levels
    diagonal = scatter(observations, np.diag(np.diag(V))).levels
    assert block[0].sd == pytest.approx(truth.between, abs=0.06)
    assert block[1].sd == pytest.approx(truth.within, abs=0.03)
    assert diagonal[0].sd > truth.between + 0.06
    assert diagonal[1].sd is None or diagonal[1].sd < truth.within - 0.06


def test_sentence_names_rung_works_degrees_of_freedom_and_what_it_still_holds(answer):
    text = sentence(answer)
    assert text.startswith("Within one work, reference arms of nominally the same thing")
    assert "(rung: known interface count)" in text
    assert "300 works, 600 degrees of freedom within works" in text
    assert "still holds evaluation and assembly" in text


def _few(rows_per_work: int, works: int) -> tuple[pd.DataFrame, np.ndarray]:
    return simulate(np.random.default_rng(7), systems=2, works=works, rows_per_work=rows_per_work)


def test_below_ten_degrees_of_freedom_the_within_level_is_not_printed():
    observations, V = _few(rows_per_work=2, works=4)
    answer = scatter(observations, V)
    assert not answer.carried
    assert answer.levels[1].sd is None
    assert "not printed below 10 degrees of freedom" in answer.levels[1].note
    assert "Untreated contacts of the same family differ in all by a median" in sentence(answer)
    assert unmeasured(answer).endswith(
        "untreated contacts are repeated in 4 works, and 10 degrees of freedom in 5 works are "
        "needed."
    )


def test_where_no_work_repeats_an_untreated_contact_it_is_said():
    observations, V = _few(rows_per_work=1, works=8)
    assert unmeasured(scatter(observations, V)) == (
        "What unreported preparation does between laboratories nobody has measured: no work "
        "repeats an untreated contact."
    )


def test_five_works_are_needed_however_many_rows_they_have():
    observations, V = _few(rows_per_work=10, works=4)
    assert not scatter(observations, V).carried
    observations, V = _few(rows_per_work=10, works=5)
    assert scatter(observations, V).carried


def test_one_work_does_not_carry_for_five_others():
    """Twelve rows in one work and one in each of five: only the first bears on the level."""
    many, _ = _few(rows_per_work=12, works=1)
    single, _ = _few(rows_per_work=1, works=6)
    rows = pd.concat([many, single[single["study_id"] != many["study_id"][0]]], ignore_index=True)
    rows["system"], rows["family"], rows["material"] = "one", "one", "one"
    answer = scatter(rows, 4e-4 * np.eye(len(rows)))
    assert answer.rung.works_within == 1
    assert not answer.carried


def test_families_of_one_row_each_have_no_total():
    rows, _ = _few(rows_per_work=1, works=7)
    rows["system"] = rows["family"] = rows["material"] = rows["study_id"]
    answer = scatter(rows, 4e-4 * np.eye(len(rows)))
    assert [level.sd for level in answer.levels] == [None, None, None]
    assert "give no total scatter of the same family: degrees of freedom 0" in sentence(answer)


def test_treated_arms_other_states_and_bounds_are_no_part_of_the_scatter():
    observations, V = _few(rows_per_work=3, works=6)
    observations.loc[0, ["headline", "left_out"]] = [False, "treated"]
    observations.loc[1, ["headline", "left_out"]] = [False, "other_state"]
    rows = headline_rows(observations, V, LADDER[0])
    assert dict(rows.dropped.itertuples(index=False)) == {
        "simulated_000.s0": "treated",
        "simulated_000.s1": "other_state",
    }
    assert rows.V.shape == (16, 16)


def test_bounds_stay_in_the_fit_and_are_counted_apart():
    observations, V = _few(rows_per_work=3, works=6)
    observations.loc[2, ["censoring", "y", "lo"]] = ["left", np.nan, np.nan]
    rows = headline_rows(observations, V, LADDER[0])
    assert len(rows.frame) == 18
    assert len(rows.exact) == 17
    counted = count(observations, V, LADDER[0])
    assert (counted.rows, counted.bounds, counted.df_within) == (17, 1, 11)


def test_scatter_of_bounded_rows_is_that_of_the_rows_before_they_were_bounded():
    """A third of the rows known only to lie below a common limit: dropping them hides scatter."""
    truth = Truth(system=0.01, between=0.3, within=0.25, shared_error=0.0)
    observations, V = simulate(
        np.random.default_rng(11), truth, systems=3, works=60, rows_per_work=1
    )
    limit = observations["y"].quantile(0.3)
    below = observations["y"] < limit
    bounded = observations.copy()
    bounded.loc[below, ["censoring", "y", "lo", "hi"]] = ["left", np.nan, np.nan, limit]
    full, kept = scatter(observations, V).levels[2], scatter(bounded, V).levels[2]
    dropped = scatter(observations[~below], V[np.ix_(~below, ~below)]).levels[2]
    assert kept.lower < np.hypot(truth.between, truth.within) < kept.upper
    assert kept.sd == pytest.approx(full.sd, rel=0.2)
    assert dropped.sd < 0.8 * full.sd


def test_a_spread_that_nobody_reported_is_taken_from_the_scatter():
    observations, V = simulate(np.random.default_rng(5), works=100)
    rows = headline_rows(observations, V, LADDER[2])
    total, spread = fit_levels(rows, count(observations, V, LADDER[2])).total_sd, 0.5 / np.log(10)
    table = sensitivity(rows, total).set_index("variant")["total_sd"]
    assert table["as fitted"] == total
    assert table["bounds dropped"] == pytest.approx(total)
    expected = np.sqrt(total**2 - spread**2)
    assert table["50 % spread of every value"] == pytest.approx(expected, abs=0.01)


def test_rungs_keep_what_they_say():
    observations, V = _few(rows_per_work=3, works=6)
    observations.loc[0, "temperature_c"] = 31.0
    observations.loc[1, "state_kind"] = "aged"
    observations.loc[2, "coverage_known"] = False
    assert [count(observations, V, rung).rows for rung in LADDER] == [18, 18, 18, 17, 16, 15]


def test_contacts_of_a_liquid_are_of_one_age_about_100_h():
    observations, V = _few(rows_per_work=1, works=6)
    observations["interface_class"] = "LE/SE"
    observations["state_kind"] = "aged"
    observations["age_h"] = [np.nan, 49.0, 51.0, 100.0, 199.0, 201.0]
    kept = headline_rows(observations, V, LADDER[4])
    assert kept.frame["observation"].tolist() == observations["observation_id"].tolist()[2:5]
    assert set(kept.dropped["reason"]) == {"not_on_rung"}


def test_pairs_of_nothing_give_an_empty_table():
    observations, V = _few(rows_per_work=1, works=1)
    assert pairwise(headline_rows(observations, V, LADDER[0]), observations).empty
