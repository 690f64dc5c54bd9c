"""Another name for a study or a record: every reference in the data follows, or nothing changes."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from metastudy.contribute.checkout import checkout_root, study_folder
from metastudy.corpus.corpus import STUDY_NAME
from metastudy.corpus.stray import STRAY
from metastudy.errors import MetastudyError
from metastudy.target_lock import locked

_RECORD = re.compile(r"(?P<study>[a-z0-9_]+)\.(?P<number>r?[0-9]{3,4})")
_TEXT = (".yaml", ".csv")


class RenameError(MetastudyError):
    """A name that cannot be given, or files that cannot be written."""


@dataclass(frozen=True)
class Renamed:
    """What a new name changes: files by their new text, and a folder with its new name."""

    texts: Mapping[Path, str]
    folder: tuple[Path, Path] | None = None


def rename(old: str, new: str, root: Path | None = None) -> Renamed:
    """Give a study or a record another name, in every file of the data that names it.

    Parameters
    ----------
    old, new
        Two study ids, or two record ids of one study.

    Raises
    ------
    RenameError
        Where the old name is not there, the new one is taken or not of its form, or a file cannot
        be written; then no file has changed.
    CheckoutError
        Where the root is no checkout.
    UnknownStudyError
        Where no study has the old name.
    """
    root = checkout_root(root)
    if old == new:
        raise RenameError(f"{old} has this name already")
    with locked(root / "data" / "studies", RenameError):
        change = _record(old, new, root) if "." in old else _study(old, new, root)
        _apply(change)
    return change


def _study(old: str, new: str, root: Path) -> Renamed:
    folder = study_folder(old, root)
    if not STUDY_NAME.fullmatch(new):
        raise RenameError(f"{new!r} is not a study id; write family_year_word in lower case")
    target = folder.with_name(new)
    if target.exists():
        raise RenameError(f"{target}: exists; a study keeps its name, take another last word")
    pattern = re.compile(rf"(?<![a-z0-9_.]){re.escape(old)}(?![a-z0-9_])")
    return Renamed(_replaced(pattern, new, root), (folder, target))


def _record(old: str, new: str, root: Path) -> Renamed:
    before, after = _RECORD.fullmatch(old), _RECORD.fullmatch(new)
    if before is None or after is None or before["study"] != after["study"]:
        raise RenameError(
            f"{old} to {new}: a record keeps its study; write {old.rpartition('.')[0]}. and "
            "three or four digits"
        )
    if before["number"].startswith("r") or after["number"].startswith("r"):
        raise RenameError(f"{old}: refits are numbered by metastudy refit; their names stay")
    study_folder(before["study"], root)
    found = {name for name in (old, new) if _replaced(_exactly(name), name, root, changed=False)}
    if old not in found:
        raise RenameError(f"{old}: no record has this name")
    if new in found:
        raise RenameError(f"{new}: is taken; a number is never used again, take the next free one")
    return Renamed(_replaced(_exactly(old), new, root))


def _exactly(record: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9_.]){re.escape(record)}(?![0-9])")


def _replaced(
    pattern: re.Pattern[str], new: str, root: Path, changed: bool = True
) -> dict[Path, str]:
    """Return the files that hold the pattern, with ``new`` in its place."""
    texts = {}
    for path in _data_files(root):
        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RenameError(f"{path}: cannot be read: {error}; nothing was changed") from None
        if pattern.search(text):
            texts[path] = pattern.sub(new, text) if changed else text
    return texts


def _data_files(root: Path) -> Iterator[Path]:
    for path in sorted((root / "data").rglob("*.*")):
        spectrum = path.parent.name == "spectra"
        if path.suffix in _TEXT and not spectrum and path.is_file() and not path.is_symlink():
            if not STRAY.fullmatch(path.name):
                yield path


def _apply(change: Renamed) -> None:
    """Write all new texts beside the files, then put them in place; put all back on a fault."""
    new = {path: path.with_name(f".{path.name}.new-{os.getpid()}") for path in change.texts}
    old = {path: path.with_name(f".{path.name}.old-{os.getpid()}") for path in change.texts}
    placed: list[Path] = []
    try:
        for path, text in change.texts.items():
            new[path].write_bytes(text.encode("utf-8"))
        with _uninterrupted():
            for path in change.texts:
                path.replace(old[path])
                placed.append(path)
                new[path].replace(path)
            if change.folder is not None:
                change.folder[0].rename(change.folder[1])
    except OSError as error:
        for path in placed:
            old[path].replace(path)
        reason = error.strerror or error
        raise RenameError(
            f"{error.filename}: cannot be written: {reason}; nothing was changed"
        ) from None
    finally:
        for path in [*new.values(), *old.values()]:
            for place in _places(path, change.folder):
                with suppress(OSError):
                    place.unlink(missing_ok=True)


def _places(path: Path, folder: tuple[Path, Path] | None) -> list[Path]:
    """Return where a file may be: its folder may have its new name by now."""
    if folder is None or not path.is_relative_to(folder[0]):
        return [path]
    return [path, folder[1] / path.relative_to(folder[0])]


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Keep an interruption back until the files are in place; the main thread alone gets any."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: caught.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if caught:
            raise KeyboardInterrupt
