"""A file is written whole or not at all."""

import re
from pathlib import Path

import pytest

from metastudy.errors import MetastudyError
from metastudy.whole_file import whole_file


def test_the_new_file_takes_the_place_of_the_old_one_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with whole_file(path, MetastudyError) as new:
        new.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError])
def test_an_interruption_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, stop: type[BaseException]
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def interrupted() -> None:
        with whole_file(path, MetastudyError) as new:
            new.write_text("half")
            raise stop

    with pytest.raises(stop):
        interrupted()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_named_as_the_user_named_it(tmp_path: Path) -> None:
    message = f"^{re.escape(str(tmp_path / 'out'))}: cannot be written: No such file or directory$"
    with (
        pytest.raises(MetastudyError, match=message),
        whole_file(tmp_path / "none" / "a.txt", MetastudyError, tmp_path / "out") as new,
    ):
        new.write_text("x")
