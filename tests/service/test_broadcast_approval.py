"""Nobody sends alone what many get: every way to approve one's own words, or words nobody read, is refused."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from hotline.domain.broadcast import SENDING, Audience, Kind, Stage
from hotline.domain.staff import Member, Role
from hotline.errors import Refused
from hotline.settings import Settings
from hotline.store import broadcasts as store
from hotline.store import staff as accounts
from hotline.store.database import Database
from tests.reaching import AUTHOR, ENGLISH, NOW, Office, alert, approver, draft, enrol, messages, office, subscribe

LATER = timedelta(hours=1)


@pytest.fixture
def desk(settings: Settings, database: Database) -> Office:
    made = office(settings, database)
    enrol(database, 30)
    return made


def test_a_broadcast_to_more_than_25_people_waits_for_an_approver(desk: Office) -> None:
    one = desk.broadcasts.draft(draft(), NOW)
    one = desk.broadcasts.submit(one.id, AUTHOR, NOW)
    assert (one.stage, one.heads) == (Stage.SUBMITTED, 30)
    desk.fan_out()
    assert messages(desk.database) == 0
    one = desk.broadcasts.approve(one.id, approver(), one.fingerprint, NOW)
    assert one.stage is Stage.APPROVED
    desk.fan_out()
    assert messages(desk.database) == 30


def test_a_few_people_need_nobody(settings: Settings, database: Database) -> None:
    desk = office(settings, database)
    enrol(database, 25)
    one = desk.approved(draft(made_by="terminal"))
    assert one.stage is Stage.APPROVED
    assert store.approvals_of(database, one) == ()


@pytest.mark.parametrize(
    "words",
    [
        {"texts": {"en": "Licence 8/RWP is not valid any more."}},
        {"texts": {"en": "Do not pay Chiragh Travels, whatever they say."}},
        {"licence": "0008/RWP"},
        {"kind": Kind.ALERT},
    ],
)
def test_words_about_an_agency_need_an_approver_however_few_get_them(
    settings: Settings, database: Database, words: dict[str, object]
) -> None:
    desk = office(settings, database, ["Chiragh Travels and Tours (Pvt) Ltd"])
    enrol(database, 2)
    one = desk.broadcasts.draft(draft(**words), NOW)
    assert desk.broadcasts.submit(one.id, AUTHOR, NOW).stage is Stage.SUBMITTED


@pytest.mark.parametrize("made_by", ["register", "reports", "terminal"])
def test_a_draft_nobody_answers_for_needs_two_different_people(desk: Office, made_by: str) -> None:
    one = desk.broadcasts.draft(alert(made_by=made_by), NOW)
    one = desk.broadcasts.submit(one.id, made_by, NOW)
    for _ in range(3):
        again = desk.broadcasts.approve(one.id, approver("asma"), one.fingerprint, NOW)
        assert again.stage is Stage.SUBMITTED, "the same person three times is one person"
    assert desk.broadcasts.approve(one.id, approver("danish"), one.fingerprint, NOW).stage is Stage.APPROVED


def test_breaking_the_quiet_hours_needs_a_second_approver(desk: Office) -> None:
    one = desk.broadcasts.draft(alert(urgent=True), NOW)
    one = desk.broadcasts.submit(one.id, AUTHOR, NOW)
    assert desk.broadcasts.approve(one.id, approver("asma"), one.fingerprint, NOW).stage is Stage.SUBMITTED
    assert desk.broadcasts.approve(one.id, approver("danish"), one.fingerprint, NOW).stage is Stage.APPROVED


def _made(desk: Office, name: str) -> str:
    return desk.broadcasts.submit(desk.broadcasts.draft(draft(made_by=name), NOW).id, AUTHOR, NOW).id


def _edited(desk: Office, name: str) -> str:
    one = desk.broadcasts.draft(draft(), NOW)
    desk.broadcasts.edit(one.id, draft(texts={"en": "Mine"}), name, NOW)
    return desk.broadcasts.submit(one.id, AUTHOR, NOW).id


def _edited_and_covered(desk: Office, name: str) -> str:
    one = desk.broadcasts.draft(draft(), NOW)
    desk.broadcasts.edit(one.id, draft(texts={"en": "Mine"}), name, NOW)
    desk.broadcasts.edit(one.id, draft(texts={"en": "Mine."}), AUTHOR, NOW)
    return desk.broadcasts.submit(one.id, AUTHOR, NOW).id


def _edited_after_approving(desk: Office, name: str) -> str:
    one = desk.broadcasts.submit(desk.broadcasts.draft(draft(), NOW).id, AUTHOR, NOW)
    desk.broadcasts.approve(one.id, approver(name), one.fingerprint, NOW)
    desk.broadcasts.edit(one.id, draft(texts={"en": "Mine"}), name, NOW)
    return desk.broadcasts.submit(one.id, AUTHOR, NOW).id


def _submitted(desk: Office, name: str) -> str:
    return desk.broadcasts.submit(desk.broadcasts.draft(draft(), NOW).id, name, NOW).id


@pytest.mark.parametrize("way", [_made, _edited, _edited_and_covered, _edited_after_approving, _submitted])
def test_nobody_approves_what_they_had_a_hand_in(desk: Office, way: Callable[[Office, str], str]) -> None:
    for _ in range(10):
        one = store.find(desk.database, way(desk, "asma"))
        with pytest.raises(Refused, match="asma"):
            desk.broadcasts.approve(one.id, approver("asma"), one.fingerprint, NOW)
        assert store.find(desk.database, one.id).stage is Stage.SUBMITTED
    desk.fan_out()
    assert messages(desk.database) == 0


def test_an_approver_who_edits_while_approving_never_approves_it(desk: Office) -> None:
    """Two tabs at once: in one the words are changed, in the other they are approved."""
    for round in range(25):
        one = desk.broadcasts.submit(desk.broadcasts.draft(draft(), NOW).id, AUTHOR, NOW)
        seen = one.fingerprint

        def edit(id: str = one.id, round: int = round) -> None:
            desk.broadcasts.edit(id, draft(texts={"en": f"Other words {round}"}), "asma", NOW)
            desk.broadcasts.submit(id, AUTHOR, NOW)

        def approve(id: str = one.id, seen: str = seen) -> None:
            with contextlib.suppress(Refused):
                desk.broadcasts.approve(id, approver("asma"), seen, NOW)

        together(edit, approve)
        kept = store.find(desk.database, one.id)
        assert kept.stage is Stage.SUBMITTED
        assert kept.draft.texts["en"] == f"Other words {round}"


def test_one_person_in_two_tabs_is_one_person(desk: Office) -> None:
    for _ in range(25):
        one = desk.broadcasts.draft(alert(made_by="register"), NOW)
        one = desk.broadcasts.submit(one.id, "register", NOW)

        def approve(id: str = one.id, seen: str = one.fingerprint) -> None:
            desk.broadcasts.approve(id, approver("asma"), seen, NOW)

        together(approve, approve)
        assert store.find(desk.database, one.id).stage is Stage.SUBMITTED


def test_any_edit_voids_the_approval_and_so_does_its_undoing(desk: Office) -> None:
    one = desk.approved(draft())
    assert one.stage is Stage.APPROVED
    desk.broadcasts.edit(one.id, draft(texts={"en": "Other words"}), AUTHOR, NOW)
    desk.broadcasts.edit(one.id, draft(), AUTHOR, NOW)
    desk.fan_out()
    again = desk.broadcasts.submit(one.id, AUTHOR, NOW)
    assert again.draft.texts == one.draft.texts
    assert again.fingerprint != one.fingerprint
    assert store.approvals_of(desk.database, again) == ()
    desk.fan_out()
    assert messages(desk.database) == 0


CHANGES = {
    "text": {"texts": {"en": ENGLISH + "."}},
    "audience": {"audience": Audience("alerts", ("lahore", "multan"))},
    "start": {"starts": "2026-11-23T15:00"},
    "hours": {"hours_to_live": 25},
    "urgent": {"urgent": True, "kind": Kind.ALERT},
    "licence": {"licence": "0009/RWP"},
    "title": {"title": "Another"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_approve_then_change_then_send_sends_nothing(desk: Office, change: dict[str, object]) -> None:
    one = desk.approved(draft())
    desk.broadcasts.edit(one.id, draft(**change), AUTHOR, NOW)
    desk.fan_out(NOW + timedelta(hours=5))
    assert not desk.fan().begin(f"broadcast-{one.id}", "2026-11-23", NOW)
    assert messages(desk.database) == 0


def test_words_changed_behind_the_verbs_are_not_sent(desk: Office) -> None:
    """The approval is checked against the row as it stands, whatever its state says."""
    one = desk.approved(draft())
    with store.held(desk.database, one.id) as held:
        held.save(replace(held.broadcast, draft=draft(texts={"en": "Send money to"})))
    desk.fan_out()
    assert store.find(desk.database, one.id).stage is Stage.SUBMITTED
    assert messages(desk.database) == 0


def test_an_approval_is_good_for_24_hours(desk: Office) -> None:
    one = desk.approved(draft())
    desk.fan_out(NOW + timedelta(hours=24, seconds=1))
    kept = store.find(desk.database, one.id)
    assert kept.stage is Stage.SUBMITTED
    assert "24 hours" in kept.why
    later = NOW + timedelta(hours=25)
    desk.broadcasts.approve(kept.id, approver(), kept.fingerprint, later)
    desk.fan_out(later)
    assert store.find(desk.database, one.id).stage in SENDING


def test_the_first_of_two_approvals_expires_too(desk: Office) -> None:
    one = desk.broadcasts.submit(desk.broadcasts.draft(alert(made_by="reports"), NOW).id, "reports", NOW)
    desk.broadcasts.approve(one.id, approver("asma"), one.fingerprint, NOW)
    late = NOW + timedelta(hours=25)
    assert desk.broadcasts.approve(one.id, approver("danish"), one.fingerprint, late).stage is Stage.SUBMITTED
    assert desk.broadcasts.approve(one.id, approver("nadia"), one.fingerprint, late).stage is Stage.APPROVED


def test_a_start_further_off_than_an_approval_lasts_cannot_be_approved_yet(desk: Office) -> None:
    one = desk.broadcasts.draft(draft(starts="2026-11-26T10:00"), NOW)
    one = desk.broadcasts.submit(one.id, AUTHOR, NOW)
    with pytest.raises(Refused, match="24 hours"):
        desk.broadcasts.approve(one.id, approver(), one.fingerprint, NOW)


def test_an_audience_that_grew_by_more_than_2_percent_goes_back(settings: Settings, database: Database) -> None:
    desk = office(settings, database)
    enrol(database, 100)
    stays, goes_back = desk.approved(draft(starts="2026-11-23T15:00")), desk.approved(draft(starts="2026-11-23T16:00"))
    enrol(database, 2)
    desk.fan_out(NOW + timedelta(hours=4))
    assert store.find(database, stays.id).stage is Stage.RUNNING
    enrol(database, 1)
    desk.fan_out(NOW + timedelta(hours=5))
    kept = store.find(database, goes_back.id)
    assert (kept.stage, kept.heads) == (Stage.SUBMITTED, 103)
    assert kept.why == "the audience grew from 100 to 103 people"
    assert store.approvals_of(database, kept) == ()


def test_a_few_who_became_many_wait_for_an_approver(settings: Settings, database: Database) -> None:
    desk = office(settings, database)
    enrol(database, 10)
    one = desk.approved(draft(starts="2026-11-23T15:00"))
    assert one.stage is Stage.SCHEDULED
    enrol(database, 20)
    desk.fan_out(NOW + timedelta(hours=4))
    assert store.find(database, one.id).stage is Stage.SUBMITTED


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.APPROVER, Role.MANAGER)])
def test_only_who_may_approve_approves(desk: Office, role: Role) -> None:
    one = desk.broadcasts.submit(desk.broadcasts.draft(draft(), NOW).id, AUTHOR, NOW)
    with pytest.raises(Refused, match="may not"):
        desk.broadcasts.approve(one.id, Member("asma", frozenset({role}), "lahore"), one.fingerprint, NOW)


def test_another_centre_s_approver_may_not(desk: Office) -> None:
    one = desk.broadcasts.submit(desk.broadcasts.draft(draft(), NOW).id, AUTHOR, NOW)
    with pytest.raises(Refused, match="may not"):
        desk.broadcasts.approve(one.id, approver("asma", "multan"), one.fingerprint, NOW)


def test_an_approver_who_left_has_approved_nothing(desk: Office) -> None:
    one = desk.approved(draft())
    accounts.disable(desk.database, "asma", NOW)
    desk.fan_out()
    assert store.find(desk.database, one.id).stage is Stage.SUBMITTED


def test_what_one_looked_at_is_what_one_approves(desk: Office) -> None:
    one = desk.broadcasts.submit(desk.broadcasts.draft(draft(), NOW).id, AUTHOR, NOW)
    with pytest.raises(Refused, match="changed since"):
        desk.broadcasts.approve(one.id, approver(), "0" * 64, NOW)


def test_one_person_stops_and_two_start_again(desk: Office) -> None:
    one = desk.approved(draft())
    desk.fan_out()
    stopped = desk.broadcasts.pause(one.id, "terminal", NOW)
    assert (stopped.stage, stopped.why) == (Stage.PAUSED, "paused by terminal")
    author = Member(AUTHOR, frozenset({Role.BROADCASTER}), "lahore")
    other = Member("zara", frozenset({Role.BROADCASTER}), "lahore")
    accounts.add(desk.database, other, "no password", NOW)
    for _ in range(2):
        assert desk.broadcasts.resume(one.id, author, NOW).stage is Stage.PAUSED
    assert desk.broadcasts.resume(one.id, other, NOW).stage is Stage.PAUSED, "two, but no approver among them"
    assert desk.broadcasts.resume(one.id, approver(), NOW).stage is Stage.RUNNING
    desk.broadcasts.pause(one.id, "terminal", NOW + LATER)
    assert desk.broadcasts.resume(one.id, approver(), NOW + LATER).stage is Stage.PAUSED, "the old agreement is used up"


def test_a_recall_needs_an_approval_of_its_own(desk: Office) -> None:
    one = desk.approved(draft())
    desk.fan_out()
    desk.came_to(one.id, "delivered", NOW)
    recall = desk.broadcasts.recall(one.id, {"en": "There is no such day. Sorry."}, AUTHOR, NOW)
    assert recall.stage is Stage.DRAFT
    assert desk.broadcasts.submit(recall.id, AUTHOR, NOW).stage is Stage.SUBMITTED


def test_a_text_must_be_there_in_every_language_of_the_audience(desk: Office) -> None:
    subscribe(desk.database, (), "alerts", "lahore")
    enrol(desk.database, 3, locale="pa_Arab")
    enrol(desk.database, 2, locale="ur_Latn")
    one = desk.broadcasts.draft(draft(texts={"en": ENGLISH, "ur": "x"}), NOW)
    with pytest.raises(Refused) as refused:
        desk.broadcasts.submit(one.id, AUTHOR, NOW)
    assert "pa_Arab (3 people), ur_Latn (2 people)" in str(refused.value)
    one = desk.broadcasts.edit(one.id, draft(audience=Audience("alerts", ("lahore",), ("en",))), AUTHOR, NOW)
    assert desk.broadcasts.submit(one.id, AUTHOR, NOW).heads == 30


def test_a_language_that_came_after_the_approval_sends_it_back_to_its_author(desk: Office) -> None:
    one = desk.approved(draft())
    enrol(desk.database, 1, locale="ur")
    desk.fan_out()
    kept = store.find(desk.database, one.id)
    assert kept.stage is Stage.DRAFT
    assert "ur (1 people)" in kept.why


def together(*doings: Callable[[], None]) -> None:
    """All at the same moment, each in a thread of its own; what one raises is raised."""
    line = threading.Barrier(len(doings))
    wrong: list[BaseException] = []

    def run(doing: Callable[[], None]) -> None:
        line.wait()
        try:
            doing()
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=run, args=(doing,)) for doing in doings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]
