"""Roots of made-up data, and the edits that seed a fault in them.

``tests/frozen`` holds the made-up studies; vocabulary and schemas are the repository's. A fault
file lists edits and what the check must say of them.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
FAULTS = REPOSITORY / "tests" / "faults"
FROZEN = REPOSITORY / "tests" / "frozen"


def lay_out(folder: Path, studies: str = "probe") -> Path:
    """Copy the made-up studies whose names begin so, with what belongs to them, into ``folder``.

    The links of ``tests/frozen`` to vocabulary and schemas are not followed: a system without
    symbolic links has none.
    """
    shutil.copytree(FROZEN / "data", folder / "data", ignore=shutil.ignore_patterns("vocabulary"))
    for part in ("studies", "decisions", "corrections"):
        for path in (folder / "data" / part).iterdir():
            if path.name.startswith(studies):
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        if not any((folder / "data" / part).iterdir()):
            (folder / "data" / part).rmdir()
    shutil.copytree(REPOSITORY / "data" / "vocabulary", folder / "data" / "vocabulary")
    shutil.copytree(REPOSITORY / "schemas", folder / "schemas")
    return folder


def seed(root: Path, edit: Mapping[str, Any]) -> None:
    """Make one edit; see the branches for its forms."""
    if "in" not in edit:
        _make(root, edit)
        return
    path = root / edit["in"]
    data = path.read_bytes()
    if "row" in edit:
        data = _set_cells(data, edit["row"], edit["set"])
    elif "replace" in edit:
        old = edit["replace"].encode()
        assert data.count(old) == 1, f"{edit['replace']!r} must stand once in {path}"
        new = bytes.fromhex(edit["by_hex"]) if "by_hex" in edit else edit["by"].encode()
        data = data.replace(old, new)
    elif "append" in edit:
        data += edit["append"].encode()
    elif "before_hex" in edit:
        data = bytes.fromhex(edit["before_hex"]) + data
    elif "line_end" in edit:
        data = data.replace(b"\n", edit["line_end"].encode())
    elif "separator" in edit:
        data = data.replace(b",", edit["separator"].encode())
    elif "cut" in edit:
        data = data[: -edit["cut"]]
    else:
        raise AssertionError(f"no such edit: {edit}")
    path.write_bytes(data)


def _make(root: Path, edit: Mapping[str, Any]) -> None:
    """Write, copy, link or remove."""
    if "write" in edit:
        path = root / edit["write"]
        path.parent.mkdir(parents=True, exist_ok=True)
        text = edit["text"] if "text" in edit else edit["repeat"] * edit["times"]
        path.write_text(text, encoding="utf-8", newline="")
    elif "copy" in edit:
        source = root / "data" / "studies" / edit["copy"]
        target = source.with_name(edit["to"])
        target.mkdir()
        for path in source.iterdir():
            text = path.read_text(encoding="utf-8").replace(edit["copy"], edit["to"])
            for old, new in edit["texts"].items():
                text = text.replace(old, new)
            (target / path.name).write_text(text, encoding="utf-8")
    elif "link" in edit:
        (root / edit["link"]).symlink_to(edit["to"])
    else:
        (root / edit["remove"]).unlink()


def _set_cells(data: bytes, record: str, cells: Mapping[str, str]) -> bytes:
    """Set cells of the row that starts with a record id, and leave every other line alone."""
    lines = data.decode().split("\n")
    header = lines[0].split(",")
    for index, line in enumerate(lines):
        if line.startswith(f"{record},"):
            row = dict(zip(header, next(csv.reader([line])), strict=True)) | cells
            out = io.StringIO()
            csv.writer(out, lineterminator="").writerow([row[name] for name in header])
            lines[index] = out.getvalue()
            return "\n".join(lines).encode()
    raise AssertionError(f"no row {record}")
