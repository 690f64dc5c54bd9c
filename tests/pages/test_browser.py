"""The report in a real browser: no console message, no request, readable on a phone."""

import pytest

from metastudy.pages.report import make_report, write_report

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page_file(frozen, frozen_root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_report(make_report(frozen, root=frozen_root), folder)
    return folder / "report.html"


@pytest.mark.parametrize("width", [390, 1280])
def test_report_opens_without_messages_or_requests(browser, page_file, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    messages, requests = [], []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(page_file.as_uri())
    assert messages == []
    assert [url for url in requests if not url.startswith("data:")] == [page_file.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    broken = "[...document.images].filter(i => !i.complete || i.naturalWidth === 0).length"
    assert page.evaluate(broken) == 0
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 16
    page.close()


def test_long_tables_open_on_a_click(browser, page_file):
    page = browser.new_page()
    page.goto(page_file.as_uri())
    fold = page.locator("details").last
    assert not fold.locator("table").is_visible()
    fold.locator("summary").click()
    assert fold.locator("table").is_visible()
    page.close()
