"""Which messages about an agency tell one person the same: watching it, its district, and having been told VALID."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, FromClause, and_, literal, not_, select

from hotline.domain.agency import Licence
from hotline.domain.broadcast import Broadcast, Kind, Stage
from hotline.domain.delivery import State
from hotline.store.broadcasts import texts_of
from hotline.store.reach import broadcasts, deliveries

OF_ONE_NEWS = (Kind.ALERT, Kind.CORRECTION)
COUNTED = (State.QUEUED, State.SENDING, State.UNKNOWN, State.SENT, State.DELIVERED)
ONE_NEWS = timedelta(hours=1)
"""What people write about one agency in the same words within this time tells of one thing."""


def has_news(mine: Broadcast, person: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether another message has told them the same, or will: who watches may have been told VALID as well.

    What says something else is told, however soon: after "it is licensed again" comes "do not pay".
    """
    same = (_tells_the_same(broadcasts, mine), _about(broadcasts, mine), broadcasts.c.id != mine.id)
    others = select(broadcasts.c.id).where(*same, broadcasts.c.state != Stage.RECALLED)
    told = deliveries.c.person_id == person, deliveries.c.broadcast.in_(others)
    return select(literal(1)).where(*told, deliveries.c.state.in_(COUNTED)).exists()


def _about(table: FromClause, mine: Broadcast) -> ColumnElement[bool]:
    licence = Licence.parse(mine.draft.licence)
    return and_(table.c.serial == licence.serial, table.c.region == licence.region, table.c.kind.in_(OF_ONE_NEWS))


def _tells_the_same(table: FromClause, mine: Broadcast) -> ColumnElement[bool]:
    """A machine's drafts name their news. What people write is one news in the same words, with no others between."""
    if mine.draft.news:
        return table.c.news == mine.draft.news
    texts, between = texts_of(mine.draft), broadcasts.alias("between")
    otherwise = select(literal(1)).where(
        _about(between, mine),
        between.c.texts != texts,
        between.c.made_at > table.c.made_at,
        between.c.made_at < mine.made_at,
    )
    near = table.c.made_at.between(mine.made_at - ONE_NEWS, mine.made_at + ONE_NEWS)
    return and_(table.c.news == "", table.c.texts == texts, near, not_(otherwise.exists()))
