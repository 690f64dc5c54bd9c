"""statsmodels beside the engine, on made-up contrasts."""

import numpy as np
import pandas as pd
import pytest

from metastudy.answers.second_engine import COLUMNS, second_engine
from metastudy.answers.yardsticks import scatter
from metastudy.pages.sections.second_engine import second_engine_section


def test_both_engines_agree_on_the_frozen_dataset(frozen):
    table = second_engine(scatter(frozen))
    assert list(table.columns) == COLUMNS
    assert len(table) == 6
    assert np.abs(table["difference"]).max() < 1e-6
    assert (table["statsmodels"].abs() > 1e-3).all()


def test_a_difference_would_show(frozen, monkeypatch):
    from metastudy.answers import second_engine as module

    monkeypatch.setattr(module, "REPEATABILITY", 0.5)
    table = second_engine(scatter(frozen))
    assert np.abs(table["difference"]).max() > 1e-3


def test_too_few_rows_give_an_empty_table(frozen):
    answer = scatter(frozen, interface_class="SE/SE", family="garnet")
    assert second_engine(answer).empty == (len(answer.levels) < 3)


def test_the_section_sets_both_columns():
    row = dict(zip(COLUMNS, ["sd", 10, 0.4, 0.4, 0.0], strict=True))
    section = second_engine_section(pd.DataFrame([row]))
    assert section.blocks[1].rows[0][2] == pytest.approx("0.400")
