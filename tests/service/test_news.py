"""News of an agency: each told once to each, the opposite always, and none that the register takes back meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from hotline.domain.agency import Agency, Licence, Status
from hotline.domain.broadcast import Audience, Broadcast, Draft, Kind, Stage
from hotline.errors import Refused
from hotline.settings import Settings
from hotline.store import agencies, alarm
from hotline.store import broadcasts as store
from hotline.store.database import Database
from hotline.store.publishing import NewList, Publication, publish
from tests.reaching import AUTHOR, NOW, Office, alert, approver, draft, enrol, office, subscribe

MINUTE = timedelta(minutes=1)
WATCH = Audience("watch", ("0008/RWP",))


@pytest.fixture
def desk(settings: Settings, database: Database) -> Office:
    return office(settings, database)


def listed(desk: Office, status: Status | None, until: date | None = date(2028, 1, 1)) -> None:
    """A new list is in force, in which the agency has this state; None: it is not in it."""
    row = Agency(Licence(8, "RWP"), "Chiragh Travels", status, until, "Lahore")
    current = agencies.current(desk.database)
    new = NewList(date(2026, 11, 20), False, "list.csv", "")
    expected = current.version if current else None
    publish(desk.database, Publication(new, [row] if status else [], expected, lambda name: name, NOW))


def barred(**changed: object) -> Draft:
    return alert(texts={"en": "Do not pay it."}, news="barred:suspended@2", **changed)


def restored(**changed: object) -> Draft:
    return alert(texts={"en": "Licensed again."}, news="restored:@1", audience=WATCH, **changed)


def sent(desk: Office, wished: Draft, now: object = NOW) -> Broadcast:
    one = desk.approved(wished, now)  # type: ignore[arg-type]
    for _ in range(3):
        desk.fan_out(now)  # type: ignore[arg-type]
    return store.find(desk.database, one.id)


def test_the_opposite_is_told_however_soon_it_comes(desk: Office) -> None:
    people = enrol(desk.database, 3, "watch", "0008/RWP")
    listed(desk, Status.ACTIVE)
    sent(desk, restored())
    listed(desk, Status.SUSPENDED)
    warning = sent(desk, barred(audience=WATCH), NOW + MINUTE / 2)
    assert {row[0] for row in desk.rows(warning.id)} == set(people)
    listed(desk, Status.ACTIVE)
    again = sent(desk, replace(restored(), news="restored:@3"), NOW + MINUTE)
    assert {row[0] for row in desk.rows(again.id)} == set(people)


def test_one_news_in_other_words_is_told_once(desk: Office) -> None:
    listed(desk, Status.SUSPENDED)
    enrol(desk.database, 2)
    both = enrol(desk.database, 3)
    subscribe(desk.database, both, "watch", "0008/RWP")
    watchers = sent(desk, barred(audience=WATCH))
    desk.came_to(watchers.id, "sent", NOW)
    district = sent(desk, alert(texts={"en": "Other words."}, news="barred:suspended@2"), NOW + timedelta(days=3))
    assert {row[0] for row in desk.rows(watchers.id)} == set(both)
    assert len(desk.rows(district.id)) == 2
    later = sent(desk, alert(texts={"en": "Other words."}, news="barred:suspended@4"), NOW + timedelta(days=3))
    assert len(desk.rows(later.id)) == 5


def test_what_staff_write_otherwise_is_told_and_the_first_words_again_after_it(desk: Office) -> None:
    enrol(desk.database, 3)
    for minute, words, told in ((0, "Do not pay it.", 3), (1, "Licensed again.", 3), (2, "Do not pay it.", 3),
                                (3, "Do not pay it.", 0)):  # fmt: skip
        wished = alert(texts={"en": words})
        if told:
            assert len(desk.rows(sent(desk, wished, NOW + minute * MINUTE).id)) == told
        else:
            with pytest.raises(Refused, match="nobody would get it"):
                sent(desk, wished, NOW + minute * MINUTE)


@pytest.mark.parametrize(
    ("news", "status", "until", "why"),
    [
        ("restored:@1", Status.SUSPENDED, date(2028, 1, 1), "restored, and by the list of 2026-11-20 it is suspended"),
        ("restored:@1", Status.ACTIVE, date(2020, 1, 1), "it is expired, until 2020-01-01"),
        ("restored:@1", None, None, "the list of 2026-11-20 does not have it"),
        ("barred:expired@1", Status.ACTIVE, date(2028, 1, 1), "is barred, and by the list of 2026-11-20 it is active"),
        ("gone:@1", Status.ACTIVE, date(2028, 1, 1), "is gone, and by the list"),
    ],
)  # fmt: skip
def test_a_draft_the_register_says_otherwise_of_is_withdrawn_when_it_is_submitted(
    desk: Office, news: str, status: Status | None, until: date | None, why: str
) -> None:
    enrol(desk.database, 3)
    listed(desk, status, until)
    one = desk.broadcasts.draft(alert(news=news), NOW)
    with pytest.raises(Refused, match=f"withdrawn: .*{why}"):
        desk.broadcasts.submit(one.id, AUTHOR, NOW)
    kept = store.find(desk.database, one.id)
    assert kept.stage is Stage.CANCELLED
    assert why in kept.why


@pytest.mark.parametrize("now_is", [Status.CANCELED, None])
def test_barred_in_another_state_or_gone_is_still_not_to_be_paid(desk: Office, now_is: Status | None) -> None:
    enrol(desk.database, 3)
    listed(desk, now_is)
    assert desk.approved(barred()).stage is Stage.APPROVED


def test_what_became_untrue_is_not_approved_and_not_begun(desk: Office) -> None:
    enrol(desk.database, 3)
    listed(desk, Status.SUSPENDED)
    waiting = desk.broadcasts.draft(barred(), NOW)
    waiting = desk.broadcasts.submit(waiting.id, AUTHOR, NOW)
    ready = desk.approved(barred())
    listed(desk, Status.ACTIVE)
    with pytest.raises(Refused, match="withdrawn"):
        desk.broadcasts.approve(waiting.id, approver(), waiting.fingerprint, NOW)
    desk.fan_out()
    assert [store.find(desk.database, one.id).stage for one in (waiting, ready)] == [Stage.CANCELLED] * 2
    assert desk.rows(ready.id) == []
    assert "it is active" in store.find(desk.database, ready.id).why


def test_what_became_untrue_on_its_way_is_stopped_and_not_started_again(desk: Office) -> None:
    enrol(desk.database, 50)
    listed(desk, Status.SUSPENDED)
    one = desk.approved(barred())
    desk.fan_out()
    assert store.find(desk.database, one.id).stage is Stage.CANARY
    listed(desk, Status.ACTIVE)
    desk.fan_out(NOW + MINUTE)
    stopped = store.find(desk.database, one.id)
    assert stopped.stage is Stage.PAUSED
    assert "it is active" in stopped.why
    with pytest.raises(Refused, match="it is active"):
        desk.broadcasts.resume(one.id, approver(), NOW + MINUTE)
    assert store.find(desk.database, one.id).stage is Stage.PAUSED
    recall = desk.broadcasts.recall(one.id, {"en": "We take it back."}, AUTHOR, NOW + MINUTE)
    assert recall.draft.news == ""


def test_an_edit_keeps_what_is_told_and_another_licence_ends_it(desk: Office) -> None:
    listed(desk, Status.ACTIVE)
    one = desk.broadcasts.draft(barred(), NOW)
    assert desk.broadcasts.edit(one.id, alert(), AUTHOR, NOW).draft.news == "barred:suspended@2"
    other = draft(kind=Kind.ALERT, title="Other", licence="0009/RWP")
    assert desk.broadcasts.edit(one.id, other, AUTHOR, NOW).draft.news == ""


@pytest.mark.parametrize(("end", "withdrawn"), [("cancel", False), ("recall", True)])
def test_a_code_that_came_to_somebody_is_ours_however_it_ended(desk: Office, end: str, withdrawn: bool) -> None:
    enrol(desk.database, 50)
    one = desk.approved(alert(), code="123456")
    desk.fan_out()
    desk.came_to(one.id, "sent", NOW, most=2)
    if end == "cancel":
        desk.broadcasts.cancel(one.id, AUTHOR, NOW + MINUTE)
    else:
        desk.broadcasts.recall(one.id, {"en": "We take it back."}, AUTHOR, NOW + MINUTE)
    desk.fan_out(NOW + MINUTE)
    assert store.find(desk.database, one.id).planned_at is None
    found = alarm.sent(desk.database, "123456")
    assert found is not None
    assert found.withdrawn is withdrawn


def test_a_code_that_came_to_nobody_is_not_ours(desk: Office) -> None:
    enrol(desk.database, 50)
    one = desk.approved(alert(), code="123456")
    desk.fan_out()
    desk.broadcasts.cancel(one.id, AUTHOR, NOW + MINUTE)
    desk.fan_out(NOW + MINUTE)
    assert alarm.sent(desk.database, "123456") is None
