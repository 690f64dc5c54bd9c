"""Another name: every reference follows, and a fault on the way leaves all as it was."""

from __future__ import annotations

import errno
import signal
from pathlib import Path

import pytest

from metastudy.contribute.rename import RenameError, rename
from metastudy.corpus.corpus import read_corpus
from metastudy.tables.checking import check_data
from tests.contribute.command import metastudy
from tests.corpus.seeding import lay_out

OLD, NEW = "probe_2020_polymer", "probe_2020_plate"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = lay_out(tmp_path)
    other = root / "data" / "studies" / "probe_2022_liquid" / "measurements.csv"
    text = other.read_text(encoding="utf-8").splitlines()
    assert text[1].endswith(",")
    text[1] += f"Compare {OLD}.001; {OLD}_b.001 is another."
    other.write_text("\n".join(text) + "\n", encoding="utf-8")
    return root


def files(root: Path) -> dict[str, bytes]:
    data = root / "data"
    return {str(p.relative_to(data)): p.read_bytes() for p in data.rglob("*") if p.is_file()}


def test_every_reference_to_a_study_follows_and_the_check_says_the_same(root: Path) -> None:
    before = files(root)
    assert check_data(root).findings == ()
    done = metastudy("rename", OLD, NEW, "--root", root)
    assert done.status == 0, done.err
    after = files(root)
    undone = {
        name.replace(f"/{NEW}/", f"/{OLD}/"): data.replace(NEW.encode(), OLD.encode())
        for name, data in after.items()
    }
    assert undone == before, "nothing but the name has changed"
    kept = f"{OLD}_b".encode()
    assert not any(OLD.encode() in data.replace(kept, b"") for data in after.values())
    assert check_data(root).findings == ()
    assert set(read_corpus(root).studies) == {
        name.replace(OLD, NEW)
        for name in ("probe_2020_polymer", "probe_2021_solid", "probe_2022_liquid")
    }


def test_every_reference_to_a_record_follows(root: Path) -> None:
    before = files(root)
    done = metastudy("rename", f"{OLD}.001", f"{OLD}.041", "--root", root)
    assert done.status == 0, done.err
    after = files(root)
    old, new = f"{OLD}.001".encode(), f"{OLD}.041".encode()
    assert sum(old in data for data in before.values()) >= 2
    assert not any(old in data for data in after.values())
    assert {name: data.replace(new, old) for name, data in after.items()} == before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (OLD, "Probe 2020", "'Probe 2020' is not a study id"),
        (OLD, OLD, "has this name already"),
        (OLD, "probe_2021_solid", "exists; a study keeps its name"),
        ("probe_2020_polymr", NEW, "did you mean probe_2020_polymer"),
        (f"{OLD}.001", f"{OLD}.002", "is taken; a number is never used again"),
        (f"{OLD}.901", f"{OLD}.902", "no record has this name"),
        (f"{OLD}.001", "probe_2021_solid.041", "a record keeps its study"),
        (f"{OLD}.001", f"{OLD}.1", "three or four digits"),
        (f"{OLD}.r001", f"{OLD}.r002", "refits are numbered by metastudy refit"),
    ],
)
def test_a_name_that_cannot_be_is_one_message_and_changes_nothing(
    root: Path, old: str, new: str, message: str
) -> None:
    before = files(root)
    done = metastudy("rename", old, new, "--root", root)
    assert (done.status, done.err.count("\n"), message in done.err) == (1, 1, True), done.err
    assert files(root) == before


@pytest.mark.parametrize("at", range(1, 7))  # three files, each moved away and put in place
def test_a_fault_at_any_file_puts_all_back(
    root: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    before, calls, replace = files(root), [0], Path.replace

    def failing(self: Path, target: Path) -> Path:
        calls[0] += 1
        if calls[0] == at:
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(RenameError, match="No space left on device; nothing was changed"):
        rename(OLD, NEW, root)
    assert files(root) == before


def test_a_folder_that_cannot_be_renamed_puts_all_back(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(root)

    def failing(self: Path, target: Path) -> Path:
        raise OSError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(RenameError, match="Permission denied; nothing was changed"):
        rename(OLD, NEW, root)
    assert files(root) == before


def test_an_interruption_waits_until_all_is_in_place(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        signal.raise_signal(signal.SIGINT)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        rename(OLD, NEW, root)
    monkeypatch.undo()
    assert check_data(root).findings == ()
    assert not [name for name in files(root) if "-" in name.rsplit("/", 1)[-1]]
    assert (root / "data" / "studies" / NEW).is_dir()
