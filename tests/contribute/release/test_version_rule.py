"""Which version may follow which: the rule of SemVer, written down by hand."""

import re

import pytest

from metastudy.contribute.release.changes import Changes, Kind
from metastudy.contribute.release.errors import ReleaseError
from metastudy.contribute.release.repository import LastRelease
from metastudy.contribute.release.version_rule import require_above, require_matching

EARLY, LATE = LastRelease("data-v0.4.2", (0, 4, 2)), LastRelease("data-v2.4.2", (2, 4, 2))


def matches(version, last, kind):
    try:
        require_matching(version, last, Changes(kind, "a reason", ()))
    except ReleaseError:
        return False
    return True


@pytest.mark.parametrize(
    ("last", "kind", "allowed"),
    [
        (LATE, Kind.CORRECTION, {"2.4.3"}),
        (LATE, Kind.ROWS, {"2.5.0"}),
        (LATE, Kind.MEANING, {"3.0.0"}),
        (EARLY, Kind.CORRECTION, {"0.4.3", "1.0.0"}),
        (EARLY, Kind.ROWS, {"0.5.0", "1.0.0"}),
        (EARLY, Kind.MEANING, {"0.5.0", "1.0.0"}),
    ],
)
def test_only_the_version_that_says_the_kind_of_change_follows(last, kind, allowed):
    tried = "0.4.3 0.4.4 0.5.0 0.5.1 0.6.0 1.0.0 1.1.0 2.0.0 2.4.3 2.5.0 2.6.0 3.0.0 3.1.0 4.0.0"
    assert {version for version in tried.split() if matches(version, last, kind)} == allowed


def test_a_refusal_says_what_changed_and_what_may_follow():
    with pytest.raises(
        ReleaseError,
        match=re.escape(
            "version 2.4.3 does not say what changed since 2.4.2: rows were added (a.001 is new in "
            "records); the next version is 2.5.0"
        ),
    ):
        require_matching("2.4.3", LATE, Changes(Kind.ROWS, "a.001 is new in records", ()))


def test_without_a_change_there_is_nothing_to_release():
    with pytest.raises(ReleaseError, match=r"from 2\.4\.2; there is nothing to release"):
        require_matching("2.4.3", LATE, Changes(Kind.NOTHING, "no row differs", ()))


@pytest.mark.parametrize("version", ["2.4.2", "2.4.1", "1.9.9", "2.3.10"])
def test_a_version_is_above_the_last_one(version):
    with pytest.raises(
        ReleaseError, match=rf"{re.escape(version)} is not above the last release, 2\.4\.2"
    ):
        require_above(version, LATE)


def test_numbers_are_compared_as_numbers():
    require_above("0.10.0", LastRelease("data-v0.9.0", (0, 9, 0)))


@pytest.mark.parametrize("version", ["1.0", "v1.0.0", "1.0.0-rc.1", "01.0.0", "", "1.0.0\n"])
def test_a_version_is_three_numbers(version):
    with pytest.raises(ReleaseError, match=r"is no version of a release; give three numbers"):
        require_above(version, None)
