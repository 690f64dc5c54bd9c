"""The checkout that a contribution is written to, never the data inside an installed package."""

from __future__ import annotations

from pathlib import Path

from metastudy.corpus.corpus import UnknownStudyError, default_root
from metastudy.errors import MetastudyError


class CheckoutError(MetastudyError):
    """A folder that contributions are not written to."""


def checkout_root(root: Path | None) -> Path:
    """Return the folder that holds ``data/`` and ``schemas/`` and may be written to.

    Raises
    ------
    CheckoutError
        Where no root is given and the package is installed with its data, or the folder holds no
        ``data/studies``.
    """
    if root is None:
        root = default_root()
        if not (root / "pyproject.toml").is_file():
            raise CheckoutError(
                "studies are added to a checkout, not to the installed package; "
                "give --root with the folder that holds data/ and schemas/, such as --root ."
            )
    studies = root / "data" / "studies"
    if not studies.is_dir():
        raise CheckoutError(f"{studies}: no such folder; the data root holds data/studies")
    return root


def study_folder(study_id: str, root: Path | None) -> Path:
    """Return the folder of a study in a checkout.

    Raises
    ------
    CheckoutError
        As :func:`checkout_root`.
    UnknownStudyError
        Where no folder has this name.
    """
    studies = checkout_root(root) / "data" / "studies"
    folder = studies / study_id
    if study_id in ("", ".", "..") or folder.parent != studies or not folder.is_dir():
        known = [path.name for path in studies.iterdir() if path.is_dir()]
        raise UnknownStudyError([study_id], known)
    return folder
