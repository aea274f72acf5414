"""A date in a line that is read from the right stands where every phone shows it in its order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.text.bidi import placed
from hotline.text.parts import count

ALEF, DATE = "\u0627", "2028-04-05"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{ALEF} {DATE} {ALEF}", f"{ALEF}\n{DATE} {ALEF}"),
        (f"{ALEF} {DATE} {ALEF}: {DATE}", f"{ALEF}\n{DATE} {ALEF}:\n{DATE}"),
        (f"{ALEF} Chiragh {DATE}", f"{ALEF} Chiragh {DATE}"),
        (f"1 {DATE}", f"1 {DATE}"),
        (f"{ALEF}\n{DATE} {ALEF}", f"{ALEF}\n{DATE} {ALEF}"),
        (f"{ALEF} 4859 {DATE}", f"{ALEF} 4859\n{DATE}"),
        (f"VALID on {DATE}", f"VALID on {DATE}"),
        (f"{ALEF} {DATE}0", f"{ALEF} {DATE}0"),
    ],
)
def test_a_date_after_an_arabic_letter_begins_a_line(text: str, shown: str) -> None:
    assert placed(text) == shown


@given(st.lists(st.sampled_from([ALEF, "Al", " ", "\n", DATE, "4859/LHR", "1", "."])).map("".join))
def test_nothing_else_changes_and_a_text_takes_no_more_parts(text: str) -> None:
    done = placed(text)
    assert done.split() == text.split()
    assert count(done).parts <= count(text).parts
    assert placed(done) == done
