"""A journey abroad as a flow sees it: where to, which day, which reminders; entering, moving and leaving it."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

from hotline.domain.consent import Asked, Subscribe, Topic, Unsubscribe
from hotline.domain.journey import Due, EndJourney, Journey, SetJourney, catch_up
from hotline.flow.book import Book
from hotline.flow.model import SPOKEN, Ask, Channel, Shape
from hotline.flow.render import speak_line, write_line
from hotline.flow.turn import Found, Line, Row
from hotline.frozen import frozen
from hotline.service.ports.base import Answer, Asker, Ports
from hotline.service.schedule import Schedules
from hotline.store import journeys
from hotline.store.database import Database
from hotline.text.reading import read_country, read_digits
from hotline.text.values import Kind

LONGEST_AHEAD = timedelta(days=365)
ASKED = "departure.agree"
"""The step that asks for consent."""
TEXTS = (
    "certificate", "certificate_ask", "medical", "protector_agency", "protector_direct", "briefing", "contract",
    "flight", "arrival", "arrival_saudi", "first_salary", "check_in",
)  # fmt: skip
"""The reminders that have a text in flows/reminders.yaml."""
_PLACE = frozenset({"journey.country", "journey.code"})
_NONE: frozenset[str] = frozenset()
SHAPES = {
    "my_journey": Shape(
        {
            "new": _NONE,
            "going": _PLACE | {"journey.route", "journey.date"},
            "stopped": _NONE,
            "no_number": _NONE,
            "no_sms": _NONE,
        },
        {
            "journey.country": Kind.CITY,
            "journey.code": Kind.TEXT,
            "journey.route": Kind.TEXT,
            "journey.date": Kind.DATE,
        },
    ),
    "channel": Shape({"sms": _NONE, "call": _NONE}, {}),
    "destination": Shape(
        {"known": _PLACE, "unknown": _NONE}, {"journey.country": Kind.CITY, "journey.code": Kind.TEXT}
    ),
    "job_route": Shape({"known": frozenset({"journey.route"})}, {"journey.route": Kind.TEXT}),
    "departure_date": Shape(
        {"good": frozenset({"journey.date", "journey.count"}), "two": _NONE, "past": _NONE, "far": _NONE},
        {"journey.date": Kind.DATE, "journey.count": Kind.NUMBER, "day.date": Kind.DATE},
        rows=frozenset({"day.date"}),
    ),
    "join_journey": Shape(
        {"done": frozenset({"journey.next"}), "declined": _NONE, "no_number": _NONE},
        {"journey.next": Kind.DATE},
        effect=True,
    ),
    "leave_journey": Shape({"done": _NONE, "no_number": _NONE}, {}, effect=True),
    "next_reminder": Shape(
        {"found": frozenset({"next.date", "next.text"}), "over": _NONE, "none": _NONE},
        {"next.date": Kind.DATE, "next.text": Kind.TEXT},
    ),
    "reminder_text": Shape(dict.fromkeys(TEXTS, _NONE), {}),
}


@frozen
class Journeys:
    """The ports of one hotline. Raise StoreDown when the database does not answer."""

    book: Book
    database: Database
    schedules: Schedules

    def mine(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        """Whether they have a journey that is not long over."""
        if not asker.number:
            return Answer(Found("no_number"))
        if not asker.reachable:
            return Answer(Found("no_sms"))
        standing, stopped = journeys.look(self.database, asker.indexes)
        if stopped:
            return Answer(Found("stopped"))
        if standing is None or not _to_come(standing, asker):
            return Answer(Found("new"))
        journey = standing.journey
        fields = {"journey.route": journey.route, "journey.date": journey.departs_on.isoformat()}
        return Answer(Found("going", self._place(journey.country) | fields))

    def channel(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        """Who writes can name a country; who calls needs keys for it."""
        return Answer(Found("sms" if asker.channel is Channel.SMS else "call"))

    def destination(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        """A country by its code, its name in any language, a city everybody goes to, or its telephone code."""
        (typed,) = args
        code = typed if typed in self.schedules.countries else self._country(typed)
        return Answer(Found("known", self._place(code)) if code else Found("unknown"))

    def route(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        """What was chosen, under the name the other ports take it by."""
        return Answer(Found("known", {"journey.route": args[0]}))

    def date(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        """Whether somebody can leave that day; of two readings of one date, which are still possible."""
        code, route, given = args
        today = asker.now.date()
        days = tuple(date.fromisoformat(day) for day in given.split("/"))
        possible = tuple(day for day in days if today <= day <= today + LONGEST_AHEAD)
        if not possible:
            return Answer(Found("past" if max(days) < today else "far"))
        if len(possible) > 1:
            return Answer(
                Found("two", rows=tuple(Row(day.isoformat(), {"day.date": day.isoformat()}) for day in possible))
            )
        journey = Journey(code, route, possible[0])
        return Answer(Found("good", _promised(journey, self._dues(asker, journey))))

    def join(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        """Their yes: the consent with the words they were asked with, and the journey with its reminders."""
        code, route, day, agreed = args
        if not asker.number:
            return Answer(Found("no_number"))
        if agreed != "yes":
            return Answer(Found("declined"))
        journey = Journey(code, route, date.fromisoformat(day))
        dues = self._dues(asker, journey)
        asked = self._asked(asker, journey, dues)
        effects = (
            Subscribe(asker.index, Topic.REMINDERS, "", asked, asker.now),
            SetJourney(asker.index, code, route, journey.departs_on, dues, asker.now),
        )
        first = self.schedules.local(dues[0].due_at, dues[0].step, journey).date() if dues else journey.departs_on
        return Answer(Found("done", {"journey.next": first.isoformat()}), effects)

    def leave(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        """No more reminders."""
        if not asker.number:
            return Answer(Found("no_number"))
        ended = Unsubscribe(asker.index, Topic.REMINDERS, "", Asked(asker.locale, asker.channel.value), asker.now)
        return Answer(Found("done"), (EndJourney(asker.index, asker.now), ended))

    def next(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        """The day of the next reminder, and which text it has."""
        standing = journeys.find(self.database, asker.indexes) if asker.number else None
        if standing is None:
            return Answer(Found("none"))
        ahead = _to_come(standing, asker)
        if not ahead:
            return Answer(Found("over"))
        day = self.schedules.local(ahead[0].due_at, ahead[0].step, standing.journey).date()
        text = self.schedules.text_of(ahead[0].step, standing.journey, asker.now)
        return Answer(Found("found", {"next.date": day.isoformat(), "next.text": text}))

    def _dues(self, asker: Asker, journey: Journey) -> tuple[Due, ...]:
        told = journeys.told_to(self.database, asker.indexes) if asker.number else frozenset()
        return catch_up(self.schedules.plan(journey), self.schedules.clocks, asker.now, told)

    def _asked(self, asker: Asker, journey: Journey, dues: tuple[Due, ...]) -> Asked:
        """The question for consent as this person was asked it, and a short name of its wording."""
        step = self.book.steps[ASKED]
        assert isinstance(step, Ask)
        line = Line(step.prompt, self._place(journey.country) | _promised(journey, dues))
        if asker.channel is Channel.SMS:
            asked, template = (
                write_line(self.book, line, asker.locale),
                self.book.texts[asker.locale][line.message.sms_key],
            )
        else:
            tongue = SPOKEN[asker.locale]
            asked = " ".join(clip.text for clip in speak_line(self.book, line, tongue))
            template = self.book.texts[tongue][line.message.voice_key]
        version = hashlib.sha256(repr(template).encode()).hexdigest()[:16]
        return Asked(asker.locale, asker.channel.value, asked, version)

    def _place(self, code: str) -> dict[str, str]:
        return {"journey.country": self.schedules.countries[code], "journey.code": code}

    def _country(self, typed: str) -> str:
        """The code of a country there is a plan for; "" for any other."""
        keyed = read_digits(typed.lstrip("+ "), 2, 6)
        if keyed is not None:
            return self.schedules.by_prefix.get(keyed.removeprefix("00"), "")
        code = read_country(typed, self.book.values.values()) or ""
        return code if code in self.schedules.countries else ""


def next_text(asker: Asker, args: tuple[str, ...]) -> Answer:
    """The text that `next` named, as the way a flow goes on."""
    return Answer(Found(args[0]))


def _promised(journey: Journey, dues: tuple[Due, ...]) -> dict[str, str]:
    return {"journey.date": journey.departs_on.isoformat(), "journey.count": str(len(dues))}


def _to_come(standing: journeys.Standing, asker: Asker) -> tuple[journeys.Reminder, ...]:
    """What is not sent yet, and not late."""
    return tuple(
        reminder for reminder in standing.reminders if reminder.state == "waiting" and reminder.deadline_at > asker.now
    )


def ports(own: Journeys) -> Ports:
    """Them all, by the names of SHAPES."""
    return {
        "my_journey": own.mine,
        "channel": own.channel,
        "destination": own.destination,
        "job_route": own.route,
        "departure_date": own.date,
        "join_journey": own.join,
        "leave_journey": own.leave,
        "next_reminder": own.next,
        "reminder_text": next_text,
    }
