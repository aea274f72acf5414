"""The composition root: opens database, memory, book, voices and channel once and hands them out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from hotline.domain.keeping import Earlier, Kept, KeptSession, OpenCase
from hotline.domain.person import Person
from hotline.errors import HotlineError, MemoryDown, SettingError
from hotline.flow import clips as flow_clips
from hotline.flow.model import LOCALES
from hotline.frozen import frozen
from hotline.making import (
    make_alarm,
    make_channel,
    make_ports,
    make_reach,
    read_book,
)
from hotline.memory.client import connect, connect_quick
from hotline.memory.jobs import Bell
from hotline.memory.rate import Rate
from hotline.memory.turns import Turns
from hotline.metrics import Metrics
from hotline.sealing import Vault
from hotline.service.agencies import Agencies
from hotline.service.broadcast import Broadcasts
from hotline.service.catch_up import CatchUp
from hotline.service.converse import Converse
from hotline.service.erase import Eraser
from hotline.service.marking import Mark
from hotline.service.needs import Needs
from hotline.service.receipts import Receipts
from hotline.service.reconcile import Reconcile
from hotline.service.remind import Remind
from hotline.service.ring_back import RingBack
from hotline.service.send import Post
from hotline.settings import ROOT, Settings
from hotline.speech.clips import ClipStore
from hotline.speech.engine import EspeakEngine
from hotline.speech.recordings import read_recordings
from hotline.store import agencies, cases, inbox, people
from hotline.store.database import Database, is_current
from hotline.store.spool import Spool
from hotline.text.values import NAMES_ARE_IN


@frozen
class State:
    """Whether each part answers; `ready` when a message would be answered in full."""

    ready: bool
    database: bool
    redis: bool
    register: str


class House:
    """Everything one process needs, opened once. `close` lets go of it."""

    def __init__(
        self,
        settings: Settings,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        mark: Mark | None = None,
    ) -> None:
        """`mark` is told every step of sending; without it they are counted."""
        _check_languages(settings)
        self.settings, self.now = settings, now
        self.metrics = Metrics()
        if not settings.data_keys:
            raise SettingError("DATA_KEYS is missing: make one with `hotline keys new`")
        self.vault = Vault.parse(settings.data_keys)
        self.database = Database.open(settings.database_url or f"sqlite:///{settings.folder / 'hotline.db'}")
        self.recordings = read_recordings(ROOT / "translations", LOCALES)
        self.book = read_book(ROOT, self.recordings)
        self.sound = ClipStore(settings.folder / "clips", EspeakEngine(), self.recordings)
        self.spool = Spool(settings.folder / "spool", self.vault)
        self.agencies = Agencies(self.database)
        # Without REDIS_URL there is no server at this address, and every turn goes on without memory.
        redis_url = settings.redis_url or f"unix://{settings.folder / 'redis.sock'}"
        self.redis, self.bells = connect(redis_url, time.monotonic), connect_quick(redis_url)
        self.channel = make_channel(settings)
        store = Store(self.database, self.spool)
        self.ring_back = RingBack(
            settings, self.vault, store, Bell(self.bells), self.channel.reject(), self.metrics.count
        )
        self.remind = Remind(settings, self.book, self.database, self.vault, self.metrics.count)
        self.turns = Turns(self.redis, self.vault, time.time, time.sleep)
        self.eraser = Eraser(
            self.database, self.vault, self.turns, self.spool, self.channel.delete_message, self.metrics.count
        )
        needs = Needs(
            settings=settings,
            book=self.book,
            ports=make_ports(settings, self.book, self.database, self.vault, self.agencies),
            vault=self.vault,
            memory=self.turns,
            store=store,
            count=self.metrics.count,
            ring=self._ring,
        )
        self.converse = Converse(needs)
        self.catch_up = CatchUp(needs, self.database, self.channel, self.spool.__len__)
        self.bell = Bell(self.bells)
        self._send_with(mark or self._passed)
        self.reach = make_reach(settings, self.database)
        self.broadcasts = Broadcasts(self.reach)
        self.alarm = make_alarm(settings, self.book, self.database)
        self._known = {self.book.voices.name(*clip): clip for clip in flow_clips.clips(self.book)}

    def clip(self, name: str) -> bytes | None:
        """A clip's sound, or None where nobody is called so. Raises SpeechError."""
        return self.sound.bytes_of(name, self._words_of)

    def clips(self) -> Iterable[tuple[str, str]]:
        """Every (locale, text) that can be heard and is known today, agencies' names included."""
        yield from flow_clips.clips(self.book)
        for _, name in agencies.spoken_names(self.database):
            yield NAMES_ARE_IN, name

    def words_of(self, name: str) -> str | None:
        """What a clip says, for people who read along."""
        found = self._words_of(name)
        return found[1] if found else None

    def state(self) -> State:
        """Ask every part now."""
        register = ""
        try:
            database = is_current(self.database)
            current = agencies.current(self.database) if database else None
            register = current.date.isoformat() if current else ""
        except HotlineError:
            database = False
        redis = self._redis_answers()
        return State(database and redis, database, redis, register)

    def close(self) -> None:
        """Let go of the database and Redis."""
        self.database.close()
        self.redis.close()
        self.bells.close()

    def _send_with(self, mark: Mark) -> None:
        """What sends, and what hears of it."""
        rate, count = Rate(self.redis), self.metrics.count
        self.post = Post(self.settings, self.vault, self.database, self.channel, rate, mark, count, self.now)
        self.receipts = Receipts(self.settings, self.database, self.channel, mark, count, self.now)
        self.reconcile = Reconcile(self.vault, self.receipts, self.channel.rest)

    def _passed(self, name: str) -> None:
        self.metrics.count("step", name)

    def _ring(self, job: str) -> None:
        try:
            Bell(self.bells).ring(job)
        except MemoryDown:
            self.metrics.count("memory_down")

    def _redis_answers(self) -> bool:
        try:
            return self.redis.call("PING") is not None
        except MemoryDown:
            return False

    def _words_of(self, name: str) -> tuple[str, str] | None:
        found = self._known.get(name)
        if found is None and (spoken := agencies.spoken_name(self.database, name)):
            found = (NAMES_ARE_IN, spoken)
        return found


@frozen
class Store:
    """The database and the spool behind it, as conversations and missed calls need them."""

    database: Database
    waiting: Spool

    def person(self, indexes: Sequence[bytes]) -> Person | None:
        """Who this is, if we have met."""
        return people.find(self.database, indexes)

    def last_session(self, threads: Sequence[bytes], now: datetime) -> KeptSession | None:
        """Where the conversation stood."""
        return inbox.last_session(self.database, threads, now)

    def cut_off(self, indexes: Sequence[bytes], since: datetime) -> KeptSession | None:
        """Where the person's last call stood when it was cut off."""
        return inbox.cut_off(self.database, indexes, since)

    def keep(self, kept: Kept) -> Earlier | None:
        """Keep the event and its effects."""
        return inbox.keep(self.database, kept)

    def spool(self, kept: Kept) -> None:
        """Put it on disk until the database is back."""
        self.waiting.append(kept)

    def opened_since(self, indexes: Sequence[bytes], kind: str, since: datetime) -> Sequence[datetime]:
        """When cases of a kind were opened for the person."""
        return cases.opened_since(self.database, indexes, kind, since)

    def open_cases(self, kind: str) -> Sequence[OpenCase]:
        """Every open case of a kind."""
        return cases.open_cases(self.database, kind=kind)

    def open_case(self, case: str) -> OpenCase | None:
        """The case, while it is open."""
        return cases.find_open(self.database, case)

    def is_open(self, indexes: Sequence[bytes], kind: str) -> bool:
        """Whether one of a kind is open for the person."""
        return cases.is_open(self.database, indexes, kind)

    def safe_hours(self, indexes: Sequence[bytes]) -> tuple[int, int] | None:
        """When alone the person wants to be reached."""
        return people.safe_hours(self.database, indexes)

    def exchange(self, case: str, instead: OpenCase | None, at: datetime) -> bool:
        """Close a case and open another."""
        return cases.exchange(self.database, case, instead, at)

    def close(self, case: str, at: datetime) -> None:
        """The case is done."""
        cases.close(self.database, case, at)


def _check_languages(settings: Settings) -> None:
    """Settings know no language by name: whether a district's are ours is seen here."""
    for district in settings.districts.values():
        for locale in district.languages:
            if locale not in LOCALES:
                known = ", ".join(LOCALES)
                raise SettingError(f"config/districts/{district.key}.toml: no language {locale!r}; there are {known}")
