"""One study among the others: where its values land, what is left out and why, what is open."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from metastudy.contribute.diff import collapse
from metastudy.contribute.diff_report import statement_line
from metastudy.corpus.corpus import read_corpus
from metastudy.corpus.finding import Severity
from metastudy.corpus.study import Study
from metastudy.corpus.version import both_versions, data_version
from metastudy.errors import MetastudyError
from metastudy.pages.figures import strips as figures
from metastudy.pages.rendering.blocks import Block, Fold, Section, Text, draw
from metastudy.pages.rendering.digits import significant
from metastudy.pages.rendering.render_html import set_page
from metastudy.pages.rendering.table import Head, Table, table_of
from metastudy.tables.building import build_tables
from metastudy.tables.checking import CheckResult, check_data
from metastudy.tables.findings import FORMATS, printable
from metastudy.tables.loading import Dataset, data_frames
from metastudy.tables.resistance_text import resistance_text
from metastudy.whole_file import write_whole

REACH = 2.0  # known standard deviations on either side of a value
OWN = "#882255"  # names of the study in the figure; no class of contacts has this colour


class PreviewError(MetastudyError):
    """A study whose values cannot be shown yet, or a page that cannot be written."""


@dataclass(frozen=True)
class Preview:
    """One study with all data it is part of, and what its check found."""

    study: Study
    data: Dataset
    check: CheckResult

    @property
    def rows(self) -> pd.DataFrame:
        """The observations of the study."""
        observations = self.data.observations
        return observations[observations["study_id"] == self.study.id]


def preview(study: str, root: Path | None = None) -> Preview:
    """Read a study among the others; faults of other studies do not matter.

    Raises
    ------
    PreviewError
        Where the study has errors; the message lists them.
    CallError
        Where no study has this name.
    """
    check = check_data(root, [study])
    if check.errors:
        raise PreviewError(f"mend this first:\n{FORMATS['text'](check)}")
    corpus = read_corpus(root)
    name = Path(study).name
    data = data_frames(build_tables(corpus), data_version(corpus.root))
    return Preview(corpus.studies[name], data, check)


def landing_rows(found: Preview) -> list[dict[str, str]]:
    """Return where each value lands: its interval, and its place among exact values of its family.

    The interval is two known standard deviations on either side.
    """
    return [_landing(row, found.data.observations) for row in found.rows.to_dict("records")]


def _landing(row: Mapping[Any, Any], observations: pd.DataFrame) -> dict[str, str]:
    return {
        "observation": str(row["observation_id"]).partition(".")[2],
        "value": resistance_text(row),
        "interval": _interval(row) if row["censoring"] == "exact" else "",
        "family": str(row["family"]),
        "place": _place(row, observations),
        "left_out": _text(row["left_out"]),
    }


def _interval(row: Mapping[Any, Any]) -> str:
    reach = REACH * math.sqrt(row["v"])
    low, high = (significant(10.0 ** (row["y"] + sign * reach)) for sign in (-1, 1))
    return f"{low} to {high}"


def _place(row: Mapping[Any, Any], observations: pd.DataFrame) -> str:
    """Say how many exact values of the family, in other works, lie below, and their median."""
    related = observations["family"] == row["family"]
    others = observations[related & (observations["study_id"] != row["study_id"])]
    exact = others["asr_ohm_cm2"].dropna()
    if exact.empty:
        return "no exact value of another work"
    below = f"above {int((exact < row['asr_ohm_cm2']).sum())} of " if pd.notna(row["y"]) else ""
    return f"{below}{len(exact)} exact values, median {significant(exact.median())}"


def _text(value: Any) -> str:
    """Return a cell as text; a missing one is empty."""
    return "" if pd.isna(value) else str(value)


LANDING = {
    "observation": "observation",
    "value": "Ω cm²",
    "interval": "± 2 known SD",
    "family": "family",
    "left_out": "outside the headline set",
    "place": "among other works of the family",
}


def excluded_rows(found: Preview) -> list[dict[str, str]]:
    """Return the numbers of the study that went into no observation, each with its reason."""
    excluded = found.data.excluded
    meaning = found.data.vocabulary.set_index(["vocabulary", "word"])["meaning"]
    return [
        {
            "record": str(row["record_id"]),
            "number": " ".join(_text(row[c]) for c in ("quantity", "value_text", "unit_text")),
            "reason": str(row["reason"]),
            "meaning": _text(row["detail"]) or str(meaning[("reason", row["reason"])]),
        }
        for row in excluded[excluded["study_id"] == found.study.id].to_dict("records")
    ]


EXCLUDED = {"record": "record", "number": "number", "reason": "reason", "meaning": "meaning"}


def credit(study: Study) -> list[str]:
    """Return the work, and who read it for the dataset."""
    source = study.source
    doi = f" doi:{source.doi}" if source.doi else ""
    work = f"{'; '.join(source.authors)} ({source.year}): {source.title}. {source.container}.{doi}"
    return [work, *(_reader(entry) for entry in study.curation)]


def _reader(entry: Mapping[str, str]) -> str:
    orcid = f", ORCID {entry['orcid']}" if "orcid" in entry else ""
    return f"{entry['role']}, {entry['date']}{orcid}"


def page(found: Preview) -> str:
    """Set the study as one offline page."""
    rows = landing_rows(found)
    return set_page(
        title=f"metastudy: {found.study.id}",
        heading=f"{found.study.id} among the others",
        answer=summary(found),
        made=f"Made by {both_versions(found.data.version)}.",
        sections=(
            Section("values", "Where the values land", (table_of(LANDING, rows), *_drawn(found))),
            Section("left-out", "Numbers in no observation", _excluded_blocks(found)),
            Section("open", "Open findings", _finding_blocks(found.check)),
            Section("credit", "Credit", tuple(Text(line) for line in credit(found.study))),
        ),
    )


def summary(found: Preview) -> str:
    """Say in one sentence what became of the study's numbers."""
    rows, study = found.rows, found.study
    return (
        f"Printed numbers: {len(study.measurements) + len(study.refits)}; "
        f"observations: {len(rows)}, {int(rows['headline'].sum())} of them in the headline set; "
        f"numbers in no observation: {len(excluded_rows(found))}; "
        f"open findings: {len(found.check.findings)}; "
        f"findings answered by decisions: {len(found.check.answered)}."
    )


def _drawn(found: Preview) -> Iterable[Block]:
    observations = found.data.observations
    for number, family in enumerate(sorted(set(found.rows["family"])), 1):
        figure = figures.forest_figure(observations[observations["family"] == family])
        own = {figures.short_name(str(name)) for name in found.rows["observation_id"]}
        for label in figure.axes[0].get_yticklabels():
            if label.get_text() in own:
                label.set_color(OWN)
                label.set_fontweight("bold")
        yield draw(
            f"family_{number}",
            figure,
            f"{family}: this study's names are in bold purple. Bars are two known standard "
            "deviations, arrows are bounds.",
            f"Forest plot of the observations of {family}.",
            dense=True,
        )


def _excluded_blocks(found: Preview) -> tuple[Block, ...]:
    rows = excluded_rows(found)
    return (table_of(EXCLUDED, rows),) if rows else (Text("None."),)


def _finding_blocks(check: CheckResult) -> tuple[Block, ...]:
    """List open warnings; the lines of the decisions that would answer them fold out."""
    if not check.findings:
        return (Text("None."),)
    said: list[Block] = [Text(str(finding)) for finding in check.findings]
    if any(finding.severity is Severity.WARNING for finding in check.findings):
        lines = tuple((line,) for line in FORMATS["text"](check).splitlines())
        table = Table((Head("as metastudy check prints it"),), lines)
        said.append(Fold("Lines of the decisions that would answer them", table))
    return tuple(said)


def write_page(found: Preview, out: Path) -> Path:
    """Write ``<study>.html`` into a folder, whole or not at all.

    Raises
    ------
    PreviewError
        Where the folder cannot be written.
    """
    path = out / f"{found.study.id}.html"
    write_whole({path: page(found)}, out, PreviewError)
    return path


def as_text(found: Preview) -> str:
    """Write the study for the terminal."""
    lines = [summary(found)]
    for row in landing_rows(found):
        interval = f" ({row['interval']})" if row["interval"] else ""
        left = f"; outside the headline set: {row['left_out']}" if row["left_out"] else ""
        lines.append(f"  {row['observation']}: {row['value']} Ω cm²{interval}, {row['family']}")
        lines.append(f"    others of the family: {row['place']}{left}")
    unused = collapse((r["reason"], r["record"]) for r in excluded_rows(found))
    lines += ["Numbers in no observation:"] if unused else []
    lines += [f"  {statement_line(statement)}" for statement in unused]
    if found.check.findings:
        lines += ["Open findings:", FORMATS["text"](found.check)]
    return "\n".join([*lines, "Credit:", *(f"  {printable(line)}" for line in credit(found.study))])
