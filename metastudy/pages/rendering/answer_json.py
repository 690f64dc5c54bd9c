"""The one form of an answer as JSON: what was asked, of which data, and the result."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from metastudy._version import __version__


def answer_json(
    command: str,
    arguments: Mapping[str, Any],
    result: Mapping[str, Any],
    data_version: str | None = None,
    notes: Sequence[str] = (),
) -> str:
    """Write an answer as ``schemas/answer.schema.json`` says.

    Parameters
    ----------
    command
        The command that answers, such as ``scatter``.
    arguments
        What was asked, by the names of the command line without dashes.
    result
        The answer; a missing number is None.
    data_version
        Version of the data that was read; None where none was read or it has no version.
    notes
        What a reader must know before using the result.

    Raises
    ------
    ValueError
        Where a number is not finite.
    """
    content = {
        "command": command,
        "metastudy_version": __version__,
        "data_version": data_version,
        "arguments": dict(arguments),
        "result": dict(result),
        "notes": list(notes),
    }
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
