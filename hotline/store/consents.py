"""The ledger of consents, which only grows, and what it comes to now: who may be written to about what."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    String,
    bindparam,
    delete,
    exists,
    false,
    insert,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.consent import Subscribe, Topic, Unsubscribe
from hotline.domain.keeping import SetReach, Start, Stop
from hotline.frozen import frozen
from hotline.store import people as met
from hotline.store.database import Database
from hotline.store.own import EVERYTHING, consents, subscriptions
from hotline.store.schema import Instant, people

# Without the option PostgreSQL's driver does not say whether a row was inserted.
_COUNTED = {"preserve_rowcount": True}
_PERSON = select(people.c.id).where(people.c.number_index == bindparam("of"))
_SUBSCRIPTION = _PERSON.add_columns(bindparam("topic"), bindparam("detail"), bindparam("since", type_=Instant))
_INTO = ("person_id", "topic", "detail", "since")
_SUBSCRIBE = {
    "sqlite": sqlite.insert(subscriptions).from_select(_INTO, _SUBSCRIPTION).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(subscriptions).from_select(_INTO, _SUBSCRIPTION).on_conflict_do_nothing(),
}
_BEFORE = subscriptions.c.since <= bindparam("at", type_=Instant)
_AT, _CHANNEL = bindparam("at", type_=Instant), bindparam("channel", type_=String)
_ENDED = select(
    people.c.number_index, subscriptions.c.topic, subscriptions.c.detail, false(), _AT, _CHANNEL, people.c.locale,
    literal(""), literal(""),
).join_from(subscriptions, people, people.c.id == subscriptions.c.person_id).where(
    people.c.number_index == bindparam("of"), _BEFORE
)  # fmt: skip
_LEDGER = ("number_index", "topic", "detail", "given", "at", "channel", "locale", "asked", "version")
_WORD = select(
    bindparam("of", type_=consents.c.number_index.type), literal(EVERYTHING), bindparam("word", type_=String),
    bindparam("given", type_=Boolean), _AT, _CHANNEL, literal(""), literal(""), literal(""),
)  # fmt: skip
_SAID = insert(consents).from_select(_LEDGER, _WORD)
_ENDS = insert(consents).from_select(_LEDGER, _ENDED).execution_options(**_COUNTED)
_SAID_AND_ENDS = insert(consents).from_select(_LEDGER, union_all(_WORD, _ENDED)).execution_options(**_COUNTED)
_END_ALL = delete(subscriptions).where(subscriptions.c.person_id.in_(_PERSON), _BEFORE)


@frozen
class Standing:
    """Whether the person is subscribed already, whether a STOP stands against all of it, and whether others listen."""

    subscribed: bool
    stopped: bool
    shared: bool


def standing(database: Database, indexes: Sequence[bytes], topic: Topic, detail: str) -> Standing:
    """How a person, found by their index under every live key, stands to one topic. One statement."""
    subscribed = exists().where(
        people.c.number_index.in_(met.INDEXES),
        subscriptions.c.person_id == people.c.id,
        subscriptions.c.topic == topic,
        subscriptions.c.detail == detail,
    )
    with database.reading() as connection:
        asked = select(subscribed, met.WANTS_NOTHING, met.IS_SHARED)
        found = connection.execute(asked, {"indexes": list(indexes)}).one()
    return Standing(*map(bool, found))


def details(database: Database, indexes: Sequence[bytes], topic: Topic) -> tuple[str, ...]:
    """What the person is subscribed to within a topic, in order."""
    found = (
        select(subscriptions.c.detail)
        .join_from(subscriptions, people, people.c.id == subscriptions.c.person_id)
        .where(people.c.number_index.in_(list(indexes)), subscriptions.c.topic == topic)
        .order_by(subscriptions.c.detail)
    )
    with database.reading() as connection:
        return tuple(dict.fromkeys(connection.execute(found).scalars()))


def subscribe(connection: Connection, effect: Subscribe) -> None:
    """Keep the yes, and the subscription of a person we have met. Two statements."""
    met_only = exists().where(people.c.number_index == effect.number_index)
    if not _add(connection, effect, given=True, where=met_only):
        return
    connection.execute(
        _SUBSCRIBE[connection.dialect.name],
        {"of": effect.number_index, "topic": effect.topic, "detail": effect.detail, "since": effect.at},
    )


def unsubscribe(connection: Connection, effect: Unsubscribe) -> None:
    """End one subscription and keep that it ended. A yes that came after it stands. Two statements."""
    ended = connection.execute(
        delete(subscriptions).where(
            subscriptions.c.person_id.in_(_PERSON),
            subscriptions.c.topic == effect.topic,
            subscriptions.c.detail == effect.detail,
            subscriptions.c.since <= bindparam("at", type_=Instant),
        ),
        {"of": effect.number_index, "at": effect.at},
    ).rowcount
    if ended:
        _add(connection, effect, given=False, where=true())


def stop_or_start(connection: Connection, effect: Stop | Start) -> None:
    """Stop ends everything; start lets messages come again, on every way, but no subscription comes back by itself.

    Either is kept as proof, also where a later one is known already. Three statements, of a STOP that ends nothing two.
    """
    stop, changed = isinstance(effect, Stop), met.suppress(connection, effect)
    if stop and changed:
        # The proof is a row of the ledger, and so is each end.
        if connection.execute(_SAID_AND_ENDS, _values(effect)).rowcount > 1:
            connection.execute(_END_ALL, _values(effect))
        return
    connection.execute(_SAID, _values(effect))
    if changed:
        met.set_reach(connection, SetReach(effect.number_index, hidden=False, voice_only=False))


def end_all(connection: Connection, effect: Stop) -> None:
    """End every subscription there was before a moment; each end is a row of the ledger."""
    if connection.execute(_ENDS, _values(effect)).rowcount:
        connection.execute(_END_ALL, _values(effect))


def _values(effect: Stop | Start) -> dict[str, object]:
    return {
        "of": effect.number_index, "word": effect.word, "given": isinstance(effect, Start), "at": effect.at,
        "channel": effect.channel,
    }  # fmt: skip


def _add(connection: Connection, effect: Subscribe | Unsubscribe, *, given: bool, where: ColumnElement[bool]) -> bool:
    row = {
        "number_index": effect.number_index, "topic": effect.topic, "detail": effect.detail, "given": given,
        "at": effect.at, "channel": effect.asked.channel, "locale": effect.asked.locale, "asked": effect.asked.words,
        "version": effect.asked.version,
    }  # fmt: skip
    chosen = select(*(literal(value, consents.c[name].type) for name, value in row.items())).where(where)
    made = insert(consents).from_select(list(row), chosen).execution_options(**_COUNTED)
    return bool(connection.execute(made).rowcount)
