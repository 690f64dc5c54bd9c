"""What readers could add: works without a name, works that are wanted, claims that are open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from metastudy.answers.claims.judging import Judgement
from metastudy.answers.claims.verdict import Verdict
from metastudy.corpus.work_name import work_name
from metastudy.pages.sections.wanted import read_wanted
from metastudy.tables.dataset import Dataset


def help_us(data: Dataset, judgements: Iterable[Judgement]) -> dict[str, list[dict[str, Any]]]:
    """Return ``unidentified`` works, ``wanted`` works and open ``claims``.

    An installed package has no list of wanted works; then it is empty.
    """
    return {
        "unidentified": _unidentified(data),
        "wanted": read_wanted(),
        "claims": [
            {
                "id": j.claim.id,
                "work": j.claim.work,
                "statement": j.claim.statement,
                "missing": j.outcome.missing,
                "records": list(j.records),
            }
            for j in judgements
            if j.outcome.verdict is Verdict.CANNOT_BE_TOLD
        ],
    }


def _unidentified(data: Dataset) -> list[dict[str, Any]]:
    works = data.studies[data.studies["kind"] == "unidentified"]
    return [
        {"study_id": row["study_id"], "name": work_name(row["study_id"]), "title": row["title"]}
        for row in works.to_dict("records")
    ]
