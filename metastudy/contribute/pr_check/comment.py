"""The comment on a pull request, made from the JSON of a check that is not trusted.

A workflow without secrets checks the change and leaves the JSON; another, which may write a
comment, runs ``python -m metastudy.contribute.pr_check.comment pr-check.json > comment.md``. What
does not fit ``schemas/pr-check.schema.json`` is refused, and no text becomes a command.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from metastudy.contribute.pr_check.page import as_markdown, from_content
from metastudy.corpus.corpus import default_root
from metastudy.errors import MetastudyError

MARK = "<!-- metastudy pr-check -->"
"""First line of the comment, by which it is found and renewed."""
LARGEST_INPUT = 5_000_000  # bytes
LARGEST_COMMENT = 60_000  # characters; GitHub takes 65536
_CUT = "\n\n(cut; the artifact of the run has all)"


class CommentError(MetastudyError):
    """A text that is not the JSON of a check."""


def comment(path: Path, schema: Path | None = None) -> str:
    """Return the comment for a file with the JSON of a check.

    Parameters
    ----------
    path
        The file, from a source that is not trusted.
    schema
        The schema; that of the package's data root where None.

    Raises
    ------
    CommentError
        Where the file cannot be read, is too large, or does not fit the schema.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_INPUT + 1)
        if len(raw) > LARGEST_INPUT:
            raise CommentError(f"{path}: larger than {LARGEST_INPUT} bytes")
        content = json.loads(raw)
    except (OSError, ValueError, RecursionError) as error:
        raise CommentError(f"{path}: cannot be read as JSON: {type(error).__name__}") from None
    schema = schema or default_root() / "schemas" / "pr-check.schema.json"
    validator = Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
    fault = best_match(validator.iter_errors(content))
    if fault is not None:
        raise CommentError(f"{path}: {fault.json_path} does not fit {schema.name}")
    text = f"{MARK}\n{as_markdown(from_content(content['result']))}\n"
    return text if len(text) <= LARGEST_COMMENT else _shortened(text)


def _shortened(text: str) -> str:
    """Cut a comment at the end of a line, so that no code of a character is cut in two."""
    kept = text[: LARGEST_COMMENT - len(_CUT)].rpartition("\n")[0]
    return f"{kept}{_CUT}\n"


def main() -> None:
    """Write the comment for the file that the command line names."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m metastudy.contribute.pr_check.comment PR-CHECK.JSON")
    try:
        sys.stdout.buffer.write(comment(Path(sys.argv[1])).encode("utf-8"))
    except MetastudyError as error:
        raise SystemExit(f"metastudy: {error}") from None


if __name__ == "__main__":
    main()
