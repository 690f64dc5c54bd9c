"""The version of the data that a caller asks for."""

import json

import pyarrow.parquet as pq
import pytest

import metastudy
from metastudy._version import __version__
from metastudy.tables.building import build
from metastudy.tables.loading import LoadError
from tests.corpus.seeding import lay_out


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = lay_out(tmp_path_factory.mktemp("versioned"), studies="")
    (root / "data" / "VERSION").write_text("0.2.0\n")
    return root


@pytest.fixture
def tables(root, tmp_path):
    build(tmp_path / "tables", root)
    return tmp_path / "tables"


def test_the_version_that_is_there_is_loaded_and_named(root, tables):
    assert metastudy.load(root=root, version="0.2.0").version == "0.2.0"
    data = metastudy.load(tables, version="0.2.0")
    assert data.version == data.subset(arm="reference").version == "0.2.0"


def test_the_files_name_both_versions(tables):
    package = json.loads((tables / "datapackage.json").read_text())
    assert (package["version"], package["software"]) == ("0.2.0", f"metastudy {__version__}")
    for path in tables.glob("*.parquet"):
        named = pq.read_schema(path).metadata
        assert (named[b"data_version"], named[b"metastudy_version"].decode()) == (
            b"0.2.0",
            __version__,
        )


def test_the_tables_of_a_release_are_found_in_its_folder(tables):
    assert metastudy.load(tables.parent, version="0.2.0").version == "0.2.0"


def test_another_version_is_refused(root, tables):
    message = r"the data is version 0\.2\.0, not 0\.3\.0"
    with pytest.raises(LoadError, match=message):
        metastudy.load(tables, version="0.3.0")
    with pytest.raises(LoadError, match=message):
        metastudy.load(root=root, version="0.3.0")


def test_data_without_a_version_are_refused_where_one_is_asked_for(root, tmp_path):
    bare = lay_out(tmp_path, studies="")
    (bare / "data" / "VERSION").unlink(missing_ok=True)
    assert metastudy.load(root=bare).version is None
    with pytest.raises(LoadError, match=r"the data has no version, not 0\.2\.0"):
        metastudy.load(root=bare, version="0.2.0")


def test_a_version_changed_by_hand_does_not_match_its_checksum(tables):
    path = tables / "datapackage.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": "0.3.0"}))
    with pytest.raises(LoadError, match=r"datapackage\.json: does not match SHA256SUMS"):
        metastudy.load(tables, version="0.3.0")
