"""What ``metastudy extract`` finds in papers that were read by hand.

``python benchmarks/bench_extract.py DIR`` reads pairs in a folder: ``NAME.txt`` or ``NAME.pdf``,
and ``NAME.csv`` with the rows that were read in it (the columns quantity, value_text, upper_text
and unit_text of measurements.csv). Papers are not part of this repository.

Goals: at least 0.8 of the rows are proposed; at most four proposals a row; and in no proposal
does a digit, a sign or a unit differ from the sentence that it quotes.
"""

from __future__ import annotations

import csv
import re
import sys
import unicodedata
from pathlib import Path

from metastudy.contribute.extract.paper_text import read_paper
from metastudy.contribute.extract.proposals import Proposal, proposals
from metastudy.corpus.corpus import default_root
from metastudy.corpus.study import number
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.corpus.words import vocabulary_with_words

RECALL, SURPLUS = 0.8, 4.0


def is_found(row: dict[str, str], found: list[Proposal], vocabulary: Vocabulary) -> bool:
    """Say whether a proposal has number, quantity and unit of a row; the unit may be left open."""
    return any(
        number(proposal.cells["value_text"]) == number(row["value_text"])
        and proposal.cells.get("upper_text", "") == row.get("upper_text", "")
        and proposal.cells["quantity"] == row["quantity"]
        and (
            not proposal.cells["unit_text"]
            or vocabulary.unit_of(proposal.cells["unit_text"])
            == vocabulary.unit_of(row["unit_text"])
        )
        for proposal in found
    )


def is_faithful(proposal: Proposal) -> bool:
    """Say whether digits, signs and unit of a proposal stand so in its sentence."""
    cells, printed = proposal.cells, proposal.printed
    if printed not in proposal.sentence:
        return False
    if cells.get("notes", "").startswith("Printed in words"):
        return True
    numbers = [cells.get(name, "") for name in ("value_text", "upper_text", "unc_plus")]
    unit = cells["unit_text"]
    return (
        all(digits(text) in digits(printed) for text in numbers)
        and all(("-" in signs(text)) <= ("-" in signs(printed)) for text in numbers)
        and (unit in printed or unit in ("EO:Li", "") or unit.startswith(("percent", "factor")))
    )


def digits(text: str) -> str:
    """Return the digits of a text, raised ones too; 1e-7 is a spelling of a bare power of ten."""
    text = re.sub(r"^1e", "10^", text)
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isdigit())


def signs(text: str) -> str:
    """Return a text with one sign for minus."""
    return text.replace("−", "-").replace("⁻", "-").replace("–", "-")


def main(folder: Path) -> int:
    """Print a line a paper and the totals; 1 where a goal is missed."""
    vocabulary = vocabulary_with_words(default_root() / "data")
    rows_all = proposed = hit = 0
    unfaithful: list[Proposal] = []
    for table in sorted(folder.glob("*.csv")):
        papers = [p for p in (table.with_suffix(s) for s in (".txt", ".pdf")) if p.exists()]
        if not papers:
            sys.exit(f"{table}: no .txt or .pdf beside it")
        with table.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        found = proposals(read_paper(papers[0]), vocabulary)
        hits = [row for row in rows if is_found(row, found, vocabulary)]
        wrong = [proposal for proposal in found if not is_faithful(proposal)]
        print(f"{table.stem}: {len(hits)} of {len(rows)} rows, {len(found)} proposals")
        for row in rows:
            if row not in hits:
                print(f"  not found: {row['quantity']} {row['value_text']} {row['unit_text']}")
        for proposal in wrong:
            print(f"  changed: {proposal.printed!r} became {proposal.cells}")
        rows_all, proposed, hit = rows_all + len(rows), proposed + len(found), hit + len(hits)
        unfaithful += wrong
    if not rows_all:
        sys.exit(f"{folder}: holds no table with rows")
    recall, surplus = hit / rows_all, proposed / rows_all
    print(f"recall {recall:.2f} (goal {RECALL}), proposals a row {surplus:.1f} (goal {SURPLUS:g})")
    print(f"changed digits, signs or units: {len(unfaithful)} (goal 0)")
    return int(recall < RECALL or surplus > SURPLUS or bool(unfaithful))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("bench_extract needs a folder of papers; see its first lines. Nothing was measured.")
        sys.exit(0)
    sys.exit(main(Path(sys.argv[1])))
