"""A deployment to be broken: database, Redis, a carrier that misbehaves, and worker and clock processes to kill."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from bench.people import SENDER, fill
from bench.server import free_port
from hotline.domain.delivery import State
from hotline.memory.client import connect_quick
from hotline.memory.embedded import EmbeddedRedis
from hotline.memory.jobs import Bell
from hotline.pocket.account import Account
from hotline.pocket.carrier import Carrier
from hotline.pocket.faults import Faults, Odds
from hotline.pocket.messages import Wanted
from hotline.pocket.server import PocketServer
from hotline.sealing import Vault
from hotline.settings import ROOT
from hotline.store.database import Database
from hotline.store.reach import deliveries

ACCOUNT, TOKEN = "AC" + "0b" * 16, "token of a fault run and of no use elsewhere"
QUICK = {
    "lease_seconds": 6, "connect_seconds": 1, "answer_seconds": 2, "parts_per_second": 100_000, "grace_seconds": 2,
    "list_lag_seconds": 2, "second_look_seconds": 2, "attempts": 12, "breaker_errors": 1_000_000,
}  # fmt: skip
"""Times a run can wait for; the carrier's list lags 1.5 s behind."""
FAULTY = Odds(busy=0.02, down=0.02, broken=0.02, cut=0.01, hang=0.005, hang_seconds=4.0, list_lag=1.5)
"""7.5 % of requests go wrong, 3.5 % of them after the message was taken."""
_ALL = Wanted()
_STATES = select(deliveries.c.person_id, deliveries.c.state, deliveries.c.provider_id)
FINAL = frozenset({State.SENT, State.DELIVERED, State.FAILED})


@dataclass(frozen=True)
class Found:
    """What the carrier's book says of a broadcast: who got nothing, who got it more than once, and rows still open."""

    lost: int
    duplicates: int
    strangers: int
    open: Mapping[str, int] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether everybody got it once, and every row knows."""
        return (self.lost, self.duplicates, self.strangers, dict(self.open)) == (0, 0, 0, {})


def check(people_asked: Mapping[str, str], accepted: Mapping[str, str], rows: Mapping[str, tuple[str, str]]) -> Found:
    """Compare the books: number → person asked; the carrier's sid → number; person → (state of the row, its sid).

    Whoever has no entry of the carrier is lost, whatever their row says.
    """
    got = Counter(accepted.values())
    known = {sid for state, sid in rows.values() if state in (State.SENT, State.DELIVERED)}
    return Found(
        lost=sum(not got[number] for number in people_asked),
        duplicates=sum(count - 1 for number, count in got.items() if number in people_asked and count > 1),
        strangers=sum(sid not in known for sid in accepted),
        open=Counter(state for state, _ in rows.values() if state not in FINAL),
    )


class Group:
    """One process with all that it starts, in a process group of its own, so that it can be killed whole."""

    def __init__(self, name: str, environment: Mapping[str, str], log: Path) -> None:
        self._name, self._environment, self._log = name, environment, log
        self.start()

    def start(self) -> None:
        """Start, or start again after a kill."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.soak.process", self._name],
                cwd=ROOT, env=dict(self._environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def signal(self, number: int) -> None:
        """To every process of the group; one that is gone has nothing to fear."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """kill -9 to all of it."""
        self.signal(signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        """Ask it to stop; take it down if it does not."""
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()


@dataclass
class Rig:
    """Everything that runs, and the people who wait for a message."""

    database: Database
    redis: EmbeddedRedis
    carrier: Carrier
    workers: list[Group]
    clocks: list[Group]
    people: dict[str, str]
    random: random.Random
    began: float = field(default_factory=time.monotonic)

    def found(self) -> Found:
        """The three books, compared now."""
        accepted = {
            text.sid: text.to for text in self.carrier.texts.kept.newest(_ALL) if text.direction == "outbound-api"
        }
        with self.database.reading() as connection:
            rows = connection.execute(_STATES).all()
        return check(self.people, accepted, {row.person_id: (row.state, row.provider_id or "") for row in rows})

    def still_open(self) -> int:
        """Rows that are not final."""
        counted = select(func.count()).where(deliveries.c.state.not_in(sorted(FINAL)))
        with self.database.reading() as connection:
            return connection.execute(counted).scalar_one()

    def until_done(self, seconds: float, meanwhile: Callable[[float], None] = lambda at: None) -> float:
        """Wait until no row is open, doing `meanwhile` twice a second; how long it took from the beginning."""
        while True:
            took = time.monotonic() - self.began
            if not self.still_open() or took > seconds:
                return took
            meanwhile(took)
            time.sleep(0.5)

    def kill_a_worker(self) -> None:
        """kill -9 to one of the worker groups; another takes its place at once."""
        group = self.random.choice(self.workers)
        group.kill()
        group.start()


@contextmanager
def rig(folder: Path, url: str, count: int, seed: int = 1, **how: object) -> Iterator[Rig]:
    """A deployment with `count` people subscribed and a broadcast to them queued: two workers and a clock.

    `odds` are the carrier's, `workers` and `web` how many groups, `times` instead of QUICK. With web groups, who share
    one port, the carrier posts receipts, and a list is published. Ends everything it started.
    """
    print(f"seed {seed}, {count} people")
    with ExitStack() as stack:
        redis = stack.enter_context(EmbeddedRedis(folder / "redis"))
        database = Database.open(url)
        stack.callback(database.close)
        webs = int(how.get("web", 0))
        base = f"http://127.0.0.1:{free_port() if webs else 9}"
        account = Account(base, ACCOUNT, TOKEN, SENDER, receipts=("sent", "delivered") if webs else ())
        carrier = Carrier(account, faults=Faults(how.get("odds") or Odds(), seed))
        server = stack.enter_context(PocketServer(carrier))
        environment = {
            **os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": url, "REDIS_URL": redis.url,
            "DATA_KEYS": Vault.new_key(), "HOTLINE_DIR": str(folder), "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_API_BASE": server.url, "PUBLIC_BASE_URL": base,
            "SOAK": json.dumps(how.get("times") or QUICK),
        }  # fmt: skip
        asked = fill(database, Vault.parse(environment["DATA_KEYS"]), count)
        groups = [Group("worker", environment, folder / f"worker{n}.log") for n in range(int(how.get("workers", 2)))]
        clocks = [Group("clock", environment, folder / "clock.log")]
        bind = {"HOTLINE_BIND": base.removeprefix("http://"), "HOTLINE_PROCESSES": "1"}
        shared = "--reuse-port --access-logfile"
        served = [
            Group(
                "web",
                {
                    **environment,
                    **bind,
                    "GUNICORN_CMD_ARGS": f"{shared} {folder / f'web{n}.access'}",
                },
                folder / f"web{n}.log",
            )
            for n in range(webs)
        ]
        for group in [*groups, *clocks, *served]:
            stack.callback(group.end)
        if webs:
            _until_served(folder, webs)
        _until_ready(redis.url, len(groups))
        yield Rig(database, redis, carrier, groups, clocks, asked, random.Random(seed))


def _until_served(folder: Path, webs: int) -> None:
    """Wait until every group listens: gunicorn opens its log when it does."""
    while sum((folder / f"web{n}.access").exists() for n in range(webs)) < webs:
        time.sleep(0.1)
    time.sleep(3)


def _until_ready(url: str, workers: int) -> None:
    """Wait until every worker waits for work, then ring, as whoever queues a broadcast does."""
    with connect_quick(url) as server:
        while server.scard("rq:workers") < workers:  # type: ignore[operator]
            time.sleep(0.1)
        Bell(server).ring("sweep_deliveries", queue="reminders")
