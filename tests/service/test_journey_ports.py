"""What the flow of departures may find and do, beyond what its dialogues show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import select

from hotline.domain.consent import Subscribe, Topic, Unsubscribe
from hotline.domain.journey import EndJourney, SetJourney
from hotline.domain.keeping import Effect, Kept, SetReach, Start, Stop
from hotline.flow.book import Book
from hotline.flow.model import Channel
from hotline.sealing import Vault
from hotline.service.ports.base import Answer, Asker, Ports
from hotline.service.ports.journey import TEXTS, Journeys, ports
from hotline.service.schedule import schedules
from hotline.settings import Settings
from hotline.store import inbox
from hotline.store.database import Database
from hotline.store.own import consents
from tests.people_met import meeting
from tests.theatre import NUMBER, ZONE

NOW = datetime(2026, 11, 22, 11, tzinfo=ZONE)


class Desk:
    """The ports, and somebody who asks."""

    def __init__(self, book: Book, settings: Settings, database: Database, vault: Vault) -> None:
        self.book, self.database, self.vault = book, database, vault
        self.index = vault.index("number", NUMBER)
        self.ports: Ports = ports(Journeys(book, database, schedules(settings)))
        self.asker = Asker(NUMBER, self.index, "en", Channel.SMS, "lahore", "test|1", NOW)
        self.events = 0

    def ask(self, port: str, *args: str, **changes: object) -> Answer:
        return self.ports[port](replace(self.asker, **changes), args)  # type: ignore[arg-type]

    def outcome(self, port: str, *args: str, **changes: object) -> str:
        return self.ask(port, *args, **changes).found.outcome

    def next_text(self, **changes: object) -> str:
        named = self.ask("next_reminder", **changes).found.fields["next.text"]
        return self.outcome("reminder_text", named)

    def keep(self, *effects: Effect, at: datetime = NOW) -> None:
        self.events += 1
        kept = Kept("test", f"E{self.events}", "sms", "lahore", self.index, self.index, at, b"", effects=effects)
        inbox.keep(self.database, kept)

    def meet(self) -> None:
        self.keep(meeting(self.vault, NUMBER, "en"))


@pytest.fixture
def desk(book: Book, settings: Settings, sqlite_database: Database, vault: Vault) -> Desk:
    return Desk(book, settings, sqlite_database, vault)


@pytest.mark.parametrize(
    ("typed", "code"),
    [("SA", "SA"), ("966", "SA"), ("00966", "SA"), ("+971", "AE"), ("44", "GB"), ("saudi arabia", "SA"), ("uae", "AE")],
)
def test_a_country_is_known_by_code_name_and_telephone_code(desk: Desk, typed: str, code: str) -> None:
    assert desk.ask("destination", typed).found.fields["journey.code"] == code


@pytest.mark.parametrize("typed", ["92", "Pakistan", "Canada", "001", "4859", "PK"])
def test_a_country_without_a_plan_is_unknown(desk: Desk, typed: str) -> None:
    assert desk.outcome("destination", typed) == "unknown"


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ("2026-11-21", "past"), ("2026-11-22", "good"), ("2027-11-22", "good"), ("2027-11-23", "far"),
        ("2026-12-05/2027-05-12", "two"), ("2026-12-05/2028-05-12", "good"), ("2027-12-05/2028-05-12", "far"),
    ],
)  # fmt: skip
def test_a_day_is_from_today_to_a_year_ahead(desk: Desk, given: str, outcome: str) -> None:
    assert desk.outcome("departure_date", "SA", "agency", given) == outcome


def test_today_is_the_day_in_pakistan(desk: Desk) -> None:
    late = datetime(2026, 11, 22, 23, 59, tzinfo=ZONE)
    assert desk.outcome("departure_date", "SA", "agency", "2026-11-22", now=late) == "good"


def test_who_hides_their_number_is_promised_nothing(desk: Desk) -> None:
    for port, args in (
        ("my_journey", ()),
        ("join_journey", ("SA", "agency", "2026-12-20", "yes")),
        ("leave_journey", ()),
    ):
        answer = desk.ask(port, *args, number="")
        assert (answer.found.outcome, answer.effects) == ("no_number", ())
    assert desk.outcome("next_reminder", number="") == "none"


def test_a_no_changes_nothing(desk: Desk) -> None:
    answer = desk.ask("join_journey", "SA", "agency", "2026-12-20", "no")
    assert (answer.found.outcome, answer.effects) == ("declined", ())


def test_who_asked_us_to_stop_is_told_so_before_anything_is_asked(desk: Desk) -> None:
    desk.meet()
    desk.keep(Stop(desk.index, "stop", NOW, "sms"))
    assert desk.outcome("my_journey") == "stopped"


@pytest.mark.parametrize(("locale", "channel"), [("en", Channel.SMS), ("ur", Channel.VOICE), ("ur_Latn", Channel.SMS)])
def test_the_consent_holds_the_words_that_were_said(desk: Desk, locale: str, channel: Channel) -> None:
    desk.meet()
    answer = desk.ask("join_journey", "SA", "agency", "2026-12-20", "yes", locale=locale, channel=channel)
    consent, journey = answer.effects
    assert isinstance(consent, Subscribe)
    assert isinstance(journey, SetJourney)
    asked = consent.asked
    assert (consent.topic, asked.locale, asked.channel) == (Topic.REMINDERS, locale, channel.value)
    assert "{" not in asked.words
    assert ("2026-12-20" in asked.words) == (channel is Channel.SMS)
    assert len(asked.version) == 16
    assert journey.departs_on == date(2026, 12, 20)
    desk.keep(*answer.effects)
    with desk.database.reading() as connection:
        assert connection.execute(select(consents.c.asked)).scalar() == asked.words


def test_the_same_event_leads_to_the_same_effects(desk: Desk) -> None:
    desk.meet()
    asked = ("join_journey", "IT", "direct", "2027-03-28", "yes")
    assert desk.ask(*asked) == desk.ask(*asked)


def test_what_comes_next_is_what_waits_and_over_when_nothing_does(desk: Desk) -> None:
    desk.meet()
    assert desk.outcome("next_reminder") == "none"
    desk.keep(*desk.ask("join_journey", "IT", "direct", "2026-12-20", "yes").effects)
    assert desk.ask("next_reminder").found.fields == {"next.date": "2026-11-22", "next.text": "certificate"}
    assert desk.next_text() == "certificate"
    march = datetime(2027, 3, 1, 11, tzinfo=ZONE)
    assert desk.next_text(now=march) == "check_in"
    summer = datetime(2027, 6, 1, 11, tzinfo=ZONE)
    assert desk.outcome("next_reminder", now=summer) == "over"
    assert desk.outcome("my_journey", now=summer) == "new"


def test_a_fact_that_may_not_be_said_any_more_gives_way_to_its_other_text(desk: Desk, settings: Settings) -> None:
    desk.meet()
    desk.keep(*desk.ask("join_journey", "IT", "direct", "2027-05-20", "yes").effects)
    until = settings.facts["soft_skills"]
    assert desk.next_text() == "certificate"
    stale = datetime(2027, 3, 22, 11, tzinfo=ZONE)
    assert (stale.date() - until.checked).days > until.review_days
    assert desk.next_text(now=stale) == "certificate_ask"


def test_leaving_ends_the_journey_and_the_consent(desk: Desk) -> None:
    desk.meet()
    desk.keep(*desk.ask("join_journey", "SA", "agency", "2026-12-20", "yes").effects)
    assert desk.outcome("my_journey") == "going"
    ended, consent = desk.ask("leave_journey").effects
    assert isinstance(ended, EndJourney)
    assert isinstance(consent, Unsubscribe)
    desk.keep(ended, consent)
    assert desk.outcome("my_journey") == "new"


def test_every_text_of_a_plan_has_an_outcome_and_every_outcome_is_a_text_of_a_plan(settings: Settings) -> None:
    steps = [step for plan in settings.plans.values() for step in plan]
    assert set(TEXTS) == {step.name for step in steps} | {step.otherwise for step in steps if step.otherwise}


@pytest.mark.parametrize("wish", [{"hidden": True}, {"voice_only": True}])
def test_who_is_to_be_sent_nothing_is_not_asked_for_a_journey(desk: Desk, wish: dict[str, bool]) -> None:
    desk.meet()
    desk.keep(SetReach(desk.index, **wish))
    assert desk.outcome("my_journey") == "stopped"
    desk.keep(Start(desk.index, "start", NOW, "sms"))
    assert desk.outcome("my_journey") == "new"


def test_a_number_we_do_not_write_to_is_told_so_before_anything_is_asked(desk: Desk) -> None:
    assert desk.outcome("my_journey", reachable=False) == "no_sms"
