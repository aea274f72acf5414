"""Looking for messages nobody knows about: an old one harms no fresh one, and no one is looked for for ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from hotline.errors import SendError
from hotline.sealing import Vault
from hotline.service.reconcile import BY_ONE, FRESH, MOST_BY_ONE, Listed, Reconcile
from hotline.store import unsettled
from hotline.store.database import Database
from tests.outbox import Wired, wired

MANY = BY_ONE + 2
OLD = timedelta(days=40)


@dataclass
class Narrow:
    """The provider's list, of which one answer holds at most `most` messages; it remembers what it was asked."""

    box: Wired
    most: int = 20_000
    asked: list[tuple[timedelta, str]] = field(default_factory=list)

    def made_since(self, since: datetime, *, to: str = "", sender: str = "") -> Sequence[Listed]:
        self.asked.append((self.box.clock() - since, to))
        if self.most == 0 and not to:
            raise SendError("too_many")
        return self.box.reconcile.book().made_since(since, to=to, sender=sender)

    def fetch(self, provider_id: str) -> Listed:
        return self.box.reconcile.book().fetch(provider_id)


@pytest.fixture
def box(database: Database, vault: Vault, redis_url: str) -> Iterator[Wired]:
    with wired(database, vault, redis_url) as found:
        yield found


def looking(box: Wired, **narrow: int) -> tuple[Reconcile, Narrow]:
    book = Narrow(box, **narrow)
    return replace(box.reconcile, book=lambda: book), book


def unknown(box: Wired, age: timedelta, **columns: object) -> str:
    at = box.clock() - age
    row = {"state": "unknown", "attempt": 1, "attempted_at": at, "lease_until": box.clock() - timedelta(seconds=1)}
    return box.message(box.person(), **{**row, **columns})


def test_an_old_message_does_not_lengthen_the_list_that_is_asked_for_all(box: Wired) -> None:
    unknown(box, OLD)
    for _ in range(MANY):
        unknown(box, timedelta(seconds=30))
    reconcile, book = looking(box)
    reconcile.unknown()
    assert [back for back, to in book.asked if not to] == [timedelta(seconds=35)]
    assert [back for back, to in book.asked if to] == [OLD + timedelta(seconds=5)]


def test_a_list_that_is_too_long_is_asked_for_one_by_one(box: Wired) -> None:
    for _ in range(MANY):
        unknown(box, timedelta(seconds=30))
    reconcile, book = looking(box, most=0)
    for _ in range(2):
        reconcile.unknown()
        box.clock.forward(seconds=61)
    assert box.states() == {"queued": MANY}, "proven absent, they go again"
    assert len(book.asked) == 2 * (MANY + 1)


def test_so_many_old_ones_are_asked_about_in_turns(box: Wired) -> None:
    for _ in range(MOST_BY_ONE + 5):
        unknown(box, FRESH)
    reconcile, book = looking(box)
    reconcile.unknown()
    assert len(book.asked) == MOST_BY_ONE
    assert unsettled.is_open(box.database, box.clock()), "the others wait for nothing"
    reconcile.unknown()
    assert len({to for _, to in book.asked}) == MOST_BY_ONE + 5


def test_what_nobody_can_tell_is_given_up_after_a_day_and_said_to_staff(
    box: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, message = box.clock(), unknown(box, timedelta(0))
    reconcile, book = looking(box)

    def away(since: datetime, *, to: str = "", sender: str = "") -> Sequence[Listed]:
        raise SendError("503")

    monkeypatch.setattr(book, "made_since", away)
    looks = 0
    while box.row(message).state == "unknown":
        box.clock.forward(minutes=5)
        looks += reconcile.unknown()
        assert box.clock() < began + timedelta(hours=31)
    assert looks < 40, "the older, the more rarely"
    row = box.row(message)
    assert (row.state, row.reason) == ("failed", "unverified")
    assert unsettled.unverified(box.database, began) == (message,)
    assert unsettled.unverified(box.database, began + timedelta(hours=1)) == ()


def test_another_look_is_no_change(box: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    message = unknown(box, timedelta(0))
    changed = box.row(message).changed_at
    box.clock.forward(minutes=5)
    box.reconcile.unknown()
    row = box.row(message)
    assert (row.state, row.looks, row.changed_at) == ("unknown", 1, changed)
