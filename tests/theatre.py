"""Plays a dialogue: a journey written once, performed in every language and channel, with real ports and database.

The notation: `given` (an agency, a notice, a case, a stranger, a person who is kept), `list`, `today` set the stage;
`> text | keys` is what the person does, `<` what they read in English, `!` the parts. A lone … is silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import delete

from hotline.domain.agency import Agency, Licence, Notice, Status
from hotline.domain.broadcast import Audience, Broadcast, Draft, Kind
from hotline.domain.consent import Asked, Subscribe, Topic
from hotline.domain.delivery import QueueText
from hotline.domain.keeping import Effect, Kept, MeetPerson, ToldValid, bound
from hotline.domain.report import REPORT
from hotline.flow.book import Book
from hotline.flow.model import LOCALES, Channel
from hotline.flow.render import gather_for, spoken, written
from hotline.flow.save import dump, restore
from hotline.flow.turn import Event, Gather, Said, Session, Started, Turn, Wait
from hotline.flow.walk import Waiting, Walk
from hotline.making import make_ports
from hotline.own_keys import OwnKey, person_owner
from hotline.sealing import Vault
from hotline.service.agencies import Agencies
from hotline.service.ports.base import Asker, Ports
from hotline.service.ports.person import open_case
from hotline.service.ports.report import pin_mark
from hotline.service.talk import talk
from hotline.settings import Settings
from hotline.store.agencies import open_notice
from hotline.store.broadcasts import create as store_broadcast
from hotline.store.cases import open_case as store_case
from hotline.store.database import Database
from hotline.store.effects import apply
from hotline.store.inbox import keep
from hotline.store.publishing import NewList, Publication, publish
from hotline.store.reach import broadcasts
from hotline.store.schema import people

NUMBER = "+923001234567"
ZONE = ZoneInfo("Asia/Karachi")
_AGENCY = re.compile(r"given agency (\S+)\s+(.+?)\s{2,}(?:valid to (\S+)|(\w+))")
_NOTICE = re.compile(r"given notice (\S+)\s+(.+?)\s{2,}since (\S+)")
_CASE = re.compile(r"given case (\d{7}) PIN (\d{4})\s+(\w+)\s+by (\S+)")
_ALERT = re.compile(r"given (alert|recall) (\d{6}) (\S+)\s+on (\S+)\s{2,}(.+)")
_WATCHING = re.compile(r"given watching (\S+)")
_PLAYS = re.compile(r"plays as: (.+)")
_GIVEN = {"given a stranger": "stranger", "given a person who is kept": "kept"}
_PARTS = re.compile(r"(\d+) parts? (\w+)")


@dataclass
class Line:
    """What the person does, what they read in English, and the parts it may take."""

    text: str
    keys: tuple[str, ...] = ()
    english: str = ""
    parts: dict[str, int] = field(default_factory=dict)


@dataclass
class Dialogue:
    """A journey and its stage."""

    name: str
    plays: tuple[tuple[Channel, str], ...]
    agencies: list[Agency]
    notices: list[Notice]
    listed: date | None
    today: date
    lines: list[Line]
    stranger: bool = False
    kept: bool = False
    cases: list[GivenCase] = field(default_factory=list)
    alerts: list[tuple[Draft, str, date, str]] = field(default_factory=list)
    watching: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class GivenCase:
    """A case somebody opened before."""

    code: str
    pin: str
    status: str
    due: date


@dataclass(frozen=True)
class Reply:
    """One answer: what was read or heard, where that left the person, and the parts (0 in a call)."""

    shown: str
    at: str
    holes: frozenset[str]
    parts: int
    turn: Turn


def read(path: Path) -> Dialogue:
    """Read one dialogue file."""
    return read_text(path.stem, path.read_text(encoding="utf-8"))


def read_text(name: str, text: str) -> Dialogue:
    """Read a dialogue. Raises ValueError with the line that is not in the notation."""
    dialogue = Dialogue(name, (), [], [], None, date(2026, 11, 22), [])
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.rstrip()
        if line.startswith("#") or not line:
            if found := _PLAYS.search(line):
                dialogue.plays = tuple(_performances(found[1]))
        elif line.startswith("given ") and _given(dialogue, line):
            pass
        elif line.startswith("list "):
            dialogue.listed = date.fromisoformat(line[5:].strip())
        elif line.startswith("today "):
            dialogue.today = date.fromisoformat(line[6:].strip())
        elif line.startswith(">"):
            text, _, keys = line[1:].partition("|")
            dialogue.lines.append(Line(text.strip(), tuple(keys.split())))
        elif line.startswith("<"):
            dialogue.lines[-1].english = line[1:].strip()
        elif line.startswith("!"):
            dialogue.lines[-1].parts = {locale: int(count) for count, locale in _PARTS.findall(line)}
        else:
            raise ValueError(f"{name}:{number}: not in the notation: {line}")
    return dialogue


def _performances(text: str) -> Iterator[tuple[Channel, str]]:
    for group in text.split(";"):
        channel, *locales = group.split()
        for locale in locales:
            yield Channel(channel), locale


def _agency(found: re.Match[str]) -> Agency:
    until = date.fromisoformat(found[3]) if found[3] else date(2026, 1, 31)
    licence = Licence.parse(found[1])
    city = {"LHR": "Lahore", "MLK": "Malakand", "RWP": "Rawalpindi", "SKT": "Sialkot"}.get(licence.region, "")
    return Agency(licence, found[2], Status(found[4] or "active"), until, city)


def _given(dialogue: Dialogue, line: str) -> bool:
    """Set the stage; False for what is not in the notation."""
    if found := _AGENCY.fullmatch(line):
        dialogue.agencies.append(_agency(found))
    elif found := _NOTICE.fullmatch(line):
        dialogue.notices.append(Notice(Licence.parse(found[1]), found[2], date.fromisoformat(found[3])))
    elif found := _ALERT.fullmatch(line):
        dialogue.alerts.append(_alert(found))
    elif found := _WATCHING.fullmatch(line):
        dialogue.watching.append(found[1])
    elif found := _CASE.fullmatch(line):
        dialogue.cases.append(GivenCase(found[1], found[2], found[3], date.fromisoformat(found[4])))
    elif line in _GIVEN:
        setattr(dialogue, _GIVEN[line], True)
    else:
        return False
    return True


def _alert(found: re.Match[str]) -> tuple[Draft, str, date, str]:
    """A message to many that went out, and how it ended."""
    draft = Draft(
        Kind.ALERT, found[5], "lahore", "", Audience("alerts"), dict.fromkeys(LOCALES, found[5]), "register",
        licence="" if found[3] == "-" else found[3],
    )  # fmt: skip
    return draft, found[2], date.fromisoformat(found[4]), "recalled" if found[1] == "recall" else "done"


class Stage:
    """The real ports over a database that holds what the dialogue gives."""

    def __init__(self, book: Book, settings: Settings, database: Database, vault: Vault) -> None:
        self.book, self.settings, self.database, self.vault = book, settings, database, vault
        self.ports: Ports = {}
        self.index = vault.index("number", NUMBER)
        self.kept = 0
        self.queued: set[str] = set()

    def __repr__(self) -> str:
        return "<the stage>"

    def set(self, dialogue: Dialogue) -> Stage:
        """Publish the list, open the notices, make the ports."""
        if dialogue.listed:
            new = NewList(dialogue.listed, demo=True, file="dialogue.csv", sha256="0" * 64)
            at = datetime(2026, 1, 1, tzinfo=UTC)
            publish(
                self.database, Publication(new, dialogue.agencies, None, lambda name: f"{hash(name):064x}"[-64:], at)
            )
        for notice in dialogue.notices:
            open_notice(self.database, notice, datetime(2026, 1, 1, tzinfo=UTC))
        for case in dialogue.cases:
            self.open(case)
        for draft, code, on, state in dialogue.alerts:
            at = datetime.combine(on, time(12), tzinfo=ZONE)
            own_id = f"alert {code}"
            store_broadcast(self.database, Broadcast(own_id, draft, made_at=at, moved_at=at, code=code))
            with self.database.writing() as connection:
                ended = broadcasts.update().where(broadcasts.c.id == own_id)
                connection.execute(ended.values(state=state, starts_at=at, planned_at=at))
        self._watch(dialogue)
        self.ports = make_ports(self.settings, self.book, self.database, self.vault, Agencies(self.database))
        return self

    def open(self, case: GivenCase) -> str:
        """Open a case as a report would; gives its id."""
        at = datetime(2026, 1, 1, tzinfo=ZONE)
        asker = Asker(NUMBER, self.index, "en", Channel.SMS, "lahore", f"given|{case.code}", at)
        opened = replace(
            open_case(self.vault, asker, "", 24),
            kind=REPORT,
            code=case.code,
            due_at=datetime.combine(case.due, time(18), tzinfo=ZONE),
            status=case.status,
        )
        opened = replace(opened, pin=pin_mark(self.vault, opened.id, opened.key_sealed, case.pin))
        with self.database.writing() as connection:
            store_case(connection, opened)
        return opened.id

    def _watch(self, dialogue: Dialogue) -> None:
        if not dialogue.watching:
            return
        since = datetime(2026, 1, 1, tzinfo=UTC)
        with self.database.writing() as connection:
            apply(connection, MeetPerson(self.index, b"", "en", "lahore", uuid4().hex, b""), since)
            for licence in dialogue.watching:
                apply(connection, Subscribe(self.index, Topic.WATCH, licence, Asked("en", "sms"), since), since)

    def perform(self, dialogue: Dialogue, channel: Channel, locale: str) -> Iterator[Reply]:
        """One performance; the session is written and read again between all lines."""
        known = not dialogue.stranger
        session = Session(locale, channel, known=known, offered=known)
        now = datetime.combine(dialogue.today, time(11), tzinfo=ZONE)
        self.kept, self.queued = 0, set()
        if dialogue.kept:
            self.keep(self.meet(locale), now)
        if channel is Channel.VOICE:
            session = self.hear(session, Started(), now).turn.session
        for line in dialogue.lines:
            if channel is Channel.VOICE:
                reply = self._press(session, line.keys, now)
            else:
                reply = self.hear(restore(dump(session)), Said(line.text), now)
            session = reply.turn.session
            yield reply

    def _press(self, session: Session, entries: tuple[str, ...], now: datetime) -> Reply:
        """Keys pressed one after another, as a telephone sends them to whatever waits; no # is waited for."""
        for entry in entries:
            event, rest = self._waits(session).take("" if entry == "…" else entry)
            reply = self.hear(restore(dump(session)), event, now)
            while rest:
                event, rest = self._waits(reply.turn.session).take(rest)
                reply = self.hear(restore(dump(reply.turn.session)), event, now)
            session = reply.turn.session
        return reply

    def _waits(self, session: Session) -> Gather:
        """What a call that stands here waits for."""
        step = self.book.steps[session.at]
        assert isinstance(step, Waiting)
        gather = gather_for(Walk(self.book, session).present(step).wait or Wait())
        assert gather
        return gather

    def meet(self, locale: str) -> tuple[Effect, ...]:
        """The person, met anew: whatever was kept of them before this performance is gone."""
        with self.database.writing() as connection:
            connection.execute(delete(people).where(people.c.number_index == self.index))
        own_id = uuid4().hex
        key = OwnKey.new(person_owner(own_id))
        sealed = key.seal("number", NUMBER.encode())
        return (MeetPerson(self.index, sealed, locale, "lahore", own_id, key.sealed(self.vault)),)

    def keep(self, effects: tuple[Effect, ...], now: datetime) -> None:
        """Commit what a turn led to, as an event of its own."""
        self.kept += 1
        effects = tuple(effect for effect in effects if not isinstance(effect, ToldValid))
        keep(
            self.database, Kept("test", uuid4().hex, "sms", "lahore", self.index, self.index, now, b"", effects=effects)
        )

    def hear(self, session: Session, event: Event, now: datetime) -> Reply:
        """One turn."""
        asker = Asker(NUMBER, self.index, session.locale, session.channel, "lahore", f"test|{session.step}", now)
        turn, effects = talk(self.book, self.ports, session, event, asker)
        if self.kept:
            self.keep(effects, now)
        holes = frozenset(name for line in turn.lines for name in line.facts)
        if session.channel is Channel.SMS:
            text = written(self.book, turn)
            return Reply(text.text, turn.session.at, holes, text.parts, turn)
        said = " | ".join(clip.text for clip in spoken(self.book, turn).clips)
        said += "".join(f"\nSMS: {row}" for text in self.texts(effects) for row in text.split("\n"))
        return Reply(said, turn.session.at, holes, 0, turn)

    def texts(self, effects: tuple[Effect, ...]) -> Iterator[str]:
        """The messages these effects queue, as they will be read; the same one again is none."""
        for one in effects:
            if isinstance(one, QueueText) and one.part_of not in self.queued:
                self.queued.add(one.part_of)
                yield self.vault.open("delivery", one.text_sealed, bound("deliveries", "text", one.id)).decode()
