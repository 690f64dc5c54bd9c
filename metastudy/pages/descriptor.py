"""The generated blocks of the data descriptor ``docs/dataset.md``.

A block is between ``<!-- generated: name -->`` and ``<!-- end -->``; everything else is
written by hand. The page in the repository has empty blocks but for ``fields``, so that no
contribution changes it; ``make descriptor`` fills a copy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from metastudy.answers.biases import biases
from metastudy.answers.coverage import Coverage, coverage
from metastudy.corpus.corpus import default_root
from metastudy.corpus.study import COLUMNS
from metastudy.errors import MetastudyError
from metastudy.normalise.exclusions import SWITCHES
from metastudy.pages.rendering.table import Table, table_of, to_markdown
from metastudy.pages.sections import coverage as section
from metastudy.pages.sections.ladder import COVERAGE_HEADS, ladder_table
from metastudy.tables.columns import FORMS, TableForm
from metastudy.tables.loading import Dataset, load
from metastudy.whole_file import write_whole

BLOCK = re.compile(
    r"(?P<open><!-- generated: (?P<name>[a-z_]+) -->\n).*?(?P<close><!-- end -->)", re.DOTALL
)

PICTURES = (
    "picture_coverage_pairs",
    "picture_coverage_reported",
    "picture_coverage_preparation",
    "picture_ladder",
)


class DescriptorError(MetastudyError):
    """A descriptor whose blocks cannot be filled."""


def summary(data: Dataset) -> str:
    """Return the table of coverage as text: totals, pairs, reporting, reading."""
    found = coverage(data)
    tables = (
        section.totals_table(found),
        section.pairs_table(found),
        section.reported_table(found),
        section.unreported_table(found),
        ladder_table(found.ladder, COVERAGE_HEADS),
        section.read_table(found),
    )
    return "\n\n".join(to_markdown(table) for table in tables if table.rows)


def blocks(data: Dataset, root: Path | None = None) -> dict[str, str]:
    """Return the text of every block by its name.

    Parameters
    ----------
    data
        The whole dataset, no switch set.
    root
        The data root that it was built from.
    """
    found = coverage(data)
    tables = {
        "totals": section.totals_table(found),
        "pairs": section.pairs_table(found),
        "read": section.read_table(found),
        "reported": section.reported_table(found),
        "unreported": section.unreported_table(found),
        "axes": section.axes_table(found),
        "ladder": ladder_table(found.ladder, COVERAGE_HEADS),
        "biases": section.biases_table(biases(data)),
        "switches": switches_table(found, root),
        "excluded": _excluded_table(data),
        "properties": section.properties_table(found),
    }
    texts = {name: to_markdown(table) for name, table in tables.items()}
    return {**dict.fromkeys(PICTURES, ""), **texts, **_pictures(found), "fields": fields(root)}


def _pictures(found: Coverage) -> dict[str, str]:
    drawn = {f"picture_{p.name}": p for p in section.pictures(found)}
    return {n: f"![{p.alt}](images/{p.name}.svg)\n\n*{p.caption}*" for n, p in drawn.items()}


def switches_table(whole: Coverage, root: Path | None) -> Table:
    """Return what each leave-out switch, and all of them, leaves."""
    cases = [(), *((word,) for word in SWITCHES), SWITCHES]
    what = {
        "interface responses": "responses",
        "activation energies of contacts": "activation energies",
        "relative changes": "relative changes",
        "observations (one sample in one state)": "observations",
        "observations in the headline set": "headline set",
    }
    rows: list[dict[str, Any]] = []
    for case in cases:
        found = coverage(load(root=root, leave_out=case)) if case else whole
        name = "all three" if case == SWITCHES else ", ".join(case) or "none"
        rows.append({"case": name, **{key: found.total(key) for key in what}})
    return table_of({"case": "left out", **what}, rows, tuple(what))


def _excluded_table(data: Dataset) -> Table:
    meanings = data.vocabulary[data.vocabulary["vocabulary"] == "reason"]
    sentences = dict(zip(meanings["word"], meanings["meaning"], strict=True))
    counts = data.excluded["reason"].value_counts()
    rows = [
        {"reason": str(word), "rows": int(n), "meaning": sentences[str(word)]}
        for word, n in sorted(counts.items(), key=lambda item: (-int(item[1]), str(item[0])))
    ]
    heads = {"reason": "reason", "rows": "rows", "meaning": "meaning"}
    return table_of(heads, rows, ("rows",))


def fields(root: Path | None = None) -> str:
    """Return every column of every built table with its unit and meaning.

    Columns that a curator types are described by the schema of ``measurements.csv``.
    """
    typed = _typed_meanings(default_root() if root is None else root)
    return "\n\n".join(text for form in FORMS for text in _form(form, typed))


def _typed_meanings(root: Path) -> Mapping[str, str]:
    schema = json.loads((root / "schemas" / "measurement.schema.json").read_text(encoding="utf-8"))
    return {name: schema["properties"][name]["description"] for name in COLUMNS}


def _form(form: TableForm, typed: Mapping[str, str]) -> Iterator[str]:
    yield f"### `{form.name}`\n\n{form.meaning} Key: {', '.join(f'`{k}`' for k in form.key)}."
    columns = {"name": "column", "kind": "kind", "unit": "unit", "meaning": "meaning"}
    rows = [
        {
            "name": f"`{column.name}`",
            "kind": column.kind,
            "unit": column.unit,
            "meaning": typed.get(column.name, column.meaning)
            if form.name == "records"
            else column.meaning,
        }
        for column in form.columns
    ]
    yield to_markdown(table_of(columns, rows))


def write_descriptor(
    data: Dataset, path: Path, root: Path | None = None, leave_out: Sequence[str] = ()
) -> list[Path]:
    """Fill the generated blocks of a descriptor file anew.

    Raises
    ------
    DescriptorError
        Where the file cannot be read or written, its blocks do not fit, or a switch is set: the
        descriptor describes the whole dataset.
    """
    if leave_out:
        raise DescriptorError(
            f"{path} describes the whole dataset; do not leave out {', '.join(leave_out)}"
        )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DescriptorError(f"{path}: cannot be read: {error}") from None
    try:
        filled = refresh(text, blocks(data, root))
    except DescriptorError as error:
        raise DescriptorError(f"{path}: {error}") from None
    return write_whole({path: filled}, path, DescriptorError)


def refresh(text: str, made: Mapping[str, str]) -> str:
    """Return a descriptor with its blocks filled anew.

    Raises
    ------
    DescriptorError
        Where the text has a block that nothing fills, or lacks one.
    """
    names = [match["name"] for match in BLOCK.finditer(text)]
    unknown, lacking = sorted(set(names) - made.keys()), sorted(made.keys() - set(names))
    if unknown:
        known = ", ".join(made)
        raise DescriptorError(f"no block is named {', '.join(unknown)}; the blocks are {known}")
    if lacking:
        line = f"<!-- generated: {lacking[0]} -->"
        raise DescriptorError(
            f"the text lacks the blocks {', '.join(lacking)}; write {line} and <!-- end --> "
            "where each belongs"
        )
    return BLOCK.sub(lambda m: f"{m['open']}\n{made[m['name']]}\n\n{m['close']}", text)
