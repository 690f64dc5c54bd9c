"""The page moves values with its payload alone; Python normalises anew. Both must agree."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from metastudy.corpus.corpus import Corpus, read_corpus
from metastudy.pages.explorer.coded_tables import LISTS
from metastudy.pages.explorer.payload import Answers, payload
from metastudy.tables.building import build_tables
from metastudy.tables.columns import OBSERVATIONS
from metastudy.tables.dataset import Dataset
from metastudy.tables.loading import data_frames
from tests.corpus.seeding import lay_out
from tests.pages.explorer.moved import observations_at

CLASSES = ("LE/SE", "PE/SE", "SE/SE")
TEMPERATURES = (-20.0, 5.0, 25.0, 30.0, 40.0, 60.0, 62.5, 65.0, 70.0, 80.0, 120.0)


def assert_equal(found: dict[str, dict[str, Any]], expected: pd.DataFrame) -> None:
    """Hold every cell of the observations against those that Python computes."""
    assert list(found) == list(expected["observation_id"])
    for wanted in expected.to_dict("records"):
        row = found[wanted["observation_id"]]
        for column in OBSERVATIONS.columns:
            value, ours = wanted[column.name], row[column.name]
            where = (wanted["observation_id"], column.name)
            if column.name in LISTS:
                assert (ours or "").split() == _words(value), where
            elif pd.isna(value) or value == "":
                assert ours is None, where
            elif column.kind == "number":
                assert ours == pytest.approx(value, abs=1e-9, rel=1e-9), where
            else:
                assert ours == value, where


def _words(value: Any) -> list[str]:
    return value.split() if isinstance(value, str) else []


def at_one_temperature(corpus: Corpus, at: float) -> pd.DataFrame:
    """Return the observations as ``metastudy.load(reference_c=...)`` builds them."""
    return data_frames(build_tables(corpus, (), dict.fromkeys(CLASSES, at))).observations


@pytest.mark.parametrize("at", TEMPERATURES)
def test_frozen_rows_at_one_temperature(
    frozen_payload: dict[str, Any], frozen_corpus: Corpus, at: float
) -> None:
    assert_equal(observations_at(frozen_payload, at), at_one_temperature(frozen_corpus, at))


def test_frozen_rows_at_their_own_temperatures(
    frozen_payload: dict[str, Any], frozen: Dataset
) -> None:
    assert_equal(observations_at(frozen_payload, None), frozen.observations)


def test_the_frozen_rows_meet_every_kind_of_law(frozen_payload: dict[str, Any]) -> None:
    laws = frozen_payload["laws"]["columns"]
    assert set(laws["kind"]) >= {"energy", "line", "fixed"}
    assert set(laws["form"]) >= {0, 0.5}
    assert None in laws["lo"]


def test_a_row_without_an_activation_energy_is_there_at_its_measured_temperature_alone(
    tmp_path: Path,
) -> None:
    corpus = read_corpus(lay_out(tmp_path, studies="simulated_2008_solids"))
    content = payload(corpus, data_frames(build_tables(corpus)), Answers())
    assert set(content["laws"]["columns"]["kind"]) == {"energy", "none"}
    for at in (24.0, 24.995, 25.0, 26.0, 60.0):
        expected = at_one_temperature(corpus, at)
        assert len(expected) == (5 if abs(at - 25) < 0.01 else 0)
        assert_equal(observations_at(content, at), expected)


@pytest.mark.data
@pytest.mark.parametrize("at", [5.0, 25.0, 30.0, 40.0, 60.0, 80.0])
def test_todays_rows_at_one_temperature(
    todays_corpus: Corpus, todays_data: Dataset, at: float
) -> None:
    content = payload(todays_corpus, todays_data, Answers())
    assert_equal(observations_at(content, at), at_one_temperature(todays_corpus, at))
