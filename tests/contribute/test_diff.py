"""The diff command: what was lost, moved, added, and how it reads."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from metastudy.answers.scatter import Level
from metastudy.contribute.diff import DiffSection, Statement, collapse, level_words, moved_notably
from metastudy.contribute.diff_report import as_markdown, as_text, escape
from tests.contribute.command import git, metastudy
from tests.corpus.seeding import lay_out, seed

SOLID = "data/studies/probe_2021_solid/measurements.csv"
LEVEL = Level("total", 0.5, 0.3, 0.9, 12)


def part(text: str, title: str) -> list[str]:
    """Return the lines below one title."""
    lines = text.splitlines()
    start = lines.index(title) + 1
    end = next((i for i in range(start, len(lines)) if lines[i][0] not in " !"), len(lines))
    return lines[start:end]


def test_the_same_data_has_no_difference_and_needs_no_fit(base: Path, head: Path) -> None:
    done = metastudy("diff", base, "--root", head)
    assert (done.status, done.out) == (
        0,
        "Lost: none\nHeadline results: none\nChanged values: none\nNew: none\n"
        "Open findings: none\n",
    )


def test_a_value_ten_times_as_large_moves_by_one_decade(base: Path, head: Path) -> None:
    record = "probe_2021_solid.001"
    seed(head, {"in": SOLID, "row": record, "set": {"value_text": "223"}})  # 22.3 before
    done = metastudy("diff", base, "--root", head, "--no-fit")
    lines = part(done.out, "Changed values")
    assert lines[0].startswith("  log10 R +1 dex: probe_2021_solid.")
    assert f"  value_text '22.3' → '223': {record}" in lines
    assert "Lost: none" in done.out


def test_the_scatter_is_fitted_on_both_sides_and_swapping_them_swaps_the_words(
    tmp_path: Path,
) -> None:
    base, head = (lay_out(tmp_path / side, studies="") for side in ("base", "head"))
    liquids = "data/studies/simulated_2004_liquids/measurements.csv"
    seed(head, {"in": liquids, "row": "simulated_2004_liquids.002", "set": {"value_text": "180"}})
    there, back = (
        next(
            line.lstrip(" !").removeprefix("total: ")
            for line in part(metastudy("diff", old, "--root", new).out, "Headline results")
            if "total: " in line
        )
        for old, new in ((base, head), (head, base))
    )
    before, after = there.split(" → ")
    assert before != after
    assert back == f"{after} → {before}"


def test_a_deleted_work_is_lost_with_its_numbers_and_comes_first(base: Path, head: Path) -> None:
    numbers = len((head / SOLID).read_text().splitlines()) - 1
    shutil.rmtree((head / SOLID).parent)
    done = metastudy("diff", base, "--root", head, "--no-fit")
    lines = part(done.out, "Lost")
    assert done.out.startswith("Lost\n")
    assert lines[0] == "  work lost: probe_2021_solid"
    assert lines[1].startswith(f"  printed numbers lost from probe_2021_solid ({numbers}): ")
    assert any("→ 0 observations" in line for line in lines)
    back = metastudy("diff", head, "--root", base, "--no-fit")
    assert part(back.out, "New")[0] == "  work added: probe_2021_solid"


def test_a_revision_is_read_as_files_and_compared_with_the_work_tree(base: Path) -> None:
    git(base, "init", "-q")
    git(base, "add", ".")
    git(base, "commit", "-qm", "before")
    shutil.rmtree((base / SOLID).parent)
    done = metastudy("diff", "HEAD", "--root", base, "--no-fit")
    assert part(done.out, "Lost")[0] == "  work lost: probe_2021_solid"


def test_a_side_that_cannot_be_read_leaves_the_other_sections(base: Path, head: Path) -> None:
    (base / "data" / "vocabulary" / "unit.csv").unlink()
    seed(head, {"in": SOLID, "row": "probe_2021_solid.001", "set": {"sample_id": "film_cel"}})
    done = metastudy("diff", base, "--root", head)
    assert done.status == 0
    assert part(done.out, "Lost")[0].startswith("  could not be compared: data/vocabulary/unit.csv")
    assert part(done.out, "Open findings")[0] == f"  error unknown-sample: {SOLID}:2"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_such_revision", "'no_such_revision' is neither a folder nor a git revision of"),
        ("--output=x", "'--output=x' is neither a folder nor a git revision of"),
    ],
)
def test_a_base_that_is_none_is_one_message(base: Path, name: str, message: str) -> None:
    done = metastudy("diff", "--root", base, "--", name)
    assert done.status == 1
    assert done.err.startswith(f"metastudy: {message}")


def test_a_folder_without_data_is_one_message(base: Path, tmp_path: Path) -> None:
    done = metastudy("diff", tmp_path, "--root", base)
    assert done.status == 1
    assert "holds no data/studies; name a data root or a git revision" in done.err


@pytest.mark.parametrize(
    ("after", "moved"),
    [
        # The old interval is 0.6 dex wide, a quarter of it is 0.15 dex.
        (replace(LEVEL, sd=0.64), False),
        (replace(LEVEL, sd=0.66), True),
        (replace(LEVEL, lower=0.0), True),
        (replace(LEVEL, sd=None, note="no fit"), True),
        (LEVEL, False),
    ],
)
def test_a_headline_is_marked_beyond_a_quarter_of_its_interval(after: Level, moved: bool) -> None:
    assert moved_notably(LEVEL, after) is moved


def test_a_level_reads_with_its_interval_or_its_reason() -> None:
    assert level_words(LEVEL) == "0.50 dex [0.30, 0.90]"
    assert level_words(replace(LEVEL, sd=None, note="no fit")) == "none (no fit)"


def test_equal_statements_are_one_line_with_a_count() -> None:
    statements = collapse([("moved", "a"), ("gone", "z"), *(("moved", name) for name in "bcde")])
    assert as_text([DiffSection("Values", tuple(statements))]).splitlines() == [
        "Values",
        "  moved (5): a, b, c and 2 more",
        "  gone: z",
    ]


def test_a_long_part_ends_with_how_much_more_there_is() -> None:
    many = tuple(Statement(f"line {i}") for i in range(9))
    assert as_text([DiffSection("Values", many)]).splitlines()[-1] == "  and 3 more"


def test_markdown_shows_the_text_of_data_and_runs_none_of_it() -> None:
    hostile = "`x` | <img src=a> @all [a](b) #1 *b* \x1b[31m"
    text = as_markdown([DiffSection("Values", (Statement(hostile, marked=True),))])
    line = text.splitlines()[4]
    inner = line.removeprefix("- **").removesuffix("**")
    assert inner == escape(hostile)
    without_codes = inner.replace("&#", "").replace(";", "")
    assert not set("`|<>@[]()*\x1b") & set(without_codes)
