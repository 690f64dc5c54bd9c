"""The preview command: one study among the others, on the terminal and as a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.contribute.command import Done, metastudy
from tests.corpus.seeding import lay_out, seed

STUDY = "probe_2021_solid"
SOLID = f"data/studies/{STUDY}/measurements.csv"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return lay_out(tmp_path)


def preview(root: Path, study: str = STUDY) -> Done:
    return metastudy("preview", study, "--root", root, "--out", root / "pages")


def test_every_number_of_the_study_is_an_observation_or_left_out(root: Path) -> None:
    done = preview(root)
    assert done.status == 0, done.err
    numbers = len((root / SOLID).read_text().splitlines()) - 1
    assert done.out.startswith(f"Printed numbers: {numbers}; observations: ")
    page = (root / "pages" / f"{STUDY}.html").read_text()
    shown = set(re.findall(rf"<td>({STUDY}\.[0-9]{{3}})</td>", page))
    left = int(re.search(r"numbers in no observation: ([0-9]+);", done.out)[1])  # type: ignore[index]
    assert len(shown) == left
    assert "Credit:\n  " in done.out


def test_the_page_is_offline_and_escapes_what_the_study_says(root: Path) -> None:
    study = root / "data" / "studies" / STUDY / "study.yaml"
    title = re.search(r"^  title: .*$", study.read_text(), re.M)
    assert title is not None
    study.write_text(study.read_text().replace(title[0], "  title: 'R < 1 & \"n > 2\" others'"))
    assert preview(root).status == 0
    page = (root / "pages" / f"{STUDY}.html").read_text()
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "<script" not in page
    assert "R &lt; 1 &amp; &#34;n &gt; 2&#34; others" in page
    assert not re.search(r"(src|href)=.https?:", page)


def test_an_open_warning_shows_the_lines_that_would_answer_it(root: Path) -> None:
    seed(root, {"in": SOLID, "row": f"{STUDY}.001", "set": {"value_covers": "all"}})
    done = preview(root)
    assert done.status == 0
    assert "# to answer it, fill these lines and save them as data/decisions/" in done.out
    page = (root / "pages" / f"{STUDY}.html").read_text()
    assert "# to answer it, fill these lines" in page


def test_errors_are_listed_and_nothing_is_written(root: Path) -> None:
    seed(root, {"in": SOLID, "row": f"{STUDY}.001", "set": {"sample_id": "film_cel"}})
    done = preview(root)
    assert done.status == 1
    assert done.err.startswith(f"metastudy: mend this first:\n{SOLID}:2:")
    assert not (root / "pages").exists()


def test_an_unknown_study_is_one_message(root: Path) -> None:
    done = preview(root, "probe_2021_soild")
    assert done.status == 1
    assert done.err.startswith(
        "metastudy: no study is named 'probe_2021_soild'; did you mean probe_2021_solid"
    )
