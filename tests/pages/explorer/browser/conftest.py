"""The page of the frozen dataset in a real browser, which reaches nothing but its file."""

import json
import re

import pytest

from metastudy.pages.explorer.page import make_explorer
from metastudy.pages.explorer.payload import Answers, as_json
from metastudy.pages.explorer.predictions import predictions

PAYLOAD = re.compile(r'(<script type="application/json" id="payload">)(.*?)(</script>)', re.DOTALL)
# What Python writes where the floors allow it; made up, so that the page has one to show.
COMPARISON = {
    **{"interface_class": "PE/SE", "column": "solid_electrolyte", "a": "LICGC", "b": "LLZO"},
    **{"difference": 0.5, "lower": 0.2, "upper": 0.8, "df": 7.5, "works_a": 3, "works_b": 4},
    **{"values_a": 6, "values_b": 9, "bounds_a": 1, "bounds_b": 1},
}


@pytest.fixture(scope="session")
def explorer_html(frozen_corpus, frozen):
    answers = Answers(comparisons=[COMPARISON], predictions=predictions(frozen))
    return make_explorer(frozen_corpus, frozen, answers)


@pytest.fixture(scope="session")
def explorer_file(explorer_html, tmp_path_factory):
    file = tmp_path_factory.mktemp("explorer") / "explorer.html"
    file.write_text(explorer_html, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def page_payload(explorer_html):
    return json.loads(PAYLOAD.search(explorer_html).group(2))


@pytest.fixture(scope="session")
def with_payload(explorer_html):
    """Return the page with other data in it."""

    def put(payload):
        return PAYLOAD.sub(lambda m: m.group(1) + as_json(payload) + m.group(3), explorer_html)

    return put


@pytest.fixture
def visit(browser):
    """Open a file in a page of its own; a message or a request to elsewhere fails the test."""
    contexts, faults = [], []

    def guard(route):
        if route.request.url.startswith(("file:", "data:", "blob:")):
            route.continue_()
        else:
            faults.append(f"asked for {route.request.url}")
            route.abort()

    def go(file, fragment="", width=1280, scheme="light"):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        context.route("**/*", guard)
        page = context.new_page()
        page.set_default_timeout(8000)
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(file.as_uri() + fragment)
        return page

    yield go
    for context in contexts:
        context.close()
    assert faults == []
