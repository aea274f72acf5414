"""The webhook's client: one exchange a call, no long waits, one kind of error, and a short memory of failures."""

from __future__ import annotations

import os
import threading
import time

import pytest

from hotline.errors import MemoryDown
from hotline.memory import client as module
from hotline.memory.client import Script, connect, connect_patient, connect_quick
from tests.memory.wires import Wire

ECHO = Script.of("return {KEYS[1], ARGV[1], false, 7}")


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def wire(server, inspect, tmp_path_factory):
    with Wire(tmp_path_factory.mktemp("w") / "s", server.socket) as laid:
        yield laid


def test_a_command_and_a_script_are_one_exchange_each(wire):
    client = connect(wire.url, time.monotonic)
    client.call("PING")
    client.run(ECHO, [b"k"], [b"a"])
    before = wire.exchanges
    assert client.call("SET", "a", 1) == b"OK"
    assert client.run(ECHO, [b"k"], ["\u06a9"]) == [b"k", "\u06a9".encode(), None, 7]
    assert wire.exchanges - before == 2
    client.close()


def test_a_script_the_server_has_forgotten_is_told_again(client, inspect):
    for _ in range(2):
        assert client.run(ECHO, [b"k"], [b"a"]) == [b"k", b"a", None, 7]
        inspect.script_flush()


def test_every_error_is_one_error(client):
    client.call("SET", "text", "a")
    with pytest.raises(MemoryDown, match="ResponseError"):
        client.call("INCR", "text")
    with pytest.raises(MemoryDown):
        client.run(Script.of("this is no script"), [], [])
    assert client.call("GET", "text") == b"a"


def test_a_redis_that_is_away_is_asked_again_after_a_second_by_one_turn(tmp_path, server, inspect):
    clock, path = Clock(), tmp_path / "s"
    client = connect(f"unix://{path}", clock)
    with pytest.raises(MemoryDown, match="ConnectionError"):
        client.call("PING")
    path.symlink_to(server.socket)
    with pytest.raises(MemoryDown, match="down"):
        client.call("PING")
    clock.now += 1
    assert client.call("PING") == b"PONG"
    client.close()


def test_while_it_hangs_only_one_turn_a_second_waits(wire, monkeypatch):
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.05)
    clock = Clock()
    client = connect(wire.url, clock)
    client.call("PING")
    wire.held = True
    with pytest.raises(MemoryDown, match="TimeoutError"):
        client.call("PING")
    for _ in range(3):
        before = wire.exchanges
        for _ in range(20):
            with pytest.raises(MemoryDown, match="down"):
                client.call("PING")
        assert wire.exchanges == before
        clock.now += 1
        with pytest.raises(MemoryDown, match="TimeoutError"):
            client.call("PING")
        assert wire.exchanges == before + 1
    wire.held = False
    clock.now += 1
    assert client.call("PING") == b"PONG"
    client.close()


def test_a_connection_the_server_has_closed_costs_no_turn(client, inspect):
    client.call("PING")
    inspect.execute_command("CLIENT", "KILL", "SKIPME", "yes", "TYPE", "normal")
    assert client.call("PING") == b"PONG"


def test_many_threads_never_read_each_others_answers(client):
    wrong = []

    def ask(name):
        for count in range(200):
            said = f"{name}-{count}".encode()
            if client.call("ECHO", said) != said:
                wrong.append(said)

    threads = [threading.Thread(target=ask, args=(name,)) for name in "abcdefgh"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_after_a_fork_the_child_has_connections_of_its_own(client):
    own = client.call("CLIENT", "ID")
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, str(client.call("CLIENT", "ID")).encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = int(os.read(read, 100))
    os.close(read)
    os.close(write)
    assert theirs != own
    assert client.call("CLIENT", "ID") == own


def test_the_other_two_ways_reach_the_same_server(server, inspect):
    for made in (connect_quick, connect_patient):
        with made(server.url) as reached:
            assert reached.ping()
