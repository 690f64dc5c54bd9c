"""Pictures of many rows: nothing is left out, and no line has a label that cannot be read."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from metastudy.answers.activation import Activation
from metastudy.answers.pooled_treatments import PooledTreatments
from metastudy.pages.figures import strips
from metastudy.pages.figures.bounds import REACH, draw_bounds
from metastudy.pages.figures.many_rows import MOST_LINES, are_many, spread_places
from metastudy.pages.figures.treatments import treatments_figure
from metastudy.pages.sections.claims import energies_figure
from metastudy.pages.sections.treatments import treatments_picture


def _observations(count: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    y = rng.normal(2, 0.5, count)
    kind = np.resize(["exact", "left", "right", "interval"], count)
    return pd.DataFrame(
        {
            "observation_id": [f"work_2000_w{i}.s.fresh" for i in range(count)],
            "interface_class": "PE/SE",
            "material": np.resize(["PE/SE | Li | LLZO | PEO", "PE/SE | Li | LATP | PEO"], count),
            "system": "one",
            "censoring": kind,
            "y": np.where(kind == "exact", y, np.nan),
            "lo": np.where(kind == "left", np.nan, y),
            "hi": np.where(kind == "right", np.nan, y + (kind == "interval")),
            "v": 0.01,
            "v_temperature": 0.005,
            "v_interfaces": 0.003,
            "v_other": 0.002,
        }
    )


def _drawn(figure: Figure) -> set[float]:
    lines = (line.get_xdata() for axes in figure.axes for line in axes.lines)
    return {round(float(x), 9) for line in lines for x in np.atleast_1d(line) if np.isfinite(x)}


def test_rows_of_a_line_stand_about_it_in_their_order():
    places = spread_places([0, 1, 0, 0, 2])
    assert places[[0, 2, 3]].mean() == pytest.approx(0.0)
    assert (np.diff(places[[0, 2, 3]]) > 0).all()
    assert abs(places[[0, 2, 3]]).max() < 0.5
    assert places[[1, 4]] == pytest.approx([1.0, 2.0])


@pytest.mark.parametrize("horizontal", [True, False])
def test_a_bound_is_an_arrow_from_its_limit_and_a_range_a_bar(horizontal):
    rows = pd.DataFrame({"lo": [np.nan, 1.0, 1.0], "hi": [2.0, np.nan, 4.0]})
    axes = Figure().subplots()
    draw_bounds(axes, rows, [0, 1, 2], ["red", "red", "blue"], horizontal)
    ends = {}
    for line in axes.lines:
        along, place = line.get_data() if horizontal else line.get_data()[::-1]
        if line.get_linestyle() == "-":
            for start, end, at in zip(along[::3], along[1::3], place[::3], strict=True):
                ends[int(at)] = (float(start), float(end))
    assert ends == {0: (2.0, 2.0 - REACH), 1: (1.0, 1.0 + REACH), 2: (1.0, 4.0)}
    heads = {line.get_marker() for line in axes.lines} - {"None", "."}
    assert heads == (set("<>|") if horizontal else set("v^_"))


@pytest.mark.parametrize("count", [MOST_LINES, MOST_LINES + 1, 1000])
def test_the_forest_has_every_row_and_no_more_labels_than_can_be_read(count):
    rows = _observations(count)
    figure = strips.forest_figure(rows)
    limits = rows["y"].fillna(rows["lo"]).fillna(rows["hi"])
    assert {round(x, 9) for x in limits} <= _drawn(figure)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(labels) == (2 if are_many(rows) else count + 2)
    assert figure.get_size_inches()[1] < 30


def test_the_budget_of_many_rows_reaches_the_largest_variance():
    rows = _observations(200)
    rows.loc[7, "v_other"] = 0.1
    (axes,) = strips.budget_figure(rows).axes
    tops = [c.get_paths()[0].vertices[:, 1].max() for c in axes.collections]
    assert max(tops) == pytest.approx(0.005 + 0.003 + 0.1)
    assert axes.get_yticklabels()[0].get_text() not in set(rows["observation_id"])


def test_a_strip_of_many_rows_gives_wider_columns_to_families_of_more_rows():
    rows = _observations(150).assign(partner="PC", salt="LiPF6", ion="Li", arm="reference")
    rows["family"] = ["garnet"] * 140 + ["NASICON"] * 10
    (axes,) = strips.strip_figure(rows, "y", "y", "title").axes
    points = axes.collections[0].get_offsets()
    assert len(points) == (rows["censoring"] == "exact").sum()
    garnet = points[points[:, 0] > axes.get_xticks()[0] + 0.3]
    assert np.ptp(garnet[:, 0]) > strips.SPREAD  # that of two columns of one width
    assert axes.get_xlim() == (-0.5, 1.5)


def _treatments(count: int) -> PooledTreatments:
    contrasts = pd.DataFrame(
        {
            "family": np.resize(["heat", "polishing"], count),
            "study_id": "work_2000_name",
            "treated": [f"work/p{i}" for i in range(count)],
            "lo": np.linspace(-2, -1, count),
            "hi": np.linspace(-2, -1, count),
        }
    )
    shifts = pd.DataFrame(
        {"family": ["all", "heat"], "shift": [-1.5, -1.6], "lower": -1.8, "upper": -1.2}
    )
    return PooledTreatments(None, contrasts, shifts, pd.DataFrame())  # type: ignore[arg-type]


def test_many_treatments_are_drawn_by_family_and_the_caption_says_so():
    found = _treatments(160)
    figure = treatments_figure(found)
    assert {round(x, 9) for x in found.contrasts["lo"]} <= _drawn(figure)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["heat", "polishing"]
    assert "160 rows are more than the 120" in treatments_picture(found).caption


def test_many_energies_are_drawn_by_class_and_ion():
    count = 150
    energies = pd.DataFrame(
        {
            "record_id": [f"work_2000_name.{i:03d}" for i in range(count)],
            "interface_class": np.resize(["LE/SE", "PE/SE", "SE/SE"], count),
            "ion": "Li",
            "arm": np.resize(["reference", "treated"], count),
            "ea_ev": np.linspace(0.2, 1.1, count),
        }
    )
    groups = pd.DataFrame({"group": ["LE/SE Li", "PE/SE Li", "SE/SE Li"], "lower": np.nan})
    figure = energies_figure(Activation(energies, groups, None, pd.DataFrame()))
    assert {round(x, 9) for x in energies["ea_ev"]} <= _drawn(figure)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == list(groups["group"])
