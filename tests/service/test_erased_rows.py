"""F19: after DELETE no row of any kind leads to the person but those that must obey them, nor does what comes late."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from hotline.channels.base import Inbound
from hotline.domain.consent import Asked, Subscribe, Topic
from hotline.domain.delivery import News as Told
from hotline.domain.delivery import State
from hotline.domain.journey import Due, SetJourney
from hotline.domain.keeping import Effect, Erase, Kept, NotUnderstood, OpenCase, bound
from hotline.domain.report import CaseTried
from hotline.flow.model import Channel
from hotline.flow.turn import Started
from hotline.memory.turns import Arrival
from hotline.sealing import Vault
from hotline.service.erase import Eraser
from hotline.service.ports.base import Asker
from hotline.service.ports.report import ReportPort
from hotline.service.ring_back import RingBack
from hotline.store import breakers, cases, deliveries, erasing, forgetting, hearing, inbox
from hotline.store.database import Database
from hotline.store.own import provider_copies
from hotline.store.reach import metadata
from hotline.store.spool import Spool
from tests.outbox import NOON, SENDER, Outbox, settings_of
from tests.people_met import meeting

AKRAM = "+923001234567"
OBEYS = {"suppressions", "consents", "erasures", "case_tries"}
"""Tables that keep the blind index: to obey a STOP, to prove a consent, to know the wish, and against guessing."""
ASKED = Asked("en", "sms", "?", "1")


@dataclass
class Doors:
    """What the eraser and a missed call need beside the database."""

    spool: Spool
    database: Database
    rung: list[str] = field(default_factory=list)

    def names(self, arrival: Arrival) -> tuple[bytes, ...]:
        return ()

    def remove(self, names: object) -> None:
        return None

    def ring(self, job: str, *ids: str) -> bool:
        return True

    def keep(self, kept: Kept) -> object:
        return inbox.keep(self.database, kept)

    def opened_since(self, indexes: tuple[bytes, ...], kind: str, since: datetime) -> object:
        return cases.opened_since(self.database, indexes, kind, since)

    def is_open(self, indexes: tuple[bytes, ...], kind: str) -> bool:
        return cases.is_open(self.database, indexes, kind)

    def exchange(self, case: str, instead: OpenCase | None, at: datetime) -> bool:
        return cases.exchange(self.database, case, instead, at)


@dataclass
class Life:
    """One person, and everything they can leave behind."""

    database: Database
    vault: Vault
    folder: Path

    def __post_init__(self) -> None:
        self.spool = Spool(self.folder, self.vault)
        self.doors = Doors(self.spool, self.database)
        self.outbox = Outbox(settings_of(), self.database, self.vault)
        self.person = "nobody met"
        self.index = self.vault.index("number", AKRAM)
        self.thread = self.vault.index("thread", f"sms|{AKRAM}")

    @property
    def traces(self) -> set[bytes]:
        return {self.index, self.thread}

    def event(self, external_id: str, at: datetime, *effects: Effect, **changed: object) -> Kept:
        place = bound("inbound", "reply", "twilio", external_id)
        values: dict[str, object] = {
            "provider": "twilio", "external_id": external_id, "channel": "sms", "centre": "lahore",
            "person_index": self.index, "thread_index": self.thread, "at": at,
            "reply": self.vault.seal("reply", b"ok", place), "text": b"text of " + external_id.encode(),
            "effects": effects, "number": AKRAM, "told_valid": "0008/RWP",
        }  # fmt: skip
        return Kept(**{**values, **changed})  # type: ignore[arg-type]

    def texts(self) -> None:
        index = self.index
        riddles = [
            NotUnderstood(
                uuid.uuid5(uuid.NAMESPACE_OID, f"twilio|{sid}").hex, "lahore", "en", b"why", sid.encode(), NOON
            )
            for sid in ("SMriddle", "SMsensitive")
        ]
        journey = SetJourney(index, "SA", "agency", NOON.date(), (Due("medical", "medical", "SA", NOON, NOON),), NOON)
        keep = [
            self.event("SMfirst", NOON - timedelta(days=40), meeting(self.vault, AKRAM)),
            self.event("SMsensitive", NOON - timedelta(days=9), riddles[1], sensitive=True),
            self.event("SMriddle", NOON - timedelta(days=2), riddles[0]),
            self.event("SMyes", NOON, Subscribe(index, Topic.ALERTS, "lahore", ASKED, NOON), journey),
            self.event("SMguess", NOON, CaseTried("t1", "", index, False, NOON)),
            self.event("CA1:1", NOON, channel="voice", thread_index=self.vault.index("thread", "voice|CA1")),
        ]
        for kept in keep:
            inbox.keep(self.database, kept)

    def reports(self) -> None:
        port = ReportPort(self.vault, lambda _: 24, lambda _: "")
        for turn, call in (("SMreport", "yes"), ("SManonymous", "no")):
            asker = Asker(AKRAM, self.index, "en", Channel.SMS, "lahore", f"twilio|{turn}", NOON)
            effects = port(asker, ("", "Bismillah", "agent", "", call, "0417")).effects
            inbox.keep(self.database, self.event(turn, NOON, *effects, sensitive=True))

    def missed_call(self) -> None:
        ring_back = RingBack(
            self.outbox.settings,
            self.vault,
            self.doors,
            self.doors,
            b"<Response/>",
            self.outbox.count,  # type: ignore[arg-type]
        )
        call = Inbound("twilio", "CAmissed:0", Channel.VOICE, AKRAM, SENDER, "CAmissed", Started())
        assert ring_back.asked(call, NOON)
        (ring,) = cases.open_cases(self.database, kind="ring")
        assert ring_back.claim(ring, NOON) is not None

    def messages(self) -> None:
        person = self.person = self.outbox.person(AKRAM, subscribed=False)
        for number, state in enumerate(State):
            tried = {"attempt": 1, "attempted_at": NOON, "lease_until": NOON + timedelta(minutes=1)}
            taken = {"provider_id": f"SM{number:032}"} if state in (State.SENT, State.DELIVERED) else {}
            self.outbox.message(
                person, id=f"d-{state}", state=state, **(tried if state != State.QUEUED else {}), **taken
            )

    def erase(self) -> Eraser:
        with self.database.writing() as connection:
            erasing.ask(connection, Erase("e1", self.index, NOON))
        eraser = Eraser(self.database, self.vault, self.doors, self.spool, lambda _: None, self.outbox.count)  # type: ignore[arg-type]
        eraser.sweep(NOON + timedelta(seconds=5))
        return eraser

    def found(self, *but: str) -> list[str]:
        """Every column of every row that leads to the person."""
        return [
            f"{table.name}.{name} of {row[0]}"
            for table in metadata.sorted_tables
            if table.name not in but
            for row in self.rows(table)
            for name, value in row._mapping.items()
            if self.leads(value)
        ]

    def leads(self, value: object) -> bool:
        octets = value if isinstance(value, bytes) else str(value).encode()
        hidden = [form for trace in self.traces for form in (trace, trace.hex().encode())]
        return any(form in octets for form in (*hidden, AKRAM[1:].encode(), b"text of ", self.person.encode()))

    def rows(self, table: object) -> list[object]:
        with self.database.reading() as connection:
            return list(connection.execute(select(table)).all())  # type: ignore[call-overload]

    def copies(self) -> set[str]:
        return {row.provider_id for row in self.rows(provider_copies)}  # type: ignore[attr-defined]


def lived(database: Database, vault: Vault, folder: Path) -> Life:
    life = Life(database, vault, folder)
    life.texts()
    life.reports()
    life.missed_call()
    life.messages()
    return life


@pytest.mark.parametrize("forgotten", [False, True])
def test_no_row_leads_to_the_person(database: Database, vault: Vault, tmp_path: Path, forgotten: bool) -> None:
    life = lived(database, vault, tmp_path)
    if forgotten:
        inbox.forget_old(database, NOON)
        forgetting.forget(database, NOON, UTC)
    life.spool.append(life.event("SMspooled", NOON - timedelta(minutes=1), meeting(vault, AKRAM)))
    found = {one.partition(".")[0] for one in life.found()}
    assert found == {
        "people",
        "inbound",
        "cases",
        "consents",
        "case_tries",
        "subscriptions",
        "journeys",
        "reminders",
        "deliveries",
    }, "it is found while it is there"
    life.erase()
    assert life.found(*OBEYS) == []
    assert not list(tmp_path.glob("*.event"))
    assert {row.once.partition(":")[0] for row in life.rows(metadata.tables["cases"]) if row.kind != "report"} == {  # type: ignore[attr-defined]
        "erased"
    }


def test_what_was_forgotten_leads_to_nobody_before_anybody_asks(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    life = lived(database, vault, tmp_path)
    inbox.forget_old(database, NOON)
    named = {row.external_id for row in life.rows(metadata.tables["inbound"]) if row.person_index == life.index}  # type: ignore[attr-defined]
    assert named.isdisjoint({"SMfirst", "SMsensitive", "CAmissed:0"})
    assert "SMyes" in named
    left = [row.text_sealed for row in life.rows(metadata.tables["not_understood"])]  # type: ignore[attr-defined]
    assert left == [b"SMriddle"], "what was typed in a sensitive flow goes with the rest of it"


def test_what_comes_late_from_the_disk_leads_to_nobody(database: Database, vault: Vault, tmp_path: Path) -> None:
    life = lived(database, vault, tmp_path)
    life.erase()
    ring = OpenCase("r1", "ring", "once", "lahore", life.index, b"n", b"d", NOON, NOON, b"k")
    early = NOON - timedelta(seconds=1)
    life.spool.append(life.event("SMlate", early, meeting(vault, AKRAM)))
    life.spool.append(life.event("CAlate:0", early, ring, channel="missed", person_index=bytes(32)))
    assert life.spool.drain(database) == 2
    assert life.found(*OBEYS) == []
    assert inbox.earlier(database, "twilio", "SMlate") is not None, "a replay is known"


def test_the_copy_of_a_message_whose_id_is_known_only_later_is_deleted_too(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    life = lived(database, vault, tmp_path)
    life.erase()
    before = life.copies()
    assert {f"SM{number:032}" for number, state in enumerate(State) if state in ("sent", "delivered")} <= before
    at = NOON + timedelta(seconds=30)
    sending, unknown, failed = "SM" + "a" * 32, "SM" + "b" * 32, "SM" + "c" * 32
    taken = deliveries.Report(taken=[deliveries.Taken("d-sending", 1, sending)])
    deliveries.mark(database, taken, breakers.Rule(5, timedelta(minutes=1)), at)
    hearing.hear(database, "d-unknown", Told(1, unknown, State.DELIVERED), at)
    hearing.hear(database, "d-failed", Told(0, failed, State.SENT), at)
    assert life.copies() - before == {sending, unknown, failed}


def test_other_peoples_messages_are_not_deleted_at_the_provider(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    life = lived(database, vault, tmp_path)
    stays = life.outbox.message(life.outbox.person(), state="sending", attempt=1)
    life.erase()
    before = life.copies()
    taken = deliveries.Report(taken=[deliveries.Taken(stays, 1, "SM" + "d" * 32)])
    deliveries.mark(database, taken, breakers.Rule(5, timedelta(minutes=1)), NOON)
    hearing.hear(database, stays, Told(1, "SM" + "d" * 32, State.DELIVERED), NOON)
    assert life.copies() == before


def test_of_somebody_we_never_met_the_texts_go_too(database: Database, vault: Vault, tmp_path: Path) -> None:
    life = Life(database, vault, tmp_path)
    inbox.keep(database, life.event("SM1", NOON))
    life.erase()
    assert life.found(*OBEYS) == []
