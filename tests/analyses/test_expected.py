"""Every analysis runs from the dataset and gives what was worked out by hand beside it."""

import json
import runpy
from pathlib import Path

import pytest

ANALYSES = Path(__file__).resolve().parents[2] / "analyses"
SCRIPTS = sorted(ANALYSES.glob("*/analysis.py"))


def test_every_analysis_has_its_expected_results():
    assert SCRIPTS
    assert all((script.parent / "expected.json").is_file() for script in SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.parent.name)
def test_results_are_as_expected(script, capsys):
    expected = json.loads((script.parent / "expected.json").read_text(encoding="utf-8"))
    expected.pop("how")
    names = runpy.run_path(str(script))
    results = names["results"]
    assert results.keys() == expected.keys()
    for name, values in expected.items():
        values.pop("how")
        seen = {key: results[name][key] for key in values}
        assert seen == pytest.approx(values, abs=2e-6), name
    assert capsys.readouterr().out
    for file, table in names.get("plotted", {}).items():
        plotted = table.to_csv(index=False, float_format="%.5g")
        kept = (script.parent / file).read_text(encoding="utf-8")
        assert plotted == kept, f"{file} is stale: run python {script.relative_to(ANALYSES.parent)}"
