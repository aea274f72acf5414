"""Who a broadcast is for, as SQL: the people it is meant for, lane by lane, and why some of them do not get it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    String,
    and_,
    case,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.sql.selectable import NamedFromClause

from hotline.domain.broadcast import Audience, Broadcast, Kind
from hotline.domain.claiming import CORRECTION
from hotline.domain.delivery import STRIKES_OUT, Reason, State
from hotline.domain.window import Window
from hotline.frozen import frozen
from hotline.store import weekly
from hotline.store.database import Database
from hotline.store.one_news import OF_ONE_NEWS, has_news
from hotline.store.own import journeys, subscriptions
from hotline.store.reach import deliveries
from hotline.store.schema import people, suppressions

TOLD_SINCE = timedelta(days=30)
SURVEY_MILLISECONDS = 300_000
REACHED = (State.SENDING, State.UNKNOWN, State.SENT, State.DELIVERED)
"""States of a message that its person has, or may have."""
_ALIKE = (people.c.locale, people.c.country, people.c.safe_from, people.c.safe_until)
_UNTOLD = deliveries.c.reason == Reason.UNVERIFIED
"""Given up, because nobody could tell whether it was sent."""

Told = Callable[[str, datetime], Select[tuple[str]]]
"""The ids of people who were told since a moment that a licence is valid."""


@frozen
class Rules:
    """What holds for every person: languages there is a text in, countries that are written to, today, the cap."""

    locales: tuple[str, ...]
    countries: tuple[str, ...]
    weekly_cap: int
    now: datetime
    today: date


@frozen
class Group:
    """So many people of one language, country and safe window; `reason` is why they do not get it, "" where they do."""

    locale: str
    country: str
    safe: Window | None
    reason: str
    people: int


@frozen
class Wanted:
    """One broadcast's audience, ready to be counted or planned."""

    broadcast: Broadcast
    rules: Rules
    told: Told
    capped: bool
    dialect: str


def wanted(connection: Connection, broadcast: Broadcast, rules: Rules, told: Told) -> Wanted:
    """Join what one question needs. Whether anybody can be over the weekly cap is asked once, not of every person."""
    capped = broadcast.draft.kind is Kind.BULK and weekly.begun(connection, broadcast.id, rules.now) >= rules.weekly_cap
    return Wanted(broadcast, rules, told, capped, connection.dialect.name)


def survey(database: Database, broadcast: Broadcast, rules: Rules, told: Told) -> tuple[Group, ...]:
    """Count everybody it is meant for, by language, country and reason. One pass, flat memory."""
    with database.reading() as connection:
        if database.dialect == "postgresql":
            connection.execute(text(f"SET LOCAL statement_timeout = {SURVEY_MILLISECONDS}"))
        of = wanted(connection, broadcast, rules, told)
        source = _source(of)
        reason = case(*((condition, literal(name)) for name, condition in _reasons(of, source)), else_=literal(""))
        counted = (
            select(*_ALIKE, reason.label("reason"), func.count().label("heads"))
            .select_from(_joined(of, source))
            .where(_meant(of, source), _once(of, source))
            .group_by(*_ALIKE, reason)
        )
        return tuple(_group(row) for row in connection.execute(counted))


def _group(row: Row[tuple[object, ...]]) -> Group:
    safe = None if row.safe_from is None else Window(row.safe_from, row.safe_until or 0)
    return Group(row.locale, row.country, safe, row.reason, row.heads)


def eligible(of: Wanted, lane: str, after: str, until: str | None) -> Select[tuple[str, str, str, str, str]]:
    """(person, topic, detail, locale, country) of who gets it in one lane, past `after` and up to `until`, in order."""
    source = _source(of)
    refused = [condition for _, condition in _reasons(of, source)]
    chosen = (
        select(source.c.person_id, source.c.topic, source.c.detail, people.c.locale, people.c.country)
        .select_from(_joined(of, source))
        .where(
            _in_lane(of, source, lane),
            source.c.person_id > after,
            _meant(of, source),
            _once(of, source),
            *(not_(condition) for condition in refused),
        )
    )
    return chosen if until is None else chosen.where(source.c.person_id <= until)


def end_of_chunk(connection: Connection, of: Wanted, lane: str, after: str, size: int) -> str | None:
    """The person who is `size` further on in a lane, or None where fewer are left."""
    source = _source(of)
    further = (
        select(source.c.person_id)
        .where(_in_lane(of, source, lane), source.c.person_id > after)
        .order_by(source.c.person_id)
        .offset(size - 1)
        .limit(1)
    )
    found: str | None = connection.execute(further).scalar()
    return found


def next_lane(connection: Connection, of: Wanted, lane: str | None) -> str | None:
    """The lane after this one (None: the first): what people subscribed to, each an index of its own. None at the end.

    A broadcast that follows another, or goes to who was told VALID, has the one lane "".
    """
    audience = of.broadcast.draft.audience
    if _one_lane(of):
        return "" if lane is None else None
    if details := _details(audience):
        return min((detail for detail in details if lane is None or detail > lane), default=None)
    least = select(func.min(subscriptions.c.detail)).where(subscriptions.c.topic == audience.topic)
    if lane is not None:
        least = least.where(subscriptions.c.detail > lane)
    found: str | None = connection.execute(least).scalar()
    return found


def _one_lane(of: Wanted) -> bool:
    draft = of.broadcast.draft
    return draft.kind is Kind.RECALL or bool(draft.audience.told_valid)


def _details(audience: Audience) -> tuple[str, ...]:
    """Whoever wants the alerts of every district wants those of each."""
    everywhere = ("",) if audience.topic == "alerts" and audience.details else ()
    return tuple(sorted({*audience.details, *everywhere}))


def _source(of: Wanted) -> NamedFromClause:
    """Rows of person_id, topic and detail that consent rests on."""
    draft = of.broadcast.draft
    if draft.kind is Kind.RECALL:
        return (
            select(deliveries.c.person_id, deliveries.c.topic, deliveries.c.detail)
            .where(deliveries.c.part_of == of.broadcast.parent, or_(deliveries.c.state.in_(REACHED), _UNTOLD))
            .subquery("source")
        )
    if draft.audience.told_valid:
        told = of.told(draft.audience.told_valid, of.rules.now - TOLD_SINCE).subquery("told")
        # Asked twice about one agency, a person is still one.
        return (
            select(
                told.c[0].label("person_id"),
                literal(CORRECTION, String()).label("topic"),
                literal("", String()).label("detail"),
            )
            .distinct()
            .subquery("source")
        )
    return subscriptions.alias("source")


def _joined(of: Wanted, source: NamedFromClause) -> FromClause:
    # Told that both are equal, SQLite walks through all people instead of through the few who subscribed.
    person = literal_column(f"+{source.name}.person_id") if of.dialect == "sqlite" else source.c.person_id
    return source.join(people, people.c.id == person).outerjoin(
        suppressions, and_(suppressions.c.number_index == people.c.number_index, suppressions.c.stopped)
    )


def _in_lane(of: Wanted, source: FromClause, lane: str) -> ColumnElement[bool]:
    if _one_lane(of):
        return literal(lane) == ""
    return and_(source.c.topic == of.broadcast.draft.audience.topic, source.c.detail == lane)


def _meant(of: Wanted, source: FromClause) -> ColumnElement[bool]:
    """Whom the audience means, whether or not they can be written to."""
    audience = of.broadcast.draft.audience
    conditions: list[ColumnElement[bool]] = []
    if not _one_lane(of):
        conditions.append(source.c.topic == audience.topic)
        if details := _details(audience):
            conditions.append(source.c.detail.in_(details))
    for column, values in (
        (people.c.locale, audience.locales),
        (people.c.country, audience.countries),
        (people.c.centre, audience.centres),
    ):
        if values:
            conditions.append(column.in_(values))
    if audience.phases:
        conditions.append(or_(false(), *(_phase(phase, of.rules.today) for phase in audience.phases)))
    return and_(true(), *conditions)


def _phase(phase: str, today: date) -> ColumnElement[bool]:
    day = journeys.c.departs_on > today if phase == "before" else journeys.c.departs_on <= today
    return select(literal(1)).where(journeys.c.person_id == people.c.id, day).exists()


def _once(of: Wanted, source: FromClause) -> ColumnElement[bool]:
    """A person of several lanes counts in the first."""
    details = _details(of.broadcast.draft.audience)
    if _one_lane(of) or len(details) == 1:
        return true()
    other = subscriptions.alias("other")
    earlier = select(literal(1)).where(
        other.c.person_id == source.c.person_id, other.c.topic == source.c.topic, other.c.detail < source.c.detail
    )
    return not_((earlier.where(other.c.detail.in_(details)) if details else earlier).exists())


def _reasons(of: Wanted, source: FromClause) -> list[tuple[str, ColumnElement[bool]]]:
    """Why somebody does not get it, the first that holds. Planning leaves out exactly these."""
    rules = of.rules
    reasons = [
        ("stopped", suppressions.c.number_index.is_not(None)),
        ("hidden", people.c.hidden.is_(True)),
        ("voice_only", people.c.voice_only.is_(True)),
        ("bad_number", people.c.strikes >= STRIKES_OUT),
        ("country", people.c.country.not_in(rules.countries)),
        ("no_text", people.c.locale.not_in(rules.locales)),
    ]
    if of.broadcast.draft.kind is Kind.RECALL:
        reasons.append(("no_consent", _no_consent(source)))
    if of.broadcast.draft.licence and of.broadcast.draft.kind in OF_ONE_NEWS:
        reasons.append(("has_news", has_news(of.broadcast, source.c.person_id)))
    if of.capped:
        reasons.append(
            ("weekly_cap", weekly.shares(source.c.person_id, of.broadcast.id, rules.now) >= rules.weekly_cap)
        )
    return reasons


def _no_consent(source: FromClause) -> ColumnElement[bool]:
    """Whether somebody whom a broadcast reached has ended what it rested on since."""
    kept = subscriptions.alias("kept")
    same = (kept.c[name] == source.c[name] for name in ("person_id", "topic", "detail"))
    return and_(source.c.topic != CORRECTION, not_(select(literal(1)).where(*same).exists()))
