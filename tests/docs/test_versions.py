"""The site of each version in its folder, with the list from which a page chooses another."""

import importlib.util
import json
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "versions.py"
URL = "https://example.org/metastudy"


@pytest.fixture(scope="module")
def publish():
    spec = importlib.util.spec_from_file_location("versions", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.publish


def site(folder, text):
    folder.mkdir()
    (folder / "index.html").write_text(text)
    return folder


def test_the_highest_version_is_the_latest_whatever_the_order(publish, tmp_path):
    published = tmp_path / "published"
    for number, version in enumerate(("0.9.0", "0.10.0", "0.2.1")):
        built = site(tmp_path / str(number), version)
        publish(built, published, version, URL)
    listed = json.loads((published / "switcher.json").read_text())
    assert [entry["version"] for entry in listed] == ["0.10.0", "0.9.0", "0.2.1"]
    assert [entry["preferred"] for entry in listed] == [True, False, False]
    assert listed[0]["url"] == f"{URL}/0.10.0/"
    for entry in listed:
        assert (published / entry["version"] / "index.html").read_text() == entry["version"]
    assert (published / "latest" / "index.html").read_text() == "0.10.0"
    assert 'href="latest/"' in (published / "index.html").read_text()


def test_a_site_made_again_leaves_nothing_of_the_old(publish, tmp_path):
    old, new = site(tmp_path / "old", "old"), site(tmp_path / "new", "new")
    (old / "gone.html").write_text("gone")
    for built in (old, new):
        versions = publish(built, tmp_path / "published", "1.0.0", URL)
    assert versions == ["1.0.0"]
    for name in ("1.0.0", "latest"):
        assert [p.name for p in (tmp_path / "published" / name).iterdir()] == ["index.html"]


@pytest.mark.parametrize("version", ["v1.0.0", "1.0", "../1.0.0", "latest", ""])
def test_another_form_of_a_version_is_refused(publish, tmp_path, version):
    with pytest.raises(ValueError, match="is no version; write three numbers such as"):
        publish(site(tmp_path / "site", "x"), tmp_path / "published", version, URL)
    assert not (tmp_path / "published").exists()


def test_a_site_that_is_not_built_is_refused(publish, tmp_path):
    with pytest.raises(ValueError, match=r"holds no index\.html; build the site first: make docs"):
        publish(tmp_path, tmp_path / "published", "1.0.0", URL)
