"""The public names are one list, for the loader and for type checkers."""

import ast
from pathlib import Path

from metastudy import eis


def test_the_stub_has_the_names_of_the_loader_from_the_same_modules():
    tree = ast.parse(Path(eis.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    stub = {}
    for node in tree.body:
        assert isinstance(node, ast.ImportFrom)
        stub |= {alias.asname: f"{eis.__name__}.{node.module}" for alias in node.names}
    assert sorted(stub) == dir(eis) == eis.__all__
    for name, module in stub.items():
        assert getattr(eis, name).__module__ == module
