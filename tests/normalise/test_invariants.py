"""What must hold for any literature: of the frozen data, of it with edits, and of today's data."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metastudy.normalise.budget import covariance_entries
from metastudy.normalise.exclusions import SWITCHES
from metastudy.normalise.observations import normalise
from tests.studies import covariance

SCOPES = {"row", "sample", "preparation", "cell design", "study", "class"}


def assert_nothing_vanishes(corpus, result):
    """Every row stands in one observation or is excluded once, with a word of the vocabulary."""
    rows = [m.record_id for study in corpus.studies.values() for m in study.measurements]
    rows += [m.record_id for study in corpus.studies.values() for _, m in study.refit_rows()]
    derived = [row for row in result.rows if row.derived_from]
    assert {name for row in derived for name in row.derived_from} <= set(rows)
    rows += [row.id for row in derived]
    used = [record for o in result.observations for record in o.records]
    excluded = [e.record_id for e in result.excluded]
    assert Counter(used + excluded) == Counter(rows)
    words = corpus.vocabulary["reason"]
    assert {e.reason for e in result.excluded} <= set(words)
    assert {word for o in result.observations for word in o.left_out} <= set(words)


def assert_sound(result):
    """Observations are finite, ordered, and their V is a covariance."""
    for o in result.observations:
        assert (o.y is None) == (o.censoring != "exact")
        ends = [end for end in (o.lo, o.hi) if end is not None]
        assert ends
        assert all(math.isfinite(value) for value in (*ends, o.variance, o.measured_log10))
        assert ends == sorted(ends)
        assert {t.scope for t in o.terms} <= SCOPES
        keys = [(t.name, t.key) for t in o.terms]
        assert len(keys) == len(set(keys))
        if o.y is not None:
            assert o.lo == o.hi == o.y


LEAVE_OUT = pytest.mark.parametrize(
    "leave_out", [[], *([word] for word in SWITCHES), list(SWITCHES)]
)


def hold_nothing_vanishes(corpus, leave_out):
    result = normalise(corpus, leave_out=leave_out)
    assert_nothing_vanishes(corpus, result)
    assert_sound(result)
    if not leave_out:
        assert not any(e.stage == "switch" for e in result.excluded)


@LEAVE_OUT
def test_nothing_vanishes(frozen_corpus, leave_out):
    hold_nothing_vanishes(frozen_corpus, leave_out)


@pytest.mark.data
@LEAVE_OUT
def test_nothing_of_todays_data_vanishes(todays_corpus, leave_out):
    hold_nothing_vanishes(todays_corpus, leave_out)


def hold_covariance_entries_add_up_to_v(result):
    """The artefact, entry by entry, against the definition over pairs of terms."""
    ids, V = covariance(result)
    summed = np.zeros((len(ids), len(ids)))
    seen = set()
    assert [o.id for o in result.observations] == ids
    entries = covariance_entries([o.terms for o in result.observations])
    for i, j, label, value in zip(entries.i, entries.j, entries.label, entries.value, strict=True):
        assert i <= j
        term, _ = entries.labels[label]
        assert (i, j, term) not in seen
        seen.add((i, j, term))
        summed[i, j] += value
        summed[j, i] += value * (i != j)
    expected = np.array([[V[a, b] for b in ids] for a in ids])
    np.testing.assert_allclose(summed, expected, rtol=1e-12, atol=1e-18)
    assert np.linalg.eigvalsh(expected).min() > -1e-12


def test_covariance_entries_add_up_to_v(frozen_corpus):
    hold_covariance_entries_add_up_to_v(normalise(frozen_corpus))


@pytest.mark.data
def test_covariance_entries_of_todays_data_add_up_to_v(todays_corpus):
    hold_covariance_entries_add_up_to_v(normalise(todays_corpus))


def test_treated_arms_stand_in_the_treatments_and_not_in_the_scatter(frozen_corpus):
    """80 / 40 / 16 / 5 ohm cm2 of one work: one reference arm, three treatments."""
    arms = {
        round(10.0**o.measured_log10): o.left_out
        for o in normalise(frozen_corpus).observations
        if o.study.id == "simulated_2001_treatments"
        and o.censoring == "exact"
        and o.temperature_c == 70
    }
    assert arms == {80: (), 40: ("treated",), 16: ("treated",), 5: ("treated",)}


def test_a_reading_below_the_melting_point_is_of_the_other_phase(frozen_corpus):
    observations = {o.id: o for o in normalise(frozen_corpus).observations}
    o = observations["simulated_2001_treatments.fresh_pristine.fresh"]
    assert (o.temperature_c, 10.0**o.measured_log10) == (30.0, pytest.approx(4000.0))
    assert o.left_out == ("other_phase",)


def test_a_value_of_one_contact_is_not_divided(frozen_corpus):
    """22.3 ohm cm2 of one of two contacts at 22 degC, moved to 25 degC with 45 kJ/mol."""
    observations = normalise(frozen_corpus).observations
    (o,) = [o for o in observations if o.study.id == "probe_2021_solid"]
    moved = 45_000 / 8.314462618 * (1 / 298.15 - 1 / 295.15)
    assert 10.0**o.y == pytest.approx(22.3 * math.exp(moved))
    assert o.coverage_known
    assert not [t for t in o.terms if t.name == "interfaces"]


WORDS = {
    "role": ["interface", "bound", "kinetic", "normaliser", "relative", "difference"],
    "component": [
        "total",
        "interphase",
        "charge_transfer",
        "interface+gb",
        "whole_cell",
        "unknown",
    ],
    "qualifier": ["exact", "approx", "lt", "le", "gt", "ge", "not_detected"],
    "value_covers": ["one", "all", "unknown", "not_applicable"],
    "temperature_text": ["", "25", "60", "-40", "150", "room temperature", "not stated"],
    "basis": ["text", "table", "figure_eye", "calculated", "secondary"],
    "evaluation": ["joint_fit", "arrhenius_fit", "model", "total"],
    "ea_form": ["", "ln_r", "ln_r_over_t", "unknown"],
    "value_text": ["0", "1e-9", "5", "64", "3.4", "1.5 10^7"],
    "reading_error": ["", "0.1", "2 10^3"],
    "n": ["", "1", "7"],
    "n_of": ["", "samples", "repeats", "cells", "points"],
    "unc_kind": ["not_reported", "sd", "se", "ci", "range", "fit_se"],
    "unc_minus": ["", "0.1", "3"],
    "unc_level": ["", "0.95"],
    "range_text": ["", "20..50", "-10..95"],
}
EDIT = st.sampled_from(sorted(WORDS)).flatmap(
    lambda column: st.tuples(
        st.just(column), st.sampled_from(WORDS[column]), st.integers(0, 10_000)
    )
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edits=st.lists(EDIT, min_size=1, max_size=40))
def test_edited_rows_never_crash_and_never_vanish(frozen_corpus, edits):
    """Any allowed word in any resistance or energy row: still accounted for, still finite."""
    corpus = frozen_corpus
    studies = dict(corpus.studies)
    rows = [
        (study.id, index)
        for study in corpus.studies.values()
        for index, m in enumerate(study.measurements)
        if m.quantity in ("area_specific_resistance", "resistance", "activation_energy")
    ]
    for column, word, pick in edits:
        name, index = rows[pick % len(rows)]
        measurements = list(studies[name].measurements)
        measurements[index] = replace(measurements[index], **{column: word})
        studies[name] = replace(studies[name], measurements=tuple(measurements))
    edited = replace(corpus, studies=studies, corrections={})
    result = normalise(edited)
    assert_nothing_vanishes(edited, result)
    assert_sound(result)
