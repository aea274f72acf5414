"""Reminders are queued once each, in the person's language, in time, on both kinds of database."""

from __future__ import annotations

import re
import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from hotline.domain.claiming import Limits, Local
from hotline.domain.consent import Asked, Subscribe, Topic, Unsubscribe
from hotline.domain.delivery import News, Priority, State, Trouble
from hotline.domain.journey import TOPIC, EndJourney, Journey, SetJourney, catch_up
from hotline.domain.keeping import Effect, Kept, bound
from hotline.domain.window import Window
from hotline.flow.book import Book
from hotline.flow.model import LOCALES
from hotline.sealing import Vault
from hotline.service.remind import Remind, Ticked, told
from hotline.service.schedule import schedules
from hotline.service.wording import asks_for_answer, tells_too_much
from hotline.settings import Settings
from hotline.store import claims, inbox, journeys
from hotline.store import hearing as outbox
from hotline.store.database import Database
from hotline.store.journeys import IN_FORCE
from hotline.store.own import consents, reminders, subscriptions
from hotline.store.reach import deliveries
from hotline.store.schema import people
from hotline.store.spool import Spool
from hotline.text import parts
from tests.people_met import meeting

KARACHI = ZoneInfo("Asia/Karachi")
NOW = datetime(2026, 11, 22, 11, 0, tzinfo=KARACHI)
DEPARTS = date(2026, 12, 20)
AKRAM, BILAL = "+923001234567", "+923007654321"
TERMS = claims.Terms(
    limit=20,
    lease=timedelta(seconds=60),
    limits=Limits(weekly_cap=3, attempts=5),
    locals={"PK": Local(KARACHI, Window(9 * 60, 21 * 60))},
)


class Centre:
    """A hotline's reminders over one database, and what was counted."""

    def __init__(self, settings: Settings, book: Book, database: Database, vault: Vault) -> None:
        self.settings, self.book, self.database, self.vault = settings, book, database, vault
        self.schedules = schedules(settings)
        self.counted: Counter[tuple[str, str]] = Counter()
        self.remind = Remind(settings, book, database, vault, self.count)
        self.events = 0

    def count(self, what: str, why: str = "") -> None:
        self.counted[what, why] += 1

    def keep(self, *effects: Effect, at: datetime = NOW) -> None:
        self.events += 1
        event = f"SM{self.events}"
        inbox.keep(
            self.database, Kept("twilio", event, "sms", "lahore", b"i" * 32, b"t" * 32, at, b"", effects=effects)
        )

    def meet(self, number: str = AKRAM, locale: str = "en") -> bytes:
        index = self.vault.index("number", number)
        self.keep(meeting(self.vault, number, locale))
        return index

    def join(self, index: bytes, departs_on: date = DEPARTS, country: str = "SA", at: datetime = NOW) -> None:
        journey = Journey(country, "agency", departs_on)
        known = journeys.told_to(self.database, [index])
        dues = catch_up(self.schedules.plan(journey), self.schedules.clocks, at, known)
        yes = Subscribe(index, Topic.REMINDERS, "", Asked("en", "sms", "Shall we?", "v1"), at)
        self.keep(yes, SetJourney(index, country, "agency", departs_on, dues, at), at=at)

    def sent(self) -> list[str]:
        """The texts in the outbox, in the order they are due."""
        with self.database.reading() as connection:
            rows = connection.execute(select(deliveries).order_by(deliveries.c.due_at)).all()
        return [
            self.vault.open("delivery", row.text_sealed, bound("deliveries", "text", row.id)).decode() for row in rows
        ]

    def text(self, message: str) -> str:
        with self.database.reading() as connection:
            sealed = connection.execute(select(deliveries.c.text_sealed).where(deliveries.c.id == message)).scalar_one()
        return self.vault.open("delivery", sealed, bound("deliveries", "text", message)).decode()

    def steps(self, state: str = "waiting") -> list[str]:
        """In order; what waits only as far as it is of the journey as it stands."""
        wanted = select(reminders.c.step).where(reminders.c.state == state).order_by(reminders.c.due_at)
        with self.database.reading() as connection:
            return list(connection.execute(wanted.where(IN_FORCE) if state == "waiting" else wanted).scalars())

    def claim(self, at: datetime) -> list[str]:
        """What a worker would send now."""
        return [message.id for message in claims.claim(self.database, at, TERMS).messages]

    def messages(self) -> list[tuple[str, str]]:
        with self.database.reading() as connection:
            found = select(deliveries.c.state, deliveries.c.reason).order_by(deliveries.c.made_at)
            return [(row.state, row.reason) for row in connection.execute(found)]

    def country(self, index: bytes) -> str:
        with self.database.reading() as connection:
            found: str = connection.execute(select(people.c.country).where(people.c.number_index == index)).scalar_one()
        return found

    def change(self, index: bytes, **values: object) -> None:
        with self.database.writing() as connection:
            connection.execute(update(people).where(people.c.number_index == index).values(values))


@pytest.fixture
def centre(settings: Settings, book: Book, database: Database, vault: Vault) -> Centre:
    return Centre(settings, book, database, vault)


def test_a_whole_journey_is_reminded_of_step_by_step(centre: Centre) -> None:
    index = centre.meet(locale="ur")
    centre.join(index)
    at, queued = NOW, 0
    while at < datetime(2027, 4, 10, tzinfo=KARACHI):
        queued += centre.remind.tick(at).queued
        at += timedelta(hours=6)
    assert queued == 9
    assert centre.steps("queued") == [
        "certificate", "medical", "protector_agency", "briefing", "contract", "flight", "arrival_saudi", "first_salary",
        "check_in",
    ]  # fmt: skip
    assert centre.sent() == [told(centre.book, name, "ur") for name in centre.steps("queued")], (
        "the fact about Qiwa holds on that day, that about the certificate too"
    )
    assert centre.country(index) == "SA"


def test_a_reminder_is_one_sealed_row_with_its_price_its_deadline_and_its_sender(centre: Centre) -> None:
    centre.join(centre.meet(locale="pa_Arab"))
    assert centre.remind.tick(NOW) == Ticked(late=0, moved=0, queued=1)
    with centre.database.reading() as connection:
        row = connection.execute(select(deliveries)).one()
    assert re.fullmatch(r"reminder:\d+:certificate", row.part_of)
    assert (row.topic, row.broadcast, row.state) == (TOPIC, "", "queued")
    assert (row.priority, row.locale, row.parts) == (Priority.REMINDER, "pa_Arab", 2)
    assert row.sender in centre.settings.districts["lahore"].numbers
    assert (row.due_at, row.deadline_at) == (NOW, datetime(2026, 11, 29, 21, tzinfo=KARACHI))
    text = told(centre.book, "certificate", "pa_Arab")
    assert text.encode() not in bytes(row.text_sealed)
    assert centre.sent() == [text]


def test_nothing_is_queued_before_it_is_due_nor_twice(centre: Centre) -> None:
    centre.join(centre.meet(), date(2027, 6, 1))
    assert centre.remind.tick(NOW).queued == 0
    due = datetime(2027, 4, 2, 10, 30, tzinfo=KARACHI)
    assert centre.remind.tick(due - timedelta(seconds=1)).queued == 0
    assert centre.remind.tick(due).queued == 1
    assert centre.remind.tick(due + timedelta(minutes=1)).queued == 0


def test_what_was_not_sent_by_its_deadline_is_late_and_never_sent(centre: Centre) -> None:
    centre.join(centre.meet())
    ticked = centre.remind.tick(datetime(2026, 12, 19, 21, 0, tzinfo=KARACHI))
    assert (ticked.queued, ticked.late) == (0, 6)
    assert "flight" in centre.steps("late")
    assert centre.counted["reminder", "late"] == 6


@pytest.mark.parametrize("workers", [2, 4])
def test_however_many_look_at_once_each_reminder_is_queued_once(centre: Centre, workers: int) -> None:
    numbers = [f"+92300{number:07d}" for number in range(30)]
    for number in numbers:
        centre.join(centre.meet(number))
    found: list[Ticked] = []
    begin = threading.Barrier(workers)

    def look() -> None:
        remind = Remind(centre.settings, centre.book, centre.database, centre.vault, lambda what, why="": None)
        begin.wait()
        found.append(remind.tick(NOW))

    threads = [threading.Thread(target=look) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(ticked.queued for ticked in found) == len(numbers)
    assert len(centre.sent()) == len(numbers)


def test_who_did_not_agree_or_ended_it_or_hides_gets_nothing(centre: Centre) -> None:
    index = centre.meet()
    journey = SetJourney(index, "SA", "agency", DEPARTS, _dues(centre), NOW)
    centre.keep(journey)
    assert centre.remind.tick(NOW).queued == 0
    centre.join(index)
    centre.change(index, hidden=True)
    assert centre.remind.tick(NOW).queued == 0
    centre.change(index, hidden=False, voice_only=True)
    assert centre.remind.tick(NOW).queued == 0
    centre.change(index, voice_only=False)
    assert centre.remind.tick(NOW).queued == 1
    centre.keep(Unsubscribe(index, Topic.REMINDERS, "", Asked("en", "sms"), NOW))
    assert centre.remind.tick(NOW + timedelta(days=1)).queued == 0


def _dues(centre: Centre) -> tuple[object, ...]:
    journey = Journey("SA", "agency", DEPARTS)
    return catch_up(centre.schedules.plan(journey), centre.schedules.clocks, NOW)


def test_a_moved_day_drops_what_waits_and_repeats_nothing_that_went(centre: Centre) -> None:
    index = centre.meet()
    centre.join(index)
    centre.remind.tick(NOW)
    _deliver(centre)
    later = NOW + timedelta(hours=1)
    centre.join(index, date(2027, 2, 20), at=later)
    assert centre.steps("queued") == ["certificate"]
    waiting = centre.steps()
    assert "certificate" not in waiting
    assert waiting == ["medical", "protector_agency", "briefing", "contract", "flight", "arrival_saudi", "first_salary",
                       "check_in"]  # fmt: skip
    assert centre.remind.tick(datetime(2026, 12, 19, 12, tzinfo=KARACHI)).queued == 0


def test_a_flight_that_was_announced_is_announced_again_for_another_day_only(centre: Centre) -> None:
    index = centre.meet()
    centre.join(index, at=datetime(2026, 12, 19, 9, 30, tzinfo=KARACHI))
    at = datetime(2026, 12, 19, 10, 0, tzinfo=KARACHI)
    centre.remind.tick(at)
    _deliver(centre)
    assert centre.steps("queued") == ["flight"]
    centre.join(index, at=at + timedelta(hours=1))
    assert "flight" not in centre.steps()
    centre.join(index, date(2026, 12, 27), at=at + timedelta(hours=2))
    assert "flight" in centre.steps()


def test_a_message_that_has_not_left_is_called_back_when_the_day_moves(centre: Centre) -> None:
    index = centre.meet()
    centre.join(index, at=datetime(2026, 12, 19, 9, 30, tzinfo=KARACHI))
    at = datetime(2026, 12, 19, 10, 0, tzinfo=KARACHI)
    centre.remind.tick(at)
    centre.join(index, date(2026, 12, 27), at=at + timedelta(minutes=1))
    assert centre.claim(at + timedelta(minutes=2)) == []
    assert centre.messages() == [("failed", "changed")]
    assert "flight" in centre.steps()


def test_no_message_of_a_journey_that_ended_leaves(centre: Centre) -> None:
    index = centre.meet()
    centre.join(index)
    centre.remind.tick(NOW)
    centre.keep(EndJourney(index, NOW + timedelta(minutes=1)))
    assert centre.claim(NOW + timedelta(minutes=2)) == []
    assert centre.messages() == [("failed", "changed")]
    again = NOW + timedelta(minutes=3)
    centre.join(index, at=again)
    assert centre.remind.tick(again).queued == 1
    assert len(centre.claim(again)) == 1


def test_a_message_that_was_tried_goes_on_though_the_day_moved(centre: Centre) -> None:
    """It counted as told when the plan was made anew: whoever held it back now would lose it."""
    index = centre.meet()
    centre.join(index)
    centre.remind.tick(NOW)
    (message,) = centre.claim(NOW)
    centre.join(index, date(2027, 2, 20), at=NOW + timedelta(minutes=1))
    assert "certificate" not in centre.steps()
    with centre.database.writing() as connection:
        connection.execute(update(deliveries).values(state="queued", attempt=0))
    assert centre.claim(NOW + timedelta(minutes=2)) == [message]


def test_a_plan_that_moves_while_its_message_is_claimed_tells_it_once(centre: Centre) -> None:
    for number in range(12):
        index = centre.meet(f"+92300{number:07d}")
        with centre.database.writing() as connection:
            connection.execute(reminders.delete())
            connection.execute(deliveries.delete())
        centre.join(index)
        centre.remind.tick(NOW)
        claimed: list[str] = []
        begin = threading.Barrier(2)

        def claim(into: list[str] = claimed, begin: threading.Barrier = begin) -> None:
            begin.wait()
            into += centre.claim(NOW + timedelta(minutes=1))

        worker = threading.Thread(target=claim)
        worker.start()
        begin.wait()
        centre.keep(SetJourney(index, "SA", "agency", date(2026, 12, 21), _dues(centre), NOW + timedelta(minutes=1)))
        worker.join()
        standing = journeys.find(centre.database, [index])
        assert standing is not None
        waits = [row.step for row in standing.reminders if row.state == "waiting"]
        assert len(claimed) + waits.count("certificate") == 1, number


def test_what_a_changed_plan_left_behind_is_not_looked_at_for_ever(centre: Centre) -> None:
    index = centre.meet()
    centre.join(index)
    centre.join(index, date(2027, 6, 1), at=NOW + timedelta(minutes=1))
    assert centre.remind.tick(datetime(2027, 3, 25, tzinfo=KARACHI)) == Ticked(late=0, moved=0, queued=0)
    assert len(centre.steps("dropped")) == len(_dues(centre))


def test_a_message_under_way_counts_as_sent(centre: Centre) -> None:
    index = centre.meet()
    centre.join(index)
    centre.remind.tick(NOW)
    _deliver(centre, "sending")
    # As seen when the person wrote: the worker took the message a moment later.
    plan = SetJourney(index, "SA", "agency", date(2027, 2, 20), _dues(centre), NOW + timedelta(minutes=1))
    centre.keep(plan)
    assert "certificate" not in centre.steps()


@pytest.mark.parametrize("ends", ["moves", "leaves", "stays"])
def test_a_new_try_of_a_reminder_is_not_sent_where_its_day_is_no_more(centre: Centre, ends: str) -> None:
    index = centre.meet()
    centre.join(index)
    eve = datetime(2026, 12, 19, 10, 0, tzinfo=KARACHI)
    centre.remind.tick(eve)
    first = {message.id for message in claimed(centre, eve)}
    flight, *_ = (one for one in first if "tomorrow" in centre.text(one))
    with centre.database.writing() as connection:
        connection.execute(update(deliveries).values(state="sent", provider_id=deliveries.c.id))
    if ends == "moves":
        centre.join(index, date(2027, 1, 20), at=eve + timedelta(minutes=10))
    elif ends == "leaves":
        centre.keep(EndJourney(index, eve + timedelta(minutes=10)), at=eve + timedelta(minutes=10))
    for message in first:
        news = News(1, message, State.FAILED, Trouble.HANDSET, timedelta(hours=2))
        outbox.hear(centre.database, message, news, eve + timedelta(minutes=20), "30003")
    again = {message.id for message in claimed(centre, eve + timedelta(hours=3))}
    assert (flight in again) == (ends == "stays")
    if ends == "moves":
        assert again == first - {flight}, "what holds for any day is told all the same: the new plan does not hold it"


def claimed(centre: Centre, at: datetime) -> tuple[claims.Claimed, ...]:
    return claims.claim(centre.database, at, TERMS).messages


def test_who_leaves_gets_no_more_and_may_begin_again(centre: Centre) -> None:
    index = centre.meet()
    centre.join(index)
    centre.remind.tick(NOW)
    _deliver(centre)
    later = NOW + timedelta(minutes=5)
    centre.keep(EndJourney(index, later), Unsubscribe(index, Topic.REMINDERS, "", Asked("en", "voice"), later))
    assert centre.steps() == []
    assert journeys.find(centre.database, [index]) is None
    assert centre.remind.tick(datetime(2026, 12, 1, 12, tzinfo=KARACHI)) == Ticked(0, 0, 0)
    centre.join(index, at=datetime(2026, 12, 1, 13, tzinfo=KARACHI))
    assert centre.steps()[0] == "medical"
    assert centre.remind.tick(datetime(2026, 12, 1, 13, tzinfo=KARACHI)).queued == 1
    assert len(centre.sent()) == 2


def test_the_clock_moves_with_the_person_the_day_after_they_leave_and_back_for_a_new_day(centre: Centre) -> None:
    index, other = centre.meet(), centre.meet(BILAL)
    centre.join(index)
    centre.join(other, date(2026, 12, 30))
    assert centre.remind.tick(datetime(2026, 12, 20, 23, 59, tzinfo=KARACHI)).moved == 0
    assert centre.remind.tick(datetime(2026, 12, 21, 0, 1, tzinfo=KARACHI)).moved == 1
    assert (centre.country(index), centre.country(other)) == ("SA", "PK")
    assert centre.remind.tick(datetime(2026, 12, 21, 0, 2, tzinfo=KARACHI)).moved == 0
    centre.join(index, date(2027, 1, 10), at=datetime(2026, 12, 21, 9, 0, tzinfo=KARACHI))
    assert centre.remind.tick(datetime(2026, 12, 21, 9, 0, tzinfo=KARACHI)).moved == 0
    assert centre.country(index) == "PK"
    assert centre.remind.tick(datetime(2027, 1, 11, 9, 0, tzinfo=KARACHI)).moved == 2
    assert (centre.country(index), centre.country(other)) == ("SA", "SA")


def test_an_older_word_that_was_spooled_does_not_undo_a_newer_one(centre: Centre) -> None:
    index = centre.meet()
    centre.join(index, date(2027, 3, 1), at=NOW + timedelta(hours=1))
    centre.join(index, DEPARTS, at=NOW)
    standing = journeys.find(centre.database, [index])
    assert standing is not None
    assert standing.journey.departs_on == date(2027, 3, 1)
    assert all(row.deadline_at > datetime(2027, 1, 1, tzinfo=UTC) for row in standing.reminders)


def test_a_journey_survives_the_spool(centre: Centre, vault: Vault, tmp_path: object) -> None:
    index = centre.meet()
    effects = (
        Subscribe(index, Topic.REMINDERS, "", Asked("en", "sms", "Shall we?", "v1"), NOW),
        SetJourney(index, "SA", "agency", DEPARTS, _dues(centre), NOW),
        EndJourney(centre.vault.index("number", BILAL), NOW),
    )
    spool = Spool(tmp_path / "spool", vault)
    spool.append(Kept("twilio", "SMx", "sms", "lahore", index, b"t" * 32, NOW, b"", effects=effects))
    assert spool.drain(centre.database) == 1
    assert centre.steps()[0] == "certificate"


def test_the_consent_is_kept_with_its_words_and_ends_with_its_proof(centre: Centre) -> None:
    index = centre.meet()
    centre.join(index)
    centre.keep(Unsubscribe(index, Topic.REMINDERS, "", Asked("ur", "voice"), NOW))
    with centre.database.reading() as connection:
        rows = connection.execute(select(consents).order_by(consents.c.id)).all()
        assert connection.execute(select(subscriptions)).all() == []
    assert [(row.given, row.asked, row.version, row.channel) for row in rows] == [
        (True, "Shall we?", "v1", "sms"), (False, "", "", "voice"),
    ]  # fmt: skip


def test_half_a_year_after_the_departure_a_journey_is_forgotten_and_may_be_made_again(centre: Centre) -> None:
    index = centre.meet()
    centre.join(index)
    centre.remind.tick(NOW)
    assert centre.remind.forget(datetime(2027, 6, 18, 12, tzinfo=KARACHI)) == 0
    assert centre.remind.forget(datetime(2027, 6, 19, 12, tzinfo=KARACHI)) == 1
    assert (centre.steps(), centre.steps("queued")) == ([], [])
    again = datetime(2027, 6, 20, 11, tzinfo=KARACHI)
    centre.join(index, date(2027, 7, 20), at=again)
    assert centre.remind.tick(again).queued == 1
    assert len(centre.sent()) == 2


def _deliver(centre: Centre, state: str = "sent") -> None:
    with centre.database.writing() as connection:
        connection.execute(update(deliveries).where(deliveries.c.state == "queued").values(state=state))


# --- what is said -------------------------------------------------------------------------------------------------


@pytest.mark.fast
@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_is_short_neutral_and_free_of_numbers(book: Book, settings: Settings, locale: str) -> None:
    """It arrives unasked on a telephone that others may read, in countries that block numbers and allow no answer."""
    names = {
        name for plan in schedules(settings).plans.values() for step in plan for name in (step.name, step.otherwise)
    }
    for name in sorted(names - {""}):
        text = told(book, name, locale)
        length = parts.count(text)
        assert length.parts <= 2, (name, length)
        assert not re.search(r"\d|[{}]|://|www", text), (name, text)
        assert (asks_for_answer(text, settings.wording), tells_too_much(text, settings.wording)) == ("", ""), name
        assert "STOP" not in text


@pytest.mark.fast
def test_every_country_has_a_name_in_every_language_that_is_spoken(book: Book, settings: Settings) -> None:
    for country in settings.countries.values():
        for locale in ("en", "ur", "pa_Arab"):
            assert country.name.casefold() in book.values[locale].cities, (country.code, locale)
