"""Configuration of the site (Sphinx, numpydoc, MyST-NB), built by ``make docs`` offline."""

import os
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import site_sources  # noqa: E402

import metastudy  # noqa: E402
from metastudy.cli import one_thread  # noqa: E402

one_thread()  # for the kernels of the analyses: small matrices, as the command line does it

project = "metastudy"
author = "The metastudy authors"
project_copyright = author
version = release = metastudy.__version__
language = "en"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
    "sphinx_copybutton",
]
root_doc = "index"
exclude_patterns = [
    "conf.py",
    "notebooks.py",
    "versions.py",
    "site_sources.py",
    "analyses/*/simulate.py",
    "**/README.md",
]

# Docstrings
autosummary_generate = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_type_aliases = {"npt.ArrayLike": "ArrayLike"}
python_maximum_signature_line_length = 80
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

# Pages in Markdown, analyses as percent scripts
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
nb_custom_formats = {".py": ["jupytext.reads", {"fmt": "py:percent"}]}
nb_execution_mode = "force"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_merge_streams = True

# Appearance: everything comes from the installed theme, nothing from another server
html_theme = "pydata_sphinx_theme"
html_title = f"metastudy {version}"
html_static_path = ["_static"]
html_extra_path = ["_extra"]  # the explorer: a whole page of its own
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_sidebars = {"index": [], "dataset": [], "physics": []}
html_copy_source = False
html_theme_options: dict[str, Any] = {
    "navbar_align": "left",
    "header_links_before_dropdown": 8,
    "collapse_navigation": True,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
# A site that is published beside those of other versions has a list of them.
if site_url := os.environ.get("METASTUDY_SITE_URL"):
    html_theme_options |= {
        "switcher": {"json_url": f"{site_url}/switcher.json", "version_match": version},
        "check_switcher": False,
        "navbar_end": ["version-switcher", "theme-switcher", "navbar-icon-links"],
    }


# A signature of several lines: Sphinx writes a definition list of descriptions only.
PARAMETER_LIST = re.compile(r'<dl>\n(<dd><em class="sig-param">.*</dd>\n)+</dl>')
LITERAL = re.compile(r"(``.+?``)", re.S)


def escape_bars(
    _app: Any, _what: str, _name: str, _item: Any, _options: Any, lines: list[str]
) -> None:
    """Show the bars of absolute values in docstrings, which Sphinx would read as a substitution."""
    parts = LITERAL.split("\n".join(lines))
    parts[::2] = [part.replace("|", r"\|") for part in parts[::2]]
    lines[:] = "".join(parts).split("\n")


def mend_markup(_app: Any, _page: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    """Replace two constructs that screen readers cannot use: empty heads, lists without terms."""
    body = context.get("body", "").replace('<th class="head"><p></p></th>', "<td></td>")
    context["body"] = PARAMETER_LIST.sub(_as_blocks, body)


def _as_blocks(found: re.Match[str]) -> str:
    return re.sub(r"(</?)d[ld]>", r"\1div>", found[0].replace("<dl>", '<div class="signature">', 1))


def link_within_site(_app: Any, _page: str, source: list[str]) -> None:
    """Lead links on a file beside the folder of pages to its page on the site."""
    source[0] = source[0].replace("(../CONTRIBUTING.md", "(contributing.md")


def fill_descriptor(_app: Any, page: str, source: list[str]) -> None:
    """Put the numbers of today's data into the page on the dataset."""
    if page == "dataset":
        source[0] = site_sources.filled_descriptor(source[0])


def setup(app: Any) -> None:
    """Write the generated pages before Sphinx looks for its sources."""
    app.connect("config-inited", lambda _app, _config: site_sources.write_sources(HERE))
    app.connect("autodoc-process-docstring", escape_bars, priority=400)
    app.connect("html-page-context", mend_markup)
    app.connect("source-read", link_within_site)
    app.connect("source-read", fill_descriptor)
