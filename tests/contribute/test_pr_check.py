"""The check of a pull request: each fault in its place, judged by the rules of the base."""

from __future__ import annotations

import json
import math
import re
import shutil
from pathlib import Path

import jsonschema
import pytest

from metastudy.contribute.diff import DiffSection, Statement
from metastudy.contribute.pr_check import page, sections
from metastudy.contribute.pr_check.comment import LARGEST_COMMENT, MARK, CommentError, comment
from metastudy.contribute.pr_check.sections import PrCheck, Spread, yardstick_statements
from tests.contribute.command import git, metastudy
from tests.corpus.seeding import REPOSITORY, lay_out, seed

SCHEMA = REPOSITORY / "schemas" / "pr-check.schema.json"
SOLID = "data/studies/probe_2021_solid"
LIQUID = "data/studies/probe_2022_liquid/measurements.csv"
NOTE = "A plate <details>with a text that nobody sees</details>"
SAME_WORK = "metastudy/corpus/rules/same_work.py"


def with_package(root: Path) -> None:
    """Put this package beside the data of a root, as in a checkout."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "metastudy", root / "metastudy", ignore=ignored)


def section(text: str, title: str) -> list[str]:
    """Return the lines of a section of the text for a terminal."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line in (title, f"{title}: none"))
    following = range(start + 1, len(lines))
    end = next((i for i in following if lines[i][0] not in " !"), len(lines))
    return lines[start + 1 : end]


def test_a_change_of_nothing_has_no_fault(base: Path, head: Path) -> None:
    done = metastudy("pr-check", base, "--root", head)
    assert done.status == 0, done.out
    first, *rest = done.out.splitlines()
    assert first == "no fault found"
    assert rest == [f"{title}: none" for title in sections.SECTIONS]


@pytest.fixture
def played(base: Path, head: Path) -> tuple[Path, Path]:
    """A change that deletes a work, weakens a rule, hides HTML in a note, and adds a duplicate."""
    for root in (base, head):
        with_package(root)
    shutil.rmtree(head / SOLID)
    rules = head / SAME_WORK
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace("dois: dict", "return\n    dois: dict"), encoding="utf-8")
    schema = json.loads((head / "schemas" / "study.schema.json").read_text(encoding="utf-8"))
    (head / "schemas" / "study.schema.json").write_text(json.dumps(schema | {"required": []}))
    seed(head, {"in": LIQUID, "row": "probe_2022_liquid.001", "set": {"notes": NOTE}})
    texts = {"An invented work on a polymer contact, for tests": "The same under another title"}
    seed(head, {"copy": "probe_2020_polymer", "to": "probe_2020_again", "texts": texts})
    return base, head


def test_each_fault_is_in_its_place(played: tuple[Path, Path], tmp_path: Path) -> None:
    base, head = played
    out = tmp_path / "out"
    done = metastudy("pr-check", base, "--root", head, "--no-fit", "--out", out)
    assert done.status == 1
    # A text that is markup keeps its work from being read.
    assert done.out.startswith("not ready: 2 lost: probe_2021_solid, probe_2022_liquid; open ")
    assert section(done.out, "Lost")[:2] == [
        "  work lost: probe_2021_solid",
        "  work can no longer be read: probe_2022_liquid",
    ]
    changed = section(done.out, "Rules changed")
    assert any(line.startswith(f"! rule changed: {SAME_WORK} (+1 -0 lines)") for line in changed)
    assert any(line.startswith("! schema changed: schemas/study.schema.json") for line in changed)
    assert any(
        line.startswith("! error markup: ") and line.endswith(f": {LIQUID}:2")
        for line in section(done.out, "Open findings")
    )
    # The rule of the change finds nothing; it is the rule of the base that does.
    assert any(line.startswith("! error doi-twice: ") for line in section(done.out, "Duplicates"))
    assert "probe_2020_again, new work" in "".join(section(done.out, "New rows"))

    written = {path.suffix: path.read_text(encoding="utf-8") for path in out.iterdir()}
    jsonschema.validate(json.loads(written[".json"]), json.loads(SCHEMA.read_text("utf-8")))
    for suffix in (".html", ".md"):
        assert "probe_2021_solid" in written[suffix].replace("&#95;", "_")
        assert "<details>with" not in written[suffix]
    titles = [written[".html"].index(f"{title}</a></h2>") for title in sections.SECTIONS]
    assert titles == sorted(titles)
    # What the second workflow writes is what the first showed.
    assert comment(out / "pr-check.json", SCHEMA) == f"{MARK}\n{written['.md']}"


def test_annotations_are_those_of_the_base(played: tuple[Path, Path]) -> None:
    base, head = played
    done = metastudy("pr-check", base, "--root", head, "--no-fit", "--format", "github")
    lines = done.out.splitlines()
    assert any("title=doi-twice::" in line for line in lines)
    assert all(re.match(r"::(error|warning) file=data/", line) for line in lines[:-1])


def test_a_revision_is_a_base_too(base: Path) -> None:
    with_package(base)
    for call in (["init", "-q"], ["add", "."], ["commit", "-qm", "before"]):
        git(base, *call)
    (base / SAME_WORK).unlink()
    done = metastudy("pr-check", "HEAD", "--root", base, "--no-fit")
    assert section(done.out, "Rules changed")[0].startswith(f"! rule removed: {SAME_WORK}")
    assert (done.status, done.out.splitlines()[0]) == (0, "no fault found")


def test_what_came_to_the_base_later_is_no_loss(base: Path, tmp_path: Path) -> None:
    shutil.move(base / SOLID, tmp_path / "later")
    for call in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "before"]):
        git(base, *call)
    git(base, "branch", "work")
    shutil.move(tmp_path / "later", base / SOLID)
    for call in (["add", "."], ["commit", "-qm", "a work more"], ["checkout", "-q", "work"]):
        git(base, *call)
    assert not (base / SOLID).exists()
    done = metastudy("pr-check", "main", "--root", base, "--no-fit")
    assert section(done.out, "Lost") == []
    assert section(metastudy("diff", "main", "--root", base, "--no-fit").out, "Lost")
    git(base, "checkout", "-q", "--orphan", "alone")
    git(base, "commit", "-qm", "alone")
    done = metastudy("pr-check", "main", "--root", base, "--no-fit")
    assert done.status == 1
    assert "main and the checked-out branch have no common commit" in done.err


def test_a_loss_that_is_meant_is_no_fault(base: Path, head: Path) -> None:
    shutil.rmtree(head / SOLID)
    call = ("pr-check", base, "--root", head, "--no-fit")
    assert "1 lost: probe_2021_solid" in metastudy(*call).out.splitlines()[0]
    assert "lost: probe" not in metastudy(*call, "--allow-loss").out.splitlines()[0]


def test_a_section_that_fails_leaves_the_others(
    base: Path, head: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> list[Statement]:
        raise ZeroDivisionError("no rows")

    monkeypatch.setitem(sections.SECTIONS, "Duplicates", fails)  # type: ignore[arg-type]
    done = metastudy("pr-check", base, "--root", head)
    assert done.status == 1
    assert done.out.splitlines()[0] == "not ready: sections that failed: Duplicates"
    failed = section(done.out, "Duplicates")
    assert failed == ["  could not be compared: ZeroDivisionError: no rows"]
    assert "Claims: none" in done.out


def test_a_base_whose_check_does_not_run_fails_its_sections_only(base: Path, head: Path) -> None:
    (base / "metastudy").mkdir()
    (base / "metastudy" / "__init__.py").touch()
    (base / "metastudy" / "__main__.py").write_text("raise SystemExit('no such rule')\n")
    done = metastudy("pr-check", base, "--root", head)
    assert done.status == 1
    assert section(done.out, "Open findings") == [
        "  could not be compared: the check of the base gives no findings as JSON (status 1): "
        "no such rule"
    ]
    assert "New rows: none" in done.out


def test_a_thousand_rows_of_forty_studies_stay_readable() -> None:
    rows = tuple(f"a_2030_b.{i:03} = 1 Ω" for i in range(1, 26))
    studies = tuple(Statement(f"study_{i:02}, new work; 25 observations", rows) for i in range(40))
    total = Statement("works 40, printed numbers 1000, observations 1000")
    found = PrCheck((DiffSection("New rows", (total, *studies)),), ())
    lines = page.as_text(found).splitlines()
    assert len(lines) == 1 + 1 + 1 + 40
    assert max(map(len, lines)) < 140
    assert lines[3] == (
        "  study_00, new work; 25 observations (25): a_2030_b.001 = 1 Ω, a_2030_b.002 = 1 Ω, "
        "a_2030_b.003 = 1 Ω and 22 more"
    )
    assert page.from_content(page.content(found)) == found


def test_new_rows_are_counted_by_study_with_their_first(base: Path, head: Path) -> None:
    table = head / SOLID / "measurements.csv"
    _, first, *rest = table.read_text(encoding="utf-8").splitlines(keepends=True)
    numbers = {line.partition(",")[0] for line in [first, *rest]}
    shutil.rmtree(base / SOLID)
    done = metastudy("pr-check", base, "--root", head, "--no-fit")
    total, *studies = section(done.out, "New rows")
    assert total.startswith(f"  works 1, printed numbers {len(numbers)}, observations ")
    assert studies[0].startswith("  probe_2021_solid, new work; ")
    assert f" ({len(numbers)}): probe_2021_solid.001 = " in studies[0]


def test_a_yardstick_names_the_work_without_which_it_moves_most() -> None:
    name = "reference arms, total"
    before, after = {name: Spread(0.5, 0.3, 0.9)}, {name: Spread(0.8, 0.4, math.nan)}
    without = {
        "a_2030_x": {name: Spread(0.79, 0.4, 1.2)},
        "b_2030_y": {name: Spread(0.52, 0.3, 0.9)},
        "c_2030_z": {name: Spread(0.8, 0.4, math.nan)},
    }
    (statement,) = yardstick_statements(before, after, without)
    assert statement.text == (
        "reference arms, total: 0.50 dex [0.30, 0.90] → 0.80 dex [0.40, open]; "
        "without b_2030_y 0.52 dex [0.30, 0.90]"
    )
    (lost,) = yardstick_statements(before, {}, {"a_2030_x": {name: Spread(0.5, 0.3, 0.9, "salt")}})
    assert lost.text == (
        "reference arms, total: 0.50 dex [0.30, 0.90] → none; "
        "without a_2030_x 0.50 dex [0.30, 0.90] (same salt)"
    )
    (alone,) = yardstick_statements(before, {}, {})
    assert alone.text == "reference arms, total: 0.50 dex [0.30, 0.90] → none"
    noise = {name: Spread(0.5 + 1e-12, 0.3, 0.9)}
    assert not list(yardstick_statements(before, noise, without))


def test_yardsticks_and_claims_follow_a_planted_value(tmp_path: Path) -> None:
    base, head = (lay_out(tmp_path / side, studies="") for side in ("base", "head"))
    liquids = "data/studies/simulated_2004_liquids"
    shutil.rmtree(base / liquids)
    done = metastudy("pr-check", base, "--root", head)
    moved = section(done.out, "Yardsticks")
    assert moved
    assert all(line.startswith("! ") and " → " in line for line in moved)
    # The one new work is the one that moves; without its rows the base is back.
    after = [line for line in moved if "; without " in line]
    assert after
    for line in after:
        was, now = line.partition(": ")[2].split(" → ")
        assert now.split("; without simulated_2004_liquids ")[1] == was


HOSTILE = [
    "<script>alert(1)</script>",
    "</details><img src=x onerror=alert(1)>",
    "[a](javascript:alert(1)) ![b](http://evil.example/x.png)",
    "@everyone and @org/team, fixes #1, GH-12",
    "www.evil.example https://evil.example",
    "a\x00b \u202eabc\u202c \u2066x \x1b[31m",
    "| a | b |\n|---|---|\n# heading\n```\n<!-- x",
    "&lt;b&gt; &#60;b&#62;",
]


def artifact(tmp_path: Path, **changes: object) -> Path:
    """Write the JSON of a check, with some of its fields in another form."""
    statement = {"text": "t", "names": ["n"], "marked": False}
    section = {"title": "Lost", "error": "", "statements": [statement]}
    content = {
        "command": "pr-check",
        "metastudy_version": "0.1.0",
        "data_version": None,
        "arguments": {"base": "main"},
        "result": {"faults": [], "sections": [section]},
        "notes": [],
    }
    for place, value in changes.items():
        (statement if place in statement else section if place in section else content)[place] = (
            value
        )
    path = tmp_path / "pr-check.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize("place", ["text", "names", "error"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_shown_and_does_nothing(tmp_path: Path, hostile: str, place: str) -> None:
    value: object = [hostile] if place == "names" else hostile
    text = comment(artifact(tmp_path, **{place: value}), SCHEMA)
    mark, _, body = text.partition("\n")
    assert mark == MARK
    codes = body.replace("&#", "").replace("**Lost**", "").replace("## Check", "")
    assert not set("<>`|@[]()!~\x00\x1b\u202e\u202c\u2066") & set(codes)
    assert "www." not in body
    assert "://" not in body
    assert "&#64;everyone" not in body
    assert "&#35;1" not in body
    for line in body.splitlines():
        assert line == "" or line.startswith(("## Check", "no fault", "**Lost**", "- ")), line


def of_one_text(text: str) -> PrCheck:
    """A check in which a text is everywhere."""
    statement = Statement(text, (text,), marked=True)
    parts = (DiffSection("Lost", (statement,)), DiffSection("Duplicates", (), text))
    return PrCheck(parts, (text,))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_the_page_and_the_terminal_show_hostile_text_too(hostile: str) -> None:
    found = of_one_text(hostile)
    text, html = page.as_text(found), page.as_html(found)
    assert not set("\x00\x1b\u202e\u202c\u2066") & set(text + html)
    tags, plain = (re.findall(r"<[^>]*>", h) for h in (html, page.as_html(of_one_text("word"))))
    assert tags == plain


@pytest.mark.parametrize(
    "changes",
    [
        {"text": 3},
        {"text": ["a"]},
        {"text": "x" * 6000},
        {"names": "n"},
        {"names": ["n"] * 60_000},
        {"marked": "yes"},
        {"title": "Lost</h2>"},
        {"title": "@Everyone"},
        {"statements": {}},
        {"result": None},
        {"command": "check"},
        {"extra": 1},
    ],
)
def test_another_form_is_refused_with_its_place(tmp_path: Path, changes: dict[str, object]) -> None:
    path = artifact(tmp_path, **changes)
    with pytest.raises(CommentError, match=r"pr-check\.json: \$.* does not fit pr-check\.schema"):
        comment(path, SCHEMA)


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"[" * 100_000, b"{", b" " * 5_000_001])
def test_what_is_no_json_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "pr-check.json"
    path.write_bytes(raw)
    with pytest.raises(CommentError, match=r"cannot be read as JSON|larger than 5000000 bytes"):
        comment(path, SCHEMA)


def test_a_huge_check_is_cut_at_a_line(tmp_path: Path) -> None:
    statements = [{"text": "&" * 5000, "names": [], "marked": True}] * 60
    text = comment(artifact(tmp_path, statements=statements), SCHEMA)
    assert len(text) <= LARGEST_COMMENT
    lines = text.splitlines()
    assert lines[-1] == "(cut; the artifact of the run has all)"
    assert lines[-3].endswith("&#38;**")


@pytest.mark.parametrize(
    ("upper", "shown"), [(0.9, "0.90"), (36.0, "open"), (math.inf, "open"), (math.nan, "open")]
)
def test_an_end_that_the_rows_do_not_set_is_open(upper, shown):
    assert str(Spread(0.5, 0.2, upper)) == f"0.50 dex [0.20, {shown}]"
