"""Plays a dialogue: a journey written once, performed in every language and channel, with real ports and database.

The notation: `given` (an agency, a notice, a stranger), `list`, `today` set the stage; `> text | keys` is what the
person does, `<` what they read in English, `!` the parts. A lone … is silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.domain.agency import Agency, Licence, Notice, Status
from hotline.flow.book import Book
from hotline.flow.model import Channel
from hotline.flow.render import spoken, written
from hotline.flow.save import dump, restore
from hotline.flow.turn import Event, Keyed, Said, Session, Silence, Started, Turn
from hotline.house import make_ports
from hotline.sealing import Vault
from hotline.service.agencies import Agencies
from hotline.service.ports.base import Asker, Ports
from hotline.service.talk import talk
from hotline.settings import Settings
from hotline.store.agencies import open_notice
from hotline.store.database import Database
from hotline.store.publishing import NewList, Publication, publish

NUMBER = "+923001234567"
ZONE = ZoneInfo("Asia/Karachi")
_AGENCY = re.compile(r"given agency (\S+)\s+(.+?)\s{2,}(?:valid to (\S+)|(\w+))")
_NOTICE = re.compile(r"given notice (\S+)\s+(.+?)\s{2,}since (\S+)")
_PLAYS = re.compile(r"plays as: (.+)")
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
        elif found := _AGENCY.fullmatch(line):
            dialogue.agencies.append(_agency(found))
        elif found := _NOTICE.fullmatch(line):
            dialogue.notices.append(Notice(Licence.parse(found[1]), found[2], date.fromisoformat(found[3])))
        elif line == "given a stranger":
            dialogue.stranger = True
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


class Stage:
    """The real ports over a database that holds what the dialogue gives."""

    def __init__(self, book: Book, settings: Settings, database: Database, vault: Vault) -> None:
        self.book, self.settings, self.database, self.vault = book, settings, database, vault
        self.ports: Ports = {}
        self.index = vault.index("number", NUMBER)

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
        self.ports = make_ports(self.settings, self.book, self.database, self.vault, Agencies(self.database))
        return self

    def perform(self, dialogue: Dialogue, channel: Channel, locale: str) -> Iterator[Reply]:
        """One performance; the session is written and read again between all lines."""
        known = not dialogue.stranger
        session = Session(locale, channel, known=known, offered=known)
        now = datetime.combine(dialogue.today, time(11), tzinfo=ZONE)
        if channel is Channel.VOICE:
            session = self.hear(session, Started(), now).turn.session
        for line in dialogue.lines:
            events = [_event(key) for key in line.keys] if channel is Channel.VOICE else [Said(line.text)]
            for event in events:
                reply = self.hear(restore(dump(session)), event, now)
                session = reply.turn.session
            yield reply

    def hear(self, session: Session, event: Event, now: datetime) -> Reply:
        """One turn."""
        asker = Asker(NUMBER, self.index, session.locale, session.channel, "lahore", f"test|{session.step}", now)
        turn, _ = talk(self.book, self.ports, session, event, asker)
        holes = frozenset(name for line in turn.lines for name in line.facts)
        if session.channel is Channel.SMS:
            text = written(self.book, turn)
            return Reply(text.text, turn.session.at, holes, text.parts, turn)
        said = " | ".join(clip.text for clip in spoken(self.book, turn).clips)
        return Reply(said, turn.session.at, holes, 0, turn)


def _event(key: str) -> Event:
    if key == "…":
        return Silence()
    return Keyed(key.rstrip("#") or "#")
