"""Published claims and activation energies: sections of the report, and their terminal form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from metastudy.answers.activation import Activation, group_names
from metastudy.answers.claims.judging import Judgement, computed, remark, sentence
from metastudy.answers.claims.verdict import Verdict
from metastudy.pages.figures.many_rows import SHARED, are_many, spread_places
from metastudy.pages.rendering.blocks import Block, Fold, Section, Text, draw, rows_of
from metastudy.pages.rendering.digits import significant
from metastudy.pages.rendering.style import CLASS_COLOURS, COLOURS, house_style, new_figure
from metastudy.pages.rendering.table import Head, Table, table_of, to_rich
from metastudy.tables.claim_terms import Printed, RowsTerm

if TYPE_CHECKING:
    from rich.table import Table as RichTable

# Names of lower energies are to the right of their points, of higher ones to the left.
NAMES_RIGHT_OF_EV = 0.55


def claims_section(judgements: Sequence[Judgement]) -> Section:
    """Show what came of the claims: the count, those that fail, all of each work, the untested."""
    failing = [j for j in judgements if j.outcome.verdict is Verdict.DOES_NOT_HOLD]
    blocks: list[Block] = [
        Text(sentence(judgements)),
        Text(
            "Every comparison gives an interval: what the printed digits allow, or 95 % of a "
            "mixed-effects model. Inside the claimed region it holds, outside it does not, over "
            "the edge it cannot be told. Equality is held to a stated margin; a difference "
            "between groups needs two works a side and four degrees of freedom; what was read in "
            "the claiming work is no evidence for it. Reproduced: a printed number comes out "
            "again within its digits, or 2 % where it is printed as about. Works and records "
            "count what was looked at; without any, the claim is arithmetic on the work's own "
            "numbers.",
            "note",
        ),
        _counts(judgements),
        Text("What does not hold as printed:"),
        _claims_table(failing, with_work=True),
    ]
    for name, own in _by_work(judgements).items():
        compared = [j for j in own if not j.claim.reason]
        title = f"{_short(name)}: {len(compared)} claims compared"
        blocks.append(Fold(title, _claims_table(compared)))
    blocks.append(Fold("Claims that no data could change", _untested(judgements)))
    return Section("claims", "Published claims", tuple(blocks))


def _by_work(judgements: Sequence[Judgement]) -> dict[str, list[Judgement]]:
    works: dict[str, list[Judgement]] = {}
    for j in judgements:
        works.setdefault(j.claim.work_name, []).append(j)
    return works


def _counts(judgements: Sequence[Judgement]) -> Table:
    rows = []
    for name, own in _by_work(judgements).items():
        found = [j.outcome.verdict for j in own]
        rows.append({"work": _short(name), **{v.value: found.count(v) for v in Verdict}})
    columns = {"work": "work", **{v.value: v.value for v in Verdict}}
    return table_of(columns, rows, [v.value for v in Verdict])


def _claims_table(judgements: Sequence[Judgement], *, with_work: bool = False) -> Table:
    rows = []
    for j in judgements:
        work = f"{_short(j.claim.work_name)}, " if with_work else ""
        note = f" ({remark(j)})" if remark(j) else ""
        rows.append(
            {
                "verdict": j.outcome.verdict.value,
                "df": None if j.outcome.df is None else f"{j.outcome.df:.3g}",
                "behind": f"{j.works} / {len(j.records)}" if j.records else None,
                "computed": f"{computed(j.outcome)}{note}".strip(),
                "missing": j.outcome.missing or None,
                "claim": f"{j.claim.statement} [{work}{j.claim.place}]",
            }
        )
    columns = {
        "verdict": "verdict",
        "df": "df",
        "behind": "works / records",
        "computed": "computed (remark)",
        "missing": "missing",
        "claim": "claim [place]",
    }
    return table_of(columns, rows, ("verdict", "df", "behind"))


def _untested(judgements: Sequence[Judgement]) -> Table:
    rows = [
        {
            "why": j.claim.reason,
            "place": f"{_short(j.claim.work_name)}, {j.claim.place}",
            "claim": j.claim.statement,
        }
        for j in judgements
        if j.claim.reason
    ]
    return table_of({"why": "why", "place": "place", "claim": "claim"}, rows)


def _short(work: str) -> str:
    """Return ``Weiss et al. 2020`` of a work's full words."""
    return work.partition(",")[0]


def activation_section(found: Activation) -> Section:
    """Show the activation energies of contacts, their means, and what changes them in one work."""
    if found.energies.empty:
        return Section("activation", "Activation energies", (Text("No energies of contacts."),))
    many = are_many(found.energies)
    groups = {
        "group": "contacts",
        "mean_ev": "mean (eV)",
        "interval": "95 % interval",
        "df": "df",
        "works": "works",
        "records": "energies",
    }
    pairs = {
        "kind": "what differs",
        "first": "from",
        "second": "to",
        "difference_ev": "change (eV)",
        "records": "records",
    }
    rows = [{**row, "interval": _interval(row)} for row in rows_of(found.groups)]
    tau = "not known" if found.tau_ev is None else f"{significant(found.tau_ev, 2)} eV"
    return Section(
        "activation",
        "Activation energies",
        (
            Text(found.sentence),
            table_of(groups, rows, ("mean_ev", "interval", "df", "works", "records")),
            Text(
                "ea ~ 0 + group + (1 | work), known variances (0.05 eV where none is printed), "
                f"REML; between works {tau}. Intervals are cluster-robust by work (CR2); a group "
                "of one work, or below four degrees of freedom, has its plain mean alone. "
                f"{found.phases}",
                "note",
            ),
            draw(
                "activation",
                energies_figure(found),
                _energies_caption(found.energies),
                "Activation energies of contacts in eV by class and ion.",
            ),
            *([Fold("Every activation energy", _energies_table(found))] if many else []),
            Text("Two energies of one work that differ in one thing alone:"),
            table_of(pairs, rows_of(found.pairs), ("difference_ev",)),
        ),
    )


def _energies_table(found: Activation) -> Table:
    columns = {"group": "contacts", "record_id": "record", "ea_ev": "activation energy (eV)"}
    energies = found.energies.assign(group=group_names(found.energies))
    rows = energies.sort_values(["group", "ea_ev", "record_id"])
    return table_of(columns, rows_of(rows), ("ea_ev",))


def _energies_caption(energies: pd.DataFrame) -> str:
    means = "Diamonds are means with their 95 % interval."
    if are_many(energies):
        shared = SHARED.format(what="class and ion", count=len(energies))
        return f"Activation energies of contacts as printed; treated arms open. {shared} {means}"
    return (
        "Activation energies of contacts as printed, one row each, named by work and ceramic, and "
        "liquid or second ceramic; treated arms, open, by their treatment. Bars are printed errors "
        f"or ranges; most print none. {means}"
    )


def _interval(row: dict[Any, Any]) -> str | None:
    if pd.isna(row["lower"]):
        return None
    return f"{significant(row['lower'])} to {significant(row['upper'])}"


def energies_figure(found: Activation) -> Figure:
    """Draw every activation energy by class and ion, and the means that have an interval."""
    energies = found.energies.assign(group=group_names(found.energies)).sort_values(
        ["group", "ea_ev", "record_id"]
    )
    means = {str(row["group"]): row for row in rows_of(found.groups)}
    if are_many(energies):
        return _groups_figure(energies, means)
    with house_style():
        figure = new_figure(0.2 * (len(energies) + 1.7 * len(means)) + 0.6)
        axes = figure.subplots()
        place = 0.0
        for group, members in energies.groupby("group", sort=True):
            axes.text(0.0, place, str(group), weight="bold", va="center")
            _mean(axes, means[str(group)], place)
            for row in members.to_dict("records"):
                place += 1.0
                _energy(axes, row, place)
            place += 1.7
        axes.set_yticks([])
        axes.set_ylim(place - 0.9, -0.9)
        axes.set_xlim(0.0, 1.2)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("activation energy as printed (eV)")
        return figure


def _groups_figure(energies: pd.DataFrame, means: dict[str, dict[Any, Any]]) -> Figure:
    """Draw the energies of each group on one line, with their mean."""
    lines, groups = pd.factorize(energies["group"])
    places = spread_places(list(lines))
    with house_style():
        figure = new_figure(0.6 * len(groups) + 0.8)
        axes = figure.subplots()
        looks = [energies["interface_class"].to_numpy(), energies["arm"].to_numpy() == "treated"]
        for (name, treated), own in energies.assign(place=places).groupby(looks):
            colour = CLASS_COLOURS[str(name)]
            face = "white" if treated else colour
            axes.plot(own["ea_ev"], own["place"], "o", ms=3, mec=colour, mfc=face, ls="")
        for line, group in enumerate(groups):
            _mean(axes, means[str(group)], line)
        axes.set_yticks(range(len(groups)), list(groups))
        axes.set_ylim(len(groups) - 0.4, -0.6)
        axes.set_xlim(0.0, 1.2)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel("activation energy as printed (eV)")
        return figure


def _mean(axes: Axes, row: dict[Any, Any], place: float) -> None:
    if pd.isna(row["lower"]):
        return
    axes.plot([row["lower"], row["upper"]], [place, place], color=COLOURS[-1], lw=1.6)
    axes.plot(row["mean_ev"], place, "D", color=COLOURS[-1], ms=5)


def _energy(axes: Axes, row: dict[Any, Any], place: float) -> None:
    colour = CLASS_COLOURS[row["interface_class"]]
    half = row["sd_ev"] if row["sd_printed"] else (row["hi"] - row["lo"]) / 2
    if half > 0:
        axes.plot(row["ea_ev"] + half * np.array([-1, 1]), [place] * 2, color=colour, lw=1)
    face = "white" if row["arm"] == "treated" else colour
    axes.plot(row["ea_ev"], place, "o", ms=4.5, mec=colour, mfc=face)
    # A name is beside its point, so that a narrow screen shows both.
    right = row["ea_ev"] < NAMES_RIGHT_OF_EV
    end = row["ea_ev"] + (half + 0.02) * (1 if right else -1)
    axes.text(end, place, _energy_label(row), ha="left" if right else "right", va="center")


def _energy_label(row: dict[Any, Any]) -> str:
    author, year = str(row["study_id"]).split("_")[:2]
    if row["arm"] == "treated":
        words = str(row["preparation_id"]).rpartition("/")[2]
    else:
        partner = "" if row["interface_class"] == "PE/SE" else f" | {row['partner']}"
        words = f"{row['solid']}{partner}"
    return f"{author.capitalize()} {year}, {words}".replace("_", " ")


def claims_terminal(judgements: Sequence[Judgement]) -> RichTable:
    """Return claims as a table for the terminal."""
    heads = {
        "id": Head("id", ratio=2),
        "claim": Head("claim", ratio=4),
        "computed": Head("computed", ratio=3),
        "verdict": Head("verdict"),
        "df": Head("df", number=True),
        "remark": Head("remark; missing", ratio=4),
    }
    rows = [
        {
            "id": j.claim.id,
            "claim": j.claim.statement,
            "computed": computed(j.outcome),
            "verdict": j.outcome.verdict.value,
            "df": "" if j.outcome.df is None else f"{j.outcome.df:.3g}",
            "remark": _remark_and_missing(j),
        }
        for j in judgements
    ]
    return to_rich(table_of(heads, rows, title=sentence(judgements)))


def _remark_and_missing(j: Judgement) -> str:
    missing = f"missing: {j.outcome.missing}" if j.outcome.missing else ""
    return "; ".join(filter(None, (remark(j), missing)))


def claim_text(j: Judgement) -> str:
    """Return everything about one claim as lines of ``name  words``."""
    claim, outcome = j.claim, j.outcome
    printed = {n: term.text for n, term in claim.terms.items() if isinstance(term, Printed)}
    rows = {n: str(term) for n, term in claim.terms.items() if isinstance(term, RowsTerm)}
    lines = {
        "claim": f"{claim.id}: {claim.statement}",
        "place": f"{claim.work_name}, {claim.place}",
        "kind": claim.kind,
        "printed": "; ".join(f"{name} {text}" for name, text in printed.items()),
        "rows": "; ".join(f"{name} {text}" for name, text in rows.items()),
        "compared": "; ".join(str(comparison) for comparison in claim.comparisons),
        "margin": claim.margin.text if claim.margin else "",
        "computed": computed(outcome),
        "verdict": outcome.verdict.value,
        "df": "" if outcome.df is None else f"{outcome.df:.3g}",
        "remark": remark(j),
        "missing": outcome.missing,
        "behind": f"{j.works} works, {len(j.records)} records",
        "records": " ".join(j.records),
    }
    return "\n".join(f"{name:9} {words}" for name, words in lines.items() if words)
