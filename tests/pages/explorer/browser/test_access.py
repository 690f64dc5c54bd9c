"""The page by keyboard alone, on paper, with hostile texts, and the pictures that it writes."""

import copy

import pytest

from tests.pages.explorer.browser.reading import find, shown_ids

pytestmark = pytest.mark.browser
HOSTILE = (
    '</script><img src=x onerror="document.title=1"> $\\frac{1}{2}$ '
    "\u202eright to left\u202c \U0001f50b & <b>"
)
FOCUSED = "document.activeElement"


def tab_to(page, selector, most=150):
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(f"{FOCUSED}.matches({selector!r})"):
            return
    raise AssertionError(f"{selector} is not reached by the Tab key")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_the_page_is_walked_by_keyboard_alone(visit, explorer_file, frozen, width, scheme):
    page = visit(explorer_file, width=width, scheme=scheme)
    tab_to(page, "#find")
    page.keyboard.type("LLZO PEO")
    tab_to(page, ".picture")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    by_value = frozen.observations.set_index("observation_id").loc[shown_ids(page)]
    ends = by_value.y.fillna(by_value.hi).fillna(by_value.lo)
    second = ends.sort_values(kind="stable").index[1]
    said = page.locator("p.hidden[role=status]").inner_text()
    assert f"2 of {len(ends)}" in said
    page.keyboard.press("Enter")
    assert page.evaluate(f"{FOCUSED}.id") == "card"
    assert second in page.url
    page.keyboard.press("Escape")
    assert page.evaluate(f"{FOCUSED}.className") == "picture"
    assert second not in page.url
    tab_to(page, "tr[data-id] button")
    page.keyboard.press("Enter")
    assert page.evaluate(f"{FOCUSED}.id") == "card"
    page.keyboard.press("Escape")
    assert page.evaluate(f"{FOCUSED}.matches('tr[data-id] button')")


def test_filters_on_a_phone_are_a_sheet_that_escape_closes(visit, explorer_file):
    page = visit(explorer_file, width=390)
    opener = page.get_by_role("button", name="Filters (0)")
    opener.click()
    page.get_by_label("PE/SE", exact=False).first.check()
    page.keyboard.press("Escape")
    assert page.get_by_role("button", name="Filters (1)").is_visible()
    assert not page.locator("#filters").is_visible()


def test_a_header_sorts_and_says_so(visit, explorer_file, frozen):
    page = visit(explorer_file)
    names = dict(zip(frozen.observations.observation_id, frozen.observations.y, strict=True))
    head = page.get_by_role("button", name="95 % interval")

    def values():
        return [names[name] for name in shown_ids(page) if names[name] == names[name]]

    assert page.locator("th[aria-sort=ascending]").count() == 0
    head.click()
    rising = values()
    assert rising == sorted(rising)
    assert page.locator("th[aria-sort=ascending]").count() == 1
    head.click()
    assert values() == rising[::-1]
    assert page.locator("th[aria-sort=descending]").count() == 1


def test_hostile_texts_are_shown_as_texts(visit, page_payload, with_payload, tmp_path):
    payload = copy.deepcopy(page_payload)
    notes = payload["records"]["columns"]["notes"]["words"]
    payload["records"]["columns"]["notes"]["words"] = [HOSTILE] * len(notes)
    for work in payload["works"]:
        work["title"] = HOSTILE
    file = tmp_path / "hostile.html"
    file.write_text(with_payload(payload), encoding="utf-8")
    page = visit(file, "#r=probe_2020_polymer.plain_disc.fresh")
    card = page.locator("section.card")
    assert HOSTILE in card.evaluate("card => card.textContent")
    assert page.locator("img").count() == 0
    assert page.title().startswith("metastudy")
    assert card.locator("bdi", has_text="frac").first.is_visible()


def test_paper_is_light_and_has_the_addresses(visit, explorer_file):
    page = visit(explorer_file, "#r=probe_2020_polymer.plain_disc.fresh", scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    assert not page.locator(".switches").is_visible()
    assert page.locator("tr[data-id]").first.is_visible()
    assert "view #r=probe_2020_polymer" in page.locator(".on-paper").inner_text()
    after = "getComputedStyle(document.querySelector('.card a[href^=https]'), '::after').content"
    assert "doi.org" in page.evaluate(after)


def test_pictures_are_light_from_a_dark_page(visit, explorer_file, tmp_path):
    page = visit(explorer_file, scheme="dark")
    page.get_by_text("Place your own value").click()
    page.get_by_label("One value a line").fill("0.1 kohm cm2")
    page.get_by_text("Take away").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="SVG").click()
    download.value.save_as(tmp_path / "picture.svg")
    text = (tmp_path / "picture.svg").read_text(encoding="utf-8")
    assert 'fill="#ffffff"' in text
    assert "var(" not in text
    assert "yours" not in text
    assert "<desc>metastudy, data" in text
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG").click()
    download.value.save_as(tmp_path / "picture.png")
    pixels = pytest.importorskip("matplotlib.image").imread(tmp_path / "picture.png")
    assert pixels[2, 2, :3].min() == 1.0
    assert pixels.shape[1] == 1800


def test_a_refit_shows_its_spectrum(visit, explorer_file, page_payload):
    page = visit(explorer_file, "#r=simulated_2010_spectra.disc_1.fresh")
    plot = page.locator("section.card [role=img]")
    spectrum = page_payload["spectra"]["simulated_2010_spectra.r001"]
    assert f"{len(spectrum['real_ohm'])} points" in plot.get_attribute("aria-label")
    assert plot.locator("circle").count() == len(spectrum["real_ohm"])


@pytest.mark.parametrize("picture", ["strip", "arrhenius", "against"])
def test_every_decade_in_the_range_has_a_tick_on_a_phone(visit, explorer_file, frozen, picture):
    page = visit(explorer_file, f"#p={picture}&x=year", width=390)
    axis = "x" if picture == "strip" else "y"
    ticks = page.locator(f"g[aria-label='{axis}-axis tick'] path").count()
    ends = frozen.observations[["y", "lo", "hi"]].stack()
    assert ticks >= int(ends.max()) - int(ends.min())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_printed_row_without_a_resistance_is_found_by_its_reason(visit, explorer_file, frozen):
    page = visit(explorer_file, "#f.left_out=relative")
    assert set(shown_ids(page)) == set(frozen.excluded.query("reason == 'relative'").record_id)
    find(page, "xyzzy")
    assert "nothing is named" in page.locator("#found").inner_text()
