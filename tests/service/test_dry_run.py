"""What a dry run says will go is what an outbox sends that is then emptied: the same people, the same parts."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select, update

from hotline.domain.broadcast import Broadcast, Kind
from hotline.domain.claiming import Limits
from hotline.domain.delivery import Priority
from hotline.service.whereabouts import locals_of
from hotline.settings import Settings
from hotline.store import broadcasts as store
from hotline.store import claims, fanning
from hotline.store.claims import Terms
from hotline.store.database import Database
from hotline.store.own import subscriptions
from hotline.store.reach import broadcasts, deliveries
from hotline.store.schema import people, suppressions
from tests.reaching import NOW, SENDER, Office, draft, enrol, office, say_stop

LONG = "Free advice at the centre, on Monday from 10 to 4, for whoever goes abroad or comes home. " * 3
TEXTS = {"en": LONG, "ur": "\u0645\u0641\u062a \u0645\u0634\u0648\u0631\u06c1"}
DAY = timedelta(days=1)
MOMENTS = [
    NOW,
    datetime.fromisoformat("2026-11-23T22:30+05:00"),
    datetime.fromisoformat("2026-12-24T20:50+05:00"),  # the evening before a holiday of Pakistan
    datetime.fromisoformat("2026-12-25T10:00+05:00"),
    datetime.fromisoformat("2027-03-27T20:00+00:00"),  # the night in which London sets its clocks
]
SAFE = [(None, None), (600, 660), (1320, 300), (1080, 120), (0, 0)]


@pytest.fixture
def desk(settings: Settings, database: Database) -> Office:
    return office(settings, database)


def empty(desk: Office) -> None:
    with desk.database.writing() as connection:
        for table in (deliveries, subscriptions, broadcasts, people, suppressions):
            connection.execute(delete(table))


def crowd(desk: Office, chance: random.Random) -> tuple[str, ...]:
    """Sixty people as they may be, and what they had before."""
    ids: list[str] = []
    for _ in range(60):
        first, last = chance.choice(SAFE)
        ids += enrol(
            desk.database, 1, locale=chance.choice(["en", "en", "ur", "pa_Arab"]),
            country=chance.choice(["PK", "PK", "SA", "GB", "XX"]), safe_from=first, safe_until=last,
            hidden=chance.random() < 0.05, voice_only=chance.random() < 0.05, strikes=chance.choice([0, 0, 0, 1, 2]),
        )  # fmt: skip
    say_stop(desk.database, chance.sample(ids, 4))
    return tuple(ids)


def earlier(desk: Office, chance: random.Random, ids: tuple[str, ...], now: datetime) -> None:
    """Broadcasts of the last days: sent, given up halfway, paused, and one that is still being sent."""
    for stage in chance.choices(["running", "done", "cancelled", "cancelled", "paused"], k=chance.randint(3, 5)):
        one = desk.broadcasts.draft(draft(), now - 9 * DAY)
        begun = now - DAY * chance.choice([0.1, 2, 6])
        rows = [_message(chance, one.id, person, stage, now) for person in chance.sample(ids, 40)]
        with desk.database.writing() as connection:
            values = {"state": stage, "moved_at": begun, "starts_at": begun, "deadline_at": now + 3 * DAY}
            connection.execute(update(broadcasts).where(broadcasts.c.id == one.id).values(**values, planned_at=begun))
            connection.execute(insert(deliveries), rows)


def _message(chance: random.Random, broadcast: str, person: str, stage: str, now: datetime) -> dict[str, object]:
    states = ["sent", "delivered", "unknown", "failed"] + (["queued"] * 4 if stage in ("running", "paused") else [])
    state = chance.choice(states)
    tried = now - DAY * chance.choice([0.2, 3, 6.99, 7.01, 8.5])
    return {
        "id": f"{broadcast[:16]}{person[:16]}", "part_of": broadcast, "broadcast": broadcast, "person_id": person,
        "priority": int(Priority.BULK), "topic": "alerts", "detail": "lahore", "locale": "en", "sender": SENDER,
        "parts": 1, "state": state, "reason": "", "due_at": now - DAY, "deadline_at": now + 3 * DAY, "looks": 0,
        "attempt": 0 if state == "queued" else 1, "attempted_at": None if state == "queued" else tried,
        "made_at": tried - DAY * chance.choice([0.1, 2]), "changed_at": now - DAY,
    }  # fmt: skip


def plan_and_send(desk: Office, one: Broadcast, begins: datetime) -> Counter[tuple[str, str, str, int]]:
    """Start it, plan it, and let a worker of any speed empty the outbox, hour by hour until its end."""
    ends = begins + timedelta(hours=one.draft.hours_to_live)
    with desk.database.writing() as connection:
        values = {"state": "running", "starts_at": begins, "deadline_at": ends, "moved_at": begins}
        connection.execute(update(broadcasts).where(broadcasts.c.id == one.id).values(values))
    while not fanning.plan(desk.database, one.id, desk.reach.order(one.draft, begins)).finished:
        pass
    settings = desk.reach.settings
    terms = Terms(25, timedelta(seconds=60), Limits(settings.pushing.weekly_cap, 5), locals_of(settings))
    at: datetime | None = begins
    while at is not None and at <= ends:
        while claims.claim(desk.database, at, terms).looked:
            pass
        with desk.database.writing() as connection:
            connection.execute(update(deliveries).where(deliveries.c.state == "sending").values(state="sent"))
            mine = select(func.min(deliveries.c.due_at)).where(deliveries.c.part_of == one.id)
            at = connection.execute(mine.where(deliveries.c.state == "queued")).scalar()
    chosen = select(deliveries).where(deliveries.c.part_of == one.id)
    with desk.database.reading() as connection:
        return Counter((row.state, row.reason, row.locale, row.parts) for row in connection.execute(chosen))


@given(
    st.integers(0, 10**6), st.sampled_from(MOMENTS), st.sampled_from([1, 10, 24, 100]),
    st.sampled_from([(Kind.BULK, False), (Kind.BULK, False), (Kind.ALERT, False), (Kind.ALERT, True)]),
)  # fmt: skip
# A seed cannot be shrunk.
@examples(
    max_examples=20, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_dry_run_says_who_gets_it_and_in_how_many_parts(
    desk: Office, seed: int, now: datetime, hours: int, kind: tuple[Kind, bool]
) -> None:
    empty(desk)
    chance = random.Random(seed)
    ids = crowd(desk, chance)
    earlier(desk, chance, ids, now)
    wished = draft(kind=kind[0], urgent=kind[1], texts=TEXTS, hours_to_live=hours)
    one = desk.broadcasts.draft(wished, now)
    found = desk.broadcasts.dry_run(one.id, now)
    counted = plan_and_send(desk, one, now)
    sent = {key: many for key, many in counted.items() if key[0] == "sent"}
    assert {language.locale: language.people for language in found.languages if language.people} == {
        locale: many for (_, _, locale, _), many in sent.items()
    }
    assert found.people == sum(sent.values())
    assert found.parts == sum(parts * many for (*_, parts), many in sent.items())
    assert found.people + sum(found.skipped.values()) == 60, "everybody else is named with a reason"
    failed = Counter[str]()
    for (state, reason, *_), many in counted.items():
        failed.update({reason: many} if state == "failed" else {})
        assert state in ("sent", "failed")
    assert failed == {name: many for name, many in found.skipped.items() if name == "quiet_hours"}
    assert found.heads == sum(counted.values()), "approvals are asked for all who are planned"


def test_a_recall_goes_to_nobody_who_has_ended_their_consent_since(desk: Office) -> None:
    ids = enrol(desk.database, 10)
    wrong = desk.broadcasts.draft(draft(), NOW)
    plan_and_send(desk, wrong, NOW)
    with desk.database.writing() as connection:
        connection.execute(delete(subscriptions).where(subscriptions.c.person_id.in_(ids[:3])))
    recall = desk.broadcasts.recall(wrong.id, {"en": "There is no such day."}, "bilal", NOW)
    found = desk.broadcasts.dry_run(recall.id, NOW)
    assert (found.people, found.skipped) == (7, {"no_consent": 3})
    counted = plan_and_send(desk, store.find(desk.database, recall.id), NOW)
    assert {key[:2]: many for key, many in counted.items()} == {("sent", ""): 7}


def test_what_starts_later_is_counted_as_of_its_start(desk: Office) -> None:
    ids = enrol(desk.database, 5)
    chance = random.Random(1)
    for _ in range(3):
        one = desk.broadcasts.draft(draft(), NOW - 9 * DAY)
        rows = [_message(chance, one.id, person, "done", NOW) | {"attempted_at": NOW - 6 * DAY} for person in ids]
        with desk.database.writing() as connection:
            connection.execute(update(broadcasts).where(broadcasts.c.id == one.id).values(state="done", moved_at=NOW))
            connection.execute(insert(deliveries), [row | {"state": "sent", "attempt": 1} for row in rows])
    later = f"{NOW + 2 * DAY:%Y-%m-%dT%H:%M}"
    now, soon = (desk.broadcasts.draft(draft(starts=starts, zone="UTC"), NOW) for starts in ("", later))
    assert desk.broadcasts.dry_run(now.id, NOW).skipped == {"weekly_cap": 5}
    assert desk.broadcasts.dry_run(soon.id, NOW).people == 5


def test_it_ends_after_the_holiday_it_begins_on(desk: Office) -> None:
    enrol(desk.database, 3)
    one = desk.broadcasts.draft(draft(hours_to_live=48), NOW)
    found = desk.broadcasts.dry_run(one.id, MOMENTS[3])
    assert found.finishes is not None
    assert abs(found.finishes - datetime.fromisoformat("2026-12-26T09:00+05:00")) < timedelta(seconds=2)
    short = desk.broadcasts.draft(draft(hours_to_live=10), NOW)
    found = desk.broadcasts.dry_run(short.id, MOMENTS[3])
    assert (found.people, found.heads, found.skipped) == (0, 3, {"quiet_hours": 3})
