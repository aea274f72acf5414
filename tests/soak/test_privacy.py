"""F18, F19: after a broadcast nothing on a disk or in Redis leads to a number; after an erasure nothing at all."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
import redis as redis_client

from hotline.memory.embedded import EmbeddedRedis
from tests.soak.rig import rig
from tests.soak.scan import all_files, forms, hits
from tests.web.running import running
from tests.web.test_erase import gone

ERASED, ERASED_SECONDS = 100, 60.0


@pytest.mark.fast
def test_the_scan_sees_a_planted_number_in_the_open_in_utf_16_and_compressed(tmp_path: Path) -> None:
    number = "+923001234567"
    (tmp_path / "open").write_bytes(b"to 03001234567.")
    (tmp_path / "wide").write_bytes(number.encode("utf-16-le"))
    (tmp_path / "packed").write_bytes(b"job" + zlib.compress(b"args: [923001234567]") + b"rest")
    (tmp_path / "clean").write_bytes(b"300123456 7")
    assert {name for name, _ in hits(all_files(tmp_path), forms(number))} == {"open", "wide", "packed"}


@pytest.mark.timeout(300)
def test_no_number_stands_in_the_database_redis_or_a_log(tmp_path: Path, sqlite_url: str) -> None:
    with rig(tmp_path, sqlite_url, 200) as run:
        run.until_done(60)
        assert run.found().whole
        with redis_client.Redis.from_url(run.redis.url) as server:
            # What only memory holds is written out, to be looked at with the rest.
            (tmp_path / "redis.keys").write_bytes(
                b"\n".join(key + b" " + (server.dump(key) or b"") for key in server.scan_iter())
            )
            server.execute_command("SAVE")
        planted = [form for number in run.people for form in forms(number)]
    files = [file for file in all_files(tmp_path) if not file.is_socket()]
    assert {"hotline.db", "redis.keys"} <= {file.name for file in files}
    assert hits(files, planted) == []


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_f19_a_hundred_people_are_gone_within_a_minute(
    tmp_path: Path, sqlite_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        EmbeddedRedis(tmp_path / "redis") as server,
        redis_client.Redis.from_url(server.url) as inside,
        running(tmp_path / "var", sqlite_url, server.url) as hotline,
    ):
        everything, took = gone(hotline, inside, tmp_path, ERASED)
    told = capfd.readouterr()
    with capfd.disabled():
        print(f"F19: {ERASED} people erased in {took:.1f} s, from the first wish to the last act")
    assert not everything.in_((told.out + told.err).encode(), sealed=False)
    assert took <= ERASED_SECONDS
