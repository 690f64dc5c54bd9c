"""The report as its reader meets it: sentence, tables, figures, files, and bad targets."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest
from typer.testing import CliRunner

import metastudy
from metastudy.answers.yardsticks import scatter
from metastudy.cli import app
from metastudy.pages.figures import strips as figures
from metastudy.pages.report import ReportError, make_report, write_report

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def data(frozen):
    return frozen


@pytest.fixture(scope="module")
def report(data, frozen_root):
    return make_report(data, root=frozen_root)


class Reader(HTMLParser):
    """Collects tags, attributes and text."""

    def __init__(self):
        super().__init__()
        self.tags, self.text = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def read(report):
    reader = Reader()
    reader.feed(report.html)
    return reader


def test_the_first_sentence_is_the_answer_of_the_scatter_model(data, report, read):
    expected = scatter(data).sentence
    assert report.answer == expected
    text = " ".join(read.text)
    assert text.index(expected) < text.index("The data")


def test_the_page_asks_no_host_for_anything(read):
    for tag, attributes in read.tags:
        assert tag not in {"script", "link", "iframe", "object"}
        if tag == "a":  # a link is followed by a reader, not by the page
            assert re.match(r"(https://doi\.org/10\.|#)", attributes["href"])
            continue
        for name in ("src", "href", "xlink:href"):
            if name in attributes:
                assert attributes[name].startswith("#")
    contents = [a["content"] for t, a in read.tags if t == "meta" and "content" in a]
    policy = next(content for content in contents if "default-src" in content)
    assert policy.startswith("default-src 'none'")


def test_every_figure_has_words_and_is_sound_svg(report, read):
    images = [a for tag, a in read.tags if tag == "svg" and a.get("role") == "img"]
    assert len(images) == len(report.figures) >= 9
    assert all(len(image["aria-label"]) > 20 for image in images)
    ids = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = {a["xlink:href"] for _, a in read.tags if "xlink:href" in a}
    assert {name.removeprefix("#") for name in named} <= set(ids)
    for figure in report.figures:
        assert ElementTree.fromstring(figure.svg).tag.endswith("svg")


def test_every_excluded_number_and_every_left_out_observation_is_listed(data, read):
    text = set(read.text)
    assert set(data.excluded["record_id"]) <= text
    assert set(data.left_out["observation_id"]) <= text


@pytest.fixture(scope="module")
def other_report(frozen_root):
    """The report without secondary rows, of data whose reasons hold markup."""
    left = metastudy.load(root=frozen_root, leave_out=["secondary"])
    hostile = left.tables["excluded"].assign(detail=HOSTILE)
    data = replace(left, tables={**left.tables, "excluded": hostile})
    return data, make_report(data, leave_out=["secondary"], root=frozen_root)


def test_text_from_data_is_escaped(other_report):
    _, made = other_report
    assert HOSTILE not in made.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in made.html


def test_switches_are_named_on_the_page(other_report):
    left, made = other_report
    assert "Left out by switch: secondary." in made.html
    used = left.records["observation_id"].notna()
    assert used.any()
    assert (left.records.loc[used, "basis"] != "secondary").all()


def test_files_are_written_whole_and_named(report, tmp_path):
    files = write_report(report, tmp_path / "out")
    assert (tmp_path / "out" / "report.html").read_text(encoding="utf-8") == report.html
    assert len(files) == len(report.figures) + 1
    assert not list((tmp_path / "out").rglob(".*.new-*"))


def test_a_target_that_is_a_file_gives_one_message(report, tmp_path):
    target = tmp_path / "taken"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(ReportError, match=r"taken: cannot be written"):
        write_report(report, target)
    assert target.read_text(encoding="utf-8") == "mine"


def test_command_writes_the_same_page_in_a_second_run_and_prints_the_answer(
    tmp_path, report, frozen_root
):
    given = ["--out", str(tmp_path / "r"), "--root", str(frozen_root)]
    result = CliRunner().invoke(app, ["report", *given])
    assert result.exit_code == 0, result.output
    assert " ".join(report.answer.split()) in " ".join(result.output.split())
    assert (tmp_path / "r" / "report.html").read_text(encoding="utf-8") == report.html


def test_a_strip_of_contacts_without_salt_has_no_legend_of_salts(frozen) -> None:
    rows = frozen.observations.assign(family="NASICON")
    solid = rows[rows["interface_class"] == "SE/SE"]
    liquid = rows[rows["interface_class"] == "LE/SE"]
    for members, salts in ((solid, False), (liquid, True)):
        (legend,) = figures.strip_figure(members, "y", "y", "title").legends
        black = [h for h in legend.legend_handles if h.get_color() == "black"]
        assert bool(black) is salts


def test_a_strip_shows_each_value_once_open_where_the_ion_is_sodium() -> None:
    rows = pd.DataFrame(
        {
            "family": ["garnet", "garnet", "NASICON", "NASICON"],
            "partner": ["PC", "DME", "PC", "PC"],
            "salt": ["LiPF6", "LiFSI", "NaPF6", "LiPF6"],
            "ion": ["Li", "Li", "Na", "Li"],
            "arm": ["reference", "treated", "reference", "reference"],
            "y": [1.0, 2.0, 3.0, None],
            "lo": [1.0, 2.0, 3.0, None],
            "hi": [1.0, 2.0, 3.0, 2.5],
        }
    )
    (axes,) = figures.strip_figure(rows, "y", "y", "title").axes
    points = [c for c in axes.collections if len(c.get_offsets())]
    drawn = {float(c.get_offsets()[0][1]): c for c in points}
    assert sorted(drawn) == [1.0, 2.0, 3.0]
    assert [len(c.get_offsets()) for c in points] == [1, 1, 1]
    places = {y: float(c.get_offsets()[0][0]) for y, c in drawn.items()}
    assert round(places[3.0]) == 0  # NASICON comes first
    assert round(places[1.0]) == round(places[2.0]) == 1
    assert (drawn[3.0].get_facecolor() == 1.0).all()
    assert drawn[2.0].get_alpha() == 0.35
    (shaft,) = [line for line in axes.lines if line.get_linestyle() == "-"]
    start, end = shaft.get_ydata()[:2]
    assert end < start == 2.5  # the bound is an arrow from its limit downwards
    assert [line.get_ydata()[0] for line in axes.lines if line.get_marker() == "v"] == [end]


def test_a_material_is_labelled_in_words() -> None:
    assert figures.material_label("PE/SE | Li | LLZO_Ta | PEO") == "LLZO Ta | PEO (PE/SE)"
