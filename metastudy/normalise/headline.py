"""Which observations the headline takes, and every reason why it does not take the others.

It takes one row of each sample of a reference arm, in the phase of the reference state. Contacts of
a liquid grow a layer for days, so theirs is the state nearest 100 h; other contacts take the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from metastudy.normalise.observation import Observation

# Above this standard deviation (dex) of the temperature terms an observation is sensitivity only.
TEMPERATURE_LIMIT_DEX = 0.2
AGE_OF_A_LAYER_H = 100.0
# In these states the cell did more than wait.
HANDLED = frozenset({"remelted", "cycled", "pressed", "biased"})


def left_out_reasons(observations: Sequence[Observation]) -> dict[str, tuple[str, ...]]:
    """Return all reasons of each observation by its id, in fixed order; none for a headline row.

    The order is treated, other_phase, temperature_uncertain, other_state. Of the states of a sample
    the one of lowest rank is taken among those that nothing but the treatment keeps out; where
    there is none, the one of lowest rank of all.
    """
    samples: dict[tuple[str, str], list[Observation]] = {}
    for o in observations:
        samples.setdefault((o.study.id, o.sample.id), []).append(o)
    reasons = {}
    for states in samples.values():
        found = {o.id: tuple(_own_reasons(o)) for o in states}
        ready = [o for o in states if not set(found[o.id]) - {"treated"}]
        taken = min(ready or states, key=rank)
        for o in states:
            reasons[o.id] = found[o.id] if o is taken else (*found[o.id], "other_state")
    return reasons


def _own_reasons(o: Observation) -> Iterator[str]:
    """Yield the reasons that an observation has by itself."""
    if o.preparation.arm == "treated":
        yield "treated"
    if o.phase != o.reference_phase:
        yield "other_phase"
    if o.temperature_sd > TEMPERATURE_LIMIT_DEX:
        yield "temperature_uncertain"


def rank(o: Observation) -> tuple[bool, bool, float, int]:
    """Return what ranks the states of a sample, smallest first: LE/SE by age, others by order."""
    position = -1 if o.state is None else list(o.study.states).index(o.state.id)
    if o.contact.interface_class != "LE/SE":
        return False, False, 0.0, position
    handled = o.state is not None and o.state.kind in HANDLED
    away = 0.0 if o.age_h is None else abs(o.age_h - AGE_OF_A_LAYER_H)
    return handled, o.age_h is None, away, position
