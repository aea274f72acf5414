"""Servers started for a benchmark, and the CPU they have used."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from bench import MeasureError
from hotline.settings import ROOT

PATIENCE = 30.0


class Program:
    """A child process with all its descendants, stopped by SIGTERM at the end of a `with` block."""

    def __init__(self, command: list[str], log: Path, environment: Mapping[str, str]) -> None:
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=dict(environment)
            )
        self._log = log

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        """The parent's process."""
        return self._process.pid

    def until(self, ready: Callable[[], bool]) -> None:
        """Wait until `ready()` is true. Raises MeasureError when the program ends or PATIENCE does."""
        end = time.monotonic() + PATIENCE
        while not ready():
            if self._process.poll() is not None or time.monotonic() > end:
                raise MeasureError(f"a server did not start: {self._log.read_text('utf-8', 'replace')[-2000:]}")
            time.sleep(0.02)


def gunicorn(app: str, port: int, workers: int, log: Path, environment: Mapping[str, str]) -> Program:
    """An app under gunicorn as a deployment runs it, ready to answer."""
    place = {"HOTLINE_BIND": f"127.0.0.1:{port}", "HOTLINE_PROCESSES": str(workers)}
    command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "config/gunicorn.py"), app]
    program = Program(command, log, {**os.environ, "PYTHONPATH": str(ROOT), **place, **environment})
    program.until(lambda: answers(port))
    return program


def answers(port: int, path: str = "/") -> bool:
    """Whether somebody speaks HTTP there."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", path)
        connection.getresponse().read()
        connection.close()
    except (OSError, http.client.HTTPException):
        return False
    return True


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def cpu_seconds(*roots: int) -> float:
    """CPU these processes and their living descendants have used, to the nanosecond (Linux, /proc)."""
    used: dict[int, tuple[int, float]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                parent = int((folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1])
                threads = [(thread / "schedstat").read_text() for thread in (folder / "task").iterdir()]
            except OSError:
                continue  # it ended while we looked
            used[int(folder.name)] = (parent, sum(int(line.split()[0]) for line in threads) / 1e9)
    family = set(roots)
    while more := {pid for pid, (parent, _) in used.items() if parent in family and pid not in family}:
        family |= more
    return sum(used[pid][1] for pid in family if pid in used)
