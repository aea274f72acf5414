"""The clips of a call, over HTTP: each address a call names gives telephone sound, which may be kept for ever."""

from __future__ import annotations

import re
import struct
from urllib.parse import urlsplit

import pytest

from tests.web.running import Running

FOREVER = "public, max-age=31536000, immutable"


def played(hotline: Running, person: str, *keys: str) -> list[str]:
    """The paths of the clips of a call, each once."""
    heard = hotline.ring(person, *keys).heard
    return list(dict.fromkeys(urlsplit(sound.url).path for sound in heard if sound.kind == "clip"))


def seconds(content: bytes) -> float:
    """How long a WAV file lasts. AssertionError unless it is 8 kHz mono, mu-law or 16 bits, and as long as it says."""
    assert (content[:4], content[8:12]) == (b"RIFF", b"WAVE")
    chunks, place = {}, 12
    while place < len(content):
        name, length = struct.unpack_from("<4sI", content, place)
        chunks[name] = content[place + 8 : place + 8 + length]
        assert len(chunks[name]) == length
        place += 8 + length + length % 2
    kind, channels, rate, _, frame, bits = struct.unpack_from("<HHIIHH", chunks[b"fmt "])
    assert (kind, bits) in ((7, 8), (1, 16))
    assert (channels, rate, frame) == (1, 8000, bits // 8)
    return len(chunks[b"data"]) / frame / rate


def test_what_a_first_call_plays_is_telephone_sound_that_may_be_kept_for_ever(hotline: Running, person: str) -> None:
    paths = played(hotline, person)
    assert len(paths) >= 4
    for path in paths:
        answer = hotline.send("GET", path)
        assert (answer.status, answer.headers["content-type"]) == (200, "audio/x-wav")
        assert answer.headers["cache-control"] == FOREVER
        assert answer.headers["etag"] == f'"{path.removeprefix("/audio/").removesuffix(".wav")}"'
        assert int(answer.headers["content-length"]) == len(answer.body)
        assert 0.2 < seconds(answer.body) < 20


def test_an_agencys_name_has_sound_though_no_flow_knows_it(hotline: Running, person: str) -> None:
    call = hotline.ring(person, "3", "1", "4859#")
    (url,) = {sound.url for sound in call.heard if sound.words == "Chiragh Overseas Employment"}
    answer = hotline.send("GET", urlsplit(url).path)
    assert answer.status == 200
    assert answer.body[:4] == b"RIFF"


def test_every_clip_of_a_long_call_is_known_by_name(hotline: Running, person: str) -> None:
    keys = (
        "2",
        "1",
        "1111#",
        "1",
        "3333#",
        "1",
        "2567#",
        "1",
        "0",
        "2",
        "#",
        "5",
        "1",
        "042#",
        "*",
        "#",
        "5",
        "5",
        "1",
    )
    paths = played(hotline, person, *keys)
    assert len(paths) > 40
    for path in paths:
        assert re.fullmatch(r"/audio/[0-9a-f]{64}\.wav", path)
        assert hotline.house.words_of(path.removeprefix("/audio/").removesuffix(".wav")), path


@pytest.mark.parametrize(
    "name", ["0" * 64, "0" * 63, "A" * 64, "x", "..%2f..%2fhotline.db", "%2e%2e/hotline", "0" * 64 + "/x", "%00" * 64]
)
def test_no_other_name_gives_anything(hotline: Running, name: str) -> None:
    assert hotline.send("GET", f"/audio/{name}.wav").status == 404


def test_a_clip_can_only_be_fetched(hotline: Running, person: str) -> None:
    path = played(hotline, person)[0]
    assert hotline.send("HEAD", path).status == 200
    assert hotline.send("POST", path, b"x").status == 405
    assert hotline.send("DELETE", path).status == 405
