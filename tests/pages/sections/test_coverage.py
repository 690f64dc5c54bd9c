"""Coverage as its reader meets it: descriptor, terminal, pictures, and bad targets."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metastudy.answers.coverage import coverage
from metastudy.cli import app
from metastudy.corpus.study import COLUMNS
from metastudy.pages import descriptor
from metastudy.pages.rendering.blocks import FigureBlock
from metastudy.pages.sections.coverage import (
    PictureError,
    coverage_section,
    write_pictures,
)
from metastudy.tables.columns import FORMS

ROOT = Path(__file__).resolve().parents[3]
DESCRIPTOR = ROOT / "docs" / "dataset.md"


@pytest.fixture(scope="module")
def data(frozen):
    return frozen


@pytest.fixture(scope="module")
def made(data, frozen_root):
    return descriptor.blocks(data, frozen_root)


@pytest.fixture(scope="module")
def text():
    return DESCRIPTOR.read_text(encoding="utf-8")


def block(text, name):
    """Return what stands in one generated block."""
    (found,) = [match for match in descriptor.BLOCK.finditer(text) if match["name"] == name]
    return found[0].removeprefix(found["open"]).removesuffix(found["close"]).strip()


def test_the_page_in_the_repository_has_no_number_of_the_data(made, text):
    filled = [name for name in made if block(text, name)]
    assert filled == ["fields"]


def test_the_fields_of_the_descriptor_are_not_stale(text):
    fields = descriptor.fields()
    assert block(text, "fields") == fields, "put the fields of make descriptor into docs/dataset.md"


def test_every_block_of_a_filled_descriptor_has_its_text(made, text):
    filled = descriptor.refresh(text, made)
    for name, content in made.items():
        assert content.strip()
        assert block(filled, name) == content.strip()


def test_every_picture_of_a_filled_descriptor_is_there_and_sound(data, made, text, tmp_path):
    shown = re.findall(r"!\[.+?\]\((images/.+?)\)", descriptor.refresh(text, made))
    written = write_pictures(data, tmp_path / "images")
    assert set(shown) == {f"images/{path.name}" for path in written}
    for path in written:
        assert ElementTree.parse(path).getroot().tag.endswith("svg")


def test_links_of_the_descriptor_lead_somewhere(text):
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (DESCRIPTOR.parent / target).exists(), target
    for path in re.findall(r"`(data/[a-z_/]+(?:\.csv)?)`", text):
        assert (ROOT / path).exists(), path


def test_fields_name_every_column_with_a_meaning(made):
    lines = made["fields"].splitlines()
    for form in FORMS:
        start = lines.index(f"### `{form.name}`")
        rest = [line for line in lines[start + 1 :]]
        end = next((i for i, line in enumerate(rest) if line.startswith("### ")), len(rest))
        rows = [line for line in rest[:end] if line.startswith("| `")]
        assert [row.split("`")[1] for row in rows] == [column.name for column in form.columns]
        assert all(row.rstrip("| ").endswith(".") for row in rows)


def test_typed_columns_are_described_by_the_schema(made):
    for column in COLUMNS:
        assert re.search(rf"^\| `{column}` .*typed by the curator", made["fields"], re.M) is None


def test_a_block_that_nothing_fills_is_named():
    with pytest.raises(descriptor.DescriptorError, match=r"no block is named totalz; .*totals"):
        descriptor.refresh("<!-- generated: totalz -->\n<!-- end -->", {"totals": ""})


def test_a_block_that_is_lacking_is_named():
    with pytest.raises(descriptor.DescriptorError, match=r"lacks the blocks pairs, totals"):
        descriptor.refresh("no blocks here", {"totals": "", "pairs": ""})


def test_filling_twice_changes_nothing_and_keeps_what_stands_around():
    text = "before\n<!-- generated: totals -->\nold\n<!-- end -->\nafter\n"
    once = descriptor.refresh(text, {"totals": "new"})
    assert once == "before\n<!-- generated: totals -->\n\nnew\n\n<!-- end -->\nafter\n"
    assert descriptor.refresh(once, {"totals": "new"}) == once


def test_the_section_has_pictures_tables_and_counts(data):
    section = coverage_section(data)
    names = [part.name for part in section.blocks if isinstance(part, FigureBlock)]
    assert names == ["coverage_pairs", "coverage_reported", "coverage_preparation"]


def test_command_prints_the_table_and_writes_the_pictures(tmp_path, data, frozen_root):
    out = tmp_path / "pictures"
    given = ["--coverage", "--out", str(out), "--root", str(frozen_root)]
    result = CliRunner().invoke(app, ["gaps", *given])
    assert result.exit_code == 0, result.output
    responses = coverage(data).total("interface responses")
    assert re.search(rf"\| interface responses +\| +{responses} \|", result.output)
    assert {path.name for path in out.iterdir()} == {
        "coverage_pairs.svg",
        "coverage_preparation.svg",
        "coverage_reported.svg",
        "ladder.svg",
    }


def test_command_writes_nothing_without_a_folder(tmp_path, monkeypatch, frozen_root):
    monkeypatch.chdir(tmp_path)
    given = ["--leave-out", "secondary", "--root", str(frozen_root)]
    result = CliRunner().invoke(app, ["gaps", "--coverage", *given])
    assert result.exit_code == 0, result.output
    assert not list(tmp_path.iterdir())


def test_a_target_that_is_a_file_gives_one_message(tmp_path, data):
    target = tmp_path / "taken"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(PictureError, match=r"taken: cannot be written"):
        write_pictures(data, target)
    assert target.read_text(encoding="utf-8") == "mine"


def test_a_descriptor_describes_the_whole_dataset(data, tmp_path):
    with pytest.raises(descriptor.DescriptorError, match="do not leave out secondary"):
        descriptor.write_descriptor(data, tmp_path / "d.md", leave_out=["secondary"])


def test_a_descriptor_that_is_not_there_is_named(data, tmp_path):
    with pytest.raises(descriptor.DescriptorError, match=r"d\.md: cannot be read"):
        descriptor.write_descriptor(data, tmp_path / "d.md")
