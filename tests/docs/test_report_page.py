"""The report of the frozen dataset, looked at by axe-core: on a phone, and in the dark."""

import pytest

from metastudy.pages.report import make_report, write_report

pytestmark = pytest.mark.docs


@pytest.fixture(scope="module")
def report_file(frozen, frozen_root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_report(make_report(frozen, root=frozen_root), folder)
    return folder / "report.html"


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_axe_finds_no_violation_in_the_report(browser, report_file, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(report_file.as_uri())
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.close()
