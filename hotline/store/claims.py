"""The claim: which messages one worker may send now, judged and leased in a single transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, literal, select, union_all, update

from hotline.domain.claiming import DAY, WEEK, Limits, Local, Reader, Ruling, Wanted, rule
from hotline.domain.delivery import Priority, Reason, State
from hotline.domain.window import Window
from hotline.frozen import frozen
from hotline.store import breakers, due, journeys, weekly
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
                "id", "number_index", "number_sealed", "key_sealed", "country", "hidden", "voice_only", "shared",
                "strikes", "safe_from", "safe_until",
            )
        ),
    )
    .where(among(people.c.id, "ids"))
    # In one order, so that two claims never wait for each other; held, so that a week's broadcasts are counted once.
    .order_by(people.c.id)
    .with_for_update(of=people, key_share=True)
)  # fmt: skip
_STOPPED = "*"
"""Among topics: a STOP stands."""
# After the people are held, and by itself: joined to them it would tell what stood before this claim waited for one.
_TOPICS = union_all(
    select(subscriptions.c.person_id, subscriptions.c.topic, subscriptions.c.detail).where(
        among(subscriptions.c.person_id, "ids")
    ),
    select(people.c.id, literal(_STOPPED), literal(""))
    .join(suppressions, suppressions.c.number_index == people.c.number_index)
    .where(among(people.c.id, "ids"), suppressions.c.stopped),
)
_HAD = (
    select(
        deliveries.c.person_id,
        func.count().filter(deliveries.c.priority == int(Priority.BULK)).label("had"),
        func.count().filter(deliveries.c.attempted_at > bindparam("day", type_=Instant)).label("today"),
        func.max(deliveries.c.attempted_at).filter(deliveries.c.priority != int(Priority.REPLY)).label("last"),
    )
    .where(among(deliveries.c.person_id, "ids"), weekly.tried(bindparam("since", type_=Instant)))
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


@frozen
class Terms:
    """On what terms one worker claims: at most `limit` messages for `lease`; `locals` by country code.

    `resting` senders are left alone, beside those whose breaker is open.
    """

    limit: int
    lease: timedelta
    limits: Limits
    locals: Mapping[str, Local]
    resting: frozenset[str] = frozenset()


@frozen
class Claimed:
    """A message to send before `lease_until`; `text_sealed` is bound to its id, else `text` is the broadcast's.

    `arrives_by` is when its deadline comes, or the person's quiet hours.
    """

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
    arrives_by: datetime


@frozen
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
        rows, trial = due.find(connection, going, due.Ask(terms.limit, terms.resting), now)
        if not rows:
            return Claim((), 0)
        urgent = {row.id for row in going if row.urgent}
        rulings = _judged(connection, [(row, row.broadcast in urgent) for row in rows], terms, now)
        texts = {row.id: json.loads(row.texts) for row in going if row.id in {found.broadcast for found in rows}}
        taken = []
        for row, (person, ruling) in zip(rows, rulings, strict=True):
            text = "" if row.text_sealed is not None else texts.get(row.broadcast, {}).get(row.locale, "")
            if ruling.reason is Reason.NONE and person is not None and (text or row.text_sealed is not None):
                arrives_by = ruling.until or row.deadline_at
                taken.append(_claimed(row, person, text, (now + terms.lease, arrives_by)))
            else:
                _put_off(connection, row.id, ruling if ruling.reason else Ruling(Reason.NO_TEXT), now)
        if taken:
            if trial:
                breakers.tried(connection, trial, now + terms.lease)
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
    void = journeys.void(connection, [(row.person_id, row.part_of, row.attempted_at is not None) for row in rows])
    readers: dict[str, Line] = {row.id: row for row in connection.execute(_READERS, {"ids": ids}).all()}
    topics = set(map(tuple, connection.execute(_TOPICS, {"ids": ids}).all()))
    counted = connection.execute(_HAD, {"ids": ids, "since": now - WEEK, "day": now - DAY}).all()
    had = {row.person_id: Had(row.had, row.today, row.last) for row in counted}
    found = []
    for row, urgent in waiting:
        person = readers.get(row.person_id)
        is_void = (row.person_id, row.part_of) in void
        wanted = Wanted(Priority(row.priority), row.topic, row.attempt, row.deadline_at, urgent, is_void)
        asked = Asked((row.person_id, row.topic, row.detail) in topics, (row.person_id, _STOPPED, "") in topics)
        before = had.get(row.person_id, Had())
        ruling = rule(wanted, reader_of(person, terms.locals, asked, before) if person else None, terms.limits, now)
        if ruling.reason is Reason.NONE:
            had[row.person_id] = before.one_more(wanted.priority, now)
        found.append((person, ruling))
    return found


@frozen
class Asked:
    """What the person said they want: this topic, or nothing."""

    subscribed: bool
    stopped: bool


@frozen
class Had:
    """What a person had before this message, as in Reader."""

    bulk: int = 0
    today: int = 0
    last: datetime | None = None

    def one_more(self, priority: Priority, now: datetime) -> Had:
        """With one that goes now."""
        bulk = self.bulk + (priority is Priority.BULK)
        return Had(bulk, self.today + 1, self.last if priority is Priority.REPLY else now)


def reader_of(person: Line, locals_: Mapping[str, Local], asked: Asked, had: Had) -> Reader:
    """A row of `people`, as the rules see it."""
    safe = None if person.safe_from is None else Window(person.safe_from, person.safe_until or 0)
    return Reader(
        local=locals_.get(person.country),
        stopped=asked.stopped,
        hidden=person.hidden,
        voice_only=person.voice_only,
        strikes=person.strikes,
        subscribed=asked.subscribed,
        safe=safe,
        had=had.bulk,
        today=had.today,
        last=had.last,
        shared=person.shared,
    )


def _put_off(connection: Connection, message: str, ruling: Ruling, now: datetime) -> None:
    values = {"of": message, "why": ruling.reason, "now": now}
    if ruling.until is None:
        connection.execute(_END, values)
    else:
        connection.execute(_WAIT, {**values, "until": ruling.until})


def _claimed(row: Line, person: Line, text: str, until: tuple[datetime, datetime]) -> Claimed:
    lease_until, arrives_by = until
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
        lease_until=lease_until,
        deadline_at=row.deadline_at,
        arrives_by=arrives_by,
    )
