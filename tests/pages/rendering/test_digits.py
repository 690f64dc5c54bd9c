"""How numbers, shares and nothing are written."""

import pytest

from metastudy.pages.rendering.digits import cell_text, percent, share, significant


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456, "0.123"),
        (12.3456, "12.3"),
        (1234.5, "1234"),
        (54841.8, "54842"),
        (1.206e7, "1.21e+07"),
        (0.0, "0"),
    ],
)
def test_numbers_have_three_significant_digits(value, text):
    assert significant(value) == text


def test_nothing_is_a_dash():
    assert cell_text(None) == cell_text(float("nan")) == "–"
    assert cell_text(True) == "yes"


@pytest.mark.parametrize(
    ("error", "text"), [(0.00724, "0.72 %"), (0.0496, "5.0 %"), (0.66, "66 %"), (3.0, "> 100 %")]
)
def test_an_error_in_per_cent_has_two_digits(error, text):
    assert percent(error) == text


def test_a_share_of_nothing_is_a_dash():
    assert share(1, 8) == "12 %"
    assert share(0, 0) == "–"
