"""The table of claims as it is read: numbers, terms, comparisons, and faults with their place."""

import ast

import pytest
from typer.testing import CliRunner

from metastudy.answers.claims.functions import FUNCTIONS
from metastudy.answers.claims.judging import chosen
from metastudy.cli import app
from metastudy.tables import claim_terms
from metastudy.tables.claim_terms import TermError, parse_comparisons, parse_number, parse_terms
from metastudy.tables.claims import ClaimError, read_claims
from tests.answers.claims.planted import claims_of, made_up
from tests.corpus.seeding import lay_out


def none(spelling):
    return None


@pytest.mark.parametrize(
    ("text", "value", "half_width"),
    [
        ("16.7 um", 16.7e-4, 0.05e-4),
        ("~640 Wh L-1", 640.0, 12.8),  # 2 % is wider than the last digit
        ("~5", 5.0, 0.5),  # and here it is not
        ("5.1e-4 S cm-1", 5.1e-4, 5e-6),
        ("74 percent", 0.74, 0.005),
        ("0.7 +- 0.1 eV", 0.7, 0.196),
    ],
)
def test_a_number_has_the_width_of_its_print(text, value, half_width):
    number = parse_number(text, none)
    assert number.value == pytest.approx(value)
    assert number.half_width == pytest.approx(half_width)


def test_a_given_number_is_exact_and_is_shown_in_its_unit():
    number = parse_number("50 mV", none, exact=True)
    assert (number.value, number.half_width) == (pytest.approx(0.05), 0.0)
    assert number.as_printed(0.1) == pytest.approx(100.0)


def test_a_range_is_two_comparisons():
    terms = parse_terms("low=1; x=2; high=3", none)
    first, second = parse_comparisons("low <= x < high", terms)
    assert (str(first), str(second)) == ("low <= x", "x < high")
    assert isinstance(first.left, ast.Name)


@pytest.mark.parametrize(
    ("terms", "comparison", "message"),
    [
        ("a=fifty", "", "'fifty' is no number; write 41 um"),
        ("a=1 mVolt", "", "'mVolt' is no unit"),
        ("a", "", "'a' is no name=source"),
        ("a=1; a=2", "", "the name 'a' is taken"),
        ("ln=1", "", "the name 'ln' is taken"),
        ("a={ion=Li", "", "is not closed"),
        ("a={ion}", "", "'ion' is no condition"),
        ("a={year<new}", "", "'year<new' compares with no number"),
        ("a=1", "a", "'a' is no comparison"),
        ("a=1", "a <", "'a <' is no comparison"),
        ("a=1", "a in a", "'a in a' is no comparison"),
        ("a=1", "a < b", "no term is named 'b'; the terms are a"),
        ("a=1", "a.real < 1", "'a.real' is no arithmetic"),
        ("a=1", "exec(a) < 1", "'exec' is no function"),
        ("a=1", "__import__('os') < a", "'__import__' is no function"),
        ("a=1", "ln(a, a) < 1", "ln takes 1 numbers, not 2"),
        ("a={ion=Li}", "a + 1 < 2", "'a' are rows"),
        ("a=1", "slope(a, year) > 0", "slope takes rows, and a column"),
        ("a={ion=Li}", "every(a, year) > 0", "every takes rows"),
    ],
)
def test_what_cannot_be_read_is_refused(terms, comparison, message):
    with pytest.raises(TermError, match=message.replace("(", r"\(").replace("+", r"\+")):
        parse_comparisons(comparison, parse_terms(terms, none))


def test_every_function_is_computed():
    assert FUNCTIONS.keys() == claim_terms.FUNCTIONS.keys()


def test_a_fault_is_named_with_its_line_and_column(tmp_path):
    row = made_up(kind="order", terms="a=1 um", comparison="a < b")
    with pytest.raises(ClaimError, match=r"data/claims.csv:3:\d+ claim-cell no term is named 'b'"):
        claims_of(tmp_path, made_up(id="good", reason="Advice."), row)


def test_a_root_without_claims_says_so(tmp_path):
    root = lay_out(tmp_path / "root")
    (root / "data" / "claims.csv").unlink()
    with pytest.raises(ClaimError, match="the data root holds no claims"):
        read_claims(root)
    done = CliRunner().invoke(app, ["claims", "--root", str(root)])
    assert done.exit_code == 1


def test_claims_are_chosen_by_id_and_work(frozen_root):
    claims = read_claims(frozen_root)
    assert [c.id for c in chosen(claims, works=["wu_2016"])] == ["too_thick"]
    assert [c.id for c in chosen(claims, ["packing"])] == ["packing"]
    with pytest.raises(ClaimError, match="no claim is named 'packin'; did you mean packing"):
        chosen(claims, ["packin"])
    with pytest.raises(ClaimError, match="no work is named 'wu_2017'; did you mean wu_2016"):
        chosen(claims, works=["wu_2017"])


def test_a_new_claim_needs_no_line_of_python(tmp_path):
    root = lay_out(tmp_path / "root")
    path = root / "data" / "claims.csv"
    row = 'my_claim,li_2020,page 1,"Thirty is less than forty.",order,,a=30 um; b=40 um,a < b,,,,\n'
    path.write_text(path.read_text(encoding="utf-8") + row, encoding="utf-8")
    given = ["claims", "--root", str(root), "--id", "my_claim", "--format", "csv"]
    done = CliRunner().invoke(app, given)
    assert done.exit_code == 0
    head, line = done.output.splitlines()
    cells = dict(zip(head.split(","), line.split(","), strict=False))
    assert cells["id"] == "my_claim"
    assert ",holds," in line
    assert "Li et al. 2020" in line
