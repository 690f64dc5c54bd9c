"""Rules of the table of published claims, held by its reader in :mod:`metastudy.tables.claims`."""

from __future__ import annotations

from metastudy.corpus.rules.rule import error

CLAIM_CELL = error(
    "claim-cell",
    reason="A claim is computed from its cells, so each must be readable.",
    good="terms: a=noi_2018_nasicon.002; b=16 ohm cm2, comparison: a = b",
    bad="terms: a: about 16, comparison: a is b",
)
CLAIM_WORD = error(
    "claim-word",
    reason="A selection by an unknown column or word selects nothing, for ever.",
    good="{interface_class=LE/SE & family=NASICON}",
    bad="{class=LE/SE & family=NASICONN}",
)
CLAIM_RECORD = error(
    "claim-record",
    reason="A claim on a record that does not exist can never be told.",
    good="noi_2018_nasicon.002, which is a record of the dataset",
    bad="noi_2018_nasicon.999",
)
CLAIM_KIND = error(
    "claim-kind",
    reason="What a verdict needs differs with the kind: equality has a margin.",
    good="kind equality, margin 0.1 eV",
    bad="kind equality without a margin; a kind beside a reason why none can be",
)
CLAIM_TWICE = error(
    "claim-twice",
    reason="A claim is asked for by its id.",
    good="Each id once",
    bad="Two rows named packing",
)
