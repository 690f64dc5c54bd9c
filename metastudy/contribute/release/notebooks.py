"""The analyses of a checkout as executed notebooks."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from metastudy.contribute.package_process import last_line, run_python
from metastudy.contribute.release.errors import ReleaseError

NEEDED = ("jupytext", "nbclient", "ipykernel")
WITHOUT = "or give --without-notebooks"


def require_notebooks(root: Path) -> None:
    """Refuse a checkout without analyses, and a Python without the packages that execute them.

    Raises
    ------
    ReleaseError
        Where one of them is missing.
    """
    if not (root / "docs" / "notebooks.py").is_file():
        raise ReleaseError(f"{root}: holds no docs/notebooks.py that executes analyses; {WITHOUT}")
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ReleaseError(
            f"notebooks need {', '.join(missing)}; install them with "
            f"{sys.executable} -m pip install -r requirements/docs.txt, {WITHOUT}"
        )


def write_notebooks(out: Path, root: Path) -> None:
    """Execute every analysis of a checkout and write it as ``.ipynb``.

    Raises
    ------
    ReleaseError
        Where one fails; the message ends with what it says.
    """
    done = run_python(root, str(root / "docs" / "notebooks.py"), str(out))
    if done.returncode:
        raise ReleaseError(f"a notebook cannot be executed: {last_line(done)}")
