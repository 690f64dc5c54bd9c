"""A dataset as a notebook shows it."""

from metastudy.tables.contents import SHOWN
from metastudy.tables.dataset import Dataset


def test_it_counts_observations_and_works_by_class(frozen):
    html = frozen._repr_html_()
    rows = frozen.observations
    assert f"{len(rows)} observations of {rows['study_id'].nunique()} works" in html
    solid = rows[rows["interface_class"] == "SE/SE"]
    counts = f"<td>{len(solid)}</td>\n      <td>{solid['study_id'].nunique()}</td>"
    assert f"<th>SE/SE</th>\n      {counts}" in html
    assert f"{len(rows) - SHOWN} more rows" in html
    assert rows["observation_id"].iloc[SHOWN - 1] in html
    assert rows["observation_id"].iloc[SHOWN] not in html


def test_every_text_is_escaped(frozen):
    hostile = frozen.observations.head(2).assign(partner="<script>alert(1)</script>", salt="a&b")
    tables = {**frozen.tables, "observations": hostile}
    html = Dataset(tables, frozen.units, "<b>1</b>")._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "a&amp;b" in html
    assert "data &lt;b&gt;1&lt;/b&gt;" in html


def test_no_row_is_shown_too(frozen):
    assert "0 observations of 0 works" in frozen.subset(pair="LLZO | LLZO")._repr_html_()
