"""Decisions answer warnings, corrections replace printed text; both lapse with what they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from metastudy.corpus.canonical import may_hold
from metastudy.corpus.corpus import Corpus
from metastudy.corpus.decision import Correction, Decision
from metastudy.corpus.finding import Finding, Severity
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.identity import IMPOSSIBLE_DATE, real_date
from metastudy.corpus.rules.references import near
from metastudy.corpus.rules.rule import error

DECISION_RECORD = error(
    "decision-record",
    reason="A decision about a record that does not exist decides nothing.",
    good="records: [noi_2018_nasicon.001]",
    bad="records: [noi_2018_nasicon.999]",
)
DECISION_STALE = error(
    "decision-stale",
    reason="A decision was taken on numbers; when they change it must be taken again.",
    good="rule, records and numbers as the finding prints them",
    bad="numbers of an older reading, or a rule that no longer finds anything there",
)
DECISION_TWICE = error(
    "decision-twice",
    reason="Two decisions on one finding can disagree.",
    good="One decision for each finding",
    bad="Two files with the same rule, records and numbers",
)
CORRECTION_RECORD = error(
    "correction-record",
    reason="A correction of a record that does not exist corrects nothing.",
    good="record: noi_2018_nasicon.001",
    bad="record: noi_2018_nasicon.999",
)
CORRECTION_EXPECT = error(
    "correction-expect",
    reason="A correction was made of one printed text; it must not fall on another.",
    good="expect: '0.7' where the cell holds 0.7",
    bad="expect: '0.7' where the cell holds 0.70",
)
CORRECTION_VALUE = error(
    "correction-value",
    reason="An override replaces the text, a withdrawal takes the row out.",
    good="action: override with a value that the column may hold",
    bad="action: override without value, or withdraw with one",
)

FindingKey = tuple[str, frozenset[str], frozenset[tuple[str, str]]]


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold decisions and corrections against the records they name."""
    known = dict.fromkeys([*checked.by_record, *(row.id for row in checked.refits)])
    for decision in checked.corpus.decisions.values():
        if not real_date(decision.date):
            message = f"the date {decision.date} is in no calendar."
            hint = "Write year-month-day."
            yield IMPOSSIBLE_DATE.at(decision.place, message, hint, decision.date)
        for record in decision.records:
            if record not in known and not checked.is_unread(record):
                message = f"the decision names {record}, which is no record."
                hint = near(record, known)
                yield DECISION_RECORD.at(decision.place, message, hint, record)
    for correction in checked.corpus.corrections.values():
        yield from _correction(correction, checked)


def _correction(correction: Correction, checked: CheckedRows) -> Iterator[Finding]:
    place = correction.place
    if checked.is_unread(correction.record):
        return
    if correction.record not in checked.by_record:
        message = f"the correction names {correction.record}, which is no record."
        hint = near(correction.record, checked.by_record)
        yield CORRECTION_RECORD.at(place, message, hint, correction.record)
        return
    row = checked.by_record[correction.record]
    printed = getattr(row.printed, correction.column)
    if printed != correction.expect:
        message = (
            f"the correction expects {correction.expect!r} in {correction.column} of "
            f"{correction.record}, which holds {printed!r}."
        )
        hint = "Read the source again; then mend the correction or remove it."
        yield CORRECTION_EXPECT.at(place, message, hint, correction.expect)
    if (correction.action == "override") != bool(correction.value):
        given = f"value {correction.value!r}" if correction.value else "no value"
        message = f"the action is {correction.action} with {given}."
        hint = "override needs a value, withdraw has none."
        yield CORRECTION_VALUE.at(place, message, hint, correction.value)
    elif correction.value and not may_hold(correction, checked.vocabulary):
        message = f"{correction.column} cannot hold {correction.value!r}."
        hint = "Type a number, or a word of the column's vocabulary."
        yield CORRECTION_VALUE.at(place, message, hint, correction.value)


def apply_decisions(
    corpus: Corpus, found: Sequence[Finding]
) -> tuple[list[Finding], list[tuple[Finding, Decision]]]:
    """Part the findings into open ones and those that a decision answers.

    A decision answers the one warning that has its rule, its records and its numbers. One that
    answers nothing is a finding of its own, unless a study it names has an error or was not read.
    """
    decisions: dict[FindingKey, Decision] = {}
    faults: list[Finding] = []
    for decision in corpus.decisions.values():
        if not decision.rule:
            continue
        key = _key(decision.rule, decision.records, decision.numbers)
        if key in decisions:
            message = f"the decision answers the same finding as {decisions[key].id}."
            faults.append(DECISION_TWICE.at(decision.place, message, "Keep one.", decision.rule))
        else:
            decisions[key] = decision
    open_findings: list[Finding] = []
    answered: list[tuple[Finding, Decision]] = []
    for finding in found:
        key = _key(finding.rule, finding.records, finding.numbers)
        if finding.severity is Severity.WARNING and key in decisions:
            answered.append((finding, decisions[key]))
        else:
            open_findings.append(finding)
    used = {decision.id for _, decision in answered}
    faulty = corpus.unread | _studies_with_errors(found)
    for decision in decisions.values():
        # Rows with an error are not compared, so their warnings are away for now.
        waits = any(record.rpartition(".")[0] in faulty for record in decision.records)
        if decision.id not in used and not waits:
            faults.append(_stale(decision, open_findings))
    return sorted([*open_findings, *faults], key=lambda finding: finding.place), answered


def _studies_with_errors(found: Iterable[Finding]) -> frozenset[str]:
    places = (f.place.file.split("/") for f in found if f.severity is Severity.ERROR)
    return frozenset(parts[2] for parts in places if parts[1:2] == ["studies"] and parts[2:])


def _key(rule: str, records: Iterable[str], numbers: Mapping[str, str]) -> FindingKey:
    return rule, frozenset(records), frozenset(numbers.items())


def _stale(decision: Decision, found: Iterable[Finding]) -> Finding:
    message = f"the decision answers no finding of the rule {decision.rule} any more."
    hint = "Remove the rule from the decision, or the decision."
    for finding in found:
        if finding.rule == decision.rule and set(finding.records) == set(decision.records):
            now = ", ".join(f"{name}: {value}" for name, value in finding.numbers.items())
            hint = f"The finding now has {now}; decide again."
    return DECISION_STALE.at(decision.place, message, hint, decision.rule)
