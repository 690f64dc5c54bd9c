"""The report: one offline page that answers the question on the rung the data can carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from metastudy.answers.activation import activation_energies
from metastudy.answers.claims.judging import At, Judgement, judge
from metastudy.answers.gaps import fields
from metastudy.answers.pooled_treatments import pooled_treatments
from metastudy.answers.second_engine import second_engine
from metastudy.answers.yardsticks import Yardsticks, scatter
from metastudy.corpus.version import both_versions
from metastudy.errors import MetastudyError
from metastudy.pages.figures.answer import answer_figure, treated_beside_reference
from metastudy.pages.rendering.blocks import FigureBlock, draw
from metastudy.pages.rendering.render_html import set_page
from metastudy.pages.sections.answers import scatter_section
from metastudy.pages.sections.claims import activation_section, claims_section
from metastudy.pages.sections.coverage import coverage_section
from metastudy.pages.sections.data import (
    arrhenius_section,
    budget_section,
    excluded_section,
    forest_section,
    overview_section,
    strips_section,
)
from metastudy.pages.sections.gaps import gaps_section
from metastudy.pages.sections.ladder import ladder_section
from metastudy.pages.sections.preparation import preparation_section
from metastudy.pages.sections.second_engine import second_engine_section
from metastudy.pages.sections.treatments import treatments_section
from metastudy.pages.sections.used_values import used_values_section
from metastudy.pages.sections.wanted import wanted_sections
from metastudy.pages.sections.yardsticks import four_numbers, yardsticks_section
from metastudy.tables.building import Step
from metastudy.tables.claims import has_claims, read_claims
from metastudy.tables.loading import Dataset, load
from metastudy.tables.views import narrowed
from metastudy.whole_file import write_whole


class ReportError(MetastudyError):
    """A report that cannot be written."""


@dataclass(frozen=True)
class Report:
    """The finished page and its figures."""

    answer: str
    html: str
    figures: tuple[FigureBlock, ...]


def make_report(
    data: Dataset,
    step: Step = lambda _: None,
    leave_out: Sequence[str] = (),
    root: Path | None = None,
    priors: bool = False,
    at: At | None = None,
) -> Report:
    """Answer, draw and set the page.

    Parameters
    ----------
    data
        The loaded tables.
    step
        Called with the name of each step, for a progress display.
    leave_out
        The switches that the data was loaded with, to be named on the page.
    root
        The data root that it was loaded from; the package's own where None.
    priors
        Whether to look for a point of the share, by priors of three scales (half a minute more).
    at
        Loads the same data at other reference temperatures, for the claims that name one; from
        ``root`` where None.
    """
    step("fitting the scatter model")
    found = scatter(data)
    step("testing published claims")
    judgements, energies = _judged(data, leave_out, root, at), activation_energies(data)
    step("drawing")
    picture = _picture(data, found)
    sections = (
        used_values_section(data),
        yardsticks_section(found, priors),
        preparation_section(found.preparation),
        scatter_section(found.reference_arms),
        ladder_section(found.reference_arms),
        treatments_section(pooled_treatments(data.records, data.vocabulary, found.preparation)),
        activation_section(energies),
        *([claims_section(judgements)] if judgements else []),
        second_engine_section(second_engine(found)),
        forest_section(data),
        strips_section(data),
        arrhenius_section(data),
        overview_section(data),
        coverage_section(data),
        gaps_section(fields(data, narrowed(data, {}))),
        budget_section(data),
        excluded_section(data),
        *wanted_sections(),
    )
    step("setting the page")
    html = set_page(
        title="metastudy: how much of the scatter is preparation?",
        heading="How much of the scatter in interface resistances comes from preparation?",
        answer=found.sentence,
        made=_made(data, leave_out),
        sections=sections,
        lead=(four_numbers(found), picture),
    )
    drawn = tuple(p for s in sections for p in s.blocks if isinstance(p, FigureBlock))
    return Report(found.sentence, html, (picture, *drawn))


def _picture(data: Dataset, found: Yardsticks) -> FigureBlock:
    contrasts = found.contrasts
    joined = len(treated_beside_reference(data.observations, contrasts))
    return draw(
        "answer",
        answer_figure(data.observations, contrasts),
        f"Colour: class of contact. {joined} of {len(contrasts)} preparations varied on purpose "
        "stand on the level of their reference; the others have a printed change and no level.",
        "Resistances of untreated contacts by family, treated ones joined to their reference.",
    )


def _judged(
    data: Dataset, leave_out: Sequence[str], root: Path | None, at: At | None
) -> tuple[Judgement, ...]:
    """Hold the claims of the data root against its data; a root without claims has none."""
    claims = read_claims(root) if has_claims(root) else ()
    if at is None:
        at = partial(_loaded, root, leave_out)
    return judge(data, claims, at)


def _loaded(root: Path | None, leave_out: Sequence[str], at: Mapping[str, float]) -> Dataset:
    return load(root=root, leave_out=leave_out, reference_c=at)


def write_report(report: Report, out: Path) -> list[Path]:
    """Write ``report.html`` and ``figures/*.svg``; each file appears whole or not at all.

    Raises
    ------
    ReportError
        Where the folder cannot be written.
    """
    files = {out / "figures" / f"{f.name}.svg": f.svg for f in report.figures}
    return write_whole({**files, out / "report.html": report.html}, out, ReportError)


def _made(data: Dataset, leave_out: Sequence[str]) -> str:
    """Say from what the page was made."""
    left = f" Left out by switch: {', '.join(leave_out)}." if leave_out else ""
    return (
        f"Made by {both_versions(data.version)}, from "
        f"{len(data.printed)} printed numbers of {len(data.studies)} works; every number here is "
        f"computed anew from them.{left}"
    )
