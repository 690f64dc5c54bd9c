"""What the dataset covers, as tables and figures: for the report, the terminal and the docs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from metastudy.answers.biases import Bias, biases
from metastudy.answers.coverage import Coverage, coverage, unreported
from metastudy.errors import MetastudyError
from metastudy.pages.figures import coverage as coverage_figures
from metastudy.pages.rendering.blocks import Block, FigureBlock, Fold, Section, Text, draw, rows_of
from metastudy.pages.rendering.digits import share
from metastudy.pages.rendering.table import Table, table_of
from metastudy.pages.sections.ladder import ladder_picture
from metastudy.tables.loading import Dataset
from metastudy.whole_file import write_whole


class PictureError(MetastudyError):
    """Pictures that cannot be written."""


RESPONSE_WORDS = (
    "A response is a distinct printed number on the resistance of a contact that states a value or "
    "a limit. A value describes the whole contact; a bound is a part of it, a sum with more than "
    "it, or printed as smaller or larger than something."
)


def coverage_section(data: Dataset) -> Section:
    """Return the section of the report."""
    found = coverage(data)
    pictures = {picture.name: picture for picture in coverage_pictures(found)}
    blocks: list[Block | None] = [
        Text(RESPONSE_WORDS),
        totals_table(found),
        pictures.get("coverage_pairs"),
        Fold("Every pair of family and partner", pairs_table(found)),
        pictures.get("coverage_reported"),
        Fold("What is reported how often", reported_table(found)),
        pictures.get("coverage_preparation"),
        Fold("Every axis of preparation", axes_table(found)),
        Text("Known biases, each counted:"),
        biases_table(biases(data)),
        Text("In which text the numbers were read:"),
        read_table(found),
    ]
    return Section("coverage", "Coverage", tuple(block for block in blocks if block is not None))


def coverage_pictures(found: Coverage) -> tuple[FigureBlock, ...]:
    """Return the figures of coverage; one that would be empty is left out."""
    pictures = []
    if len(found.pairs):
        pictures.append(
            draw(
                "coverage_pairs",
                coverage_figures.pairs_figure(found.pairs),
                "Responses and works by family of the solid electrolyte (ion) and class of the "
                "partner. A work without a response gives activation energies or changes.",
                "Table of responses and works by family of the solid electrolyte and partner.",
            )
        )
    if found.total("interface responses"):
        pictures.append(
            draw(
                "coverage_reported",
                coverage_figures.reported_figure(found.reported),
                "Share of the responses that say what a reader needs to compare them.",
                "Share of responses that state count, temperature, spread, area, age and more.",
            )
        )
    if len(found.axes):
        pictures.append(
            draw(
                "coverage_preparation",
                coverage_figures.axes_figure(found.axes),
                "Works by what they say of each axis of preparation. Not reported: looked for in "
                "the whole source and not found. Not accessed: the part that might say it was not "
                "read.",
                "Works that report, do not report, or were not read for each preparation axis.",
            )
        )
    return tuple(pictures)


def pictures(found: Coverage) -> tuple[FigureBlock, ...]:
    """Return the figures of coverage and the ladder."""
    return (*coverage_pictures(found), ladder_picture(found.ladder))


def write_pictures(data: Dataset, out: Path) -> list[Path]:
    """Write the figures of coverage and the ladder into a folder, as SVG.

    Raises
    ------
    PictureError
        Where the folder cannot be written.
    """
    drawn = pictures(coverage(data))
    return write_whole({out / f"{p.name}.svg": p.svg for p in drawn}, out, PictureError)


def totals_table(found: Coverage) -> Table:
    """Return what there is, with the works behind it."""
    heads = {"what": "what", "count": "count", "works": "works"}
    return table_of(heads, rows_of(found.totals), ("count", "works"))


def pairs_table(found: Coverage) -> Table:
    """Return responses, energies and changes by class, ion, family and partner."""
    heads = {
        "interface_class": "class",
        "ion": "ion",
        "family": "family",
        "partner_class": "partner",
        "works": "works",
        "responses": "responses",
        "values": "values",
        "bounds": "bounds",
        "observations": "observations",
        "energies": "activation energies",
        "relative": "relative changes",
    }
    return table_of(heads, rows_of(found.pairs), tuple(heads)[4:])


def reported_table(found: Coverage) -> Table:
    """Return what is reported how often."""
    heads = {
        "interface_class": "class",
        "what": "what",
        "said": "responses that say it",
        "share": "share",
        "full_text_said": "of those read in a full text",
        "full_text_share": "share of these",
    }
    rows = [
        {
            **row,
            "said": f"{row['reported']} of {row['rows']}",
            "share": share(row["reported"], row["rows"]),
            "full_text_said": f"{row['full_text_reported']} of {row['full_text_rows']}",
            "full_text_share": share(row["full_text_reported"], row["full_text_rows"]),
        }
        for row in rows_of(found.reported)
    ]
    return table_of(heads, rows, tuple(heads)[2:])


def axes_table(found: Coverage) -> Table:
    """Return every axis of preparation: preparations by code, then works."""
    heads = {
        "interface_class": "class",
        "axis": "axis",
        "preparations": "preparations",
        "given": "given",
        "not_reported": "not reported",
        "not_accessed": "not accessed",
        "not_applicable": "not applicable",
        "illegible": "illegible",
        "absent": "no code",
        "works": "works",
        "works_given": "works that say it",
        "works_unreported": "works that do not",
        "works_unread": "works not read there",
    }
    return table_of(heads, rows_of(found.axes), tuple(heads)[2:])


def unreported_table(found: Coverage) -> Table:
    """Return what the literature leaves out most often, of the works that were read there."""
    heads = {
        "interface_class": "class",
        "axis": "axis",
        "unreported": "works that do not report it",
        "share": "share",
    }
    rows = [
        {
            **row,
            "unreported": f"{row['works_unreported']} of {row['looked']}",
            "share": share(row["works_unreported"], row["looked"]),
        }
        for row in rows_of(unreported(found.axes))
    ]
    return table_of(heads, rows, ("unreported", "share"))


def read_table(found: Coverage) -> Table:
    """Return responses, energies and changes by the text they were read in."""
    heads = {
        "read": "read in",
        "responses": "responses",
        "share": "share of responses",
        "energies": "activation energies",
        "relative": "relative changes",
    }
    everything = int(found.read["responses"].sum())
    rows = [
        {
            **row,
            "read": row["read"].replace("_", " "),
            "share": share(row["responses"], everything),
        }
        for row in rows_of(found.read)
    ]
    return table_of(heads, rows, tuple(heads)[1:])


def biases_table(found: Iterable[Bias]) -> Table:
    """Return the known biases with their counts."""
    heads = {"what": "what", "count": "count", "share": "share", "effect": "what it does"}
    rows = (
        {
            "what": bias.what,
            "count": f"{bias.count} of {bias.of}",
            "share": share(bias.count, bias.of),
            "effect": bias.effect,
        }
        for bias in found
    )
    return table_of(heads, rows, ("count", "share"))


def properties_table(found: Coverage) -> Table:
    """Return how many substances have a printed value of each property."""
    heads = {
        "vocabulary": "of",
        "property": "property",
        "known": "substances with a value",
        "rows": "printed values",
    }
    rows = [{**row, "known": f"{row['words']} of {row['of']}"} for row in rows_of(found.properties)]
    return table_of(heads, rows, ("known", "rows"))
