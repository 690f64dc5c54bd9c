"""A reader finds a pair, opens its card, filters, compares, moves, cites and shares."""

import io
import json
import re

import numpy as np
import pandas as pd
import pytest

from metastudy.tables.citations import bibtex, csl_json, publications
from metastudy.tables.filters import question
from tests.pages.explorer.browser.reading import copied, find, shown_ids

pytestmark = pytest.mark.browser
VIEWS = pytest.mark.parametrize(
    ("width", "scheme"), [(390, "light"), (1280, "light"), (1280, "dark")]
)
CARD = "section.card"


def of_pair(frozen, pair):
    rows = frozen.observations
    return set(rows[question(rows, frozen.vocabulary, {"pair": pair}).answers(rows)].observation_id)


@VIEWS
def test_a_pair_is_found_by_three_spellings(visit, explorer_file, frozen, width, scheme):
    page = visit(explorer_file, width=width, scheme=scheme)
    expected = of_pair(frozen, "LLZO | PEO") | of_pair(frozen, "LLZO_Ta | PEO")
    for spelling in ("PEO LLZO", "peo|llzo", "polyethylene oxide LLZO"):
        find(page, spelling)
        assert set(shown_ids(page)) == expected
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@VIEWS
def test_a_card_leads_to_the_source(visit, explorer_file, frozen, width, scheme):
    page = visit(explorer_file, width=width, scheme=scheme)
    page.context.route("https://doi.org/**", lambda route: route.fulfill(body="the source"))
    find(page, "LLZO | PEO")
    page.locator("tr[data-id]").first.locator("[data-open]").click()
    card = page.locator(CARD)
    row = frozen.observations.set_index("observation_id").loc[shown_ids(page)[0]]
    record = frozen.records.set_index("record_id").loc[row["records"].split()[0]]
    assert record["value_text"] in card.inner_text()
    assert record["locator"] in card.inner_text()
    doi = dict(zip(frozen.studies.study_id, frozen.studies.doi, strict=True))[row["study_id"]]
    with page.expect_popup() as opened:
        card.get_by_role("link", name=f"doi.org/{doi}").click()
    assert opened.value.url == f"https://doi.org/{doi}"
    fault = card.get_by_role("link", name="report a fault").get_attribute("href")
    assert row["records"].split()[0] in fault


@VIEWS
def test_a_filter_narrows_rows_and_counts(visit, explorer_file, frozen, width, scheme):
    page = visit(explorer_file, width=width, scheme=scheme)
    if width < 700:
        page.get_by_role("button", name="Filters (0)").click()
    page.get_by_label("class").get_by_label("SE/SE").check()
    if width < 700:
        page.get_by_role("button", name=re.compile("Show")).click()
    rows = frozen.observations[frozen.observations.interface_class == "SE/SE"]
    assert set(shown_ids(page)) == set(rows.observation_id)
    counts = page.locator(".counts").inner_text()
    exact = int((rows.censoring == "exact").sum())
    said = re.match(
        r"(\d+) values? and (\d+) bounds?(?:, \d+ of them not movable,)? from (\d+)", counts
    )
    found = [int(count) for count in said.groups()]
    assert found == [exact, len(rows) - exact, rows.study_id.nunique()]


@VIEWS
def test_two_groups_are_compared(visit, explorer_file, frozen, width, scheme):
    page = visit(explorer_file, width=width, scheme=scheme)
    page.get_by_text("Compare two groups").click()
    page.get_by_label("Column").select_option("solid_electrolyte")
    page.get_by_label("A", exact=True).select_option("LICGC")
    page.get_by_label("B", exact=True).select_option("LLZO")
    result = page.locator(".result").first
    cells = result.locator("tbody tr").first.locator("td").all_inner_texts()
    rows = frozen.observations[frozen.observations.solid_electrolyte == "LICGC"]
    exact = rows[rows.censoring == "exact"]
    counts = [rows.study_id.nunique(), len(exact), len(rows) - len(exact)]
    assert [int(cell) for cell in cells[:3]] == counts
    assert float(cells[3]) == pytest.approx(10 ** exact.y.median(), rel=0.005)
    assert "3.16 times A (95 % interval 1.58 to 6.31" in result.inner_text()  # 0.5, 0.2, 0.8 dex
    find(page, "fresh")  # a view of its own: no interval, but the line that computes one
    assert "times A" not in result.inner_text()
    assert "mixed.fit" in result.inner_text()


def test_own_values_are_ranked_and_stay_out_of_the_address(visit, explorer_file, frozen):
    page = visit(explorer_file)
    page.get_by_text("Place your own value").click()
    page.get_by_label("One value a line").fill("0.1 kohm cm2 at 60 degC\n3 S")
    exact = frozen.observations.y.dropna()
    rank = int((exact < 2).sum()) + 1
    result = page.locator("details.tool", has_text="Place your own value").locator(".result")
    assert f"{rank} of {len(exact) + 1}, smallest first" in result.inner_text()
    assert "Line 2: " in result.inner_text()
    assert page.locator(".holder text", has_text="yours").count() == 1
    page.locator("#own-family").select_option("PE/SE | Li | garnet | polymer")
    assert "95 % prediction interval" in result.inner_text()
    page.get_by_label("Colour by").select_option("salt")  # writes the address
    assert "100" not in page.url
    assert "kohm" not in page.url


def test_a_selection_is_copied_as_references_and_rows(visit, explorer_file, frozen):
    page = visit(explorer_file, "#q=LLZO+|+PEO")
    rows = frozen.observations[frozen.observations.observation_id.isin(shown_ids(page))]
    works = {name: publications(frozen.studies)[name] for name in sorted(set(rows.study_id))}
    assert copied(page, "BibTeX").split() == bibtex(works).split()
    assert json.loads(copied(page, "CSL")) == json.loads(csl_json(works))
    table = pd.read_csv(io.StringIO(copied(page, "CSV")))
    assert list(table.observation_id) == list(rows.observation_id)
    np.testing.assert_allclose(table.y, rows.y, rtol=0, atol=1e-11)


def test_the_address_is_the_view(visit, explorer_file):
    page = visit(explorer_file)
    find(page, "LLZO")
    page.get_by_label("Reference temperature").fill("40")
    page.get_by_label("Colour by").select_option("salt")
    page.get_by_label("treated", exact=True).uncheck()
    page.get_by_role("button", name="Work").click()
    view = shown_ids(page), page.locator(".counts").inner_text(), page.url
    page.reload()
    assert (shown_ids(page), page.locator(".counts").inner_text(), page.url) == view
    page.go_back()
    page.go_back()
    assert page.get_by_label("treated", exact=True).is_checked()


def test_a_key_of_another_version_is_named_and_kept(visit, explorer_file):
    page = visit(explorer_file, "#q=PEO&later=7")
    assert "later" in page.get_by_text("keys that say nothing here").inner_text()
    find(page, "LLZO")
    assert "later=7" in page.url


def test_an_anchor_leads_to_its_section(visit, explorer_file):
    page = visit(explorer_file, "#pair-llzo--peo")
    assert page.locator("#pair-llzo--peo").is_visible()
    assert page.evaluate("scrollY") > 0
    assert len(shown_ids(page)) > 0


@pytest.mark.parametrize("width", [390, 1280])
def test_one_interaction_answers_how_large_and_who(visit, explorer_file, frozen, width):
    """Resistance of PEO | LLZO at 60 degC, and who measured it: read off the rows of a search."""
    page = visit(explorer_file, width=width)
    find(page, "PEO | LLZO")
    assert "ohm cm², at 60 °C" in page.locator(".counts").inner_text()
    assert page.locator(".holder text", has_text="PE/SE at 60 °C").count() == 1
    lines = page.locator("tr[data-id]").all_inner_texts()
    rows = frozen.observations.set_index("observation_id").loc[shown_ids(page)]
    for line, (_, row) in zip(lines, rows.iterrows(), strict=True):
        author, year = row["study_id"].split("_")[0].capitalize(), row["study_id"].split("_")[1]
        assert f"{author} {year}" in line
        assert row["reference_c"] == 60
        if row["censoring"] == "exact":
            assert f"{row['asr_ohm_cm2']:.3g}" in line
        records = frozen.records.set_index("record_id").loc[row["records"].split()]
        for _, record in records.iterrows():
            assert record["value_text"] in line or record["basis"] == "refit"
            assert f"at {record['temperature_text']} °C" in line
        assert ("used" if row["headline"] else "left out: ") in line


def test_used_rows_are_first_and_each_part_is_by_value(visit, explorer_file, frozen):
    page = visit(explorer_file)
    rows = frozen.observations.set_index("observation_id").loc[shown_ids(page)]
    used = rows.headline & ~rows.left_out.str.contains("other_phase", na=False)
    assert list(used) == sorted(used, reverse=True)
    ends = rows.y.fillna(rows.hi).fillna(rows.lo)
    for part in (ends[used], ends[~used]):
        assert list(part) == sorted(part)


def test_a_search_says_which_variants_it_adds(visit, explorer_file):
    page = visit(explorer_file)
    find(page, "LLZO | PEO")
    assert "LLZO, also: " in page.locator("#found").inner_text()
    assert "LLZO_Ta" in page.locator("#found").inner_text()


def test_a_class_keeps_colour_and_shape_in_a_search(visit, explorer_file):
    page = visit(explorer_file)

    def legend():
        words = page.locator(
            ".holder text", has_text=re.compile(r"^\w+/SE at ")
        ).all_text_contents()
        read = "marks => marks.map(m => [m.getAttribute('fill'), m.getAttribute('d')])"
        marks = page.eval_on_selector_all("g.legend > *", read)
        return dict(zip([word.split()[0] for word in words], marks, strict=True))

    whole = legend()
    assert len({fill for fill, _ in whole.values()}) == len(whole) > 1
    for name, look in whole.items():
        page = visit(explorer_file, f"#f.interface_class={name}")
        assert legend() == {name: look}


def test_the_card_on_a_phone_begins_with_work_and_how_solid_it_is(visit, explorer_file, frozen):
    page = visit(explorer_file, "#r=probe_2020_polymer.plain_disc.fresh", width=390)
    card = page.locator(CARD)
    read = frozen.observations.set_index("observation_id").read[
        "probe_2020_polymer.plain_disc.fresh"
    ]
    place = {"full_text": "full text", "abstract": "abstract alone"}[read]
    for text in (card.locator("strong.work"), card.get_by_text(f"Read in the {place}.")):
        box = text.bounding_box()
        assert box["y"] + box["height"] < 900
    assert "Probe 2020" in card.locator("strong.work").inner_text()
    assert "dex" not in card.inner_text()


def test_the_card_says_why_a_circuit_is_divided(visit, explorer_file, frozen):
    rows = frozen.observations
    moved_alike = rows[(rows.censoring == "exact") & (rows.ea_source != "line")]
    covers = frozen.records.set_index("record_id").value_covers
    of_all = moved_alike.records.str.split().str[0].map(covers) == "all"
    counted = moved_alike[of_all & moved_alike.coverage_known & (moved_alike.n_in_circuit > 1)]
    unknown = moved_alike[~moved_alike.coverage_known & (moved_alike.n_in_circuit == 2)]
    for row, said in (
        (counted.iloc[0], "divided by their count"),
        (unknown.iloc[0], "both contacts"),
    ):
        factor = 1 / row.n_in_circuit if row.coverage_known else row.n_in_circuit**-0.5
        page = visit(explorer_file, f"#r={row.observation_id}")
        step = page.locator(CARD).locator("li", has_text=said).inner_text()
        assert float(step.rsplit("× ", 1)[1]) == pytest.approx(factor, rel=0.005)
