"""The page as one file: data, style and script inside, and a policy that lets in nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from metastudy.answers.claims.judging import judge
from metastudy.answers.comparisons import compare_all
from metastudy.corpus.corpus import Corpus
from metastudy.corpus.version import data_version
from metastudy.errors import MetastudyError
from metastudy.pages.explorer.coded_tables import plain_rows, rounded
from metastudy.pages.explorer.payload import Answers, as_json, payload
from metastudy.pages.explorer.predictions import predictions
from metastudy.pages.explorer.rows import page_rows
from metastudy.pages.explorer.static_sections import static_sections
from metastudy.tables.building import Step, build_tables
from metastudy.tables.claims import has_claims, read_claims
from metastudy.tables.dataset import Dataset
from metastudy.tables.loading import data_frames
from metastudy.whole_file import write_whole

HERE = "metastudy.pages.explorer"
EXAMPLE = "explorer.html"


class ExplorerError(MetastudyError):
    """An explorer that cannot be written."""


def answers_of(corpus: Corpus, data: Dataset) -> Answers:
    """Compute what the page shows beside the rows: comparisons, predictions, judged claims."""
    claims = read_claims(corpus.root) if has_claims(corpus.root) else ()
    found = compare_all(data.observations, data.V)
    return Answers(
        comparisons=[_rounded(row) for row in plain_rows(found.dropna(subset=["difference"]))],
        predictions=predictions(data),
        judgements=judge(data, claims, lambda at: tables_of(corpus, at)),
    )


def tables_of(corpus: Corpus, reference_c: Mapping[str, float] | None = None) -> Dataset:
    """Return the tables of studies that were read, as ``metastudy.load`` builds them.

    Raises
    ------
    ExplorerError
        Where there is no study.
    """
    if not corpus.studies:
        raise ExplorerError(
            f"{corpus.root / 'data'}: the dataset holds no study yet; metastudy new begins one"
        )
    return data_frames(build_tables(corpus, (), reference_c), data_version(corpus.root))


def _rounded(row: Mapping[str, Any]) -> dict[str, Any]:
    return {n: rounded(cell) if isinstance(cell, float) else cell for n, cell in row.items()}


def make_explorer(
    corpus: Corpus,
    data: Dataset | None = None,
    answers: Answers | None = None,
    step: Step = lambda _: None,
) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    corpus, data
        The studies, and the tables built from them; built here where None.
    answers
        What is computed beside the rows; computed here where None.
    step
        Called with the name of each step, for a progress display.

    Raises
    ------
    ExplorerError
        Where there is no study.
    """
    if data is None:
        step("normalising")
        data = tables_of(corpus)
    if answers is None:
        step("comparing groups, predicting families, testing claims")
        answers = answers_of(corpus, data)
    step("writing the data of the page")
    rows = page_rows(data)
    content = payload(corpus, data, answers, rows)
    step("setting the page")
    pairs, works = static_sections(rows, content["works"], _printed(data))
    script, style = _text("bundle.js"), _text("bundle.css")
    return _template().render(
        policy=policy(script, [style, _text("plot_style.css")]),
        style=Markup(style),
        script=Markup(script),
        licences=_text("LICENSES.txt"),
        payload=Markup(as_json(content)),
        package_version=content["versions"]["metastudy"],
        data_version=content["versions"]["data"],
        pairs=pairs,
        works=works,
    )


def check_out(out: Path) -> None:
    """Refuse a place where no page can be, before the page is made.

    Raises
    ------
    ExplorerError
        Where ``out`` is a folder or does not end in .html.
    """
    if out.is_dir():
        raise ExplorerError(f"{out}: is a folder; give a file in it, such as {out / EXAMPLE}")
    if out.suffix.lower() != ".html":
        raise ExplorerError(f"{out}: give a name that ends in .html, such as {EXAMPLE}")


def write_explorer(html: str, out: Path) -> None:
    """Write the page whole, or not at all.

    Raises
    ------
    ExplorerError
        Where ``out`` is a folder, does not end in .html, or cannot be written.
    """
    check_out(out)
    write_whole({out: html}, out, ExplorerError)


def policy(script: str, styles: Sequence[str]) -> str:
    """Return the content security policy: nothing but one script and some styles, by their hash.

    Pictures may come from data and from what the page itself made, for the export of a picture.
    """
    of_styles = " ".join(_hash(style) for style in styles)
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {of_styles}; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _text(name: str) -> str:
    return (resources.files(HERE) / name).read_text(encoding="utf-8")


def _template() -> Template:
    environment = Environment(
        loader=PackageLoader(HERE, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("explorer.html.j2")


def _printed(data: Dataset) -> dict[str, str]:
    """Return number and unit of each record as printed."""
    signs = {"lt": "< ", "le": "≤ ", "gt": "> ", "ge": "≥ ", "approx": "~ "}
    return {
        row["record_id"]: f"{signs.get(row['qualifier'], '')}{row['value_text']} {row['unit_text']}"
        for row in plain_rows(data.records)
    }
