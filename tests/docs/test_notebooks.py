"""Notebooks are written executed, with their pictures."""

import importlib.util
import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.docs

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "notebooks.py"
NOTEBOOK = """# %% [markdown]
# # One picture

# %%
# %matplotlib inline
import metastudy
from metastudy.pages.figures import wu_2016

print(1 + 1)
wu_2016.figure_3d(None).picture
"""


def test_a_notebook_is_written_with_what_its_cells_show(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("notebooks", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path / "analyses" / "one"
    folder.mkdir(parents=True)
    (folder / "analysis.py").write_text(NOTEBOOK, encoding="utf-8")
    monkeypatch.setattr(module, "ANALYSES", tmp_path / "analyses")
    module.write_notebooks(tmp_path / "out")
    written = json.loads((tmp_path / "out" / "one.ipynb").read_text(encoding="utf-8"))
    outputs = [output for cell in written["cells"] for output in cell.get("outputs", ())]
    assert ["2\n"] in [output.get("text") for output in outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs)
