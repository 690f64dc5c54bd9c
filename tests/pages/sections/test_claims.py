"""The claims and activation energies on the page and on the terminal."""

import io
from dataclasses import replace

import pytest
from rich.console import Console
from typer.testing import CliRunner

from metastudy.answers.activation import activation_energies
from metastudy.answers.claims.claim import REASONS, WORKS
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
from tests.answers.printed_records import with_printed_records


@pytest.fixture(scope="module")
def data(frozen):
    return with_printed_records(frozen)


@pytest.fixture(scope="module")
def judgements(data):
    return judge(data)


@pytest.fixture(scope="module")
def section(judgements):
    return claims_section(judgements)


def test_every_claim_stands_in_one_fold(section, judgements):
    folds = [part for part in section.blocks if isinstance(part, Fold)]
    cells = [row[-1] for fold in folds for row in fold.table.rows]
    assert len(cells) == len(judgements)
    for j in judgements:
        assert any(cell.startswith(j.claim.claim) for cell in cells)


def test_counts_by_work_add_up(section, judgements):
    counts = next(part for part in section.blocks if isinstance(part, Table))
    assert len(counts.rows) == len(WORKS)
    assert sum(int(cell) for row in counts.rows for cell in row[1:]) == len(judgements)


def test_what_fails_is_shown_unfolded(section, judgements):
    failing = [part for part in section.blocks if isinstance(part, Table)][1]
    expected = [j for j in judgements if j.outcome.verdict == "does not hold"]
    assert len(failing.rows) == len(expected)
    assert any("Mangani et al. 2024, Conclusion; Table 2" in row[-1] for row in failing.rows)


def test_untested_claims_stand_under_their_reason(section):
    untested = [part for part in section.blocks if isinstance(part, Fold)][-1].table
    reasons = [row[0] for row in untested.rows]
    assert list(dict.fromkeys(reasons)) == list(REASONS.values())


def test_words_are_escaped_on_the_page(judgements):
    hostile = replace(judgements[0].claim, claim="<script>alert(1)</script>")
    bad = claims_section([replace(judgements[0], claim=hostile)])
    html = set_page(title="", heading="", answer="", made="", sections=(bad,))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_terminal_table_shows_markup_as_it_is(judgements):
    hostile = replace(judgements[0].claim, claim="[bold]resistance[/bold] in [ohm]")
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(claims_terminal([replace(judgements[0], claim=hostile)]))
    assert "[bold]" in console.export_text()


def test_one_claim_in_full(judgements):
    text = claim_text(next(j for j in judgements if j.claim.id == "ohmic_limit"))
    assert "ohmic_limit: The solid electrolyte must be thinner" in text
    assert "drop 50 mV" in text
    assert "thickness 16.67" in text
    assert "reproduced" in text


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
    assert "filled 74.05; pores 25.95" in shown.output
    wrong = runner.invoke(app, ["claims", "--id", "packin", "--root", str(frozen_root)])
    assert wrong.exit_code == 1
    assert "did you mean packing" in str(wrong.exception)


def test_command_writes_csv(frozen_root):
    given = ["--id", "packing", "--format", "csv", "--root", str(frozen_root)]
    shown = CliRunner().invoke(app, ["claims", *given])
    head, row, *rest = shown.output.splitlines()
    assert head.startswith("id,work,place,claim,kind,computed,verdict,df")
    assert row.startswith("packing,")
    assert not rest
