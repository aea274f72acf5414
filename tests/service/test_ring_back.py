"""Who is rung back: the rules as a table, the case that is kept with the event, and the one worker that gets it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from hotline.channels.base import Channel, Inbound
from hotline.domain.keeping import CALL_BACK, OpenCase, bound
from hotline.errors import MemoryDown, StoreDown
from hotline.flow.turn import HungUp, Started
from hotline.house import Store
from hotline.memory.jobs import _ID, _NUMBER
from hotline.sealing import Vault
from hotline.service.ring_back import AGAIN, APART, GIVE_UP, JOB, PAUSE, RING, SECOND, RingBack
from hotline.settings import Settings
from hotline.store.database import Database
from hotline.store.schema import cases, inbound, people
from hotline.store.spool import Spool
from tests.people_met import detail_of_case, met, number_of_case

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
OURS, AKRAM, NASREEN = "+924238000000", "+923001234567", "+966501234567"


class Rung:
    """A bell that remembers, or is down."""

    def __init__(self) -> None:
        self.jobs: list[tuple[str, ...]] = []
        self.down = False

    def ring(self, job: str, *ids: str) -> bool:
        if self.down:
            raise MemoryDown("down")
        self.jobs.append((job, *ids))
        return True


class Desk:
    """A RingBack, and what happened in it."""

    def __init__(self, database: Database, vault: Vault, settings: Settings, folder: Path) -> None:
        self.database, self.vault, self.bell = database, vault, Rung()
        self.counted: Counter[tuple[str, str]] = Counter()
        self.spool = Spool(folder / "spool", vault)
        self.rings = RingBack(settings, vault, Store(database, self.spool), self.bell, b"<busy/>", self.count)

    def count(self, what: str, why: str = "") -> None:
        self.counted[what, why] += 1

    def why(self, sender: str = AKRAM, now: datetime = NOW, **changes: object) -> str:
        """Ask, and the one reason that was counted; "asked" when it will be rung."""
        before = Counter(self.counted)
        asked = self.rings.asked(missed(sender, **changes), now)
        ((_, why),) = (found for found in self.counted - before if found[0] == JOB)
        assert asked == (why == "asked")
        return why

    def case(self, now: datetime = NOW) -> OpenCase:
        """A missed call that waits."""
        assert self.why(now=now) == "asked"
        (case,) = self.rings.store.open_cases(RING)
        return case

    def open(self, kind: str) -> Sequence[str]:
        """The numbers of open cases."""
        return [number_of_case(self.vault, case) for case in self.rings.store.open_cases(kind)]

    def events(self) -> list[tuple[str, bytes]]:
        with self.database.reading() as connection:
            rows = connection.execute(select(inbound).order_by(inbound.c.id)).all()
        return [
            (row.external_id, self.vault.open("reply", row.reply_sealed, bound("inbound", "reply", "twilio", row[2])))
            for row in rows
        ]


def missed(sender: str = AKRAM, **changes: object) -> Inbound:
    usual = Inbound(
        provider="twilio", id=f"CA{missed_ids():032x}:0", channel=Channel.VOICE, sender=sender, to=OURS, thread="CA",
        event=Started(),
    )  # fmt: skip
    return replace(usual, **changes)  # type: ignore[arg-type]


_ids = iter(range(1, 1_000_000))


def missed_ids() -> int:
    return next(_ids)


@pytest.fixture
def desk(database: Database, vault: Vault, settings: Settings, tmp_path: Path) -> Desk:
    return Desk(database, vault, settings, tmp_path)


@pytest.mark.parametrize(
    ("sender", "changes", "why"),
    [
        (AKRAM, {}, "asked"),
        (NASREEN, {}, "asked"),
        ("+971501234567", {}, "asked"),
        ("+40721234567", {}, "asked"),
        (AKRAM, {"withheld": True}, "withheld"),
        ("+266696687", {"withheld": True}, "withheld"),
        ("anonymous", {}, "nobody"),
        ("8080", {}, "nobody"),
        ("03001234567", {}, "nobody"),
        ("sip:someone@example.org", {}, "nobody"),
        ("", {}, "nobody"),
        (OURS, {}, "own"),
        ("+18765551234", {}, "country"),
        ("+881612345678", {}, "country"),
        ("+2521234567", {}, "country"),
        ("+41791234567", {}, "country"),
        ("+9112345678", {}, "country"),
    ],
)
def test_who_is_rung_back(desk: Desk, sender: str, changes: dict[str, object], why: str) -> None:
    assert desk.why(sender, **changes) == why
    assert (desk.open(RING), len(desk.bell.jobs)) == (([sender], 1) if why == "asked" else ([], 0))


def test_the_event_is_kept_with_its_answer_and_the_case_knows_which_number_of_ours_was_rung(desk: Desk) -> None:
    heard = missed()
    assert desk.rings.asked(heard, NOW)
    assert desk.events() == [(heard.id, b"<busy/>")]
    (case,) = desk.rings.store.open_cases(RING)
    assert detail_of_case(desk.vault, case) == OURS
    assert desk.bell.jobs == [(JOB, case.id)]
    assert (case.centre, case.opened_at, case.due_at) == ("lahore", NOW, NOW + GIVE_UP)


def test_neither_number_can_be_read_in_the_tables(desk: Desk) -> None:
    desk.case()
    with desk.database.reading() as connection:
        kept = repr([connection.execute(select(table)).all() for table in (cases, inbound)])
    assert AKRAM[1:] not in kept
    assert OURS[1:] not in kept


@pytest.mark.parametrize(
    ("after", "why"),
    [(timedelta(seconds=1), "again"), (APART - timedelta(seconds=1), "again"), (APART, "asked")],
)
def test_one_call_in_five_minutes(desk: Desk, after: timedelta, why: str) -> None:
    # Begun late in one window of the clock: the next window is no new chance.
    start = NOW + timedelta(minutes=4, seconds=50)
    assert desk.why(now=start) == "asked"
    assert desk.why(now=start + after) == why
    assert desk.why(NASREEN, now=start + after) == "asked"


def test_the_sixth_call_of_a_day_is_not_rung_back_and_the_next_day_it_is(desk: Desk) -> None:
    hours = [desk.why(now=NOW + timedelta(hours=hour)) for hour in range(6)]
    assert hours == ["asked"] * 5 + ["too_many"]
    assert desk.why(now=NOW + timedelta(hours=23, minutes=59)) == "too_many"
    assert desk.why(now=NOW + timedelta(hours=24)) == "asked"


def test_the_same_event_again_is_never_a_second_call(desk: Desk) -> None:
    heard = missed()
    assert desk.rings.asked(heard, NOW)
    assert [desk.rings.asked(heard, NOW + timedelta(minutes=more)) for more in (0, 6, 60, 3000)] == [False] * 4
    assert desk.counted[JOB, "known"] == 3
    assert len(desk.bell.jobs) == 1


def test_calls_at_the_same_moment_are_one_case(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: desk.rings.asked(missed(), NOW), range(8)))
    assert desk.open(RING) == [AKRAM]


def test_a_bell_that_is_down_loses_nobody(desk: Desk) -> None:
    desk.bell.down = True
    case = desk.case()
    assert desk.counted["memory_down", ""] == 1
    desk.bell.down = False
    assert desk.rings.sweep(NOW + timedelta(minutes=2)) == 1
    assert desk.bell.jobs == [(JOB, case.id)]


def test_what_nobody_took_on_for_ten_minutes_is_a_counsellors(desk: Desk) -> None:
    desk.case()
    desk.bell.jobs.clear()
    later = NOW + GIVE_UP
    assert desk.rings.sweep(later) == 1
    assert (desk.open(RING), desk.open(CALL_BACK), desk.bell.jobs) == ([], [AKRAM], [])
    (promise,) = desk.rings.store.open_cases(CALL_BACK)
    assert promise.due_at > later + timedelta(hours=23)
    assert desk.rings.sweep(later) == 0


def test_a_worker_that_comes_too_late_rings_nobody(desk: Desk) -> None:
    case = desk.case()
    assert desk.rings.claim(case, NOW + GIVE_UP) is None
    assert desk.open(CALL_BACK) == [AKRAM]


def test_of_many_workers_one_gets_the_call(desk: Desk) -> None:
    case = desk.case()
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: desk.rings.claim(case, NOW), range(8)))
    (ring,) = [one for one in got if one is not None]
    assert (ring.id, ring.sender, ring.to) == (case.id, OURS, AKRAM)
    assert desk.rings.waiting(case.id) is None


def test_a_worker_that_dies_between_claim_and_call_leaves_the_person_to_a_counsellor(desk: Desk) -> None:
    assert desk.rings.claim(desk.case(), NOW) is not None
    assert desk.open(CALL_BACK) == [AKRAM]


def test_a_call_that_was_made_needs_no_counsellor(desk: Desk) -> None:
    ring = desk.rings.claim(desk.case(), NOW)
    assert ring is not None
    desk.rings.made(ring, NOW)
    desk.rings.made(ring, NOW)
    assert (desk.open(RING), desk.open(CALL_BACK)) == ([], [])


def test_who_waits_for_a_counsellor_already_waits_once_and_keeps_their_case(desk: Desk) -> None:
    assert desk.rings.claim(desk.case(), NOW) is not None
    later = NOW + timedelta(hours=1)
    ring = desk.rings.claim(desk.case(later), later)
    assert ring is not None
    assert ring.promise == ""
    desk.rings.made(ring, later)
    assert desk.open(CALL_BACK) == [AKRAM]


def test_without_the_database_the_missed_call_waits_on_disk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object) -> None:
        raise StoreDown("down")

    with monkeypatch.context() as away:
        away.setattr(desk.database, "reading", down)
        away.setattr(desk.database, "writing", down)
        assert [desk.why(), desk.why()] == ["asked", "asked"]
    assert len(desk.spool) == 2
    assert desk.spool.drain(desk.database) == 2
    assert desk.open(RING) == [AKRAM]
    assert desk.rings.sweep(NOW + timedelta(minutes=1)) == 1


def test_a_case_whose_key_is_gone_does_not_stop_the_sweep(desk: Desk) -> None:
    other = replace(desk.rings, vault=Vault.parse(Vault.new_key()))
    assert other.asked(missed(), NOW)
    assert desk.why(NASREEN) == "asked"
    desk.rings.sweep(NOW + GIVE_UP)
    assert (desk.open(RING), desk.open(CALL_BACK)) == ([], [NASREEN])
    assert desk.counted[JOB, "sealed"] == 1


# --- nobody picked up ---


def ended(own_id: str, sender: str = AKRAM, sid: str = "CA1") -> Inbound:
    """The end of a call of ours that nobody picked up."""
    return missed(sender, id=f"{sid}:end", thread=sid, event=HungUp(), placed_by_us=True, unanswered=own_id)


def made(desk: Desk, now: datetime = NOW) -> str:
    """A missed call was rung back; our id of that call."""
    ring = desk.rings.claim(desk.case(now), now)
    assert ring is not None
    desk.rings.made(ring, now)
    return ring.id


def second(desk: Desk, first: str, now: datetime = NOW) -> OpenCase:
    assert desk.rings.unanswered(ended(first), now)
    (case,) = desk.rings.store.open_cases(AGAIN)
    return case


def test_a_call_nobody_picked_up_is_made_once_more_after_a_pause_and_never_a_third_time(desk: Desk) -> None:
    case = second(desk, made(desk))
    desk.bell.jobs.clear()
    early = NOW + PAUSE - timedelta(seconds=1)
    desk.rings.sweep(early)
    assert (desk.bell.jobs, desk.rings.claim(case, early)) == ([], None)
    desk.rings.sweep(NOW + PAUSE)
    assert desk.bell.jobs == [(JOB, case.id)]
    ring = desk.rings.claim(case, NOW + PAUSE)
    assert ring is not None
    assert (ring.id, ring.sender, ring.to) == (case.id + SECOND, OURS, AKRAM)
    desk.rings.made(ring, NOW + PAUSE)
    assert not desk.rings.unanswered(ended(ring.id, sid="CA2"), NOW + PAUSE)
    assert (desk.open(RING), desk.open(AGAIN), desk.open(CALL_BACK)) == ([], [], [])
    assert (desk.counted[JOB, "nobody"], desk.counted[JOB, "nobody_twice"]) == (1, 1)


def test_the_end_of_a_call_told_many_times_is_one_second_try(desk: Desk) -> None:
    first = made(desk)
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda _: desk.rings.unanswered(ended(first), NOW), range(6)))
    assert sum(told) == 1
    case = desk.rings.store.open_cases(AGAIN)[0]
    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda _: desk.rings.claim(case, NOW + PAUSE), range(6)))
    assert len([one for one in got if one]) == 1
    assert not desk.rings.unanswered(ended(first), NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("now", "country", "begins"),
    [
        ("2026-11-20T20:44+05:00", AKRAM, "2026-11-20T20:59+05:00"),
        ("2026-11-20T20:46+05:00", AKRAM, "2026-11-21T09:00+05:00"),
        ("2026-11-20T03:00+05:00", AKRAM, "2026-11-20T09:00+05:00"),
        ("2026-11-20T08:30+03:00", NASREEN, "2026-11-20T09:00+03:00"),
    ],
)
def test_at_night_a_first_call_answers_theirs_and_the_second_waits_for_the_morning(
    desk: Desk, now: str, country: str, begins: str
) -> None:
    at = datetime.fromisoformat(now)
    assert desk.rings.unanswered(ended("first", country), at)
    (case,) = desk.rings.store.open_cases(AGAIN)
    assert case.due_at == datetime.fromisoformat(begins) + GIVE_UP


def test_the_second_call_keeps_to_the_hours_they_called_safe(desk: Desk, vault: Vault) -> None:
    met(desk.database, vault, AKRAM)
    with desk.database.writing() as connection:
        connection.execute(people.update().values(safe_from=18 * 60, safe_until=20 * 60))
    case = second(desk, made(desk))
    assert case.due_at == datetime.fromisoformat("2026-11-20T18:00+05:00") + GIVE_UP


def test_a_worker_so_late_that_it_is_night_leaves_the_second_call_to_a_counsellor(desk: Desk) -> None:
    evening = datetime.fromisoformat("2026-11-20T20:44+05:00")
    case = second(desk, made(desk, evening), evening)
    assert desk.rings.claim(case, evening + PAUSE + timedelta(minutes=5)) is None
    assert (desk.open(AGAIN), desk.open(CALL_BACK)) == ([], [AKRAM])


def test_a_worker_that_dies_with_the_second_call_leaves_it_to_a_counsellor_and_so_does_one_that_never_comes(
    desk: Desk,
) -> None:
    assert desk.rings.claim(second(desk, made(desk)), NOW + PAUSE) is not None
    assert desk.open(CALL_BACK) == [AKRAM]
    assert desk.rings.unanswered(ended("another", NASREEN, "CA9"), NOW)
    desk.rings.sweep(NOW + timedelta(hours=3))
    assert sorted(desk.open(CALL_BACK)) == [AKRAM, NASREEN]


def test_who_rings_again_themselves_is_rung_for_that_and_not_twice(desk: Desk) -> None:
    case = second(desk, made(desk))
    soon = NOW + timedelta(minutes=6)
    assert desk.why(now=soon) == "asked", "the second try that waits is no reason to refuse them"
    assert desk.rings.claim(case, NOW + PAUSE) is None
    assert (desk.open(AGAIN), desk.counted[JOB, "rang_anew"]) == ([], 1)


def test_second_calls_count_among_those_of_a_day(desk: Desk) -> None:
    first = made(desk)
    for hour in range(1, 5):
        assert desk.why(now=NOW + timedelta(hours=hour)) == "asked"
    assert not desk.rings.unanswered(ended(first), NOW + timedelta(hours=5))
    assert desk.counted[JOB, "too_many"] == 1
    assert desk.open(AGAIN) == []


def test_without_the_database_the_second_call_waits_on_disk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first = made(desk)

    def down(*_: object) -> None:
        raise StoreDown("down")

    with monkeypatch.context() as away:
        away.setattr(desk.database, "reading", down)
        away.setattr(desk.database, "writing", down)
        assert desk.rings.unanswered(ended(first), NOW)
    assert desk.spool.drain(desk.database) == 1
    assert desk.open(AGAIN) == [AKRAM]


@given(st.text(max_size=40))
def test_every_case_may_be_the_argument_of_a_job(vault: Vault, settings: Settings, turn: str) -> None:
    class Nothing:
        pass

    rings = RingBack(settings, vault, Nothing(), Rung(), b"", lambda what, why="": None)  # type: ignore[arg-type]
    case = rings._case(missed(id=turn), NOW)
    assert _ID.fullmatch(case.id)
    assert not _NUMBER.search(case.id)
