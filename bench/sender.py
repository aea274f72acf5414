"""One worker's run for the benchmark: opens the house, says ready, and on a line from outside sends all that is due."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from hotline.house import House
from hotline.settings import load_settings

AWAKE = 24 * 60


def main(in_flight: int) -> None:
    """Print `ready`, wait for a line, send; then print the seconds it took and the CPU seconds."""
    settings = load_settings(os.environ, Path(os.environ["HOTLINE_DIR"]))
    countries = {
        code: replace(country, opens=0, closes=AWAKE, holidays=frozenset())
        for code, country in settings.countries.items()
    }
    sending = replace(settings.sending, in_flight=in_flight, batch=max(100, in_flight), parts_per_second=1_000_000)
    house = House(replace(settings, sending=sending, countries=countries))
    house.channel.rest()
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.perf_counter()
    while house.post.run():
        pass
    print(time.perf_counter() - began, time.process_time(), flush=True)
    house.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
