"""The picture of a part of the dataset."""

import numpy as np
import pytest

import metastudy
from metastudy.pages.plot import PlotError


def test_every_value_has_a_point_and_every_bound_an_arrow(frozen):
    part = frozen.subset(interface_class="PE/SE")
    axes = metastudy.plot(part).axes[0]
    exact = part.observations[part.observations["censoring"] == "exact"]
    marks = [offsets for group in axes.collections for offsets in np.asarray(group.get_offsets())]
    drawn = [float(y) for _, y in marks]
    drawn += [float(y) for line in axes.lines for y in np.atleast_1d(line.get_ydata())]
    for y in exact["y"]:
        assert any(abs(y - found) < 1e-12 for found in drawn)
    bounds = part.observations[part.observations["censoring"] != "exact"]
    shafts = [line.get_ydata() for line in axes.lines if line.get_linestyle() == "-"]
    starts = np.sort(np.concatenate([y[::3] for y in shafts]))  # a start, an end and a gap each
    assert starts == pytest.approx(np.sort(bounds["lo"].fillna(bounds["hi"])))
    families = {label.get_text() for label in axes.get_xticklabels()}
    expected = {key.split(" | ")[2] for key in part.observations["family"]}
    assert families == {family.replace("_", " ") for family in expected}


def test_the_title_names_the_reference_temperatures(frozen_root):
    data = metastudy.load(root=frozen_root, reference_c={"SE/SE": 40.0})
    axes = metastudy.plot(data.subset(interface_class="SE/SE")).axes[0]
    assert axes.get_title(loc="left") == "SE/SE at 40 °C"


def test_several_classes_or_none_are_refused(frozen):
    with pytest.raises(PlotError, match="holds LE/SE, PE/SE, SE/SE; draw one class"):
        metastudy.plot(frozen)
    empty = frozen.subset(pair="LLZO | LLZO")
    with pytest.raises(PlotError, match="the dataset has no observation; draw one class"):
        metastudy.plot(empty)
