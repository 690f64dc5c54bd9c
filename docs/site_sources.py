"""Pages of the site that are made from code and data: API reference, data dictionary, analyses."""

from __future__ import annotations

import csv
import inspect
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import metastudy
from metastudy.pages import descriptor
from metastudy.pages.explorer.page import make_explorer, write_explorer
from metastudy.pages.sections.coverage import write_pictures
from metastudy.tables import columns
from metastudy.tables.building import checked_corpus

PACKAGES = (
    "metastudy",
    "metastudy.mixed",
    "metastudy.mixed.bayes",
    "metastudy.eis",
    "metastudy.physics",
)
ROOT = Path(__file__).resolve().parents[1]
NOT_SHOWN = ("__pycache__",)


def write_sources(docs: Path) -> None:
    """Write the generated folders the explorer and the pictures of coverage below ``docs``."""
    write_pictures(metastudy.load(), docs / "images")
    _replace(docs / "reference", reference_pages())
    _replace(docs / "dictionary", dictionary_pages())
    _copy_analyses(docs / "analyses")
    corpus = checked_corpus()
    write_explorer(make_explorer(corpus), docs / "_extra" / "interfaces.html")


def filled_descriptor(text: str) -> str:
    """Return the page on the dataset with the tables and pictures of today's data."""
    return descriptor.refresh(text, descriptor.blocks(metastudy.load()))


def _replace(folder: Path, pages: Mapping[str, str]) -> None:
    """Make the folder hold exactly these pages; a page that did not change is not touched."""
    folder.mkdir(exist_ok=True)
    for stale in {path.name for path in folder.iterdir()} - pages.keys():
        (folder / stale).unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")


def _heading(title: str, line: str = "=") -> list[str]:
    return [title, line * len(title), ""]


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Return the lines of a list-table; a cell is one line of reStructuredText."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in (header, *rows):
        for number, cell in enumerate(row):
            lines.append(f"   {'* -' if number == 0 else '  -'} {cell}".rstrip())
    return [*lines, ""]


# API reference -----------------------------------------------------------------------------------


def public_names(package: str) -> dict[str, object]:
    """Return the public objects of a package by name; not submodules, nor what has a page above."""
    module = import_module(package)
    parent = import_module(package.rpartition(".")[0] or package)
    above = set(getattr(parent, "__all__", ())) if parent is not module else set()
    return {
        name: item
        for name in getattr(module, "__all__", ())
        if not inspect.ismodule(item := getattr(module, name))
        and not (name in above and item is getattr(parent, name))
    }


def short_name(package: str, name: str) -> str:
    """Return the name as code writes it after ``from metastudy import eis, mixed``."""
    return (
        f"{package}.{name}".removeprefix("metastudy.")
        if package != "metastudy"
        else f"metastudy.{name}"
    )


def reference_pages() -> dict[str, str]:
    """Return a page for each public name and an index for each package, by file name."""
    packages = [package for package in PACKAGES if public_names(package)]
    pages = {"index.rst": _reference_index(packages)}
    for package in packages:
        names = public_names(package)
        pages[f"{package}.rst"] = _package_page(package, names)
        for name, item in names.items():
            pages[f"{package}.{name}.rst"] = _name_page(package, name, item)
    return pages


def _reference_index(packages: list[str]) -> str:
    lines = [
        *_heading("API reference"),
        "Look up what a public function takes and returns: shapes, units, signs, errors raised.",
        "Every name in ``__all__`` of a package has a page; other modules may change at any time.",
        "",
        ".. toctree::",
        "   :maxdepth: 1",
        "",
        *(f"   {package}" for package in packages),
        "",
    ]
    return "\n".join(lines)


def _room(package: str, item: object) -> str:
    """Return the folder or module below the package in which a public object is defined."""
    module = str(getattr(item, "__module__", package))
    return module.removeprefix(package).lstrip(".").split(".")[0] if module != package else ""


def _package_page(package: str, names: Mapping[str, object]) -> str:
    lines = [*_heading(package), f".. automodule:: {package}", "   :no-members:", ""]
    rooms: dict[str, list[str]] = {}
    for name, item in names.items():
        rooms.setdefault(_room(package, item), []).append(name)
    for room in sorted(rooms):
        if len(rooms) > 1:
            lines += _heading(_room_title(package, room), "-")
        lines += [f".. currentmodule:: {package}", ""]
        lines += [".. autosummary::", "   :nosignatures:", ""]
        lines += [*(f"   {name}" for name in rooms[room]), ""]
    lines += [".. toctree::", "   :hidden:", ""]
    lines += [f"   {package}.{name}" for name in names]
    return "\n".join(lines) + "\n"


def _room_title(package: str, room: str) -> str:
    """Return the first words of a room's own docstring, which say what is in it."""
    module = import_module(f"{package}.{room}" if room else package)
    return re.split(r"[:;.]\s|[:;.]?$", (inspect.getdoc(module) or room).split("\n")[0])[0]


def _name_page(package: str, name: str, item: object) -> str:
    title = short_name(package, name)
    lines = [*_heading(title), f".. index:: {name}", "", f".. currentmodule:: {package}", ""]
    if inspect.isclass(item):
        kind = "autoexception" if issubclass(item, BaseException) else "autoclass"
        lines += [f".. {kind}:: {name}"]
        if kind == "autoclass":
            lines += ["   :members:", "   :inherited-members:"]
    elif callable(item):
        lines += [f".. autofunction:: {name}"]
    else:
        lines += [f".. autodata:: {name}"]
    return "\n".join(lines) + "\n"


# Data dictionary ---------------------------------------------------------------------------------


def dictionary_pages() -> dict[str, str]:
    """Return a page for each vocabulary table, each schema and each built table, by file name."""
    vocabulary = sorted((ROOT / "data" / "vocabulary").glob("*.csv"))
    schemas = sorted((ROOT / "schemas").glob("*.schema.json"))
    tables = [item for item in vars(columns).values() if isinstance(item, columns.TableForm)]
    uses = _uses(schemas)
    pages = {f"word-{path.stem}.rst": _vocabulary_page(path, uses) for path in vocabulary}
    pages |= {f"file-{_stem(path)}.rst": _schema_page(path) for path in schemas}
    pages |= {f"table-{table.name}.rst": _built_page(table) for table in tables}
    pages["index.rst"] = _dictionary_index(
        [f"file-{_stem(path)}" for path in schemas],
        [f"table-{table.name}" for table in tables],
        [f"word-{path.stem}" for path in vocabulary],
    )
    return pages


def _stem(path: Path) -> str:
    return path.name.removesuffix(".schema.json")


def _dictionary_index(files: list[str], tables: list[str], words: list[str]) -> str:
    lines = [
        *_heading("Data dictionary"),
        "Look up what a field or a coded word means: in the files that a curator types, in the",
        "tables that ``metastudy.load()`` and ``metastudy build`` give, and in the vocabulary.",
        "",
    ]
    for caption, names in (
        ("Files of a study", files),
        ("Built tables", tables),
        ("Vocabulary", words),
    ):
        lines += [".. toctree::", f"   :caption: {caption}", "   :maxdepth: 1", ""]
        lines += [*(f"   {name}" for name in names), ""]
    return "\n".join(lines)


def _text(words: str) -> str:
    """Escape what reStructuredText would read as markup."""
    return "".join(f"\\{letter}" if letter in "\\*`|_" else letter for letter in words)


def _fields(schema: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every field of a schema with its dotted place; a list adds ``[]``."""
    for name, field in schema.get("properties", {}).items():
        place = f"{path}.{name}".lstrip(".")
        yield place, field
        yield from _fields(field, place)
        if isinstance(field.get("items"), dict):
            yield from _fields(field["items"], f"{place}[]")
    for name, definition in schema.get("$defs", {}).items():
        yield from _fields(definition, name)


def _uses(schemas: list[Path]) -> dict[str, list[tuple[str, str, str]]]:
    """Return for each vocabulary table the fields that take its words: file, field, meaning."""
    uses: dict[str, list[tuple[str, str, str]]] = {}
    for path in schemas:
        schema = json.loads(path.read_text(encoding="utf-8"))
        for place, field in _fields(schema):
            for holder in (field, field.get("items", {})):
                if isinstance(holder, dict) and "x-vocabulary" in holder:
                    use = (
                        f":doc:`file-{_stem(path)}`",
                        f"``{place}``",
                        _text(field.get("description", "")),
                    )
                    uses.setdefault(holder["x-vocabulary"], []).append(use)
    return uses


def _vocabulary_page(path: Path, uses: Mapping[str, list[tuple[str, str, str]]]) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    fields = uses.get(path.stem, [])
    lines = [*_heading(path.stem), f".. index:: {path.stem}", ""]
    lines += [f"Words that may stand in this place, from ``data/vocabulary/{path.name}``.", ""]
    if fields:
        lines += _table(("typed in", "field", "meaning"), fields)
    words = [(f"``{word}``", *map(_text, rest)) for word, *rest in rows]
    lines += _table(tuple(map(_text, header)), words)
    return "\n".join(lines)


def _schema_page(path: Path) -> str:
    schema = json.loads(path.read_text(encoding="utf-8"))
    rows = []
    for place, field in _fields(schema):
        inner = field.get("items", {})
        table = field.get("x-vocabulary") or (isinstance(inner, dict) and inner.get("x-vocabulary"))
        words = f":doc:`{table} <word-{table}>`" if table else ""
        rows.append((f"``{place}``", _text(field.get("description", "")), words))
    lines = [*_heading(_text(schema["title"])), _text(schema["description"]), ""]
    lines += [
        f"``metastudy check`` tests every such file against ``schemas/{path.name}``.",
        "",
    ]
    lines += _table(("field", "meaning", "words"), rows)
    return "\n".join(lines)


def _built_page(table: columns.TableForm) -> str:
    rows = [
        (f"``{column.name}``", column.kind, _text(column.unit), _text(column.meaning))
        for column in table.columns
    ]
    lines = [*_heading(f"Table {table.name}"), _text(table.meaning), ""]
    lines += [f"Key: {', '.join(f'``{name}``' for name in table.key)}.", ""]
    lines += _table(("column", "kind", "unit", "meaning"), rows)
    return "\n".join(lines)


# Analyses ----------------------------------------------------------------------------------------


def _copy_analyses(folder: Path) -> None:
    """Copy the analyses below the pages, because a page is executed in its own folder."""
    folder.mkdir(exist_ok=True)
    kept = {path.parent.name for path in (ROOT / "analyses").glob("*/analysis.py")}
    for stale in {path.name for path in folder.iterdir()} - kept:
        shutil.rmtree(folder / stale)
    for name in sorted(kept):
        ignore = shutil.ignore_patterns(*NOT_SHOWN)
        shutil.copytree(ROOT / "analyses" / name, folder / name, ignore=ignore, dirs_exist_ok=True)
