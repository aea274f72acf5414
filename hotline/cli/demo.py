"""`hotline demo`: the whole hotline on this machine: Redis, database, register, carrier, web, worker and clock."""

from __future__ import annotations

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from hotline.cli import folder_option
from hotline.cli.serve import database_of, made_keys, make_folder, make_tables, settings_of
from hotline.errors import HotlineError, Refused
from hotline.memory.embedded import EmbeddedRedis
from hotline.settings import ROOT, Settings
from hotline.store import agencies
from hotline.store.database import Database, is_current, is_demo, is_empty, mark_demo

ACCOUNT = "AC" + "0123456789abcdef" * 2
READY_SECONDS = 60.0
STOP_SECONDS = 15.0


@click.command()
@folder_option
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port of the web page.")
def demo(folder: Path, port: int) -> None:
    """The whole hotline on this machine, with a phone in the browser. Nothing leaves this machine."""
    folder = folder.resolve()
    make_folder(folder)
    settings = settings_of(folder)
    _must_be_free(port)
    # Ctrl-C and SIGTERM end it alike, from the first moment on.
    over = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: over.set())
    prepare(settings)
    if settings.redis_url:
        _run(settings, settings.redis_url, port, over)
        return
    with EmbeddedRedis(folder / "redis") as server:
        _run(settings, server.url, port, over)


def prepare(settings: Settings) -> None:
    """Tables, the mark that this is a demo, and the demo register, where they are not there yet."""
    database = database_of(settings)
    try:
        if not is_empty(database) and not is_demo(database):
            raise Refused("this database is not a demo's: give the demo one of its own (--dir, or DATABASE_URL)")
        if not is_current(database):
            make_tables(database)
        mark_demo(database)
        if agencies.current(database) is None:
            publish_register(database, settings)
    finally:
        database.close()


def publish_register(database: Database, settings: Settings) -> None:
    """Import the fictional register, dated yesterday, by the way every list comes in."""
    from hotline.cli.demo_register import publish  # noqa: PLC0415  needed on the first start only

    publish(database, settings.folder, datetime.now(UTC).astimezone(settings.zone).date() - timedelta(days=1))


def environment(settings: Settings, redis_url: str, port: int) -> dict[str, str]:
    """What the demo's processes are told: what is set already stays, the rest is the demo's own."""
    folder = settings.folder
    base = settings.public_base_url or f"http://127.0.0.1:{port}"
    return {
        **os.environ,
        "HOTLINE_DIR": str(folder),
        "HOTLINE_BIND": f"127.0.0.1:{port}",
        "HOTLINE_PROCESSES": "1",
        "HOTLINE_THREADS": "24",
        "DATABASE_URL": settings.database_url or f"sqlite:///{folder / 'hotline.db'}",
        "REDIS_URL": redis_url,
        "PUBLIC_BASE_URL": base,
        "TWILIO_ACCOUNT_SID": settings.account_sid or ACCOUNT,
        "TWILIO_AUTH_TOKEN": os.environ.get("TWILIO_AUTH_TOKEN") or secrets.token_hex(16),
        "TWILIO_API_BASE": settings.api_base or f"http://127.0.0.1:{port}",
        "DATA_KEYS": settings.data_keys or made_keys(folder),
    }


def _run(settings: Settings, redis_url: str, port: int, over: threading.Event) -> None:
    """Start the processes, say when they are ready, and leave none behind."""
    told = environment(settings, redis_url, port)
    # The other two would only take the processor from the one that people wait for.
    children = {"web": _start("web", told)}
    try:
        _wait_ready(port, children.values(), over)
        if not over.is_set():
            click.echo(f"Hotline is ready: http://127.0.0.1:{port}/phone")
            sys.stdout.flush()
            children |= {name: _start(name, told) for name in ("work", "clock")}
        while not over.wait(0.5):
            for name, child in children.items():
                if child.poll() is not None:
                    raise HotlineError(f"{name} ended with {child.returncode}; see what it said above")
    finally:
        _stop(children.values())


def _must_be_free(port: int) -> None:
    """Whoever listens there already would be taken for the demo when we ask whether it is ready."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise HotlineError(f"port {port}: {error.strerror}. Choose another: --port {port + 1}") from None


def _start(name: str, told: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  our own module
        [sys.executable, "-m", "hotline.cli.demo_process", name, str(os.getpid())],
        cwd=ROOT,
        env=told,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        # Ctrl-C in the terminal reaches us alone; we then stop the children in order.
        start_new_session=True,
    )


def _wait_ready(port: int, children: Collection[subprocess.Popen[bytes]], over: threading.Event) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not over.wait(0.05):
        if _is_ready(port):
            return
        if any(child.poll() is not None for child in children):
            raise HotlineError("the demo did not start; see what it said above")
        if time.monotonic() > deadline:
            raise HotlineError(f"the demo was not ready after {READY_SECONDS:.0f} seconds")


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _stop(children: Collection[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
