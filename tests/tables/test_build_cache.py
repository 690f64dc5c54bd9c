"""Builds kept in a checkout: the same tables, never out of date."""

import shutil

import pytest

import metastudy
from metastudy.tables import build_cache, loading
from tests.corpus.seeding import lay_out


@pytest.fixture
def checkout(frozen_root, tmp_path):
    root = tmp_path / "checkout"
    shutil.copytree(frozen_root, root)
    (root / "pyproject.toml").touch()
    return root


@pytest.fixture
def builds(monkeypatch):
    """Return a list that grows by one with every build."""
    done = []
    build = loading.build_tables

    def counted(*given):
        done.append(given)
        return build(*given)

    monkeypatch.setattr(loading, "build_tables", counted)
    return done


def kept(root):
    return sorted(path.name for path in (root / "build" / "tables-cache").iterdir())


def same(one, other):
    return all(one.tables[name].equals(other.tables[name]) for name in one.tables)


def test_the_second_load_reads_what_the_first_built(checkout, builds, frozen):
    first, second = metastudy.load(root=checkout), metastudy.load(root=checkout)
    assert len(builds) == 1
    assert same(first, second)
    assert same(first, frozen)
    assert first.units == second.units


def test_a_changed_file_of_data_is_built_anew(checkout, builds):
    whole = metastudy.load(root=checkout)
    gone = whole.studies["study_id"].iloc[0]
    shutil.rmtree(checkout / "data" / "studies" / gone)
    fewer = metastudy.load(root=checkout)
    assert len(builds) == 2
    assert gone not in set(fewer.studies["study_id"])


def test_each_choice_has_tables_of_its_own(checkout, builds, frozen_root):
    metastudy.load(root=checkout)
    chosen = {"leave_out": ["secondary"], "reference_c": {"PE/SE": 70.0}}
    for _ in range(2):
        other = metastudy.load(root=checkout, **chosen)
    assert len(builds) == 2
    assert same(other, metastudy.load(root=frozen_root, **chosen))


def test_a_cut_entry_is_built_anew(checkout, builds):
    metastudy.load(root=checkout)
    (name,) = kept(checkout)
    path = checkout / "build" / "tables-cache" / name / "records.parquet"
    path.write_bytes(path.read_bytes()[:-10])
    metastudy.load(root=checkout)
    metastudy.load(root=checkout)
    assert len(builds) == 2
    assert kept(checkout) == [name]


def test_code_is_part_of_the_key(checkout, tmp_path, monkeypatch):
    package = tmp_path / "package"
    package.mkdir()
    monkeypatch.setattr(build_cache, "PACKAGE", package)
    (package / "rule.py").write_text("LIMIT = 1\n")
    before = build_cache.content_key(checkout, "")
    (package / "rule.py").write_text("LIMIT = 2\n")
    assert build_cache.content_key(checkout, "") != before


def test_no_more_than_a_few_entries_are_kept(checkout):
    for reference in range(60, 60 + build_cache.KEPT + 2):
        metastudy.load(root=checkout, reference_c={"PE/SE": reference})
    assert len(kept(checkout)) == build_cache.KEPT


def test_a_root_that_is_no_checkout_gets_no_folder(tmp_path):
    root = lay_out(tmp_path, studies="")
    metastudy.load(root=root)
    assert not (root / "build").exists()


def test_a_folder_that_cannot_be_made_costs_nothing_else(checkout, frozen):
    (checkout / "build").write_text("a file in the way")
    assert same(metastudy.load(root=checkout), frozen)
