"""The built site: every public name is in it, search finds the page, everybody can read it."""

import zlib
from importlib import import_module
from inspect import ismodule

import pytest

pytestmark = pytest.mark.docs

PACKAGES = ["metastudy", "metastudy.mixed", "metastudy.eis", "metastudy.physics"]


@pytest.fixture(scope="module")
def inventory(site):
    """Names of Python objects in objects.inv: four lines of words, then compressed lines."""
    *_, packed = (site / "objects.inv").read_bytes().split(b"\n", 4)
    lines = [line.split() for line in zlib.decompress(packed).decode().splitlines()]
    return {name for name, kind, *_ in lines if kind.startswith("py:")}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_in_the_inventory(inventory, package):
    module = import_module(package)
    names = [name for name in getattr(module, "__all__", []) if not ismodule(getattr(module, name))]
    assert [name for name in names if f"{package}.{name}" not in inventory] == []


def test_the_bayesian_fit_is_in_the_inventory(inventory):
    assert "metastudy.mixed.bayes.fit" in inventory


SEARCHES = {
    "Kramers-Kronig": "/eis-kramers-kronig.html",
    "CR2": "/mixed-robust.html",
    "value_covers": "/dictionary/word-value_covers.html",
    "CircuitFit": "/reference/metastudy.eis.CircuitFit.html",
    "MixedFit": "/reference/metastudy.mixed.MixedFit.html",
}


@pytest.mark.parametrize(("words", "target"), SEARCHES.items())
def test_search_finds_the_page_of_its_own_first(page, address, words, target):
    page.goto(f"{address}/search.html?q={words}")
    first = page.wait_for_selector("#search-results li a")
    assert first.evaluate("link => link.pathname") == target


# Elements that end outside the window; code and tables scroll in frames of their own.
FRAMES = "pre, .pst-scrollable-table-container, .math, .headerlink, [hidden], [style*=overflow-x]"
OUTSIDE = f"""width => [...document.querySelectorAll("main *")]
    .filter(e => !e.closest("{FRAMES}"))
    .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > width + 1)
    .map(e => e.outerHTML.slice(0, 80))"""


def test_no_page_is_wider_than_a_phone_or_a_screen(browser, site, address):
    page = browser.new_page()  # without the guard, which would fetch every style sheet anew
    wide = {}
    for file in sorted(site.rglob("*.html")):
        page.goto(f"{address}/{file.relative_to(site).as_posix()}")
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            scrolls = page.evaluate("document.documentElement.scrollWidth") > width
            if outside := page.evaluate(OUTSIDE, width) or (["the page"] if scrolls else []):
                wide[file.name, width] = outside[:3]
    page.close()
    assert wide == {}


# One page of each kind
KINDS = [
    "index.html",
    "search.html?q=interval",
    "dataset.html",
    "architecture.html",
    "mixed.html",
    "eis-formats.html",
    "analyses/05_weiss_2020/analysis.html",
    "dictionary/word-value_covers.html",
    "dictionary/file-study.html",
    "reference/metastudy.eis.html",
    "reference/metastudy.eis.CircuitFit.html",
    "reference/metastudy.mixed.fit.html",
]


@pytest.mark.parametrize("path", KINDS)
def test_axe_finds_no_violation(page, address, path):
    from axe_playwright_python.sync_playwright import Axe

    page.goto(f"{address}/{path}")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
