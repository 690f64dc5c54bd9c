"""The page on layered cells: its file is read, its conclusion is what the command says."""

import re
from pathlib import Path

from metastudy import eis
from metastudy.pages.cell_plan import conclusion, plan

PAGE = Path(__file__).parents[2] / "docs" / "eis-cells.md"


def test_the_example_gives_the_conclusion_on_the_page(tmp_path):
    text = PAGE.read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    path = tmp_path / "cell.yaml"
    path.write_text(block, encoding="utf-8")
    (words,) = re.findall(r"<!-- conclusion -->\n(.*?)\n<!-- end -->", text, re.DOTALL)
    assert " ".join(words.split()) == conclusion(plan(path))


def test_the_first_code_runs_and_its_comments_hold():
    text = PAGE.read_text(encoding="utf-8")
    names = {}
    exec(re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0], names)
    cell, area = names["cell"], names["area"]
    by_hand = (2 * 0.01 / 1e-5 + 0.015 / 1e-4) / area
    assert abs(cell.high_frequency_ohm(25) / by_hand - 1) < 1e-12
    assert isinstance(cell, eis.Cell)
