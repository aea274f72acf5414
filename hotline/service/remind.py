"""Reminders that are due: each is written in its person's language and put into the outbox once, or is late."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import structlog

from hotline.domain.keeping import bound
from hotline.errors import NotFound, SettingError
from hotline.flow.book import Book
from hotline.flow.model import Say
from hotline.flow.render import write_line
from hotline.flow.turn import Line
from hotline.frozen import frozen
from hotline.sealing import Vault
from hotline.service.needs import Count
from hotline.service.schedule import Schedules, schedules
from hotline.settings import Settings
from hotline.store import journeys, reminders
from hotline.store.database import Database
from hotline.text import parts

log = structlog.get_logger("remind")
KEPT = timedelta(days=180)
"""After the departure."""
FLOW = "reminders"


@frozen
class Ticked:
    """What one look came to: reminders given up, people whose clock moved, reminders queued, and set aside."""

    late: int
    moved: int
    queued: int
    no_text: int = 0


class Remind:
    """Looks at what is due. Any number may look at once: the database lets one have each reminder."""

    def __init__(self, settings: Settings, book: Book, database: Database, vault: Vault, count: Count) -> None:
        """Raises SettingError when a planned reminder has no text."""
        self._settings, self._book, self._database, self._vault, self._count = settings, book, database, vault, count
        self._schedules = schedules(settings)
        check_texts(self._schedules, book)

    def tick(self, now: datetime) -> Ticked:
        """Everything that is due by `now`. Raises StoreDown; then what was queued before stays so."""
        late = reminders.mark_late(self._database, now)
        moved = reminders.move_abroad(self._database, now.astimezone(self._settings.zone).date())
        queued, no_text = reminders.queue_due(self._database, now, lambda due: self._text(due, now))
        for why, many in (("late", late), ("queued", queued), ("no_text", no_text)):
            for _ in range(many):
                self._count("reminder", why)
        return Ticked(late, moved, queued, no_text)

    def forget(self, now: datetime) -> int:
        """Forget journeys that began half a year ago: their last reminder is long over; how many."""
        return journeys.forget_old(self._database, now.astimezone(self._settings.zone).date() - KEPT)

    def _text(self, due: reminders.DueNow, now: datetime) -> reminders.Text | None:
        """None for one that cannot be written: its step was taken out of the plan, say. The others must not wait."""
        try:
            text = told(self._book, self._schedules.text_of(due.step, due.journey, now), due.locale)
        except (NotFound, LookupError) as error:
            log.error("a reminder without words", step=due.step, why=type(error).__name__)
            return None
        own_id = uuid.uuid4().hex
        return reminders.Text(
            id=own_id,
            sender=sender_of(self._settings, due.centre),
            sealed=self._vault.seal("delivery", text.encode(), bound("deliveries", "text", own_id)),
            parts=parts.count(text).parts,
        )


def told(book: Book, name: str, locale: str) -> str:
    """A reminder as it is sent. Raises NotFound where none is called so."""
    step = book.steps.get(f"{FLOW}.{name}")
    if not isinstance(step, Say):
        raise NotFound(f"flows/{FLOW}.yaml has no text {name!r}")
    return parts.tidy(write_line(book, Line(step.pages[0], {}), locale))


def check_texts(planned: Schedules, book: Book) -> None:
    """Raises SettingError for a step of a plan without a text."""
    for plan in planned.plans.values():
        for step in plan:
            for name in filter(None, (step.name, step.otherwise)):
                if not isinstance(book.steps.get(f"{FLOW}.{name}"), Say):
                    raise SettingError(f"config/plans.toml: flows/{FLOW}.yaml has no text for {name!r}: write it there")


def sender_of(settings: Settings, centre: str) -> str:
    """The number a centre writes from: its first, or that of the default centre for one that is no more."""
    districts = settings.districts
    return next(iter(districts.get(centre, districts[settings.default_district]).numbers), "")
