"""From what people were told and reported to the drafts staff are handed: the right ones, each once, whatever dies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hotline.domain.agency import Agency, Licence, Status
from hotline.domain.alert_code import is_code
from hotline.domain.broadcast import Broadcast, Draft, Kind
from hotline.domain.consent import Asked, Subscribe, Topic
from hotline.domain.keeping import Kept, MeetPerson
from hotline.errors import Refused
from hotline.flow.book import Book
from hotline.making import directory
from hotline.service.alarm import STALE, Alarm
from hotline.service.register import Order, import_list
from hotline.service.register_survey import Preview
from hotline.settings import District, Settings
from hotline.store import agencies, inbox
from hotline.store import alarm as store
from hotline.store.broadcasts import create, find
from hotline.store.database import Database
from hotline.store.drafted import listing
from hotline.store.publishing import NewList, Publication, publish
from hotline.store.reach import reports
from hotline.text import parts

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
GOOD, BAD, LONE = Licence(2567, "LHR"), Licence(8, "RWP"), Licence(12, "SKT")
LONG = "Chiragh Brothers International Overseas Manpower Recruiting B"


def index(name: str) -> bytes:
    return name.encode().ljust(32, b".")


@dataclass
class Centre:
    """A centre with its register, its people and the drafts it was handed."""

    alarm: Alarm
    database: Database
    drafts: list[tuple[Draft, str]] = field(default_factory=list)
    refuse: bool = False
    dies: bool = False

    def draft(self, draft: Draft, now: datetime, *, id: str, code: str) -> object:
        if self.dies:
            raise KeyboardInterrupt
        if self.refuse:
            raise Refused("sender: no number yet")
        if not any(known == code for _, known in self.drafts):
            self.drafts.append((draft, code))
        return create(self.database, Broadcast(id, draft, made_at=now, moved_at=now, code=code))

    def cancel(self, id: str, by: str, now: datetime) -> object:
        raise AssertionError("nothing was taken back")

    def publish(
        self,
        of: date,
        rows: dict[Licence, Status],
        name: str = LONG,
        *,
        demo: bool = False,
        until: date = date(2027, 3, 31),
    ) -> None:
        current = agencies.current(self.database)
        listed = [Agency(licence, name, status, until, "Lahore") for licence, status in rows.items()]
        new = NewList(of, demo, "list.csv", f"{of}")
        expected = current.version if current else None
        publish(self.database, Publication(new, listed, expected, lambda name: name, NOW))

    def told(self, name: str, licence: str, days: float = 1) -> None:
        """Somebody was told VALID."""
        at = NOW - timedelta(days=days)
        meet = MeetPerson(index(name), b"sealed", "ur", "lahore", index(name).hex()[:32], b"key")
        inbox.keep(
            self.database,
            Kept(
                "twilio", f"{name}{licence}{days}", "sms", "lahore", index(name), index(name), at, b"reply",
                effects=(meet,), told_valid=licence,
            ),
        )  # fmt: skip

    def watches(self, name: str, licence: str, topic: Topic = Topic.WATCH) -> None:
        yes = Subscribe(index(name), topic, licence, Asked("ur", "sms", "words", "v1"), NOW)
        meet = MeetPerson(index(name), b"sealed", "ur", "lahore", index(name).hex()[:32], b"key")
        inbox.keep(
            self.database,
            Kept(
                "twilio", f"watch{name}{licence}", "sms", "lahore", index(name), index(name), NOW, b"reply",
                effects=(meet, yes),
            ),
        )  # fmt: skip

    def reports(self, *names: str, licence: str = "2567/LHR", agency: str = "", days: float = 1) -> None:
        with self.database.writing() as connection:
            for name in names:
                connection.execute(
                    reports.insert(),
                    {
                        "case_id": f"case of {name}" + (f" {days}" if days != 1 else ""), "reporter": index(name),
                        "licence": licence, "agency": agency or licence, "centre": "lahore",
                        "at": NOW - timedelta(days=days),
                    },
                )  # fmt: skip


Make = Callable[[Database], Centre]


@pytest.fixture
def make(book: Book, settings: Settings) -> Make:
    def made(database: Database) -> Centre:
        numbered = _with_number(settings)
        numbers = iter(range(10_000, 99_999))
        centre = Centre(None, database)  # type: ignore[arg-type]
        centre.alarm = Alarm(
            database, book, numbered, directory(settings, book), centre, lambda low, high: next(numbers)
        )
        return centre

    return made


def _with_number(settings: Settings) -> Settings:
    lahore: District = replace(settings.districts["lahore"], numbers={"+924212345678": "answer"})
    return replace(settings, districts={"lahore": lahore})


@pytest.fixture
def centre(database: Database, make: Make) -> Centre:
    return make(database)


def of(centre: Centre) -> list[tuple[str, str, tuple[str, ...], str]]:
    """What was drafted: kind, topic, details and told_valid."""
    return [
        (draft.kind.value, draft.audience.topic, draft.audience.details, draft.audience.told_valid)
        for draft, _ in centre.drafts
    ]


def test_a_watched_agency_that_became_barred_is_told_to_those_whom_it_concerns(centre: Centre) -> None:
    centre.publish(date(2026, 11, 1), {GOOD: Status.ACTIVE, BAD: Status.ACTIVE, LONE: Status.ACTIVE})
    centre.watches("a", "2567/LHR")
    centre.watches("b", "2567/LHR")
    centre.told("c", "2567/LHR")
    centre.watches("d", "0012/SKT")
    centre.publish(date(2026, 11, 20), {GOOD: Status.SUSPENDED, BAD: Status.SUSPENDED, LONE: Status.ACTIVE})
    assert centre.alarm.after_publish(NOW) == 3
    assert of(centre) == [
        ("alert", "watch", ("2567/LHR",), ""),
        ("correction", "correction", (), "2567/LHR"),
        ("alert", "alerts", ("lahore", ""), ""),
    ]
    draft, code = centre.drafts[0]
    assert (draft.made_by, draft.licence, draft.sender, draft.centre) == (
        "register", "2567/LHR", "+924212345678", "lahore",
    )  # fmt: skip
    assert set(draft.texts) == {"en", "ur", "pa_Arab", "ur_Latn"}
    assert draft.texts["en"] == (
        f"DO NOT PAY {LONG[:20].rpartition(' ')[0]}, no. 2567/LHR. By the bureau's list of 2026-11-20 its licence is"
        f" suspended.\nCode of this alert: {code}"
    )
    assert "It was licensed when you asked us" in centre.drafts[1][0].texts["en"]
    assert len({code for _, code in centre.drafts}) == 3


def test_a_licence_that_a_new_date_bars_is_told_like_one_in_another_state(centre: Centre) -> None:
    centre.publish(date(2026, 11, 20), {GOOD: Status.ACTIVE})
    centre.watches("a", "2567/LHR")
    centre.told("b", "2567/LHR")
    centre.publish(date(2026, 11, 20), {GOOD: Status.ACTIVE}, until=date(2020, 3, 31))
    assert centre.alarm.after_publish(NOW) == 3
    assert all("its licence is expired" in draft.texts["en"] for draft, _ in centre.drafts)


def test_every_text_costs_two_parts_at_most_and_carries_its_code(centre: Centre) -> None:
    centre.publish(date(2026, 11, 1), {GOOD: Status.ACTIVE, BAD: Status.ACTIVE})
    for licence in ("2567/LHR", "0008/RWP"):
        centre.watches("a", licence)
        centre.told("b", licence)
    centre.publish(date(2026, 11, 20), {GOOD: Status.SURRENDERED})
    centre.alarm.after_publish(NOW)
    assert len(centre.drafts) == 6
    for draft, code in centre.drafts:
        assert is_code(code)
        for text in draft.texts.values():
            assert parts.count(text).parts <= 2
            assert code in text


def test_a_short_name_is_told_whole(centre: Centre) -> None:
    centre.publish(date(2026, 11, 1), {GOOD: Status.ACTIVE}, "Al Noor Overseas Employers")
    centre.watches("a", "2567/LHR")
    centre.publish(date(2026, 11, 20), {GOOD: Status.CANCELED}, "Al Noor Overseas Employers")
    centre.alarm.after_publish(NOW)
    assert all("Al Noor Overseas Employers" in text for text in centre.drafts[0][0].texts.values())


def test_what_came_back_is_told_only_to_who_watches(centre: Centre) -> None:
    centre.publish(date(2026, 11, 1), {GOOD: Status.SUSPENDED})
    centre.watches("a", "2567/LHR")
    centre.told("b", "2567/LHR")
    centre.publish(date(2026, 11, 20), {GOOD: Status.ACTIVE})
    centre.alarm.after_publish(NOW)
    assert of(centre) == [("alert", "watch", ("2567/LHR",), "")]


def test_the_same_list_is_compared_once(centre: Centre) -> None:
    centre.publish(date(2026, 11, 1), {GOOD: Status.ACTIVE})
    centre.watches("a", "2567/LHR")
    centre.publish(date(2026, 11, 20), {GOOD: Status.SUSPENDED})
    assert [centre.alarm.after_publish(NOW + timedelta(days=day)) for day in range(3)] == [2, 0, 0]


def test_what_changes_again_on_one_list_date_is_told_again(centre: Centre) -> None:
    centre.publish(date(2026, 11, 20), {GOOD: Status.SUSPENDED})
    centre.watches("a", "2567/LHR")
    told = []
    for status in (Status.ACTIVE, Status.SUSPENDED, Status.ACTIVE, Status.SUSPENDED):
        centre.publish(date(2026, 11, 20), {GOOD: status})
        told.append(centre.alarm.after_publish(NOW))
    assert told == [1, 2, 1, 2]
    assert len({draft.news for draft, _ in centre.drafts}) == 4
    assert [one.news for one, _ in centre.drafts[1:3]] == [centre.drafts[1][0].news] * 2, "one news, two audiences"


def test_who_asked_often_is_one_person_in_the_reason(centre: Centre) -> None:
    centre.publish(date(2026, 11, 1), {GOOD: Status.ACTIVE})
    for days in (1, 2, 3):
        centre.told("a", "2567/LHR", days=days)
    centre.told("b", "2567/LHR")
    centre.publish(date(2026, 11, 20), {GOOD: Status.SUSPENDED})
    centre.alarm.after_publish(NOW)
    assert "0 watch it, 2 were told within 30 days" in listing(centre.database, 9)[0].claim.reason


@pytest.mark.parametrize("place", ["lahore", ""])
def test_who_takes_a_district_s_alerts_is_told_of_every_agency_there_that_loses_its_licence(
    centre: Centre, place: str
) -> None:
    """They agreed to be written to when any agency loses its licence, whether or not somebody asked about it."""
    before = {GOOD: Status.ACTIVE, BAD: Status.ACTIVE, LONE: Status.SUSPENDED}
    centre.publish(date(2026, 11, 1), before)
    centre.watches("a", place, Topic.ALERTS)
    centre.publish(date(2026, 11, 20), {GOOD: Status.CANCELED, LONE: Status.ACTIVE, Licence(13, "LHR"): Status.EXPIRED})
    assert centre.alarm.after_publish(NOW) == 2
    assert [(draft.licence, draft.audience.details) for draft, _ in centre.drafts] == [
        ("0008/RWP", ("lahore", "")),
        ("2567/LHR", ("lahore", "")),
    ]


def test_an_agency_of_another_district_is_not_told_to_those_who_did_not_ask(centre: Centre) -> None:
    centre.publish(date(2026, 11, 1), {GOOD: Status.ACTIVE})
    centre.watches("a", "multan", Topic.ALERTS)
    centre.publish(date(2026, 11, 20), {GOOD: Status.CANCELED})
    assert centre.alarm.after_publish(NOW) == 0


def test_a_date_that_ran_out_between_two_lists_is_told_to_the_district(centre: Centre) -> None:
    for of in (date(2026, 11, 1), date(2026, 11, 20)):
        centre.publish(of, {GOOD: Status.ACTIVE}, until=date(2026, 11, 10))
    centre.watches("a", "lahore", Topic.ALERTS)
    assert centre.alarm.after_publish(NOW) == 1


@pytest.mark.parametrize("demo", [(True, False), (False, True)])
def test_a_real_list_in_place_of_a_demo_s_alarms_nobody(centre: Centre, demo: tuple[bool, bool]) -> None:
    centre.publish(date(2026, 11, 1), {GOOD: Status.ACTIVE}, demo=demo[0])
    centre.watches("a", "2567/LHR")
    centre.publish(date(2026, 11, 20), {}, demo=demo[1])
    assert centre.alarm.after_publish(NOW) == 0


def test_without_a_list_or_with_only_one_there_is_nothing_to_compare(centre: Centre) -> None:
    assert centre.alarm.after_publish(NOW) == 0
    centre.publish(date(2026, 11, 1), {GOOD: Status.SUSPENDED})
    centre.watches("a", "2567/LHR")
    assert centre.alarm.after_publish(NOW) == 0


def test_a_refused_draft_is_tried_again_and_made_once(centre: Centre) -> None:
    centre.publish(date(2026, 11, 1), {GOOD: Status.ACTIVE})
    centre.watches("a", "2567/LHR")
    centre.publish(date(2026, 11, 20), {GOOD: Status.SUSPENDED})
    centre.refuse = True
    assert centre.alarm.after_publish(NOW) == 0
    centre.refuse = False
    assert centre.alarm.after_publish(NOW + timedelta(minutes=1)) == 0
    assert centre.alarm.after_publish(NOW + STALE) == 2
    assert centre.alarm.after_publish(NOW + 2 * STALE) == 0
    assert len(centre.drafts) == 2


def test_a_maker_that_dies_leaves_its_draft_to_the_next(centre: Centre) -> None:
    centre.publish(date(2026, 11, 1), {GOOD: Status.ACTIVE})
    centre.reports("a", "b", "c")
    centre.dies = True
    with pytest.raises(KeyboardInterrupt):
        centre.alarm.weigh(NOW)
    (code, *_) = [one.code for one in listing(centre.database, 9)]
    centre.dies = False
    assert centre.alarm.weigh(NOW + timedelta(minutes=1)) == 0
    assert centre.alarm.weigh(NOW + STALE) == 2
    assert centre.alarm.weigh(NOW + 2 * STALE) == 0
    assert len(centre.drafts) == 2
    assert code in {known for _, known in centre.drafts}


def test_three_people_make_a_draft_and_one_person_thrice_does_not(centre: Centre) -> None:
    centre.publish(date(2026, 11, 1), {GOOD: Status.ACTIVE})
    centre.reports("a")
    centre.reports("a", days=2)
    centre.reports("a", days=3)
    assert centre.alarm.weigh(NOW) == 0
    centre.reports("b", "c")
    assert centre.alarm.weigh(NOW) == 2
    assert of(centre) == [
        ("alert", "watch", ("2567/LHR",), ""),
        ("alert", "alerts", ("lahore", ""), ""),
    ]
    assert "several people have reported it" in centre.drafts[0][0].texts["en"]
    assert centre.drafts[0][0].made_by == "reports"
    centre.reports("d", "e", "f", days=0.5)
    assert centre.alarm.weigh(NOW + timedelta(days=1)) == 0


def test_reports_of_a_barred_agency_say_that_it_is_barred(centre: Centre) -> None:
    centre.publish(date(2026, 11, 1), {GOOD: Status.CANCELED})
    centre.reports("a", "b", "c")
    centre.alarm.weigh(NOW)
    assert "its licence is cancelled" in centre.drafts[0][0].texts["en"]


@pytest.mark.parametrize(("licence", "agency"), [("", "name:0123456789abcdef"), ("0099/LHR", "")])
def test_a_name_no_list_has_is_for_staff_to_write(centre: Centre, licence: str, agency: str) -> None:
    centre.publish(date(2026, 11, 1), {GOOD: Status.ACTIVE})
    centre.reports("a", "b", "c", licence=licence, agency=agency)
    assert centre.alarm.weigh(NOW) == 1
    assert centre.drafts == []
    (found,) = listing(centre.database, 9)
    assert (found.claim.text, found.broadcast) == ("unlisted", "none")
    assert "case of a, case of b, case of c" in found.claim.reason
    assert centre.alarm.weigh(NOW + timedelta(days=1)) == 0


def test_who_was_told_valid_is_known_for_thirty_days(centre: Centre) -> None:
    centre.told("a", "2567/LHR", days=1)
    centre.told("a", "2567/LHR", days=2)
    centre.told("b", "2567/LHR", days=29)
    centre.told("c", "2567/LHR", days=31)
    centre.told("d", "0008/RWP")
    since = NOW - timedelta(days=30)
    assert store.told_people(centre.database, (GOOD, BAD, LONE), since, NOW) == {GOOD: 2, BAD: 1, LONE: 0}
    assert store.concerned(centre.database, since, NOW)[GOOD].told_valid == 3, "checks, to know whom to ask about"
    inbox.forget_old(centre.database, NOW)
    assert store.told_people(centre.database, (GOOD,), NOW - timedelta(days=60), NOW) == {GOOD: 2}


class Nobody:
    """At the keyboard."""

    def read(self, done: int, size: int) -> None:
        pass

    def show(self, preview: Preview) -> None:
        pass

    def agree(self) -> bool:
        return True

    def vanishing(self) -> int | None:
        return None


def test_an_imported_file_in_which_a_watched_agency_is_barred_makes_exactly_its_drafts(
    centre: Centre, tmp_path: Path
) -> None:
    head = '"Licence No","Licence Title","Proprietor","Status","Expiry Date","Head Office"\n'
    rows = {number: f'"{number:04d} / LHR","Agency {number}","Khalid","{{}}","31-03-2027","Mall Road, Lahore"\n'
            for number in range(1, 101)}  # fmt: skip

    def imported(of: date, barred: set[int]) -> None:
        file = tmp_path / f"{of}.csv"
        text = "".join(row.format("Suspended" if number in barred else "Active") for number, row in rows.items())
        file.write_text(head + text, encoding="utf-8")
        order = Order(file, of, date(2026, 11, 22), tmp_path, yes=True)
        import_list(centre.database, order, Nobody(), lambda name: name, NOW)

    imported(date(2026, 11, 1), set())
    centre.watches("a", "0007/LHR")
    centre.told("b", "0009/LHR")
    centre.watches("c", "0011/LHR")
    imported(date(2026, 11, 20), {7, 8, 9})
    assert centre.alarm.after_publish(NOW) == 4
    assert [(draft.licence, draft.kind, draft.audience.topic) for draft, _ in centre.drafts] == [
        ("0007/LHR", Kind.ALERT, "watch"),
        ("0007/LHR", Kind.ALERT, "alerts"),
        ("0009/LHR", Kind.CORRECTION, "correction"),
        ("0009/LHR", Kind.ALERT, "alerts"),
    ]
    kept = listing(centre.database, 9)
    assert {one.state for one in kept} == {"draft"}
    assert find(centre.database, kept[0].broadcast).draft.audience.topic == "alerts"
    assert store.sent(centre.database, kept[0].code) is None, "a draft is nobody's business yet"


def test_the_bureau_s_own_day_decides(centre: Centre) -> None:
    """At 20:00 UTC it is the next day in Lahore: a licence until today has ended there."""
    assert NOW.astimezone(ZoneInfo("Asia/Karachi")).date() == date(2026, 11, 22)
    ends = Agency(GOOD, "Chiragh Travels", Status.ACTIVE, date(2026, 11, 22), "Lahore")
    for day in (1, 20):
        current = agencies.current(centre.database)
        new = NewList(date(2026, 11, day), False, "list.csv", str(day))
        publication = Publication(new, [ends], current.version if current else None, lambda name: name, NOW)
        publish(centre.database, publication)
    centre.watches("a", "2567/LHR")
    late = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
    assert centre.alarm.after_publish(late) == 2
    assert "expired" in centre.drafts[0][0].texts["en"]
