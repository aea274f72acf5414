"""The claim: which messages one worker may send now, judged and leased in a single transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select, update

from hotline.domain.claiming import WEEK, Limits, Local, Reader, Ruling, Wanted, rule
from hotline.domain.delivery import Priority, Reason, State
from hotline.domain.window import Window
from hotline.store import due, journeys, weekly
from hotline.store.database import Database
from hotline.store.due import Line
from hotline.store.own import subscriptions
from hotline.store.reach import deliveries
from hotline.store.schema import Instant, people, suppressions
from hotline.store.several import among

_NOW = bindparam("now", type_=Instant)
_READERS = (
    select(
        *(
            people.c[name]
            for name in (
                "id", "number_index", "number_sealed", "key_sealed", "country", "hidden", "voice_only", "strikes",
                "safe_from", "safe_until",
            )
        ),
        suppressions.c.stopped,
    )
    .join_from(people, suppressions, suppressions.c.number_index == people.c.number_index, isouter=True)
    .where(among(people.c.id, "ids"))
    # In one order, so that two claims never wait for each other; held, so that a week's broadcasts are counted once.
    .order_by(people.c.id)
    .with_for_update(of=people, key_share=True)
)  # fmt: skip
_TOPICS = select(subscriptions.c.person_id, subscriptions.c.topic, subscriptions.c.detail).where(
    among(subscriptions.c.person_id, "ids")
)
_HAD = (
    select(deliveries.c.person_id, func.count().label("had"))
    .where(
        among(deliveries.c.person_id, "ids"),
        weekly.had(bindparam("since", type_=Instant)),
    )
    .group_by(deliveries.c.person_id)
)
_TAKE = (
    update(deliveries)
    .where(among(deliveries.c.id, "ids"))
    .values(
        state=State.SENDING, reason=Reason.NONE, attempt=deliveries.c.attempt + 1, looks=0, attempted_at=_NOW,
        lease_until=bindparam("lease", type_=Instant), changed_at=_NOW,
    )
)  # fmt: skip
_WAIT = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("of"))
    .values(due_at=bindparam("until", type_=Instant), reason=bindparam("why"), changed_at=_NOW)
)
_END = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("of"))
    .values(state=State.FAILED, reason=bindparam("why"), changed_at=_NOW)
)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms one worker claims: at most `limit` messages for `lease`; `locals` by country code.

    `resting` senders are left alone, beside those whose breaker is open.
    """

    limit: int
    lease: timedelta
    limits: Limits
    locals: Mapping[str, Local]
    resting: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message to send before `lease_until`; `text_sealed` is bound to its id, else `text` is the broadcast's."""

    id: str
    person_id: str
    number_index: bytes
    number_sealed: bytes
    key_sealed: bytes
    broadcast: str
    priority: Priority
    sender: str
    text_sealed: bytes | None
    text: str
    parts: int
    attempt: int
    lease_until: datetime
    deadline_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """What was claimed, and how many messages were looked at: none means that nothing is due."""

    messages: tuple[Claimed, ...]
    looked: int


def claim(database: Database, now: datetime, terms: Terms) -> Claim:
    """Lease what may go, put off what must wait, end what may not go. Raises StoreDown, and then nothing was claimed.

    The most urgent first. On PostgreSQL rows that another worker is claiming are passed over.
    """
    with database.writing() as connection:
        going = due.going(connection, now)
        rows = due.find(connection, going, due.Ask(terms.limit, now + terms.lease, terms.resting), now)
        if not rows:
            return Claim((), 0)
        urgent = {row.id for row in going if row.urgent}
        rulings = _judged(connection, [(row, row.broadcast in urgent) for row in rows], terms, now)
        texts = {row.id: json.loads(row.texts) for row in going if row.id in {found.broadcast for found in rows}}
        taken = []
        for row, (person, ruling) in zip(rows, rulings, strict=True):
            text = "" if row.text_sealed is not None else texts.get(row.broadcast, {}).get(row.locale, "")
            if ruling.reason is Reason.NONE and person is not None and (text or row.text_sealed is not None):
                taken.append(_claimed(row, person, text, now + terms.lease))
            else:
                _put_off(connection, row.id, ruling if ruling.reason else Ruling(Reason.NO_TEXT), now)
        if taken:
            connection.execute(_TAKE, {"ids": [one.id for one in taken], "now": now, "lease": now + terms.lease})
    return Claim(tuple(taken), len(rows))


def is_due(database: Database, now: datetime) -> bool:
    """Whether any message waits to be claimed, whatever its sender's state."""
    with database.reading() as connection:
        return bool(due.places(connection, due.going(connection, now), now))


# --- whether it may go ---


def _judged(
    connection: Connection, waiting: Sequence[tuple[Line, bool]], terms: Terms, now: datetime
) -> list[tuple[Line | None, Ruling]]:
    rows = [row for row, _ in waiting]
    ids = sorted({row.person_id for row in rows})
    # One that was tried counts as told already: held back now, it would be lost.
    void = journeys.void(connection, [(row.person_id, row.part_of) for row in rows if row.attempted_at is None])
    readers: dict[str, Line] = {row.id: row for row in connection.execute(_READERS, {"ids": ids}).all()}
    topics = set(map(tuple, connection.execute(_TOPICS, {"ids": ids}).all()))
    had: Counter[str] = Counter()
    if any(row.priority == Priority.BULK for row in rows):
        had.update(dict(map(tuple, connection.execute(_HAD, {"ids": ids, "since": now - WEEK}).all())))
    found = []
    for row, urgent in waiting:
        person = readers.get(row.person_id)
        is_void = (row.person_id, row.part_of) in void
        wanted = Wanted(Priority(row.priority), row.topic, row.attempt, row.deadline_at, urgent, is_void)
        subscribed = (row.person_id, row.topic, row.detail) in topics
        reader = None
        if person is not None:
            reader = reader_of(person, terms.locals, subscribed=subscribed, had=had[row.person_id])
        ruling = rule(wanted, reader, terms.limits, now)
        if ruling.reason is Reason.NONE and wanted.priority is Priority.BULK:
            had[row.person_id] += 1
        found.append((person, ruling))
    return found


def reader_of(person: Line, locals_: Mapping[str, Local], *, subscribed: bool = False, had: int = 0) -> Reader:
    """A row of `people` beside `stopped`, as the rules see it."""
    safe = None if person.safe_from is None else Window(person.safe_from, person.safe_until or 0)
    return Reader(
        local=locals_.get(person.country),
        stopped=bool(person.stopped),
        hidden=person.hidden,
        voice_only=person.voice_only,
        strikes=person.strikes,
        subscribed=subscribed,
        safe=safe,
        had=had,
    )


def _put_off(connection: Connection, message: str, ruling: Ruling, now: datetime) -> None:
    values = {"of": message, "why": ruling.reason, "now": now}
    if ruling.until is None:
        connection.execute(_END, values)
    else:
        connection.execute(_WAIT, {**values, "until": ruling.until})


def _claimed(row: Line, person: Line, text: str, lease: datetime) -> Claimed:
    return Claimed(
        id=row.id,
        person_id=row.person_id,
        number_index=person.number_index,
        number_sealed=person.number_sealed,
        key_sealed=person.key_sealed or b"",
        broadcast=row.broadcast,
        priority=Priority(row.priority),
        sender=row.sender,
        text_sealed=row.text_sealed,
        text=text,
        parts=row.parts,
        attempt=row.attempt + 1,
        lease_until=lease,
        deadline_at=row.deadline_at,
    )
