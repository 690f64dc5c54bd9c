"""The rules of the base judge the data of the change, so that no change judges itself."""

from __future__ import annotations

import difflib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metastudy.contribute.diff import Statement, collapse
from metastudy.contribute.package_process import has_package, last_line, run_python
from metastudy.corpus.finding import Finding, Place, Severity
from metastudy.errors import MetastudyError
from metastudy.tables.checking import check_data
from metastudy.tables.findings import content

TIME_LIMIT_S = 900
JUDGES = ("metastudy", ".github")
"""What is taken of a base besides its data and schemas."""

# What is judged by, in the order of its names here: the first that fits a file names it.
_KINDS = {
    "schemas/": "schema",
    "metastudy/corpus/rules/": "rule",
    "data/vocabulary/": "vocabulary",
    ".github/": "workflow",
    "metastudy/": "code",
}
_MARKED = ("schema", "rule", "workflow")


class BaseRulesError(MetastudyError):
    """A base whose check does not answer, or data that cannot be laid beside its rules."""


@dataclass(frozen=True)
class Judged:
    """What the rules of the base say of the data of the change.

    Attributes
    ----------
    findings
        Errors, and warnings that no decision answers.
    answered
        Rule by the decision that answers one of its warnings.
    """

    findings: tuple[Finding, ...]
    answered: Mapping[str, str]


@contextmanager
def judged_root(base: Path, head: Path) -> Iterator[Path]:
    """Give a data root with the data of the change and the schemas of the base.

    Raises
    ------
    BaseRulesError
        Where it cannot be laid out.
    """
    with tempfile.TemporaryDirectory(prefix="metastudy-judged-") as folder:
        root = Path(folder)
        try:
            shutil.copytree(head / "data", root / "data", symlinks=True)
            shutil.copytree(base / "schemas", root / "schemas")
        except (OSError, shutil.Error) as error:
            raise BaseRulesError(
                f"the data of {head} cannot be laid beside the schemas of {base}: {error}"
            ) from None
        yield root


def judge(base: Path, root: Path) -> Judged:
    """Check a root by the package of the base; by this one where the base is only a data root.

    Raises
    ------
    BaseRulesError
        Where the check of the base does not answer.
    """
    if not has_package(base):
        return _judged(content(check_data(root)))
    command = ("-m", "metastudy", "check", "--root", str(root), "--format", "json")
    try:
        done = run_python(base, *command, timeout_s=TIME_LIMIT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BaseRulesError(f"the check of the base did not end: {error}") from None
    try:
        return _judged(json.loads(done.stdout)["result"])
    except (ValueError, KeyError, TypeError):
        raise BaseRulesError(
            f"the check of the base gives no findings as JSON (status {done.returncode}): "
            f"{last_line(done)}"
        ) from None


def _judged(result: Mapping[str, Any]) -> Judged:
    answered = {finding["decision"]: finding["rule"] for finding in result["answered"]}
    return Judged(tuple(_finding(fields) for fields in result["findings"]), answered)


def _finding(fields: Mapping[str, Any]) -> Finding:
    return Finding(
        rule=fields["rule"],
        severity=Severity(fields["severity"]),
        place=Place(fields["file"], fields["line"], fields["column"]),
        message=fields["message"],
        hint=fields["hint"],
        cell=fields["cell"],
        records=tuple(fields["records"]),
        numbers=fields["numbers"],
    )


def rule_changes(base: Path, head: Path) -> list[Statement]:
    """Name the files that judge and that the change touches, with how many lines."""
    found: list[tuple[str, str]] = []
    for prefix, kind in _KINDS.items():
        if not ((base / prefix).is_dir() and (head / prefix).is_dir()):
            continue
        before, after = (_texts(root, prefix) for root in (base, head))
        for name in sorted(before.keys() | after.keys()):
            if _kind(name) == kind and before.get(name) != after.get(name):
                how = "removed" if name not in after else "changed" if name in before else "added"
                lines = _lines(before.get(name, ""), after.get(name, ""))
                found.append((f"{kind} {how}", f"{name} ({lines})"))
    return [
        Statement(each.text, each.names, each.text.startswith(_MARKED)) for each in collapse(found)
    ]


def _kind(name: str) -> str:
    return next(kind for prefix, kind in _KINDS.items() if name.startswith(prefix))


def _texts(root: Path, prefix: str) -> dict[str, str]:
    """Return the text of files below a folder by their names from the root; links are not read."""
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in sorted((root / prefix).rglob("*"))
        if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts
    }


def _lines(before: str, after: str) -> str:
    head = 2  # lines that name the files
    difference = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    marks = [line[0] for line in difference][head:]
    return f"+{marks.count('+')} -{marks.count('-')} lines"
