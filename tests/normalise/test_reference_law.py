"""Each observation as a law of the reference temperature, against normalising anew."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from metastudy.corpus.corpus import Corpus
from metastudy.normalise.observations import normalise, prepare
from metastudy.normalise.reference_law import HIGHEST_C, LOWEST_C, Segment, segments

BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K = 8.617333262e-5, 273.15
CLASSES = ("LE/SE", "PE/SE", "SE/SE")


@pytest.fixture(scope="module")
def laws(frozen_corpus: Corpus) -> dict[str, list[Segment]]:
    """Return the segments of every observation by its id."""
    prepared = prepare(frozen_corpus)
    return {
        ".".join(key).rstrip("."): segments(prepared, key, frozen_corpus.vocabulary)
        for key in prepared.chosen
    }


def segment_at(found: list[Segment], at_c: float) -> Segment:
    return [s for s in found if s.start_c < at_c or (s.start_c == at_c and s.included)][-1]


def test_segments_begin_at_the_lowest_temperature_and_neighbours_differ(
    laws: dict[str, list[Segment]],
) -> None:
    for found in laws.values():
        starts = [(s.start_c, not s.included) for s in found]
        assert starts[0] == (LOWEST_C, False)
        assert starts == sorted(set(starts))
        assert not any(a.law.same(b.law) for a, b in pairwise(found))


def test_the_formula_gives_what_normalising_anew_gives(
    frozen_corpus: Corpus, laws: dict[str, list[Segment]]
) -> None:
    for at_c in np.random.default_rng(11).uniform(LOWEST_C, HIGHEST_C, 6).round(3):
        at = float(at_c)
        anew = normalise(frozen_corpus, dict.fromkeys(CLASSES, at)).observations
        assert {o.id for o in anew} == set(laws)
        for o in anew:
            law = segment_at(laws[o.id], at).law
            t, start = at + ZERO_CELSIUS_K, law.from_k
            move = law.form * math.log10(t / start)
            move += law.ea_ev * (1 / t - 1 / start) / (BOLTZMANN_EV_PER_K * math.log(10))
            for end, wanted in ((law.lo, o.lo), (law.hi, o.hi)):
                assert (end is None) == (wanted is None), o.id
                if end is not None:
                    assert end + move == pytest.approx(wanted, abs=1e-9), o.id


def test_a_row_of_the_other_phase_has_no_move(laws: dict[str, list[Segment]]) -> None:
    fixed = [s.law for found in laws.values() for s in found if s.law.kind == "fixed"]
    assert fixed
    for law in fixed:
        assert (law.ea_ev, law.form) == (0, 0)
        assert law.observation is not None
        assert law.observation.reference_c == law.observation.temperature_c
