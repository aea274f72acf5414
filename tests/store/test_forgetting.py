"""Every class of data goes when its time is over, and not before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from hotline.domain.claiming import ANSWER
from hotline.domain.consent import Asked, Subscribe, Topic, Unsubscribe
from hotline.domain.delivery import State
from hotline.domain.keeping import Kept, OpenCase, Stop
from hotline.own_keys import seal_case
from hotline.sealing import Vault
from hotline.store import cases, consents, forgetting, inbox
from hotline.store.database import Database
from hotline.store.forgetting import Gone
from hotline.store.own import consents as ledger
from hotline.store.own import erasures
from hotline.store.reach import deliveries, occurrences
from hotline.store.schema import cases as cases_table
from hotline.store.schema import inbound
from tests.people_met import NOW, met

AKRAM = "+923001234567"
ASKED = Asked("ur", "sms")
NOTHING = Gone(0, 0, 0, 0, 0, 0, 0, 0)


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def said(database: Database, external_id: str, at: datetime, *, sensitive: bool) -> None:
    event = Kept("twilio", external_id, "sms", "lahore", b"p" * 32, b"t" * 32, at, b"r", b"t", sensitive=sensitive)
    inbox.keep(database, event)


def test_what_was_said_in_a_sensitive_flow_goes_after_a_week(database: Database) -> None:
    said(database, "a week and a day", ago(days=8), sensitive=True)
    said(database, "six days", ago(days=6), sensitive=True)
    said(database, "ordinary", ago(days=8), sensitive=False)
    assert inbox.forget_old(database, NOW).words == 1
    with database.reading() as connection:
        kept = connection.execute(select(inbound.c.external_id).where(inbound.c.text_sealed.is_not(None))).scalars()
        assert set(kept) == {"six days", "ordinary"}


def letter(state: State, changed_at: datetime) -> dict[str, object]:
    own_id = f"{state}{changed_at:%Y%m%d}"
    return {
        "id": own_id, "part_of": own_id, "person_id": "p", "broadcast": "", "priority": 0, "topic": "", "detail": "",
        "locale": "ur", "sender": "+92", "text_sealed": b"letter", "parts": 1, "state": state, "reason": "",
        "due_at": NOW, "deadline_at": NOW, "attempt": 0, "looks": 0, "made_at": changed_at, "changed_at": changed_at,
    }  # fmt: skip


def test_messages_lose_their_text_after_a_month_and_go_after_three(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(
            deliveries.insert(),
            [letter(state, ago(days=days)) for state in (State.DELIVERED, State.QUEUED) for days in (1, 31, 91)],
        )
    gone = forgetting.forget(database, NOW, UTC)
    assert (gone.letters, gone.deliveries) == (2, 1)
    with database.reading() as connection:
        kept = {(row.state, row.text_sealed is None) for row in connection.execute(select(deliveries))}
    assert kept == {("delivered", False), ("delivered", True), ("queued", False)}
    assert forgetting.forget(database, NOW, UTC) == NOTHING


def test_an_answer_asked_for_in_a_call_loses_its_text_after_a_week(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(
            deliveries.insert(),
            [letter(State.DELIVERED, ago(days=days)) | {"topic": ANSWER} for days in (6, 8)],
        )
    assert forgetting.forget(database, NOW, UTC).letters == 1
    with database.reading() as connection:
        left = connection.execute(select(deliveries.c.id).where(deliveries.c.text_sealed.is_not(None))).scalars().all()
    assert left == [letter(State.DELIVERED, ago(days=6))["id"]]


def agreed(database: Database, vault: Vault, detail: str, *changes: tuple[bool, datetime]) -> None:
    mine = vault.index("number", AKRAM)
    with database.writing() as connection:
        for given, at in changes:
            if given:
                consents.subscribe(connection, Subscribe(mine, Topic.ALERTS, detail, ASKED, at))
            else:
                consents.unsubscribe(connection, Unsubscribe(mine, Topic.ALERTS, detail, ASKED, at))


def test_a_consent_is_kept_three_years_after_it_ended(database: Database, vault: Vault) -> None:
    met(database, vault, AKRAM)
    agreed(database, vault, "ended long ago", (True, ago(days=2000)), (False, ago(days=1100)))
    agreed(database, vault, "ended lately", (True, ago(days=2000)), (False, ago(days=1000)))
    agreed(database, vault, "never ended", (True, ago(days=2000)))
    agreed(database, vault, "anew", (True, ago(days=2000)), (False, ago(days=1500)), (True, ago(days=1400)))
    assert forgetting.forget(database, NOW, UTC).consents == 4
    with database.reading() as connection:
        kept = connection.execute(select(ledger.c.detail, ledger.c.given).order_by(ledger.c.id)).all()
    assert [tuple(row) for row in kept] == [
        ("ended lately", True), ("ended lately", False), ("never ended", True), ("anew", True),
    ]  # fmt: skip


def test_the_proof_of_a_stop_is_kept_for_ever(database: Database, vault: Vault) -> None:
    with database.writing() as connection:
        consents.stop_or_start(connection, Stop(vault.index("number", AKRAM), "stop", ago(days=4000), "sms"))
    assert forgetting.forget(database, NOW, UTC).consents == 0
    with database.reading() as connection:
        assert connection.execute(select(ledger.c.detail)).scalars().all() == ["stop"]


def a_case(vault: Vault, case_id: str) -> OpenCase:
    sealed = seal_case(vault, case_id, AKRAM, "4859")
    return OpenCase(
        id=case_id, kind="call_back", once=case_id, centre="lahore", number_index=vault.index("number", AKRAM),
        number_sealed=sealed.number_sealed, detail_sealed=sealed.detail_sealed, opened_at=ago(days=500),
        due_at=ago(days=499), key_sealed=sealed.key_sealed,
    )  # fmt: skip


def test_a_case_cannot_be_read_a_year_after_it_was_closed(database: Database, vault: Vault) -> None:
    with database.writing() as connection:
        for name in ("old", "held", "young", "open"):
            cases.open_case(connection, a_case(vault, name))
        connection.execute(cases_table.update().where(cases_table.c.id == "held").values(held=True))
    for name, days in (("old", 366), ("held", 366), ("young", 364)):
        cases.close(database, name, ago(days=days))
    assert forgetting.forget(database, NOW, UTC).cases == 1
    with database.reading() as connection:
        keys = set(connection.execute(select(cases_table.c.id).where(cases_table.c.key_sealed.is_not(None))).scalars())
        row = connection.execute(select(cases_table).where(cases_table.c.id == "old")).one()
    assert keys == {"held", "young", "open"}
    assert (row.number_sealed, row.detail_sealed) == (b"", b"")
    assert row.number_index != vault.index("number", AKRAM)


def test_what_the_clock_did_and_who_was_erased_is_forgotten(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(
            occurrences.insert(),
            [{"schedule": "s", "occurrence": str(days), "at": ago(days=days), "state": "begun"} for days in (401, 399)],
        )
        connection.execute(
            erasures.insert(),
            [
                {"id": str(days), "number_index": b"i" * 32, "asked_at": ago(days=days), "done_at": done}
                for days, done in ((31, ago(days=31)), (29, ago(days=29)), (40, None))
            ],
        )
    gone = forgetting.forget(database, NOW, UTC)
    assert (gone.occurrences, gone.erasures) == (1, 1)
