"""The webhook's client: one exchange a call, no long waits, one kind of error, and a short memory of failures."""

from __future__ import annotations

import os
import threading
import time

import pytest

from hotline.errors import MemoryDown
from hotline.memory import client as module
from hotline.memory.client import connect, connect_patient, connect_quick
from tests.memory.wires import Wire

ECHO = (b"EVAL", "return {KEYS[1], ARGV[1], false, 7}", 1, b"k")


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
    before = wire.exchanges
    assert client.call("SET", "a", 1) == b"OK"
    assert client.call(*ECHO, "\u06a9") == [b"k", "\u06a9".encode(), None, 7]
    assert client.calls(("GET", "a"), ("GET", "b"), ECHO) == [b"1", None, [b"k"]]
    assert wire.exchanges - before == 3
    client.close()


def test_what_is_told_is_done_and_its_answer_is_nobody_elses(client):
    for number in range(20):
        client.tell("SET", "text", number)
        client.tell("INCR", "text")
        client.tell("INCR", "no such command", "with so many words")
        assert client.call("GET", "text") == str(number + 1).encode()
        assert client.calls(("ECHO", "a"), ("ECHO", "b")) == [b"a", b"b"]


def test_what_is_told_waits_for_nobody(wire, monkeypatch):
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.05)
    client = connect(wire.url, time.monotonic)
    client.call("PING")
    wire.held = True
    client.tell("SET", "text", "a")
    with pytest.raises(MemoryDown, match="TimeoutError"):
        client.call("GET", "text")
    with pytest.raises(MemoryDown, match="down"):
        client.tell("SET", "text", "a")
    client.close()


def test_a_wrong_command_among_several_spoils_none_of_the_next(client):
    client.call("SET", "text", "a")
    with pytest.raises(MemoryDown, match="ResponseError"):
        client.calls(("ECHO", "a"), ("INCR", "text"), ("ECHO", "b"))
    assert client.call("GET", "text") == b"a"


def test_every_error_is_one_error(client):
    client.call("SET", "text", "a")
    with pytest.raises(MemoryDown, match="ResponseError"):
        client.call("INCR", "text")
    with pytest.raises(MemoryDown):
        client.call("EVAL", "this is no script", 0)
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
    for say in (client.call, client.tell):
        say("PING")
        inspect.execute_command("CLIENT", "KILL", "SKIPME", "yes", "TYPE", "normal")
        assert client.call("PING") == b"PONG"


def test_many_threads_never_read_each_others_answers(client):
    wrong = []

    def ask(name):
        for count in range(200):
            said = f"{name}-{count}".encode()
            client.tell("ECHO", b"told")
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
