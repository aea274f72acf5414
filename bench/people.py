"""People with consent and a broadcast queued for each, for fault runs and benchmarks."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

from hotline.domain.delivery import Priority, State
from hotline.domain.keeping import MeetPerson
from hotline.own_keys import OwnKey, person_owner
from hotline.sealing import Vault
from hotline.store import people
from hotline.store.database import Database
from hotline.store.own import subscriptions
from hotline.store.reach import broadcasts, deliveries

SENDER, BROADCAST, TOPIC, DETAIL = "+924238000000", "b" * 32, "alerts", "lahore"


def fill(database: Database, vault: Vault, count: int) -> dict[str, str]:
    """People with consent, and a running broadcast with a queued row for each; number → person's id."""
    now, asked = datetime.now(UTC), dict[str, str]()
    with database.writing() as connection:
        for n in range(count):
            number = f"+92300{n:07d}"
            own_id = asked[number] = uuid.uuid4().hex
            key = OwnKey.new(person_owner(own_id))
            index, sealed = vault.index("number", number), key.seal("number", number.encode())
            people.meet(connection, MeetPerson(index, sealed, "en", "lahore", own_id, key.sealed(vault)), now)
        some = list(asked.values())
        connection.execute(
            subscriptions.insert(),
            [{"topic": TOPIC, "detail": DETAIL, "person_id": person, "since": now} for person in some],
        )
        connection.execute(broadcasts.insert().values(_broadcast(now)))
        connection.execute(deliveries.insert(), [_delivery(person, now) for person in some])
    return asked


def _broadcast(now: datetime) -> dict[str, object]:
    return {
        "id": BROADCAST, "kind": "bulk", "topic": TOPIC, "detail": DETAIL, "title": "A fault run", "centre": "lahore",
        "sender": SENDER, "audience": '{"topic": "alerts"}',
        "texts": json.dumps({"en": "Get your medical before you pay anybody."}),
        "starts_local": "", "zone": "Asia/Karachi", "repeats": "", "hours_to_live": 24, "starts_at": now,
        "deadline_at": now + timedelta(hours=24), "state": "running", "why": "", "made_by": "run", "edited_by": "run",
        "submitted_by": "run", "made_at": now, "fingerprint": "0" * 64, "heads": 0, "canary": 0, "cursor": "",
        "planned_at": now, "parent": "",
    }  # fmt: skip


def _delivery(person: str, now: datetime) -> dict[str, object]:
    return {
        "id": uuid.uuid4().hex, "part_of": BROADCAST, "person_id": person, "broadcast": BROADCAST,
        "priority": Priority.BULK, "topic": TOPIC, "detail": DETAIL, "locale": "en", "sender": SENDER, "parts": 1,
        "state": State.QUEUED, "reason": "", "due_at": now, "deadline_at": now + timedelta(hours=24), "attempt": 0,
        "looks": 0, "made_at": now, "changed_at": now,
    }  # fmt: skip
