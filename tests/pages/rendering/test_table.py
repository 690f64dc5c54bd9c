"""One table, four forms: the same words in each, and none of them a command."""

from io import StringIO

from rich.console import Console

from metastudy.pages.rendering.blocks import Section
from metastudy.pages.rendering.render_html import set_page
from metastudy.pages.rendering.table import Head, Table, table_of, to_markdown, to_plain, to_rich

HOSTILE = "[bold]x[/bold] | <b>y</b>"
TABLE = table_of({"a": "key", "b": "n"}, [{"a": HOSTILE, "b": 3}, {"a": "z"}], ("b",), "two rows")


def on_terminal(table: Table, width: int = 80) -> list[str]:
    out = StringIO()
    Console(file=out, width=width).print(to_rich(table))
    return out.getvalue().splitlines()


def test_markdown_escapes_what_would_split_a_cell():
    table = table_of({"a": "key", "b": "n"}, [{"a": "x | y", "b": 3}], ("b",))
    assert to_markdown(table).splitlines() == [
        "| key    | n |",
        "| ------ | : |",
        "| x \\| y | 3 |",
    ]


def test_plain_text_is_aligned_numbers_to_the_right():
    table = table_of({"a": "key", "b": "n"}, [{"a": "x", "b": 3}, {"a": "long", "b": 12}], ("b",))
    assert to_plain(table).splitlines() == ["key    n", "x      3", "long  12"]


def test_a_terminal_shows_markup_as_it_is_and_the_title_first():
    title, *lines = on_terminal(TABLE)
    assert title.strip() == "two rows"
    assert HOSTILE in "\n".join(lines)


def test_a_column_with_a_share_of_the_width_folds_and_the_others_do_not():
    heads = (Head("words", ratio=1), Head("n", number=True))
    lines = on_terminal(Table(heads, (("a " * 30, "1234567"),)), width=40)
    assert sum(line.count("a ") for line in lines[3:]) >= 29
    assert sum("1234567" in line for line in lines) == 1


def test_html_escapes_the_cells():
    page = set_page(
        title="t", heading="h", answer="a", made="m", sections=(Section("s", "S", (TABLE,)),)
    )
    assert "&lt;b&gt;y&lt;/b&gt;" in page
    assert '<td class="n">3</td>' in page


def test_every_form_has_a_dash_for_nothing():
    page = set_page(
        title="", heading="", answer="", made="", sections=(Section("s", "S", (TABLE,)),)
    )
    for text in (to_markdown(TABLE), to_plain(TABLE), page, "\n".join(on_terminal(TABLE))):
        assert "–" in text
