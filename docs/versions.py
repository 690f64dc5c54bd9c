"""Put a built site beside those of other versions: python docs/versions.py SITE FOLDER VERSION URL.

Each version has a folder of its own. ``latest`` is a copy of the highest one, ``switcher.json`` the
list from which a page chooses another, and ``index.html`` leads to ``latest``.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
INDEX = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>metastudy</title>
<meta http-equiv="refresh" content="0; url=latest/"></head>
<body><a href="latest/">metastudy</a></body></html>
"""


def publish(site: Path, folder: Path, version: str, url: str) -> list[str]:
    """Put a built site into a folder of versions.

    Parameters
    ----------
    site
        The built site, with its ``index.html``.
    folder
        The folder of all versions; made where it is not there.
    version
        Three numbers such as ``0.2.0``. The site of this version, where there is one, is replaced.
    url
        Address of the folder, without a slash at its end.

    Returns
    -------
    list of str
        All versions, highest first.

    Raises
    ------
    ValueError
        For a version of another form, or a site without a first page.
    """
    if not VERSION.fullmatch(version):
        raise ValueError(f"{version!r} is no version; write three numbers such as 0.2.0")
    if not (site / "index.html").is_file():
        raise ValueError(f"{site} holds no index.html; build the site first: make docs")
    folder.mkdir(parents=True, exist_ok=True)
    _replace(site, folder / version)
    versions = sorted(
        (path.name for path in folder.iterdir() if VERSION.fullmatch(path.name)),
        key=lambda name: tuple(map(int, name.split("."))),
        reverse=True,
    )
    _replace(folder / versions[0], folder / "latest")
    entries = [
        {
            "name": f"{name} (latest)" if name == versions[0] else name,
            "version": name,
            "url": f"{url}/{name}/",
            "preferred": name == versions[0],
        }
        for name in versions
    ]
    (folder / "switcher.json").write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")
    (folder / "index.html").write_text(INDEX, encoding="utf-8")
    (folder / ".nojekyll").touch()  # else folders that begin with an underscore are left out
    return versions


def _replace(source: Path, target: Path) -> None:
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(source, target)


def main() -> None:
    """Publish what the command line names."""
    if len(sys.argv) != 5:
        raise SystemExit("usage: python docs/versions.py SITE FOLDER VERSION URL")
    site, folder, version, url = sys.argv[1:]
    try:
        print(", ".join(publish(Path(site), Path(folder), version, url.rstrip("/"))))
    except ValueError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
