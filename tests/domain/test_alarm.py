"""Reports weigh by people, not by number; a new list is news only for who counts on a licence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.agency import Agency, Licence, Status
from hotline.domain.alarm import (
    Concerned,
    Listed,
    News,
    Report,
    Standing,
    Thresholds,
    To,
    audiences,
    changes,
    standing,
    weigh,
)
from hotline.domain.alert_code import FIRST, LAST, code_of, is_code

pytestmark = pytest.mark.fast

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LIMITS = Thresholds(reporters=3, days=30, quiet_days=30)
LICENCE = Licence(2567, "LHR")
OLD, NEW = date(2026, 11, 1), date(2026, 11, 20)


def report(number: int, reporter: str, subject: str = "2567/LHR", days: float = 1) -> Report:
    return Report(f"r{number}", f"c{number}", reporter.encode(), subject, NOW - timedelta(days=days))


def reports(*reporters: str, subject: str = "2567/LHR", days: float = 1) -> list[Report]:
    return [report(number, name, subject, days) for number, name in enumerate(reporters)]


@pytest.mark.parametrize(
    ("rows", "alerted", "found"),
    [
        (reports("a", "b", "c"), {}, 3),
        (reports("a", "b"), {}, None),
        (reports("a", "a", "a", "a", "b"), {}, None),
        (reports("a", "b", "c", "c"), {}, 3),
        (reports("a", "b", "c", days=31), {}, None),
        (reports("a", "b", days=31) + reports("c"), {}, None),
        (reports("a", "b", "c", days=-1), {}, None),
        (reports("a", "b", "c", subject=""), {}, None),
        (reports("a", "b", "c"), {"2567/LHR": NOW - timedelta(days=29)}, None),
        (reports("a", "b", "c"), {"2567/LHR": NOW - timedelta(days=31)}, 3),
        (reports("a", "b", "c"), {"0008/RWP": NOW}, 3),
    ],
)
def test_enough_different_people_make_a_draft(
    rows: list[Report], alerted: dict[str, datetime], found: int | None
) -> None:
    suspicions = weigh(rows, alerted, LIMITS, NOW)
    assert [one.reporters for one in suspicions] == ([] if found is None else [found])


def test_the_reason_says_how_many_people_and_which_cases() -> None:
    (found,) = weigh(reports("a", "b", "c"), {}, LIMITS, NOW)
    assert found.reason == "3 different people reported it within 30 days, cases c0, c1, c2"
    (many,) = weigh(reports(*(f"p{number}" for number in range(40))), {}, LIMITS, NOW)
    assert many.reason.endswith(", c17 and more")


ROWS = st.lists(
    st.builds(
        report,
        st.integers(0, 99),
        st.sampled_from("abcde"),
        st.sampled_from(["2567/LHR", "0008/RWP", "name:1", ""]),
        st.floats(-5, 60, allow_nan=False),
    ),
    max_size=40,
)


@given(rows=ROWS, order=st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_changes_what_reports_weigh(rows: list[Report], order: object) -> None:
    shuffled = rows * 3
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    once = {one.subject: one.reporters for one in weigh(rows, {}, LIMITS, NOW)}
    assert {one.subject: one.reporters for one in weigh(shuffled, {}, LIMITS, NOW)} == once
    for subject, people in once.items():
        counted = {row.reporter for row in rows if row.subject == subject and NOW - timedelta(30) <= row.at <= NOW}
        assert people == len(counted) >= LIMITS.reporters


def agency(status: Status | None, expiry: date | None = date(2027, 3, 31)) -> Agency:
    return Agency(LICENCE, "Chiragh Travels", status, expiry, "Lahore")


GOOD, SUSPENDED, UNCLEAR = agency(Status.ACTIVE), agency(Status.SUSPENDED), agency(None)
LAPSED = agency(Status.ACTIVE, date(2026, 11, 10))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (GOOD, Standing.GOOD),
        (SUSPENDED, Standing.BARRED),
        (LAPSED, Standing.BARRED),
        (UNCLEAR, Standing.UNCLEAR),
        (agency(Status.ACTIVE, None), Standing.UNCLEAR),
        (agency(None, date(2026, 11, 10)), Standing.BARRED),
        (None, Standing.GONE),
    ],
)
def test_a_row_says_what_the_licence_check_says(row: Agency | None, said: Standing) -> None:
    assert standing(row, NEW) is said


def listed(of: date, row: Agency | None) -> Listed:
    return Listed(of, of, {LICENCE: row} if row else {})


@pytest.mark.parametrize(
    ("before", "after", "news", "state"),
    [
        (GOOD, SUSPENDED, News.BARRED, "suspended"),
        (GOOD, LAPSED, News.BARRED, "expired"),
        (LAPSED, LAPSED, News.BARRED, "expired"),
        (UNCLEAR, SUSPENDED, News.BARRED, "suspended"),
        (None, SUSPENDED, News.BARRED, "suspended"),
        (GOOD, None, News.GONE, ""),
        (SUSPENDED, GOOD, News.RESTORED, ""),
        (None, GOOD, News.RESTORED, ""),
        (GOOD, GOOD, None, ""),
        (GOOD, UNCLEAR, None, ""),
        (SUSPENDED, None, None, ""),
        (SUSPENDED, agency(Status.CANCELED), None, ""),
        (None, None, None, ""),
    ],
)
def test_a_new_list_is_news_where_it_turns_a_yes_or_a_no(
    before: Agency | None, after: Agency | None, news: News | None, state: str
) -> None:
    found = changes(listed(OLD, before), listed(NEW, after), {LICENCE: Concerned(watching=2, told_valid=1)})
    assert [(one.news, one.state) for one in found] == ([(news, state)] if news else [])


def test_nobody_is_told_of_an_agency_nobody_counts_on() -> None:
    assert changes(listed(OLD, GOOD), listed(NEW, SUSPENDED), {}) == ()


def test_good_news_goes_to_no_one_who_only_once_asked() -> None:
    assert changes(listed(OLD, SUSPENDED), listed(NEW, GOOD), {LICENCE: Concerned(told_valid=5)}) == ()


def test_the_reason_quotes_both_lists_and_counts_people() -> None:
    (found,) = changes(listed(OLD, GOOD), listed(NEW, SUSPENDED), {LICENCE: Concerned(2, 7)})
    assert found.reason == (
        "active in the list of 2026-11-01, suspended in the list of 2026-11-20; 2 watch it,"
        " 7 were told within 30 days that it is valid"
    )


@pytest.mark.parametrize(
    ("news", "concerned", "to"),
    [
        (News.BARRED, Concerned(1, 1), (To.WATCHING, To.TOLD_VALID, To.DISTRICT)),
        (News.GONE, Concerned(0, 1), (To.TOLD_VALID, To.DISTRICT)),
        (News.BARRED, Concerned(1, 0), (To.WATCHING, To.DISTRICT)),
        (News.RESTORED, Concerned(1, 1), (To.WATCHING,)),
    ],
)
def test_those_whom_it_concerns_most_come_first(news: News, concerned: Concerned, to: tuple[To, ...]) -> None:
    assert audiences(news, concerned) == to


# --- codes ---

CODES = st.integers(FIRST, LAST).map(code_of)


@given(code=CODES, at=st.integers(0, 5), digit=st.sampled_from("0123456789"))
def test_a_code_with_one_wrong_digit_is_none(code: str, at: int, digit: str) -> None:
    assert is_code(code)
    assert len(code) == 6
    assert is_code(code[:at] + digit + code[at + 1 :]) is (digit == code[at])


@given(code=CODES, at=st.integers(0, 4))
def test_a_code_with_two_digits_changed_round_is_none(code: str, at: int) -> None:
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    assert is_code(swapped) is (swapped == code)


@pytest.mark.parametrize(
    "text", ["", "48291", "4829180", "04829", "482 918", "48291x", "\u06f4\u06f8\u06f2\u06f9\u06f1\u06f8"]
)
def test_what_is_not_six_plain_digits_is_no_code(text: str) -> None:
    assert not is_code(text)


@pytest.mark.parametrize("number", [FIRST - 1, LAST + 1])
def test_a_code_begins_with_five_digits(number: int) -> None:
    with pytest.raises(ValueError, match="begins"):
        code_of(number)
