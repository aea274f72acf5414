"""Two hours of the day, in any way they are typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.flow.book import Book
from hotline.text.hours import Hours, read_hours

pytestmark = pytest.mark.fast


def read(book: Book, text: str) -> list[str]:
    """The spans as 17:00-21:00; of half a span only its start."""
    return [shown(one) for one in read_hours(text, tuple(book.values.values()))]


def shown(hours: Hours) -> str:
    times = [hours.start] if hours.until is None else [hours.start, hours.until]
    return "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in times)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("17-21", "17:00-21:00"),
        ("17 to 21", "17:00-21:00"),
        ("1730 2100", "17:30-21:00"),
        ("17:30 - 21.15", "17:30-21:15"),
        ("5 pm to 9 pm", "17:00-21:00"),
        ("5pm-9pm", "17:00-21:00"),
        ("5 p.m. till 9", "17:00-21:00"),
        ("5 to 9 pm", "17:00-21:00"),
        ("9 am to 5", "09:00-17:00"),
        ("12 to 3 pm", "12:00-15:00"),
        ("from 6 in the evening until 10 at night", "18:00-22:00"),
        ("night 10 to morning 6", "22:00-06:00"),
        ("10-22", "10:00-22:00"),
        ("05-09", "05:00-09:00"),
        ("24 - 6", "00:00-06:00"),
        ("shaam 5 se raat 9 baje tak", "17:00-21:00"),
        ("subah 9 se sham 5", "09:00-17:00"),
        ("dopahar 1 se shaam 4", "13:00-16:00"),
        ("raat 10 se subah 6", "22:00-06:00"),
        ("شام ۵ سے ۹ بجے", "17:00-21:00"),
        ("صبح 9 سے رات 9", "09:00-21:00"),
        ("سویرے ٩ توں شامیں ٥", "09:00-17:00"),
    ],
)
def test_a_span_is_read(book: Book, text: str, span: str) -> None:
    assert read(book, text) == [span]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("5 to 9", ["05:00-09:00", "17:00-21:00"]),
        ("9-5", ["09:00-17:00", "21:00-05:00"]),
        ("8 se 8", ["08:00-20:00", "20:00-08:00"]),
    ],
)
def test_what_may_mean_two_spans_is_left_open(book: Book, text: str, spans: list[str]) -> None:
    assert read(book, text) == spans


@pytest.mark.parametrize("text", ["5", "5 pm", "shaam 5 baje", "17:00"])
def test_half_a_span_is_known_as_that(book: Book, text: str) -> None:
    (only,) = read_hours(text, tuple(book.values.values()))
    assert only.until is None


@pytest.mark.parametrize(
    "text", ["", "whenever", "25-27", "17-21-23", "17:75 - 21", "03001234567", "5 - 5 pm 7", "17-17"]
)
def test_anything_else_is_not_read(book: Book, text: str) -> None:
    assert read(book, text) == []


@given(st.text(max_size=60))
def test_no_text_is_too_odd(book: Book, text: str) -> None:
    for one in read_hours(text, tuple(book.values.values())):
        assert 0 <= one.start < 1440
        assert one.until is None or 0 <= one.until < 1440


@given(st.integers(0, 1439), st.integers(0, 1439))
def test_what_is_shown_as_a_row_is_read_back_as_itself(start: int, until: int) -> None:
    if start != until:
        row = f"{start // 60:02}{start % 60:02}-{until // 60:02}{until % 60:02}"
        assert read_hours(row) == (Hours(start, until),)
