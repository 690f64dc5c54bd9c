"""The data that a change is compared with: a folder, or a revision of the repository as files.

Of a revision ``data/`` and ``schemas/`` are unpacked, and more where it is asked for; nothing in
them is run here.
"""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from metastudy.errors import MetastudyError


class RevisionError(MetastudyError):
    """A base that is neither a data root nor a revision that can be read."""


@contextmanager
def base_root(
    base: str, root: Path, also: Sequence[str] = (), *, parted: bool = False
) -> Iterator[Path]:
    """Give the data root that ``base`` names, for as long as it is needed.

    Parameters
    ----------
    base
        A folder that holds ``data/`` and ``schemas/``, or a git revision of the repository that
        holds ``root``.
    also
        What is unpacked of a revision besides ``data/`` and ``schemas/``, where it has it.
    parted
        Take the commit at which the checked-out branch left the revision, so that what came to the
        revision later is no part of the comparison.

    Raises
    ------
    RevisionError
        Where it is neither, or git cannot read it.
    """
    if (Path(base) / "data" / "studies").is_dir():
        yield Path(base)
        return
    if Path(base).is_dir():
        raise RevisionError(f"{base}: holds no data/studies; name a data root or a git revision")
    # The end of options: a base that begins with a dash is a name and no switch.
    name = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}"]
    commit = git(root, *name, fault=f"{base!r} is neither a folder nor a git revision of {root}")
    revision = commit.decode().strip()
    if parted:
        fault = f"{base} and the checked-out branch have no common commit; fetch both in full"
        revision = git(root, "merge-base", revision, "HEAD", fault=fault).decode().strip()
    listed = ("ls-tree", "--name-only", revision)
    held = git(root, *listed, fault=f"{base}: its files cannot be listed")
    there = [name for name in also if name in held.decode().splitlines()]
    packed = git(
        root,
        *("archive", "--format=tar", revision, "--", "data", "schemas", *there),
        fault=f"{base}: the revision holds no data/ and schemas/",
    )
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="metastudy-base-"))
            with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
                archive.extractall(folder, filter="data")
        except (OSError, tarfile.TarError) as error:
            where = f"{base}: cannot be unpacked into {tempfile.gettempdir()}"
            raise RevisionError(f"{where}: {getattr(error, 'strerror', None) or error}") from None
        yield Path(folder)


def git(root: Path, *arguments: str, fault: str) -> bytes:
    """Return what git prints of the repository that holds ``root``.

    Raises
    ------
    RevisionError
        Where git ends with an error; the message is ``fault`` and git's last line.
    """
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, check=False
        )
    except OSError as error:
        raise RevisionError(f"git cannot be run: {error.strerror}; name a folder instead") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise RevisionError(f"{fault}{f' ({said[-1]})' if said else ''}")
    return done.stdout
