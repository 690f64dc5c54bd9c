"""Put the built tables and the data they come from into the wheel.

An editable install reads ``data/`` where it stands, so nothing is built for it. A wheel carries the
tables (``metastudy/_tables``), and data and schemas (``metastudy/_share``), so that it can build
them anew without some rows.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# What importing metastudy.tables needs; the versions are those of [project.dependencies].
NEEDED = ("numpy", "scipy", "pandas", "pyarrow", "jsonschema", "PyYAML")  # scipy: stored refits


class DataHook(BuildHookInterface):
    """Builds the tables of a wheel."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return what building needs, with the bounds of the project's own dependencies."""
        if self.target_name != "wheel":
            return []
        return [text for text in self.metadata.core.dependencies if text.startswith(NEEDED)]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the tables into a temporary folder and include them."""
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        # This tree's package builds the tables, not one that happens to be installed.
        sys.path.insert(0, self.root)
        try:
            from metastudy.errors import MetastudyError
            from metastudy.tables.building import build
        finally:
            sys.path.remove(self.root)
        self.folder = tempfile.TemporaryDirectory(prefix="metastudy-")
        tables = Path(self.folder.name) / "tables"
        try:
            build(tables, root)
        except MetastudyError as error:
            self.folder.cleanup()
            self.app.abort(f"no wheel is made, because the tables cannot be built: {error}")
        build_data["force_include"] |= {
            str(tables): "metastudy/_tables",
            str(root / "data"): "metastudy/_share/data",
            str(root / "schemas"): "metastudy/_share/schemas",
        }

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the temporary folder."""
        if hasattr(self, "folder"):
            self.folder.cleanup()
