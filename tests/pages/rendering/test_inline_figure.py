"""A figure inside a page: its ids are its own, whatever its name and words are."""

from xml.etree import ElementTree

from metastudy.pages.rendering.blocks import FigureBlock

SVG = """<?xml version="1.0"?>
<svg width="3pt" height="2pt" viewBox="0 0 3 2" xmlns="http://www.w3.org/2000/svg">
<g id="a"><path id="b" clip-path="url(#a)"/></g></svg>"""


def test_ids_and_their_uses_get_the_name_of_the_figure():
    inline = str(FigureBlock("one", SVG, "", "words for it").inline)
    assert 'id="one-a"' in inline
    assert 'clip-path="url(#one-a)"' in inline
    assert "width=" not in inline
    assert "<?xml" not in inline


def test_a_hostile_name_or_text_stays_text():
    block = FigureBlock('x"><script>', SVG, "", 'a "quoted" <b>')
    root = ElementTree.fromstring(str(block.inline))
    assert root.attrib["aria-label"] == 'a "quoted" <b>'
    assert "<script" not in str(block.inline)
