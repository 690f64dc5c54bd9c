"""The lazy loader, on packages of the standard library."""

import sys

import pytest

from metastudy.lazy import attach


def test_a_name_is_loaded_at_its_first_use() -> None:
    sys.modules.pop("email.mime.text", None)
    load, listed, names = attach("email", {"MIMEText": "mime.text", "Header": "header"})
    assert names == listed() == ["Header", "MIMEText"]
    assert "email.mime.text" not in sys.modules
    assert load("MIMEText").__module__ == "email.mime.text"


def test_the_list_that_dir_gives_is_a_copy() -> None:
    _, listed, names = attach("email", {"Header": "header"})
    listed().append("other")
    assert names == listed() == ["Header"]


def test_an_unknown_name_is_an_attribute_error() -> None:
    load, _, _ = attach("email", {"Header": "header"})
    with pytest.raises(AttributeError, match="module 'email' has no attribute 'Headers'"):
        load("Headers")
