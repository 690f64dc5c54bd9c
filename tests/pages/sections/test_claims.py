"""The claims and activation energies on the page and on the terminal."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console
from typer.testing import CliRunner

from metastudy.answers.activation import activation_energies
from metastudy.answers.claims.judging import judge
from metastudy.cli import app
from metastudy.pages.rendering.blocks import Fold
from metastudy.pages.rendering.render_html import set_page
from metastudy.pages.rendering.table import Table
from metastudy.pages.sections.claims import (
    activation_section,
    claim_text,
    claims_section,
    claims_terminal,
    energies_figure,
)
from metastudy.tables.claims import read_claims
from metastudy.tables.loading import load


@pytest.fixture(scope="module")
def judgements(frozen, frozen_root):
    claims = read_claims(frozen_root)
    return judge(frozen, claims, lambda at: load(root=frozen_root, reference_c=at))


@pytest.fixture(scope="module")
def section(judgements):
    return claims_section(judgements)


def test_every_claim_stands_in_one_fold(section, judgements):
    folds = [part for part in section.blocks if isinstance(part, Fold)]
    cells = [row[-1] for fold in folds for row in fold.table.rows]
    assert len(cells) == len(judgements)
    for j in judgements:
        assert any(cell.startswith(j.claim.statement) for cell in cells)


def test_counts_by_work_add_up(section, judgements):
    counts = next(part for part in section.blocks if isinstance(part, Table))
    assert len(counts.rows) == len({j.claim.work for j in judgements})
    assert sum(int(cell) for row in counts.rows for cell in row[1:]) == len(judgements)


def test_what_fails_is_shown_unfolded(section, judgements):
    failing = [part for part in section.blocks if isinstance(part, Table)][1]
    expected = [j for j in judgements if j.outcome.verdict == "does not hold"]
    assert len(failing.rows) == len(expected)
    assert any("Wu et al. 2016, section 3" in row[-1] for row in failing.rows)


def test_claims_that_no_data_could_change_stand_with_their_reason(section, judgements):
    fixed = [part for part in section.blocks if isinstance(part, Fold)][-1].table
    assert [row[0] for row in fixed.rows] == [j.claim.reason for j in judgements if j.claim.reason]


def test_what_is_missing_stands_beside_a_claim_that_cannot_be_told(section, judgements):
    untold = [j for j in judgements if j.outcome.verdict == "cannot be told"]
    assert untold
    folds = [part for part in section.blocks if isinstance(part, Fold)]
    cells = {cell for fold in folds for row in fold.table.rows for cell in row}
    assert all(j.outcome.missing in cells for j in untold)


def test_words_are_escaped_on_the_page(judgements):
    hostile = replace(judgements[0].claim, statement="<script>alert(1)</script>")
    bad = claims_section([replace(judgements[0], claim=hostile)])
    html = set_page(title="", heading="", answer="", made="", sections=(bad,))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_terminal_table_shows_markup_as_it_is(judgements):
    hostile = replace(judgements[0].claim, statement="[bold]resistance[/bold] in [ohm]")
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(claims_terminal([replace(judgements[0], claim=hostile)]))
    assert "[bold]" in console.export_text()


def test_one_claim_in_full(judgements):
    text = claim_text(next(j for j in judgements if j.claim.id == "too_thick"))
    assert "too_thick: The membrane is thinner than 20 um" in text
    assert "printed   thickness 41 um; limit 20 um" in text
    assert "compared  thickness < limit" in text
    assert "verdict   does not hold" in text
    text = claim_text(next(j for j in judgements if j.claim.id == "polymers_higher"))
    assert "rows      liquid {interface_class=LE/SE & ion=Li}; polymer {" in text


def test_figure_has_a_point_for_every_energy(frozen):
    found = activation_energies(frozen)
    figure = energies_figure(found)
    points = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert len(points) == len(found.energies)
    assert sorted(p.get_xdata()[0] for p in points) == pytest.approx(
        sorted(found.energies["ea_ev"])
    )


def test_activation_section_prints_no_interval_where_there_is_none(frozen):
    section = activation_section(activation_energies(frozen))
    groups = next(part for part in section.blocks if isinstance(part, Table))
    by_name = {row[0]: row for row in groups.rows}
    assert by_name["LE/SE Na"][2] == "–"
    assert " to " in by_name["PE/SE Li"][2]


def test_without_energies_the_section_says_so(frozen):
    none = frozen.records[frozen.records["quantity"] == "capacitance_per_area"]
    assert len(none)
    section = activation_section(
        activation_energies(replace(frozen, tables={**frozen.tables, "records": none}))
    )
    assert [part.text for part in section.blocks] == ["No energies of contacts."]


def test_command_shows_one_claim_and_names_near_ones(frozen_root):
    runner = CliRunner()
    shown = runner.invoke(app, ["claims", "--id", "packing", "--root", str(frozen_root)])
    assert shown.exit_code == 0
    assert "close_packing() 74.05" in shown.output
    wrong = runner.invoke(app, ["claims", "--id", "packin", "--root", str(frozen_root)])
    assert wrong.exit_code == 1
    assert "did you mean packing" in str(wrong.exception)


def test_command_writes_csv(frozen_root):
    given = ["--id", "packing", "--format", "csv", "--root", str(frozen_root)]
    shown = CliRunner().invoke(app, ["claims", *given])
    head, row, *rest = shown.output.splitlines()
    assert head.startswith(
        "id,work,place,statement,kind,comparison,margin,computed,verdict,df,note,missing"
    )
    assert row.startswith("packing,")
    assert not rest


def test_command_filters_by_work_and_verdict_and_writes_json(frozen_root):
    given = ["--verdict", "does-not-hold", "--format", "json", "--root", str(frozen_root)]
    shown = CliRunner().invoke(app, ["claims", *given])
    assert [row["id"] for row in json.loads(shown.output)["result"]["claims"]] == ["too_thick"]
    given = ["--work", "sang_undated", "--format", "json", "--root", str(frozen_root)]
    (row,) = json.loads(CliRunner().invoke(app, ["claims", *given]).output)["result"]["claims"]
    assert row["verdict"] == "reproduced"
    assert row["computed"]["close_packing()"] == pytest.approx(74.048, abs=1e-3)
    wrong = CliRunner().invoke(app, ["claims", "--work", "sang", "--root", str(frozen_root)])
    assert wrong.exit_code == 1
    assert "no work is named 'sang'" in str(wrong.exception)
