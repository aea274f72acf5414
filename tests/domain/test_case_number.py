"""A case's number: every slip of one digit, and every swap of two neighbours, is seen; any way of typing it is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.case_number import fits, groups, read, with_check

pytestmark = pytest.mark.fast

six = st.integers(0, 999_999).map(lambda number: f"{number:06d}")
SCRIPTS = ("0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩")


@given(six)
def test_no_number_with_one_digit_wrong_fits(digits: str) -> None:
    number = with_check(digits)
    assert fits(number)
    for place in range(7):
        wrong = {number[:place] + digit + number[place + 1 :] for digit in "0123456789"} - {number}
        assert len(wrong) == 9
        assert not any(map(fits, wrong))


@given(six)
def test_no_number_with_two_neighbours_swapped_fits(digits: str) -> None:
    number = with_check(digits)
    for place in range(6):
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        assert fits(swapped) == (swapped == number)


def test_one_number_in_ten_fits() -> None:
    assert sum(fits(f"{number:07d}") for number in range(0, 10_000_000, 997)) == pytest.approx(1003, abs=40)


@given(six, st.sampled_from(SCRIPTS), st.sampled_from(["", " ", "-", ".", "  ", " - "]))
def test_a_number_is_read_in_any_script_and_grouping(digits: str, script: str, between: str) -> None:
    number = with_check(digits)
    typed = between.join(groups(number)).translate(str.maketrans("0123456789", script))
    assert read(typed) == number
    assert read(f"case no. {typed} please") == number


@pytest.mark.parametrize("typed", ["", "482193", "48219355", "4821936", "case", "482 193 5 and 0417"])
def test_what_is_no_case_number_is_not_read(typed: str) -> None:
    assert read(typed) is None


@pytest.mark.parametrize("digits", ["", "12345", "1234567", "12345x", "۱۲۳۴۵۶"])
def test_only_six_digits_get_a_check_digit(digits: str) -> None:
    with pytest.raises(ValueError, match="six digits"):
        with_check(digits)


def test_it_is_said_in_three_groups() -> None:
    assert groups("4821935") == ("482", "193", "5")
