"""A worker that is told to stop ends, whether or not there is a Redis to take its leave of."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hotline.memory.client import connect_quick
from hotline.memory.embedded import EmbeddedRedis
from hotline.sealing import Vault
from hotline.settings import ROOT


@pytest.mark.parametrize("redis_is_there", [True, False])
def test_a_worker_that_is_told_to_stop_is_soon_gone(tmp_path: Path, sqlite_url: str, redis_is_there: bool) -> None:
    with EmbeddedRedis(tmp_path / "redis") as redis:
        environment = {
            **os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": sqlite_url, "REDIS_URL": redis.url,
            "DATA_KEYS": Vault.new_key(),
        }  # fmt: skip
        command = [sys.executable, "-m", "hotline", "work", "--dir", str(tmp_path)]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as worker:
            with connect_quick(redis.url) as asked:
                while not asked.scard("rq:workers"):
                    time.sleep(0.1)
            if not redis_is_there:
                os.kill(redis.pid, signal.SIGKILL)
                # Long enough for the worker to notice, and to begin to wait for it.
                time.sleep(1)
            worker.terminate()
            worker.wait(20)
