"""What people agreed to is kept as they were asked, and what ends it is kept too."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Table, select

from hotline.domain.consent import Asked, Subscribe, Topic, Unsubscribe
from hotline.domain.delivery import News, Reason, State, Trouble
from hotline.domain.keeping import SetReach, Start, Stop
from hotline.sealing import Vault
from hotline.store import consents, hearing
from hotline.store.database import Database
from hotline.store.effects import apply
from hotline.store.own import consents as ledger
from hotline.store.own import subscriptions
from hotline.store.schema import people
from tests.outbox import NOON, Outbox, settings_of
from tests.people_met import NOW, met

AKRAM = "+923001234567"
ASKED = Asked("ur", "sms", "?", "v1")


def rows(database: Database, table: Table) -> list[tuple[object, ...]]:
    with database.reading() as connection:
        return [tuple(row) for row in connection.execute(select(table))]


def yes(vault: Vault, topic: Topic, detail: str = "", at: datetime = NOW) -> Subscribe:
    return Subscribe(vault.index("number", AKRAM), topic, detail, ASKED, at)


def do(database: Database, *effects: Subscribe | Unsubscribe | Stop | Start | SetReach) -> None:
    with database.writing() as connection:
        for effect in effects:
            apply(connection, effect, NOW)


def test_a_yes_is_kept_with_the_words_it_answers(database: Database, vault: Vault) -> None:
    person = met(database, vault, AKRAM)
    do(database, yes(vault, Topic.ALERTS, "lahore"), yes(vault, Topic.ALERTS, "lahore"))
    kept = [row[1:] for row in rows(database, ledger)]
    one = (vault.index("number", AKRAM), "alerts", "lahore", True, NOW, "sms", "ur", "?", "v1")
    assert kept == [one, one]
    assert rows(database, subscriptions) == [("alerts", "lahore", person, NOW)]


def test_nobody_we_have_not_met_is_subscribed(database: Database, vault: Vault) -> None:
    do(database, yes(vault, Topic.ALERTS))
    assert rows(database, ledger) == rows(database, subscriptions) == []


def test_one_topic_ends_and_the_others_stay(database: Database, vault: Vault) -> None:
    met(database, vault, AKRAM)
    do(database, yes(vault, Topic.ALERTS, "lahore"), yes(vault, Topic.WATCH, "0008/RWP"), yes(vault, Topic.REMINDERS))
    do(database, Unsubscribe(vault.index("number", AKRAM), Topic.WATCH, "0008/RWP", ASKED, NOW))
    assert sorted(row[0] for row in rows(database, subscriptions)) == ["alerts", "reminders"]
    assert [row[2:5] for row in rows(database, ledger)][-1] == ("watch", "0008/RWP", False)
    do(database, Unsubscribe(vault.index("number", AKRAM), Topic.WATCH, "0008/RWP", ASKED, NOW))
    assert len(rows(database, ledger)) == 4, "what has ended does not end again"


def test_stop_ends_every_subscription_with_a_row_each(database: Database, vault: Vault) -> None:
    met(database, vault, AKRAM)
    do(database, yes(vault, Topic.ALERTS, "lahore"), yes(vault, Topic.WATCH, "0008/RWP"))
    at = NOW + timedelta(minutes=1)
    do(database, Stop(vault.index("number", AKRAM), "stop", at, "sms"))
    assert rows(database, subscriptions) == []
    ends = [row[2:7] for row in rows(database, ledger) if not row[4]]
    assert sorted(ends) == [
        ("", "stop", False, at, "sms"), ("alerts", "lahore", False, at, "sms"), ("watch", "0008/RWP", False, at, "sms"),
    ]  # fmt: skip


def test_a_stop_that_arrives_late_ends_nothing_that_was_agreed_to_after_it(database: Database, vault: Vault) -> None:
    met(database, vault, AKRAM)
    later = NOW + timedelta(minutes=5)
    do(database, Start(vault.index("number", AKRAM), "start", later, "sms"), yes(vault, Topic.ALERTS, "", later))
    do(database, Stop(vault.index("number", AKRAM), "stop", NOW, "sms"))
    assert [row[0] for row in rows(database, subscriptions)] == ["alerts"]


def test_start_brings_messages_back_but_no_subscription(database: Database, vault: Vault) -> None:
    met(database, vault, AKRAM)
    index = vault.index("number", AKRAM)
    safe = SetReach(index, hidden=True, voice_only=True, shared=True, safe=(1020, 1260))
    do(database, yes(vault, Topic.ALERTS), safe, Stop(index, "stop", NOW, "sms"))
    later = NOW + timedelta(minutes=1)
    do(database, Start(index, "start", later, "sms"))
    assert rows(database, subscriptions) == []
    with database.reading() as connection:
        row = connection.execute(select(people)).one()
    assert (row.hidden, row.voice_only, row.shared, row.safe_from, row.safe_until) == (False, False, True, 1020, 1260)


def test_how_a_person_stands_to_a_topic_is_seen(database: Database, vault: Vault) -> None:
    met(database, vault, AKRAM)
    mine = vault.indexes("number", AKRAM)
    do(database, yes(vault, Topic.ALERTS, "lahore"))
    assert consents.standing(database, mine, Topic.ALERTS, "lahore").subscribed
    assert not consents.standing(database, mine, Topic.ALERTS, "sialkot").subscribed
    do(database, Stop(mine[0], "stop", NOW, "sms"))
    assert consents.standing(database, mine, Topic.ALERTS, "lahore") == consents.Standing(
        subscribed=False, stopped=True, shared=False
    )


def test_a_stop_the_carrier_tells_of_ends_every_subscription_too(database: Database, vault: Vault) -> None:
    index = vault.index("number", AKRAM)
    met(database, vault, AKRAM)
    do(database, yes(vault, Topic.ALERTS, "lahore"), yes(vault, Topic.REMINDERS))
    outbox = Outbox(settings_of(), database, vault)
    message = outbox.message(outbox.person(AKRAM, subscribed=False), state=State.SENT, attempt=1, provider_id="SM1")
    told = hearing.hear(database, message, News(1, "SM1", State.FAILED, Trouble.CONSENT), NOON, "21610")
    assert told is not None
    assert told.reason is Reason.STOPPED
    assert rows(database, subscriptions) == []
    assert [row[2:5] for row in rows(database, ledger)][2:] == [
        ("", "21610", False), ("alerts", "lahore", False), ("reminders", "", False),
    ]  # fmt: skip
    do(database, Start(index, "start", NOON + timedelta(hours=1), "sms"))
    assert consents.standing(database, [index], Topic.ALERTS, "lahore") == consents.Standing(
        subscribed=False, stopped=False, shared=False
    )
