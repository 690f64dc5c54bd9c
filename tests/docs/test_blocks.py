"""Every Python block of the README and of the pages runs, page by page from top to bottom."""

import ast
import re
from pathlib import Path

import pytest

from .given import given

ROOT = Path(__file__).resolve().parents[2]
GENERATED = {"analyses", "dictionary", "reference"}
BLOCK = re.compile(r"^```(?:python|\{code-cell\})\n(?:---\n.*?\n---\n)?(.*?)^```", re.S | re.M)


def pages_with_code():
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for page in pages:
        made = page.relative_to(ROOT).parts[1] in GENERATED if page.parent != ROOT else False
        if not made and BLOCK.search(page.read_text(encoding="utf-8")):
            extra = pytest.mark.bayes if page.stem == "mixed-bayes" else ()
            yield pytest.param(page, id=page.stem, marks=extra)


def show(block, file, names):
    """Run a block as a notebook does; every expression that it leaves to be shown has a value."""
    for statement in block.body:
        if isinstance(statement, ast.Expr):
            value = eval(compile(ast.Expression(statement.value), file, "eval"), names)
            printed = ast.unparse(statement).startswith("print(")
            assert printed or value is not None, ast.unparse(statement)
        else:
            exec(compile(ast.Module([statement], []), file, "exec"), names)


@pytest.mark.parametrize("page", list(pages_with_code()))
def test_the_python_of_a_page_runs(page, tmp_path, monkeypatch):
    import matplotlib.pyplot as plt

    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    names = given(page, tmp_path)
    for block in BLOCK.finditer(text):
        line = text[: block.start(1)].count("\n")
        show(ast.parse("\n" * line + block[1]), str(page), names)
    plt.close("all")


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs" / "validation").glob("*.md")), ids=lambda page: page.stem
)
def test_a_measured_page_names_what_measured_it(page):
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"\b((?:benchmarks|tests)/[\w/]+\.py)\b|make (test-\w+)", text)
    assert named
    assert [script for script, _ in named if script and not (ROOT / script).is_file()] == []
