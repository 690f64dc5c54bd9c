"""The sentence against the exported rows: every number of it is counted or computed again."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from metastudy.answers import preparation as varied
from metastudy.answers.yardsticks import scatter
from metastudy.corpus.work_name import work_name
from metastudy.pages.sections.yardsticks import content, four_numbers, write_rows
from tests.answers.test_preparation import SERIES, asked, contrast, simulated


def numbers(text):
    return [float(x) for x in re.findall(r"-?\d+(?:\.\d+)?", text)]


def said(text, pattern):
    found = re.search(pattern, text)
    assert found, f"{pattern!r} is not in: {text}"
    return numbers(found[0])


def holds(text, rows, without=None):
    """Count again what the sentence counts, from a table of contrasts."""
    down = int((rows["hi"] < 0).sum())
    assert said(text, r"\d+ of all \d+ contrasts") == [down, len(rows)]
    kept = rows if without is None else rows[rows["study_id"] != without]
    assert said(text, r"\d+ works, \d+ of all")[0] == kept["study_id"].nunique()


def test_the_sentence_counts_what_the_exported_rows_hold(frozen, tmp_path):
    answer = scatter(frozen)
    write_rows(answer, tmp_path)
    rows = pd.read_csv(tmp_path / "contrasts.csv")
    holds(answer.sentence, rows)
    factor, sd = said(answer.sentence, r"factor of [\d.]+ \([\d.]+ dex")
    table = answer.to_frame()
    first = table[table["yardstick"] == "varied on purpose"].iloc[0]
    assert sd == pytest.approx(first["sd"], abs=0.005)
    # the median of |x - x'| of two normal draws, by simulation
    draws = np.random.default_rng(1).normal(0, first["sd"], (2, 400_000))
    assert first["median_ratio"] == pytest.approx(
        10 ** np.median(abs(draws[0] - draws[1])), rel=0.01
    )
    assert factor == pytest.approx(first["median_ratio"], abs=0.05)


PLANTED = {
    "one work carries all": (simulated(np.random.default_rng(5), (12, 1, 1)), None),
    "one extreme bound": (
        [
            *simulated(np.random.default_rng(4), (3, 3, 2, 2), sd=0.2),
            contrast("made_2001_extreme", "made_2001_extreme/x", None, hi=-4.0),
        ],
        "made_2001_extreme",
    ),
    "one film in three solvents": (
        [
            *simulated(np.random.default_rng(6), (2, 2, 2, 2)),
            *(contrast("w9", "w9/film", -0.5, system=f"solvent {k}") for k in range(3)),
        ],
        None,
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_the_sentence_counts_planted_contrasts(name):
    rows, extreme = PLANTED[name]
    found = varied.preparation(asked(rows), SERIES)
    text = varied.sentence(found)
    holds(text, found.contrasts, found.moved_by if "one more work" in text else None)
    if extreme is not None:
        assert f"one more work, {work_name(extreme)}, moves it most and raises this to" in text
    largest = found.contrasts[varied.two_sided(found.contrasts)].groupby("study_id").size()
    share = largest.max() / largest.sum()
    assert ("this is mostly the scatter of that work" in text) == (share > 0.5)


def test_nothing_at_all_gives_no_number_but_what_is_needed(frozen):
    empty = scatter(frozen, interface_class="SE/SE", family="garnet")
    assert "cannot be said" in empty.sentence
    assert empty.to_frame()["sd"].isna().all()
    assert [value for value, _ in four_numbers(empty).items] == ["–"] * 4
    assert {row["sd"] for row in content(empty)["yardsticks"]} == {None}


def test_works_that_set_no_upper_limit_are_said_to_set_none(frozen):
    few = simulated(np.random.default_rng(5), (2, 1, 1), sd=0.2)
    # However large the standard deviation of a work is, half of it is below such a bound.
    few += [contrast(f"b{k}", f"b{k}/x", None, hi=-1.0) for k in range(3)]
    found = varied.preparation(asked(few), SERIES)
    assert np.isinf(found.all_works.by_work[1])
    assert f"at least {found.all_works.by_work[0]:.2f} and no upper limit if not" in (
        varied.sentence(found)
    )
    answer = replace(scatter(frozen), preparation=found)
    row = answer.to_frame().query("yardstick == 'varied on purpose'").iloc[0]
    assert row["remark"].endswith("then these works set no upper limit")


def test_counts_of_the_table_are_whole_numbers(frozen):
    table = scatter(frozen).to_frame()
    assert list(table.columns) == [
        *("yardstick", "of", "sd", "lower", "upper", "median_ratio", "span"),
        *("df", "bounds", "works", "remark"),
    ]
    assert {str(table[name].dtype) for name in ("df", "bounds", "works")} == {"Int64"}


@pytest.mark.data
def test_todays_sentence_counts_todays_rows(todays_data):
    answer = scatter(todays_data)
    if answer.preparation.all_works.sd is None:
        pytest.skip("today's contrasts are below the floor")
    moved_by = answer.preparation.moved_by if "one more work" in answer.sentence else None
    holds(answer.sentence, answer.contrasts, moved_by)
