"""The table of claims: its shape, its references, and what it says of a faulty row."""

from collections import Counter

import pytest

from metastudy.answers.claims import cells_and_composites, heteroionic, polymer_contact
from metastudy.answers.claims.claim import COLUMNS, REASONS, ClaimError, claims_of, read_claims
from metastudy.answers.claims.judging import trial_of

HEAD = ",".join(COLUMNS)
GOOD = "a_claim,wu_2016,section 3,Words.,recomputed,drop=50 mV,thickness=16.7 um,,"


def table(*rows):
    return "\n".join([HEAD, *rows]) + "\n"


@pytest.fixture(scope="module")
def claims():
    return read_claims()


@pytest.mark.data
def test_every_record_is_in_the_dataset(claims, todays_data):
    known = set(todays_data.records["record_id"])
    named = {record for claim in claims for record in claim.records.values()}
    assert named
    assert named <= known


def test_every_claim_has_a_test_or_a_reason_and_no_test_lacks_a_claim(claims):
    tested = [claim.id for claim in claims if not claim.why_not]
    assert all(callable(trial_of(claim)) for claim in claims if not claim.why_not)
    written = [
        name
        for room in (polymer_contact, heteroionic, cells_and_composites)
        for name, thing in vars(room).items()
        if callable(thing) and not name.startswith("_") and thing.__module__ == room.__name__
    ]
    assert Counter(written) == Counter(tested)
    assert {claim.why_not for claim in claims if claim.why_not} == set(REASONS)


def test_a_recomputed_claim_has_a_number_to_meet(claims):
    assert all(claim.printed for claim in claims if claim.kind == "recomputed")


def test_a_number_has_the_tolerance_of_its_print():
    (claim,) = claims_of(
        table("a,wu_2016,s,W.,recomputed,,p=16.7 um; q=~640 Wh L-1; r=5.1e-4 S cm-1; s=~5,,"), "t"
    )
    plain, about, small, low = claim.printed.values()
    assert plain.agrees(16.65)
    assert not plain.agrees(16.64)
    assert about.tolerance == pytest.approx(12.8)
    assert small.half_digit == pytest.approx(5e-6)
    assert low.tolerance == 0.5  # of a small number the last digit is wider than two percent
    assert low.unit == "1"


def test_a_unit_is_read_into_its_canonical_one():
    (claim,) = claims_of(table(GOOD), "t")
    assert claim.inputs["drop"].canonical == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["a,b"], r"t:2 a claim has 9 cells, this row has not"),
        ([GOOD, GOOD], r"t:3 id 'a_claim' is there twice; give each claim its own"),
        ([GOOD.replace("wu_2016", "wu")], r"t:2 work: 'wu' is not one of"),
        ([GOOD.replace("recomputed", "")], r"t:2 kind and why_not: .* is not valid under any"),
        ([GOOD + "circular"], r"t:2 kind and why_not: .* is not valid under any"),
        ([GOOD.replace("50 mV", "fifty mV")], r"t:2 inputs: 'fifty mV' is no number; write 41 um"),
        ([GOOD.replace("mV", "mVolt")], r"t:2 inputs: no unit is spelt 'mVolt'; near are .*mV"),
        ([GOOD.replace("drop=", "")], r"t:2 inputs: '50 mV' is no new name=value; write a=1 um"),
        ([GOOD[:-1] + "a=b,"], r"t:2 records: 'a=b' does not match"),
    ],
)
def test_a_fault_is_named_with_its_line_and_column(rows, message):
    with pytest.raises(ClaimError, match=message):
        claims_of(table(*rows), "t")


def test_other_columns_are_refused():
    with pytest.raises(ClaimError, match="t:1 the columns must be id, work, place"):
        claims_of("id,work\n", "t")
