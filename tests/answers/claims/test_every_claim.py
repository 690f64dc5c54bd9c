"""Every claim of the dataset: planted data turn its verdict both ways, or it says why not."""

from collections import Counter

import numpy as np
import pytest

from metastudy.answers.claims.judging import judge
from metastudy.tables.claim_terms import RowsTerm
from metastudy.tables.claims import read_claims
from metastudy.tables.loading import load
from tests.answers.claims.planted import Planted, plans_of, verdict, with_numbers
from tests.corpus.seeding import REPOSITORY

pytestmark = pytest.mark.data

FOR, AGAINST = {"holds", "reproduced"}, {"does not hold"}
# How often numbers are drawn before a claim counts as fixed.
TRIALS = 3000
MOST_FIXED = 15


@pytest.fixture(scope="module")
def judged(today, todays_data):
    claims = read_claims(today)
    return judge(todays_data, claims, lambda at: load(root=today, reference_c=at))


def real_numbers(claim, data):
    """Return the values of a claim's records and properties, where there are some."""
    values = data.records.set_index("record_id")[["value", "lo", "hi"]].mean(axis=1)
    records = {name: getattr(term, "record", None) for name, term in claim.terms.items()}
    found = {name: float(values[record]) for name, record in records.items() if record}
    return {name: value for name, value in found.items() if value > 0}


def verdicts_of_rows(claim):
    """Yield verdicts on planted rows."""
    rng = np.random.default_rng(2026)
    for plans in plans_of(claim):
        planted = Planted()
        for name, plan in plans.items():
            planted.plant_rows(name, claim.terms[name], plan, rng)
        yield verdict(claim, planted)


def verdicts_of_numbers(claim, data):
    """Yield verdicts on numbers drawn about the real ones."""
    rng, real = np.random.default_rng(2026), real_numbers(claim, data)
    for _ in range(TRIALS):
        yield verdict(*with_numbers(claim, rng, real))


def turns(verdicts):
    """Say whether both a verdict for and one against come."""
    found = set()
    for word in verdicts:
        found.add(word)
        if found & FOR and found & AGAINST:
            return True
    return False


@pytest.mark.parametrize("claim", read_claims(REPOSITORY), ids=lambda claim: claim.id)
def test_planted_data_turn_it_both_ways(claim, todays_data):
    if claim.reason:
        assert verdict(claim, Planted()) == "not tested"
        return
    of_rows = any(isinstance(term, RowsTerm) for term in claim.terms.values())
    assert turns(verdicts_of_rows(claim) if of_rows else verdicts_of_numbers(claim, todays_data))


def test_few_claims_keep_a_verdict_that_no_data_could_change(judged):
    assert sum(bool(j.claim.reason) for j in judged) <= MOST_FIXED


def test_what_cannot_be_told_says_what_is_missing(judged):
    untold = [j for j in judged if j.outcome.verdict == "cannot be told"]
    assert [j.claim.id for j in untold if not j.outcome.missing] == []


def test_no_interval_below_four_degrees_of_freedom(judged):
    single = [j for j in judged if len(j.claim.comparisons) == 1]
    with_interval = [j for j in single if any(", lower" in name for name in j.outcome.values)]
    assert with_interval
    assert [j.claim.id for j in with_interval if j.outcome.df < 4] == []


def test_ids_and_works(judged):
    assert max(Counter(j.claim.id for j in judged).values()) == 1
    assert all(j.claim.work_name != j.claim.work for j in judged)
