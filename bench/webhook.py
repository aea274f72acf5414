"""What one inbound SMS costs us, against a plain Flask handler on the same server, and how soon a phone is answered.

Ours does everything: signature, limits, session, licence check in a register of 5,000 rows, durable row, reply. The
plain handler does form, the SDK's validator, one Redis get and set, and the SDK's TwiML. Both run in gunicorn gthread
beside a Redis-compatible server of their own, whose CPU counts. Each message comes from another person, whom we know
and whose session lives; the two take turns.
"""

from __future__ import annotations

import html
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bench import MeasureError, figure, ratio
from bench.load import ACCOUNT, Request, Signer, burst, percentile, steady
from bench.server import cpu_seconds, free_port, gunicorn
from hotline.domain.agency import Agency, Licence, Status
from hotline.memory.embedded import EmbeddedRedis
from hotline.sealing import Vault
from hotline.settings import ROOT
from hotline.store.database import Database
from hotline.store.migrating import migrate
from hotline.store.publishing import NewList, Publication, publish
from hotline.text.clipname import Voices

BAR, NULL_SHARE, P95_BAR, VOICE_P95_BAR, START_BAR = 1.2, 0.35, 150, 200, 5
PEOPLE, ROUNDS = 9000, 9
"""Rounds enough for a steady median: one of a thousand texts is off by a tenth on a machine others use."""
PER_SECOND, SECONDS = 50, 30
WORKERS = 2
TOKEN, BASE = "benchmark" * 4, "https://hotline.example.org"
OURS = "hotline.web.wsgi:make()"
ROWS, REGIONS = 5000, ("LHR", "RWP", "KAR", "MLK", "PWR")
LICENCE, ANOTHER = "4859", "4860"
"""Asked for one after the other, so that nobody is told the same thing three times, which would look like a loop."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: where it listens, and the processes whose CPU it costs."""

    port: int
    pids: tuple[int, ...]

    def cost(self, requests: Sequence[Request]) -> tuple[float, float]:
        """CPU microseconds a request, and requests a second."""
        cpu, at = cpu_seconds(*self.pids), time.perf_counter()
        burst(self.port, requests)
        spent, took = cpu_seconds(*self.pids) - cpu, time.perf_counter() - at
        return spent / len(requests) * 1e6, len(requests) / took


def run(folder: Path) -> Iterator[str]:
    """The lines of this benchmark; both databases are made under `folder`."""
    signer = Signer(TOKEN, BASE)
    people = [f"+92300{number:07d}" for number in range(PEOPLE)]
    with _plain(folder / "plain") as plain, _ours(folder / "ours") as ours:
        yield from _compared(plain, ours, signer, people)
        yield figure("webhook_p95_ms", _text_p95(ours, signer, people), P95_BAR)
        yield figure("voice_p95_ms", _voice_p95(ours, signer, people), VOICE_P95_BAR)
    for name in ("start_s", "start_again_s"):
        yield figure(name, _start_seconds(folder / "demo"), START_BAR)


def _compared(plain: Side, ours: Side, signer: Signer, people: Sequence[str]) -> Iterator[str]:
    for side in (plain, ours):
        answers = burst(side.port, [signer.sms(person, f"CHECK {ANOTHER}") for person in people])
        if not all(ANOTHER in answer for answer in answers):
            raise MeasureError(f"a licence check was not answered: {answers[0][:300]}")
    costs: list[tuple[float, float]] = []
    rates: list[tuple[float, float]] = []
    for number in range(ROUNDS):
        some = people[number::ROUNDS]
        texts = [[signer.sms(person, f"CHECK {LICENCE}") for person in some] for _ in range(2)]
        (plain_cost, _), (cost, rate) = plain.cost(texts[0]), ours.cost(texts[1])
        costs.append((cost, plain_cost))
        rates.append((rate, plain.cost([Request("/null", b"", {})] * len(some))[1]))
    yield figure("webhook_us", statistics.median(cost for cost, _ in costs))
    yield figure("plain_us", statistics.median(cost for _, cost in costs))
    yield ratio("webhook_vs_plain", statistics.median(mine / other for mine, other in costs), BAR)
    yield figure("webhook_share_of_null", statistics.median(mine / null for mine, null in rates), NULL_SHARE)


def _text_p95(ours: Side, signer: Signer, people: Sequence[str]) -> float:
    texts = [signer.sms(people[n % len(people)], f"CHECK {ANOTHER}") for n in range(PER_SECOND * SECONDS)]
    return percentile(steady(ours.port, texts, PER_SECOND), 0.95)


def _voice_p95(ours: Side, signer: Signer, people: Sequence[str]) -> float:
    """The second step of as many calls: key 1 at the menu each was given."""
    calls = [
        {
            "CallSid": f"CA{n:032x}", "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "CallStatus": "ringing",
            "Direction": "inbound", "From": people[n % len(people)], "Caller": people[n % len(people)],
            "To": "+15005550006", "Called": "+15005550006",
        }
        for n in range(PER_SECOND * SECONDS)
    ]  # fmt: skip
    answers = burst(ours.port, [signer.signed("/twilio/voice", call) for call in calls])
    keys = []
    for call, answer in zip(calls, answers, strict=True):
        action = re.search(r'<Gather[^>]* action="([^"]+)"', answer)
        if action is None:
            raise MeasureError(f"a call was not asked for a key: {answer[:300]}")
        path = html.unescape(action[1]).removeprefix(BASE)
        keys.append(signer.signed(path, call | {"CallStatus": "in-progress", "Digits": "1"}))
    return percentile(steady(ours.port, keys, PER_SECOND), 0.95)


@contextmanager
def _plain(folder: Path) -> Iterator[Side]:
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        redis = stack.enter_context(EmbeddedRedis(folder / "redis"))
        port = free_port()
        app = f"bench.plain:create({TOKEN!r}, {BASE!r}, {redis.url!r})"
        server = stack.enter_context(gunicorn(app, port, WORKERS, folder / "log", {}))
        yield Side(port, (server.pid, redis.pid))


@contextmanager
def _ours(folder: Path) -> Iterator[Side]:
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        redis = stack.enter_context(EmbeddedRedis(folder / "redis"))
        database = f"sqlite:///{folder / 'hotline.db'}"
        _fill(database)
        environment = {
            "DATABASE_URL": database, "REDIS_URL": redis.url, "PUBLIC_BASE_URL": BASE, "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN, "SECRET_KEY": "benchmark of the hotline, not secret",
            "DATA_KEYS": Vault.new_key(), "HOTLINE_DIR": str(folder),
        }  # fmt: skip
        port = free_port()
        server = stack.enter_context(gunicorn(OURS, port, WORKERS, folder / "log", environment))
        yield Side(port, (server.pid, redis.pid))


def _fill(url: str) -> None:
    """Tables, and a list of today with 5,000 invented agencies, the two that are asked about among them."""
    database, today = Database.open(url), date.today()
    migrate(database)
    rows = [
        Agency(Licence(n, REGIONS[n % len(REGIONS)]), f"Agency {n:05d} Overseas", Status.ACTIVE, today + timedelta(365))
        for n in range(1, ROWS + 1)
    ]
    new = NewList(date=today, demo=False, file="bench", sha256="0" * 64)
    name = Voices().name
    publish(database, Publication(new, rows, None, lambda text: name("en", text), datetime.now(UTC)))
    database.close()


def _start_seconds(folder: Path) -> float:
    """From `demo` to its ready line, set up before; the first time it also publishes its register."""
    command = [sys.executable, "-c", "from hotline.cli import main; main()", "demo", "--port", str(free_port())]
    command += ["--dir", str(folder)]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as demo:
        assert demo.stdout is not None
        line = next((line for line in demo.stdout if line.startswith("Hotline is ready")), "")
        took = time.perf_counter() - began
        demo.terminate()
    if not line:
        raise MeasureError("the demo ended before it was ready")
    return took
