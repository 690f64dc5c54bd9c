"""The explorer of the frozen dataset, looked at by axe-core in its states."""

import pytest

from metastudy.pages.explorer.page import make_explorer
from metastudy.pages.explorer.payload import Answers

pytestmark = pytest.mark.docs
STATES = {
    "start": "",
    "sorted and filtered": "#o=-work&f.salt=LiTFSI",
    "card": "#r=simulated_2010_spectra.disc_1.fresh",
    "moved and compared": "#t=40&cmp=solid_electrolyte~LLZO~NZSP&p=arrhenius",
}


@pytest.fixture(scope="module")
def explorer_file(frozen_corpus, frozen, tmp_path_factory):
    file = tmp_path_factory.mktemp("explorer") / "explorer.html"
    file.write_text(make_explorer(frozen_corpus, frozen, Answers()), encoding="utf-8")
    return file


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "light"), (1280, "dark")])
def test_axe_finds_no_violation_in_the_explorer(browser, explorer_file, width, scheme, state):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(explorer_file.as_uri() + STATES[state])
    for tool in page.locator("details.tool").all():
        tool.evaluate("fold => { fold.open = true; }")
    if width < 700 and state != "card":
        page.get_by_role("button", name="Filters").click()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.close()
