"""The table of figures, its captions, and the command that draws them."""

import csv
import time
import xml.etree.ElementTree as ElementTree

import pandas as pd
import pytest

from metastudy.pages.figures.catalogue import ITEMS, NOT_DRAWN, UnknownFigureError, find
from metastudy.pages.figures.reproduction import (
    PRINTED,
    Comparison,
    PrintedNumber,
    Reproduction,
    printed_numbers,
)
from metastudy.pages.reproductions import draw_items, write_figures
from tests.contribute.command import metastudy as command


def number(value, digit):
    return PrintedNumber("what", value, "um", digit, "Table 1")


@pytest.mark.parametrize(
    ("printed", "digit", "here", "reached"),
    [
        (41, 1, 41.49, True),
        (41, 1, 41.51, False),
        (640, 10, 635, True),
        (0.3, 0.1, 0.35, True),  # a tie, whose binary form lies above it
        (1, 1, None, False),
    ],
)
def test_a_printed_number_is_reached_to_half_its_last_digit(printed, digit, here, reached):
    assert Comparison(number(printed, digit), here).reached is reached


def test_a_caption_says_signs_counts_gaps_and_what_is_reached():
    near, far = Comparison(number(2, 1), 2.1), Comparison(number(2, 1), 9.0)
    made = Reproduction(
        pd.DataFrame(), "Dots: values.", {"measured": 3, "bound": 1}, "one curve",
        comparisons=(near, far),
    )  # fmt: skip
    assert made.caption() == (
        "Dots: values. Measured: 3; bound: 1. Missing against the original: one curve. "
        "Printed values reached, to half their last digit: 1 of 2."
    )
    bare = Reproduction(pd.DataFrame(), "Dots: values.", {"measured": 3}, "")
    assert bare.caption() == (
        "Dots: values. Measured: 3. No number here is both printed and computed."
    )


def test_every_printed_number_belongs_to_a_figure():
    with PRINTED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["item"] for row in rows} <= {item.name for item in ITEMS}
    for item in ITEMS:
        whats = [p.what for p in printed_numbers(item.name)]
        assert len(set(whats)) == len(whats)
    assert all(row["place"] and float(row["digit"]) > 0 for row in rows)


def test_names_are_unique_and_reasons_are_given():
    names = [item.name for item in ITEMS]
    assert len(set(names)) == len(names) == 22
    assert all(other.reason for other in NOT_DRAWN)


def test_names_come_back_in_the_order_of_the_table():
    assert [i.name for i in find(["wu_2016_fig3b", "weiss_2020_fig3a"])] == [
        "weiss_2020_fig3a",
        "wu_2016_fig3b",
    ]
    assert find([]) == ITEMS
    with pytest.raises(UnknownFigureError, match=r"'wu_fig3b'; near it: wu_2016_fig3b"):
        find(["wu_fig3b"])


def test_without_a_name_the_command_lists(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = command("figures")
    assert done.status == 0
    for item in ITEMS:
        assert item.name in done.out
    assert "a drawing without numbers" in done.out
    assert list(tmp_path.iterdir()) == []


def test_a_named_figure_is_written_with_numbers_caption_and_page(tmp_path, frozen_root, frozen):
    out = tmp_path / "out"
    done = command("figures", "weiss_2020_fig4a", "wu_2016_table1", "--root", frozen_root,
                   "--out", out)  # fmt: skip
    assert done.status == 0, done.err
    assert {path.name for path in out.iterdir()} == {
        "figures.html",
        "weiss_2020_fig4a.csv",
        "weiss_2020_fig4a.svg",
        "weiss_2020_fig4a.txt",
        "wu_2016_table1.csv",
        "wu_2016_table1.txt",
    }
    assert ElementTree.parse(out / "weiss_2020_fig4a.svg").getroot().tag.endswith("svg")
    (item,) = find(["weiss_2020_fig4a"])
    made = item.make(frozen)
    written = pd.read_csv(out / "weiss_2020_fig4a.csv")
    assert written["value"].to_numpy() == pytest.approx(
        made.numbers["value"].to_numpy(float), rel=1e-5, nan_ok=True
    )
    assert made.caption() in (out / "weiss_2020_fig4a.txt").read_text(encoding="utf-8")
    page = (out / "figures.html").read_text(encoding="utf-8")
    assert "Weiss 2020, Figure 4a" in page
    table = (out / "wu_2016_table1.txt").read_text(encoding="utf-8")
    assert "density of copper" in table


def test_wrong_calls_have_one_message_and_write_nothing(tmp_path, frozen_root):
    out = tmp_path / "out"
    for arguments, message in (
        (["wu_fig", "--out", out], "no figure is named 'wu_fig'"),
        (["--out", out], "nothing to write: give names of figures, or --all"),
        (["wu_2016_fig3b", "--all"], "give names of figures or --all, not both"),
        (
            ["li_2020_fig5c", "--root", frozen_root, "--out", out],
            "li_2020_fig5c: the data has no numbers of huo_2020_llzto",
        ),
    ):
        done = command("figures", *arguments)
        assert done.status == 1
        assert message in done.err
        assert not out.exists()


def test_a_target_that_is_a_file(tmp_path, frozen):
    target = tmp_path / "taken"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(Exception, match=r"taken: cannot be written"):
        write_figures(draw_items(find(["wu_2016_fig3d"]), frozen), frozen, target)
    assert target.read_text(encoding="utf-8") == "mine"


def test_all_of_them_set_aside_what_the_data_does_not_hold(tmp_path, frozen_root):
    done = command("figures", "--all", "--root", frozen_root, "--out", tmp_path / "out")
    assert done.status == 0, done.err
    assert "not drawn: mangani_2024_fig2, the data has no numbers of mangani_2024" in done.out
    page = (tmp_path / "out" / "figures.html").read_text(encoding="utf-8")
    assert "the data has no numbers of huo_2020_llzto" in page


@pytest.mark.data
def test_every_figure_of_todays_data_in_one_run_within_two_minutes(todays_data, tmp_path):
    began = time.process_time()
    drawn = draw_items(ITEMS, todays_data, strict=True)
    write_figures(drawn, todays_data, tmp_path)
    assert time.process_time() - began < 120
    assert [item.name for item, _ in drawn.items] == [item.name for item in ITEMS]
    for item, made in drawn.items:
        assert (made.picture is None) != (made.shown is None), item.name
        assert len(made.numbers), item.name
        assert made.shown is not None or len(made.alt) > 20, item.name
