"""A list that is taken back takes back what was drafted from it: whoever agreed to it, and whenever we die."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy import event, insert, select

from hotline.domain.agency import Agency, Licence, Status
from hotline.domain.broadcast import Broadcast, Stage
from hotline.flow.book import Book
from hotline.making import directory
from hotline.service.alarm import Alarm
from hotline.settings import Settings
from hotline.store import agencies, publishing
from hotline.store import broadcasts as store
from hotline.store.database import Database
from hotline.store.drafted import listing
from hotline.store.publishing import NewList, Publication, publish
from hotline.store.reach import alarms, deliveries, reports
from tests.reaching import APPROVERS, NOW, Office, approver, enrol, office

BARRED, OTHER = Licence(2567, "LHR"), Licence(8, "RWP")
FIRST, SECOND, THIRD = date(2026, 11, 1), date(2026, 11, 20), date(2026, 11, 22)
HOUR = timedelta(hours=1)


@dataclass
class Register:
    """A register with people who watch its agencies, staff, and the rule that drafts alerts."""

    desk: Office
    alarm: Alarm

    def list(self, of: date, *barred: Licence, hours: float = 0) -> None:
        """Put a list in force."""
        current = agencies.current(self.desk.database)
        rows = [
            Agency(
                one, "Chenab Travels", Status.SUSPENDED if one in barred else Status.ACTIVE, date(2028, 3, 31), "Lahore"
            )
            for one in (BARRED, OTHER)
        ]
        new = NewList(of, False, "list.csv", f"{of}{hours}")
        expected = current.version if current else None
        at = NOW + hours * HOUR
        publish(self.desk.database, Publication(new, rows, expected, lambda name: name, at))

    def drafted(self, hours: float = 0) -> list[str]:
        """Draft what the list in force calls for; the ids of all drafts so far, those for who watches first."""
        self.alarm.after_publish(NOW + hours * HOUR)
        drafts = sorted(self.desk.broadcasts.all(), key=lambda one: one.draft.audience.topic, reverse=True)
        return [one.id for one in drafts]

    def undo(self, hours: float = 2) -> dict[str, tuple[Stage, Stage]]:
        _, withdrawn = publishing.undo(self.desk.database, NOW + hours * HOUR)
        return {one.id: (one.before, one.after) for one in withdrawn}

    def find(self, id: str) -> Broadcast:
        return store.find(self.desk.database, id)

    def agree(self, id: str) -> Broadcast:
        one = self.desk.broadcasts.submit(id, "terminal", NOW)
        for name in APPROVERS[:2]:
            one = self.desk.broadcasts.approve(id, approver(name), one.fingerprint, NOW)
        return one


@pytest.fixture
def register(settings: Settings, book: Book, database: Database) -> Register:
    desk = office(settings, database)
    enrol(database, 30, "watch", str(BARRED))
    numbers = iter(range(10_000, 99_999))
    alarm = Alarm(database, book, settings, directory(settings, book), desk.broadcasts, lambda low, high: next(numbers))
    made = Register(desk, alarm)
    made.list(FIRST)
    return made


def test_what_nobody_agreed_to_is_cancelled_in_words(register: Register) -> None:
    register.list(SECOND, BARRED, hours=1)
    watching, district = register.drafted(1)
    register.desk.broadcasts.submit(watching, "terminal", NOW + HOUR)
    assert register.undo() == {
        watching: (Stage.SUBMITTED, Stage.CANCELLED), district: (Stage.DRAFT, Stage.CANCELLED),
    }  # fmt: skip
    assert register.find(watching).why == "the list of 2026-11-20 was taken back"
    assert {one.state for one in listing(register.desk.database, 9)} == {"cancelled"}


def test_what_was_agreed_to_and_not_begun_goes_nowhere_before_people_agree_anew(register: Register) -> None:
    register.list(SECOND, BARRED, hours=1)
    watching, _ = register.drafted(1)
    assert register.agree(watching).stage is Stage.APPROVED
    assert register.undo()[watching] == (Stage.APPROVED, Stage.DRAFT)
    register.desk.fan_out(NOW + 3 * HOUR)
    one = register.find(watching)
    assert (one.stage, one.planned_at, one.why) == (Stage.DRAFT, None, "the list of 2026-11-20 was taken back")


def test_what_is_being_sent_is_stopped_and_what_was_sent_is_named(register: Register) -> None:
    register.list(SECOND, BARRED, hours=1)
    watching, district = register.drafted(1)
    register.agree(watching)
    register.desk.fan_out()
    with register.desk.database.writing() as connection:
        done = store.broadcasts.update().where(store.broadcasts.c.id == district)
        connection.execute(done.values(state="done"))
        # One of the first messages, as if it were the other's.
        own = connection.execute(select(deliveries.c.id).where(deliveries.c.part_of == watching)).scalars().first()
        moved = deliveries.update().where(deliveries.c.id == own)
        connection.execute(moved.values(broadcast=district, part_of=district, state="sent"))
    assert register.find(watching).stage is Stage.CANARY
    assert register.undo() == {watching: (Stage.CANARY, Stage.PAUSED), district: (Stage.DONE, Stage.DONE)}
    assert register.find(watching).paused_from == "canary"
    assert register.desk.broadcasts.recall(district, {"en": "That was a mistake."}, "bilal", NOW).stage is Stage.DRAFT


def test_only_the_list_that_is_taken_back_takes_its_drafts_along(register: Register) -> None:
    register.list(SECOND, BARRED, hours=1)
    earlier = set(register.drafted(1))
    enrol(register.desk.database, 3, "watch", str(OTHER))
    register.list(THIRD, BARRED, OTHER, hours=2)
    later = set(register.drafted(2)) - earlier
    assert later
    assert set(register.undo(3)) == later
    assert {register.find(id).stage for id in earlier} == {Stage.DRAFT}


def test_the_same_news_of_a_list_that_is_right_are_drafted_anew(register: Register) -> None:
    register.list(SECOND, BARRED, hours=1)
    wrong = set(register.drafted(1))
    register.undo()
    register.list(SECOND, BARRED, hours=3)
    fresh = set(register.drafted(3)) - wrong
    assert len(fresh) == len(wrong)
    assert {register.find(id).stage for id in fresh} == {Stage.DRAFT}
    assert len({register.find(id).code for id in fresh | wrong}) == 4, "no code stands for two"
    assert set(register.undo(4)) == fresh


def test_reports_that_were_weighed_by_that_list_are_weighed_again(register: Register) -> None:
    register.list(SECOND, BARRED, hours=1)
    with register.desk.database.writing() as connection:
        for name in "abc":
            row = {"case_id": name, "reporter": name.encode() * 32, "licence": str(OTHER), "agency": str(OTHER)}
            connection.execute(insert(reports), row | {"centre": "lahore", "at": NOW})
    assert register.alarm.weigh(NOW + HOUR) == 2
    wrong = {one.broadcast for one in listing(register.desk.database, 9)}
    assert "2026-11-20" in register.find(min(wrong)).draft.texts["en"]
    assert set(register.undo()) == wrong
    assert register.alarm.weigh(NOW + 3 * HOUR) == 2
    fresh = {one.broadcast for one in listing(register.desk.database, 9)} - wrong
    assert all("2026-11-01" in register.find(id).draft.texts["en"] for id in fresh)


class Killed(Exception):
    """The process is gone."""


def test_whoever_dies_in_the_middle_has_taken_back_all_or_nothing(register: Register) -> None:
    register.list(SECOND, BARRED, hours=1)
    drafts = register.drafted(1)
    for nth in range(1, 40):
        left = nth

        def dies(*_: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed

        event.listen(register.desk.database.engine, "before_cursor_execute", dies)
        try:
            register.undo()
        except Killed:
            pass
        finally:
            event.remove(register.desk.database.engine, "before_cursor_execute", dies)
        current = agencies.current(register.desk.database)
        assert current is not None
        stages = {register.find(id).stage for id in drafts}
        assert (current.date, stages) in [(SECOND, {Stage.DRAFT}), (FIRST, {Stage.CANCELLED})], nth
        if current.date == FIRST:
            break
    assert nth > 5


def test_a_draft_that_is_written_while_the_list_is_taken_back_is_withdrawn_too(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.list(SECOND, BARRED, hours=1)
    draft = register.desk.broadcasts.draft

    def late(*told: object, **named: object) -> object:
        made = draft(*told, **named)  # type: ignore[arg-type]
        if len(register.desk.broadcasts.all()) == 1:
            register.undo()
        return made

    monkeypatch.setattr(type(register.desk.broadcasts), "draft", lambda self, *told, **named: late(*told, **named))
    register.alarm.after_publish(NOW + HOUR)
    assert {one.stage for one in register.desk.broadcasts.all()} == {Stage.CANCELLED}
    with register.desk.database.reading() as connection:
        assert all(row.once.startswith("undone:") for row in connection.execute(select(alarms)))
