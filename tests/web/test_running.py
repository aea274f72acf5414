"""The hotline under test leaves nothing open: no answer, and nothing of a start that failed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.house import House
from hotline.memory.embedded import EmbeddedRedis
from hotline.pocket.carrier import Carrier
from tests.web import running as module
from tests.web.running import listening, running


class Body:
    """What an application answers with a file: whoever read it must close it."""

    def __init__(self, *, breaks: bool = False) -> None:
        self.breaks, self.closed = breaks, False

    def __iter__(self) -> Iterator[bytes]:
        yield b"sound"
        if self.breaks:
            raise OSError("torn")

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("breaks", [False, True])
def test_every_answer_is_closed(breaks: bool) -> None:
    body, documents = Body(breaks=breaks), list[bytes]()
    answer = listening(lambda environ, start: body, documents)
    if breaks:
        with pytest.raises(OSError, match="torn"):
            answer({}, lambda *told: None)  # type: ignore[arg-type,return-value]
    else:
        assert list(answer({}, lambda *told: None)) == [b"sound"]  # type: ignore[arg-type,return-value]
    assert (body.closed, documents) == (True, [])


@pytest.mark.parametrize("fails", ["create_app", "Carrier", "make_server"])
def test_a_start_that_fails_leaves_nothing_open(
    sqlite_url: str, redis_server: EmbeddedRedis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    left = []

    class Told(House):
        def close(self) -> None:
            left.append("house")
            super().close()

    class Known(Carrier):
        def close(self) -> None:
            left.append("carrier")
            super().close()

    def fail(*_: object, **__: object) -> None:
        raise OSError(fails)

    monkeypatch.setattr(module, "House", Told)
    monkeypatch.setattr(module, "Carrier", Known)
    monkeypatch.setattr(module, fails, fail)
    with pytest.raises(OSError, match=fails), running(tmp_path, sqlite_url, redis_server.url):
        pass
    assert left == (["carrier", "house"] if fails == "make_server" else ["house"])
