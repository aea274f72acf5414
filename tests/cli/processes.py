"""The program as a person starts it: a process of its own, what it says, whom it starts, and that it ends."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hotline.settings import NEEDED_IN_PRODUCTION, ROOT

PATIENCE = 90.0
PATH = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
"""So that the program is found wherever it is typed."""


@dataclass(frozen=True)
class Running:
    """A process that was started; what it says goes into two files."""

    process: subprocess.Popen[bytes]
    out: Path
    err: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        """All of its standard output so far."""
        return self.out.read_text(encoding="utf-8")

    def complained(self) -> str:
        """All of its standard error so far."""
        return self.err.read_text(encoding="utf-8")

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for something; AssertionError with what it said when it ends first, or takes too long."""
        wait_until(lambda: true() or self.process.poll() is not None)
        assert true(), self.said() + self.complained()

    def stop(self, sign: int = signal.SIGTERM) -> int:
        """Tell it to stop; its exit code."""
        self.process.send_signal(sign)
        return self.process.wait(PATIENCE)

    def get(self, path: str) -> tuple[int, bytes]:
        """What a GET gives; status 0 where nobody listens."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request("GET", path)
            response = line.getresponse()
            return response.status, response.read()
        except OSError:
            return 0, b""
        finally:
            line.close()

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """What a POST gives."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request("POST", path, body, dict(headers))
            response = line.getresponse()
            return response.status, response.read()
        finally:
            line.close()

    def ask(self, path: str, **given: object) -> dict[str, object]:
        """The phone page's interface: JSON in, JSON out."""
        status, body = self.post(path, json.dumps(given).encode(), {"Content-Type": "application/json"})
        assert status == 200, body
        found: dict[str, object] = json.loads(body)
        return found


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for something that will happen, at most PATIENCE."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.05)):
        if true():
            return
        pause.wait(0.05)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def environment(**more: str) -> dict[str, str]:
    """This process's environment without the hotline's variables, and with these."""
    ours = {
        *NEEDED_IN_PRODUCTION,
        "HOTLINE_ENV",
        "HOTLINE_DIR",
        "TWILIO_API_BASE",
        "METRICS_TOKEN",
        "PROMETHEUS_MULTIPROC_DIR",
    }
    return {name: value for name, value in os.environ.items() if name not in ours} | more


@contextmanager
def hotline(folder: Path, *arguments: str, port: int = 0, where: Path = ROOT, **told: str) -> Iterator[Running]:
    """`hotline ARGUMENTS`, typed in the folder `where`; ended at the end however that went."""
    folder.mkdir(parents=True, exist_ok=True)
    out, err = folder / "out", folder / "err"
    with out.open("wb") as said, err.open("wb") as complained:
        process = subprocess.Popen(
            [sys.executable, "-m", "hotline", *arguments],
            cwd=where, env=environment(PYTHONPATH=PATH, **told), stdout=said, stderr=complained,
        )  # fmt: skip
    try:
        yield Running(process, out, err, port)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def run(*arguments: str, where: Path = ROOT, **told: str) -> subprocess.CompletedProcess[str]:
    """`hotline ARGUMENTS`, typed in the folder `where`, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "hotline", *arguments],
        cwd=where, env=environment(PYTHONPATH=PATH, **told), capture_output=True, text=True, timeout=PATIENCE,
        check=False,
    )  # fmt: skip


def descendants(pid: int) -> set[int]:
    """The processes a process started, and those they started."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(one): int(parent) for one, parent in map(str.split, listed.splitlines())}
    found: set[int] = set()
    while more := {one for one, parent in parents.items() if parent in found | {pid}} - found:
        found |= more
    return found


def alive(pids: set[int]) -> set[int]:
    """Those of these processes that still run; a dead one nobody has buried yet does not."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    states = {int(pid): state for pid, state in map(str.split, listed.splitlines())}
    return {pid for pid in pids if not states.get(pid, "Z").startswith("Z")}
