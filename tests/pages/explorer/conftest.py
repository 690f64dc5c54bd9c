import json
from typing import Any

import pytest

from metastudy.corpus.corpus import Corpus
from metastudy.pages.explorer.payload import Answers, as_json, payload
from metastudy.tables.dataset import Dataset


@pytest.fixture(scope="session")
def frozen_payload(frozen_corpus: Corpus, frozen: Dataset) -> dict[str, Any]:
    """Return what the page of the frozen dataset holds, as its script reads it."""
    found: dict[str, Any] = json.loads(as_json(payload(frozen_corpus, frozen, Answers())))
    return found
