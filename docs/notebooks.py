"""Write every analysis as an executed notebook: python docs/notebooks.py FOLDER.

The same bytes for the same analyses: cells are numbered, and no time is written.
"""

from __future__ import annotations

import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

from metastudy.cli import one_thread

ANALYSES = Path(__file__).resolve().parents[1] / "analyses"
LONGEST_S = 300


def write_notebooks(out: Path) -> None:
    """Execute each analysis in its own folder and write it as ``.ipynb`` below ``out``."""
    one_thread()  # for the kernels: small matrices, as the command line does it
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(ANALYSES.glob("*/analysis.py")):
        notebook = jupytext.read(path, fmt="py:percent")
        for number, cell in enumerate(notebook.cells, start=1):
            cell["id"] = f"cell-{number}"
        place = {"metadata": {"path": path.parent}}
        NotebookClient(
            notebook,
            timeout=LONGEST_S,
            kernel_name="python3",
            resources=place,
            record_timing=False,
            coalesce_streams=True,  # or the breaks between its parts depend on the clock
        ).execute()
        target = out / f"{path.parent.name}.ipynb"
        # What jupytext notes of the source is in an order that changes from run to run.
        notebook.metadata.pop("jupytext", None)
        nbformat.write(notebook, target)
        print(target)


if __name__ == "__main__":
    write_notebooks(Path(sys.argv[1]))
