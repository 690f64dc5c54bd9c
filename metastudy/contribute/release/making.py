"""Make a release: one folder from one commit, whole or not at all, the same bytes every time."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metastudy._version import __version__
from metastudy.contribute.checkout import checkout_root
from metastudy.contribute.release import changes as changed
from metastudy.contribute.release import documents
from metastudy.contribute.release.answers import write_answers
from metastudy.contribute.release.checksums import write_sums
from metastudy.contribute.release.citation import FILE as CITATION
from metastudy.contribute.release.citation import Citation, read_citation
from metastudy.contribute.release.croissant import croissant
from metastudy.contribute.release.errors import ReleaseError
from metastudy.contribute.release.notebooks import require_notebooks, write_notebooks
from metastudy.contribute.release.published import last_tables, read_published
from metastudy.contribute.release.repository import (
    LastRelease,
    commit_of,
    last_release,
    require_clean,
    require_own_code,
)
from metastudy.contribute.release.ro_crate import FILE as RO_CRATE
from metastudy.contribute.release.ro_crate import ro_crate
from metastudy.contribute.release.version_rule import require_above, require_matching
from metastudy.contribute.release.zenodo import zenodo
from metastudy.corpus.version import data_version
from metastudy.pages.figures.catalogue import ITEMS
from metastudy.pages.rendering.plain import csv_of
from metastudy.pages.reproductions import draw_items, write_figures
from metastudy.tables.building import Step, build
from metastudy.tables.checking import check_data
from metastudy.tables.loading import load
from metastudy.target_lock import locked


@dataclass(frozen=True)
class Source:
    """What a release is made from: a commit of a checkout, and the release before it."""

    root: Path
    commit: str
    citation: Citation
    last: LastRelease | None


def make_release(
    version: str,
    out: Path,
    root: Path | None = None,
    *,
    last: Path | None = None,
    notebooks: bool = True,
    step: Step = lambda _: None,
) -> changed.Changes:
    """Check a commit, and write everything that its release holds into a new folder.

    Parameters
    ----------
    version
        Version of the data, which must be the one of ``data/VERSION`` and ``CITATION.cff``.
    out
        A folder that does not exist yet.
    root
        The checkout; the one that holds the package where None.
    last
        Folder of the last release as it was published; where None, its tables are built again.
    notebooks
        Whether the analyses are executed.
    step
        Called with the name of each step, for a progress display.

    Returns
    -------
    Changes
        What changed since the last release.

    Raises
    ------
    ReleaseError
        Where the checkout is not ready, the version does not say what changed, or the folder
        cannot be written.
    """
    target = Path(os.path.abspath(out))
    if target.exists():
        raise ReleaseError(f"{target}: is there already; give --out a folder that is not")
    step("looking at the checkout")
    source = _source(version, checkout_root(root).resolve())
    if notebooks:
        require_notebooks(source.root)
    step("checking the data")
    result = check_data(source.root, ())
    if result.status != 0:
        raise ReleaseError(
            f"the check has open findings, the first at {result.findings[0].place}; "
            "metastudy check shows them all"
        )
    new = target.with_name(f".{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target, ReleaseError):
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir()
            found = _write_all(new, source, last, notebooks, step)
            new.rename(target)
    except OSError as error:
        raise ReleaseError(f"{target}: cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return found


def _source(version: str, root: Path) -> Source:
    require_clean(root)
    require_own_code(root)
    last = last_release(root, version)
    require_above(version, last)
    citation = read_citation(root)
    for place, said in (("data/VERSION", data_version(root)), (CITATION, citation.version)):
        if said != version:
            raise ReleaseError(
                f"{root / place}: is of version {said}, not {version}; "
                f"metastudy release {version} --prepare writes it, then commit"
            )
    return Source(root, commit_of(root), citation, last)


def _write_all(
    folder: Path, source: Source, published: Path | None, notebooks: bool, step: Step
) -> changed.Changes:
    tables = folder / "tables"
    build(tables, source.root, step)
    step("comparing with the last release")
    found = _changes(tables, source, published)
    require_matching(source.citation.version, source.last, found)
    data = load(tables)
    step("drawing figures")
    write_figures(draw_items(ITEMS, data), data, folder / "figures")
    write_answers(folder / "results", source.root, step)
    if notebooks:
        step("executing notebooks")
        write_notebooks(folder / "notebooks", source.root)
    step("describing")
    _describe(folder, source, found, sorted(data.studies["doi"].dropna()), notebooks)
    return found


def _changes(tables: Path, source: Source, published: Path | None) -> changed.Changes:
    after = read_published(tables)
    if source.last is None:
        return changed.compare({}, after, None, source.root)
    with last_tables(source.root, source.last.tag, published) as (before, base):
        return changed.compare(read_published(before), after, base, source.root)


def _describe(
    folder: Path, source: Source, found: changed.Changes, dois: list[str], notebooks: bool
) -> None:
    citation, commit = source.citation, source.commit
    shutil.copyfile(source.root / CITATION, folder / CITATION)
    shutil.copyfile(source.root / "data" / "LICENSE", folder / "LICENSE")
    texts = {
        "README.md": documents.read_me(citation, __version__, commit, notebooks),
        "changes.csv": csv_of(found.to_frame()),
        "changes.md": documents.changes_markdown(found, citation, source.last),
        "CHANGELOG.md": documents.changelog_draft(found, citation, source.root / "CHANGELOG.md"),
        ".zenodo.json": _json(zenodo(citation, dois)),
        "croissant.json": _json(croissant(citation, folder / "tables")),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    crate = ro_crate(citation, folder, dois, __version__, commit)
    (folder / RO_CRATE).write_text(_json(crate), encoding="utf-8")
    write_sums(folder)


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
