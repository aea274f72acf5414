"""People with consent and a broadcast queued for each, for fault runs and benchmarks."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from hotline.domain.delivery import Priority, State
from hotline.own_keys import OwnKey, person_owner
from hotline.sealing import Vault
from hotline.store.database import Database
from hotline.store.own import subscriptions
from hotline.store.reach import broadcasts, deliveries
from hotline.store.schema import people

SENDER, BROADCAST, TOPIC, DETAIL = "+924238000000", "b" * 32, "alerts", "lahore"


def fill(database: Database, vault: Vault, count: int) -> dict[str, str]:
    """People with consent, and a running broadcast with a queued row for each; number → person's id."""
    now = datetime.now(UTC)
    rows = [person(vault, f"+92300{n:07d}", now) for n in range(count)]
    some = [row["id"] for row in rows]
    with database.writing() as connection:
        connection.execute(people.insert(), rows)
        connection.execute(
            subscriptions.insert(),
            [{"topic": TOPIC, "detail": DETAIL, "person_id": own_id, "since": now} for own_id in some],
        )
        connection.execute(broadcasts.insert().values(_broadcast(now)))
        connection.execute(deliveries.insert(), [_delivery(own_id, now) for own_id in some])
    return {f"+92300{n:07d}": str(own_id) for n, own_id in enumerate(some)}


def person(vault: Vault, number: str, now: datetime) -> dict[str, object]:
    """The row of somebody the hotline has met."""
    own_id = uuid.uuid4().hex
    key = OwnKey.new(person_owner(own_id))
    return {
        "id": own_id, "number_index": vault.index("number", number), "locale": "en", "chosen": False, "since": now,
        "number_sealed": key.seal("number", number.encode()), "key_sealed": key.sealed(vault), "centre": "lahore",
    }  # fmt: skip


def _broadcast(now: datetime) -> dict[str, object]:
    return {
        "id": BROADCAST, "kind": "bulk", "topic": TOPIC, "detail": DETAIL, "title": "A fault run", "centre": "lahore",
        "sender": SENDER, "audience": '{"topic": "alerts"}',
        "texts": json.dumps({"en": "Get your medical before you pay anybody."}),
        "starts_local": "", "zone": "Asia/Karachi", "repeats": "", "hours_to_live": 24, "starts_at": now,
        "deadline_at": now + timedelta(hours=24), "state": "running", "why": "", "made_by": "run", "edited_by": "run",
        "submitted_by": "run", "made_at": now, "heads": 0, "canary": 0, "cursor": "", "planned_at": now, "parent": "",
        # As a real one: sixty-four zeros beside the time would read as the first person's number.
        "fingerprint": sha256(b"a fault run").hexdigest(),
    }  # fmt: skip


def _delivery(person: object, now: datetime) -> dict[str, object]:
    return {
        "id": uuid.uuid4().hex, "part_of": BROADCAST, "person_id": person, "broadcast": BROADCAST,
        "priority": Priority.BULK, "topic": TOPIC, "detail": DETAIL, "locale": "en", "sender": SENDER, "parts": 1,
        "state": State.QUEUED, "reason": "", "due_at": now, "deadline_at": now + timedelta(hours=24), "attempt": 0,
        "looks": 0, "made_at": now, "changed_at": now,
    }  # fmt: skip
