"""One offline page from its parts: everything inside, escaped, no script and no request."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from metastudy.pages.rendering.blocks import Block, Section


def set_page(
    *,
    title: str,
    heading: str,
    answer: str,
    made: str,
    sections: Sequence[Section],
    lead: Sequence[Block] = (),
) -> str:
    """Set a page as HTML: the answer and ``lead`` first, from what it was made, the sections."""
    environment = Environment(
        loader=PackageLoader("metastudy.pages.rendering", "."),
        autoescape=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("page.html.j2").render(
        title=title, heading=heading, answer=answer, made=made, sections=sections, lead=lead
    )
