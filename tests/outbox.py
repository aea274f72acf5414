"""An outbox under test: people with consent, a carrier behind real HTTP, Redis, and a clock that moves when told."""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Row, select, update

from hotline.channels.twilio import Account as Login
from hotline.channels.twilio import Codes, TwilioChannel
from hotline.domain.delivery import Priority, State
from hotline.domain.keeping import Start, Stop, bound
from hotline.memory.client import connect
from hotline.memory.rate import Rate
from hotline.pocket.account import Account
from hotline.pocket.carrier import Carrier
from hotline.pocket.faults import Faults, Odds
from hotline.pocket.server import PocketServer
from hotline.sealing import Vault
from hotline.service.receipts import Receipts
from hotline.service.reconcile import Reconcile
from hotline.service.send import Post
from hotline.settings import ROOT, Settings, load_settings
from hotline.store import people, unsettled
from hotline.store.database import Database
from hotline.store.own import subscriptions
from hotline.store.reach import broadcasts, deliveries
from hotline.store.schema import people as people_table
from tests.people_met import meeting

SID, TOKEN, SENDER = "AC" + "0c" * 16, "outbox-token", "+924238000000"
NOON = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""Noon in Lahore."""
TOPIC, DETAIL = "alerts", "lahore"
QUICK = {
    "in_flight": 4, "batch": 20, "lease_seconds": 60, "connect_seconds": 2, "answer_seconds": 2,
    "parts_per_second": 100_000, "grace_seconds": 5, "list_lag_seconds": 5, "second_look_seconds": 5,
}  # fmt: skip


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **much: float) -> None:
        self.now += timedelta(**much)


class Crash(BaseException):
    """Stands for the end of the process."""


class Marks:
    """Counts the points that are passed; the process ends at `name` when it is passed for the `nth` time."""

    def __init__(self) -> None:
        self.passed: Counter[str] = Counter()
        self.name, self.nth = "", 0

    def end_at(self, name: str, nth: int = 1) -> None:
        self.name, self.nth = name, self.passed[name] + nth

    def __call__(self, name: str) -> None:
        self.passed[name] += 1
        if name == self.name and self.passed[name] >= self.nth:
            raise Crash(name)


def settings_of(**sending: object) -> Settings:
    settings = load_settings({}, ROOT / "var")
    return replace(settings, sending=replace(settings.sending, **{**QUICK, **sending}))


@dataclass
class Outbox:
    """Everything the tests touch."""

    settings: Settings
    database: Database
    vault: Vault
    clock: Clock = field(default_factory=Clock)
    marks: Marks = field(default_factory=Marks)
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, what: str, why: str = "") -> None:
        self.counted[what, why] += 1

    # --- people and messages ---

    def person(self, number: str = "", *, subscribed: bool = True, **columns: object) -> str:
        """Somebody we have met; their id."""
        number = number or f"+9230{uuid.uuid4().int % 10**8:08d}"
        index = self.vault.index("number", number)
        with self.database.writing() as connection:
            people.meet(connection, meeting(self.vault, number, "en"), NOON)
            own: str = connection.execute(
                select(people_table.c.id).where(people_table.c.number_index == index)
            ).scalar_one()
            if columns:
                connection.execute(update(people_table).where(people_table.c.id == own).values(**columns))
            if subscribed:
                connection.execute(subscriptions.insert().values(topic=TOPIC, detail=DETAIL, person_id=own, since=NOON))
        return own

    def broadcast(
        self, state: str = "running", name: str = "", text: str = "Get your medical first.", *, urgent: bool = False
    ) -> str:
        name = name or uuid.uuid4().hex
        with self.database.writing() as connection:
            connection.execute(broadcasts.insert().values({
                "id": name, "kind": "bulk", "topic": TOPIC, "detail": DETAIL, "title": "A test", "centre": "lahore",
                "sender": SENDER, "audience": '{"topic": "alerts"}', "texts": json.dumps({"en": text}),
                "starts_local": "", "zone": "Asia/Karachi", "repeats": "", "hours_to_live": 24, "starts_at": NOON,
                "deadline_at": NOON + timedelta(hours=24), "state": state, "why": "", "made_by": "t", "edited_by": "t",
                "submitted_by": "t", "made_at": NOON, "fingerprint": "0" * 64, "heads": 0, "canary": 0, "cursor": "",
                "planned_at": NOON, "parent": "", "urgent": urgent,
            }))  # fmt: skip
        return name

    def message(self, person: str, broadcast: str = "", text: str = "Your answer.", **columns: object) -> str:
        """A message that waits; its id. Without a broadcast it has words of its own."""
        own = uuid.uuid4().hex
        sealed = None if broadcast else self.vault.seal("delivery", text.encode(), bound("deliveries", "text", own))
        row = {
            "id": own, "part_of": broadcast or own, "person_id": person, "broadcast": broadcast,
            "priority": Priority.BULK if broadcast else Priority.ALERT, "topic": TOPIC, "detail": DETAIL,
            "locale": "en", "sender": SENDER, "text_sealed": sealed, "parts": 1, "state": State.QUEUED, "reason": "",
            "due_at": NOON, "deadline_at": NOON + timedelta(hours=24), "attempt": 0, "looks": 0, "made_at": NOON,
            "changed_at": NOON,
        }  # fmt: skip
        with self.database.writing() as connection:
            connection.execute(deliveries.insert().values({**row, **columns}))
        return own

    def crowd(self, count: int, broadcast: str = "") -> list[str]:
        """Messages of one broadcast to as many people."""
        broadcast = broadcast or self.broadcast()
        return [self.message(self.person(), broadcast) for _ in range(count)]

    def stop(self, person: str, *, start: bool = False) -> None:
        with self.database.writing() as connection:
            index = connection.execute(
                select(people_table.c.number_index).where(people_table.c.id == person)
            ).scalar_one()
            people.suppress(connection, (Start if start else Stop)(index, "stop", self.clock(), "sms"))

    # --- what became of them ---

    def row(self, message: str) -> Row[tuple[object, ...]]:
        with self.database.reading() as connection:
            return connection.execute(select(deliveries).where(deliveries.c.id == message)).one()

    def states(self) -> Mapping[str, int]:
        with self.database.reading() as connection:
            return Counter(connection.execute(select(deliveries.c.state)).scalars())

    def done(self) -> int:
        """How many the provider has, as far as we know."""
        states = self.states()
        assert set(states) <= {"sent", "delivered", "failed"}, states
        return states.get("sent", 0) + states.get("delivered", 0)

    def change(self, message: str, **columns: object) -> None:
        with self.database.writing() as connection:
            connection.execute(update(deliveries).where(deliveries.c.id == message).values(**columns))

    def reader(self, message: str) -> Row[tuple[object, ...]]:
        """The person of a message."""
        wanted = select(people_table).join(deliveries, deliveries.c.person_id == people_table.c.id)
        with self.database.reading() as connection:
            return connection.execute(wanted.where(deliveries.c.id == message)).one()


@dataclass
class Wired(Outbox):
    """With a provider, and what speaks to it."""

    carrier: Carrier = field(init=False)
    post: Post = field(init=False)
    receipts: Receipts = field(init=False)
    reconcile: Reconcile = field(init=False)

    def settle(self) -> None:
        """What the sweep and the jobs it rings for do, until nothing is open any more."""
        for _ in range(8):
            grace = timedelta(seconds=self.settings.sending.grace_seconds)
            unsettled.expire(self.database, self.clock(), grace)
            self.reconcile.unknown()
            self.post.run()
            if not {"queued", "sending", "unknown"} & set(self.states()):
                return
            self.clock.forward(seconds=61)

    def sent(self) -> Counter[str]:
        """Number → how many messages the carrier took, by its own book."""
        return Counter(entry.number for entry in self.carrier.ledger.since() if entry.what == "accepted")


@contextmanager
def wired(
    database: Database, vault: Vault, redis_url: str, odds: Odds | None = None, **sending: object
) -> Iterator[Wired]:
    """An outbox with a carrier of its own; receipts are told by hand."""
    settings = settings_of(**sending)
    found = Wired(settings, database, vault)
    account = Account("http://127.0.0.1:9", SID, TOKEN, SENDER, receipts=())
    found.carrier = Carrier(account, found.clock, Faults(odds or Odds(), 1))
    client = connect(redis_url, time.monotonic)
    with PocketServer(found.carrier) as server:
        channel = TwilioChannel(
            Login(SID, (TOKEN,), server.url, settings.sending.connect_seconds, settings.sending.answer_seconds),
            "http://127.0.0.1:9",
            Codes.parse((ROOT / "config/twilio_errors.toml").read_text(encoding="utf-8")),
        )
        found.post = Post(settings, vault, database, channel, Rate(client), found.marks, found.count, found.clock)
        found.receipts = Receipts(settings, database, channel, found.marks, found.count, found.clock)
        found.reconcile = Reconcile(vault, found.receipts, channel.rest)
        yield found
        channel.rest().close()
        client.close()
