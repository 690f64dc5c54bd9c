"""The sections of the check: what is lost comes first, what is new comes last."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import pandas as pd

from metastudy.answers.claims.judging import Judgement
from metastudy.answers.claims.judging import judge as judge_claims
from metastudy.answers.scatter import NO_LIMIT_DEX
from metastudy.answers.yardsticks import Yardsticks, yardsticks
from metastudy.contribute.diff import (
    DiffSection,
    Sides,
    Statement,
    by_key,
    changed,
    collapse,
    gone,
    headline,
    lost,
    section,
    works_lost,
)
from metastudy.contribute.pr_check.base_rules import Judged, judge, judged_root, rule_changes
from metastudy.corpus.corpus import read_corpus
from metastudy.corpus.finding import Finding
from metastudy.tables.building import Step, build_tables
from metastudy.tables.claims import has_claims, read_claims
from metastudy.tables.dataset import Dataset
from metastudy.tables.loading import data_frames
from metastudy.tables.views import Selection

LEFT_OUT_SINGLY = 10
"""Largest number of works that are left out one after another; each takes a fit of seconds."""


SHOWN_DEX = 0.005
"""Smallest change that two decimals show."""


@dataclass(frozen=True)
class Spread:
    """A standard deviation with its 95 % interval (dex); NaN where there is none.

    ``same`` says what is the same in the rows that are compared.
    """

    sd: float
    lower: float
    upper: float
    same: str = ""

    def __str__(self) -> str:
        if math.isnan(self.sd):
            return "none"
        shown = (
            f"{end:.2f}" if end <= NO_LIMIT_DEX else "open" for end in (self.lower, self.upper)
        )
        of = f" (same {self.same})" if self.same else ""
        return f"{self.sd:.2f} dex [{', '.join(shown)}]{of}"

    def distance(self, other: Spread) -> float:
        """Return how far two are apart (dex); infinite where only one of them is a number."""
        missing = math.isnan(self.sd), math.isnan(other.sd)
        if any(missing):
            return 0.0 if all(missing) else math.inf
        return abs(self.sd - other.sd)


NO_SPREAD = Spread(math.nan, math.nan, math.nan)
Spreads = Mapping[str, Spread]


@dataclass(frozen=True)
class PullRequest:
    """A change: the base, the change as it was checked out, and its data below the base's schemas.

    Attributes
    ----------
    base, head
        Roots of the base and of the change.
    sides
        Data of the base, and data of the change read with the schemas of the base.
    """

    base: Path
    head: Path
    sides: Sides

    @cached_property
    def judged(self) -> Judged:
        """What the rules of the base say of the change."""
        self.sides.step("checking by the rules of the base")
        return judge(self.base, self.sides.head_root)

    @cached_property
    def touched(self) -> list[str]:
        """The works of the change that are new or whose observations are, most rows first."""
        before, after = self.sides.base.observations, self.sides.head.observations
        new = set(gone(self.sides.head.studies, self.sides.base.studies, "study_id"))
        added = after[~after["observation_id"].isin(before["observation_id"])]
        rows = after[after["study_id"].isin(new | set(added["study_id"]))]
        return [str(name) for name in rows["study_id"].value_counts().index]


@contextmanager
def pull_request(base: Path, head: Path, step: Step, fit: bool = True) -> Iterator[PullRequest]:
    """Give a change against a base, for as long as its sections are made."""
    with judged_root(base, head) as root:
        yield PullRequest(base, head, Sides(base, root, step, fit))


@dataclass(frozen=True)
class PrCheck:
    """The finished check.

    Attributes
    ----------
    sections
        All sections; one that failed carries its error.
    faults
        Why the change cannot be merged as it is; empty where it can.
    findings
        What the rules of the base find, where they could be run.
    """

    sections: tuple[DiffSection, ...]
    faults: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


def pr_check(change: PullRequest, allow_loss: bool = False) -> PrCheck:
    """Make every section; a failure of one leaves the others."""
    made = tuple(section(title, partial(find, change)) for title, find in SECTIONS.items())
    failed = any(each.error for each in made if each.title == "Open findings")
    findings = () if failed else change.judged.findings
    return PrCheck(made, tuple(_faults(change, made, findings, allow_loss)), findings)


def _faults(
    change: PullRequest,
    made: Iterable[DiffSection],
    findings: Sequence[Finding],
    allow_loss: bool,
) -> Iterator[str]:
    failed = [each.title for each in made if each.error]
    if not allow_loss and "Lost" not in failed:
        works = works_lost(change.sides)
        if works:
            yield f"{len(works)} lost: {', '.join(works[:3])}{', ...' if len(works) > 3 else ''}"
    if findings:
        yield f"open findings: {len(findings)}"
    if failed:
        yield f"sections that failed: {', '.join(failed)}"


def changed_rules(change: PullRequest) -> list[Statement]:
    """Name what judges the data and is changed itself."""
    return rule_changes(change.base, change.head)


def open_findings(change: PullRequest) -> list[Statement]:
    """List the findings that are no duplicates, errors first, and decisions that answer anew."""
    known = {path.stem for path in (change.base / "data" / "decisions").glob("*.yaml")}
    answers = collapse(
        (f"a new decision answers {rule}", decision)
        for decision, rule in sorted(change.judged.answered.items())
        if decision not in known
    )
    return [*_findings(f for f in change.judged.findings if not _is_duplicate(f)), *answers]


def duplicates(change: PullRequest) -> list[Statement]:
    """List what the change enters twice."""
    return _findings(f for f in change.judged.findings if _is_duplicate(f))


def _is_duplicate(finding: Finding) -> bool:
    """Say whether a finding says that a work or a number is there twice."""
    return finding.rule.endswith("-twice") or finding.rule in ("re-entered", "repeat-differs")


def _findings(found: Iterable[Finding]) -> list[Statement]:
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        groups.setdefault((finding.severity.value, finding.rule), []).append(finding)
    return [
        Statement(
            f"{severity} {rule}: {same[0].message}",
            tuple(dict.fromkeys(f"{each.place.file}:{each.place.line}" for each in same)),
            severity == "error",
        )
        for (severity, rule), same in sorted(groups.items(), key=lambda group: group[0][0])
    ]


def moved_yardsticks(change: PullRequest) -> list[Statement]:
    """Compare the yardsticks, each with the new work without whose rows it would change most."""
    base, head = change.sides.base, change.sides.head
    tables = ("records", "observations")
    if all(getattr(base, name).equals(getattr(head, name)) for name in tables):
        return []
    if not change.sides.fit:
        return [Statement("rows changed; not fitted")]
    before = _yardsticks(change, "base", base)
    after = _yardsticks(change, "change", head)
    works = change.touched
    without = {name: _without(change, name) for name in works[:LEFT_OUT_SINGLY]}
    statements = list(yardstick_statements(before, after, without))
    if statements and len(works) > LEFT_OUT_SINGLY:
        statements.append(
            Statement(
                f"of {len(works)} works with new rows, the {LEFT_OUT_SINGLY} with most were left "
                "out one after another"
            )
        )
    return statements


def _yardsticks(change: PullRequest, name: str, data: Dataset) -> Spreads:
    change.sides.step(f"fitting the yardsticks of the {name}")
    return _spreads(yardsticks(Selection(data.observations, data.V, data.records)))


def _without(change: PullRequest, work: str) -> Spreads:
    change.sides.step(f"fitting the yardsticks without {work}")
    data = change.sides.head
    rest = (data.observations["study_id"] != work).to_numpy()
    records = data.records[data.records["study_id"] != work]
    observations = data.observations[rest].reset_index(drop=True)
    chosen = Selection(observations, data.V[rest][:, rest], records.reset_index(drop=True))
    return _spreads(yardsticks(chosen))


def _spreads(found: Yardsticks) -> Spreads:
    """Return the yardsticks that are numbers; a leave-one-out of their own is left away."""
    spreads = {}
    for row in found.to_frame(share=False).to_dict("records"):
        if row["yardstick"] != "repeats" and not row["of"].startswith("without "):
            of, _, same = row["of"].partition(", same ")
            name = f"{row['yardstick']}, {of}"
            spreads[name] = Spread(row["sd"], row["lower"], row["upper"], same)
    return spreads


def yardstick_statements(
    before: Spreads, after: Spreads, without: Mapping[str, Spreads]
) -> Iterator[Statement]:
    """Compare yardsticks.

    Parameters
    ----------
    before, after
        The yardsticks of the base and of the change, by name.
    without
        Those of the change without the rows of one work, by work.
    """
    for name in dict.fromkeys([*before, *after]):
        old, new = (str(side.get(name, NO_SPREAD)) for side in (before, after))
        if old == new:
            continue
        at = after.get(name, NO_SPREAD)
        moves = {
            work: move
            for work, spreads in without.items()
            if (move := at.distance(spreads.get(name, NO_SPREAD))) >= SHOWN_DEX
        }
        text = f"{name}: {old} → {new}"
        if moves:
            most = max(moves, key=lambda work: moves[work])
            text += f"; without {most} {without[most].get(name, NO_SPREAD)}"
        yield Statement(text, marked=True)


def turned_claims(change: PullRequest) -> list[Statement]:
    """Find claims that came or went, and those whose verdict the change turns."""
    sides = change.sides
    if not has_claims(sides.base_root) and not has_claims(sides.head_root):
        return []
    if not sides.fit:
        return [Statement("not held against the data")]
    before = _verdicts(sides, sides.base_root, sides.base, "base")
    after = _verdicts(sides, sides.head_root, sides.head, "change")
    found = [("claim lost", name) for name in before if name not in after]
    found += [
        (f"{before[name]} → {verdict}", name)
        for name, verdict in after.items()
        if name in before and before[name] != verdict
    ]
    found += [(f"new claim, {after[name]}", name) for name in after if name not in before]
    return [Statement(each.text, each.names, "→" in each.text) for each in collapse(found)]


def _verdicts(sides: Sides, root: Path, data: Dataset, name: str) -> dict[str, str]:
    sides.step(f"holding the claims against the {name}")
    if not has_claims(root):
        return {}

    def at(reference_c: Mapping[str, float]) -> Dataset:
        return data_frames(build_tables(read_corpus(root), reference_c=reference_c))

    judgements: tuple[Judgement, ...] = judge_claims(data, read_claims(root), at)
    return {each.claim.id: each.outcome.verdict.value for each in judgements}


def new_rows(change: PullRequest) -> list[Statement]:
    """Count what is new in all, then by study with its first rows."""
    base, head = change.sides.base, change.sides.head
    printed = by_key(head.printed, "record_id")
    new = gone(head.printed, base.printed, "record_id")
    works = gone(head.studies, base.studies, "study_id")
    fresh = head.observations[
        ~head.observations["observation_id"].isin(base.observations["observation_id"])
    ]
    if not (new or works or len(fresh)):
        return []
    names: dict[str, list[str]] = {name: [] for name in works}
    for name in new:
        row = printed[name]
        text = f"{name} = {row['value_text']} {row['unit_text']}".strip()
        names.setdefault(name.rpartition(".")[0], []).append(text)
    total = Statement(f"works {len(works)}, printed numbers {len(new)}, observations {len(fresh)}")
    return [
        total,
        *(
            Statement(_summary(study, study in works, fresh), tuple(rows))
            for study, rows in sorted(names.items())
        ),
    ]


def _summary(study: str, new: bool, fresh: pd.DataFrame) -> str:
    rows = fresh[fresh["study_id"] == study]
    what = f"{study}, {'new work' if new else 'known work'}"
    if rows.empty:
        return f"{what}; no observation"
    families = ", ".join(sorted(set(rows["family"])))
    values = rows["asr_ohm_cm2"].dropna()
    span = [f"{values.min():.3g} to {values.max():.3g} Ω cm²"] if len(values) else []
    return "; ".join([what, f"{len(rows)} observations", families, *span])


SECTIONS: Mapping[str, Callable[[PullRequest], Iterable[Statement]]] = {
    "Lost": lambda change: lost(change.sides),
    "Rules changed": changed_rules,
    "Open findings": open_findings,
    "Duplicates": duplicates,
    "Yardsticks": moved_yardsticks,
    "Claims": turned_claims,
    "Headline results": lambda change: headline(change.sides),
    "Changed values": lambda change: changed(change.sides),
    "New rows": new_rows,
}
