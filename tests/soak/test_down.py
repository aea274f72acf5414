"""F7: the hotline is down for a minute while a hundred people write; afterwards each is answered, once."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from hotline.memory.embedded import EmbeddedRedis
from hotline.pocket.account import Account
from hotline.pocket.carrier import Carrier
from hotline.pocket.faults import Faults, Odds
from hotline.pocket.server import PocketServer
from hotline.store.database import Database
from hotline.store.reach import deliveries
from hotline.store.schema import inbound
from tests.cli.processes import Running, free_port, hotline
from tests.web.running import ACCOUNT, DATA_KEYS, NUMBER, TOKEN, publish_rows

pytestmark = [pytest.mark.soak, pytest.mark.timeout(400)]
PEOPLE, DOWN_SECONDS, BAR_SECONDS = 100, 60.0, 60.0
WORDS = ("CHECK 4859", "CHECK 1111", "MENU", "STOP", "zorblax")


@dataclass
class Deployment:
    """A carrier, a database and a Redis that stay, and a hotline that is started and stopped."""

    folder: Path
    url: str
    port: int
    redis_url: str
    carrier: Carrier
    carrier_url: str
    database: Database

    @contextmanager
    def up(self) -> Iterator[Running]:
        """`hotline serve`, `work` and `clock`, until the block ends; ready when it begins."""
        told = {
            "DATABASE_URL": self.url, "REDIS_URL": self.redis_url, "DATA_KEYS": DATA_KEYS,
            "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "HOTLINE_PROCESSES": "1",
            "TWILIO_API_BASE": self.carrier_url, "PUBLIC_BASE_URL": f"http://127.0.0.1:{self.port}",
        }  # fmt: skip
        at = ("--dir", str(self.folder / "var"))
        with ExitStack() as stack:
            web = stack.enter_context(
                hotline(self.folder / "web", "serve", *at, "--port", str(self.port), port=self.port, **told)
            )
            others = [stack.enter_context(hotline(self.folder / name, name, *at, **told)) for name in ("work", "clock")]
            web.until(lambda: web.get("/health/ready")[0] == 200)
            yield web
            for one in (*others, web):
                one.process.send_signal(signal.SIGTERM)
            for one in (*others, web):
                try:
                    one.process.wait(30)
                except subprocess.TimeoutExpired:
                    one.process.kill()

    def answers(self) -> Counter[str]:
        """How many messages each handset has in its inbox: the carrier's book is the truth."""
        return Counter({person: len(self.carrier.inbox(person)) for person in people()})

    def kept(self) -> list[str]:
        """The ids of events in the database."""
        with self.database.reading() as connection:
            return list(connection.execute(select(inbound.c.external_id)).scalars())

    def queued(self) -> list[str]:
        """Of which text each message in the outbox is the answer."""
        with self.database.reading() as connection:
            return list(connection.execute(select(deliveries.c.part_of)).scalars())


def people() -> list[str]:
    """A hundred handsets."""
    return [f"+92300{n:07d}" for n in range(PEOPLE)]


@pytest.fixture
def deployment(database_url: str, tmp_path: Path) -> Iterator[Deployment]:
    port = free_port()
    with ExitStack() as stack:
        redis = stack.enter_context(EmbeddedRedis(tmp_path / "redis"))
        database = Database.open(database_url)
        stack.callback(database.close)
        publish_rows(database)
        account = Account(f"http://127.0.0.1:{port}", ACCOUNT, TOKEN, NUMBER)
        carrier = Carrier(account, faults=Faults(Odds(list_lag=1.5), seed=7))
        server = stack.enter_context(PocketServer(carrier))
        yield Deployment(tmp_path, database_url, port, redis.url, carrier, server.url, database)


def write_while_down(deployment: Deployment) -> dict[str, str]:
    """Everybody writes once in the course of the minute, and nobody is there; sid of each person's text."""
    sids, pause = {}, threading.Event()
    for n, person in enumerate(people()):
        exchange = deployment.carrier.text(person, WORDS[n % len(WORDS)])
        assert exchange.trouble, "the hotline was not down"
        sids[person] = exchange.sid
        pause.wait(DOWN_SECONDS / PEOPLE)
    return sids


def until(true: Callable[[], bool], seconds: float) -> float:
    """Wait for something; how long it took, or `seconds`."""
    began = time.monotonic()
    while not true() and time.monotonic() - began < seconds:
        time.sleep(0.2)
    return time.monotonic() - began


def test_a_hundred_texts_to_a_hotline_that_was_down_are_each_answered_once(deployment: Deployment) -> None:
    with deployment.up():
        time.sleep(15)  # so long that it has asked the provider once: before, it knew of nothing it could miss
    sids = write_while_down(deployment)
    began = time.monotonic()
    with deployment.up():
        kept = until(lambda: set(sids.values()) <= set(deployment.kept()), BAR_SECONDS)
        queued = until(lambda: {f"reply:{sid}" for sid in sids.values()} <= set(deployment.queued()), 5)
        print(f"F7 kept after {kept:.1f} s, queued {queued:.1f} s later")
        until(lambda: min(deployment.answers().values()) >= 1, BAR_SECONDS - (time.monotonic() - began))
        took = time.monotonic() - began
        time.sleep(30)  # a second look at the provider, which must find nothing to answer
    answers = deployment.answers()
    lost = sum(count == 0 for count in answers.values())
    doubled = sum(count > 1 for count in answers.values())
    print(f"F7 seed 7, {PEOPLE} people: {lost} lost, {doubled} answered twice, {took:.1f} s after the start")
    assert sorted(deployment.kept()) == sorted(sids.values())
    assert sorted(deployment.queued()) == sorted(f"reply:{sid}" for sid in sids.values())
    assert (lost, doubled) == (0, 0)
    assert took <= BAR_SECONDS
