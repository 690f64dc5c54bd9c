"""A row in canonical units: made once, with the place of every cell, unknown where unknown."""

from pathlib import Path

import pytest

from metastudy.corpus.corpus import read_corpus
from metastudy.normalise import observations
from metastudy.tables.building import build_tables
from metastudy.units import ZERO_CELSIUS_K
from tests.corpus.seeding import lay_out
from tests.studies import corpus_of, energy, make_study, resistance


def test_rows_are_made_once_and_know_the_place_of_their_cells(tmp_path: Path) -> None:
    corpus = read_corpus(lay_out(tmp_path))
    assert corpus.rows is corpus.rows
    for study in corpus.studies.values():
        rows = [row for row in corpus.rows if row.study is study]
        lines = (tmp_path / study.table.file).read_text(encoding="utf-8").splitlines()
        for row in rows:
            place = row.place("value_text")
            cells = lines[place.line - 1]
            assert cells.startswith(f"{row.id},")
            assert cells[place.column - 1 :].lstrip('"').startswith(row.printed.value_text)


def test_a_build_converts_each_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = corpus_of(make_study(resistance(64, 70), resistance(130, 60), energy("0.7")))
    seen: list[str] = []
    convert = observations.to_area_resistance

    def counted(row, vocabulary):
        seen.append(row.id)
        return convert(row, vocabulary)

    monkeypatch.setattr(observations, "to_area_resistance", counted)
    build_tables(corpus)
    assert seen == [row.id for row in corpus.rows]


def test_the_table_shows_what_a_switch_left_out(tmp_path: Path) -> None:
    """A row that a switch leaves out keeps its resistance in the table of records."""
    row = resistance(64, 60, basis="secondary", via="weiss_2020", read="secondary")
    tables = build_tables(corpus_of(make_study(row)), leave_out=["secondary"])
    (record,) = tables["records"].to_pylist()
    assert (record["excluded"], record["asr_ohm_cm2"]) == ("secondary", 64.0)
    assert tables["observations"].num_rows == 0


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("70", (70.0, 1.0, False)),
        ("room temperature", (23.0, 2.0, True)),
        ("", (None, None, False)),
        ("warm", (None, None, False)),
        (str(-ZERO_CELSIUS_K), (None, None, False)),
    ],
)
def test_temperature_is_a_number_above_absolute_zero_or_a_word(printed, expected):
    (row,) = corpus_of(make_study(resistance(64, printed))).rows
    assert (row.temperature_c, row.temperature_sd_k, row.temperature_in_words) == expected


def test_a_unit_that_is_not_known_gives_no_number():
    (row,) = corpus_of(make_study(resistance(64, 70, unit_text="ohm per acre"))).rows
    assert (row.unit, row.dimension) == (None, "")
    assert (row.lo, row.value, row.hi, row.sd) == (None, None, None, None)


def test_half_a_confidence_interval_becomes_one_standard_deviation():
    given = {"unc_minus": "1.96", "unc_plus": "1.96", "unc_kind": "ci", "unc_level": "0.95"}
    (row,) = corpus_of(make_study(resistance(64, 70, **given))).rows
    assert row.sd == pytest.approx(1.0, rel=1e-4)  # 1.96 is the normal quantile to three digits
