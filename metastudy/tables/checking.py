"""The whole check: read a data root, run every rule, answer warnings by decisions.

Nothing is written anywhere. How a result is written is in
:mod:`metastudy.tables.findings`.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from metastudy.corpus.corpus import Corpus, default_root, read_corpus
from metastudy.corpus.decision import Decision
from metastudy.corpus.finding import Finding, Severity
from metastudy.corpus.rules.decisions import apply_decisions
from metastudy.corpus.rules.registry import run_rules
from metastudy.corpus.vocabulary import VocabularyError
from metastudy.errors import MetastudyError
from metastudy.tables.claims import claim_findings


class CallError(MetastudyError):
    """A call that names no data root, or a study that is not there."""


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    Attributes
    ----------
    findings
        Errors, and warnings that no decision answers, in the order of the files.
    answered
        Warnings, each with the decision that answers it.
    studies, records
        How many were read and checked.
    unread
        How many studies have a fault that keeps them from being read.
    """

    findings: tuple[Finding, ...]
    answered: tuple[tuple[Finding, Decision], ...]
    studies: int
    records: int
    unread: int = 0

    @property
    def errors(self) -> int:
        """Return the number of errors."""
        return sum(finding.severity is Severity.ERROR for finding in self.findings)

    @property
    def status(self) -> int:
        """Return the exit status: 0 where nothing is open, otherwise 1."""
        return 1 if self.findings else 0


def check_data(root: Path | None = None, studies: Sequence[str] = ()) -> CheckResult:
    """Check a data root, or some of its studies.

    Everything is read in either case, because ids, repeats and decisions reach across studies;
    with ``studies`` only their findings are returned.

    Parameters
    ----------
    root
        Folder that holds ``data/`` and ``schemas/``; the package's own data where None.
    studies
        Study ids, or paths of study folders.

    Raises
    ------
    CallError
        Where the root holds no data, or no study has such a name.
    """
    try:
        root = default_root() if root is None else root
        names = [_study_name(root, study) for study in studies]
        corpus = read_corpus(root)
    except VocabularyError as error:
        return CheckResult((error.finding,), (), 0, 0)
    except MetastudyError as error:
        raise CallError(str(error)) from None
    found, answered = apply_decisions(corpus, all_findings(corpus))
    read, unread = corpus.studies, corpus.unread
    if names:
        found = [finding for finding in found if _concerns(finding, names, corpus)]
        answered = [pair for pair in answered if _concerns(pair[0], names, corpus)]
        read = {name: study for name, study in read.items() if name in names}
        unread = unread & set(names)
    records = sum(len(study.measurements) + len(study.refits) for study in read.values())
    return CheckResult(tuple(found), tuple(answered), len(read), records, len(unread))


def all_findings(corpus: Corpus) -> list[Finding]:
    """Return the findings of every rule, refits evaluated again where there are any.

    The impedance engine is loaded only for that.
    """
    found = [*run_rules(corpus), *claim_findings(corpus)]
    if not any(study.refits for study in corpus.studies.values()):
        return _in_order(found)
    from metastudy.tables.recomputing import objective_findings

    found.extend(objective_findings(corpus, found))
    return _in_order(found)


def _in_order(found: list[Finding]) -> list[Finding]:
    return sorted(found, key=lambda finding: (finding.place, finding.rule, finding.records))


def _study_name(root: Path, study: str) -> str:
    """Return the folder name of a study given by id or path."""
    folder = root / "data" / "studies"
    known = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    name = study.rstrip("/").removeprefix("./").removeprefix("data/studies/")
    if known and name not in known:
        within = [other for other in known if name and name in other][:3]
        close = within or difflib.get_close_matches(name, known, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else f"the studies are in {folder}"
        raise CallError(f"no study is named {study!r}; {hint}")
    return name


def _concerns(finding: Finding, names: Sequence[str], corpus: Corpus) -> bool:
    """Say whether a finding is in one of the studies, or in a decision about them."""
    parts = finding.place.file.split("/")
    if parts[1] == "studies":
        return parts[2] in names
    stem = parts[-1].removesuffix(".yaml")
    records: tuple[str, ...] = ()
    if parts[1] == "decisions" and stem in corpus.decisions:
        records = corpus.decisions[stem].records
    elif parts[1] == "corrections" and stem in corpus.corrections:
        records = (corpus.corrections[stem].record,)
    return any(record.rpartition(".")[0] in names for record in records)
