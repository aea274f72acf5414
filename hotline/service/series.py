"""The broadcasts that wait for their time, as a clock goes through them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Connection

from hotline.domain.broadcast import Stage
from hotline.domain.schedule import Every, Occurrence, Schedule
from hotline.frozen import frozen
from hotline.store import broadcasts
from hotline.store.database import Database

KEY = "broadcast-"


@frozen
class Series:
    """Each start once, and each series on its days."""

    database: Database

    def schedules(self) -> Iterable[Schedule]:
        """Those that may be due now or later. Raises StoreDown."""
        for broadcast in broadcasts.in_stages(self.database, Stage.SCHEDULED):
            draft = broadcast.draft
            begins = datetime.fromisoformat(draft.starts)
            yield Schedule(
                key=KEY + broadcast.id,
                minute=begins.hour * 60 + begins.minute,
                zone=draft.zone,
                first=begins.date(),
                every=Every(draft.repeats or Every.ONCE),
                last=date.fromisoformat(draft.repeats_until) if draft.repeats_until else None,
            )

    def begin(self, connection: Connection, schedule: str, occurrence: Occurrence) -> None:
        """Nothing beside the row that says it is due: FanOut begins what it finds there, however often it looks."""
