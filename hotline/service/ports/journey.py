"""A journey abroad as a flow sees it: where to, which day, which reminders; entering, moving and leaving it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

from hotline.domain.consent import Asked, Subscribe, Topic, Unsubscribe
from hotline.domain.journey import Due, EndJourney, Journey, SetJourney, catch_up
from hotline.domain.person import Person
from hotline.flow.book import Book
from hotline.flow.model import SPOKEN, Ask, Channel, Shape
from hotline.flow.render import speak_line, write_line
from hotline.flow.turn import Found, Line, Row
from hotline.sealing import Vault
from hotline.service.ports.base import Answer, Asker, Ports
from hotline.service.schedule import Schedules
from hotline.store import consents, journeys, people
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
    "next_reminder": Shape({"found": frozenset({"next.date"}), "over": _NONE, "none": _NONE}, {"next.date": Kind.DATE}),
    "reminder_text": Shape(dict.fromkeys((*TEXTS, "none"), _NONE), {}),
}


@dataclass(frozen=True, slots=True)
class Journeys:
    """The ports of one hotline. Raise StoreDown when the database does not answer."""

    book: Book
    database: Database
    vault: Vault
    schedules: Schedules

    def mine(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        """Whether they have a journey that is not long over."""
        if not asker.number:
            return Answer(Found("no_number"))
        if not asker.reachable:
            return Answer(Found("no_sms"))
        if consents.standing(self.database, self._indexes(asker), Topic.REMINDERS, "").stopped:
            return Answer(Found("stopped"))
        standing = self._standing(asker)
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
        return Answer(Found("good", self._promised(asker, Journey(code, route, possible[0]))))

    def join(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        """Their yes: the consent with the words they were asked with, and the journey with its reminders."""
        code, route, day, agreed = args
        if not asker.number:
            return Answer(Found("no_number"))
        if agreed != "yes":
            return Answer(Found("declined"))
        journey = Journey(code, route, date.fromisoformat(day))
        dues = self._dues(asker, journey)
        index = self._index(asker)
        asked, version = self._asked(asker, journey)
        effects = (
            Subscribe(index, Topic.REMINDERS, "", Asked(asker.locale, asker.channel.value, asked, version), asker.now),
            SetJourney(index, code, route, journey.departs_on, dues, asker.now),
        )
        first = self.schedules.local(dues[0].due_at, dues[0].step, journey).date() if dues else journey.departs_on
        return Answer(Found("done", {"journey.next": first.isoformat()}), effects)

    def leave(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        """No more reminders."""
        if not asker.number:
            return Answer(Found("no_number"))
        index = self._index(asker)
        ended = Unsubscribe(index, Topic.REMINDERS, "", Asked(asker.locale, asker.channel.value), asker.now)
        return Answer(Found("done"), (EndJourney(index, asker.now), ended))

    def next(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        """The day of the next reminder."""
        standing = self._standing(asker)
        if standing is None:
            return Answer(Found("none"))
        ahead = _to_come(standing, asker)
        if not ahead:
            return Answer(Found("over"))
        day = self.schedules.local(ahead[0].due_at, ahead[0].step, standing.journey).date()
        return Answer(Found("found", {"next.date": day.isoformat()}))

    def text(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        """Which text the next reminder has."""
        standing = self._standing(asker)
        ahead = _to_come(standing, asker) if standing else ()
        if standing is None or not ahead:
            return Answer(Found("none"))
        return Answer(Found(self.schedules.text_of(ahead[0].step, standing.journey, asker.now)))

    def _indexes(self, asker: Asker) -> tuple[bytes, ...]:
        return self.vault.indexes("number", asker.number)

    def _person(self, asker: Asker) -> Person | None:
        return people.find(self.database, self._indexes(asker))

    def _index(self, asker: Asker) -> bytes:
        person = self._person(asker)
        return person.index if person else asker.index

    def _standing(self, asker: Asker) -> journeys.Standing | None:
        return journeys.find(self.database, self._indexes(asker)) if asker.number else None

    def _dues(self, asker: Asker, journey: Journey) -> tuple[Due, ...]:
        told = journeys.told_to(self.database, self._indexes(asker)) if asker.number else frozenset()
        return catch_up(self.schedules.plan(journey), self.schedules.clocks, asker.now, told)

    def _promised(self, asker: Asker, journey: Journey) -> dict[str, str]:
        count = len(self._dues(asker, journey))
        return {"journey.date": journey.departs_on.isoformat(), "journey.count": str(count)}

    def _asked(self, asker: Asker, journey: Journey) -> tuple[str, str]:
        """The question for consent as this person was asked it, and a short name of its wording."""
        step = self.book.steps[ASKED]
        assert isinstance(step, Ask)
        line = Line(step.prompt, self._place(journey.country) | self._promised(asker, journey))
        if asker.channel is Channel.SMS:
            asked, template = (
                write_line(self.book, line, asker.locale),
                self.book.texts[asker.locale][line.message.sms_key],
            )
        else:
            tongue = SPOKEN[asker.locale]
            asked = " ".join(clip.text for clip in speak_line(self.book, line, tongue))
            template = self.book.texts[tongue][line.message.voice_key]
        return asked, hashlib.sha256(repr(template).encode()).hexdigest()[:16]

    def _place(self, code: str) -> dict[str, str]:
        return {"journey.country": self.schedules.countries[code], "journey.code": code}

    def _country(self, typed: str) -> str:
        """The code of a country there is a plan for; "" for any other."""
        keyed = read_digits(typed.lstrip("+ "), 2, 6)
        if keyed is not None:
            return self.schedules.by_prefix.get(keyed.removeprefix("00"), "")
        code = read_country(typed, self.book.values.values()) or ""
        return code if code in self.schedules.countries else ""


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
        "reminder_text": own.text,
    }
