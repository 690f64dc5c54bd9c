"""The page as a file: its policy, its escapes, its sections, and the command that writes it."""

import base64
import hashlib
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metastudy.cli import app
from metastudy.corpus.corpus import Corpus
from metastudy.pages.explorer.page import ExplorerError, make_explorer, write_explorer
from metastudy.pages.explorer.pairs import pair_anchor, slug
from metastudy.pages.explorer.payload import Answers
from metastudy.tables.dataset import Dataset

HOSTILE = (
    "</script><img src=x onerror=alert(1)> $\\frac{1}{2}$ \u202eabc\u202c \u2028 \U0001f525 &amp;"
)


class Page(HTMLParser):
    """Elements of a page in order, with the text of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.raw.append((tag, ""))

    def handle_data(self, data):
        if self.elements and self.elements[-1][0] in ("script", "style") and self.cdata_elem:
            tag, text = self.raw[-1]
            self.raw[-1] = (tag, text + data)
        else:
            self.text.append(data)

    @property
    def policy(self) -> str:
        return next(a["content"] for t, a in self.elements if "http-equiv" in a)


@pytest.fixture(scope="module")
def html(frozen_corpus: Corpus, frozen: Dataset) -> str:
    return make_explorer(frozen_corpus, frozen, Answers())


def sha(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_policy_lets_in_this_script_and_these_styles_and_nothing_else(html: str) -> None:
    page = Page(html)
    parts = dict(part.strip().split(" ", 1) for part in page.policy.split(";"))
    (_, style), (_, data), (_, script) = page.raw
    plot = Path("metastudy/pages/explorer/plot_style.css")
    plot = Path(__file__).resolve().parents[3] / plot
    assert parts["default-src"] == "'none'"
    assert parts["script-src"] == sha(script)
    assert parts["style-src"].split() == [sha(style), sha(plot.read_text(encoding="utf-8"))]
    assert "unsafe" not in page.policy
    assert "connect-src" not in parts
    assert json.loads(data)["format"] == 1


def test_the_page_asks_for_nothing_from_outside(html: str) -> None:
    for tag, attributes in Page(html).elements:
        assert tag not in ("link", "img", "iframe", "object")
        assert not {"src", "style", "onclick", "onload"} & set(attributes)
        address = attributes.get("href") or ""
        assert address.startswith(("#", "https://doi.org/")) or not address


def test_hostile_text_is_text(frozen_corpus: Corpus, frozen: Dataset) -> None:
    studies = frozen.studies.assign(title=HOSTILE, authors=HOSTILE)
    records = frozen.records.assign(notes=HOSTILE, value_text=HOSTILE)
    data = replace(frozen, tables={**frozen.tables, "studies": studies, "records": records})
    page = Page(make_explorer(frozen_corpus, data, Answers()))
    assert [tag for tag, _ in page.elements].count("script") == 2
    assert "img" not in {tag for tag, _ in page.elements}
    content = json.loads(page.raw[1][1])
    assert {work["title"] for work in content["works"]} == {HOSTILE}
    assert content["records"]["columns"]["notes"]["words"] == [HOSTILE]
    assert any(HOSTILE in text for text in page.text)


def test_the_same_data_give_the_same_bytes(
    html: str, frozen_corpus: Corpus, frozen: Dataset
) -> None:
    assert make_explorer(frozen_corpus, frozen, Answers()) == html


def test_every_pair_and_work_has_a_section_and_every_inner_link_a_target(
    html: str, frozen: Dataset
) -> None:
    page = Page(html)
    names = [a["id"] for _, a in page.elements if a.get("id")]
    assert len(names) == len(set(names))
    rows = frozen.observations
    pairs = zip(rows["solid_electrolyte"], rows["partner"], strict=True)
    assert {pair_anchor(*pair) for pair in pairs} <= set(names)
    assert {f"work-{study}" for study in frozen.studies["study_id"]} <= set(names)
    links = {a["href"] for _, a in page.elements if (a.get("href") or "").startswith("#")}
    sections = {link.removeprefix("#") for link in links if "=" not in link}  # others are views
    assert sections
    assert sections <= set(names)


def test_anchors_are_plain_and_do_not_hang_on_case() -> None:
    assert pair_anchor("LLZO", "EC:DMC 50:50") == "pair-llzo--ec-dmc-50-50"
    assert slug("Δ") == "x"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("explorer.txt", "give a name that ends in .html, such as explorer.html"),
        ("folder.html", "is a folder; give a file in it, such as"),
        ("file/explorer.html", "cannot be written"),
    ],
)
def test_a_wrong_place_is_named_and_nothing_is_written(
    tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ExplorerError, match=message):
        write_explorer("<p>", tmp_path / name)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.html"]


def test_the_command_refuses_a_wrong_place_before_it_computes(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["explore", "--out", str(tmp_path / "page.pdf")])
    assert result.exit_code == 1
    assert "ends in .html" in str(result.exception) + result.output


def test_the_command_writes_the_page_whole(
    tmp_path: Path, frozen_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("typer.launch", opened.append)
    out = tmp_path / "new" / "explorer.html"
    call = ["explore", "--out", str(out), "--open", "--root", str(frozen_root)]
    result = CliRunner().invoke(app, call, catch_exceptions=False)
    assert result.exit_code == 0
    assert opened == [out.as_uri()]
    content = json.loads(Page(out.read_text(encoding="utf-8")).raw[1][1])
    assert content["predictions"]["families"]
    assert len(list(out.parent.iterdir())) == 1
